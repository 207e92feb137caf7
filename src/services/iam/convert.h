/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversion of the store's entities to the API's structs, and the checks that all families of
 * handlers share. Everything made here lives in the call's arena.
 */
#pragma once

#include "api_iam.gen.h"
#include "dispatch/call.h"
#include "model/id.h"
#include "model/quota.h"
#include "services/iam/aws_policy.h"
#include "store/group.h"
#include "store/instance_profile.h"
#include "store/tag.h"
#include "store/user.h"

static inline struct iam_entity_ref iam_ref_user(const struct iam_user *u)
{
    return (struct iam_entity_ref){ IAM_KIND_USER, u->account, u->id };
}

static inline struct iam_entity_ref iam_ref_group(const struct iam_group *g)
{
    return (struct iam_entity_ref){ IAM_KIND_GROUP, g->account, g->id };
}

static inline struct iam_entity_ref iam_ref_role(const struct iam_role *r)
{
    return (struct iam_entity_ref){ IAM_KIND_ROLE, r->account, r->id };
}

static inline struct iam_entity_ref iam_ref_policy(const struct iam_managed_policy *p)
{
    return (struct iam_entity_ref){ IAM_KIND_POLICY, p->account, p->id };
}

/* Returns the account in which the call acts. */
static inline struct iam_entity_ref iam_ref_own_account(const struct iam_call *call)
{
    return (struct iam_entity_ref){ IAM_KIND_ACCOUNT, api_account(call), api_account(call) };
}

/* Makes a new unique ID of that kind. */
enum iam_status iam_new_id(struct iam_call *call, enum iam_kind kind,
                           struct iam_str *ret) IAM_MUST_USE;
/* Returns the time of the call in whole seconds, as IAM keeps it. */
int64_t iam_created_now(const struct iam_call *call);
/* Returns path, or "/" when it is absent. */
struct iam_str iam_path_or_root(struct iam_str path);

/* Fails with LimitExceeded when count has reached the quota. */
enum iam_status iam_check_quota(struct iam_call *call, enum iam_quota quota,
                                int64_t count) IAM_MUST_USE;
/* Checks the quota of a kind in the same way: how many an account, or an owner, may have of it. */
static inline enum iam_status iam_check_kind_quota(struct iam_call *call, enum iam_kind kind,
                                                   int64_t count)
{
    return iam_check_quota(call, iam_kind_get(kind)->quota, count);
}
/*
 * Fails with LimitExceeded when the account has as many entities of kind as its quota permits;
 * table is where they are stored.
 */
enum iam_status iam_check_room(struct iam_call *call, enum iam_kind kind,
                               enum iam_table_id table) IAM_MUST_USE;
/* Fails with DeleteConflict when count is above 0: "Cannot delete entity, must <what> first." */
enum iam_status iam_check_none_left(struct iam_call *call, int64_t count,
                                    const char *what) IAM_MUST_USE;

/* Whose credentials a call is about. */
struct iam_owner {
    struct iam_entity_ref ref; /* a user, or the account: its root user */
    struct iam_str name;       /* absent: the root user */
};
/*
 * Finds the owner of credentials. Without a name that is the caller itself, which may be the root
 * user but not a session. Otherwise fails as iam_need_user does.
 */
enum iam_status iam_need_owner(struct iam_call *call, struct iam_str user_name,
                               struct iam_owner *ret) IAM_MUST_USE;
/* Returns the Status of a credential. */
static inline struct iam_str iam_active_text(bool is_active)
{
    return is_active ? IAM_STR("Active") : IAM_STR("Inactive");
}
/* Reads a Status that is to be set. Fails with InvalidInput for Expired, which nobody sets. */
enum iam_status iam_check_active(struct iam_call *call, struct iam_str status,
                                 bool *ret) IAM_MUST_USE;

/*
 * Sets the tags of a request on entity. A key that exists is replaced; for users and roles case
 * does not matter. More tags than the quota permits are refused. SPEC: IAM User Guide, "Tags for
 * AWS Identity and Access Management resources".
 */
enum iam_status iam_tags_put(struct iam_call *call, const struct iam_entity_ref *entity,
                             const struct api_iam_tag_list *in) IAM_MUST_USE;
/* Makes an answer of tags, a list that is set also when it is empty. */
enum iam_status iam_tag_list_out(struct iam_call *call, const struct iam_tag_list *from,
                                 struct api_iam_tag_list *ret) IAM_MUST_USE;
/* Reads all tags of entity; *ret is not set when there are none. */
enum iam_status iam_tags_out(struct iam_call *call, const struct iam_entity_ref *entity,
                             struct api_iam_tag_list *ret) IAM_MUST_USE;

/*
 * Removes the tags with these keys; a key that does not exist is no error. An empty list is one for
 * some kinds: InvalidInput.
 */
enum iam_status iam_untag(struct iam_call *call, const struct iam_entity_ref *entity,
                          const struct api_iam_tag_key_list *keys) IAM_MUST_USE;

/* What ListUserTags and similar operations answer. */
struct iam_tag_page {
    struct api_iam_tag_list tags;
    struct api_opt_bool is_truncated;
    struct iam_str marker;
};
/* Reads a page of the tags of entity, in the order that its kind has. */
enum iam_status iam_tag_page(struct iam_call *call, const struct iam_entity_ref *entity,
                             struct iam_str marker, struct api_opt_int max_items,
                             struct iam_tag_page *ret) IAM_MUST_USE;

/* Reads all tags of entity in the order that its kind has; an empty list when there are none. */
enum iam_status iam_tags_by_key(struct iam_call *call, const struct iam_entity_ref *entity,
                                struct api_iam_tag_list *ret) IAM_MUST_USE;

/*
 * Takes for *ret the ARN that the client sent. It may be of another account, which owns the
 * resource then, or no ARN at all: that is no resource, and the handler says what is wrong with it.
 */
void iam_set_sent_arn(struct iam_str sent, struct api_target *ret);
/*
 * Fails with InvalidInput for the ARN of anything but that kind, and with ValidationError for a
 * text that is no ARN, or one of another partition.
 */
enum iam_status iam_check_arn(struct iam_call *call, enum iam_kind kind,
                              struct iam_str arn) IAM_MUST_USE;
/* Checks the ARN of a managed policy in the same way. */
enum iam_status iam_check_policy_arn(struct iam_call *call, struct iam_str arn) IAM_MUST_USE;
/* Fails with NoSuchEntity, "The user with name <name> cannot be found." */
enum iam_status iam_fail_no_user(struct iam_call *call, struct iam_str name);
/* Fails with ValidationError, for a caller that is no user and names none. */
enum iam_status iam_fail_unnamed_user(struct iam_call *call);
/* Fails with NoSuchEntity, "The role with name <name> cannot be found." */
enum iam_status iam_fail_no_role(struct iam_call *call, struct iam_str name);
/* Fails with NoSuchEntity, "Policy <arn> does not exist or is not attachable." */
enum iam_status iam_fail_no_policy(struct iam_call *call, struct iam_str arn);
/* Fails with NoSuchEntity, "Policy <arn> was not found." */
enum iam_status iam_fail_policy_not_found(struct iam_call *call, struct iam_str arn);
/*
 * Fails with AccessDenied, "Cannot <doing> policies outside your own account.", for the ARN of a
 * managed policy of AWS or of another account, whether or not there is one.
 */
enum iam_status iam_check_own_policy(struct iam_call *call, struct iam_str arn,
                                     const char *doing) IAM_MUST_USE;
/* Formats the ID of a version: "v12" for 12. */
enum iam_status iam_version_id(struct iam_call *call, int64_t number,
                               struct iam_str *ret) IAM_MUST_USE;
static inline bool iam_role_is_of_service(const struct iam_role *role)
{
    return iam_str_starts(role->path, IAM_STR(IAM_SERVICE_ROLE_PATH));
}

/*
 * Makes the ARN that the role of a service has, or will have; of a service that is not known it has
 * no name.
 */
enum iam_status iam_service_role_arn(struct iam_call *call,
                                     const struct api_iam_create_service_linked_role_in *in,
                                     struct iam_str *ret) IAM_MUST_USE;
/* Creates the role of a service and reads it. Fails as CreateServiceLinkedRole does. */
enum iam_status iam_service_role_add(struct iam_call *call,
                                     const struct api_iam_create_service_linked_role_in *in,
                                     struct iam_role *ret) IAM_MUST_USE;

/*
 * Finds the managed policy that is to become a boundary, as the store is told of it; absent for an
 * absent ARN.
 * Fails as iam_check_policy_arn does, and with NoSuchEntity for a policy that does not exist.
 */
enum iam_status iam_boundary_in(struct iam_call *call, struct iam_str arn,
                                struct iam_str *ret_policy) IAM_MUST_USE;
/* Puts what iam_boundary_in has found into the two members of a user or role that is added. */
static inline void iam_boundary_set(struct iam_str policy, struct iam_str *ret_own_id,
                                    struct iam_str *ret_aws_arn)
{
    bool is_aws = iam_arn_is_aws_policy(policy);
    *ret_own_id = is_aws ? iam_str_absent() : policy;
    *ret_aws_arn = is_aws ? policy : iam_str_absent();
}
/* Makes what is shown of a boundary; *ret is NULL for an absent ARN. */
enum iam_status iam_boundary_out(struct iam_call *call, struct iam_str arn,
                                 struct api_iam_attached_permissions_boundary **ret) IAM_MUST_USE;

/*
 * Attaches a managed policy, with all checks: NoSuchEntity, PolicyNotAttachable, LimitExceeded
 * above the quota of the entity's kind.
 */
enum iam_status iam_attach(struct iam_call *call, const struct iam_entity_ref *entity,
                           struct iam_str arn) IAM_MUST_USE;
/* Writes an inline policy of a role, with all checks: MalformedPolicyDocument, LimitExceeded. */
enum iam_status iam_role_inline_put(struct iam_call *call, const struct iam_role *role,
                                    struct iam_str policy_name,
                                    struct iam_str document) IAM_MUST_USE;
/* Fills in what every operation shows of a role: path, name, ID, ARN, date and trust policy. */
enum iam_status iam_role_fill(struct iam_call *call, const struct iam_role *from,
                              struct api_iam_role *to) IAM_MUST_USE;
/* Makes what is shown of the last use, which is empty when the role was never used. */
enum iam_status iam_role_last_used_out(struct iam_call *call, const struct iam_role *from,
                                       struct api_iam_role_last_used **ret) IAM_MUST_USE;
/* Makes a list of instance profiles, each with its role. */
enum iam_status
iam_instance_profile_list_out(struct iam_call *call, const struct iam_instance_profile_list *from,
                              struct api_iam_instance_profile_list *ret) IAM_MUST_USE;
/* Fills in everything that is shown of a version but the document. */
enum iam_status iam_policy_version_fill(struct iam_call *call,
                                        const struct iam_policy_version *from,
                                        struct api_iam_policy_version *to) IAM_MUST_USE;
/* Makes an answer of attached policies. */
enum iam_status iam_attached_list_out(struct iam_call *call, const struct iam_attached_list *from,
                                      struct api_iam_attached_policies_list *ret) IAM_MUST_USE;
/*
 * Reads one page of the policies attached to entity, as stored (for the end of the page) and as
 * answered.
 */
enum iam_status iam_attached_out(struct iam_call *call, const struct iam_entity_ref *entity,
                                 struct iam_str path_prefix, const struct iam_page *page,
                                 struct iam_attached_list *ret_page,
                                 struct api_iam_attached_policies_list *ret) IAM_MUST_USE;
/* Fills in what a list shows; operations that show one entity add its boundary and tags. */
void iam_user_out(const struct iam_user *from, struct api_iam_user *to);
void iam_group_out(const struct iam_group *from, struct api_iam_group *to);
/*
 * Makes what is shown of the root user, which is no IAM user and has neither name nor path.
 * SPEC: recorded on AWS, docs/conformance.md, "Requests of IAM and STS".
 */
enum iam_status iam_root_out(struct iam_call *call, struct api_iam_user **ret) IAM_MUST_USE;
/* Reads what the account has chosen for itself; what a new account has when it has not. */
enum iam_status iam_account_settings(struct iam_call *call,
                                     struct iam_account_settings *ret) IAM_MUST_USE;
/* Makes what is shown of one user, with its boundary and tags. */
enum iam_status iam_user_full(struct iam_call *call, const struct iam_user *from,
                              struct api_iam_user **ret) IAM_MUST_USE;
enum iam_status iam_user_list_out(struct iam_call *call, const struct iam_user_list *from,
                                  struct api_iam_user_list *ret) IAM_MUST_USE;
enum iam_status iam_group_list_out(struct iam_call *call, const struct iam_group_list *from,
                                   struct api_iam_group_list *ret) IAM_MUST_USE;

/*
 * Returns in *ret the resolved entity of the call; NoSuchEntity with the name that was given when
 * there is none. Fails with ValidationError for a caller that is no user and names none; for a
 * policy, also as iam_check_policy_arn does.
 */
enum iam_status iam_need_user(struct iam_call *call, struct iam_str name,
                              const struct iam_user **ret) IAM_MUST_USE;
enum iam_status iam_need_group(struct iam_call *call, struct iam_str name,
                               const struct iam_group **ret) IAM_MUST_USE;
enum iam_status iam_need_role(struct iam_call *call, struct iam_str name,
                              const struct iam_role **ret) IAM_MUST_USE;
/*
 * Does what iam_need_role does for a role that is to be changed: UnmodifiableEntity for one that
 * belongs to a service.
 */
enum iam_status iam_need_own_role(struct iam_call *call, struct iam_str name,
                                  const struct iam_role **ret) IAM_MUST_USE;
/* Fails with UnmodifiableEntity for a role that belongs to a service. */
enum iam_status iam_check_own_role(struct iam_call *call, const struct iam_role *role) IAM_MUST_USE;
enum iam_status iam_need_policy(struct iam_call *call, struct iam_str arn,
                                const struct iam_managed_policy **ret) IAM_MUST_USE;
