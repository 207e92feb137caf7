/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts in AWS's form: what is told and where, limits, and what is stored and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "base/heap.h"
#include "lib/row_sealer.h"
#include "store/account.h"
#include "store/instance_profile.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"
#include "transfer/transfer.h"

#define assert_ok(expr) assert_int_equal((expr), IAM_OK)
#define A "arn:aws:iam::111122223333:"
#define ACCOUNT IAM_STR("111122223333")
#define OTHER_ACCOUNT IAM_STR("444455556666")
#define MANY 1200

#define USER(name, digit, more)                                                         \
    "{\"Path\":\"/\",\"UserName\":\"" name "\",\"UserId\":\"AIDAAAAAAAAAAAAAAAAA" digit \
    "\",\"Arn\":\"" A "user/" name "\",\"CreateDate\":\"2020-01-01T00:00:00+00:00\"" more "}"
#define PAGE(users) "{\"UserDetailList\":[" users "]}"
#define POLICY(more, document)                                                         \
    "{\"Policies\":[{\"PolicyName\":\"p\",\"PolicyId\":\"ANPAAAAAAAAAAAAAAAAAA\","     \
    "\"Arn\":\"" A "policy/p\",\"Path\":\"/\",\"DefaultVersionId\":\"v2\"," more       \
    "\"CreateDate\":\"2020-01-01T00:00:00Z\",\"UpdateDate\":\"2020-01-02T00:00:00Z\"," \
    "\"PolicyVersionList\":[{\"Document\":" document ",\"VersionId\":\"v2\","          \
    "\"IsDefaultVersion\":true,\"CreateDate\":\"2020-01-01T00:00:00Z\"}]}]}"
#define ATTACHED \
    ",\"AttachedManagedPolicies\":[{\"PolicyName\":\"p\",\"PolicyArn\":\"" A "policy/p\"}]"
#define READ \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"
#define TRUSTS(arn)                                                                    \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{" \
    "\"AWS\":\"" arn "\"},\"Action\":\"sts:AssumeRole\"}]}"
#define ROLE(trust)                                                                                 \
    "{\"RoleDetailList\":[{\"Path\":\"/\",\"RoleName\":\"r\",\"RoleId\":\"AROAAAAAAAAAAAAAAAAAA\"," \
    "\"Arn\":\"" A "role/r\",\"CreateDate\":\"2020-01-01T00:00:00Z\","                              \
    "\"AssumeRolePolicyDocument\":" trust "}]}"

struct seen {
    size_t counts[IAM_TRANSFER_LEVELS];
    struct iam_transfer_finding last;
    char text[IAM_TRANSFER_MESSAGE_MAX];
    char file[32];
    struct iam_buf written;
    size_t parts_left; /* that the sink takes */
};

struct fixture {
    struct iam_arena arena;
    struct iam_quotas quotas;
    struct iam_transfer_options options;
    struct iam_transfer_file file;
    struct iam_transfer *t;
    struct iam_store *store;
    struct iam_txn *txn;
    struct seen seen;
    size_t left; /* what the last writing told */
};

static void told(void *ctx, const struct iam_transfer_finding *finding)
{
    struct seen *seen = ctx;
    seen->counts[finding->level]++;
    seen->last = *finding;
    snprintf(seen->text, sizeof(seen->text), "%s", finding->text);
    snprintf(seen->file, sizeof(seen->file), "%s", finding->file != NULL ? finding->file : "");
}

static enum iam_status keep(void *ctx, struct iam_str part)
{
    struct seen *seen = ctx;
    if (seen->parts_left == 0) {
        return IAM_IO;
    }
    seen->parts_left--;
    iam_buf_add(&seen->written, part);
    return IAM_OK;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    const struct iam_store_options options = { .path = ":memory:", .sealer = TEST_ROW_SEALER };
    const struct iam_account accounts[] = {
        {.id = ACCOUNT,        .name = IAM_STR("")},
        { .id = OTHER_ACCOUNT, .name = IAM_STR("")},
    };
    char error[IAM_STORE_ERROR_MAX];
    struct fixture *f = &fixture;
    *f = (struct fixture){ .seen.parts_left = SIZE_MAX };
    iam_arena_init(&f->arena, iam_heap(), (size_t)64 << 20);
    iam_buf_init(&f->seen.written, iam_heap(), (size_t)16 << 20);
    iam_quotas_default(&f->quotas);
    f->options =
        (struct iam_transfer_options){ .quotas = &f->quotas, .told = told, .ctx = &f->seen };
    assert_ok(iam_store_open(&options, &f->store, error));
    assert_ok(iam_store_begin(f->store, IAM_TXN_WRITE, &f->txn));
    assert_ok(iam_store_account_add(f->txn, &accounts[0]));
    assert_ok(iam_store_account_add(f->txn, &accounts[1]));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    iam_txn_rollback(f->txn);
    iam_store_close(f->store);
    iam_arena_done(&f->arena);
    iam_buf_done(&f->seen.written);
    return 0;
}

static enum iam_status read_files(struct fixture *f, const struct iam_transfer_file *files,
                                  size_t count)
{
    memset(f->seen.counts, 0, sizeof(f->seen.counts));
    f->seen.text[0] = '\0';
    return iam_transfer_read(&f->arena, &f->options, files, count, &f->t);
}

static enum iam_status read_text(struct fixture *f, const char *text)
{
    f->file = (struct iam_transfer_file){ "one", iam_str_c(text) };
    return read_files(f, &f->file, 1);
}

static void assert_told(struct fixture *f, const char *part)
{
    if (strstr(f->seen.text, part) == NULL) {
        fail_msg("'%s' is not in '%s'", part, f->seen.text);
    }
}

/* ---- what is told ---- */

static void a_finding_has_its_place(void **state)
{
    struct fixture *f = *state;
    const struct iam_transfer_file files[] = {
        {"first",   IAM_STR(PAGE("\n" USER("ann",            "A", "")))                },
        { "second", IAM_STR("\n\n" PAGE("\n\n  " USER("bob", "B", ",\"Tags\":7")) "\n")},
    };
    assert_int_equal(read_files(f, files, 2), IAM_SYNTAX);
    assert_told(f, "Tags must be an array");
    assert_string_equal(f->seen.file, "second");
    assert_int_equal(f->seen.last.line, 5);
    const char *line = strstr(files[1].text.p, "  {\"Path");
    assert_int_equal(f->seen.last.column, strstr(line, "7}") - line + 1);
}

static void later_findings_go_on_from_earlier_places(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_text(f, PAGE("\n7,\n7,8,\n9")), IAM_SYNTAX);
    assert_int_equal(f->seen.counts[IAM_TRANSFER_ERROR], 4);
    assert_int_equal(f->seen.last.line, 4);
    assert_int_equal(f->seen.last.column, 1);
}

/* Whatever was told before: a file's lines are counted from its own beginning. */
static void each_file_has_its_own_places(void **state)
{
    static const char TEXT[] = PAGE("\n\n7") PAGE("\n  7");
    const size_t first = sizeof(PAGE("\n\n7")) - 1;
    struct fixture *f = *state;
    const struct iam_transfer_file files[] = {
        {"first",   { TEXT, first }                           },
        { "second", { TEXT + first, sizeof(TEXT) - 1 - first }},
    };
    assert_int_equal(read_files(f, files, 2), IAM_SYNTAX);
    assert_int_equal(f->seen.counts[IAM_TRANSFER_ERROR], 2);
    assert_string_equal(f->seen.file, "second");
    assert_int_equal(f->seen.last.line, 2);
    assert_int_equal(f->seen.last.column, 3);
}

static void a_document_has_its_place(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_text(f, POLICY("", "\n\n {\"Version\":7}")), IAM_SYNTAX);
    assert_told(f, "this policy is refused");
    assert_int_equal(f->seen.last.line, 3);
    assert_int_equal(f->seen.last.column, 2);
}

static void what_is_told_is_bounded_and_printable(void **state)
{
    struct fixture *f = *state;
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, iam_heap(), (size_t)1 << 20);
    iam_buf_add_c(&b, "{\"UserDetailList\":[0");
    for (size_t i = 1; i < MANY; i++) {
        iam_buf_add_c(&b, ",0");
    }
    iam_buf_add_c(&b, "]}");
    assert_ok(iam_buf_finish(&b, &text));
    const struct iam_transfer_file file = { "one", text };
    assert_int_equal(read_files(f, &file, 1), IAM_SYNTAX);
    assert_int_equal(f->seen.counts[IAM_TRANSFER_ERROR], IAM_TRANSFER_MAX_TOLD);
    iam_buf_done(&b);
    assert_int_equal(read_text(f, PAGE(USER("ann", "A", ",\"GroupList\":[\"a\\nb\"]"))),
                     IAM_SYNTAX);
    assert_told(f, "the group a?b of user ann");
    assert_int_equal(read_text(f, PAGE(USER("ann", "A", ",\"GroupList\":[\"a\\u0001b\"]"))),
                     IAM_SYNTAX);
    assert_told(f, "without control characters");
}

static void two_have_no_id_in_common(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_text(f, PAGE(USER("ann", "A", "") "," USER("bob", "A", ""))), IAM_SYNTAX);
    assert_told(f, "user bob has the ID AIDAAAAAAAAAAAAAAAAAA, which user ann has too");
}

static void dates_begin_with_1970(void **state)
{
    static const struct {
        const char *date;
        enum iam_status want;
    } rows[] = {
        {"1970-01-01T00:00:00+00:00",  IAM_OK    },
        { "1970-01-01T01:00:00+01:00", IAM_OK    },
        { "1969-12-31T23:59:59+00:00", IAM_SYNTAX},
        { "1970-01-01T00:59:59+01:00", IAM_SYNTAX},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[400];
        snprintf(text, sizeof(text),
                 "{\"UserDetailList\":[{\"Path\":\"/\",\"UserName\":\"x\",\"UserId\":"
                 "\"AIDAAAAAAAAAAAAAAAAAZ\",\"Arn\":\"" A "user/x\",\"CreateDate\":\"%s\"}]}",
                 rows[i].date);
        assert_int_equal(read_text(f, text), rows[i].want);
    }
}

static void an_unknown_member_is_told_once(void **state)
{
    struct fixture *f = *state;
    assert_ok(
        read_text(f, PAGE(USER("ann", "A", ",\"New\":1") "," USER("bob", "B", ",\"New\":1"))));
    assert_int_equal(f->seen.counts[IAM_TRANSFER_LEFT], 1);
    assert_int_equal(iam_transfer_found(f->t, IAM_TRANSFER_LEFT), 1);
    assert_told(f, "the member New of a user");
}

static void quotas_are_notes_up_to_what_can_be(void **state)
{
    struct fixture *f = *state;
    f->quotas.values[IAM_QUOTA_USERS] = 1;
    assert_ok(read_text(f, PAGE(USER("ann", "A", "") "," USER("bob", "B", ""))));
    assert_int_equal(f->seen.counts[IAM_TRANSFER_NOTE], 1);
    assert_told(f, "2 for the quota UsersPerAccount, which is 1");
    assert_told(f, "--quota UsersPerAccount=3");
}

/* ---- limits ---- */

static void files_are_bounded_together(void **state)
{
    struct fixture *f = *state;
    const struct iam_transfer_file files[] = {
        {"one",  { "{", IAM_TRANSFER_MAX_BYTES }},
        { "two", { "{", 1 }                     },
    };
    assert_int_equal(read_files(f, files, 2), IAM_SYNTAX);
    assert_told(f, "more than 256 MiB together");
}

/* Reads that many pages, of which none has anything. */
static void read_empty_pages(struct fixture *f, unsigned count)
{
    static const struct iam_str page = IAM_STR_INIT("{\"Policies\":[]}");
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, iam_heap(), page.len * count);
    for (unsigned i = 0; i < count; i++) {
        iam_buf_add(&b, page);
    }
    assert_ok(iam_buf_finish(&b, &text));
    const struct iam_transfer_file file = { "one", text };
    assert_int_equal(read_files(f, &file, 1), IAM_SYNTAX);
    assert_int_equal(f->seen.counts[IAM_TRANSFER_ERROR], 1);
    iam_buf_done(&b);
}

static void pages_are_bounded(void **state)
{
    struct fixture *f = *state;
    read_empty_pages(f, IAM_TRANSFER_MAX_PAGES);
    assert_told(f, "there is nothing that tells which account this is");
    iam_arena_clear(&f->arena);
    read_empty_pages(f, IAM_TRANSFER_MAX_PAGES + 1);
    assert_told(f, "there are more than 100000 pages");
}

/* Reads and stores with that much memory; when there is too little, nothing stays. */
static enum iam_status move_within(struct fixture *f, size_t bytes)
{
    static const char TEXT[] = PAGE(USER("ann", "A", ATTACHED)) POLICY("", READ);
    const struct iam_transfer_file file = { "one", iam_str_c(TEXT) };
    struct iam_arena small;
    iam_arena_init(&small, iam_heap(), bytes);
    assert_ok(iam_txn_save(f->txn));
    enum iam_status st = iam_transfer_read(&small, &f->options, &file, 1, &f->t);
    if (st == IAM_OK) {
        st = iam_transfer_store(f->t, f->txn);
    }
    assert_ok(st == IAM_OK ? iam_txn_keep(f->txn) : iam_txn_undo(f->txn));
    iam_arena_done(&small);
    return st;
}

static void memory_is_bounded(void **state)
{
    struct fixture *f = *state;
    enum iam_status st = IAM_NOMEM;
    for (size_t bytes = 0; st == IAM_NOMEM; bytes += 64) {
        st = move_within(f, bytes);
        assert_true(bytes < (1u << 20));
    }
    assert_ok(st);
    assert_int_equal(f->seen.counts[IAM_TRANSFER_ERROR], 0);
}

/* ---- principals of trust policies ---- */

static void a_principal_is_in_the_files_or_of_another_account(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_text(f, ROLE(TRUSTS(A "user/nobody"))), IAM_SYNTAX);
    assert_told(f, "user/nobody, which is not in the lists");
    assert_int_equal(read_text(f, PAGE(USER("ann", "A", "")) ROLE(TRUSTS(A "user/Ann"))),
                     IAM_SYNTAX);
    assert_int_equal(read_text(f, ROLE(TRUSTS(A "role/x/r"))), IAM_SYNTAX);
    assert_ok(read_text(f, ROLE(TRUSTS("arn:aws:iam::444455556666:user/far"))));
    assert_int_equal(f->seen.counts[IAM_TRANSFER_NOTE], 1);
    assert_ok(read_text(f, ROLE(TRUSTS("AIDAZZZZZZZZZZZZZZZZZ"))));
    assert_int_equal(f->seen.counts[IAM_TRANSFER_NOTE], 0);
}

static void a_principal_is_pinned_to_the_id_of_the_files(void **state)
{
    struct fixture *f = *state;
    struct iam_pin_list pins;
    struct iam_role role;
    assert_ok(read_text(f, PAGE(USER("ann", "A", "")) "\n" ROLE(TRUSTS(A "user/ann"))));
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_ok(iam_store_role_get(f->txn, &f->arena, ACCOUNT, IAM_STR("r"), &role));
    assert_ok(iam_store_role_pins(f->txn, &f->arena, role.id, &pins));
    assert_int_equal(pins.count, 1);
    assert_true(iam_str_eq(pins.items[0].unique_id, IAM_STR("AIDAAAAAAAAAAAAAAAAAA")));
}

/* ---- what is stored ---- */

static void an_account_must_be_there_and_empty(void **state)
{
    struct fixture *f = *state;
    assert_ok(read_text(f, PAGE(USER("ann", "A", ""))));
    assert_int_equal(iam_transfer_counts(f->t).users, 1);
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_int_equal(iam_transfer_store(f->t, f->txn), IAM_CONFLICT);
    assert_ok(read_text(f, "{\"UserDetailList\":[{\"Path\":\"/\",\"UserName\":\"x\",\"UserId\":"
                           "\"AIDAAAAAAAAAAAAAAAAAZ\",\"Arn\":\"arn:aws:iam::999988887777:user/x\","
                           "\"CreateDate\":\"2020-01-01T00:00:00Z\"}]}"));
    assert_int_equal(iam_transfer_store(f->t, f->txn), IAM_NOT_FOUND);
}

static void an_id_of_another_account_is_told(void **state)
{
    struct fixture *f = *state;
    const struct iam_user user = { .id = IAM_STR("AIDAAAAAAAAAAAAAAAAAA"),
                                   .account = OTHER_ACCOUNT,
                                   .name = IAM_STR("x"),
                                   .path = IAM_STR("/") };
    assert_ok(iam_store_user_add(f->txn, &user));
    assert_ok(read_text(f, PAGE(USER("ann", "A", ""))));
    assert_int_equal(iam_transfer_store(f->t, f->txn), IAM_EXISTS);
    assert_told(f, "user ann, or a part of it, has the ID of something in another account");
}

static void documents_keep_what_a_string_has(void **state)
{
    static const struct {
        const char *written;
        const char *stored;
    } rows[] = {
        {READ,                                                                                         READ                          },
        { "\"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A"
          "%22Deny%22%2C+%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D\"", NULL                          },
        { "\"%7B%22Version%22%3A%222012-10-17%22%2C%20%22Statement%22%3A%7B%22Effect%22%3A"
          "%22Deny%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D\"",  "{\"Version\":\"2012-10-17\", \"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:*\","
          "\"Resource\":\"*\"}}"},
        { "\"{\\\"Version\\\":\\\"2012-10-17\\\", \\\"Statement\\\":{\\\"Effect\\\":"
          "\\\"Deny\\\",\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}\"",          "{\"Version\":\"2012-10-17\", \"Statement\":{\"Effect\":\"Deny\",\"Action\":\"s3:*\","
          "\"Resource\":\"*\"}}"        },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[1000];
        struct iam_policy_version version;
        snprintf(text, sizeof(text), POLICY("", "%s"), rows[i].written);
        enum iam_status st = read_text(f, text);
        assert_int_equal(st, rows[i].stored != NULL ? IAM_OK : IAM_SYNTAX);
        if (rows[i].stored == NULL) {
            continue;
        }
        assert_ok(iam_transfer_store(f->t, f->txn));
        assert_ok(iam_store_version_get_default(f->txn, &f->arena, IAM_STR("ANPAAAAAAAAAAAAAAAAAA"),
                                                &version));
        assert_true(iam_str_eq(version.document, iam_str_c(rows[i].stored)));
        assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, IAM_STR("ANPAAAAAAAAAAAAAAAAAA")));
    }
}

/* ---- what is written ---- */

static enum iam_status write_within(struct fixture *f, size_t bytes)
{
    const struct iam_transfer_export options = {
        .told = told, .sink = keep, .ctx = &f->seen, .catalogue = f->options.catalogue
    };
    struct iam_arena arena;
    iam_buf_clear(&f->seen.written);
    iam_arena_init(&arena, iam_heap(), bytes);
    enum iam_status st = iam_transfer_write(f->txn, &arena, ACCOUNT, &options, &f->left);
    iam_arena_done(&arena);
    return st;
}

static enum iam_status write_account(struct fixture *f)
{
    return write_within(f, (size_t)64 << 20);
}

/* Returns what was written, with a NUL after it. */
static const char *written(struct fixture *f)
{
    struct iam_str text;
    iam_buf_add_char(&f->seen.written, '\0');
    assert_ok(iam_buf_finish(&f->seen.written, &text));
    return text.p;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *p = text; (p = strstr(p, part)) != NULL; p++) {
        count++;
    }
    return count;
}

static void an_account_is_written_as_the_cli_does(void **state)
{
    struct fixture *f = *state;
    static const char WANT[] = "{\n"
                               "    \"UserDetailList\": [\n"
                               "        {\n"
                               "            \"Path\": \"/\",\n"
                               "            \"UserName\": \"ann\",\n"
                               "            \"UserId\": \"AIDAAAAAAAAAAAAAAAAAA\",\n"
                               "            \"Arn\": \"" A "user/ann\",\n"
                               "            \"CreateDate\": \"2020-01-01T00:00:00+00:00\",\n"
                               "            \"GroupList\": [],\n"
                               "            \"AttachedManagedPolicies\": [],\n"
                               "            \"Tags\": [\n"
                               "                {\n"
                               "                    \"Key\": \"a:{b\",\n"
                               "                    \"Value\": \"\\\",[\"\n"
                               "                }\n"
                               "            ]\n"
                               "        }\n"
                               "    ],\n"
                               "    \"GroupDetailList\": [],\n"
                               "    \"RoleDetailList\": [],\n"
                               "    \"Policies\": []\n"
                               "}\n";
    assert_ok(read_text(
        f, PAGE(USER("ann", "A", ",\"Tags\":[{\"Value\":\"\\\",[\",\"Key\":\"a:{b\"}]"))));
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_ok(write_account(f));
    assert_int_equal(f->left, 0);
    assert_string_equal(written(f), WANT);
}

static void a_policy_is_written_with_its_uses(void **state)
{
    struct fixture *f = *state;
    assert_ok(
        read_text(f, PAGE(USER("ann", "A", ATTACHED)) POLICY("\"AttachmentCount\":1,", READ)));
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_ok(write_account(f));
    assert_non_null(strstr(written(f), "\"DefaultVersionId\": \"v2\",\n"
                                       "            \"AttachmentCount\": 1,\n"
                                       "            \"PermissionsBoundaryUsageCount\": 0,\n"
                                       "            \"IsAttachable\": true,\n"));
}

/* Of AWS's policies those are written that somebody has, each with the five newest versions. */
static void policies_of_aws_are_written_when_they_are_used(void **state)
{
    const struct iam_catalogue_options delivered = { .file =
                                                         "share/aws-policies/aws-policies.iamd" };
    struct fixture *f = *state;
    char error[IAM_CATALOGUE_ERROR_MAX];
    assert_ok(iam_catalogue_open(&delivered, &f->options.catalogue, error));
    assert_ok(read_text(f, PAGE(USER("ann", "A",
                                     ",\"AttachedManagedPolicies\":["
                                     "{\"PolicyName\":\"ReadOnlyAccess\",\"PolicyArn\":"
                                     "\"arn:aws:iam::aws:policy/ReadOnlyAccess\"},"
                                     "{\"PolicyName\":\"AdministratorAccess\",\"PolicyArn\":"
                                     "\"arn:aws:iam::aws:policy/AdministratorAccess\"}]"))));
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_ok(write_account(f));
    iam_catalogue_close(f->options.catalogue);
    const char *text = strstr(written(f), "\"Policies\": [");
    assert_non_null(text);
    assert_int_equal(count_of(text, "\"Arn\""), 2);
    assert_int_equal(count_of(text, "\"Arn\": \"arn:aws:iam::aws:policy/AdministratorAccess\""), 1);
    text = strstr(text, "\"Arn\": \"arn:aws:iam::aws:policy/ReadOnlyAccess\"");
    assert_non_null(text);
    assert_int_equal(count_of(text, "\"VersionId\""), 5);
}

static void what_has_no_place_in_the_list_is_counted(void **state)
{
    struct fixture *f = *state;
    const struct iam_instance_profile profile = { .id = IAM_STR("AIPAAAAAAAAAAAAAAAAAA"),
                                                  .account = ACCOUNT,
                                                  .name = IAM_STR("empty"),
                                                  .path = IAM_STR("/") };
    assert_ok(iam_store_instance_profile_add(f->txn, &profile));
    assert_ok(write_account(f));
    assert_int_equal(f->left, 1);
    assert_told(f, "instance profile empty has no role");
}

/* With too little memory nothing is left out: it is no answer. */
static void an_account_is_written_whole(void **state)
{
    struct fixture *f = *state;
    const struct iam_entity_ref policy = { IAM_KIND_POLICY, ACCOUNT,
                                           IAM_STR("ANPAAAAAAAAAAAAAAAAAA") };
    const struct iam_tag tag = { IAM_STR("a"), IAM_STR("b") };
    enum iam_status st = IAM_NOMEM;
    assert_ok(read_text(f, PAGE(USER("ann", "A", ATTACHED)) POLICY("", READ)));
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_ok(iam_store_tag_put(f->txn, &policy, &tag, 1));
    for (size_t bytes = 0; st == IAM_NOMEM; bytes += 16) {
        st = write_within(f, bytes);
        assert_true(bytes < (1u << 20));
    }
    assert_ok(st);
    assert_int_equal(count_of(written(f), "\"Tags\": [\n                {"), 1);
}

/* Reads a file into the fixture's memory. */
static struct iam_str file_text(struct fixture *f, const char *path)
{
    const size_t room = (size_t)1 << 20;
    char *text = iam_arena_alloc(&f->arena, room);
    FILE *file = fopen(path, "r");
    assert_non_null(text);
    assert_non_null(file);
    size_t len = fread(text, 1, room - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = '\0';
    return (struct iam_str){ text, len };
}

/* What the file says comes out as it went in: everything that an account can have in the list. */
static void an_account_comes_out_as_it_went_in(void **state)
{
    struct fixture *f = *state;
    const struct iam_transfer_file file = { "whole",
                                            file_text(f, "tests/unit/transfer/whole.json") };
    assert_ok(read_files(f, &file, 1));
    assert_ok(iam_transfer_store(f->t, f->txn));
    assert_ok(write_account(f));
    assert_string_equal(written(f), file.text.p);
}

static void a_list_is_written_past_its_first_page(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 350; i++) {
        char id[32];
        char name[32];
        snprintf(id, sizeof(id), "AIDAAAAAAAAAAAAAA%04d", i);
        snprintf(name, sizeof(name), "user-%04d", i);
        const struct iam_user user = {
            .id = iam_str_c(id), .account = ACCOUNT, .name = iam_str_c(name), .path = IAM_STR("/")
        };
        assert_ok(iam_store_user_add(f->txn, &user));
    }
    assert_ok(write_account(f));
    assert_int_equal(count_of(written(f), "\"UserName\""), 350);
}

static void a_sink_that_fails_ends_the_writing(void **state)
{
    struct fixture *f = *state;
    enum iam_status st = IAM_IO;
    assert_ok(read_text(f, PAGE(USER("ann", "A", ""))));
    assert_ok(iam_transfer_store(f->t, f->txn));
    for (size_t parts = 0; st == IAM_IO; parts++) {
        f->seen.parts_left = parts;
        st = write_account(f);
        assert_true(parts < 50);
    }
    assert_ok(st);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_finding_has_its_place),
        TEST(later_findings_go_on_from_earlier_places),
        TEST(each_file_has_its_own_places),
        TEST(a_document_has_its_place),
        TEST(what_is_told_is_bounded_and_printable),
        TEST(two_have_no_id_in_common),
        TEST(dates_begin_with_1970),
        TEST(an_unknown_member_is_told_once),
        TEST(quotas_are_notes_up_to_what_can_be),
        TEST(files_are_bounded_together),
        TEST(pages_are_bounded),
        TEST(memory_is_bounded),
        TEST(a_principal_is_in_the_files_or_of_another_account),
        TEST(a_principal_is_pinned_to_the_id_of_the_files),
        TEST(an_account_must_be_there_and_empty),
        TEST(an_id_of_another_account_is_told),
        TEST(documents_keep_what_a_string_has),
        TEST(an_account_is_written_as_the_cli_does),
        TEST(a_policy_is_written_with_its_uses),
        TEST(policies_of_aws_are_written_when_they_are_used),
        TEST(what_has_no_place_in_the_list_is_counted),
        TEST(an_account_is_written_whole),
        TEST(an_account_comes_out_as_it_went_in),
        TEST(a_list_is_written_past_its_first_page),
        TEST(a_sink_that_fails_ends_the_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
