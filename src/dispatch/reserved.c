/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/reserved.h"

#include "wire/member.h"

/*
 * Only services have entities under these paths. SPEC: IAM User Guide, "Using service-linked
 * roles".
 */
static const struct iam_str reserved_paths[] = {
    IAM_STR_INIT("/aws-service-role/"),
    IAM_STR_INIT("/aws-reserved/"),
};

/*
 * Checks the rules that every list of tags must obey, before the tags become condition keys: two
 * keys that differ only in case would be one condition key with two values, and clients may not use
 * what AWS reserves (S32). SPEC: IAM User Guide, "Tags for AWS Identity and Access Management
 * resources".
 */
static enum iam_status check_tags(struct iam_call *call, const struct api_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        struct iam_str key = api_tags_get(tags, i).key;
        if (iam_str_starts_nocase(key, IAM_STR("aws:"))) {
            return api_fail(call, call->op->service->invalid_input,
                            "Tag keys that begin with aws: are reserved for system use.");
        }
        for (size_t j = 0; j < i; j++) {
            if (iam_str_eq_nocase(api_tags_get(tags, j).key, key)) {
                return api_fail(call, call->op->service->invalid_input,
                                "Duplicate tag keys found. Please note that Tag keys are "
                                "case insensitive.");
            }
        }
    }
    return IAM_OK;
}

static bool is_reserved_path(struct iam_str path)
{
    for (size_t i = 0; i < IAM_COUNT(reserved_paths); i++) {
        if (iam_str_starts_nocase(path, reserved_paths[i])) {
            return true;
        }
    }
    return false;
}

enum iam_status api_check_reserved(struct iam_call *call, const void *input)
{
    const struct api_rule *rule = call->op->rule;
    for (size_t i = 0; i < rule->permission_count; i++) {
        const struct api_permission *p = &rule->permissions[i];
        for (size_t j = 0; j < p->key_count; j++) {
            if (p->keys[j].from == API_KEY_FROM_TAGS) {
                struct api_tags tags = api_member_tags(p->keys[j].member, input);
                IAM_TRY(check_tags(call, &tags));
            }
        }
        if (is_reserved_path(api_member_text(p->path, input))) {
            return api_fail(call, call->op->service->invalid_input,
                            "The specified path is reserved for AWS services.");
        }
    }
    return IAM_OK;
}
