/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies are reloaded while every core decides. The current set hangs on one place; publishing
 * swaps it and raises a generation number. A worker holds a reference of its own and looks at the
 * number before each decision, one atomic load: only when it has moved does the worker take the
 * lock, drop the old set and take the new one. The last one to let go frees a set.
 *
 * INVARIANT: an answer is that of one version, never a mixture, and a version that was published
 * before a worker looked is the oldest that it can answer from. The program checks both for each
 * decision, runs for about a second, prints what it counted, and fails if anything was wrong or if
 * memory is left over.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <iam/decide.h>

#define RUN_MS 1000
#define MAX_WORKERS 64
#define STR(literal)                   \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

/* ---- an allocator that counts what is out ------------------------------------------------------
 */

static atomic_long blocks;

static void *take(void *ctx, size_t bytes)
{
    void *p = malloc(bytes);
    (void)ctx;
    if (p != NULL) {
        atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
    }
    return p;
}

static void give(void *ctx, void *p)
{
    (void)ctx;
    if (p != NULL) {
        atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
    }
    free(p);
}

static const struct iam_alloc heap = { take, give, NULL };

/*
 * ---- the place of the current set --------------------------------------------------------------
 */

/* Is held for the length of a pointer and a counter, never while deciding or parsing. */
struct place {
    pthread_mutex_t lock;
    struct iam_policy_set *set; /* one reference; under the lock */
    atomic_uint generation;     /* raised with each set, under the lock; read without it */
};

/* Takes over the caller's reference. */
static void place_publish(struct place *p, struct iam_policy_set *set)
{
    pthread_mutex_lock(&p->lock);
    struct iam_policy_set *old = p->set;
    p->set = set;
    atomic_fetch_add_explicit(&p->generation, 1, memory_order_release);
    pthread_mutex_unlock(&p->lock);
    iam_policy_set_unref(old); /* outside: it may be the one that frees */
}

/* A worker's own reference, and what the generation was when it was taken. */
struct view {
    struct iam_policy_set *set;
    unsigned generation;
};

/* Makes the view current. Almost always a single load. */
static void view_refresh(struct view *v, struct place *p)
{
    if (atomic_load_explicit(&p->generation, memory_order_acquire) == v->generation) {
        return;
    }
    struct iam_policy_set *old = v->set;
    pthread_mutex_lock(&p->lock);
    v->set = iam_policy_set_ref(p->set);
    v->generation = atomic_load_explicit(&p->generation, memory_order_relaxed);
    pthread_mutex_unlock(&p->lock);
    iam_policy_set_unref(old);
}

/* ---- versions of the policies ------------------------------------------------------------------
 */

/*
 * Version N allows reading when N is even and writing when it is odd, and has its number as name.
 * A real program reads files or a database here. NULL when memory is out.
 */
static struct iam_policy_set *make_version(unsigned n)
{
    char text[256];
    char name[16];
    struct iam_policy_set *set = NULL;
    struct iam_set_entry entry = { 0 };
    int len = snprintf(text, sizeof(text),
                       "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                       "\"Action\":\"files:*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\","
                       "\"Action\":\"files:%s\",\"Resource\":\"*\"}]}",
                       n % 2 == 0 ? "Write" : "Read");
    struct iam_str document = { text, (size_t)len };
    entry.name.p = name;
    entry.name.len = (size_t)snprintf(name, sizeof(name), "%u", n);
    if (iam_policy_parse(&heap, IAM_POLICY_IDENTITY, document, &entry.policy, NULL) != IAM_OK) {
        return NULL;
    }
    if (iam_policy_set_new(&heap, &entry, 1, &set) != IAM_OK) {
        set = NULL;
    }
    iam_policy_unref(entry.policy);
    return set;
}

static unsigned version_of(const struct iam_policy_set *set)
{
    struct iam_str name = iam_policy_set_name(set, 0);
    unsigned n = 0;
    for (size_t i = 0; i < name.len; i++) {
        n = n * 10 + (unsigned)(name.p[i] - '0');
    }
    return n;
}

/* ---- workers -----------------------------------------------------------------------------------
 */

static struct place place = { .lock = PTHREAD_MUTEX_INITIALIZER };
static atomic_uint published; /* the newest version that workers can see */
static atomic_bool done;

struct worker {
    pthread_t thread;
    uint64_t decisions;
    uint64_t switches;
    uint64_t wrong;
};

static bool is_allowed(const struct iam_policy_set *set, bool write)
{
    static const struct iam_str actions[] = { STR("files:Read"), STR("files:Write") };
    const struct iam_policies policies = { .identity = set };
    const struct iam_request request = {
        .principal = {.kind = IAM_PRINCIPAL_USER,
                      .account = STR("111122223333"),
                      .arn = STR("arn:aws:iam::111122223333:user/ann")},
        .action = actions[write],
        .resource = STR("arn:aws:files::111122223333:file/report"),
    };
    struct iam_decision decision;
    iam_decide(&policies, &request, &decision);
    return decision.effect == IAM_ALLOW;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct view view = { 0 };
    while (!atomic_load_explicit(&done, memory_order_relaxed)) {
        unsigned oldest = atomic_load_explicit(&published, memory_order_acquire);
        unsigned before = view.generation;
        view_refresh(&view, &place);
        w->switches += view.generation != before;
        unsigned version = version_of(view.set);
        bool write = w->decisions % 2 != 0;
        w->wrong += version < oldest || is_allowed(view.set, write) != (version % 2 == write);
        w->decisions++;
    }
    iam_policy_set_unref(view.set);
    return NULL;
}

/* ---- the reloading -----------------------------------------------------------------------------
 */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Publishes the next version. */
static bool reload(void)
{
    unsigned n = atomic_load(&published) + 1;
    struct iam_policy_set *set = make_version(n);
    if (set == NULL) {
        return false; /* what was in force stays in force */
    }
    place_publish(&place, set);
    atomic_store_explicit(&published, n, memory_order_release);
    return true;
}

static bool reload_for_a_while(void)
{
    const struct timespec pause = { .tv_nsec = 200000 };
    const int64_t end = now_ms() + RUN_MS;
    bool ok = true;
    while (ok && now_ms() < end) {
        ok = reload();
        nanosleep(&pause, NULL);
    }
    return ok;
}

/* Sums up all workers into w[0] and says how it went. */
static bool report(struct worker *w, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        w[0].decisions += w[i].decisions;
        w[0].switches += w[i].switches;
        w[0].wrong += w[i].wrong;
    }
    printf("%zu threads, %u reloads, %llu decisions, %llu switches, %llu wrong, %ld blocks left\n",
           count, atomic_load(&published), (unsigned long long)w[0].decisions,
           (unsigned long long)w[0].switches, (unsigned long long)w[0].wrong, atomic_load(&blocks));
    return w[0].decisions > 0 && w[0].switches > count && w[0].wrong == 0 &&
           atomic_load(&blocks) == 0;
}

int main(void)
{
    static struct worker workers[MAX_WORKERS];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = cores < 2 ? 2 : cores > MAX_WORKERS ? MAX_WORKERS : (size_t)cores;
    size_t count = 0;
    bool ok = reload();
    while (ok && count < wanted &&
           pthread_create(&workers[count].thread, NULL, work, &workers[count]) == 0) {
        count++;
    }
    ok = ok && count == wanted && reload_for_a_while();
    atomic_store(&done, true);
    for (size_t i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    iam_policy_set_unref(place.set);
    return ok && report(workers, count) ? 0 : 1;
}
