/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that compete for the processor otherwise than as any other; not part of libiam. */
#pragma once

#include <pthread.h>

#include "base/base.h"

/* Zero: as any other thread. What the system does not grant is left out. */
struct iam_thread_options {
    int niceness; /* above 0: others go first on a busy processor; 10: it gets a tenth of theirs */
    /*
     * How long a turn on the processor is, in nanoseconds, at least 100,000; 0: as the system has
     * it. A thread with short turns need not wait for the end of another's when it has something to
     * do. Linux before 6.12 has no such choice.
     */
    uint64_t turn_ns;
};

/*
 * Starts fn(arg) in a thread, which competes as options say before this returns: later the process
 * may not be permitted to change it. IAM_IO: there is no thread.
 */
enum iam_status iam_thread_start(const struct iam_thread_options *options, void *(*fn)(void *),
                                 void *arg, pthread_t *ret) IAM_MUST_USE;
