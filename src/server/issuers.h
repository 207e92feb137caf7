/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of those who issue web identities, in memory: fetched when they are first needed, again
 * when they are too old or a token has a key that is not among them, and by threads of their own,
 * one for an issuer at a time. A provider that cannot be reached leaves the keys in force that were
 * fetched last, for a day.
 */
#pragma once

#include "dispatch/outside.h"
#include "fetch/fetcher.h"
#include "server/oidc_options.h"

struct issuers;

/* LIMITS of age, in milliseconds: whatever a provider says, its keys are kept as long, no longer.
 */
#define ISSUERS_FRESH_MIN_MS 60000
#define ISSUERS_FRESH_USUAL_MS 3600000
#define ISSUERS_FRESH_MAX_MS 86400000
/* How long keys count after the last time that they were fetched, while that fails. */
#define ISSUERS_STALE_MAX_MS 86400000
/* LIMIT: an issuer is not asked again sooner, whatever tokens name. */
#define ISSUERS_AGAIN_MS 30000
/* LIMITS: issuers in memory; requests that wait, for one issuer and for all of them. */
#define ISSUERS_MAX 1024
#define ISSUERS_WAITING_PER_ISSUER 64
#define ISSUERS_WAITING_MAX 512
/* Threads that wait for answers, each with a transaction of the store now and then. */
#define ISSUERS_THREADS 8

/* Fetches a document, and waits for it; as iam_fetcher_get. IAM_IO: nobody was asked. */
typedef enum iam_status issuers_fetch_fn(void *ctx, const struct iam_fetch_question *question,
                                         struct iam_arena *arena, struct iam_fetch_answer *ret);

struct issuers_options {
    issuers_fetch_fn *fetch;
    void *fetch_ctx;
    const struct oidc_options *oidc; /* borrowed */
    int64_t (*now_ms)(void);         /* which only ever grows */
    uint64_t seed;                   /* of the tables */
};

/* Starts the threads. IAM_NOMEM, IAM_IO. */
enum iam_status issuers_start(const struct issuers_options *options,
                              struct issuers **ret) IAM_MUST_USE;
/* Sets *ret to the functions of dispatch/outside.h. */
void issuers_outside(struct issuers *issuers, struct api_outside *ret);
/* Serves as lanes_wait_fn; ctx is the issuers. */
enum iam_status issuers_wait(void *ctx, struct api_wait *wait, void (*done)(void *arg),
                             void *arg) IAM_MUST_USE;
/*
 * Has issuers judged by the authorities as they are now. Those with keys, and those whose
 * certificates nobody vouched for, are asked again with the next token, not only after
 * ISSUERS_AGAIN_MS; who is being asked is asked once more. Keys count meanwhile as those of a
 * provider that fails, and no longer once nobody vouches for it. From any thread.
 */
void issuers_judge_again(struct issuers *issuers);
/*
 * Ends the waiting of all requests, which go on, and the threads. Keys that are there can be found
 * as before; who wants to wait is refused from then on. Accepts NULL.
 */
void issuers_settle(struct issuers *issuers);
/* Settles, and frees the issuers, which nobody may be asking any more. Accepts NULL. */
void issuers_stop(struct issuers *issuers);
