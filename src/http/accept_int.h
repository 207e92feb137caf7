/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's part in accepting connections. All functions run on its thread. */
#pragma once

#include "http/server_int.h"

/* Opens a descriptor that is worth nothing but its number; -1 when there is none. */
int iam_http_accept_spare(void);
/* Starts to watch the server's listeners; does nothing when they are watched already. */
void iam_http_accept_start(struct iam_http_worker *w);
/* Stops watching them; may be called again. */
void iam_http_accept_stop(struct iam_http_worker *w);
/* Watches again when a pause is over. */
void iam_http_accept_resume(struct iam_http_worker *w);
/* Takes some connections from a listener and gives each to the least loaded worker. */
void iam_http_accept_run(struct iam_http_worker *w, struct iam_http_listener *listener);
