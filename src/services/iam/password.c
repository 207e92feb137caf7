/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password policies. The sentences are those that AWS answers with; which of them it answers when
 * several rules are broken is not known: here it is the first.
 */
#include "services/iam/password.h"

#include "api_iam.gen.h"
#include "keeper/password.h"
#include "store/account.h"
#include "store/password.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

#define TYPE_COUNT 4

struct policy {
    size_t min_chars;
    size_t min_types;       /* of characters, of those in TYPES */
    bool needs[TYPE_COUNT]; /* each of TYPES */
    int64_t remembered;     /* passwords that must not be chosen again, besides the one in use */
};

/*
 * Holds for an account without a policy of its own. The most characters, 128, are in the shape.
 * SPEC: IAM User Guide, "Set an account password policy for IAM users", "Default password policy".
 */
static const struct policy DEFAULT_POLICY = { .min_chars = 8, .min_types = 3 };

/* Reads the policy that holds for the account. */
static enum iam_status read_policy(struct iam_call *call, struct policy *ret)
{
    struct iam_password_policy own;
    enum iam_status st =
        iam_store_password_policy_get(call->txn, call->arena, api_account(call), &own);
    if (st == IAM_NOT_FOUND) {
        *ret = DEFAULT_POLICY;
        return IAM_OK;
    }
    IAM_TRY(st);
    *ret = (struct policy){
        .min_chars = (size_t)own.min_chars,
        .needs = {own.needs_upper, own.needs_lower, own.needs_digit, own.needs_symbol},
        .remembered = own.remembered
    };
    return IAM_OK;
}

/* ---- the rules ---- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Tells whether c is one of the symbols that count. SPEC: as above. */
static bool is_symbol(char c)
{
    static const struct iam_str SYMBOLS = IAM_STR_INIT("!@#$%^&*()_+-=[]{}|'");
    return iam_str_find(SYMBOLS, c, 0) < SYMBOLS.len;
}

/* The types of characters, in the order in which AWS names them. */
static const struct {
    bool (*has)(char c);
    struct iam_str sentence;
} TYPES[TYPE_COUNT] = {
    {is_upper,            IAM_STR_INIT("Password should have at least one uppercase letter")},
    { is_lower,           IAM_STR_INIT("Password should have at least one lowercase letter")},
    { iam_ascii_is_digit, IAM_STR_INIT("Password should have at least one number")          },
    { is_symbol,          IAM_STR_INIT("Password should have at least one symbol")          },
};

static bool has_type(struct iam_str password, size_t type)
{
    for (size_t i = 0; i < password.len; i++) {
        if (TYPES[type].has(password.p[i])) {
            return true;
        }
    }
    return false;
}

static enum iam_status check_length(struct iam_call *call, const struct policy *policy,
                                    struct iam_str password)
{
    if (iam_utf8_count(password) >= policy->min_chars) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_PASSWORD_POLICY_VIOLATION,
                    "Password should have a minimum length of %zu", policy->min_chars);
}

/* Joins the sentences of the types that are set, in their order. */
static enum iam_status join_types(struct iam_call *call, const bool types[TYPE_COUNT],
                                  struct iam_str *ret)
{
    struct iam_str parts[2 * TYPE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i]) {
            parts[count] = count > 0 ? IAM_STR(", ") : IAM_STR("");
            parts[count + 1] = TYPES[i].sentence;
            count += 2;
        }
    }
    return iam_arena_join(call->arena, parts, count, ret);
}

static enum iam_status check_types(struct iam_call *call, const struct policy *policy,
                                   struct iam_str password)
{
    bool is_missing[TYPE_COUNT];
    bool is_needed[TYPE_COUNT];
    struct iam_str sentences;
    size_t met = 0;
    bool is_short = false;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        is_missing[i] = !has_type(password, i);
        is_needed[i] = is_missing[i] && policy->needs[i];
        is_short = is_short || is_needed[i];
        met += !is_missing[i];
    }
    if (is_short) {
        IAM_TRY(join_types(call, is_needed, &sentences));
        return api_fail(call, API_ERR_PASSWORD_POLICY_VIOLATION, "%.*s", IAM_STR_ARG(sentences));
    }
    if (met >= policy->min_types) {
        return IAM_OK;
    }
    IAM_TRY(join_types(call, is_missing, &sentences));
    return api_fail(call, API_ERR_PASSWORD_POLICY_VIOLATION,
                    "Password should meet %zu more of the following requirements: %.*s",
                    policy->min_types - met, IAM_STR_ARG(sentences));
}

/*
 * Compares the password with the name of the account. AWS compares the e-mail address of the
 * account as well, which is not kept here.
 */
static enum iam_status check_account_name(struct iam_call *call, struct iam_str password)
{
    struct iam_account account;
    IAM_TRY(iam_store_account_get(call->txn, call->arena, api_account(call), &account));
    if (!iam_str_eq(account.name, password)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_PASSWORD_POLICY_VIOLATION,
                    "Password should not be identical to the account name");
}

/* Checks all that the password says of itself, and returns the policy. */
static enum iam_status check(struct iam_call *call, struct iam_str password, struct policy *ret)
{
    IAM_TRY(read_policy(call, ret));
    IAM_TRY(check_length(call, ret, password));
    IAM_TRY(check_types(call, ret, password));
    return check_account_name(call, password);
}

/* ---- the passwords before ---- */

/* The passwords that a user has and had, as far as the policy remembers them. */
struct past {
    int64_t remembered;
    struct iam_str current; /* the hash of the one in use; absent: there is none */
    struct iam_old_password_list old;
};

/* What a preparation leaves for the handler. */
struct prepared {
    struct iam_password_hash hash;
    struct past past; /* that it was compared with */
};

static enum iam_status read_past(struct iam_call *call, struct iam_str user_id, int64_t remembered,
                                 struct past *ret)
{
    struct iam_login_profile profile;
    struct past past = { .remembered = remembered };
    enum iam_status st = iam_store_login_profile_get(call->txn, call->arena, user_id, &profile);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    past.current = st == IAM_OK ? profile.password_hash : iam_str_absent();
    if (remembered > 0) {
        IAM_TRY(iam_store_old_passwords(call->txn, call->arena, user_id, (size_t)remembered,
                                        &past.old));
    }
    *ret = past;
    return IAM_OK;
}

static int64_t newest_number(const struct past *past)
{
    return past->old.count > 0 ? past->old.items[0].number : 0;
}

/*
 * Tells whether a comparison with past holds for now too. Whom the policy does not remember, and
 * who is not asked for the old password, is compared with nothing.
 */
static bool still_holds(const struct past *past, const struct past *now, bool is_asked)
{
    if (now->remembered == 0 && !is_asked) {
        return true;
    }
    return iam_str_eq(iam_str_or(past->current, IAM_STR("")),
                      iam_str_or(now->current, IAM_STR(""))) &&
           newest_number(past) == newest_number(now) && now->remembered <= past->remembered;
}

/*
 * Returns the hash whose salt a new one takes: that of the passwords that it is compared with, at
 * the cost of one. Absent, for a salt of its own, when it is compared with none.
 */
static struct iam_str salt_of(const struct past *past)
{
    if (past->remembered == 0) {
        return iam_str_absent();
    }
    bool has_old = past->old.count > 0;
    return iam_str_or(past->current, has_old ? past->old.items[0].password_hash : iam_str_absent());
}

/* Tells in *ret whether password, which has this hash, is the one of another hash. */
static enum iam_status is_same(struct iam_str password, struct iam_str hash, struct iam_str other,
                               bool *ret)
{
    if (iam_password_has_salt_of(hash, other)) {
        *ret = iam_password_hash_equals(hash, other);
        return IAM_OK;
    }
    enum iam_status st = iam_password_verify(password, other);
    *ret = st == IAM_OK;
    return st == IAM_CONFLICT ? IAM_OK : st;
}

static enum iam_status was_used(const struct past *past, struct iam_str password,
                                struct iam_str hash, bool *ret)
{
    bool is_used = false;
    if (past->remembered > 0 && iam_str_is_set(past->current)) {
        IAM_TRY(is_same(password, hash, past->current, &is_used));
    }
    for (size_t i = 0; !is_used && i < past->old.count; i++) {
        IAM_TRY(is_same(password, hash, past->old.items[i].password_hash, &is_used));
    }
    *ret = is_used;
    return IAM_OK;
}

/* ---- the hash ---- */

/* Fails in the words of a denial: AWS answers AccessDenied to a wrong old password. */
static enum iam_status fail_old(struct iam_call *call, const struct iam_user *user)
{
    return api_fail(call, API_ERR_ACCESS_DENIED,
                    "User: %.*s is not authorized to perform: iam:ChangePassword on resource: user "
                    "%.*s",
                    IAM_STR_ARG(user->arn), IAM_STR_ARG(user->name));
}

/* Checks the old password, and that the new one is another. */
static enum iam_status check_old(struct iam_call *call, const struct iam_password_wish *wish,
                                 const struct past *past)
{
    if (!iam_str_is_set(wish->old)) {
        return IAM_OK;
    }
    IAM_ENSURE(iam_str_is_set(past->current), IAM_CORRUPT);
    enum iam_status st = iam_password_verify(wish->old, past->current);
    if (st == IAM_CONFLICT || (st == IAM_OK && iam_str_eq(wish->old, wish->password))) {
        return fail_old(call, wish->user);
    }
    return st;
}

static enum iam_status hash(const struct past *past, struct iam_str password,
                            struct iam_password_hash *ret)
{
    struct iam_str like = salt_of(past);
    return iam_str_is_set(like) ? iam_password_hash_like(password, like, ret)
                                : iam_password_hash(password, ret);
}

enum iam_status iam_password_prepare(struct iam_call *call, const struct iam_password_wish *wish)
{
    struct prepared *prepared = iam_arena_zalloc(call->arena, 1, sizeof(*prepared));
    struct policy policy;
    bool is_used;
    IAM_ENSURE(prepared != NULL, IAM_NOMEM);
    IAM_TRY(check(call, wish->password, &policy));
    IAM_TRY(read_past(call, wish->user->id, policy.remembered, &prepared->past));
    api_end_reading(call);
    IAM_TRY(check_old(call, wish, &prepared->past));
    IAM_TRY(hash(&prepared->past, wish->password, &prepared->hash));
    IAM_TRY(was_used(&prepared->past, wish->password, iam_str_c(prepared->hash.text), &is_used));
    if (is_used) {
        return api_fail(call, API_ERR_PASSWORD_POLICY_VIOLATION,
                        "Password does not conform to the account password policy.");
    }
    call->prepared = prepared;
    return IAM_OK;
}

enum iam_status iam_password_take(struct iam_call *call, const struct iam_password_wish *wish,
                                  struct iam_str *ret_hash, int64_t *ret_keep)
{
    const struct prepared *prepared = call->prepared;
    struct policy policy;
    struct past now;
    IAM_ENSURE(prepared != NULL, IAM_DENIED);
    IAM_TRY(check(call, wish->password, &policy));
    IAM_TRY(read_past(call, wish->user->id, policy.remembered, &now));
    if (!still_holds(&prepared->past, &now, iam_str_is_set(wish->old))) {
        return api_fail(call, API_ERR_ENTITY_TEMPORARILY_UNMODIFIABLE,
                        "Login Profile for User %.*s cannot be modified while login profile is "
                        "being modified.",
                        IAM_STR_ARG(wish->user->name));
    }
    *ret_hash = iam_str_c(prepared->hash.text);
    *ret_keep = now.remembered;
    return IAM_OK;
}

enum iam_status iam_password_keep(struct iam_call *call, int64_t *ret_keep)
{
    struct policy policy;
    IAM_TRY(read_policy(call, &policy));
    *ret_keep = policy.remembered;
    return IAM_OK;
}

/* ---- what the account grants ---- */

/*
 * Reads the account's own policy if that lets users change their passwords; *ret_may is false
 * otherwise, and for a caller that is no user.
 */
static enum iam_status users_may_change(struct iam_call *call, struct iam_password_policy *ret,
                                        bool *ret_may)
{
    *ret_may = false;
    if (call->subject.kind != IAM_KIND_USER) {
        return IAM_OK;
    }
    enum iam_status st =
        iam_store_password_policy_get(call->txn, call->arena, api_account(call), ret);
    *ret_may = st == IAM_OK && ret->users_may_change;
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* Tells whether the password of the caller, a user, has expired; one that there is not has not. */
static enum iam_status has_expired(struct iam_call *call, int64_t max_age_days, bool *ret)
{
    struct iam_str id = call->subject.view->id;
    struct iam_login_profile profile;
    int64_t since_ms = 0;
    *ret = false;
    enum iam_status st = iam_store_login_profile_get(call->txn, call->arena, id, &profile);
    if (st == IAM_NOT_FOUND || max_age_days == 0) {
        return IAM_OK;
    }
    IAM_TRY(st);
    IAM_TRY(iam_store_password_since(call->txn, call->arena, id, &profile, &since_ms));
    *ret = call->high_ms - since_ms >= max_age_days * DAY_MS;
    return IAM_OK;
}

/*
 * Grants what "Allow users to change their own password" gives them; with "Password expiration
 * requires administrator reset" not when it has expired, but a policy that permits
 * iam:ChangePassword then still does. SPEC: IAM User Guide, "Set an account password policy for IAM
 * users".
 */
enum iam_status api_iam_grant_change_own_password(struct iam_call *call, bool *ret)
{
    struct iam_password_policy policy;
    bool may;
    bool is_expired = false;
    IAM_TRY(users_may_change(call, &policy, &may));
    if (may && policy.is_hard_expiry) {
        IAM_TRY(has_expired(call, policy.max_age_days, &is_expired));
    }
    *ret = may && !is_expired;
    return IAM_OK;
}

enum iam_status api_iam_grant_see_password_policy(struct iam_call *call, bool *ret)
{
    struct iam_password_policy policy;
    return users_may_change(call, &policy, ret);
}
