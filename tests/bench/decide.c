/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a decision takes, single thread, the context made from C strings in every call: median
 * of rounds, and as a multiple of the floor measured in the same run, which is one hash look-up and
 * one prefix comparison. Then what explaining costs, and the time and the memory of parsing; the
 * time next to that of cJSON when its library is there. Prints; judges nothing but that the
 * decisions are right.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/heap.h"
#include "base/map.h"
#include "bench/decide_world.h"

#define ROUNDS 9
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

static enum iam_effect decide(const struct question *q)
{
    struct asked a;
    struct iam_decision d;
    ask(q->request, &a);
    iam_decide(&q->world->policies, &a.request, &d);
    return d.effect;
}

static unsigned decide_once(void *ctx)
{
    return (unsigned)decide(ctx);
}

/* ---- explaining -------------------------------------------------------------------------------
 */

static bool count_failed(void *ctx, const struct iam_explained *e)
{
    unsigned *sum = ctx;
    *sum += (unsigned)e->failed + (unsigned)e->missing_count;
    return true;
}

static unsigned explain(const struct question *q, enum iam_explain_scope scope)
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

/* ---- a workload -------------------------------------------------------------------------------
 */

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
        double all = measure(explain_all_once, &q);
        double reached = measure(explain_reached_once, &q);
        (void)printf("%-10s %-9s %9.1f ns  %6.1f x floor  %8.0f k/s  explain: all %.1f x, "
                     "reached %.1f x\n",
                     name, q.request->label, ns, ns / floor_ns, 1e6 / ns, all / ns, reached / ns);
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

/* cJSON when its shared library is on this machine: nothing here is linked to it. */
struct cjson {
    void *(*parse)(const char *text, size_t len);
    void (*drop)(void *tree);
    struct iam_str text;
};

static bool load_cjson(struct cjson *ret)
{
    void *library = dlopen("libcjson.so.1", RTLD_NOW);
    void *parse = library != NULL ? dlsym(library, "cJSON_ParseWithLength") : NULL;
    void *drop = library != NULL ? dlsym(library, "cJSON_Delete") : NULL;
    memcpy(&ret->parse, &parse, sizeof(parse));
    memcpy(&ret->drop, &drop, sizeof(drop));
    return parse != NULL && drop != NULL;
}

static unsigned cjson_once(void *ctx)
{
    const struct cjson *c = ctx;
    void *tree = c->parse(c->text.p, c->text.len);
    c->drop(tree);
    return tree != NULL;
}

static void run_parse(const char *name, struct iam_str text)
{
    struct cjson other;
    double ns = measure(parse_once, &text);
    (void)printf("parse %-7s %zu bytes %6.1f us  %.1f ns/byte", name, text.len, ns / 1e3,
                 ns / (double)text.len);
    if (load_cjson(&other)) {
        other.text = text;
        double theirs = measure(cjson_once, &other);
        (void)printf("  %.2f x cJSON (%.1f us)", ns / theirs, theirs / 1e3);
    }
    (void)puts("");
}

/* ---- memory -----------------------------------------------------------------------------------
 */

struct tally {
    size_t live;
};

static void *tally_alloc(void *ctx, size_t bytes)
{
    struct tally *t = ctx;
    size_t *p = malloc(bytes + 16);
    if (p == NULL) {
        return NULL;
    }
    *p = bytes;
    t->live += bytes;
    return (char *)p + 16;
}

static void tally_free(void *ctx, void *p)
{
    struct tally *t = ctx;
    if (p != NULL) {
        size_t *head = (size_t *)(void *)((char *)p - 16);
        t->live -= *head;
        free(head);
    }
}

/* Bytes that a compiled policy keeps, as a multiple of its text. */
static double kept(struct iam_str text)
{
    struct tally t = { 0 };
    struct iam_alloc alloc = { tally_alloc, tally_free, &t };
    struct iam_policy *p = NULL;
    if (iam_policy_parse(&alloc, IAM_POLICY_IDENTITY, text, &p, NULL) != IAM_OK) {
        exit(1);
    }
    double ratio = (double)t.live / (double)text.len;
    iam_policy_unref(p);
    return ratio;
}

/* The text with line ends and indentation, as people write it. */
static struct iam_str indent(struct iam_str text, char *out, size_t cap)
{
    size_t n = 0;
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len && n + 4 * depth + 8 < cap; i++) {
        char c = text.p[i];
        bool closes = !quoted && (c == '}' || c == ']');
        depth -= closes;
        if (closes) {
            n += (size_t)snprintf(out + n, cap - n, "\n%*s", (int)(4 * depth), "");
        }
        out[n++] = c;
        quoted ^= c == '"' && (i == 0 || text.p[i - 1] != '\\');
        if (!quoted && (c == '{' || c == '[' || c == ',')) {
            depth += c != ',';
            n += (size_t)snprintf(out + n, cap - n, "\n%*s", (int)(4 * depth), "");
        } else if (!quoted && c == ':') {
            out[n++] = ' ';
        }
    }
    return (struct iam_str){ out, n };
}

static void run_memory(const struct bench_world *w, const char *name)
{
    static char room[1 << 20];
    double compact[200];
    double indented[200];
    size_t count = iam_policy_set_count(w->policies.identity);
    count = count < 200 ? count : 200;
    for (size_t i = 0; i < count; i++) {
        struct iam_str text = iam_policy_text(iam_policy_set_policy(w->policies.identity, i));
        compact[i] = kept(text);
        indented[i] = kept(indent(text, room, sizeof(room)));
    }
    double middle = median(compact, count);
    (void)printf("memory %-4s %5zu bytes and so on: median %.2f, most %.2f x text; indented: "
                 "median %.2f, most %.2f x text\n",
                 name, iam_policy_text(iam_policy_set_policy(w->policies.identity, 0)).len, middle,
                 compact[count - 1], median(indented, count), indented[count - 1]);
}

static void run_texts(const struct bench_world *w, const char *name)
{
    static char room[1 << 20];
    struct iam_str text = iam_policy_text(iam_policy_set_policy(w->policies.identity, 0));
    run_memory(w, name);
    run_parse(name, text);
    run_parse("indented", indent(text, room, sizeof(room)));
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
    run_texts(&w, "W2");
    bench_world_done(&w);
    bench_world_w2s(&w);
    double w2s = run(&w, "W2S", floor_ns);
    bench_world_done(&w);
    bench_world_w3(&w, 100);
    w3 = run(&w, "W3", floor_ns);
    run_texts(&w, "W3");
    bench_world_done(&w);
    bench_world_w3s(&w, 100);
    double w3s = run(&w, "W3S", floor_ns);
    run_texts(&w, "W3S");
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
