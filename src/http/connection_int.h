/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: a state machine over a stream, a parser and at most one exchange. All functions run
 * on the thread of the worker that owns it, unless they say otherwise.
 */
#pragma once

#include "http/listener_int.h"
#include "http/output_int.h"
#include "http/server_int.h"

enum iam_http_state {
    IAM_HTTP_HANDSHAKE,
    IAM_HTTP_READING,
    IAM_HTTP_BUSY,    /* the handler owes an answer */
    IAM_HTTP_WRITING, /* a response that the socket did not take at once */
    IAM_HTTP_HELD,    /* asks too often: waits until it is read again */
    IAM_HTTP_LINGER,  /* all is sent; waits for the client to close, so that it can read it */
    IAM_HTTP_CLOSED   /* to be freed */
};

struct iam_http_exchange {
    struct iam_http_request request;
    struct iam_arena arena;
    struct iam_http_connection *connection;
    bool is_secret; /* its memory is overwritten before it is used again */
};

struct iam_http_connection {
    enum iam_http_source source;
    enum iam_http_state state;
    struct iam_http_worker *worker;
    struct iam_http_stream stream;
    bool may_read;   /* bytes may be waiting: the last read was not short */
    bool has_hangup; /* the end of the stream is near: read until it is seen */
    bool has_eof;
    bool is_fresh;                   /* buf has bytes that the parser has not seen */
    bool closes;                     /* after the response that is being sent */
    bool is_to_wait;                 /* after the response that is being sent */
    bool said_continue;              /* 100 (Continue) was sent for this request */
    bool waits_for_out;              /* epoll reports room to write */
    bool displaces;                  /* another one goes when it arrives */
    bool is_known;                   /* its last caller was authenticated */
    uint64_t whose;                  /* that caller, or else where it comes from: whose turn */
    const char *refusal;             /* NULL, or why it gets 503 and nothing else */
    bool is_replied;                 /* an answer from another thread is to be sent */
    bool reply_failed;               /* an answer from another thread could not be kept */
    bool is_early;                   /* it was answered early, and the exchange is still in use */
    atomic_uint owners;              /* of the memory: the worker, and who works on after that */
    struct iam_buf early;            /* the early answer; on the heap, for the account is in use */
    struct iam_http_account account; /* for buf, the arena and output */
    char *buf;                       /* the request at start, then what follows it, up to len */
    size_t start;
    size_t len;
    size_t cap;
    struct iam_http_parser parser;
    struct iam_http_exchange exchange;
    struct iam_http_output output;
    size_t discarded;
    struct iam_http_timer timer;
    struct iam_http_link link;
    struct iam_http_link ready_link;
    struct iam_http_mail mail;
    struct iam_http_peer *peer; /* NULL: exempt, or refused */
    char peer_text[IAM_HTTP_PEER_CAP];
};

/* Where a connection comes from. */
struct iam_http_origin {
    const struct iam_http_address *address;
    struct iam_http_peer *peer; /* entered, or NULL */
    const char *refusal;        /* NULL, or static English text; then counted as a refusal */
    bool displaces;             /* another connection of its worker is to go for it */
};

/* connection_new.c: what a connection owns. */

/*
 * Takes over fd, and what was counted for the origin, from any thread; NULL (fd closed, the origin
 * no longer counted) without memory. Counts in the server and in worker's load. tls may be NULL.
 */
struct iam_http_connection *iam_http_connection_new(struct iam_http_worker *worker, int fd,
                                                    SSL_CTX *tls,
                                                    const struct iam_http_origin *origin);
/* Takes c out of its worker and closes its socket; only memory is left. */
void iam_http_connection_detach(struct iam_http_connection *c);
/* Frees a detached connection, from any thread, unless there is another owner. */
void iam_http_connection_release(struct iam_http_connection *c);
/* Frees the buffer with everything that was read. */
void iam_http_connection_drop_buffer(struct iam_http_connection *c);
/* Says whose turn it is when c is served: a caller's, any number, or nobody's that is known (0). */
void iam_http_connection_note(struct iam_http_connection *c, uint64_t caller);
/* Frees the memory that only the request needed, which has been answered. */
void iam_http_connection_shed(struct iam_http_connection *c);
/* Makes c ready to read the next request: keeps what was read of it, and a little memory. */
void iam_http_connection_recycle(struct iam_http_connection *c);

/* connection.c: what a connection does. */

/* Registers a new connection with its worker; may free c. */
void iam_http_connection_adopt(struct iam_http_connection *c);
/* Notes events that epoll reported: c runs when it is its turn; may free c, if it has ended. */
void iam_http_connection_event(struct iam_http_connection *c, uint32_t events);
/*
 * Does what can be done without waiting; may free c. Returns whose turn it was, as is known after
 * that.
 */
uint64_t iam_http_connection_run(struct iam_http_connection *c);
/* Handles the expiry of c->timer; may free c. */
void iam_http_connection_expire(struct iam_http_connection *c);
/*
 * Closes c, a victim (worker_int.h), to make room for another connection, unless a request has
 * just arrived that may be read; frees c in the first case, and may do so in the second. Returns
 * whether it closed.
 */
bool iam_http_connection_evict(struct iam_http_connection *c);
/* Closes c because the server stops, unless a request is under way; may free c. */
void iam_http_connection_drain(struct iam_http_connection *c);

/* Lets c go on, soon, when it was answered after its handler returned. Frees nothing. */
void iam_http_connection_resume(struct iam_http_connection *c);

/* Answers the exchange, on the worker's thread. The head is built in the worker's buffer. */
void iam_http_connection_reply(struct iam_http_connection *c, const struct iam_http_response *r);
/*
 * Makes an error of the HTTP layer, which is the last response of c. Frees the request's memory
 * first, so that there is memory for the error. On the thread that has the exchange.
 */
void iam_http_connection_refusal(struct iam_http_connection *c, int status, const char *message,
                                 struct iam_http_response *ret);
/* Notes that another thread has answered: it is sent when it is the turn of c. */
void iam_http_connection_replied(struct iam_http_connection *c);
