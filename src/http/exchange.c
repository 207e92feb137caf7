/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers, from any thread. On the worker's thread the response goes to the socket at once;
 * otherwise it is copied and handed to the worker, which alone touches sockets.
 */
#include "http/connection_int.h"
#include "http/loop_int.h"

const struct iam_http_request *iam_http_request(const struct iam_http_exchange *x)
{
    return &x->request;
}

struct iam_arena *iam_http_arena(struct iam_http_exchange *x)
{
    return &x->arena;
}

void iam_http_mark_secret(struct iam_http_exchange *x)
{
    x->is_secret = true;
}

void iam_http_note_caller(struct iam_http_exchange *x, uint64_t caller)
{
    struct iam_http_connection *c = x->connection;
    struct iam_http_worker *w = c->worker;
    iam_http_connection_note(c, caller);
    iam_http_account_set(&c->account, !c->is_known, IAM_HTTP_ALLOWANCE);
    /* Who is refused new connections does not go on with an old one either. */
    if (!c->is_known && iam_http_peers_penalise(&w->server->peers, c->peer,
                                                IAM_HTTP_PENALTY_AUTHENTICATION, w->now_ms)) {
        c->closes = true;
    }
}

/* Writes a response to an empty out. Sets *closes for a broken one. False without memory. */
static bool fill_out(struct iam_http_connection *c, const struct iam_http_response *r,
                     bool has_body, bool *closes, struct iam_buf *out)
{
    char date[IAM_HTTP_DATE_LEN + 1];
    struct iam_str all;
    iam_http_date(c->worker->config->now_ms(), date);
    if (iam_http_response_head(out, r, date, *closes) != IAM_OK) {
        static const struct iam_http_response BROKEN = {
            .status = 500, .body = {"", 0}
        };
        *closes = true;
        if (iam_http_response_head(out, &BROKEN, date, true) != IAM_OK) {
            return false;
        }
    } else if (has_body) {
        iam_buf_add(out, r->body);
    }
    return iam_buf_finish(out, &all) == IAM_OK;
}

/* Fills c->output.rest, which nobody else uses while the answer is owed. */
static bool fill_output(struct iam_http_connection *c, const struct iam_http_response *r,
                        bool has_body)
{
    iam_buf_clear(&c->output.rest);
    return fill_out(c, r, has_body, &c->closes, &c->output.rest);
}

static void copy_response(struct iam_http_connection *c, const struct iam_http_response *r)
{
    struct iam_str method = c->exchange.request.method;
    bool has_error_body = iam_http_response_has_body(method, 503);
    c->closes = c->closes || atomic_load(&c->worker->server->is_stopping);
    if (!fill_output(c, r, iam_http_response_has_body(method, r->status))) {
        struct iam_http_response no = { 0 };
        iam_http_output_done(&c->output);
        iam_http_connection_refusal(c, 503, IAM_HTTP_ANSWER_LOST, &no);
        /* Without those words it would say that nothing was done. */
        c->reply_failed = no.body.len == 0 || !fill_output(c, &no, has_error_body);
    }
}

void iam_http_reply(struct iam_http_exchange *x, const struct iam_http_response *response)
{
    struct iam_http_connection *c = x->connection;
    struct iam_http_worker *w = c->worker;
    struct iam_http_server *server = w->server;
    if (c->is_early) {
        iam_http_connection_release(c);
        iam_http_server_unref(server);
        return;
    }
    c->is_to_wait = response->holds_client;
    if (iam_http_loop_is_here(w)) {
        iam_http_connection_reply(c, response);
        if (w->current != c) {
            iam_http_connection_resume(c);
        }
        return;
    }
    copy_response(c, response);
    if (!iam_http_worker_mail(w, &c->mail)) {
        /*
         * The server has stopped without this answer; the memory that waited for it is freed here.
         */
        iam_http_connection_release(c);
        iam_http_server_unref(server);
    }
}

void iam_http_reply_early(struct iam_http_exchange *x, const struct iam_http_response *response)
{
    struct iam_http_connection *c = x->connection;
    struct iam_http_server *server = c->worker->server;
    bool has_body = iam_http_response_has_body(x->request.method, response->status);
    bool closes = true;
    c->reply_failed = !fill_out(c, response, has_body, &closes, &c->early);
    c->is_early = true;
    /* Who works on the exchange keeps it, and the server, whatever becomes of the connection. */
    atomic_fetch_add(&c->owners, 1);
    atomic_fetch_add(&server->refs, 1);
    if (!iam_http_worker_mail(c->worker, &c->mail)) {
        /* The server has stopped and left all that to them already. */
        iam_http_connection_release(c);
        iam_http_server_unref(server);
    }
}
