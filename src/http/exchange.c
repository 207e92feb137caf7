/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers, from any thread. On the worker's thread and within the handler the response goes to the
 * socket at once; otherwise it is copied and handed to the worker, which alone touches sockets.
 */
#include "http/connection_int.h"

const struct iam_http_request *iam_http_request(const struct iam_http_exchange *x)
{
    return &x->request;
}

struct iam_arena *iam_http_arena(struct iam_http_exchange *x)
{
    return &x->arena;
}

/* Fills c->out, which nobody else uses while the answer is owed. */
static void copy_response(struct iam_http_connection *c, const struct iam_http_response *r)
{
    const struct iam_http_server *server = c->worker->server;
    char date[IAM_HTTP_DATE_LEN + 1];
    struct iam_str all;
    iam_http_date(server->config.now_ms(), date);
    c->closes = c->closes || atomic_load(&server->is_stopping);
    iam_buf_clear(&c->out);
    if (iam_http_response_head(&c->out, r, date, c->closes) != IAM_OK) {
        static const struct iam_http_response BROKEN = {
            .status = 500, .body = {"", 0}
        };
        c->closes = true;
        c->reply_failed = iam_http_response_head(&c->out, &BROKEN, date, true) != IAM_OK;
    } else if (iam_http_response_has_body(c->exchange.request.method, r->status)) {
        iam_buf_add(&c->out, r->body);
    }
    c->reply_failed = c->reply_failed || iam_buf_finish(&c->out, &all) != IAM_OK;
}

void iam_http_reply(struct iam_http_exchange *x, const struct iam_http_response *response)
{
    struct iam_http_connection *c = x->connection;
    struct iam_http_worker *w = c->worker;
    if (pthread_equal(pthread_self(), w->self) != 0 && w->current == c) {
        iam_http_connection_reply(c, response);
        return;
    }
    struct iam_http_server *server = w->server;
    copy_response(c, response);
    if (!iam_http_worker_mail(w, c)) {
        /* The server has stopped without this answer; what it left behind goes with it. */
        iam_http_connection_release(c);
        iam_http_server_unref(server);
    }
}
