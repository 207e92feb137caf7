/* SPDX-License-Identifier: Apache-2.0 */
#include "server/credential_report.h"

#include <stdlib.h>

#include "base/heap.h"
#include "base/time.h"
#include "model/arn.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/mfa_device.h"
#include "store/password.h"
#include "store/user.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* LIMIT: users that are in memory at a time. */
#define PAGE_USERS 200
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

void credential_report_field(struct iam_buf *out, struct iam_str text)
{
    bool is_plain = true;
    for (size_t i = 0; i < text.len; i++) {
        is_plain = is_plain && iam_str_find(IAM_STR(",\"\r\n"), text.p[i], 0) == 4;
    }
    if (is_plain) {
        iam_buf_add(out, text);
        return;
    }
    iam_buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
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

static enum iam_status add_keys(struct report *r, struct iam_str owner_id)
{
    const struct iam_page page = { .limit = KEY_COLUMNS };
    struct iam_access_key_list keys = { 0 };
    IAM_TRY(iam_store_access_key_list(r->txn, &r->arena, r->account, owner_id, &page, &keys));
    for (size_t i = 0; i < KEY_COLUMNS; i++) {
        add_key(r, i < keys.count ? &keys.items[i] : NULL);
    }
    return IAM_OK;
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
static enum iam_status add_certificates(struct report *r, struct iam_str owner_id)
{
    struct iam_signing_certificate_list certs = { 0 };
    IAM_TRY(iam_store_signing_certificate_list(r->txn, &r->arena, owner_id, NULL, &certs));
    if (certs.count > 1) {
        qsort(certs.items, certs.count, sizeof(*certs.items), compare);
    }
    for (size_t i = 0; i < CERTIFICATE_COLUMNS; i++) {
        add_certificate(r, i < certs.count ? &certs.items[i] : NULL);
    }
    return IAM_OK;
}

/* ---- passwords ---- */

static enum iam_status add_password(struct report *r, struct iam_str user_id)
{
    struct iam_login_profile profile;
    int64_t since_ms = 0;
    enum iam_status st = iam_store_login_profile_get(r->txn, &r->arena, user_id, &profile);
    bool has_password = st == IAM_OK;
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    if (has_password) {
        IAM_TRY(iam_store_password_since(r->txn, &r->arena, user_id, &profile, &since_ms));
    }
    bool expires = has_password && r->max_age_days != 0;
    add_truth(r, has_password);
    add(r, has_password ? NO_INFORMATION : NOTHING); /* nothing signs in with a password */
    add_time(r, since_ms);
    add_time(r, expires ? since_ms + r->max_age_days * DAY_MS : 0);
    return IAM_OK;
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

/* Adds the rest of a row. */
static enum iam_status end_row(struct report *r, struct iam_str owner_id)
{
    int64_t devices;
    IAM_TRY(iam_store_mfa_device_count_of(r->txn, r->account, owner_id, &devices));
    add_truth(r, devices > 0);
    IAM_TRY(add_keys(r, owner_id));
    IAM_TRY(add_certificates(r, owner_id));
    return r->out->status;
}

/* Adds the row of the root user, who has no password here. */
static enum iam_status add_root(struct report *r)
{
    struct iam_account account;
    struct iam_str arn;
    IAM_TRY(iam_store_account_get(r->txn, &r->arena, r->account, &account));
    IAM_TRY(iam_arn_of(&r->arena, IAM_KIND_ACCOUNT, r->account, iam_str_absent(), iam_str_absent(),
                       &arn));
    start_row(r, IAM_STR("<root_account>"), arn, account.created_ms);
    add(r, NOT_SUPPORTED);
    add(r, NO_INFORMATION);
    add(r, NOT_SUPPORTED);
    add(r, NOT_SUPPORTED);
    return end_row(r, r->account);
}

static enum iam_status add_user(struct report *r, const struct iam_user *user)
{
    start_row(r, user->name, user->arn, user->created_ms);
    IAM_TRY(add_password(r, user->id));
    return end_row(r, user->id);
}

/* Adds the users after next, and says in it where the next page begins. */
static enum iam_status add_page(struct report *r, char next[NEXT_MAX], size_t *next_len)
{
    const struct iam_page page = {
        .limit = PAGE_USERS,
        .after = *next_len > 0 ? (struct iam_str){next, *next_len}
               : iam_str_absent()
    };
    struct iam_user_list users = { 0 };
    IAM_TRY(iam_store_user_list(r->txn, &r->arena, r->account, iam_str_absent(), &page, &users));
    for (size_t i = 0; i < users.count; i++) {
        IAM_TRY(add_user(r, &users.items[i]));
    }
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
