/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge between the HTTP layer and the API: it turns an exchange into an API request, lets the
 * lanes run it, answers, and writes the audit record. The server's own routes (health) are
 * rows of a table in bridge.c, each with how it is authorized.
 */
#pragma once

#include "dispatch/request.h"
#include "http/http.h"
#include "server/health.h"
#include "server/lanes.h"
#include "server/trail.h"

struct bridge {
    const struct api_env *env;
    const struct iam_authn *authn;
    struct lanes lanes;
    lanes_wait_fn *wait; /* for what comes from outside; NULL: nothing does */
    void *wait_ctx;
    struct trail *trail;     /* NULL: no records */
    struct health *health;   /* what /readyz tells; requests are served whatever it says */
    _Atomic bool is_started; /* env is complete; until then every request gets 503 */
};

/* Starts the threads that requests are handed to; lanes_stop ends them, even after a failure. */
enum iam_status bridge_start(struct bridge *b, unsigned workers, uint64_t seed) IAM_MUST_USE;

/* Serves as the HTTP layer's callbacks; ctx is the bridge. */
void bridge_handle(void *ctx, struct iam_http_exchange *x);
void bridge_round_end(void *ctx);
void bridge_error(void *ctx, struct iam_arena *arena, int status, const char *message,
                  struct iam_http_response *ret);
