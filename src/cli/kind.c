/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the kinds of policies, as options and cases write them. */
#include "cli/case.h"

static const struct iam_str names[] = {
    [IAM_POLICY_IDENTITY] = IAM_STR_INIT("identity"),
    [IAM_POLICY_RESOURCE] = IAM_STR_INIT("resource"),
    [IAM_POLICY_TRUST] = IAM_STR_INIT("trust"),
    [IAM_POLICY_BOUNDARY] = IAM_STR_INIT("boundary"),
    [IAM_POLICY_SESSION] = IAM_STR_INIT("session"),
    [IAM_POLICY_SCP] = IAM_STR_INIT("scp"),
    [IAM_POLICY_RCP] = IAM_STR_INIT("rcp"),
};

struct iam_str iam_policy_kind_name(enum iam_policy_kind kind)
{
    return names[kind];
}

bool iam_policy_kind_find(struct iam_str name, enum iam_policy_kind *ret)
{
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        if (iam_str_eq(names[i], name)) {
            *ret = (enum iam_policy_kind)i;
            return true;
        }
    }
    return false;
}
