/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz target says on a connection, and what it hears. */
#pragma once

#include "lib/signer.h"

/* Long: a busy machine is no finding, a server that never answers is. */
#define TALK_PATIENCE_MS 120000
#define TALK_TEXT_BYTES 16384

struct host_caller;

struct talk_answer {
    int status;                     /* 0: no answer */
    bool is_closed;                 /* the server says that it closes */
    size_t len;                     /* of text */
    char text[TALK_TEXT_BYTES + 1]; /* the beginning of head and body, NUL-terminated */
};

/* Aborts, which is a finding, unless it is so. */
void talk_require(bool is_so, const char *what);
const struct iam_alloc *talk_heap(void);
/* Sends as much as the server takes; one that has closed is no error. */
void talk_send(int fd, const char *bytes, size_t len);
/*
 * Sends a signed request; head is "METHOD TARGET " and body any bytes. Nothing is sent when head is
 * not so, or too long.
 */
void talk_send_signed(int fd, const struct host_caller *who, const char *service, const char *head,
                      const void *body, size_t body_len);
/* Makes the same request without sending it. The result lives in arena; absent: none was made. */
struct iam_str talk_signed(struct iam_arena *arena, const struct host_caller *who,
                           const char *service, const char *head, const void *body,
                           size_t body_len);
/*
 * Reads one answer, waiting at most wait_ms for each piece of it. False: there is none, or the
 * connection ended within it. Consumes what it returns and not a byte of the next answer.
 */
bool talk_read(int fd, int wait_ms, struct talk_answer *ret);
