/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iam/trust.h"

#include "iam/policy.h"
#include "model/arn.h"
#include "services/iam/convert.h"
#include "store/role.h"
#include "store/user.h"
#include "transfer/trust_text.h"

/* ---- in ---- */

static enum iam_status fail_principal(struct iam_call *call, struct iam_str value)
{
    return api_fail(call, API_ERR_MALFORMED_POLICY_DOCUMENT,
                    "Invalid principal in policy: \"AWS\":\"%.*s\"", API_QUOTED(value));
}

/*
 * Finds the ID of the user with this ARN, which must match in path and case; IAM_NOT_FOUND
 * otherwise.
 */
static enum iam_status find_user(struct iam_call *call, const struct iam_entity_arn *parts,
                                 struct iam_str arn, struct iam_str *ret_id)
{
    struct iam_user user;
    IAM_TRY(iam_store_user_get(call->txn, call->arena, parts->account, parts->name, &user));
    IAM_ENSURE(iam_str_eq(user.arn, arn), IAM_NOT_FOUND);
    *ret_id = user.id;
    return IAM_OK;
}

/*
 * Finds the ID of the role with this ARN, or of the role that the ARN of a session names;
 * IAM_NOT_FOUND otherwise.
 */
static enum iam_status find_role(struct iam_call *call, const struct iam_entity_arn *parts,
                                 struct iam_str arn, struct iam_str *ret_id)
{
    struct iam_role role;
    IAM_TRY(iam_store_role_get(call->txn, call->arena, parts->account, parts->name, &role));
    bool is_same = parts->kind == IAM_KIND_ROLE ? iam_str_eq(role.arn, arn)
                                                : iam_str_eq(role.name, parts->name);
    IAM_ENSURE(is_same, IAM_NOT_FOUND);
    *ret_id = role.id;
    return IAM_OK;
}

/*
 * Finds the ID of the principal with this ARN. *ret_id stays absent for what needs no pin: accounts
 * and federated users. IAM_NOT_FOUND: there is no such principal.
 */
static enum iam_status find_principal(struct iam_call *call, struct iam_str arn,
                                      struct iam_str *ret_id)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK) {
        return IAM_NOT_FOUND;
    }
    switch (parts.kind) {
    case IAM_KIND_USER:
        return find_user(call, &parts, arn, ret_id);
    case IAM_KIND_ROLE:
    case IAM_KIND_ROLE_SESSION:
        return find_role(call, &parts, arn, ret_id);
    case IAM_KIND_ACCOUNT:
    case IAM_KIND_FEDERATED_USER:
        return IAM_OK;
    default:
        return IAM_NOT_FOUND;
    }
}

static bool is_pinned(const struct iam_pinned_principal *pins, size_t count, struct iam_str arn)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(pins[i].principal_arn, arn)) {
            return true;
        }
    }
    return false;
}

static size_t count_principals(const struct iam_policy *policy)
{
    struct iam_str type;
    struct iam_str value;
    size_t count = 0;
    for (size_t pos = 0; iam_policy_next_principal(policy, &pos, &type, &value);) {
        count++;
    }
    return count;
}

/* Appends the principal to pins unless it needs no pin or has one already. */
static enum iam_status pin_principal(struct iam_call *call, struct iam_str arn,
                                     struct iam_pinned_principal *pins, size_t *count)
{
    struct iam_str id = iam_str_absent();
    if (is_pinned(pins, *count, arn)) {
        return IAM_OK;
    }
    enum iam_status st = find_principal(call, arn, &id);
    if (st == IAM_NOT_FOUND) {
        return fail_principal(call, arn);
    }
    IAM_TRY(st);
    if (iam_str_is_set(id)) {
        /* The text is borrowed from the policy, which is released before the pins are stored. */
        IAM_TRY(iam_arena_dup(call->arena, arn, &pins[*count].principal_arn));
        pins[(*count)++].unique_id = id;
    }
    return IAM_OK;
}

/*
 * Pins the principals that are ARNs. Accounts, unique IDs and "*" stay as they are: libiam has
 * checked their form.
 */
static enum iam_status pin_principals(struct iam_call *call, const struct iam_policy *policy,
                                      struct iam_trust *ret)
{
    struct iam_str type;
    struct iam_str value;
    size_t count = 0;
    struct iam_pinned_principal *pins =
        iam_arena_zalloc(call->arena, count_principals(policy) + 1, sizeof(*pins));
    IAM_ENSURE(pins != NULL, IAM_NOMEM);
    for (size_t pos = 0; iam_policy_next_principal(policy, &pos, &type, &value);) {
        if (iam_str_eq(type, IAM_STR("AWS")) && iam_str_starts(value, IAM_STR("arn:"))) {
            IAM_TRY(pin_principal(call, value, pins, &count));
        }
    }
    *ret = (struct iam_trust){ pins, count };
    return IAM_OK;
}

enum iam_status iam_trust_in(struct iam_call *call, struct iam_str document, struct iam_trust *ret)
{
    int64_t max = api_quota(call, IAM_QUOTA_TRUST_POLICY_SIZE);
    struct iam_policy *policy = NULL;
    if (api_is_over_size(iam_quota_document_chars(document), document.len, (size_t)max)) {
        return iam_check_quota(call, IAM_QUOTA_TRUST_POLICY_SIZE, max);
    }
    IAM_TRY(api_read_document(call, IAM_POLICY_TRUST, document, &policy));
    enum iam_status st = pin_principals(call, policy, ret);
    iam_policy_unref(policy);
    return st;
}

/* ---- out ---- */

enum iam_status iam_trust_out(struct iam_call *call, const struct iam_role *role,
                              struct iam_str *ret)
{
    struct iam_str document;
    IAM_TRY(iam_trust_text(call->txn, call->arena, role, &document));
    return api_encode_document(call, document, ret);
}
