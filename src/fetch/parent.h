/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent of the process that fetches: started before any secret is read and any thread is
 * started, it starts that process and, when it has ended, another. The server could not: it has
 * secrets, threads, and a filter of system calls. It reads nothing that comes from outside but
 * the file of an operator's authorities, and has one thread.
 */
#pragma once

#include "fetch/serving.h"

/*
 * How long it waits before it starts another process: the first time, and at most. It waits twice
 * as long each time, until one has lived for as long as the most.
 */
#define IAM_FETCH_PAUSE_FIRST_MS 100
#define IAM_FETCH_PAUSE_MAX_MS 60000

/*
 * Starts a process at once, and another after the end of one, and tells the server on fd
 * (notice.h). When the server wishes it, it reads ca_file again: a process with its authorities,
 * and those that the system has by then, takes the place of the one that there is, which ends when
 * it has nothing to do. It ends, and with it the process that it has started, when the server has
 * closed its end of fd. trust becomes its own. In a process that was just forked.
 */
_Noreturn void iam_fetch_parent_run(const struct iam_fetch_setup *setup,
                                    struct iam_fetch_trust *trust, int fd);
