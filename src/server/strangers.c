/* SPDX-License-Identifier: Apache-2.0 */
#include "server/strangers.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>

#include "base/heap.h"

/* A source has its place in one of the sets, which its address chooses. */
#define WAYS 8
#define SETS (STRANGERS_SOURCES / WAYS)
_Static_assert((SETS & (SETS - 1)) == 0, "a set is chosen by the bits of a hash");

#define ADDRESS_BYTES 16
/* The bytes of an IPv6 address that one customer of a network has as a rule. */
#define PREFIX_BYTES 8

/* Thousandths of records that may be written. */
struct bucket {
    int64_t tokens;
    int64_t filled_ms;
};

struct source {
    bool is_used;
    bool is_ipv4;
    uint8_t address[ADDRESS_BYTES];
    struct bucket bucket;
    uint64_t count; /* of requests that were not recorded; the rest is about them */
    int64_t first_ms;
    int64_t last_ms;
    struct strangers_code codes[STRANGERS_CODES];
};

struct strangers {
    pthread_mutex_t lock;
    uint64_t seed;
    struct bucket all;
    struct source others;                     /* those for which there is no place */
    struct source sources[STRANGERS_SOURCES]; /* WAYS of each set */
};

/* ---- buckets ---- */

/* Adds what the time since the last look has brought; a clock that was set back brings nothing. */
static void fill(struct bucket *b, int64_t now_ms, int64_t per_second, int64_t burst)
{
    int64_t max = burst * 1000;
    int64_t passed = now_ms > b->filled_ms ? now_ms - b->filled_ms : 0;
    b->filled_ms = now_ms;
    b->tokens = passed >= max / per_second ? max : b->tokens + passed * per_second;
    b->tokens = b->tokens < max ? b->tokens : max;
}

static bool has_record(const struct bucket *b)
{
    return b->tokens >= 1000;
}

/* ---- sources ---- */

/* Reads an address; one that cannot be read counts as the zero address. */
static struct source source_of(struct iam_str address)
{
    char text[INET6_ADDRSTRLEN];
    struct source s = { .is_used = true };
    (void)snprintf(text, sizeof(text), "%.*s", IAM_STR_ARG(address));
    s.is_ipv4 = inet_pton(AF_INET, text, s.address) == 1;
    if (!s.is_ipv4 && inet_pton(AF_INET6, text, s.address) == 1) {
        memset(s.address + PREFIX_BYTES, 0, ADDRESS_BYTES - PREFIX_BYTES);
    }
    return s;
}

static bool is_same(const struct source *a, const struct source *b)
{
    return a->is_used && a->is_ipv4 == b->is_ipv4 &&
           memcmp(a->address, b->address, ADDRESS_BYTES) == 0;
}

/* Spreads the first bytes, which tell sources apart, over the sets. */
static size_t set_of(const struct strangers *s, const struct source *source)
{
    uint64_t h;
    memcpy(&h, source->address, sizeof(h));
    h = (h ^ s->seed) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 29) ^ s->seed) * 0xbf58476d1ce4e5b9u;
    return (size_t)(h >> 32) & (SETS - 1);
}

/*
 * Finds the place of a source, or takes that of the one that came least recently and has nothing to
 * be told; else it is one of the others.
 */
static struct source *find(struct strangers *s, const struct source *wanted)
{
    struct source *set = &s->sources[set_of(s, wanted) * WAYS];
    struct source *unused = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        if (is_same(&set[i], wanted)) {
            return &set[i];
        }
        if (set[i].count == 0 &&
            (unused == NULL || set[i].bucket.filled_ms < unused->bucket.filled_ms)) {
            unused = &set[i];
        }
    }
    if (unused == NULL) {
        return &s->others;
    }
    *unused = *wanted;
    return unused;
}

static void count_code(struct strangers_code codes[STRANGERS_CODES], struct iam_str code)
{
    size_t i = 0;
    while (i + 1 < STRANGERS_CODES && codes[i].count > 0 && !iam_str_eq(codes[i].code, code)) {
        i++;
    }
    bool is_last = i + 1 == STRANGERS_CODES;
    codes[i].code = is_last ? IAM_STR("Other") : code;
    codes[i].count++;
}

static void leave_out(struct source *source, struct iam_str code, int64_t now_ms)
{
    if (source->count == 0) {
        source->first_ms = now_ms;
        memset(source->codes, 0, sizeof(source->codes));
    }
    source->count++;
    source->last_ms = now_ms;
    count_code(source->codes, iam_str_is_set(code) ? code : IAM_STR("None"));
}

static bool admit(struct strangers *s, struct source *source, int64_t now_ms)
{
    fill(&s->all, now_ms, STRANGERS_ALL_PER_SECOND, STRANGERS_ALL_BURST);
    fill(&source->bucket, now_ms, STRANGERS_PER_SECOND, STRANGERS_BURST);
    if (!has_record(&s->all) || !has_record(&source->bucket)) {
        return false;
    }
    s->all.tokens -= 1000;
    source->bucket.tokens -= 1000;
    return true;
}

bool strangers_admit(struct strangers *s, struct iam_str address, struct iam_str code,
                     int64_t now_ms, bool has_room)
{
    struct source wanted = source_of(address);
    (void)pthread_mutex_lock(&s->lock);
    struct source *source = find(s, &wanted);
    bool ok = has_room && admit(s, source, now_ms);
    if (!ok) {
        leave_out(source, code, now_ms);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return ok;
}

/* ---- summaries ---- */

static bool is_due(const struct source *source, int64_t now_ms)
{
    return source->count > 0 &&
           (now_ms < source->first_ms || now_ms - source->first_ms >= STRANGERS_PERIOD_MS);
}

/* Writes the address, with the length of the prefix for IPv6. */
static void name(const struct source *source, char ret[64])
{
    char text[INET6_ADDRSTRLEN] = "";
    int family = source->is_ipv4 ? AF_INET : AF_INET6;
    (void)inet_ntop(family, source->address, text, sizeof(text));
    (void)snprintf(ret, 64, "%s%s", source->is_used ? text : "other sources",
                   source->is_used && !source->is_ipv4 ? "/64" : "");
}

static void sum_up(struct source *source, struct strangers_summary *ret)
{
    *ret = (struct strangers_summary){ .count = source->count,
                                       .first_ms = source->first_ms,
                                       .last_ms = source->last_ms };
    name(source, ret->source);
    memcpy(ret->codes, source->codes, sizeof(ret->codes));
    while (ret->code_count < STRANGERS_CODES && ret->codes[ret->code_count].count > 0) {
        ret->code_count++;
    }
    source->count = 0;
}

/* Finds a source that is due; NULL when there is none. The lock is held. */
static struct source *find_due(struct strangers *s, int64_t now_ms)
{
    for (size_t i = 0; i < STRANGERS_SOURCES; i++) {
        if (is_due(&s->sources[i], now_ms)) {
            return &s->sources[i];
        }
    }
    return is_due(&s->others, now_ms) ? &s->others : NULL;
}

bool strangers_take(struct strangers *s, int64_t now_ms, struct strangers_summary *ret)
{
    (void)pthread_mutex_lock(&s->lock);
    struct source *due = find_due(s, now_ms);
    if (due != NULL) {
        sum_up(due, ret);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return due != NULL;
}

/* ---- life ---- */

enum iam_status strangers_new(uint64_t seed, struct strangers **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct strangers *s = heap->alloc(heap->ctx, sizeof(*s));
    IAM_ENSURE(s != NULL, IAM_NOMEM);
    memset(s, 0, sizeof(*s));
    s->seed = seed;
    (void)pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return IAM_OK;
}

void strangers_free(struct strangers *s)
{
    if (s != NULL) {
        (void)pthread_mutex_destroy(&s->lock);
        iam_heap()->free(iam_heap()->ctx, s);
    }
}
