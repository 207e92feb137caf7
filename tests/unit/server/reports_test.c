/* SPDX-License-Identifier: Apache-2.0 */
/* The credential report: its text, and the thread that makes it. */
#include "server/reports.h"

#include <stdatomic.h>
#include <time.h>

#include "base/heap.h"
#include "keeper/keeper.h"
#include "lib/row_sealer.h"
#include "lib/test.h"
#include "server/credential_report.h"
#include "store/access_job.h"
#include "store/account.h"
#include "store/report.h"
#include "store/user.h"

#define ACCOUNT IAM_STR("111122223333")
#define NOW_MS INT64_C(1767323045678)
#define USERS 450
#define PERIOD_MS 5
#define PATIENCE_MS 20000

static const struct iam_entity_ref REF = { IAM_KIND_ACCOUNT, IAM_STR_INIT("111122223333"),
                                           IAM_STR_INIT("111122223333") };
static struct iam_store *store;
static struct iam_arena arena;

static int64_t now_ms(void)
{
    return NOW_MS;
}

static void add_users(struct iam_txn *txn, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct iam_user user = { .account = ACCOUNT, .path = IAM_STR("/"), .created_ms = 1000 };
        assert_ok(iam_arena_fmt(&arena, &user.id, "AIDA%04u", i));
        assert_ok(iam_arena_fmt(&arena, &user.name, "user%04u", i));
        assert_ok(iam_store_user_add(txn, &user));
    }
}

static atomic_bool is_damaged; /* a row of a user */

static enum iam_status check_row(void *ctx, struct iam_str bytes,
                                 const uint8_t mac[IAM_ROW_MAC_BYTES])
{
    bool is_user = memmem(bytes.p, bytes.len, "user0001", 8) != NULL;
    return is_damaged && is_user ? IAM_CORRUPT : test_check_row_mac(ctx, bytes, mac);
}

static int setup(void **state)
{
    /* The thread gives way to everybody on a busy machine, also while it has the only connection.
     */
    struct iam_store_options options = {
        .sealer = {.make = test_row_mac, .check = check_row},
        .path = ":memory:",
        .wait_ms = 5 * PATIENCE_MS
    };
    const struct iam_account account = { .id = ACCOUNT, .name = IAM_STR(""), .created_ms = 1000 };
    char error[IAM_STORE_ERROR_MAX];
    struct iam_txn *txn;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 32 << 20);
    assert_ok(iam_store_open(&options, &store, error));
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_add(txn, &account));
    add_users(txn, USERS);
    assert_ok(iam_txn_commit(txn));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    is_damaged = false;
    iam_store_close(store);
    iam_arena_done(&arena);
    return 0;
}

/* ---- the text ---- */

static void expect_field(const char *text, const char *wanted)
{
    struct iam_buf out;
    iam_buf_init(&out, iam_heap(), 1024);
    credential_report_field(&out, iam_str_c(text));
    assert_ok(out.status);
    assert_same_str(((struct iam_str){ out.p, out.len }), iam_str_c(wanted));
    iam_buf_done(&out);
}

/* SPEC: RFC 4180, section 2. */
static void test_fields(void **state)
{
    (void)state;
    expect_field("alice", "alice");
    expect_field("<root_account>", "<root_account>");
    expect_field("=1+1", "=1+1");
    expect_field("a b;'", "a b;'");
    expect_field("a,b", "\"a,b\"");
    expect_field("a\"b", "\"a\"\"b\"");
    expect_field("\"", "\"\"\"\"");
    expect_field("a\nb", "\"a\nb\"");
    expect_field("a\rb", "\"a\rb\"");
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

/* Goes on *ctx times. */
static bool so_often(void *ctx)
{
    int *left = ctx;
    return (*left)-- > 0;
}

static enum iam_status write_report(credential_report_fn *goes_on, void *ctx, size_t max,
                                    struct iam_buf *out)
{
    struct iam_txn *txn;
    iam_buf_init(out, iam_heap(), max);
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = credential_report_write(txn, ACCOUNT, goes_on, ctx, out);
    iam_txn_rollback(txn);
    return st;
}

static size_t count_lines(struct iam_str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        count += text.p[i] == '\n';
    }
    return count;
}

static bool has(struct iam_str text, const char *part)
{
    return memmem(text.p, text.len, part, strlen(part)) != NULL;
}

static void test_a_row_for_each_user(void **state)
{
    struct iam_buf out;
    (void)state;
    assert_ok(write_report(always, NULL, CREDENTIAL_REPORT_MAX, &out));
    struct iam_str text = { out.p, out.len };
    assert_int_equal(count_lines(text), 2 + USERS);
    assert_true(iam_str_starts(text, IAM_STR("user,arn,user_creation_time,")));
    assert_true(has(text, "\n<root_account>,arn:aws:iam::111122223333:root,"));
    assert_true(has(text, "\nuser0449,arn:aws:iam::111122223333:user/user0449,"
                          "1970-01-01T00:00:01Z,false,N/A,N/A,N/A,false,false,"));
    assert_int_not_equal(text.p[text.len - 1], '\n');
    iam_buf_done(&out);
}

static void test_it_ends_early(void **state)
{
    struct iam_buf out;
    int left = 1;
    (void)state;
    assert_int_equal(write_report(so_often, &left, CREDENTIAL_REPORT_MAX, &out), IAM_CONFLICT);
    iam_buf_done(&out);
    assert_int_equal(write_report(always, NULL, 10000, &out), IAM_LIMIT);
    iam_buf_done(&out);
}

/* ---- the thread ---- */

static void ask(void)
{
    struct iam_txn *txn;
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_report_ask(txn, &arena, &REF));
    assert_ok(iam_txn_commit(txn));
}

static struct iam_credential_report report(void)
{
    struct iam_credential_report report = { 0 };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_credential_report_get(txn, &arena, ACCOUNT, &report);
    assert_true(st == IAM_OK || st == IAM_NOT_FOUND);
    iam_txn_rollback(txn);
    return report;
}

static struct reports *start(void)
{
    const struct reports_options options = { .store = store,
                                             .now_ms = now_ms,
                                             .period_ms = PERIOD_MS };
    struct reports *r = NULL;
    assert_ok(reports_start(&options, &r));
    return r;
}

/* Waits until nothing is asked for. */
static void wait_until_done(void)
{
    const struct timespec moment = { .tv_nsec = 2000000 };
    for (int ms = 0; report().is_pending; ms += 2) {
        assert_true(ms < PATIENCE_MS);
        (void)nanosleep(&moment, NULL);
    }
}

static void test_what_was_asked_for_is_made(void **state)
{
    struct iam_credential_report_text text = { .content = IAM_STR("") };
    struct iam_txn *txn;
    (void)state;
    ask(); /* before the thread is there, as after a restart */
    struct reports *r = start();
    wait_until_done();
    assert_int_equal(report().generated_ms, NOW_MS / 1000 * 1000);
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_credential_report_text_get(txn, &arena, ACCOUNT, &text));
    iam_txn_rollback(txn);
    assert_int_equal(report().bytes, text.content.len);
    assert_int_equal(count_lines(text.content), 2 + USERS);
    ask(); /* and another, while it runs */
    wait_until_done();
    assert_true(reports_stop(r));
}

static void test_nothing_is_made_unasked(void **state)
{
    const struct timespec moment = { .tv_nsec = 50000000 };
    (void)state;
    struct reports *r = start();
    (void)nanosleep(&moment, NULL);
    assert_true(reports_stop(r));
    assert_int_equal(report().generated_ms, 0);
    assert_true(reports_stop(NULL));
}

static atomic_int looks;

static int64_t count_look(void)
{
    looks++;
    return NOW_MS;
}

/* Who says nothing has it look once a second, and for keys once a minute. */
static void test_it_looks_now_and_then(void **state)
{
    const struct timespec moment = { .tv_nsec = 300000000 };
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    struct reports_options options = { .store = store, .now_ms = now_ms, .high_ms = count_look };
    struct reports *r = NULL;
    char error[256];
    (void)state;
    looks = 0;
    assert_ok(iam_keeper_new(&config, &options.keeper, error, sizeof(error)));
    assert_ok(reports_start(&options, &r));
    (void)nanosleep(&moment, NULL);
    assert_true(reports_stop(r));
    assert_int_equal(looks, 1);
    iam_keeper_free(options.keeper);
}

/* ---- what cannot be made ---- */

#define JOB IAM_STR("00000000-0000-4000-8000-000000000001")

/* About a user that is gone, whose report is made by saying so. */
static void ask_about_a_user(void)
{
    const struct iam_access_job job = { .account = ACCOUNT,
                                        .id = JOB,
                                        .owner = IAM_STR("AIDA0002"),
                                        .kind = IAM_KIND_USER,
                                        .entity_id = IAM_STR("AIDAGONE"),
                                        .arn = IAM_STR("arn:aws:iam::111122223333:user/gone"),
                                        .created_ms = NOW_MS };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_access_job_ask(txn, &arena, &job));
    assert_ok(iam_txn_commit(txn));
}

static bool is_job_done(void)
{
    struct iam_access_job job = { 0 };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_job_get(txn, &arena, ACCOUNT, JOB, &job));
    iam_txn_rollback(txn);
    return job.completed_ms > 0;
}

/* A report that cannot be made keeps neither others nor keys from being made. */
static void test_what_cannot_be_made_holds_up_nothing(void **state)
{
    const struct timespec moment = { .tv_nsec = 2000000 };
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    struct reports_options options = {
        .store = store, .now_ms = now_ms, .high_ms = count_look, .period_ms = PERIOD_MS
    };
    struct reports *r = NULL;
    char error[256];
    (void)state;
    looks = 0;
    is_damaged = true;
    ask();
    ask_about_a_user();
    assert_ok(iam_keeper_new(&config, &options.keeper, error, sizeof(error)));
    assert_ok(reports_start(&options, &r));
    for (int ms = 0; !is_job_done() || looks == 0; ms += 2) {
        assert_true(ms < PATIENCE_MS);
        (void)nanosleep(&moment, NULL);
    }
    assert_true(reports_stop(r));
    assert_true(report().is_pending);
    iam_keeper_free(options.keeper);
}

/* ---- what is kept ---- */

static void test_what_could_not_be_made(void **state)
{
    struct iam_account_id_list list = { 0 };
    struct iam_txn *txn;
    (void)state;
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_int_equal(iam_store_report_finish(txn, &REF, IAM_STR("x"), 1), IAM_NOT_FOUND);
    iam_txn_rollback(txn);
    ask();
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_report_pending(txn, &arena, 9, &list));
    assert_int_equal(list.count, 1);
    assert_same_str(list.items[0], ACCOUNT);
    assert_ok(iam_store_report_finish(txn, &REF, IAM_STR("first"), 5000));
    assert_ok(iam_store_report_ask(txn, &arena, &REF));
    assert_ok(iam_store_report_ask(txn, &arena, &REF));
    assert_ok(iam_store_report_finish(txn, &REF, iam_str_absent(), 9000));
    assert_ok(iam_store_report_pending(txn, &arena, 9, &list));
    assert_int_equal(list.count, 0);
    assert_ok(iam_txn_commit(txn));
    assert_int_equal(report().generated_ms, 5000);
    assert_int_equal(report().bytes, 5);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),      TEST(test_a_row_for_each_user),
        TEST(test_it_ends_early),           TEST(test_what_was_asked_for_is_made),
        TEST(test_nothing_is_made_unasked), TEST(test_it_looks_now_and_then),
        TEST(test_what_could_not_be_made),  TEST(test_what_cannot_be_made_holds_up_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
