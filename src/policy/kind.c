/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPEC: IAM User Guide, "Troubleshoot access denied error messages". Which kinds a denial names by
 * ARN is recorded (docs/conformance.md, "Denials").
 */
#include "policy/kind.h"

#define S(text) IAM_STR_INIT(text)

/* clang-format off */
static const struct iam_policy_kind_row ROWS[] = {
    [IAM_POLICY_IDENTITY] = { S("identity"), S("identity-based"),
        S("identity-based policy"), S("an identity-based policy"), true },
    [IAM_POLICY_RESOURCE] = { S("resource"), S("resource-based"),
        S("resource-based policy"), S("a resource-based policy"), false },
    [IAM_POLICY_TRUST] = { S("trust"), S("role trust policy"),
        S("role trust policy"), S("the role trust policy"), false },
    [IAM_POLICY_BOUNDARY] = { S("boundary"), S("permissions boundary"),
        S("permissions boundary"), S("a permissions boundary"), true },
    [IAM_POLICY_SESSION] = { S("session"), S("session"),
        S("session policy"), S("a session policy"), false },
    [IAM_POLICY_SCP] = { S("scp"), S("service control policy"),
        S("service control policy"), S("a service control policy"), true },
    [IAM_POLICY_RCP] = { S("rcp"), S("resource control policy"),
        S("resource control policy"), S("a resource control policy"), true },
    [IAM_POLICY_MANAGED] = { S("managed"), S("identity-based"),
        S("identity-based policy"), S("an identity-based policy"), true },
};
/* clang-format on */

const struct iam_policy_kind_row *iam_policy_kind_get(enum iam_policy_kind kind)
{
    return &ROWS[kind];
}

bool iam_policy_kind_find(struct iam_str word, enum iam_policy_kind *ret)
{
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        if (iam_str_eq(ROWS[i].word, word)) {
            *ret = (enum iam_policy_kind)i;
            return true;
        }
    }
    return false;
}
