/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <semaphore.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a new thread is told; gone once it is ready. */
struct start {
    const struct iam_thread_options *options;
    void *(*fn)(void *);
    void *arg;
    sem_t ready;
};

/* The kernel's struct sched_attr, in its first form. SPEC: sched_setattr(2). */
struct attr {
    uint32_t size;
    uint32_t policy; /* 0: SCHED_OTHER */
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

static void compete(const struct iam_thread_options *o)
{
    id_t self = (id_t)gettid();
    int nice = getpriority(PRIO_PROCESS, self) + o->niceness;
    struct attr attr = { .size = sizeof(attr), .nice = nice, .runtime = o->turn_ns };
    if (o->niceness != 0) {
        (void)setpriority(PRIO_PROCESS, self, nice);
    }
    if (o->turn_ns != 0) {
        (void)syscall(SYS_sched_setattr, self, &attr, 0);
    }
}

static void *run(void *arg)
{
    struct start *start = arg;
    void *(*fn)(void *) = start->fn;
    void *fn_arg = start->arg;
    compete(start->options);
    (void)sem_post(&start->ready);
    return fn(fn_arg);
}

enum iam_status iam_thread_start(const struct iam_thread_options *options, void *(*fn)(void *),
                                 void *arg, pthread_t *ret)
{
    struct start start = { .options = options, .fn = fn, .arg = arg };
    if (sem_init(&start.ready, 0, 0) != 0) {
        return IAM_IO;
    }
    bool ok = pthread_create(ret, NULL, run, &start) == 0;
    while (ok && sem_wait(&start.ready) != 0) {
    }
    (void)sem_destroy(&start.ready);
    return ok ? IAM_OK : IAM_IO;
}
