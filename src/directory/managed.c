/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies: read when first needed, and again when the feed named them. A new version that
 * is not the default is a change of the policy too: what says the same as before keeps its mark,
 * and nobody's view is built again.
 */
#include "directory/read_int.h"
#include "model/arn.h"

static enum iam_status add_policy(struct iam_dir_pass *pass,
                                  const struct iam_effective_policy *policy,
                                  struct iam_dir_source **ret)
{
    struct iam_dir_source *source;
    struct iam_shared *document;

    IAM_TRY(iam_dir_source_new(pass->pool, IAM_DIR_POLICY, policy->id, policy->arn, &source));
    enum iam_status st =
        iam_shared_document(pass->pool, IAM_POLICY_IDENTITY, policy->document, &document);
    if (st != IAM_OK) {
        iam_dir_source_unref(source);
        return st;
    }
    iam_dir_source_fill(source, document, NULL, false);
    return iam_dir_show_new(pass, source, ret);
}

/* Adds a policy that is attached and does not exist: it breaks the views of those who have it. */
static enum iam_status add_lost(struct iam_dir_pass *pass, struct iam_str id, struct iam_str arn,
                                struct iam_dir_source **ret)
{
    struct iam_dir_source *source;

    IAM_TRY(iam_dir_source_new(pass->pool, IAM_DIR_POLICY, id, arn, &source));
    return iam_dir_show_new(pass, source, ret);
}

enum iam_status iam_dir_renew_policy(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    struct iam_effective_policy policy;
    struct iam_shared *document;

    if (!source->is_suspect) {
        return IAM_OK;
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    enum iam_status st =
        iam_store_effective_by_id(pass->txn, &pass->arena, iam_id_str(&source->id), &policy);
    if (st == IAM_NOT_FOUND) {
        return iam_dir_show_changed(pass, source, NULL, NULL, true);
    }
    IAM_TRY(st);
    IAM_TRY(iam_shared_document(pass->pool, IAM_POLICY_IDENTITY, policy.document, &document));
    /* Documents are shared, so one that is the same is the same one. */
    if (document != NULL && document == source->document) {
        iam_shared_unref(document);
        iam_dir_show_same(pass, source);
        return IAM_OK;
    }
    return iam_dir_show_changed(pass, source, document, NULL, false);
}

/*
 * Reads an AWS managed policy from the catalogue into the form in which the store returns its own.
 * IAM_NOT_FOUND; IAM_IO, IAM_CORRUPT, IAM_NOMEM.
 */
static enum iam_status read_aws(struct iam_dir_pass *pass, struct iam_str arn, struct iam_str id,
                                struct iam_effective_policy *ret)
{
    const struct iam_catalogue_policy *policy;

    IAM_TRY(iam_catalogue_find(pass->catalogue, arn, &policy));
    *ret = (struct iam_effective_policy){ .id = id, .account = IAM_ACCOUNT_AWS, .arn = arn };
    return iam_catalogue_document(pass->catalogue, &pass->arena, policy, &policy->versions[0],
                                  &ret->document);
}

enum iam_status iam_dir_need_policy(struct iam_dir_pass *pass, struct iam_str id,
                                    struct iam_str arn, struct iam_dir_source **ret)
{
    const bool is_aws = iam_arn_is_aws_policy(arn);
    const struct iam_unique_id aws_id = iam_id_of_aws_policy(arn);
    const struct iam_str key = is_aws ? iam_id_str(&aws_id) : id;
    struct iam_dir_source *source = iam_map_get(&pass->state->policies, key);
    struct iam_effective_policy policy;

    if (source != NULL) {
        IAM_TRY(iam_dir_renew_policy(pass, source));
        *ret = source;
        return IAM_OK;
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    enum iam_status st = is_aws ? read_aws(pass, arn, key, &policy)
                                : iam_store_effective_by_id(pass->txn, &pass->arena, key, &policy);
    if (st == IAM_NOT_FOUND) {
        return add_lost(pass, key, arn, ret);
    }
    IAM_TRY(st);
    return add_policy(pass, &policy, ret);
}
