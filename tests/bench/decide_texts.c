/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document costs: the time of parsing, next to that of cJSON when its library is there, and
 * the memory that a compiled policy keeps, as a multiple of its text.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "base/str.h"
#include "bench/decide_bench.h"
#include "bench/measure.h"

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
    double ns = bench_measure(parse_once, &text);
    (void)printf("parse %-7s %zu bytes %6.1f us  %.1f ns/byte", name, text.len, ns / 1e3,
                 ns / (double)text.len);
    if (load_cjson(&other)) {
        other.text = text;
        double theirs = bench_measure(cjson_once, &other);
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

/* The least that is of use. */
void bench_smallest_text(void)
{
    struct iam_str text = IAM_STR(
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
        "\"Resource\":\"arn:aws:s3:::bucket/*\"}]}");
    (void)printf("memory of a policy of %zu bytes: %.2f x text\n", text.len, kept(text));
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
    double middle = bench_median(compact, count);
    (void)printf("memory %-4s %5zu bytes and so on: median %.2f, most %.2f x text; indented: "
                 "median %.2f, most %.2f x text\n",
                 name, iam_policy_text(iam_policy_set_policy(w->policies.identity, 0)).len, middle,
                 compact[count - 1], bench_median(indented, count), indented[count - 1]);
}

void bench_texts(const struct bench_world *w, const char *name)
{
    static char room[1 << 20];
    struct iam_str text = iam_policy_text(iam_policy_set_policy(w->policies.identity, 0));
    run_memory(w, name);
    run_parse(name, text);
    run_parse("indented", indent(text, room, sizeof(room)));
}
