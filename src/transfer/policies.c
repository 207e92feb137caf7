/* SPDX-License-Identifier: Apache-2.0 */
/* The list of managed policies: the account's own, then those of AWS that it uses. */
#include "codec/json.h"
#include "model/id.h"
#include "store/aws_policy.h"
#include "transfer/write_int.h"

/* LIMIT: of the versions of a policy of AWS, which can have hundreds. As in the API's answer. */
#define MAX_AWS_VERSIONS 5

static void add_version_id(struct writer *w, bool *first, struct iam_str name, int64_t number)
{
    iam_json_add_name(&w->one, first, name);
    iam_buf_add_fmt(&w->one, "\"v%lld\"", (long long)number);
}

static enum iam_status add_version(struct writer *w, bool is_first_version,
                                   const struct iam_policy_version *version)
{
    bool first = true;
    iam_buf_add(&w->one, is_first_version ? IAM_STR("{") : IAM_STR(",{"));
    IAM_TRY(write_document(w, &first, IAM_STR("Document"), version->document));
    add_version_id(w, &first, IAM_STR("VersionId"), version->number);
    write_bool(w, &first, IAM_STR("IsDefaultVersion"), version->is_default);
    write_date(w, &first, IAM_STR("CreateDate"), version->created_ms);
    iam_buf_add_char(&w->one, '}');
    return IAM_OK;
}

/* Writes everything that comes before the versions. */
static void begin(struct writer *w, bool *first, const struct iam_managed_policy *policy)
{
    iam_buf_add_char(&w->one, '{');
    write_text(w, first, IAM_STR("PolicyName"), policy->name);
    write_text(w, first, IAM_STR("PolicyId"), policy->id);
    write_text(w, first, IAM_STR("Arn"), policy->arn);
    write_text(w, first, IAM_STR("Path"), policy->path);
    add_version_id(w, first, IAM_STR("DefaultVersionId"), policy->default_version);
    write_number(w, first, IAM_STR("AttachmentCount"), policy->attachment_count);
    write_number(w, first, IAM_STR("PermissionsBoundaryUsageCount"), policy->boundary_count);
    write_bool(w, first, IAM_STR("IsAttachable"), true);
    if (iam_str_is_set(policy->description)) {
        write_text(w, first, IAM_STR("Description"), policy->description);
    }
    write_date(w, first, IAM_STR("CreateDate"), policy->created_ms);
    write_date(w, first, IAM_STR("UpdateDate"), policy->updated_ms);
    iam_json_add_name(&w->one, first, IAM_STR("PolicyVersionList"));
    iam_buf_add_char(&w->one, '[');
}

enum iam_status write_own_policy(struct writer *w, const struct iam_managed_policy *policy)
{
    const struct iam_entity_ref ref = { IAM_KIND_POLICY, policy->account, policy->id };
    struct iam_policy_version_list list = { 0 };
    bool first = true;
    begin(w, &first, policy);
    IAM_TRY(iam_store_version_list(w->txn, w->arena, policy->id, NULL, &list));
    for (size_t i = 0; i < list.count; i++) {
        struct iam_policy_version version;
        IAM_TRY(
            iam_store_version_get(w->txn, w->arena, policy->id, list.items[i].number, &version));
        IAM_TRY(add_version(w, i == 0, &version));
    }
    iam_buf_add_char(&w->one, ']');
    /* not in AWS's list */
    IAM_TRY(write_tags_of(w, &first, &ref));
    iam_buf_add_char(&w->one, '}');
    return IAM_OK;
}

/* ---- policies of AWS ---- */

static enum iam_status add_aws_versions(struct writer *w, const struct iam_catalogue_policy *from)
{
    for (size_t i = 0; i < from->version_count && i < MAX_AWS_VERSIONS; i++) {
        struct iam_policy_version version = { .number = from->versions[i].number,
                                              .is_default = i == 0,
                                              .created_ms = from->versions[i].created_ms };
        IAM_TRY(iam_catalogue_document(w->options->catalogue, w->arena, from, &from->versions[i],
                                       &version.document));
        IAM_TRY(add_version(w, i == 0, &version));
    }
    return IAM_OK;
}

static enum iam_status write_aws_policy(struct writer *w, const struct iam_catalogue_policy *from)
{
    const struct iam_unique_id id = iam_id_of_aws_policy(from->arn);
    struct iam_aws_counts counts;
    bool first = true;
    IAM_TRY(iam_store_aws_count(w->txn, w->account, from->arn, &counts));
    const struct iam_managed_policy policy = { .id = iam_id_str(&id),
                                               .name = from->name,
                                               .path = from->path,
                                               .arn = from->arn,
                                               .created_ms = from->created_ms,
                                               .updated_ms = from->updated_ms,
                                               .default_version = from->versions[0].number,
                                               .attachment_count = counts.attachments,
                                               .boundary_count = counts.boundaries };
    begin(w, &first, &policy);
    IAM_TRY(add_aws_versions(w, from));
    iam_buf_add(&w->one, IAM_STR("]}"));
    return write_entity(w);
}

/* Tells whether a policy is in a list that is in the order of ARNs. */
static bool is_used(const struct iam_aws_use_list *uses, struct iam_str arn)
{
    size_t low = 0;
    size_t high = uses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = iam_str_cmp(uses->items[middle].arn, arn);
        if (order == 0) {
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

enum iam_status write_aws_policies(struct writer *w)
{
    struct iam_catalogue_list all;
    struct iam_aws_use_list uses = { 0 };
    IAM_TRY(iam_store_aws_uses(w->txn, w->arena, w->account, &uses));
    IAM_TRY(iam_catalogue_list(w->options->catalogue, &all));
    for (size_t i = 0; i < all.count; i++) {
        if (is_used(&uses, all.items[i].arn)) {
            IAM_TRY(write_aws_policy(w, &all.items[i]));
        }
    }
    return IAM_OK;
}
