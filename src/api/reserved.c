/* SPDX-License-Identifier: Apache-2.0 */
#include "api/reserved.h"

#include "api/member.h"

/* Only services have entities under these. SPEC: IAM User Guide, "Using service-linked roles". */
static const struct iam_str reserved_paths[] = {
    IAM_STR_INIT("/aws-service-role/"),
    IAM_STR_INIT("/aws-reserved/"),
};

/* The members that give an entity a path. */
static const struct iam_str path_members[] = {
    IAM_STR_INIT("Path"),
    IAM_STR_INIT("NewPath"),
};

static enum iam_status refuse(struct iam_call *call, const char *message)
{
    bool is_iam = iam_str_eq(call->op->service->signing_name, IAM_STR("iam"));
    return api_fail(call, is_iam ? API_ERR_INVALID_INPUT : API_ERR_INVALID_PARAMETER_VALUE, "%s",
                    message);
}

/*
 * The rules that every list of tags keeps, before the tags become condition keys: two that differ
 * in case only would be one key with two values, and what AWS reserves is not a client's (S32).
 * SPEC: IAM User Guide, "Tags for AWS Identity and Access Management resources".
 */
static enum iam_status check_request_tags(struct iam_call *call, const void *input)
{
    struct api_tags tags;
    if ((call->op->context_keys & API_KEY_REQUEST_TAGS) == 0 ||
        !api_member_tags(call->op->input, input, IAM_STR("Tags"), &tags)) {
        return IAM_OK;
    }
    for (size_t i = 0; i < tags.count; i++) {
        struct iam_str key = api_tags_get(&tags, i).key;
        if (iam_str_starts_nocase(key, IAM_STR("aws:"))) {
            return refuse(call, "Tag keys that begin with aws: are reserved for system use.");
        }
        for (size_t j = 0; j < i; j++) {
            if (iam_str_eq_nocase(api_tags_get(&tags, j).key, key)) {
                return refuse(call, "Duplicate tag keys found. Please note that Tag keys are "
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

static enum iam_status check_paths(struct iam_call *call, const void *input)
{
    for (size_t i = 0; i < IAM_COUNT(path_members); i++) {
        if (is_reserved_path(api_member_string(call->op->input, input, path_members[i]))) {
            return refuse(call, "The specified path is reserved for AWS services.");
        }
    }
    return IAM_OK;
}

enum iam_status api_check_reserved(struct iam_call *call, const void *input)
{
    IAM_TRY(check_request_tags(call, input));
    return check_paths(call, input);
}
