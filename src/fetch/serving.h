/* SPDX-License-Identifier: Apache-2.0 */
/* The process that fetches: what it does from its first moment to its end. */
#pragma once

#include "fetch/address.h"
#include "fetch/notice.h"
#include "fetch/trust.h"

/* How it is set up, and its parent. */
struct iam_fetch_setup {
    const char *ca_file; /* authorities besides those of the system; NULL: none */
    struct iam_fetch_networks networks;
    /*
     * Called in the parent when it begins, and in each process that it starts before that serves:
     * gives up what is not needed. Each may be NULL.
     */
    void (*lock_in_parent)(const struct iam_fetch_setup *setup);
    void (*lock_in)(const struct iam_fetch_setup *setup);
};

/*
 * Serves the channels, each with a thread, until the server has closed all of them, and ends the
 * process; so does whatever ends its parent. All descriptors but these and the standard streams are
 * closed. In a process that was just forked, which has one thread.
 */
_Noreturn void iam_fetch_serve(const struct iam_fetch_setup *setup, struct iam_fetch_trust *trust,
                               const int fds[IAM_FETCHER_CHANNELS]);
/* Closes all descriptors but the standard streams and those of keep, -1 among which is none. */
void iam_fetch_close_others(const int *keep, size_t count);
/* Leaves the end to the server: a signal to its group of processes is not for the caller. */
void iam_fetch_ignore_signals(void);
