/* SPDX-License-Identifier: Apache-2.0 */
#include "server/issuers.h"

#include <pthread.h>

#include "base/heap.h"
#include "base/map.h"
#include "jose/discovery.h"
#include "jose/jwks.h"
#include "server/log.h"
#include "server/queue.h"

/* LIMITS: threads for keys and for documents, and what waits for them. */
#define KEY_THREADS 6
#define DOCUMENT_THREADS 2
#define DOCUMENTS_PER_SOURCE 64
/* LIMIT: memory of one fetch. */
#define ARENA_BYTES ((size_t)4 << 20)
#define DISCOVERY_PATH "/.well-known/openid-configuration"
#define SCHEME "https://"

_Static_assert(KEY_THREADS + DOCUMENT_THREADS == ISSUERS_THREADS, "all of them");
_Static_assert(ISSUERS_THREADS <= IAM_FETCHER_CHANNELS, "each has a channel");
_Static_assert(IAM_JWKS_MAX_BYTES <= IAM_FETCH_BODY_MAX, "a set of keys fits");

struct waiter {
    struct issuers *issuers;
    struct api_wait *wait;
    void (*done)(void *arg);
    void *arg;
    struct waiter *next;
};

struct entry {
    struct issuers *issuers;
    struct iam_arena arena; /* of the texts */
    struct iam_str key;
    struct api_issuer issuer;
    struct iam_jwks *jwks; /* a reference; NULL: never fetched, or too long ago */
    int64_t fetched_ms;    /* when that was */
    int64_t fresh_ms;      /* for how long it is fresh */
    int64_t tried_ms;      /* when the last attempt ended */
    bool is_tried;
    bool is_fetching;
    uint64_t authorities;             /* by which of them the keys were believed */
    enum api_outside_trouble trouble; /* of the last attempt */
    struct waiter *waiters;
    size_t waiter_count;
};

/* What came of asking an issuer. */
struct attempt {
    enum api_outside_trouble trouble;
    uint64_t authorities; /* that there were before */
    bool is_lost;         /* it was not asked at all: the next token may try again at once */
    struct iam_jwks *jwks;
    int64_t fresh_ms;
};

struct issuers {
    struct issuers_options options;
    pthread_mutex_t lock; /* on everything below, and in entries but what never changes */
    struct iam_map entries;
    size_t waiting;
    uint64_t authorities; /* counts how often those who vouch have changed */
    _Atomic bool is_stopping;
    struct queue *keys;
    struct queue *documents;
};

/* ---- entries ---- */

static void entry_free(struct entry *e)
{
    iam_jwks_unref(e->jwks);
    iam_arena_done(&e->arena);
    iam_heap()->free(iam_heap()->ctx, e);
}

static enum iam_status key_of(struct iam_arena *arena, const struct api_issuer *issuer,
                              struct iam_str *ret)
{
    const struct iam_str parts[] = { issuer->id, IAM_STR("\n"), issuer->url, IAM_STR("\n"),
                                     issuer->thumbprints };
    return iam_arena_join(arena, parts, IAM_COUNT(parts), ret);
}

/* Finds an entry. The lock is held. */
static struct entry *find(const struct issuers *s, const struct api_issuer *issuer)
{
    struct iam_arena scratch;
    struct iam_str key;
    iam_arena_init(&scratch, iam_heap(), ARENA_BYTES);
    struct entry *e =
        key_of(&scratch, issuer, &key) == IAM_OK ? iam_map_get(&s->entries, key) : NULL;
    iam_arena_done(&scratch);
    return e;
}

/* Drops the entry that was asked for longest ago and that nobody needs now. The lock is held. */
static void make_room(struct issuers *s)
{
    struct entry *oldest = NULL;
    struct iam_str key;
    size_t pos = 0;
    void *value;
    if (s->entries.count < ISSUERS_MAX) {
        return;
    }
    while (iam_map_next(&s->entries, &pos, &key, &value)) {
        struct entry *e = value;
        if (!e->is_fetching && (oldest == NULL || e->tried_ms < oldest->tried_ms)) {
            oldest = e;
        }
    }
    if (oldest != NULL) {
        (void)iam_map_remove(&s->entries, oldest->key);
        entry_free(oldest);
    }
}

static enum iam_status fill(struct entry *e, const struct api_issuer *issuer)
{
    IAM_TRY(key_of(&e->arena, issuer, &e->key));
    IAM_TRY(iam_arena_dup(&e->arena, issuer->id, &e->issuer.id));
    IAM_TRY(iam_arena_dup(&e->arena, issuer->url, &e->issuer.url));
    return iam_arena_dup(&e->arena, issuer->thumbprints, &e->issuer.thumbprints);
}

/* Makes an entry. The lock is held. */
static enum iam_status add(struct issuers *s, const struct api_issuer *issuer, struct entry **ret)
{
    const struct iam_alloc *heap = iam_heap();
    make_room(s);
    IAM_ENSURE(s->entries.count < ISSUERS_MAX, IAM_LIMIT);
    struct entry *e = heap->alloc(heap->ctx, sizeof(*e));
    IAM_ENSURE(e != NULL, IAM_NOMEM);
    memset(e, 0, sizeof(*e));
    e->issuers = s;
    iam_arena_init(&e->arena, heap, ARENA_BYTES);
    enum iam_status st = fill(e, issuer);
    if (st == IAM_OK) {
        st = iam_map_put(&s->entries, e->key, e, NULL);
    }
    if (st != IAM_OK) {
        entry_free(e);
        return st;
    }
    *ret = e;
    return IAM_OK;
}

/* ---- fetching ---- */

static enum api_outside_trouble trouble_of(enum iam_fetch_result result)
{
    static const enum api_outside_trouble troubles[IAM_FETCH_RESULT_COUNT] = {
        [IAM_FETCH_UNREACHABLE] = API_OUTSIDE_UNREACHABLE,
        [IAM_FETCH_REFUSED] = API_OUTSIDE_UNUSABLE,
        [IAM_FETCH_UNKNOWN] = API_OUTSIDE_THUMBPRINT,
        [IAM_FETCH_TOO_LARGE] = API_OUTSIDE_UNUSABLE,
        [IAM_FETCH_UNUSABLE] = API_OUTSIDE_UNUSABLE,
    };
    return troubles[result];
}

/* Fetches a document. *ret_lost, unless it is NULL, tells that nobody was asked. */
static enum api_outside_trouble fetch(struct issuers *s, struct iam_arena *arena,
                                      const struct iam_fetch_question *question,
                                      struct iam_fetch_answer *ret, bool *ret_lost)
{
    enum iam_status st = s->options.fetch(s->options.fetch_ctx, question, arena, ret);
    if (ret_lost != NULL) {
        *ret_lost = st == IAM_IO;
    }
    return st == IAM_OK ? trouble_of(ret->result) : API_OUTSIDE_UNREACHABLE;
}

/* Makes the URL (given without https://) of a document: as it is, or where its domain is asked. */
static enum iam_status url_at(const struct issuers *s, struct iam_arena *arena, struct iam_str url,
                              struct iam_str path, struct iam_str *ret)
{
    size_t slash = iam_str_find(url, '/', 0);
    struct iam_str base = oidc_options_find(s->options.oidc, iam_str_sub(url, 0, slash));
    bool is_moved = iam_str_is_set(base);
    const struct iam_str parts[] = { is_moved ? base : IAM_STR(SCHEME),
                                     iam_str_sub(url, is_moved ? slash : 0, url.len), path };
    return iam_arena_join(arena, parts, IAM_COUNT(parts), ret);
}

/*
 * Makes the URL of an issuer's discovery document. SPEC: OpenID Connect Discovery 1.0, 4: a slash
 * at the end of the issuer is taken away first.
 */
static enum iam_status discovery_url(const struct issuers *s, struct iam_arena *arena,
                                     struct iam_str issuer, struct iam_str *ret)
{
    issuer.len -= iam_str_ends(issuer, IAM_STR("/"));
    return url_at(s, arena, issuer, IAM_STR(DISCOVERY_PATH), ret);
}

/* Reads the discovery document of issuer; *ret_url is where its keys are asked for. */
static enum iam_status read_discovery(const struct issuers *s, struct iam_arena *arena,
                                      struct iam_str text, struct iam_str issuer,
                                      struct iam_str *ret_url)
{
    const struct iam_str parts[] = { IAM_STR(SCHEME), issuer };
    struct iam_str whole;
    struct iam_str keys;
    IAM_TRY(iam_arena_join(arena, parts, IAM_COUNT(parts), &whole));
    IAM_TRY(iam_discovery_read(arena, text, whole, &keys));
    return url_at(s, arena, iam_str_sub(keys, strlen(SCHEME), keys.len), IAM_STR(""), ret_url);
}

/* Finds the URL of the keys. */
static enum api_outside_trouble discover(struct issuers *s, struct iam_arena *arena,
                                         const struct api_issuer *issuer, struct iam_str *ret_url,
                                         bool *ret_lost)
{
    struct iam_fetch_question question = { .thumbprints = issuer->thumbprints };
    struct iam_fetch_answer answer;
    if (discovery_url(s, arena, issuer->url, &question.url) != IAM_OK) {
        return API_OUTSIDE_UNREACHABLE;
    }
    enum api_outside_trouble trouble = fetch(s, arena, &question, &answer, ret_lost);
    if (trouble == API_OUTSIDE_NONE &&
        read_discovery(s, arena, answer.body, issuer->url, ret_url) != IAM_OK) {
        trouble = API_OUTSIDE_UNUSABLE;
    }
    return trouble;
}

static int64_t fresh_ms(int64_t said_s)
{
    if (said_s < 0) {
        return ISSUERS_FRESH_USUAL_MS;
    }
    if (said_s >= ISSUERS_FRESH_MAX_MS / 1000) {
        return ISSUERS_FRESH_MAX_MS;
    }
    return said_s * 1000 > ISSUERS_FRESH_MIN_MS ? said_s * 1000 : ISSUERS_FRESH_MIN_MS;
}

static void fetch_keys(struct issuers *s, const struct api_issuer *issuer, struct attempt *ret)
{
    struct iam_fetch_question question = { .thumbprints = issuer->thumbprints };
    struct iam_fetch_answer answer;
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    ret->trouble = discover(s, &arena, issuer, &question.url, &ret->is_lost);
    if (ret->trouble == API_OUTSIDE_NONE) {
        ret->trouble = fetch(s, &arena, &question, &answer, &ret->is_lost);
    }
    if (ret->trouble == API_OUTSIDE_NONE) {
        ret->fresh_ms = fresh_ms(answer.fresh_s);
        if (iam_jwks_read(answer.body, &ret->jwks) != IAM_OK) {
            ret->trouble = API_OUTSIDE_UNUSABLE;
        }
    }
    iam_arena_done(&arena);
}

static void log_trouble(const struct api_issuer *issuer, enum api_outside_trouble trouble)
{
    static const char *const texts[] = {
        [API_OUTSIDE_NONE] = "",
        [API_OUTSIDE_UNREACHABLE] = "it cannot be reached, or does not answer in time",
        [API_OUTSIDE_THUMBPRINT] = "nobody vouches for its certificate",
        [API_OUTSIDE_UNUSABLE] = "its answer is not usable, or its address not public",
    };
    if (trouble != API_OUTSIDE_NONE) {
        log_write(LOG_LEVEL_WARN, "cannot get the keys of an identity provider",
                  LOG_FIELDS({ "issuer", issuer->url }, { "why", iam_str_c(texts[trouble]) }));
    }
}

/* ---- waiting ---- */

/* Lets requests go on. Called without the lock. */
static void release(struct waiter *waiters)
{
    while (waiters != NULL) {
        struct waiter *w = waiters;
        waiters = w->next;
        w->wait->is_wanted = false;
        w->wait->is_over = true;
        w->done(w->arg);
        iam_heap()->free(iam_heap()->ctx, w);
    }
}

/*
 * Begins an attempt. Until its end others may be asked who vouches: it is judged by those that
 * there were at its beginning, or later ones.
 */
static struct attempt attempt_new(struct issuers *s)
{
    (void)pthread_mutex_lock(&s->lock);
    struct attempt attempt = { API_OUTSIDE_UNREACHABLE, .authorities = s->authorities };
    (void)pthread_mutex_unlock(&s->lock);
    return attempt;
}

/* Tells whether the authorities decided what came of it, and have changed. The lock is held. */
static bool is_outdated(const struct issuers *s, const struct attempt *attempt)
{
    return attempt->authorities != s->authorities &&
           (attempt->trouble == API_OUTSIDE_NONE || attempt->trouble == API_OUTSIDE_THUMBPRINT);
}

/*
 * Keeps the keys of an attempt. Those that earlier authorities have vouched for go when nobody
 * vouches now. Returns the keys that are not kept. The lock is held.
 */
static struct iam_jwks *keep(struct entry *e, const struct attempt *attempt)
{
    struct iam_jwks *old = e->jwks;
    if (attempt->trouble == API_OUTSIDE_NONE) {
        e->jwks = attempt->jwks;
        e->fetched_ms = e->tried_ms;
        e->fresh_ms = attempt->fresh_ms;
        e->authorities = attempt->authorities;
        return old;
    }
    if (attempt->trouble == API_OUTSIDE_THUMBPRINT && e->authorities != attempt->authorities) {
        e->jwks = NULL;
        return old;
    }
    return NULL;
}

/*
 * Ends an attempt, and sets *ret to who waited for it. False: it is to be made again, as it was
 * judged by authorities of before.
 */
static bool settle(struct entry *e, const struct attempt *attempt, struct waiter **ret)
{
    struct issuers *s = e->issuers;
    (void)pthread_mutex_lock(&s->lock);
    bool is_over = !is_outdated(s, attempt);
    struct iam_jwks *unused = attempt->jwks;
    if (is_over) {
        *ret = e->waiters;
        s->waiting -= e->waiter_count;
        e->waiters = NULL;
        e->waiter_count = 0;
        e->is_fetching = false;
        e->is_tried = !attempt->is_lost;
        e->trouble = attempt->trouble;
        e->tried_ms = s->options.now_ms();
        unused = keep(e, attempt);
    }
    (void)pthread_mutex_unlock(&s->lock);
    iam_jwks_unref(unused);
    return is_over;
}

static void ask_for_keys(struct entry *e)
{
    struct issuers *s = e->issuers;
    struct waiter *waiters = NULL;
    struct attempt attempt;
    do {
        attempt = attempt_new(s);
        if (!s->is_stopping) {
            fetch_keys(s, &e->issuer, &attempt);
        }
    } while (!settle(e, &attempt, &waiters));
    log_trouble(&e->issuer, attempt.trouble);
    release(waiters);
}

static void run_keys(void *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ask_for_keys(args[i]);
    }
}

/* Begins an attempt, unless one is going on. The lock is held. */
static enum iam_status begin(struct entry *e)
{
    if (e->is_fetching) {
        return IAM_OK;
    }
    IAM_ENSURE(!e->issuers->is_stopping, IAM_LIMIT);
    IAM_TRY(queue_put(e->issuers->keys, 0, run_keys, e));
    e->is_fetching = true;
    return IAM_OK;
}

static enum iam_status waiter_new(struct issuers *s, struct api_wait *wait, void (*done)(void *arg),
                                  void *arg, struct waiter **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct waiter *w = heap->alloc(heap->ctx, sizeof(*w));
    IAM_ENSURE(w != NULL, IAM_NOMEM);
    *w = (struct waiter){ s, wait, done, arg, NULL };
    *ret = w;
    return IAM_OK;
}

/* Adds who waits for the keys of an issuer. The lock is held. */
static enum iam_status wait_for_keys(struct issuers *s, struct waiter *w)
{
    struct entry *e = find(s, w->wait->issuer);
    IAM_ENSURE(s->waiting < ISSUERS_WAITING_MAX, IAM_LIMIT);
    if (e == NULL) {
        IAM_TRY(add(s, w->wait->issuer, &e));
    }
    IAM_ENSURE(e->waiter_count < ISSUERS_WAITING_PER_ISSUER, IAM_LIMIT);
    IAM_TRY(begin(e));
    w->next = e->waiters;
    e->waiters = w;
    e->waiter_count++;
    s->waiting++;
    return IAM_OK;
}

/* ---- documents ---- */

static void get_document(struct issuers *s, struct api_wait *wait, size_t i)
{
    const struct iam_fetch_question question = { .url = wait->urls[i] };
    struct iam_fetch_answer answer = { .body = iam_str_absent() };
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum api_outside_trouble trouble = fetch(s, &arena, &question, &answer, NULL);
    /* The request belongs to this thread while it waits, and its memory too. */
    if (trouble == API_OUTSIDE_NONE &&
        iam_arena_dup(wait->arena, answer.body, &wait->documents[i]) != IAM_OK) {
        trouble = API_OUTSIDE_UNREACHABLE;
    }
    if (wait->trouble == API_OUTSIDE_NONE) {
        wait->trouble = trouble;
    }
    iam_arena_wipe(&arena);
    iam_arena_done(&arena);
}

static void run_documents(void *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct waiter *w = args[i];
        if (w->issuers->is_stopping) {
            w->wait->trouble = API_OUTSIDE_UNREACHABLE;
        }
        for (size_t j = 0; j < w->wait->url_count && w->wait->trouble == API_OUTSIDE_NONE; j++) {
            get_document(w->issuers, w->wait, j);
        }
        release(w);
    }
}

/* Has documents fetched, and adds who waits for them. The lock is held. */
static enum iam_status wait_for_documents(struct issuers *s, struct waiter *w)
{
    IAM_ENSURE(!s->is_stopping, IAM_LIMIT);
    struct iam_str url = w->wait->urls[0];
    size_t host_end = iam_str_find(url, '/', sizeof("https://") - 1);
    uint64_t host = iam_hash(iam_str_sub(url, 0, host_end), s->options.seed) | 1;
    return queue_put(s->documents, host, run_documents, w);
}

enum iam_status issuers_wait(void *ctx, struct api_wait *wait, void (*done)(void *arg), void *arg)
{
    struct issuers *s = ctx;
    struct waiter *w;
    enum iam_status st;
    IAM_TRY(waiter_new(s, wait, done, arg, &w));
    (void)pthread_mutex_lock(&s->lock);
    st = wait->issuer == NULL ? wait_for_documents(s, w) : wait_for_keys(s, w);
    (void)pthread_mutex_unlock(&s->lock);
    if (st != IAM_OK) {
        iam_heap()->free(iam_heap()->ctx, w);
        return IAM_LIMIT;
    }
    return IAM_OK;
}

/* ---- asking ---- */

/* Tells whether an attempt was made a short time ago. The lock is held. */
static bool is_just_tried(const struct entry *e, int64_t now)
{
    return e->is_tried && now - e->tried_ms < ISSUERS_AGAIN_MS;
}

/* Forgets keys that are too old, also while their provider fails. The lock is held. */
static void expire(struct entry *e, int64_t now)
{
    if (e->jwks != NULL && now - e->fetched_ms >= e->fresh_ms + ISSUERS_STALE_MAX_MS) {
        iam_jwks_unref(e->jwks);
        e->jwks = NULL;
    }
}

static bool is_stale(const struct entry *e, int64_t now)
{
    return now - e->fetched_ms >= e->fresh_ms || e->authorities != e->issuers->authorities;
}

/*
 * Judges whether the keys that are there will do. Stale ones do only while their provider fails,
 * which is asked again meanwhile. The lock is held.
 */
static enum iam_status judge(struct entry *e, struct iam_str kid, int64_t now)
{
    bool may_ask = !is_just_tried(e, now);
    if (e->jwks == NULL) {
        return may_ask ? IAM_NOT_FOUND : IAM_DENIED;
    }
    if (is_stale(e, now) && may_ask) {
        if (e->trouble == API_OUTSIDE_NONE || begin(e) != IAM_OK) {
            return IAM_NOT_FOUND;
        }
    }
    if (iam_jwks_has(e->jwks, kid)) {
        return IAM_OK;
    }
    return may_ask ? IAM_NOT_FOUND : IAM_DENIED;
}

static enum iam_status find_keys(void *ctx, const struct api_issuer *issuer, struct iam_str kid,
                                 struct iam_jwks **ret, enum api_outside_trouble *ret_trouble)
{
    struct issuers *s = ctx;
    enum iam_status st = IAM_NOT_FOUND;
    (void)pthread_mutex_lock(&s->lock);
    struct entry *e = find(s, issuer);
    *ret_trouble = API_OUTSIDE_NONE;
    if (e != NULL) {
        int64_t now = s->options.now_ms();
        expire(e, now);
        st = judge(e, kid, now);
        *ret_trouble = e->jwks == NULL ? e->trouble : API_OUTSIDE_NONE;
        if (st == IAM_OK) {
            *ret = iam_jwks_ref(e->jwks);
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    return st;
}

void issuers_judge_again(struct issuers *s)
{
    struct iam_str key;
    size_t pos = 0;
    void *value;
    (void)pthread_mutex_lock(&s->lock);
    s->authorities++;
    while (iam_map_next(&s->entries, &pos, &key, &value)) {
        struct entry *e = value;
        e->is_tried =
            e->is_tried && e->trouble != API_OUTSIDE_THUMBPRINT && e->trouble != API_OUTSIDE_NONE;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static struct iam_str find_endpoint(void *ctx, struct iam_str domain)
{
    const struct issuers *s = ctx;
    return oidc_options_find(s->options.oidc, domain);
}

void issuers_outside(struct issuers *issuers, struct api_outside *ret)
{
    *ret = (struct api_outside){ .keys = find_keys, .endpoint = find_endpoint, .ctx = issuers };
}

/* ---- life ---- */

static enum iam_status start_queues(struct issuers *s)
{
    const struct queue_options keys = { .max_queued = ISSUERS_MAX,
                                        .max_together = 1,
                                        .threads = KEY_THREADS };
    const struct queue_options documents = { .max_queued = ISSUERS_WAITING_MAX,
                                             .max_per_caller = DOCUMENTS_PER_SOURCE,
                                             .max_together = 1,
                                             .threads = DOCUMENT_THREADS };
    IAM_TRY(queue_new(&keys, &s->keys));
    return queue_new(&documents, &s->documents);
}

enum iam_status issuers_start(const struct issuers_options *options, struct issuers **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct issuers *s = heap->alloc(heap->ctx, sizeof(*s));
    IAM_ENSURE(s != NULL, IAM_NOMEM);
    memset(s, 0, sizeof(*s));
    s->options = *options;
    iam_map_init(&s->entries, heap, options->seed);
    (void)pthread_mutex_init(&s->lock, NULL);
    enum iam_status st = start_queues(s);
    if (st != IAM_OK) {
        issuers_stop(s);
        return st;
    }
    *ret = s;
    return IAM_OK;
}

static void free_entries(struct issuers *s)
{
    struct iam_str key;
    size_t pos = 0;
    void *value;
    while (iam_map_next(&s->entries, &pos, &key, &value)) {
        entry_free(value);
    }
    iam_map_done(&s->entries);
}

void issuers_settle(struct issuers *s)
{
    if (s == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    struct queue *keys = s->keys;
    struct queue *documents = s->documents;
    s->is_stopping = true;
    s->keys = NULL;
    s->documents = NULL;
    (void)pthread_mutex_unlock(&s->lock);
    queue_stop(keys);
    queue_stop(documents);
}

void issuers_stop(struct issuers *s)
{
    if (s == NULL) {
        return;
    }
    issuers_settle(s);
    free_entries(s);
    (void)pthread_mutex_destroy(&s->lock);
    iam_heap()->free(iam_heap()->ctx, s);
}
