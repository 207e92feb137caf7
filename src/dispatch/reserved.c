/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/reserved.h"

#include "dispatch/context.h"
#include "wire/member.h"

/*
 * Only services have entities under these paths. SPEC: IAM User Guide, "Using service-linked
 * roles".
 */
static const struct iam_str reserved_paths[] = {
    IAM_STR_INIT("/aws-service-role/"),
    IAM_STR_INIT("/aws-reserved/"),
};

/* What a list of tags can be told; recorded on AWS. */
static const char EMPTY_LIST[] = "Error occurred while validating input. ";
static const char RESERVED_KEY[] = "Tag keys beginning with aws: are reserved for system use.";
static const char TWO_KEYS[] = "Duplicate tag keys found.";
static const char TWO_KEYS_ANY_CASE[] =
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.";

static bool has_reserved_key(const struct api_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (iam_str_starts_nocase(api_tags_get(tags, i).key, IAM_STR("aws:"))) {
            return true;
        }
    }
    return false;
}

static bool has_twins(const struct api_tags *tags, bool is_exact)
{
    bool (*equal)(struct iam_str, struct iam_str) = is_exact ? iam_str_eq : iam_str_eq_nocase;
    for (size_t i = 1; i < tags->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (equal(api_tags_get(tags, i).key, api_tags_get(tags, j).key)) {
                return true;
            }
        }
    }
    return false;
}

/* Returns what is told of an empty list. */
static const char *no_tags(const struct api_target *target)
{
    const struct iam_kind_row *kind = iam_kind_get(target->ref.kind);
    return iam_str_is_set(kind->no_tags) ? kind->no_tags.p : EMPTY_LIST;
}

/*
 * Checks the rules that every list of tags must obey, in AWS's order: clients may not use what AWS
 * reserves (S32), and not one key twice. SPEC: IAM User Guide, "Tags for AWS Identity and Access
 * Management resources".
 */
static enum iam_status check_tags(struct iam_call *call, const struct api_member *member,
                                  const void *input)
{
    struct api_tags tags = api_member_tags(member, input);
    bool is_exact = api_target_has_exact_tag_keys(&call->target);
    const char *fault = NULL;

    if (tags.count == 0 && member->is_required) {
        fault = no_tags(&call->target);
    } else if (!call->op->rule->has_free_tag_keys && has_reserved_key(&tags)) {
        fault = RESERVED_KEY;
    } else if (has_twins(&tags, is_exact)) {
        fault = is_exact ? TWO_KEYS : TWO_KEYS_ANY_CASE;
    }
    return fault == NULL ? IAM_OK : api_fail(call, call->op->service->invalid_input, "%s", fault);
}

bool api_is_reserved_path(struct iam_str path)
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
                IAM_TRY(check_tags(call, p->keys[j].member, input));
            }
        }
        /* what is there may be listed */
        if (rule->txn != API_TXN_READ && api_is_reserved_path(api_member_text(p->path, input))) {
            return api_fail(call, call->op->service->invalid_input,
                            "The specified path is reserved for AWS services.");
        }
    }
    return IAM_OK;
}
