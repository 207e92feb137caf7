/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller may see of a parsed policy, and of a refusal. */
#include "policy/read_int.h"

struct iam_str iam_policy_text(const struct iam_policy *policy)
{
    return (struct iam_str){ (const char *)(policy + 1), policy->text_len };
}

enum iam_policy_kind iam_policy_kind_of(const struct iam_policy *policy)
{
    return (enum iam_policy_kind)policy->kind;
}

size_t iam_policy_statement_count(const struct iam_policy *policy)
{
    return policy->statement_count;
}

struct iam_str iam_policy_sid(const struct iam_policy *policy, size_t statement)
{
    return statement < policy->statement_count
               ? iam_statement_sid(&iam_policy_statements(policy)[statement])
               : iam_str_absent();
}

static struct iam_str type_of(const struct iam_named *n)
{
    switch ((enum iam_named_kind)n->kind) {
    case IAM_NAMED_SERVICE:
        return IAM_STR("Service");
    case IAM_NAMED_FEDERATED:
        return IAM_STR("Federated");
    case IAM_NAMED_CANONICAL:
        return IAM_STR("CanonicalUser");
    case IAM_NAMED_EVERYONE:
    case IAM_NAMED_ACCOUNT:
    case IAM_NAMED_ARN:
    case IAM_NAMED_ID:
        break;
    }
    return n->bare ? IAM_STR("*") : IAM_STR("AWS");
}

bool iam_policy_next_principal(const struct iam_policy *policy, size_t *pos,
                               struct iam_str *ret_type, struct iam_str *ret_value)
{
    size_t skip = *pos;
    for (uint32_t i = 0; i < policy->statement_count; i++) {
        const struct iam_statement *s = &iam_policy_statements(policy)[i];
        if (skip < s->principal_count) {
            const struct iam_named *n = &iam_statement_principals(s)[skip];
            *ret_type = type_of(n);
            *ret_value = iam_named_written(n);
            (*pos)++;
            return true;
        }
        skip -= s->principal_count;
    }
    return false;
}

struct iam_str iam_policy_refusal(const struct iam_diag *diag)
{
    struct iam_str all = iam_str_c(diag->message);
    return diag->answer_len > 0 ? iam_str_sub(all, 0, diag->answer_len) : all;
}
