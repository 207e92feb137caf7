/* SPDX-License-Identifier: Apache-2.0 */
/* Which uses of services are written, how often, and what of a hostile question is left out. */
#include "server/service_uses.h"

#include <stdio.h>

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "lib/test.h"
#include "store/account.h"
#include "store/service_use.h"
#include "store/user.h"

#define ACCOUNT IAM_STR("111122223333")
#define ALICE IAM_STR("AIDAEXAMPLE0000000001")
#define NOW_MS INT64_C(1767323045678)
#define MINUTE_MS 60000

static struct iam_store *store;
static struct iam_arena arena;
static struct service_uses *uses;

static int setup(void **state)
{
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = ":memory:" };
    const struct iam_account account = { .id = ACCOUNT, .name = IAM_STR(""), .created_ms = 1000 };
    const struct iam_user alice = { .id = ALICE,
                                    .account = ACCOUNT,
                                    .name = IAM_STR("alice"),
                                    .path = IAM_STR("/"),
                                    .created_ms = 1000 };
    char error[IAM_STORE_ERROR_MAX];
    struct iam_txn *txn;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 32 << 20);
    assert_ok(iam_store_open(&options, &store, error));
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_store_user_add(txn, &alice));
    assert_ok(iam_txn_commit(txn));
    assert_ok(service_uses_new(7, &uses));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    service_uses_free(uses);
    iam_store_close(store);
    iam_arena_done(&arena);
    return 0;
}

static void note(const char *service, const char *action, const char *region, int64_t now_ms)
{
    const struct api_service_use use = { .principal_id = ALICE,
                                         .service = iam_str_c(service),
                                         .action = iam_str_c(action),
                                         .region = iam_str_c(region) };
    service_uses_note(uses, &use, now_ms);
}

static struct iam_service_use_list flushed(void)
{
    struct iam_service_use_list list = { 0 };
    struct iam_txn *txn;
    assert_ok(service_uses_flush(uses, store));
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_service_use_list(txn, &arena, ALICE, 0, &list));
    iam_txn_rollback(txn);
    return list;
}

static void expect(const struct iam_service_use *use, const char *service, const char *action,
                   int64_t used_ms)
{
    assert_same_str(use->service, iam_str_c(service));
    assert_same_str(use->action, iam_str_c(action));
    assert_int_equal(use->used_ms, used_ms);
}

static void test_services_and_actions(void **state)
{
    (void)state;
    note("iam", "getUSER", "us-east-1", NOW_MS);
    note("S3", "GetObject", "eu-west-1", NOW_MS);
    note("s3", "PutObject", NULL, NOW_MS + 1);
    note("iam", "PassRole", "us-east-1", NOW_MS + 2);
    note("myapp", "Sing", NULL, NOW_MS);
    struct iam_service_use_list list = flushed();
    assert_int_equal(list.count, 4);
    expect(&list.items[0], "iam", "", NOW_MS + 2);
    expect(&list.items[1], "iam", "GetUser", NOW_MS);
    expect(&list.items[2], "myapp", "", NOW_MS);
    expect(&list.items[3], "s3", "", NOW_MS + 1);
    assert_same_str(list.items[1].region, IAM_STR("us-east-1"));
    assert_false(iam_str_is_set(list.items[2].region));
}

static void test_one_a_minute_is_written(void **state)
{
    int64_t start_ms = NOW_MS / MINUTE_MS * MINUTE_MS;
    (void)state;
    note("s3", "GetObject", NULL, start_ms);
    expect(&flushed().items[0], "s3", "", start_ms);
    note("s3", "GetObject", NULL, start_ms + MINUTE_MS - 1);
    expect(&flushed().items[0], "s3", "", start_ms);
    note("s3", "GetObject", NULL, start_ms + MINUTE_MS);
    expect(&flushed().items[0], "s3", "", start_ms + MINUTE_MS);
    note("s3", "PutObject", NULL, start_ms + MINUTE_MS + 5); /* another action */
    expect(&flushed().items[0], "s3", "", start_ms + MINUTE_MS + 5);
}

static void test_the_region_of_a_question(void **state)
{
    static const struct iam_str regions[] = { IAM_STR_INIT("eu-central-1"),
                                              IAM_STR_INIT("a\tb\nc") };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(regions); i++) {
        const struct iam_context_entry entries[] = {
            {.key = IAM_STR("aws:SourceIp"),         .values = &regions[1], .value_count = 1},
            { .key = IAM_STR("AWS:requestedregion"), .values = &regions[i], .value_count = 1},
        };
        const struct api_service_use use = { .principal_id = ALICE,
                                             .service = i == 0 ? IAM_STR("a") : IAM_STR("b"),
                                             .action = IAM_STR("Go"),
                                             .context = entries,
                                             .context_count = IAM_COUNT(entries) };
        service_uses_note(uses, &use, NOW_MS);
    }
    struct iam_service_use_list list = flushed();
    assert_int_equal(list.count, 2);
    assert_same_str(list.items[0].region, IAM_STR("eu-central-1"));
    assert_false(iam_str_is_set(list.items[1].region));
}

static void test_what_is_too_long(void **state)
{
    char service[80];
    (void)state;
    memset(service, 'a', sizeof(service));
    service[64] = '\0';
    note(service, "Go", NULL, NOW_MS);
    assert_int_equal(flushed().count, 1);
    service[64] = 'a';
    service[65] = '\0';
    note(service, "Go", NULL, NOW_MS);
    note("b", "Go", "a-region-that-is-longer-than-any-there-is", NOW_MS);
    struct iam_service_use_list list = flushed();
    assert_int_equal(list.count, 2);
    assert_false(iam_str_is_set(list.items[1].region));
}

static void note_many(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char service[32];
        (void)snprintf(service, sizeof(service), "service-%u", i);
        const struct api_service_use use = { .principal_id = ACCOUNT,
                                             .service = iam_str_c(service),
                                             .action = IAM_STR("Go") };
        service_uses_note(uses, &use, NOW_MS);
    }
}

/* What found no room is seen again, in the same minute. */
static void test_a_full_collection(void **state)
{
    (void)state;
    note_many(3000);
    note("iam", "GetUser", NULL, NOW_MS);
    assert_int_equal(flushed().count, 0);
    note_many(3000);
    note("iam", "GetUser", NULL, NOW_MS);
    assert_int_equal(flushed().count, 2);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_services_and_actions),     TEST(test_one_a_minute_is_written),
        TEST(test_the_region_of_a_question), TEST(test_what_is_too_long),
        TEST(test_a_full_collection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
