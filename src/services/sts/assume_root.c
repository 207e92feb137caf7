/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:AssumeRoot. Nobody is let in: the server has one account, and only that of another one of an
 * organization can be asked for. What was recorded on AWS of the input and of the denial is in
 * docs/conformance.md; the kind of the sessions is complete (model/kind.c).
 * SPEC: STS API Reference, "AssumeRoot".
 */
#include "api_sts.gen.h"
#include "dispatch/call.h"
#include "model/arn.h"
#include "model/id.h"

static const struct iam_str TASKS[] = {
    IAM_STR_INIT("arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"),
    IAM_STR_INIT("arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword"),
    IAM_STR_INIT("arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"),
    IAM_STR_INIT("arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"),
    IAM_STR_INIT("arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"),
};

static bool is_task(const struct api_sts_policy_descriptor *policy)
{
    for (size_t i = 0; i < IAM_COUNT(TASKS); i++) {
        if (iam_str_eq(TASKS[i], policy->arn)) {
            return true;
        }
    }
    return false;
}

/* Returns the account that is meant, by its ID or by the ARN of its root user; absent: none is. */
static struct iam_str target_account(struct iam_str principal)
{
    struct iam_entity_arn arn;
    if (iam_account_id_is_valid(principal)) {
        return principal;
    }
    bool is_root = iam_entity_arn_parse(principal, &arn) == IAM_OK && arn.kind == IAM_KIND_ACCOUNT;
    return is_root ? arn.account : iam_str_absent();
}

/* Resolves to the root user of the account. What the input lacks is told before permissions. */
enum iam_status api_sts_resolve_root_user(struct iam_call *call, const void *in,
                                          const struct api_reference *ref, struct api_target *ret)
{
    const struct api_sts_assume_root_in *input = in;
    ret->account = target_account(ref->name);
    if (!iam_str_is_set(ret->account)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Request must contain a valid target principal");
    }
    if (!is_task(input->task_policy_arn)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Request must contain valid AWS managed task policy ARN");
    }
    ret->facts[0] = (struct api_fact_text){ IAM_STR("task_policy"), input->task_policy_arn->arn };
    return iam_arena_fmt(call->arena, &ret->arn, "arn:" IAM_PARTITION ":iam::%.*s:root",
                         IAM_STR_ARG(ret->account));
}

/* Denies who may do it, as AWS does for an account that manages no organization. */
enum iam_status api_sts_assume_root(struct iam_call *call, const struct api_sts_assume_root_in *in,
                                    struct api_sts_assume_root_out *out)
{
    struct iam_str caller = api_subject_arn(&call->subject);
    (void)in;
    (void)out;
    return api_fail(call, API_ERR_ACCESS_DENIED,
                    "User: %.*s is not authorized to perform: sts:AssumeRoot on resource: %.*s",
                    IAM_STR_ARG(caller), IAM_STR_ARG(call->target.arn));
}
