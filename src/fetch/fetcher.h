/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who fetches for the server: a process of its own, started before any secret is read and any
 * thread is started. It has no secret, no store and no listening socket; the server has no socket
 * that connects. It ends when the server does.
 */
#pragma once

#include "fetch/channel.h"

struct iam_fetcher;

/* LIMIT: documents that are fetched at once. */
#define IAM_FETCHER_CHANNELS 8

struct iam_fetcher_options {
    const char *ca_file; /* authorities besides those of the system; NULL: none */
    struct iam_fetch_networks networks;
    /* Called in the new process before it serves: gives up what it does not need. May be NULL. */
    void (*lock_in)(void);
};

/*
 * Starts the process. IAM_IO: it cannot be started, or ca_file not be read (errno 0);
 * IAM_NOMEM.
 */
enum iam_status iam_fetcher_start(const struct iam_fetcher_options *options,
                                  struct iam_fetcher **ret) IAM_MUST_USE;
/*
 * Fetches a document, and waits for it; from as many threads at once as there are channels. The
 * body is in arena. IAM_IO: the process is gone; IAM_LIMIT: the URL is too long, or all channels
 * are taken; IAM_NOMEM.
 */
enum iam_status iam_fetcher_get(struct iam_fetcher *fetcher,
                                const struct iam_fetch_question *question, struct iam_arena *arena,
                                struct iam_fetch_answer *ret) IAM_MUST_USE;
/* Ends the process, and waits for its end. Nobody may be fetching. Accepts NULL. */
void iam_fetcher_stop(struct iam_fetcher *fetcher);
