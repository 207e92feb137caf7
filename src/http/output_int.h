/* SPDX-License-Identifier: Apache-2.0 */
/* Responses on their way out of a connection. */
#pragma once

#include "http/connection_int.h"

/* Asks epoll for room to write, or stops asking. Does nothing when that is how it is. */
void iam_http_output_watch(struct iam_http_connection *c, bool writable);
/*
 * Sends head and then body, and goes on to the next request or to the end. What the socket does not
 * take is copied to c->out. Both may lie in c->exchange.arena: they are not used afterwards.
 */
void iam_http_output_send(struct iam_http_connection *c, struct iam_str head, struct iam_str body);
/* Goes on writing c->out. */
void iam_http_output_flush(struct iam_http_connection *c);
/*
 * Makes an error of the HTTP layer, to be sent as the last thing. Gives the request's memory back
 * first, so that it can be made when there is no other. On the thread that has the exchange.
 */
void iam_http_output_refusal(struct iam_http_connection *c, int status, const char *message,
                             struct iam_http_response *ret);
/* Answers with an error of the HTTP layer, and ends the connection behind it. */
void iam_http_output_refuse(struct iam_http_connection *c, int status, const char *message);
/* connection.c: the exchange is over, the next one may be read. */
void iam_http_connection_next(struct iam_http_connection *c);
