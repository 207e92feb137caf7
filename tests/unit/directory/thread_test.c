/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers look up and decide while one thread commits and refreshes. A reader that starts after a
 * refresh returned must not see anything older, and never half of a commit. Round n lets exactly
 * the action "t:N<n>" through, tags both users with n, and moves the access key between them.
 * Beside them a stranger asks for keys that do not exist, and another thread refreshes as well, as
 * one would for the changes of another process.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "fixture.h"

#define READERS 3
#define THREADS (READERS + 2)
#define ROUNDS 300
/* With room for nobody everything is read again all the time. */
#define COLD_ROUNDS 60

struct race {
    struct iam_directory *dir;
    pthread_t threads[THREADS];
    size_t thread_count;
    atomic_uint published; /* the round whose refresh has returned */
    atomic_bool is_over;
    atomic_uint failures;
    atomic_ulong looks;
};

static struct race race;

static unsigned round_of(const struct iam_view *view)
{
    uint64_t value = 0;

    if (view == NULL || view->tag_count != 1 ||
        iam_str_to_u64(view->tags[0].value, 1000000, &value) != IAM_OK) {
        return UINT32_MAX;
    }
    return (unsigned)value;
}

/* The view lets its own round's action through and not that of the round before. */
static bool is_consistent(const struct iam_view *view, unsigned round)
{
    char now[32];
    char before[32];

    snprintf(now, sizeof(now), "t:N%u", round);
    snprintf(before, sizeof(before), "t:N%u", round - 1);
    return view_can(view, now) && !view_can(view, before);
}

/* Alice by ARN, then Bob by ID: both from published or later, Bob from no earlier than Alice. */
static bool look(struct race *r)
{
    unsigned published = atomic_load(&r->published);
    const struct iam_view *alice = NULL;
    const struct iam_view *bob = NULL;
    bool is_found =
        iam_directory_by_arn(r->dir, NULL, IAM_STR("arn:aws:iam::111122223333:user/alice"),
                             &alice) == IAM_OK &&
        iam_directory_by_id(r->dir, NULL, BOB, &bob) == IAM_OK;
    unsigned of_alice = round_of(alice);
    unsigned of_bob = round_of(bob);
    bool is_good = is_found && of_alice >= published && of_bob >= of_alice &&
                   of_bob != UINT32_MAX && is_consistent(alice, of_alice) &&
                   is_consistent(bob, of_bob);

    iam_view_unref(alice);
    iam_view_unref(bob);
    return is_good;
}

/* The one key is there whenever one looks, and no older than what was published. */
static bool look_for_key(struct race *r, struct iam_arena *arena)
{
    unsigned before = atomic_load(&r->published);
    struct iam_directory_key key;
    uint64_t round;

    iam_arena_clear(arena);
    return iam_directory_key(r->dir, NULL, KEY, arena, &key) == IAM_OK &&
           iam_str_to_u64(key.sealed_secret, 1000000, &round) == IAM_OK && round >= before;
}

static bool look_for_policy(struct race *r)
{
    struct iam_unique_id id;
    struct iam_policy *policy = NULL;
    enum iam_status st = iam_directory_managed_policy(r->dir, NULL, POLICY_ARN, &id, &policy);
    bool is_good = st == IAM_OK && iam_policy_text(policy).len > 0;

    iam_policy_unref(policy);
    return is_good && iam_directory_is_ready(r->dir);
}

static void *reader(void *arg)
{
    struct race *r = arg;
    struct iam_arena arena;

    iam_arena_init(&arena, iam_heap(), 4096);
    while (!atomic_load(&r->is_over)) {
        if (!look(r) || !look_for_key(r, &arena) || !look_for_policy(r)) {
            atomic_fetch_add(&r->failures, 1);
        }
        atomic_fetch_add(&r->looks, 1);
    }
    iam_arena_done(&arena);
    return NULL;
}

static void *stranger(void *arg)
{
    struct race *r = arg;
    struct iam_arena arena;
    char id[32];

    iam_arena_init(&arena, iam_heap(), 4096);
    for (unsigned i = 0; !atomic_load(&r->is_over); i++) {
        struct iam_directory_key key;
        snprintf(id, sizeof(id), "AKIA%016u", i);
        if (iam_directory_key(r->dir, NULL, iam_str_c(id), &arena, &key) != IAM_NOT_FOUND) {
            atomic_fetch_add(&r->failures, 1);
        }
    }
    iam_arena_done(&arena);
    return NULL;
}

static void *refresher(void *arg)
{
    struct race *r = arg;

    while (!atomic_load(&r->is_over)) {
        if (iam_directory_refresh(r->dir) != IAM_OK) {
            atomic_fetch_add(&r->failures, 1);
        }
    }
    return NULL;
}

static void put_key(struct fixture *f, unsigned round, struct iam_str secret)
{
    const struct iam_access_key key = {
        .id = KEY,
        .account = ACCOUNT,
        .owner_id = round % 2 == 0 ? ALICE : BOB,
        .is_active = true,
        .created_ms = 1,
        .sealed_secret = secret,
    };

    if (round > 0) {
        assert_ok(iam_store_access_key_delete(f->txn, ACCOUNT, round % 2 == 0 ? BOB : ALICE, KEY));
    }
    assert_ok(iam_store_access_key_add(f->txn, &key));
}

/* Alice gets it inline, Bob from a managed policy that Alice's boundary is, too. */
static void write_round(struct fixture *f, unsigned round)
{
    char number[16];
    char document[256];

    snprintf(number, sizeof(number), "%u", round);
    snprintf(document, sizeof(document),
             "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
             "\"Action\":\"t:N%u\",\"Resource\":\"*\"}}",
             round);
    begin(f);
    if (round == 0) {
        add_user(f, ALICE, IAM_STR("alice"));
        add_user(f, BOB, IAM_STR("bob"));
        add_policy(f, POLICY, IAM_STR("p"), iam_str_c(document));
        attach(f, IAM_KIND_USER, BOB, POLICY);
        assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, POLICY));
    } else {
        new_default(f, POLICY, iam_str_c(document));
    }
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), iam_str_c(document));
    put_tag(f, IAM_KIND_USER, ALICE, IAM_STR("round"), iam_str_c(number));
    put_tag(f, IAM_KIND_USER, BOB, IAM_STR("round"), iam_str_c(number));
    put_key(f, round, iam_str_c(number));
    commit(f);
}

/* Every tenth round the rows are gone that tell what changed, so that everything is swapped. */
static void write_and_publish(struct fixture *f, unsigned round)
{
    write_round(f, round);
    if (round % 10 == 0) {
        begin(f);
        assert_ok(iam_store_change_trim(f->txn, INT64_MAX));
        commit(f);
    }
    assert_ok(iam_directory_refresh(f->dir));
    atomic_store(&race.published, round);
}

static int race_setup(void **state)
{
    race = (struct race){ 0 };
    return fixture_setup_on_disk(state);
}

static void stop_readers(void)
{
    atomic_store(&race.is_over, true);
    while (race.thread_count > 0) {
        assert_int_equal(pthread_join(race.threads[--race.thread_count], NULL), 0);
    }
}

/* Also after an assertion that failed while readers were running. */
static int race_teardown(void **state)
{
    stop_readers();
    return fixture_teardown(state);
}

static void start(void *(*thread)(void *arg))
{
    assert_int_equal(pthread_create(&race.threads[race.thread_count], NULL, thread, &race), 0);
    race.thread_count++;
}

static void run_race(struct fixture *f, size_t max_bytes, unsigned rounds)
{
    write_round(f, 0);
    const struct iam_directory_options options = {
        .alloc = iam_heap(), .store = f->store, .seed = 7, .max_bytes = max_bytes
    };
    assert_ok(iam_directory_new(&options, &f->dir));
    race.dir = f->dir;
    for (int i = 0; i < READERS; i++) {
        start(reader);
    }
    start(stranger);
    start(refresher);
    for (unsigned round = 1; round <= rounds; round++) {
        write_and_publish(f, round);
    }
    stop_readers();
    print_message("%lu looks in %u rounds\n", atomic_load(&race.looks), rounds);
    assert_int_equal(atomic_load(&race.failures), 0);
    assert_true(atomic_load(&race.looks) > 0);
}

static void test_race(void **state)
{
    run_race(*state, 0, ROUNDS);
}

static void test_race_without_room(void **state)
{
    run_race(*state, 1, COLD_ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_race, race_setup, race_teardown),
        cmocka_unit_test_setup_teardown(test_race_without_room, race_setup, race_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
