/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread and two, deciding from the same sets for the same time: they share nothing that is
 * written to, so two decide twice as much where two processors are free. Wall time, rounds in turn,
 * and the median of the rounds' ratios.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/decide_bench.h"
#include "bench/measure.h"

#define ROUNDS 9
#define ROUND_NS 100000000
#define MAX_THREADS 2

struct worker {
    pthread_t thread;
    struct bench_question question;
    atomic_bool *stop;
    size_t decisions;
};

static void *work(void *ctx)
{
    struct worker *w = ctx;
    while (!atomic_load_explicit(w->stop, memory_order_relaxed)) {
        for (int i = 0; i < 100; i++) {
            if (bench_decide(&w->question) != w->question.request->expect) {
                abort();
            }
        }
        w->decisions += 100;
    }
    return NULL;
}

/* Decisions of all threads in one round. */
static double run_round(const struct bench_world *world, size_t threads)
{
    struct worker workers[MAX_THREADS];
    atomic_bool stop = false;
    const struct timespec time = { 0, ROUND_NS };
    size_t sum = 0;
    for (size_t i = 0; i < threads; i++) {
        workers[i] = (struct worker){
            .question = {world, &world->requests[0]},
              .stop = &stop
        };
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            exit(1);
        }
    }
    (void)nanosleep(&time, NULL);
    atomic_store(&stop, true);
    for (size_t i = 0; i < threads; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        sum += workers[i].decisions;
    }
    return (double)sum;
}

void bench_threads(const struct bench_world *w, const char *name)
{
    double ratios[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        double one = run_round(w, 1);
        ratios[i] = run_round(w, 2) / one;
    }
    (void)printf("threads %-4s two decide %.2f x as much as one\n", name,
                 bench_median(ratios, ROUNDS));
}
