/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the decision benchmark. */
#pragma once

#include "bench/decide_world.h"

struct bench_question {
    const struct bench_world *world;
    const struct bench_request *request;
};

/* Decides once, with the context made from C strings. */
enum iam_effect bench_decide(const struct bench_question *q);

/* Prints what the documents of a world cost to parse and to keep. */
void bench_texts(const struct bench_world *w, const char *name);
/* Prints the memory of the smallest document that is of use. */
void bench_smallest_text(void);
/* Prints how many decisions two threads make in the time in which one makes one. */
void bench_threads(const struct bench_world *w, const char *name);
