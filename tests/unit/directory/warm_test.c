/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that reads in advance, and what it remembers uses with. */
#include <stdio.h>

#include "directory/recent.h"
#include "directory/warm.h"
#include "fixture.h"

/* ---- the latest of many ------------------------------------------------------------------ */

static void note(struct iam_recent *r, int64_t used_ms)
{
    char id[32];

    snprintf(id, sizeof(id), "AKIA%016lld", (long long)used_ms);
    iam_recent_note(r, IAM_RECENT_KEY, iam_str_c(id), used_ms);
}

/* The order in which they come is a permutation: 7919 is prime. */
static void test_recent(void **state)
{
    struct iam_recent r;
    char id[32];
    (void)state;

    iam_recent_init(&r, iam_heap(), 100);
    for (int64_t i = 0; i < 1000; i++) {
        note(&r, i * 7919 % 1000);
    }
    assert_int_equal(r.count, 100);
    iam_recent_sort(&r);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(r.items[i].used_ms, 999 - i);
        snprintf(id, sizeof(id), "AKIA%016zu", 999 - i);
        assert_same_str(iam_id_str(&r.items[i].id), iam_str_c(id));
    }
    iam_recent_done(&r);
}

static void test_recent_few(void **state)
{
    struct iam_recent r;
    (void)state;

    iam_recent_init(&r, iam_heap(), 100);
    iam_recent_sort(&r);
    assert_int_equal(r.count, 0);
    note(&r, 0);
    iam_recent_note(&r, IAM_RECENT_KEY, IAM_STR("longer than any ID may be"), 5);
    assert_int_equal(r.count, 0);
    note(&r, 5);
    note(&r, 7);
    iam_recent_sort(&r);
    assert_int_equal(r.count, 2);
    assert_int_equal(r.items[0].used_ms, 7);
    iam_recent_done(&r);
}

/* Without memory what is there stays. */
static void test_recent_no_memory(void **state)
{
    struct failing_alloc failing;
    struct iam_recent r;
    (void)state;

    failing_alloc_init(&failing, 2, true);
    iam_recent_init(&r, &failing.alloc, 1000);
    for (int64_t i = 1; i <= 1000; i++) {
        note(&r, i);
    }
    assert_int_equal(r.count, 64);
    iam_recent_done(&r);
    assert_int_equal(failing.live, 0);
}

/* ---- the thread -------------------------------------------------------------------------- */

#define CROWD 450

static struct iam_str crowd_id(char text[32], const char *prefix, int i)
{
    snprintf(text, 32, "%s222222222222%04d", prefix, i);
    return iam_str_c(text);
}

/* Each third was used, the later the higher its number; one role was, one was not. */
static void add_crowd(struct fixture *f)
{
    char user[32];
    char key[32];
    char name[16];

    begin(f);
    for (int i = 0; i < CROWD; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        add_user(f, crowd_id(user, "AIDA2", i), iam_str_c(name));
        put_inline(f, IAM_KIND_USER, iam_str_c(user), IAM_STR("own"), ALLOW("sqs:*"));
        add_key(f, crowd_id(key, "AKIA", i), iam_str_c(user));
        if (i % 3 == 0) {
            assert_ok(iam_store_access_key_touch(f->txn, iam_str_c(key), 1000 + i, IAM_STR("r"),
                                                 IAM_STR("s")));
        }
    }
    add_role(f, ROLE, IAM_STR("used"), TRUST("111122223333"));
    add_role(f, IAM_STR("AROA2222222222222ROL2"), IAM_STR("idle"), TRUST("111122223333"));
    assert_ok(iam_store_role_touch(f->txn, ROLE, 500, IAM_STR("r")));
    commit(f);
}

static void open_on_disk(struct fixture *f, size_t max_bytes)
{
    const struct iam_directory_options options = {
        .alloc = iam_heap(), .store = f->store, .seed = 7, .max_bytes = max_bytes
    };

    add_crowd(f);
    assert_ok(iam_directory_new(&options, &f->dir));
}

static void warm_up(struct fixture *f)
{
    struct iam_warm *warm;

    assert_ok(iam_warm_start(iam_heap(), f->store, f->dir, &warm));
    iam_warm_wait(warm);
    iam_warm_stop(warm);
}

static void test_warm(void **state)
{
    struct fixture *f = *state;

    open_on_disk(f, 0);
    warm_up(f);
    struct iam_directory_stats stats = stats_of(f);
    assert_int_equal(stats.keys, CROWD / 3);
    assert_int_equal(stats.principals, CROWD / 3 + 1);
    uint64_t read = stats.read_principals;
    assert_true(has_id(f, ROLE));
    assert_true(has_key(f, IAM_STR("AKIA2222222222220003")));
    assert_int_equal(stats_of(f).read_principals, read);
}

/* The latest come first, and half of the memory is for those who come themselves. */
static void test_warm_within_budget(void **state)
{
    struct fixture *f = *state;
    char key[32];

    open_on_disk(f, (size_t)512 << 10);
    warm_up(f);
    struct iam_directory_stats stats = stats_of(f);
    assert_true(stats.keys > 5 && stats.keys < CROWD / 3);
    assert_true(stats.bytes < ((size_t)256 << 10) + 65536);
    assert_int_equal(stats.evicted, 0);
    uint64_t read = stats.read_principals;
    assert_true(has_key(f, crowd_id(key, "AKIA", CROWD - 3)));
    assert_int_equal(stats_of(f).read_principals, read);
    assert_true(has_key(f, crowd_id(key, "AKIA", 0)));
    assert_int_equal(stats_of(f).read_principals, read + 1);
}

/* Stopped at once; and a stop of none. */
static void test_stop(void **state)
{
    struct fixture *f = *state;
    struct iam_warm *warm;

    open_on_disk(f, 0);
    assert_ok(iam_warm_start(iam_heap(), f->store, f->dir, &warm));
    iam_warm_stop(warm);
    iam_warm_stop(NULL);
    assert_true(stats_of(f).keys < CROWD / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recent),
        cmocka_unit_test(test_recent_few),
        cmocka_unit_test(test_recent_no_memory),
        cmocka_unit_test_setup_teardown(test_warm, fixture_setup_on_disk, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_warm_within_budget, fixture_setup_on_disk,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_stop, fixture_setup_on_disk, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
