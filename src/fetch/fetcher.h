/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who fetches for the server: a process of its own, which has no secret, no store and no listening
 * socket; the server has no socket that connects. A parent of it (parent.h), started before any
 * secret is read and any thread is started, starts it, and starts another when it has ended.
 */
#pragma once

#include "fetch/channel.h"
#include "fetch/parent.h"

struct iam_fetcher;

struct iam_fetcher_options {
    struct iam_fetch_setup setup;
    /*
     * Called when something has happened, in its order, by the threads that fetch and by
     * iam_fetcher_look; never by two at a time. It calls nothing of this file. May be NULL.
     */
    void (*notify)(void *ctx, const struct iam_fetch_notice *notice);
    void *ctx;
    /* A process that has not answered by then is ended, and another started. 0: a minute. */
    int answer_ms;
};

/*
 * Starts the parent, and waits until it has tried to start the process: the first notice says what
 * came of that. IAM_IO: the parent cannot be started, or ca_file not be read (errno; 0: it has no
 * certificate); IAM_NOMEM.
 */
enum iam_status iam_fetcher_start(const struct iam_fetcher_options *options,
                                  struct iam_fetcher **ret) IAM_MUST_USE;
/*
 * Fetches a document, and waits for it; from as many threads at once as there are channels. The
 * body is in arena. While there is no process, it waits for the next, for two seconds; one that
 * ends while it has the question is IAM_FETCH_UNREACHABLE, as what was asked may have ended it.
 * IAM_IO: there is no process, and nobody was asked; IAM_LIMIT: the URL is too long, or all
 * channels are taken; IAM_NOMEM.
 */
enum iam_status iam_fetcher_get(struct iam_fetcher *fetcher,
                                const struct iam_fetch_question *question, struct iam_arena *arena,
                                struct iam_fetch_answer *ret) IAM_MUST_USE;
/* Looks whether something has happened: once a second. Does not wait. Accepts NULL. */
void iam_fetcher_look(struct iam_fetcher *fetcher);
/*
 * Has the authorities of ca_file read again, and those of the system with the next document. What
 * came of it is a notice: IAM_FETCH_STARTED that is_asked, or IAM_FETCH_KEPT. Who fetches meanwhile
 * is not disturbed. While the parent is busy with an earlier one, this one follows; several are one
 * then. None is lost: what the parent could not be told, iam_fetcher_look tells it.
 */
void iam_fetcher_renew(struct iam_fetcher *fetcher);
/*
 * Ends the processes, and waits for their end, for five seconds: a parent that hangs, over a file
 * of authorities say, ends with the server. Nobody may be fetching. Accepts NULL.
 */
void iam_fetcher_stop(struct iam_fetcher *fetcher);
