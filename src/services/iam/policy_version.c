/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of managed policies: a number is never used twice, and one version is in force. SPEC:
 * IAM User Guide, "Versioning IAM policies".
 */
#include "services/iam/convert.h"

#include "iam/policy.h"

enum iam_status iam_version_id(struct iam_call *call, int64_t number, struct iam_str *ret)
{
    return iam_arena_fmt(call->arena, ret, "v%lld", (long long)number);
}

static enum iam_status fail_no_version(struct iam_call *call, struct iam_str arn,
                                       struct iam_str version_id)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "Policy %.*s version %.*s does not exist or is not attachable.",
                    API_QUOTED(arn), API_QUOTED(version_id));
}

/* Finds the policy and the number that an ID names; does not look whether that version exists. */
static enum iam_status find_version(struct iam_call *call, struct iam_str arn,
                                    struct iam_str version_id,
                                    const struct iam_managed_policy **ret_policy,
                                    int64_t *ret_number)
{
    IAM_TRY(iam_check_policy_arn(call, arn));
    const struct iam_managed_policy *policy = api_target_entity(call, IAM_KIND_POLICY);
    if (policy == NULL || iam_policy_version_parse(version_id, ret_number) != IAM_OK) {
        return fail_no_version(call, arn, version_id);
    }
    *ret_policy = policy;
    return IAM_OK;
}

enum iam_status iam_policy_version_fill(struct iam_call *call,
                                        const struct iam_policy_version *from,
                                        struct api_iam_policy_version *to)
{
    *to = (struct api_iam_policy_version){ .is_default_version = api_bool(from->is_default),
                                           .create_date = api_time(from->created_ms) };
    return iam_version_id(call, from->number, &to->version_id);
}

static enum iam_status version_out(struct iam_call *call, const struct iam_policy_version *from,
                                   struct api_iam_policy_version **ret)
{
    struct api_iam_policy_version *version = iam_arena_zalloc(call->arena, 1, sizeof(*version));
    IAM_ENSURE(version != NULL, IAM_NOMEM);
    IAM_TRY(iam_policy_version_fill(call, from, version));
    *ret = version;
    return IAM_OK;
}

static enum iam_status check_version_quota(struct iam_call *call, struct iam_str policy_id)
{
    int64_t max = api_quota(call, IAM_QUOTA_VERSIONS_PER_POLICY);
    int64_t count;
    IAM_TRY(iam_store_version_count(call->txn, policy_id, &count));
    if (count < max) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_LIMIT_EXCEEDED,
                    "A managed policy can have up to %lld versions. Before you create a new "
                    "version, you must delete an existing version.",
                    (long long)max);
}

enum iam_status api_iam_create_policy_version(struct iam_call *call,
                                              const struct api_iam_create_policy_version_in *in,
                                              struct api_iam_create_policy_version_out *out)
{
    const struct iam_managed_policy *policy;
    size_t max_chars = (size_t)api_quota(call, IAM_QUOTA_MANAGED_POLICY_SIZE);
    struct iam_policy_version version = { .is_default =
                                              in->set_as_default.is_set && in->set_as_default.value,
                                          .created_ms = iam_created_now(call) };
    IAM_TRY(iam_check_own_policy(call, in->policy_arn, "create versions for"));
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    IAM_TRY(api_check_document(call, IAM_POLICY_MANAGED, in->policy_document, max_chars));
    IAM_TRY(check_version_quota(call, policy->id));
    IAM_TRY(iam_store_version_add(call->txn, policy->account, policy->id, in->policy_document,
                                  version.is_default, version.created_ms, &version.number));
    return version_out(call, &version, &out->policy_version);
}

enum iam_status api_iam_get_policy_version(struct iam_call *call,
                                           const struct api_iam_get_policy_version_in *in,
                                           struct api_iam_get_policy_version_out *out)
{
    const struct iam_managed_policy *policy = NULL;
    struct iam_policy_version version;
    int64_t number = 0;
    IAM_TRY(find_version(call, in->policy_arn, in->version_id, &policy, &number));
    enum iam_status st = iam_policy_version(call, policy, number, &version);
    if (st == IAM_NOT_FOUND) {
        return fail_no_version(call, in->policy_arn, in->version_id);
    }
    IAM_TRY(st);
    IAM_TRY(version_out(call, &version, &out->policy_version));
    return api_encode_document(call, version.document, &out->policy_version->document);
}

static enum iam_status version_list_out(struct iam_call *call,
                                        const struct iam_policy_version_list *from,
                                        struct api_iam_policy_document_version_list *ret)
{
    struct api_iam_policy_version *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        IAM_TRY(iam_policy_version_fill(call, &from->items[i], &items[i]));
    }
    *ret = (struct api_iam_policy_document_version_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status api_iam_list_policy_versions(struct iam_call *call,
                                             const struct api_iam_list_policy_versions_in *in,
                                             struct api_iam_list_policy_versions_out *out)
{
    const struct iam_managed_policy *policy;
    struct iam_page page;
    struct iam_policy_version_list versions = { 0 };
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_policy_versions(call, policy, &page, &versions));
    IAM_TRY(version_list_out(call, &versions, &out->versions));
    return api_page_close(call, versions.is_truncated, versions.next, &out->is_truncated,
                          &out->marker);
}

enum iam_status
api_iam_set_default_policy_version(struct iam_call *call,
                                   const struct api_iam_set_default_policy_version_in *in)
{
    const struct iam_managed_policy *policy = NULL;
    int64_t number = 0;
    IAM_TRY(iam_check_own_policy(call, in->policy_arn, "update"));
    IAM_TRY(find_version(call, in->policy_arn, in->version_id, &policy, &number));
    enum iam_status st = iam_store_version_set_default(call->txn, policy->account, policy->id,
                                                       number, iam_created_now(call));
    return st == IAM_NOT_FOUND ? fail_no_version(call, in->policy_arn, in->version_id) : st;
}

enum iam_status api_iam_delete_policy_version(struct iam_call *call,
                                              const struct api_iam_delete_policy_version_in *in)
{
    const struct iam_managed_policy *policy = NULL;
    int64_t number = 0;
    IAM_TRY(iam_check_own_policy(call, in->policy_arn, "delete policy versions for"));
    IAM_TRY(find_version(call, in->policy_arn, in->version_id, &policy, &number));
    if (number == policy->default_version) {
        return api_fail(call, API_ERR_DELETE_CONFLICT,
                        "Cannot delete the default version of a policy.");
    }
    enum iam_status st = iam_store_version_delete(call->txn, policy->account, policy->id, number);
    return st == IAM_NOT_FOUND ? fail_no_version(call, in->policy_arn, in->version_id) : st;
}
