/* SPDX-License-Identifier: Apache-2.0 */
/* When principals last used services: what is kept, for how long and how much of it. */
#include "store/service_use.h"

#include <stdio.h>

#include "support.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void put(struct fixture *f, const char *id, const char *service, const char *action,
                int64_t used_ms)
{
    const struct iam_service_use use = { .service = iam_str_c(service),
                                         .action = iam_str_c(action),
                                         .used_ms = used_ms,
                                         .region = IAM_STR("us-east-1") };

    assert_ok(iam_store_service_use_put(f->txn, iam_str_c(id), &use));
}

static struct iam_service_use_list list(struct fixture *f, const char *id, int64_t since_ms)
{
    struct iam_service_use_list got = { 0 };

    assert_ok(iam_store_service_use_list(f->txn, &f->arena, iam_str_c(id), since_ms, &got));
    return got;
}

static void the_latest_use_is_kept(void **state)
{
    struct fixture *f = *state;

    add_user(f, "AIDA1", "alice");
    put(f, "AIDA1", "s3", "", 5000);
    put(f, "AIDA1", "iam", "GetUser", 2000);
    put(f, "AIDA1", "iam", "", 2000);
    put(f, "AIDA1", "s3", "", 4000);
    put(f, "AIDA1", "iam", "", 3000);
    next_txn(f);
    struct iam_service_use_list got = list(f, "AIDA1", 0);
    assert_int_equal(got.count, 3);
    assert_str(got.items[0].service, "iam");
    assert_str(got.items[0].action, "");
    assert_int_equal(got.items[0].used_ms, 3000);
    assert_str(got.items[1].action, "GetUser");
    assert_int_equal(got.items[1].used_ms, 2000);
    assert_str(got.items[2].service, "s3");
    assert_int_equal(got.items[2].used_ms, 5000);
    assert_str(got.items[2].region, "us-east-1");
    assert_int_equal(list(f, "AIDA1", 3000).count, 2);
    assert_int_equal(list(f, "AIDA2", 0).count, 0);
}

static void only_principals_have_uses(void **state)
{
    struct fixture *f = *state;
    const char *const ids[] = { "AIDA1", "AROA1", "111122223333", "AIDA9", "AGPA1" };

    add_user(f, "AIDA1", "alice");
    add_role(f, "AROA1", "role");
    add_group(f, "AGPA1", "group");
    for (size_t i = 0; i < IAM_COUNT(ids); i++) {
        put(f, ids[i], "s3", "", 1000);
        assert_int_equal(list(f, ids[i], 0).count, i < 3 ? 1 : 0);
    }
}

static void they_go_with_the_principal(void **state)
{
    struct fixture *f = *state;

    add_user(f, "AIDA1", "alice");
    add_role(f, "AROA1", "role");
    put(f, "AIDA1", "s3", "", 1000);
    put(f, "AROA1", "s3", "", 1000);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1")));
    assert_int_equal(list(f, "AIDA1", 0).count, 0);
    assert_int_equal(list(f, "AROA1", 0).count, 1);
    assert_ok(iam_store_role_delete(f->txn, ACCOUNT, IAM_STR("AROA1")));
    assert_int_equal(list(f, "AROA1", 0).count, 0);
}

static void a_use_is_no_change(void **state)
{
    struct fixture *f = *state;
    int64_t before = 0;
    int64_t after = 0;

    add_user(f, "AIDA1", "alice");
    assert_ok(iam_store_change_last(f->txn, &before));
    put(f, "AIDA1", "s3", "", 1000);
    put(f, "AIDA1", "s3", "", 2000);
    assert_ok(iam_store_change_last(f->txn, &after));
    assert_int_equal(before, after);
}

static void there_is_a_limit(void **state)
{
    struct fixture *f = *state;
    int64_t now_ms = 500 * DAY_MS;
    char service[32];

    add_user(f, "AIDA1", "alice");
    put(f, "AIDA1", "old", "", now_ms - IAM_SERVICE_USE_MS - DAY_MS);
    for (unsigned i = 0; i < IAM_SERVICE_USES_MAX + 5; i++) {
        snprintf(service, sizeof(service), "service-%04u", i);
        put(f, "AIDA1", service, "", now_ms);
    }
    struct iam_service_use_list got = list(f, "AIDA1", 0);
    assert_int_equal(got.count, IAM_SERVICE_USES_MAX);
    assert_str(got.items[0].service, "service-0000"); /* what was too old has made room */
    put(f, "AIDA1", "service-0000", "", now_ms + 1);  /* what there is goes on */
    assert_int_equal(list(f, "AIDA1", now_ms + 1).count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_latest_use_is_kept),     STORE_TEST(only_principals_have_uses),
        STORE_TEST(they_go_with_the_principal), STORE_TEST(a_use_is_no_change),
        STORE_TEST(there_is_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
