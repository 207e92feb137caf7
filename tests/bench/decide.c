/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a decision takes, single thread, the context made from C strings in every call: median
 * of rounds, and as a multiple of the floor measured in the same run, which is one hash look-up and
 * one prefix comparison. Then what explaining and simulating cost, documents, and a second thread.
 * Only prints; the one thing it checks is that the decisions are right.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/map.h"
#include "bench/decide_bench.h"
#include "bench/measure.h"
#include "iam/simulate.h"

#define MAX_CONTEXT 16

/* ---- the floor --------------------------------------------------------------------------------
 */

struct floor {
    struct iam_map map;
    const char *volatile action;
    const char *volatile resource;
};

static unsigned floor_once(void *ctx)
{
    struct floor *f = ctx;
    const struct iam_str *prefix = iam_map_get(&f->map, iam_str_c(f->action));
    return prefix != NULL && iam_str_starts(iam_str_c(f->resource), *prefix);
}

static double measure_floor(void)
{
    static struct iam_str prefix = IAM_STR_INIT("arn:aws:s3:::bucket/");
    struct floor f = { .action = "s3:getobject",
                       .resource = "arn:aws:s3:::bucket/photos/2026/cat.jpg" };
    iam_map_init(&f.map, iam_heap(), 42);
    if (iam_map_put(&f.map, IAM_STR("s3:getobject"), &prefix, NULL) != IAM_OK) {
        exit(1);
    }
    double ns = bench_measure(floor_once, &f);
    iam_map_done(&f.map);
    return ns;
}

/* ---- decisions --------------------------------------------------------------------------------
 */

/* A request with room for its context. */
struct asked {
    struct iam_request request;
    struct iam_str values[MAX_CONTEXT];
    struct iam_context_entry context[MAX_CONTEXT];
};

static inline __attribute__((always_inline)) void ask(const struct bench_request *from,
                                                      struct asked *to)
{
    for (size_t i = 0; i < from->context_count; i++) {
        to->values[i] = iam_str_c(from->context[i][1]);
        to->context[i] =
            (struct iam_context_entry){ iam_str_c(from->context[i][0]), &to->values[i], 1, false };
    }
    to->request = (struct iam_request){
        .principal = {.kind = IAM_PRINCIPAL_USER,
                      .account = IAM_STR("123456789012"),
                      .arn = IAM_STR("arn:aws:iam::123456789012:user/alice")},
        .action = iam_str_c(from->action),
        .resource = iam_str_c(from->resource),
        .resource_account = IAM_STR("123456789012"),
        .context = to->context,
        .context_count = from->context_count,
    };
}

enum iam_effect bench_decide(const struct bench_question *q)
{
    struct asked a;
    struct iam_decision d;
    ask(q->request, &a);
    iam_decide(&q->world->policies, &a.request, &d);
    return d.effect;
}

static unsigned decide_once(void *ctx)
{
    return (unsigned)bench_decide(ctx);
}

/* ---- explaining -------------------------------------------------------------------------------
 */

static bool count_failed(void *ctx, const struct iam_explained *e)
{
    unsigned *sum = ctx;
    *sum += (unsigned)e->failed + (unsigned)e->missing_count;
    return true;
}

static unsigned explain(const struct bench_question *q, enum iam_explain_scope scope)
{
    struct asked a;
    unsigned sum = 0;
    ask(q->request, &a);
    (void)iam_explain(&q->world->policies, &a.request, scope, count_failed, &sum);
    return sum;
}

static unsigned explain_all_once(void *ctx)
{
    return explain(ctx, IAM_EXPLAIN_ALL);
}

static unsigned explain_reached_once(void *ctx)
{
    return explain(ctx, IAM_EXPLAIN_REACHED);
}

/* ---- simulating -------------------------------------------------------------------------------
 */

static unsigned simulate_once(void *ctx)
{
    const struct bench_question *q = ctx;
    struct asked a;
    struct iam_simulated s;
    uint64_t steps = IAM_DECISION_MAX_STEPS;
    ask(q->request, &a);
    (void)iam_simulate_within(&q->world->policies, &a.request, &steps, &s);
    return (unsigned)s.identity.effect;
}

/* ---- a workload -------------------------------------------------------------------------------
 */

/* Prints each request; returns the mean over the requests, or -1 when a decision is wrong. */
static double run(const struct bench_world *w, const char *name, double floor_ns)
{
    double sum = 0;
    for (size_t i = 0; i < w->request_count; i++) {
        struct bench_question q = { w, &w->requests[i] };
        if (bench_decide(&q) != q.request->expect) {
            (void)printf("%-10s %-9s WRONG: %s\n", name, q.request->label,
                         iam_effect_name(bench_decide(&q)));
            return -1;
        }
        double ns = bench_measure(decide_once, &q);
        double all = bench_measure(explain_all_once, &q);
        double reached = bench_measure(explain_reached_once, &q);
        double simulated = bench_measure(simulate_once, &q);
        (void)printf("%-10s %-9s %9.1f ns  %6.1f x floor  %8.0f k/s  explain: all %.1f x, "
                     "reached %.1f x  simulate %.2f x\n",
                     name, q.request->label, ns, ns / floor_ns, 1e6 / ns, all / ns, reached / ns,
                     simulated / ns);
        sum += ns;
    }
    return sum / (double)w->request_count;
}

int main(void)
{
    struct bench_world w;
    double w2;
    double w3;
    double floor_ns = measure_floor();
    (void)printf("floor                %9.1f ns\n", floor_ns);
    bench_world_w1(&w);
    double ok = run(&w, "W1", floor_ns);
    bench_world_done(&w);
    bench_world_w2(&w);
    w2 = run(&w, "W2", floor_ns);
    bench_texts(&w, "W2");
    bench_smallest_text();
    bench_threads(&w, "W2");
    bench_world_done(&w);
    bench_world_w2s(&w);
    double w2s = run(&w, "W2S", floor_ns);
    bench_world_done(&w);
    bench_world_w3(&w, 100);
    w3 = run(&w, "W3", floor_ns);
    bench_texts(&w, "W3");
    bench_world_done(&w);
    bench_world_w3s(&w, 100);
    double w3s = run(&w, "W3S", floor_ns);
    bench_texts(&w, "W3S");
    bench_world_done(&w);
    bench_world_w3(&w, 10000);
    double w3x = run(&w, "W3x10000", floor_ns);
    bench_world_done(&w);
    bench_world_w3s(&w, 10000);
    double w3sx = run(&w, "W3Sx10000", floor_ns);
    bench_world_done(&w);
    (void)printf("W3/W2 %.2f  W3x10000/W2 %.2f  W3S/W2S %.2f  W3Sx10000/W2S %.2f\n", w3 / w2,
                 w3x / w2, w3s / w2s, w3sx / w2s);
    return ok < 0 || w2 < 0 || w2s < 0 || w3 < 0 || w3s < 0 || w3x < 0 || w3sx < 0;
}
