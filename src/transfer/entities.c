/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users, groups, roles and managed policies, by their members. SPEC: IAM API Reference,
 * "UserDetail", "GroupDetail", "RoleDetail", "ManagedPolicyDetail"; Description and
 * MaxSessionDuration of a role, and Tags of policies and instance profiles, are those of "Role",
 * "Policy" and "InstanceProfile": AWS's list leaves them out, iamd's does not.
 */
#include "model/arn.h"
#include "transfer/transfer_int.h"

/* SPEC: IAM API Reference: of names, paths, ARNs, descriptions, tags, regions. */
#define MAX_NAME 128
#define MAX_PATH 512
#define MAX_ID 128
#define MAX_DESCRIPTION 1000
#define MAX_TAG_KEY 128
#define MAX_TAG_VALUE 256
#define MAX_REGION 64
#define MIN_SESSION 3600
#define MAX_SESSION 43200

#define MEMBER(name, read)              \
    {                                   \
        IAM_STR_INIT(name), read, false \
    }
#define NEEDED(name, read)             \
    {                                  \
        IAM_STR_INIT(name), read, true \
    }

/* ---- what all have ---- */

static void read_path(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_PATH, &((struct moved *)out)->path);
}

static void read_name(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_NAME, &((struct moved *)out)->name);
}

static void read_id(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_ID, &((struct moved *)out)->id);
}

static void read_arn(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, IAM_ARN_MAX, &((struct moved *)out)->arn);
}

static void read_created(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_date(t, node, &((struct moved *)out)->created_ms);
}

static void read_description(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_DESCRIPTION, &((struct moved *)out)->description);
}

static void read_key(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_TAG_KEY, &((struct iam_tag *)out)->key);
}

static void read_value(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_TAG_VALUE, &((struct iam_tag *)out)->value);
}

static void read_tag(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("Key", read_key),
        NEEDED("Value", read_value),
    };
    moved_object(t, node, "a tag", members, IAM_COUNT(members), out);
}

static void read_tags(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    moved_array(t, node, sizeof(*e->tags), read_tag, &items, &e->tag_count);
    e->tags = items;
}

/* ---- what principals have ---- */

static void read_ref_name(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_NAME, &((struct moved_ref *)out)->name);
}

static void read_ref_arn(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, IAM_ARN_MAX, &((struct moved_ref *)out)->arn_or_id);
}

static void read_attached_one(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("PolicyName", read_ref_name),
        NEEDED("PolicyArn", read_ref_arn),
    };
    ((struct moved_ref *)out)->at = moved_at(t, node);
    moved_object(t, node, "an attached policy", members, IAM_COUNT(members), out);
}

static void read_attached(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    moved_array(t, node, sizeof(*e->attached), read_attached_one, &items, &e->attached_count);
    e->attached = items;
}

/*
 * Checks the type of a boundary. SPEC: IAM API Reference, "AttachedPermissionsBoundary"; "Policy"
 * is what AWS answers.
 */
static void read_boundary_type(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct iam_str type = iam_str_absent();
    (void)out;
    moved_text(t, node, MAX_NAME, &type);
    if (iam_str_is_set(type) && !iam_str_eq(type, IAM_STR("Policy")) &&
        !iam_str_eq(type, IAM_STR("PermissionsBoundaryPolicy"))) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node),
                      "there is no boundary of the type %.*s", MOVED_QUOTED(type));
    }
}

static void read_boundary(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        MEMBER("PermissionsBoundaryType", read_boundary_type),
        NEEDED("PermissionsBoundaryArn", read_ref_arn),
    };
    struct moved *e = out;
    e->boundary.at = moved_at(t, node);
    moved_object(t, node, "a permissions boundary", members, IAM_COUNT(members), &e->boundary);
}

static void read_document_name(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_NAME, &((struct moved_document *)out)->name);
}

static void read_document(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_document(t, node, out);
}

static void read_inline(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("PolicyName", read_document_name),
        NEEDED("PolicyDocument", read_document),
    };
    moved_object(t, node, "an inline policy", members, IAM_COUNT(members), out);
}

static void read_inlines(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    moved_array(t, node, sizeof(*e->inlines), read_inline, &items, &e->inline_count);
    e->inlines = items;
}

/* ---- users ---- */

static void read_group_name(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved_ref *ref = out;
    ref->at = moved_at(t, node);
    moved_text(t, node, MAX_NAME, &ref->name);
}

static void read_groups(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    moved_array(t, node, sizeof(*e->groups), read_group_name, &items, &e->group_count);
    e->groups = items;
}

static void begin(struct iam_transfer *t, const struct iam_json *node, enum iam_kind kind,
                  struct moved *e)
{
    e->kind = kind;
    e->at = moved_at(t, node);
}

void moved_user(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("Path", read_path),
        NEEDED("UserName", read_name),
        NEEDED("UserId", read_id),
        NEEDED("Arn", read_arn),
        NEEDED("CreateDate", read_created),
        MEMBER("UserPolicyList", read_inlines),
        MEMBER("GroupList", read_groups),
        MEMBER("AttachedManagedPolicies", read_attached),
        MEMBER("PermissionsBoundary", read_boundary),
        MEMBER("Tags", read_tags),
    };
    begin(t, node, IAM_KIND_USER, out);
    moved_object(t, node, "a user", members, IAM_COUNT(members), out);
}

/* ---- groups ---- */

void moved_group(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("Path", read_path),
        NEEDED("GroupName", read_name),
        NEEDED("GroupId", read_id),
        NEEDED("Arn", read_arn),
        NEEDED("CreateDate", read_created),
        MEMBER("GroupPolicyList", read_inlines),
        MEMBER("AttachedManagedPolicies", read_attached),
    };
    begin(t, node, IAM_KIND_GROUP, out);
    moved_object(t, node, "a group", members, IAM_COUNT(members), out);
}

/* ---- roles ---- */

static void read_trust(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_document(t, node, &((struct moved *)out)->trust);
}

static void read_seconds(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_number(t, node, MIN_SESSION, MAX_SESSION, &((struct moved *)out)->max_session_seconds);
}

static void read_used_date(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_date(t, node, &((struct moved *)out)->last_used_ms);
}

static void read_used_region(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_REGION, &((struct moved *)out)->last_used_region);
}

static void read_used(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        MEMBER("LastUsedDate", read_used_date),
        MEMBER("Region", read_used_region),
    };
    moved_object(t, node, "the last use of a role", members, IAM_COUNT(members), out);
}

static void read_ref_id(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_text(t, node, MAX_ID, &((struct moved_ref *)out)->arn_or_id);
}

/* Reads which role a profile has; what else is said of it is said where the role is. */
static void read_profile_role(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("RoleName", read_ref_name),
        NEEDED("RoleId", read_ref_id),
        MEMBER("Path", NULL),
        MEMBER("Arn", NULL),
        MEMBER("CreateDate", NULL),
        MEMBER("AssumeRolePolicyDocument", NULL),
        MEMBER("Description", NULL),
        MEMBER("MaxSessionDuration", NULL),
        MEMBER("PermissionsBoundary", NULL),
        MEMBER("Tags", NULL),
        MEMBER("RoleLastUsed", NULL),
        MEMBER("SourceRoleTemplate", NULL),
    };
    ((struct moved_ref *)out)->at = moved_at(t, node);
    moved_object(t, node, "the role of an instance profile", members, IAM_COUNT(members), out);
}

static void read_profile_roles(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    size_t count = 0;
    moved_array(t, node, sizeof(e->role), read_profile_role, &items, &count);
    if (count == 1) {
        e->role = *(struct moved_ref *)items;
    } else if (items != NULL) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node),
                      "an instance profile in the list of a role has one role, this has %zu",
                      count);
    }
}

static void read_profile(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("Path", read_path),
        NEEDED("InstanceProfileName", read_name),
        NEEDED("InstanceProfileId", read_id),
        NEEDED("Arn", read_arn),
        NEEDED("CreateDate", read_created),
        NEEDED("Roles", read_profile_roles),
        MEMBER("Tags", read_tags),
    };
    begin(t, node, IAM_KIND_INSTANCE_PROFILE, out);
    moved_object(t, node, "an instance profile", members, IAM_COUNT(members), out);
}

static void read_profiles(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    moved_array(t, node, sizeof(*e->profiles), read_profile, &items, &e->profile_count);
    e->profiles = items;
    t->profile_count += e->profile_count;
}

void moved_role(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("Path", read_path),
        NEEDED("RoleName", read_name),
        NEEDED("RoleId", read_id),
        NEEDED("Arn", read_arn),
        NEEDED("CreateDate", read_created),
        NEEDED("AssumeRolePolicyDocument", read_trust),
        MEMBER("InstanceProfileList", read_profiles),
        MEMBER("RolePolicyList", read_inlines),
        MEMBER("AttachedManagedPolicies", read_attached),
        MEMBER("PermissionsBoundary", read_boundary),
        MEMBER("Tags", read_tags),
        MEMBER("RoleLastUsed", read_used),
        MEMBER("Description", read_description),
        MEMBER("MaxSessionDuration", read_seconds),
    };
    struct moved *e = out;
    begin(t, node, IAM_KIND_ROLE, e);
    e->max_session_seconds = IAM_SESSION_DEFAULT_SECONDS;
    moved_object(t, node, "a role", members, IAM_COUNT(members), e);
}

/* ---- managed policies ---- */

static void read_version_id(struct iam_transfer *t, const struct iam_json *node, int64_t *ret)
{
    struct iam_str text = iam_str_absent();
    moved_text(t, node, MAX_NAME, &text);
    if (iam_str_is_set(text) && (iam_policy_version_parse(text, ret) != IAM_OK || *ret == 0)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node), "%.*s is no version: one is \"v2\"",
                      MOVED_QUOTED(text));
    }
}

static void read_default(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    read_version_id(t, node, &((struct moved *)out)->default_version);
}

static void read_updated(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_date(t, node, &((struct moved *)out)->updated_ms);
}

static void read_number(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    read_version_id(t, node, &((struct moved_document *)out)->number);
}

static void read_is_default(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_bool(t, node, &((struct moved_document *)out)->is_default);
}

static void read_version_created(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_date(t, node, &((struct moved_document *)out)->created_ms);
}

static void read_version(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("Document", read_document),
        NEEDED("VersionId", read_number),
        NEEDED("IsDefaultVersion", read_is_default),
        NEEDED("CreateDate", read_version_created),
    };
    moved_object(t, node, "a version", members, IAM_COUNT(members), out);
}

static void read_versions(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    struct moved *e = out;
    void *items = NULL;
    moved_array(t, node, sizeof(*e->versions), read_version, &items, &e->version_count);
    e->versions = items;
}

static void read_attachments(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_number(t, node, 0, INT32_MAX, &((struct moved *)out)->attachments.said);
}

static void read_boundaries(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    moved_number(t, node, 0, INT32_MAX, &((struct moved *)out)->boundaries.said);
}

static bool is_aws_policy(const struct iam_json *node)
{
    const struct iam_json *arn = iam_json_member(node, IAM_STR("Arn"));
    return arn != NULL && iam_arn_is_aws_policy(arn->text);
}

void moved_policy(struct iam_transfer *t, const struct iam_json *node, void *out)
{
    static const struct moved_member members[] = {
        NEEDED("PolicyName", read_name),
        NEEDED("PolicyId", read_id),
        NEEDED("Arn", read_arn),
        NEEDED("Path", read_path),
        NEEDED("DefaultVersionId", read_default),
        MEMBER("AttachmentCount", read_attachments),
        MEMBER("PermissionsBoundaryUsageCount", read_boundaries),
        MEMBER("IsAttachable", NULL),
        MEMBER("Description", read_description),
        NEEDED("CreateDate", read_created),
        NEEDED("UpdateDate", read_updated),
        NEEDED("PolicyVersionList", read_versions),
        MEMBER("Tags", read_tags),
    };
    /* The catalogue has their documents; what they are there is compared. */
    static const struct moved_member aws_members[] = {
        NEEDED("Arn", read_arn),
        MEMBER("DefaultVersionId", read_default),
        MEMBER("PolicyName", NULL),
        MEMBER("PolicyId", NULL),
        MEMBER("Path", NULL),
        MEMBER("AttachmentCount", NULL),
        MEMBER("PermissionsBoundaryUsageCount", NULL),
        MEMBER("IsAttachable", NULL),
        MEMBER("Description", NULL),
        MEMBER("CreateDate", NULL),
        MEMBER("UpdateDate", NULL),
        MEMBER("PolicyVersionList", NULL),
    };
    struct moved *e = out;
    begin(t, node, IAM_KIND_POLICY, e);
    e->attachments.said = -1;
    e->boundaries.said = -1;
    if (is_aws_policy(node)) {
        moved_object(t, node, "an AWS managed policy", aws_members, IAM_COUNT(aws_members), e);
    } else {
        moved_object(t, node, "a managed policy", members, IAM_COUNT(members), e);
    }
}
