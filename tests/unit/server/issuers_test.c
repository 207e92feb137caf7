/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of issuers: when they are fetched, for how long they count, who waits for them. */
#include "server/issuers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "jose/jwks.h"
#include "lib/test.h"

#define KEY(kid)                                             \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"" kid "\"," \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"
#define KEYS(list) "{\"keys\":[" list "]}"

static struct {
    _Atomic int64_t now_ms;
    atomic_size_t fetches; /* of keys */
    atomic_size_t asked;   /* for anything, blocked or not */
    atomic_size_t unknown; /* how many are answered with IAM_FETCH_UNKNOWN first */
    atomic_bool is_blocked;
    const char *keys;
    const char *discovery;
    int64_t fresh_s;
    enum iam_fetch_result result;
    enum iam_status status;
    char last_url[256];
    char last_thumbprints[256];
    pthread_mutex_t lock;
} world = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct issuers *issuers;
static struct api_outside outside;
static struct oidc_options oidc;

static int64_t now(void)
{
    return world.now_ms;
}

static void pause_ms(long ms)
{
    const struct timespec wait = { ms / 1000, ms % 1000 * 1000000 };
    (void)nanosleep(&wait, NULL);
}

static enum iam_status fetch(void *ctx, const struct iam_fetch_question *question,
                             struct iam_arena *arena, struct iam_fetch_answer *ret)
{
    static const struct iam_str end = IAM_STR_INIT("openid-configuration");
    bool is_keys = !iam_str_ends(question->url, end);
    (void)ctx;
    world.asked++;
    while (world.is_blocked) {
        pause_ms(1);
    }
    (void)pthread_mutex_lock(&world.lock);
    (void)snprintf(world.last_url, sizeof(world.last_url), "%.*s", IAM_STR_ARG(question->url));
    (void)snprintf(world.last_thumbprints, sizeof(world.last_thumbprints), "%.*s",
                   IAM_STR_ARG(question->thumbprints));
    *ret = (struct iam_fetch_answer){ .result = world.result, .fresh_s = world.fresh_s };
    if (world.unknown > 0) {
        world.unknown--;
        ret->result = IAM_FETCH_UNKNOWN;
    }
    enum iam_status st = world.status;
    if (st == IAM_OK && ret->result == IAM_FETCH_OK) {
        st = iam_arena_dup(arena, iam_str_c(is_keys ? world.keys : world.discovery), &ret->body);
    }
    (void)pthread_mutex_unlock(&world.lock);
    world.fetches += is_keys ? 1 : 0;
    return st;
}

static const struct api_issuer issuer = { .id = IAM_STR_INIT("OIDC1"),
                                          .url = IAM_STR_INIT("a.example/x/"),
                                          .thumbprints = IAM_STR_INIT("aa\n") };

static int open_all(void **state)
{
    const struct issuers_options options = { .fetch = fetch, .oidc = &oidc, .now_ms = now };
    (void)state;
    world.now_ms = 1000000;
    world.fetches = 0;
    world.asked = 0;
    world.unknown = 0;
    world.is_blocked = false;
    world.keys = KEYS(KEY("a"));
    world.discovery =
        "{\"issuer\":\"https://a.example/x/\",\"jwks_uri\":\"https://keys.example/jwks\"}";
    world.fresh_s = -1;
    world.result = IAM_FETCH_OK;
    world.status = IAM_OK;
    oidc = (struct oidc_options){ .endpoint_count = 0 };
    assert_ok(issuers_start(&options, &issuers));
    issuers_outside(issuers, &outside);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    world.is_blocked = false;
    issuers_stop(issuers);
    return 0;
}

/* ---- asking and waiting ---- */

static atomic_size_t ended;

static void note_end(void *arg)
{
    (void)arg;
    ended++;
}

static enum iam_status begin_waiting(struct api_wait *wait, const struct api_issuer *of)
{
    *wait = (struct api_wait){ .is_wanted = true, .issuer = of };
    return issuers_wait(issuers, wait, note_end, NULL);
}

static void wait_until(atomic_size_t *counter, size_t count)
{
    for (size_t i = 0; *counter < count && i < 20000; i++) {
        pause_ms(1);
    }
    assert_int_equal(*counter, count);
}

static void wait_for(const struct api_issuer *of)
{
    struct api_wait wait;
    size_t before = ended;
    assert_ok(begin_waiting(&wait, of));
    wait_until(&ended, before + 1);
    assert_true(wait.is_over && !wait.is_wanted);
}

static enum iam_status ask_of(const struct api_issuer *of, const char *kid,
                              enum api_outside_trouble *ret)
{
    struct iam_jwks *jwks = NULL;
    enum iam_status st = outside.keys(outside.ctx, of, iam_str_c(kid), &jwks, ret);
    assert_true((st == IAM_OK) == (jwks != NULL));
    iam_jwks_unref(jwks);
    return st;
}

static enum iam_status ask(const char *kid)
{
    enum api_outside_trouble trouble;
    return ask_of(&issuer, kid, &trouble);
}

static void advance(int64_t ms)
{
    world.now_ms += ms;
}

/* ---- tests ---- */

static void test_fetched_once(void **state)
{
    (void)state;
    assert_int_equal(ask("a"), IAM_NOT_FOUND);
    wait_for(&issuer);
    assert_int_equal(world.fetches, 1);
    assert_int_equal(ask("a"), IAM_OK);
    assert_int_equal(ask(NULL), IAM_OK);
    assert_string_equal(world.last_url, "https://keys.example/jwks");
    assert_string_equal(world.last_thumbprints, "aa\n");
    assert_int_equal(world.fetches, 1);
}

/* A token whose key is not known is a reason to ask, but not again and again. */
static void test_unknown_kid_is_rate_limited(void **state)
{
    (void)state;
    wait_for(&issuer);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(ask("new"), IAM_DENIED);
    }
    assert_int_equal(ask("a"), IAM_OK);
    advance(ISSUERS_AGAIN_MS - 1);
    assert_int_equal(ask("new"), IAM_DENIED);
    advance(1);
    world.keys = KEYS(KEY("new"));
    assert_int_equal(ask("new"), IAM_NOT_FOUND);
    wait_for(&issuer);
    assert_int_equal(ask("new"), IAM_OK);
    /* and the key that is not there any more does not count any more */
    assert_int_equal(ask("a"), IAM_DENIED);
    assert_int_equal(world.fetches, 2);
}

static void check_age(int64_t said_s, int64_t fresh_ms)
{
    assert_int_equal(open_all(NULL), 0);
    world.fresh_s = said_s;
    wait_for(&issuer);
    advance(fresh_ms - 1);
    assert_int_equal(ask("a"), IAM_OK);
    advance(1);
    assert_int_equal(ask("a"), IAM_NOT_FOUND);
    assert_int_equal(close_all(NULL), 0);
}

static void test_expiry(void **state)
{
    (void)state;
    assert_int_equal(close_all(NULL), 0);
    check_age(-1, ISSUERS_FRESH_USUAL_MS);
    check_age(0, ISSUERS_FRESH_MIN_MS);
    check_age(1, ISSUERS_FRESH_MIN_MS);
    check_age(600, 600000);
    check_age(INT32_MAX, ISSUERS_FRESH_MAX_MS);
    assert_int_equal(open_all(NULL), 0);
}

static void test_provider_that_is_down(void **state)
{
    enum api_outside_trouble trouble;
    (void)state;
    wait_for(&issuer);
    world.result = IAM_FETCH_UNREACHABLE;
    advance(ISSUERS_FRESH_USUAL_MS);
    assert_int_equal(ask("a"), IAM_NOT_FOUND);
    wait_for(&issuer);
    assert_int_equal(ask("a"), IAM_OK);
    /* It is asked again meanwhile, and nobody waits for that. */
    size_t before = world.fetches;
    advance(ISSUERS_AGAIN_MS);
    world.result = IAM_FETCH_OK;
    world.keys = KEYS(KEY("b"));
    assert_int_equal(ask("a"), IAM_OK);
    wait_until(&world.fetches, before + 1);
    for (size_t i = 0; ask("b") != IAM_OK && i < 5000; i++) {
        pause_ms(1);
    }
    assert_int_equal(ask("a"), IAM_DENIED);
    /* For a day. */
    world.result = IAM_FETCH_UNREACHABLE;
    advance(ISSUERS_FRESH_USUAL_MS);
    wait_for(&issuer);
    advance(ISSUERS_STALE_MAX_MS - 1);
    assert_int_equal(ask("b"), IAM_OK);
    advance(1);
    enum iam_status st = ask_of(&issuer, "b", &trouble);
    assert_int_not_equal(st, IAM_OK);
    assert_int_equal(trouble, API_OUTSIDE_UNREACHABLE);
}

static void test_failures_are_told_apart(void **state)
{
    static const struct {
        enum iam_fetch_result result;
        enum api_outside_trouble trouble;
    } rows[] = {
        {IAM_FETCH_UNREACHABLE, API_OUTSIDE_UNREACHABLE},
        { IAM_FETCH_REFUSED,    API_OUTSIDE_UNUSABLE   },
        { IAM_FETCH_UNKNOWN,    API_OUTSIDE_THUMBPRINT },
        { IAM_FETCH_TOO_LARGE,  API_OUTSIDE_UNUSABLE   },
        { IAM_FETCH_UNUSABLE,   API_OUTSIDE_UNUSABLE   },
    };
    enum api_outside_trouble trouble;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        world.result = rows[i].result;
        wait_for(&issuer);
        assert_int_equal(ask_of(&issuer, "a", &trouble), IAM_DENIED);
        assert_int_equal(trouble, rows[i].trouble);
        advance(ISSUERS_AGAIN_MS);
        assert_int_equal(ask("a"), IAM_NOT_FOUND);
    }
    world.result = IAM_FETCH_OK;
    world.status = IAM_NOMEM;
    wait_for(&issuer);
    assert_int_equal(ask_of(&issuer, "a", &trouble), IAM_DENIED);
    assert_int_equal(trouble, API_OUTSIDE_UNREACHABLE);
}

/* An issuer that nobody could ask may be asked as soon as somebody can. */
static void test_nobody_asks(void **state)
{
    enum api_outside_trouble trouble;
    (void)state;
    world.status = IAM_IO;
    wait_for(&issuer);
    assert_int_equal(ask_of(&issuer, "a", &trouble), IAM_NOT_FOUND);
    assert_int_equal(trouble, API_OUTSIDE_UNREACHABLE);
    world.status = IAM_OK;
    wait_for(&issuer);
    assert_ok(ask("a"));
}

/* What an operator has mended counts at once; other troubles wait for their time. */
static void test_authorities_that_are_new(void **state)
{
    static const struct api_issuer other = { .id = IAM_STR_INIT("OIDC2"),
                                             .url = IAM_STR_INIT("a.example/x/") };
    enum api_outside_trouble trouble;
    (void)state;
    world.result = IAM_FETCH_UNREACHABLE;
    wait_for(&other);
    world.result = IAM_FETCH_UNKNOWN;
    wait_for(&issuer);
    assert_int_equal(ask("a"), IAM_DENIED);
    issuers_judge_again(issuers);
    assert_int_equal(ask("a"), IAM_NOT_FOUND);
    assert_int_equal(ask_of(&other, "a", &trouble), IAM_DENIED);
}

/* Has the authorities change while an issuer is asked, and waits for the end of that. */
static void change_meanwhile(void)
{
    struct api_wait wait;
    size_t before = ended;
    world.is_blocked = true;
    assert_ok(begin_waiting(&wait, &issuer));
    wait_until(&world.asked, 1);
    issuers_judge_again(issuers);
    world.is_blocked = false;
    wait_until(&ended, before + 1);
}

/* Who was asked already when the authorities changed is asked by the new ones. */
static void test_authorities_that_change_meanwhile(void **state)
{
    (void)state;
    world.unknown = 1;
    change_meanwhile();
    assert_ok(ask("a"));
}

static void test_keys_of_authorities_that_change_meanwhile(void **state)
{
    (void)state;
    change_meanwhile();
    assert_int_equal(world.fetches, 2);
    assert_ok(ask("a"));
}

/* Keys do not outlive the authorities who vouched for where they are from. */
static void test_authorities_that_are_gone(void **state)
{
    enum api_outside_trouble trouble;
    (void)state;
    wait_for(&issuer);
    assert_ok(ask("a"));
    issuers_judge_again(issuers);
    assert_int_equal(ask("a"), IAM_NOT_FOUND);
    world.result = IAM_FETCH_UNREACHABLE;
    wait_for(&issuer);
    assert_ok(ask("a")); /* nobody knows yet */
    advance(ISSUERS_AGAIN_MS);
    world.result = IAM_FETCH_UNKNOWN;
    wait_for(&issuer);
    assert_int_equal(ask_of(&issuer, "a", &trouble), IAM_DENIED);
    assert_int_equal(trouble, API_OUTSIDE_THUMBPRINT);
}

/* A certificate that nobody vouches for does not end what was believed: anyone can show one. */
static void test_certificate_of_another(void **state)
{
    (void)state;
    wait_for(&issuer);
    world.result = IAM_FETCH_UNKNOWN;
    advance(ISSUERS_FRESH_USUAL_MS);
    wait_for(&issuer);
    assert_ok(ask("a"));
}

static void test_documents_of_others(void **state)
{
    static const char *const texts[] = {
        "{\"issuer\":\"https://a.example/x\",\"jwks_uri\":\"https://keys.example/jwks\"}",
        "{\"issuer\":\"https://a.example/x/\",\"jwks_uri\":\"http://169.254.169.254/\"}",
        "<html>",
    };
    enum api_outside_trouble trouble;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        world.discovery = texts[i];
        wait_for(&issuer);
        assert_int_equal(ask_of(&issuer, "a", &trouble), IAM_DENIED);
        assert_int_equal(trouble, API_OUTSIDE_UNUSABLE);
        assert_int_equal(world.fetches, 0);
        advance(ISSUERS_AGAIN_MS);
    }
}

/* All who wait are served by one fetch, and there may not be more than the limit. */
static void test_waiting_is_bounded(void **state)
{
    static struct api_wait waits[ISSUERS_WAITING_PER_ISSUER + 1];
    (void)state;
    size_t before = ended;
    world.is_blocked = true;
    for (size_t i = 0; i < ISSUERS_WAITING_PER_ISSUER; i++) {
        assert_ok(begin_waiting(&waits[i], &issuer));
    }
    assert_int_equal(begin_waiting(&waits[ISSUERS_WAITING_PER_ISSUER], &issuer), IAM_LIMIT);
    world.is_blocked = false;
    wait_until(&ended, before + ISSUERS_WAITING_PER_ISSUER);
    assert_int_equal(world.fetches, 1);
    wait_for(&issuer);
}

/* Another provider of the same name, or one with other thumbprints, has keys of its own. */
static void test_identity_of_issuers(void **state)
{
    struct api_issuer again = issuer;
    struct api_issuer other = issuer;
    enum api_outside_trouble trouble;
    (void)state;
    wait_for(&issuer);
    again.id = IAM_STR("OIDC2");
    other.thumbprints = IAM_STR("bb\n");
    assert_int_equal(ask_of(&again, "a", &trouble), IAM_NOT_FOUND);
    assert_int_equal(ask_of(&other, "a", &trouble), IAM_NOT_FOUND);
    assert_int_equal(ask("a"), IAM_OK);
}

static void test_endpoint(void **state)
{
    (void)state;
    assert_ok(oidc_option_endpoint(&oidc, "a.example=https://127.0.0.1:9/base/"));
    world.result = IAM_FETCH_UNREACHABLE;
    wait_for(&issuer);
    assert_string_equal(world.last_url,
                        "https://127.0.0.1:9/base/x/.well-known/openid-configuration");
    world.result = IAM_FETCH_OK;
    world.now_ms += ISSUERS_AGAIN_MS;
    wait_for(&issuer);
    assert_string_equal(world.last_url, "https://keys.example/jwks");
    /* keys at the domain itself are there too, whatever the slash at their end */
    world.now_ms += ISSUERS_FRESH_MAX_MS;
    world.discovery =
        "{\"issuer\":\"https://a.example/x/\",\"jwks_uri\":\"https://a.example/jwks/\"}";
    wait_for(&issuer);
    assert_string_equal(world.last_url, "https://127.0.0.1:9/base/jwks/");
    assert_str(outside.endpoint(outside.ctx, IAM_STR("a.example")), "https://127.0.0.1:9/base");
    assert_absent(outside.endpoint(outside.ctx, IAM_STR("b.example")));
}

static void test_documents(void **state)
{
    struct iam_arena arena;
    struct api_wait wait = {
        .is_wanted = true,
        .urls = {IAM_STR("https://a/app"), IAM_STR("https://a/me")},
        .url_count = 2,
        .arena = &arena
    };
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    size_t before = ended;
    assert_ok(issuers_wait(issuers, &wait, note_end, NULL));
    wait_until(&ended, before + 1);
    assert_same_str(wait.documents[0], iam_str_c(world.keys));
    assert_same_str(wait.documents[1], iam_str_c(world.keys));
    assert_int_equal(wait.trouble, API_OUTSIDE_NONE);
    world.result = IAM_FETCH_UNUSABLE;
    wait.is_over = false;
    assert_ok(issuers_wait(issuers, &wait, note_end, NULL));
    wait_until(&ended, before + 2);
    assert_int_equal(wait.trouble, API_OUTSIDE_UNUSABLE);
    iam_arena_done(&arena);
}

/* Those who wait when the server stops go on. */
static void test_stop(void **state)
{
    static struct api_wait waits[3];
    struct api_issuer others[] = { issuer, issuer, issuer };
    (void)state;
    size_t before = ended;
    for (size_t i = 0; i < IAM_COUNT(waits); i++) {
        others[i].id = (struct iam_str){ &"123"[i], 1 };
        assert_ok(begin_waiting(&waits[i], &others[i]));
    }
    issuers_stop(issuers);
    assert_int_equal(ended, before + 3);
    assert_int_equal(open_all(NULL), 0);
    issuers_stop(NULL);
}

/* Requests that come while the server stops, each about another source, until one is refused. */
struct late {
    struct api_wait waits[400];
    char urls[400][24];
    size_t count; /* that were not refused */
};

static void *unblock_when_it_stops(void *arg)
{
    struct late *l = arg;
    for (l->count = 0; l->count < IAM_COUNT(l->waits); l->count++) {
        struct api_wait *w = &l->waits[l->count];
        (void)snprintf(l->urls[l->count], sizeof(l->urls[0]), "https://late%zu/", l->count);
        *w = (struct api_wait){ .is_wanted = true, .url_count = 1 };
        w->urls[0] = iam_str_c(l->urls[l->count]);
        if (issuers_wait(issuers, w, note_end, NULL) != IAM_OK) {
            break;
        }
        pause_ms(5);
    }
    world.is_blocked = false;
    return NULL;
}

/* Documents that nobody has begun to fetch by then are not fetched: that could take minutes. */
static void test_stop_fetches_no_more(void **state)
{
    static const struct iam_str urls[] = { IAM_STR_INIT("https://a/"), IAM_STR_INIT("https://b/"),
                                           IAM_STR_INIT("https://c/"), IAM_STR_INIT("https://d/"),
                                           IAM_STR_INIT("https://e/") };
    static struct late late;
    struct api_wait waits[IAM_COUNT(urls)];
    struct iam_arena arenas[IAM_COUNT(urls)];
    pthread_t thread;
    (void)state;
    size_t before = ended;
    world.is_blocked = true;
    for (size_t i = 0; i < IAM_COUNT(urls); i++) {
        iam_arena_init(&arenas[i], iam_heap(), 1 << 20);
        waits[i] = (struct api_wait){ .is_wanted = true, .url_count = 1, .arena = &arenas[i] };
        waits[i].urls[0] = urls[i];
        assert_ok(issuers_wait(issuers, &waits[i], note_end, NULL));
    }
    assert_int_equal(pthread_create(&thread, NULL, unblock_when_it_stops, &late), 0);
    issuers_settle(issuers);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(late.count < IAM_COUNT(late.waits));
    assert_int_equal(ended, before + IAM_COUNT(urls) + late.count);
    assert_in_range(world.fetches, 0, 2); /* those that threads were at */
    assert_int_equal(waits[IAM_COUNT(urls) - 1].trouble, API_OUTSIDE_UNREACHABLE);
    for (size_t i = 0; i < IAM_COUNT(urls); i++) {
        iam_arena_done(&arenas[i]);
    }
    issuers_stop(issuers);
    assert_int_equal(open_all(NULL), 0);
}

/* More issuers than there is room for: those that were asked for longest ago go. */
static void test_room(void **state)
{
    char id[16];
    struct api_issuer other = issuer;
    enum api_outside_trouble trouble;
    (void)state;
    world.result = IAM_FETCH_UNREACHABLE;
    wait_for(&issuer);
    for (size_t i = 0; i < ISSUERS_MAX; i++) {
        (void)snprintf(id, sizeof(id), "%zu", i);
        other.id = iam_str_c(id);
        advance(1);
        wait_for(&other);
    }
    assert_int_equal(ask_of(&other, "a", &trouble), IAM_DENIED);
    assert_int_equal(ask("a"), IAM_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fetched_once),
        TEST(test_unknown_kid_is_rate_limited),
        TEST(test_expiry),
        TEST(test_provider_that_is_down),
        TEST(test_failures_are_told_apart),
        TEST(test_nobody_asks),
        TEST(test_authorities_that_are_new),
        TEST(test_authorities_that_change_meanwhile),
        TEST(test_keys_of_authorities_that_change_meanwhile),
        TEST(test_authorities_that_are_gone),
        TEST(test_certificate_of_another),
        TEST(test_documents_of_others),
        TEST(test_waiting_is_bounded),
        TEST(test_identity_of_issuers),
        TEST(test_endpoint),
        TEST(test_documents),
        TEST(test_stop),
        TEST(test_stop_fetches_no_more),
        TEST(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
