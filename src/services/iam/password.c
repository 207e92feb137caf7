/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Password policies. The sentences are those that AWS answers with; which of them it answers when
 * several rules are broken is not known: here it is the first.
 */
#include "services/iam/password.h"

#include "keeper/password.h"
#include "store/account.h"

#define TYPE_COUNT 4

struct policy {
    size_t min_chars;
    size_t min_types;       /* of characters, of those in TYPES */
    bool needs[TYPE_COUNT]; /* each of TYPES */
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
        .needs = {own.needs_upper, own.needs_lower, own.needs_digit, own.needs_symbol}
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

static enum iam_status check(struct iam_call *call, struct iam_str password)
{
    struct policy policy;
    IAM_TRY(read_policy(call, &policy));
    IAM_TRY(check_length(call, &policy, password));
    IAM_TRY(check_types(call, &policy, password));
    return check_account_name(call, password);
}

/* ---- the hash ---- */

enum iam_status iam_password_prepare(struct iam_call *call, struct iam_str password)
{
    struct iam_password_hash *hash = iam_arena_alloc(call->arena, sizeof(*hash));
    IAM_ENSURE(hash != NULL, IAM_NOMEM);
    IAM_TRY(check(call, password));
    api_end_reading(call);
    IAM_TRY(iam_password_hash(password, hash));
    call->prepared = hash;
    return IAM_OK;
}

struct iam_str iam_password_prepared(const struct iam_call *call)
{
    const struct iam_password_hash *hash = call->prepared;
    return hash != NULL ? iam_str_c(hash->text) : iam_str_absent();
}
