/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that fetches documents of identity providers, as the server has it: what it gives up
 * when it begins, and what the log and /readyz tell of it.
 */
#pragma once

#include "server/health.h"
#include "server/issuers.h"

/* At the same place while it runs. */
struct fetching {
    struct iam_fetcher *fetcher;
    struct health *health;
    struct issuers *_Atomic issuers; /* NULL: they have not started */
};

/*
 * Starts it: the first of all, while there is no secret and no thread. On failure, IAM_IO or
 * IAM_NOMEM, *ret_why says why.
 */
enum iam_status fetching_start(struct fetching *f, const struct oidc_options *oidc,
                               struct health *health, const char **ret_why) IAM_MUST_USE;
/* Serves as issuers_fetch_fn; ctx is the fetcher. */
enum iam_status fetching_get(void *ctx, const struct iam_fetch_question *question,
                             struct iam_arena *arena, struct iam_fetch_answer *ret) IAM_MUST_USE;
