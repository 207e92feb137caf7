/* SPDX-License-Identifier: Apache-2.0 */
#include "server/credential_report.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/time.h"
#include "model/arn.h"
#include "store/account.h"
#include "store/holdings.h"
#include "store/password.h"
#include "store/user.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* LIMIT: of a page of users with what they have. */
#define PAGE_BYTES ((size_t)16 << 20)
#define NEXT_MAX 512
/* Access keys and signing certificates that a row has room for. */
#define KEY_COLUMNS 2
#define CERTIFICATE_COLUMNS 2

#define NOTHING IAM_STR("N/A")
#define NOT_SUPPORTED IAM_STR("not_supported")
#define NO_INFORMATION IAM_STR("no_information")

static const char HEADER[] =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

struct report {
    struct iam_txn *txn;
    struct iam_arena arena; /* of a page of users */
    struct iam_str account;
    struct iam_buf *out;
    int64_t max_age_days; /* of passwords; 0: they do not expire */
};

/* ---- fields ---- */

/* Tells whether a field with that character is put into quotes. */
static bool is_quoted(char c)
{
    return c == ',' || c == '"' || c == '\r' || c == '\n';
}

void credential_report_field(struct iam_buf *out, struct iam_str text)
{
    size_t i = 0;
    while (i < text.len && !is_quoted(text.p[i])) {
        i++;
    }
    if (i == text.len) {
        iam_buf_add(out, text);
        return;
    }
    iam_buf_add_char(out, '"');
    for (i = 0; i < text.len; i++) {
        if (text.p[i] == '"') {
            iam_buf_add_char(out, '"');
        }
        iam_buf_add_char(out, text.p[i]);
    }
    iam_buf_add_char(out, '"');
}

/* Adds a field after another. */
static void add(struct report *r, struct iam_str text)
{
    iam_buf_add_char(r->out, ',');
    credential_report_field(r->out, text);
}

static void add_truth(struct report *r, bool value)
{
    add(r, value ? IAM_STR("true") : IAM_STR("false"));
}

/* Adds a time; 0 is none. */
static void add_time(struct report *r, int64_t ms)
{
    char text[IAM_TIME_ISO_LEN + 1];
    if (ms == 0) {
        add(r, NOTHING);
        return;
    }
    iam_time_to_iso(ms, text);
    add(r, iam_str_c(text));
}

/* ---- access keys ---- */

static void add_key(struct report *r, const struct iam_access_key *key)
{
    bool is_used = key != NULL && key->last_used_ms != 0;
    add_truth(r, key != NULL && key->is_active);
    add_time(r, key != NULL ? key->created_ms : 0);
    add_time(r, is_used ? key->last_used_ms : 0);
    add(r, is_used ? key->last_used_region : NOTHING);
    add(r, is_used ? key->last_used_service : NOTHING);
}

/* Adds the two oldest. */
static void add_keys(struct report *r, const struct iam_rows *list)
{
    const struct iam_access_key *keys = list->items;
    for (size_t i = 0; i < KEY_COLUMNS; i++) {
        add_key(r, i < list->count ? &keys[i] : NULL);
    }
}

/* ---- signing certificates ---- */

static void add_certificate(struct report *r, const struct iam_signing_certificate *cert)
{
    add_truth(r, cert != NULL && cert->is_active);
    add_time(r, cert != NULL ? cert->created_ms : 0);
}

/* Orders by date, and what has the same by ID. */
static int compare(const void *a, const void *b)
{
    const struct iam_signing_certificate *x = a;
    const struct iam_signing_certificate *y = b;
    int order = (x->created_ms > y->created_ms) - (x->created_ms < y->created_ms);
    return order != 0 ? order : iam_str_cmp(x->id, y->id);
}

/* Adds the two oldest. */
static void add_certificates(struct report *r, const struct iam_rows *list)
{
    struct iam_signing_certificate *certs = list->items;
    if (list->count > 1) {
        qsort(certs, list->count, sizeof(*certs), compare);
    }
    for (size_t i = 0; i < CERTIFICATE_COLUMNS; i++) {
        add_certificate(r, i < list->count ? &certs[i] : NULL);
    }
}

/* ---- passwords ---- */

/* Adds what is known of the password of profile, of which there is none or one, as of change. */
static void add_password(struct report *r, const struct iam_rows *profile,
                         const struct iam_rows *change)
{
    bool has_password = profile->count > 0;
    bool expires = has_password && r->max_age_days != 0;
    int64_t since_ms =
        has_password ? iam_password_since(profile->items, change->count > 0 ? change->items : NULL)
                     : 0;
    add_truth(r, has_password);
    add(r, has_password ? NO_INFORMATION : NOTHING); /* nothing signs in with a password */
    add_time(r, since_ms);
    add_time(r, expires ? since_ms + r->max_age_days * DAY_MS : 0);
}

static enum iam_status read_max_age(struct report *r)
{
    struct iam_password_policy policy;
    enum iam_status st = iam_store_password_policy_get(r->txn, &r->arena, r->account, &policy);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    r->max_age_days = st == IAM_OK ? policy.max_age_days : 0;
    return IAM_OK;
}

/* ---- rows ---- */

static void start_row(struct report *r, struct iam_str name, struct iam_str arn, int64_t created_ms)
{
    iam_buf_add_char(r->out, '\n');
    credential_report_field(r->out, name);
    add(r, arn);
    add_time(r, created_ms);
}

/* Adds the rest of the row of an owner of credentials that were read. */
static void end_row(struct report *r, const struct iam_credentials *credentials, size_t owner)
{
    add_truth(r, credentials->devices.of[owner].count > 0);
    add_keys(r, &credentials->keys.of[owner]);
    add_certificates(r, &credentials->certificates.of[owner]);
}

/* Adds the row of the root user, who has no password here. */
static enum iam_status add_root(struct report *r)
{
    struct iam_account account;
    const struct iam_rows one = { .items = &account, .count = 1 };
    struct iam_credentials credentials;
    struct iam_str arn;
    IAM_TRY(iam_store_account_get(r->txn, &r->arena, r->account, &account));
    IAM_TRY(iam_store_credentials(r->txn, &r->arena, IAM_TABLE_ACCOUNT, &one, 0, &credentials));
    IAM_TRY(iam_arn_of(&r->arena, IAM_KIND_ACCOUNT, r->account, iam_str_absent(), iam_str_absent(),
                       &arn));
    start_row(r, IAM_STR("<root_account>"), arn, account.created_ms);
    add(r, NOT_SUPPORTED);
    add(r, NO_INFORMATION);
    add(r, NOT_SUPPORTED);
    add(r, NOT_SUPPORTED);
    end_row(r, &credentials, 0);
    return r->out->status;
}

static void add_user(struct report *r, const struct iam_user *user,
                     const struct iam_credentials *credentials, size_t owner)
{
    start_row(r, user->name, user->arn, user->created_ms);
    add_password(r, &credentials->profiles.of[owner], &credentials->password_changes.of[owner]);
    end_row(r, credentials, owner);
}

/* Adds the users after next, and says in it where the next page begins. */
static enum iam_status add_page(struct report *r, char next[NEXT_MAX], size_t *next_len)
{
    const struct iam_page page = {
        .limit = IAM_OWNERS_MAX,
        .after = *next_len > 0 ? (struct iam_str){next, *next_len}
               : iam_str_absent()
    };
    struct iam_user_list users = { 0 };
    struct iam_credentials credentials;
    IAM_TRY(iam_store_user_list(r->txn, &r->arena, r->account, iam_str_absent(), &page, &users));
    IAM_TRY(iam_store_credentials(r->txn, &r->arena, IAM_TABLE_USER, &users.rows, 0, &credentials));
    for (size_t i = 0; i < users.count; i++) {
        add_user(r, &users.items[i], &credentials, i);
    }
    IAM_TRY(r->out->status);
    *next_len = users.is_truncated ? users.next.len : 0;
    IAM_ENSURE(*next_len <= NEXT_MAX, IAM_RANGE);
    if (users.is_truncated) {
        memcpy(next, users.next.p, users.next.len);
    }
    return IAM_OK;
}

static enum iam_status write_all(struct report *r, credential_report_fn *goes_on, void *ctx)
{
    char next[NEXT_MAX];
    size_t next_len = 0;
    iam_buf_add_c(r->out, HEADER);
    IAM_TRY(read_max_age(r));
    IAM_TRY(add_root(r));
    do {
        IAM_ENSURE(goes_on(ctx), IAM_CONFLICT);
        iam_arena_clear(&r->arena);
        IAM_TRY(add_page(r, next, &next_len));
    } while (next_len > 0);
    return IAM_OK;
}

enum iam_status credential_report_write(struct iam_txn *txn, struct iam_str account,
                                        credential_report_fn *goes_on, void *ctx,
                                        struct iam_buf *out)
{
    struct report r = { .txn = txn, .account = account, .out = out };
    iam_arena_init(&r.arena, iam_heap(), PAGE_BYTES);
    enum iam_status st = write_all(&r, goes_on, ctx);
    iam_arena_done(&r.arena);
    return st;
}
