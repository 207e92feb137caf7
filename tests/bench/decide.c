/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a decision takes, single thread, the context made from C strings in every call: median
 * of rounds, and as a multiple of the floor measured in the same run, which is one hash look-up and
 * one prefix comparison. Prints; judges nothing but that the decisions are right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/heap.h"
#include "base/map.h"
#include "bench/decide_world.h"

#define ROUNDS 15
#define ROUND_NS 20000000.0
#define MAX_CONTEXT 16

static double now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int order_double(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), order_double);
    return v[n / 2];
}

/* Does something once; the result is used so that it is not optimised away. */
typedef unsigned once_fn(void *ctx);

static double measure(once_fn *once, void *ctx)
{
    double rounds[ROUNDS];
    unsigned sum = 0;
    size_t calls = 64;
    for (;;) {
        double start = now_ns();
        for (size_t i = 0; i < calls; i++) {
            sum += once(ctx);
        }
        if (now_ns() - start > ROUND_NS) {
            break;
        }
        calls *= 2;
    }
    for (size_t r = 0; r < ROUNDS; r++) {
        double start = now_ns();
        for (size_t i = 0; i < calls; i++) {
            sum += once(ctx);
        }
        rounds[r] = (now_ns() - start) / (double)calls;
    }
    /* Never true, and the compiler cannot know. */
    if (sum == 0xdeadbeef) {
        (void)puts("");
    }
    return median(rounds, ROUNDS);
}

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
    double ns = measure(floor_once, &f);
    iam_map_done(&f.map);
    return ns;
}

/* ---- decisions --------------------------------------------------------------------------------
 */

struct question {
    const struct bench_world *world;
    const struct bench_request *request;
};

static enum iam_effect decide(const struct question *q)
{
    struct iam_str values[MAX_CONTEXT];
    struct iam_context_entry context[MAX_CONTEXT];
    struct iam_decision d;
    for (size_t i = 0; i < q->request->context_count; i++) {
        values[i] = iam_str_c(q->request->context[i][1]);
        context[i] = (struct iam_context_entry){ iam_str_c(q->request->context[i][0]), &values[i],
                                                 1, false };
    }
    struct iam_request r = {
        .principal = {.kind = IAM_PRINCIPAL_USER,
                      .account = IAM_STR("123456789012"),
                      .arn = IAM_STR("arn:aws:iam::123456789012:user/alice")},
        .action = iam_str_c(q->request->action),
        .resource = iam_str_c(q->request->resource),
        .resource_account = IAM_STR("123456789012"),
        .context = context,
        .context_count = q->request->context_count,
    };
    iam_decide(&q->world->policies, &r, &d);
    return d.effect;
}

static unsigned decide_once(void *ctx)
{
    return (unsigned)decide(ctx);
}

/* Prints each request; returns the mean over the requests, or -1 when a decision is wrong. */
static double run(const struct bench_world *w, const char *name, double floor_ns)
{
    double sum = 0;
    for (size_t i = 0; i < w->request_count; i++) {
        struct question q = { w, &w->requests[i] };
        if (decide(&q) != q.request->expect) {
            (void)printf("%-10s %-9s WRONG: %s\n", name, q.request->label,
                         iam_effect_name(decide(&q)));
            return -1;
        }
        double ns = measure(decide_once, &q);
        (void)printf("%-10s %-9s %9.1f ns  %6.1f x floor  %8.0f k/s\n", name, q.request->label, ns,
                     ns / floor_ns, 1e6 / ns);
        sum += ns;
    }
    return sum / (double)w->request_count;
}

/* ---- parsing ----------------------------------------------------------------------------------
 */

static unsigned parse_once(void *ctx)
{
    const struct iam_str *text = ctx;
    struct iam_policy *p = NULL;
    enum iam_status st = iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, *text, &p, NULL);
    iam_policy_unref(p);
    return (unsigned)st;
}

static void run_parse(const struct bench_world *w)
{
    struct iam_str text = iam_policy_text(iam_policy_set_policy(w->policies.identity, 0));
    double ns = measure(parse_once, &text);
    (void)printf("parse      %zu bytes %6.1f us  %.1f ns/byte\n", text.len, ns / 1e3,
                 ns / (double)text.len);
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
    bench_world_done(&w);
    bench_world_w2s(&w);
    double w2s = run(&w, "W2S", floor_ns);
    bench_world_done(&w);
    bench_world_w3(&w, 100);
    w3 = run(&w, "W3", floor_ns);
    run_parse(&w);
    bench_world_done(&w);
    bench_world_w3s(&w, 100);
    double w3s = run(&w, "W3S", floor_ns);
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
