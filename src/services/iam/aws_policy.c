/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS managed policies in the form of the account's own. SPEC: IAM User Guide, "AWS managed
 * policies": they are read like all others, and only AWS changes them.
 */
#include "services/iam/aws_policy.h"

#include "store/aws_policy.h"

/* SPEC: IAM User Guide, "Centralize root access". */
#define ROOT_TASK_PATH "/root-task/"

/* Fills in *ret without uses. */
static enum iam_status fill(struct iam_call *call, const struct iam_catalogue_policy *from,
                            struct iam_managed_policy *ret)
{
    const struct iam_unique_id id = iam_id_of_aws_policy(from->arn);
    *ret = (struct iam_managed_policy){ .account = IAM_ACCOUNT_AWS,
                                        .name = from->name,
                                        .path = from->path,
                                        .arn = from->arn,
                                        .created_ms = from->created_ms,
                                        .updated_ms = from->updated_ms,
                                        .default_version = from->versions[0].number };
    return iam_arena_dup(call->arena, iam_id_str(&id), &ret->id);
}

enum iam_status iam_policy_find(struct iam_call *call, struct iam_str arn,
                                struct iam_managed_policy *ret)
{
    const struct iam_catalogue_policy *found;
    if (!iam_arn_is_aws_policy(arn)) {
        return iam_store_policy_find(call->txn, call->arena, api_account(call), arn, ret);
    }
    IAM_TRY(iam_catalogue_find(call->env->catalogue, arn, &found));
    return fill(call, found, ret);
}

/* Fills in how often the account uses a policy. */
static enum iam_status count_uses(struct iam_call *call, struct iam_managed_policy *policy)
{
    struct iam_aws_counts counts;
    IAM_TRY(iam_store_aws_count(call->txn, api_account(call), policy->arn, &counts));
    policy->attachment_count = counts.attachments;
    policy->boundary_count = counts.boundaries;
    return IAM_OK;
}

enum iam_status iam_policy_count(struct iam_call *call, const struct iam_managed_policy *policy,
                                 struct iam_managed_policy *ret)
{
    struct iam_str account = api_account(call);
    if (!iam_is_aws_policy(policy)) {
        return iam_store_policy_get_by_id(call->txn, call->arena, account, policy->id, ret);
    }
    *ret = *policy;
    return count_uses(call, ret);
}

/* ---- versions ---- */

static void fill_version(const struct iam_catalogue_policy *policy, size_t i,
                         struct iam_policy_version *ret)
{
    const struct iam_catalogue_version *from = &policy->versions[i];
    *ret = (struct iam_policy_version){ .number = from->number,
                                        .is_default = i == 0,
                                        .created_ms = from->created_ms };
}

enum iam_status iam_policy_version(struct iam_call *call, const struct iam_managed_policy *policy,
                                   int64_t number, struct iam_policy_version *ret)
{
    const struct iam_catalogue_policy *found;
    struct iam_catalogue *catalogue = call->env->catalogue;
    if (!iam_is_aws_policy(policy)) {
        return iam_store_version_get(call->txn, call->arena, policy->id, number, ret);
    }
    IAM_TRY(iam_catalogue_find(catalogue, policy->arn, &found));
    for (size_t i = 0; i < found->version_count; i++) {
        if (found->versions[i].number == number) {
            fill_version(found, i, ret);
            return iam_catalogue_document(catalogue, call->arena, found, &found->versions[i],
                                          &ret->document);
        }
    }
    return IAM_NOT_FOUND;
}

/* Returns the place of the first version with a number below that of page. */
static size_t first_version(const struct iam_catalogue_policy *policy, const struct iam_page *page)
{
    int64_t below = INT64_MAX;
    size_t at = 0;
    if (page != NULL && iam_policy_version_parse(page->after, &below) != IAM_OK) {
        below = INT64_MAX;
    }
    while (at < policy->version_count && policy->versions[at].number >= below) {
        at++;
    }
    return at;
}

static enum iam_status list_versions(struct iam_call *call,
                                     const struct iam_catalogue_policy *policy,
                                     const struct iam_page *page,
                                     struct iam_policy_version_list *ret)
{
    size_t first = first_version(policy, page);
    size_t left = policy->version_count - first;
    size_t n = page != NULL && page->limit < left ? page->limit : left;
    struct iam_policy_version *items = iam_arena_zalloc(call->arena, n + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < n; i++) {
        fill_version(policy, first + i, &items[i]);
    }
    ret->rows = (struct iam_rows){ .items = items, .count = n, .is_truncated = n < left };
    return ret->is_truncated
               ? iam_arena_fmt(call->arena, &ret->next, "v%lld", (long long)items[n - 1].number)
               : IAM_OK;
}

enum iam_status iam_policy_versions(struct iam_call *call, const struct iam_managed_policy *policy,
                                    const struct iam_page *page,
                                    struct iam_policy_version_list *ret)
{
    const struct iam_catalogue_policy *found;
    if (!iam_is_aws_policy(policy)) {
        return iam_store_version_list(call->txn, call->arena, policy->id, page, ret);
    }
    IAM_TRY(iam_catalogue_find(call->env->catalogue, policy->arn, &found));
    return list_versions(call, found, page, ret);
}

/* ---- lists ---- */

/* Finds the use of a policy in a list that is in the order of ARNs. */
static struct iam_aws_use use_of(const struct iam_aws_use_list *uses, struct iam_str arn)
{
    size_t low = 0;
    size_t high = uses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = iam_str_cmp(uses->items[middle].arn, arn);
        if (order == 0) {
            return uses->items[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return (struct iam_aws_use){ 0 };
}

static bool is_listed(const struct iam_catalogue_policy *policy, const struct iam_aws_use *use,
                      const struct iam_policy_filter *filter)
{
    bool is_attached = use->attached != 0 && filter->usage != IAM_USAGE_BOUNDARY;
    bool is_bounding = use->bounding != 0 && filter->usage != IAM_USAGE_PERMISSIONS;
    bool is_in =
        !iam_str_is_set(filter->path_prefix) || iam_str_starts(policy->path, filter->path_prefix);
    return is_in && (!filter->only_used || is_attached || is_bounding);
}

/* Returns where a list continues: after the policy with that name. */
static size_t start_of(const struct iam_catalogue_list *all, struct iam_str after)
{
    for (size_t i = 0; after.len > 0 && i < all->count; i++) {
        if (iam_str_eq_nocase(all->items[i].name, after)) {
            return i + 1;
        }
    }
    return 0;
}

/* Lists what is in all from start on; at most limit. */
static enum iam_status list_from(struct iam_call *call, const struct iam_catalogue_list *all,
                                 size_t start, const struct iam_policy_filter *filter, size_t limit,
                                 struct iam_policy_list *ret)
{
    struct iam_aws_use_list uses = { 0 };
    size_t n = 0;
    IAM_TRY(iam_store_aws_uses(call->txn, call->arena, api_account(call), &uses));
    struct iam_managed_policy *items = iam_arena_zalloc(call->arena, limit + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    ret->rows = (struct iam_rows){ .items = items };
    for (size_t i = start; i < all->count && !ret->is_truncated; i++) {
        struct iam_aws_use use = use_of(&uses, all->items[i].arn);
        if (!is_listed(&all->items[i], &use, filter)) {
            continue;
        }
        if (n == limit) {
            ret->is_truncated = true;
            ret->next = items[n - 1].name;
            continue;
        }
        IAM_TRY(fill(call, &all->items[i], &items[n]));
        if (use.attached != 0 || use.bounding != 0) {
            IAM_TRY(count_uses(call, &items[n]));
        }
        n++;
    }
    ret->count = n;
    return IAM_OK;
}

enum iam_status iam_aws_policy_list(struct iam_call *call, const struct iam_policy_filter *filter,
                                    const struct iam_page *page, struct iam_policy_list *ret)
{
    struct iam_catalogue_list all;
    IAM_TRY(iam_catalogue_list(call->env->catalogue, &all));
    return list_from(call, &all, start_of(&all, page->after), filter, page->limit, ret);
}

/* ---- who may have one ---- */

bool iam_policy_is_for_root(const struct iam_managed_policy *policy)
{
    return iam_is_aws_policy(policy) && iam_str_starts(policy->path, IAM_STR(ROOT_TASK_PATH));
}

enum iam_status iam_check_attachable(struct iam_call *call, const struct iam_managed_policy *policy)
{
    if (!iam_is_aws_policy(policy) ||
        !iam_str_starts(policy->path, IAM_STR(IAM_SERVICE_ROLE_PATH))) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_POLICY_NOT_ATTACHABLE,
                    "Cannot attach a Service Role Policy to a Customer Role.");
}
