/* SPDX-License-Identifier: Apache-2.0 */
/* What refers to something else: it must be in the same files, or in the catalogue. */
#include "base/heap.h"
#include "model/arn.h"
#include "transfer/transfer_int.h"

/* ---- quotas ---- */

bool moved_count(struct iam_transfer *t, enum iam_quota quota, size_t count, const char *at)
{
    const struct iam_quota_row *row = iam_quota_get(quota);
    if (count > (size_t)row->limit) {
        transfer_tell(t, IAM_TRANSFER_ERROR, at, "%zu for %.*s are more than iamd can have: %lld",
                      count, IAM_STR_ARG(row->name), (long long)row->limit);
        return false;
    }
    if ((int64_t)count > t->most[quota]) {
        t->most[quota] = (int64_t)count;
    }
    return true;
}

/* ---- twice ---- */

/* Adds a key to what one entity has; false, and an error, when it is there. */
static void add_once(struct iam_transfer *t, struct iam_map *had, struct iam_str key,
                     const struct moved *e, const char *at)
{
    void *old = NULL;
    enum iam_status st = iam_map_put(had, key, t, &old);
    if (st != IAM_OK) {
        transfer_fail(t, st);
    } else if (old != NULL) {
        transfer_tell(t, IAM_TRANSFER_ERROR, at, "%.*s %.*s has %.*s twice", MOVED_NAME(e),
                      MOVED_QUOTED(key));
    }
}

static enum iam_status lower(struct iam_arena *arena, struct iam_str text, struct iam_str *ret)
{
    char *copy = iam_arena_alloc(arena, text.len);
    IAM_ENSURE(copy != NULL, IAM_NOMEM);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = iam_ascii_lower(text.p[i]);
    }
    *ret = (struct iam_str){ copy, text.len };
    return IAM_OK;
}

/* Checks the names of inline policies, which no other one of the entity has in any case. */
static void check_inline_names(struct iam_transfer *t, const struct moved *e)
{
    struct iam_map had;
    struct iam_str key;
    iam_map_init(&had, iam_heap(), t->options->seed);
    for (size_t i = 0; i < e->inline_count && t->status == IAM_OK; i++) {
        enum iam_status st = lower(t->arena, e->inlines[i].name, &key);
        if (st != IAM_OK) {
            transfer_fail(t, st);
        } else if (!moved_is_name(key)) {
            transfer_tell(t, IAM_TRANSFER_ERROR, e->inlines[i].at,
                          "%.*s is no name of an inline policy, of %.*s %.*s", MOVED_QUOTED(key),
                          MOVED_NAME(e));
        } else {
            add_once(t, &had, key, e, e->inlines[i].at);
        }
    }
    iam_map_done(&had);
}

/* ---- policies ---- */

static void check_aws_policy(struct iam_transfer *t, const struct moved *e,
                             const struct moved_ref *ref)
{
    const struct iam_catalogue_policy *found;
    enum iam_status st = iam_catalogue_find(t->options->catalogue, ref->arn_or_id, &found);
    if (st == IAM_NOT_FOUND) {
        transfer_tell(t, IAM_TRANSFER_LEFT, ref->at,
                      "the AWS managed policy %.*s of %.*s %.*s is not known here: until it is "
                      "(--aws-policies-dir), who has it may do nothing",
                      MOVED_QUOTED(ref->arn_or_id), MOVED_NAME(e));
    } else if (st != IAM_OK) {
        transfer_fail(t, st);
    }
}

static void check_policy(struct iam_transfer *t, const struct moved *e, const struct moved_ref *ref)
{
    struct iam_entity_arn parts;
    bool is_arn =
        iam_entity_arn_parse(ref->arn_or_id, &parts) == IAM_OK && parts.kind == IAM_KIND_POLICY;
    if (is_arn && iam_str_is_set(ref->name) && !iam_str_eq(ref->name, parts.name)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, ref->at, "%.*s is not the policy %.*s",
                      MOVED_QUOTED(ref->arn_or_id), MOVED_QUOTED(ref->name));
        return;
    }
    if (is_arn && iam_arn_is_aws_policy(ref->arn_or_id)) {
        check_aws_policy(t, e, ref);
        return;
    }
    struct moved *policy = is_arn ? moved_find(t, MOVED_POLICIES, parts.name) : NULL;
    if (policy == NULL || !iam_str_eq(policy->arn, ref->arn_or_id)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, ref->at,
                      "the policy %.*s of %.*s %.*s is not among the Policies",
                      MOVED_QUOTED(ref->arn_or_id), MOVED_NAME(e));
        return;
    }
    (ref == &e->boundary ? &policy->boundaries : &policy->attachments)->found++;
}

static void check_policies(struct iam_transfer *t, const struct moved *e)
{
    struct iam_map had;
    if (!moved_count(t, iam_kind_get(e->kind)->attached_quota, e->attached_count, e->at)) {
        return;
    }
    iam_map_init(&had, iam_heap(), t->options->seed);
    for (size_t i = 0; i < e->attached_count && t->status == IAM_OK; i++) {
        add_once(t, &had, e->attached[i].arn_or_id, e, e->attached[i].at);
        check_policy(t, e, &e->attached[i]);
    }
    iam_map_done(&had);
    if (e->boundary.at != NULL) {
        check_policy(t, e, &e->boundary);
    }
}

/* ---- groups, tags, roles ---- */

static void check_groups(struct iam_transfer *t, const struct moved *user)
{
    struct iam_map had;
    if (!moved_count(t, IAM_QUOTA_GROUPS_PER_USER, user->group_count, user->at)) {
        return;
    }
    iam_map_init(&had, iam_heap(), t->options->seed);
    for (size_t i = 0; i < user->group_count && t->status == IAM_OK; i++) {
        const struct moved_ref *ref = &user->groups[i];
        const struct moved *group = moved_find(t, MOVED_GROUPS, ref->name);
        if (group == NULL || !iam_str_eq(group->name, ref->name)) {
            transfer_tell(t, IAM_TRANSFER_ERROR, ref->at,
                          "the group %.*s of %.*s %.*s is not in GroupDetailList",
                          MOVED_QUOTED(ref->name), MOVED_NAME(user));
        } else {
            add_once(t, &had, group->name, user, ref->at);
        }
    }
    iam_map_done(&had);
}

static bool has_tag_before(const struct moved *e, size_t i)
{
    const struct iam_kind_row *row = iam_kind_get(e->kind);
    if (!row->has_exact_tag_keys) {
        return iam_tag_find(e->tags, i, e->tags[i].key) != NULL;
    }
    for (size_t before = 0; before < i; before++) {
        if (iam_str_eq(e->tags[before].key, e->tags[i].key)) {
            return true;
        }
    }
    return false;
}

static void check_tags(struct iam_transfer *t, const struct moved *e)
{
    if (!moved_count(t, IAM_QUOTA_TAGS, e->tag_count, e->at)) {
        return;
    }
    for (size_t i = 0; i < e->tag_count; i++) {
        if (e->tags[i].key.len == 0) {
            transfer_tell(t, IAM_TRANSFER_ERROR, e->at, "a tag of %.*s %.*s has no key",
                          MOVED_NAME(e));
        } else if (has_tag_before(e, i)) {
            transfer_tell(t, IAM_TRANSFER_ERROR, e->at, "%.*s %.*s has the tag %.*s twice",
                          MOVED_NAME(e), MOVED_QUOTED(e->tags[i].key));
        }
    }
}

static void check_profile(struct iam_transfer *t, const struct moved *profile)
{
    const struct moved *role = profile->owner;
    if (!iam_str_eq(profile->role.name, role->name) ||
        !iam_str_eq(profile->role.arn_or_id, role->id)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, profile->role.at,
                      "%.*s %.*s is in the list of %.*s %.*s and has another role, %.*s",
                      MOVED_NAME(profile), MOVED_NAME(role), MOVED_QUOTED(profile->role.name));
    }
    check_tags(t, profile);
}

/* ---- versions ---- */

static void check_versions(struct iam_transfer *t, const struct moved *policy)
{
    size_t defaults = 0;
    if (!moved_count(t, IAM_QUOTA_VERSIONS_PER_POLICY, policy->version_count, policy->at)) {
        return;
    }
    for (size_t i = 0; i < policy->version_count; i++) {
        const struct moved_document *version = &policy->versions[i];
        bool is_default = version->number == policy->default_version;
        defaults += is_default;
        if (is_default != version->is_default) {
            transfer_tell(t, IAM_TRANSFER_ERROR, version->at,
                          "IsDefaultVersion and DefaultVersionId of %.*s %.*s do not match",
                          MOVED_NAME(policy));
        }
        for (size_t before = 0; before < i; before++) {
            if (policy->versions[before].number == version->number) {
                transfer_tell(t, IAM_TRANSFER_ERROR, version->at,
                              "%.*s %.*s has the version v%lld twice", MOVED_NAME(policy),
                              (long long)version->number);
            }
        }
    }
    if (defaults == 0) {
        transfer_tell(t, IAM_TRANSFER_ERROR, policy->at,
                      "of %.*s %.*s the default version, v%lld, is not there", MOVED_NAME(policy),
                      (long long)policy->default_version);
    }
}

/* Tells when somebody who has the policy is not in the files. */
static void check_uses(struct iam_transfer *t, const struct moved *policy,
                       const struct moved_uses *uses, const char *member)
{
    if (uses->said >= 0 && uses->said != uses->found) {
        transfer_tell(
            t, IAM_TRANSFER_LEFT, policy->at,
            "%s of %.*s %.*s is %lld, and in the files it is %lld: some of the account is "
            "not in them",
            member, MOVED_NAME(policy), (long long)uses->said, (long long)uses->found);
    }
}

/* ---- all ---- */

static void check_one(struct iam_transfer *t, const struct moved *e)
{
    check_tags(t, e);
    if (e->kind == IAM_KIND_POLICY) {
        check_versions(t, e);
        check_uses(t, e, &e->attachments, "AttachmentCount");
        check_uses(t, e, &e->boundaries, "PermissionsBoundaryUsageCount");
        return;
    }
    check_policies(t, e);
    check_inline_names(t, e);
    check_groups(t, e);
    for (size_t i = 0; i < e->profile_count; i++) {
        check_profile(t, &e->profiles[i]);
    }
}

void transfer_check_references(struct iam_transfer *t)
{
    static const enum iam_quota quotas[MOVED_LISTS] = {
        [MOVED_USERS] = IAM_QUOTA_USERS,
        [MOVED_GROUPS] = IAM_QUOTA_GROUPS,
        [MOVED_ROLES] = IAM_QUOTA_ROLES,
        [MOVED_POLICIES] = IAM_QUOTA_POLICIES,
    };
    for (size_t i = 0; i < MOVED_LISTS; i++) {
        const struct moved_list *list = &t->lists[i];
        (void)moved_count(t, quotas[i], list->count, NULL);
        for (size_t e = 0; e < list->count && t->status == IAM_OK; e++) {
            check_one(t, &list->items[e]);
        }
    }
    (void)moved_count(t, IAM_QUOTA_INSTANCE_PROFILES, t->profile_count, NULL);
}
