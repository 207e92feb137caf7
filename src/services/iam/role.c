/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles. Which members of a role are shown depends on the operation, as in AWS: CreateRole shows
 * neither the description nor the maximum session duration, UpdateRoleDescription only the former,
 * ListRoles no boundary, tags or last use. SPEC: IAM API Reference, "CreateRole", "GetRole",
 * "ListRoles" and others.
 */
#include "services/iam/convert.h"

#include "services/iam/role_template.h"
#include "services/iam/trust.h"
#include "store/instance_profile.h"
#include "store/role.h"

/*
 * LIMIT: bytes of trust policies in one page of roles; up to three times this when percent-encoded.
 */
#define PAGE_MAX_DOCUMENT_BYTES (1u << 20)

/* ---- conversions ---- */

enum iam_status iam_role_fill(struct iam_call *call, const struct iam_role *from,
                              struct api_iam_role *to)
{
    *to = (struct api_iam_role){ .path = from->path,
                                 .role_name = from->name,
                                 .role_id = from->id,
                                 .arn = from->arn,
                                 .create_date = api_time(from->created_ms) };
    return iam_trust_out(call, from, &to->assume_role_policy_document);
}

static enum iam_status role_out(struct iam_call *call, const struct iam_role *from,
                                struct api_iam_role **ret)
{
    struct iam_entity_ref ref = iam_ref_role(from);
    struct api_iam_role *role = iam_arena_zalloc(call->arena, 1, sizeof(*role));
    IAM_ENSURE(role != NULL, IAM_NOMEM);
    IAM_TRY(iam_role_fill(call, from, role));
    IAM_TRY(iam_boundary_out(call, from->boundary_arn, &role->permissions_boundary));
    IAM_TRY(iam_tags_out(call, &ref, &role->tags));
    *ret = role;
    return IAM_OK;
}

enum iam_status iam_role_last_used_out(struct iam_call *call, const struct iam_role *from,
                                       struct api_iam_role_last_used **ret)
{
    struct api_iam_role_last_used *used = iam_arena_zalloc(call->arena, 1, sizeof(*used));
    IAM_ENSURE(used != NULL, IAM_NOMEM);
    if (from->last_used_ms > 0) {
        used->last_used_date = api_time(from->last_used_ms);
        used->region = from->last_used_region;
    }
    *ret = used;
    return IAM_OK;
}

/* ---- making and reading ---- */

static enum iam_status add_role(struct iam_call *call, struct iam_role *role,
                                const struct iam_trust *trust)
{
    IAM_TRY(iam_check_room(call, IAM_KIND_ROLE, IAM_TABLE_ROLE));
    IAM_TRY(iam_new_id(call, IAM_KIND_ROLE, &role->id));
    enum iam_status st = iam_store_role_add(call->txn, role, trust->pins, trust->pin_count);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "Role with name %.*s already exists.",
                        API_QUOTED(role->name));
    }
    return st;
}

enum iam_status api_iam_create_role(struct iam_call *call, const struct api_iam_create_role_in *in,
                                    struct api_iam_create_role_out *out)
{
    struct iam_trust trust = { 0 };
    struct iam_str boundary;
    struct iam_role role = { .account = api_account(call),
                             .name = in->role_name,
                             .path = iam_path_or_root(in->path),
                             .created_ms = iam_created_now(call),
                             .trust_document = in->assume_role_policy_document,
                             .description = in->description,
                             .max_session_seconds = in->max_session_duration.is_set
                                                        ? in->max_session_duration.value
                                                        : IAM_SESSION_DEFAULT_SECONDS };
    IAM_TRY(iam_trust_in(call, in->assume_role_policy_document, &trust));
    IAM_TRY(iam_boundary_in(call, in->permissions_boundary, &boundary));
    iam_boundary_set(boundary, &role.boundary_policy_id, &role.aws_boundary_arn);
    IAM_TRY(add_role(call, &role, &trust));
    struct iam_entity_ref ref = iam_ref_role(&role);
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    IAM_TRY(iam_store_role_get_by_id(call->txn, call->arena, role.id, &role));
    IAM_TRY(role_out(call, &role, &out->role));
    return api_encode_document(call, in->assume_role_policy_document,
                               &out->role->assume_role_policy_document);
}

enum iam_status api_iam_get_role(struct iam_call *call, const struct api_iam_get_role_in *in,
                                 struct api_iam_get_role_out *out)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    IAM_TRY(role_out(call, role, &out->role));
    out->role->description = role->description;
    out->role->max_session_duration = api_int(role->max_session_seconds);
    IAM_TRY(iam_template_use_out(call, role, &out->role->source_role_template));
    return iam_role_last_used_out(call, role, &out->role->role_last_used);
}

static enum iam_status role_list_out(struct iam_call *call, const struct iam_role_list *from,
                                     struct api_iam_role_list *ret)
{
    struct api_iam_role *items = iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        const struct iam_role *role = &from->items[i];
        IAM_TRY(iam_role_fill(call, role, &items[i]));
        items[i].description = role->description;
        items[i].max_session_duration = api_int(role->max_session_seconds);
    }
    *ret = (struct api_iam_role_list){ items, from->count, true };
    return IAM_OK;
}

/*
 * Ends a page early where its documents grow large: clients are told to follow IsTruncated, not to
 * count. SPEC: IAM API Reference, "ListRoles", MaxItems: "IAM might return fewer results".
 */
static void cut_page(struct iam_role_list *roles)
{
    size_t bytes = 0;
    for (size_t i = 0; i < roles->count; i++) {
        bytes += roles->items[i].trust_document.len;
        if (i > 0 && bytes > PAGE_MAX_DOCUMENT_BYTES) {
            roles->count = i;
            roles->is_truncated = true;
            roles->next = roles->items[i - 1].name;
            return;
        }
    }
}

enum iam_status api_iam_list_roles(struct iam_call *call, const struct api_iam_list_roles_in *in,
                                   struct api_iam_list_roles_out *out)
{
    struct iam_page page;
    struct iam_role_list roles = { 0 };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_role_list(call->txn, call->arena, api_account(call), in->path_prefix, &page,
                                &roles));
    cut_page(&roles);
    IAM_TRY(role_list_out(call, &roles, &out->roles));
    return api_page_close(call, roles.is_truncated, roles.next, &out->is_truncated, &out->marker);
}

/* ---- changing ---- */

enum iam_status api_iam_update_role(struct iam_call *call, const struct api_iam_update_role_in *in,
                                    struct api_iam_update_role_out *out)
{
    const struct iam_role *role;
    int64_t seconds = in->max_session_duration.is_set ? in->max_session_duration.value : 0;
    (void)out;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    if (seconds != 0 && iam_role_is_of_service(role)) {
        return api_fail(call, API_ERR_UNMODIFIABLE_ENTITY,
                        "%.*s is an AWS service linked role, max session duration cannot be "
                        "changed.",
                        API_QUOTED(role->name));
    }
    return iam_store_role_update(call->txn, role->account, role->id, in->description, seconds);
}

enum iam_status api_iam_update_role_description(struct iam_call *call,
                                                const struct api_iam_update_role_description_in *in,
                                                struct api_iam_update_role_description_out *out)
{
    const struct iam_role *old;
    struct iam_role role;
    IAM_TRY(iam_need_role(call, in->role_name, &old));
    IAM_TRY(iam_store_role_update(call->txn, old->account, old->id, in->description, 0));
    IAM_TRY(iam_store_role_get_by_id(call->txn, call->arena, old->id, &role));
    out->role = iam_arena_zalloc(call->arena, 1, sizeof(*out->role));
    IAM_ENSURE(out->role != NULL, IAM_NOMEM);
    IAM_TRY(iam_role_fill(call, &role, out->role));
    out->role->description = role.description;
    return IAM_OK;
}

enum iam_status
api_iam_update_assume_role_policy(struct iam_call *call,
                                  const struct api_iam_update_assume_role_policy_in *in)
{
    const struct iam_role *role;
    struct iam_trust trust = { 0 };
    IAM_TRY(iam_need_own_role(call, in->role_name, &role));
    IAM_TRY(iam_trust_in(call, in->policy_document, &trust));
    return iam_store_role_set_trust(call->txn, role->account, role->id, in->policy_document,
                                    trust.pins, trust.pin_count);
}

enum iam_status api_iam_delete_role(struct iam_call *call, const struct api_iam_delete_role_in *in)
{
    const struct iam_role *role;
    struct iam_entity_parts parts;
    struct iam_instance_profile_list profiles = { 0 };
    IAM_TRY(iam_need_own_role(call, in->role_name, &role));
    IAM_TRY(iam_store_role_instance_profiles(call->txn, call->arena, role->id, NULL, &profiles));
    IAM_TRY(
        iam_check_none_left(call, (int64_t)profiles.count, "remove roles from instance profile"));
    IAM_TRY(iam_store_parts(call->txn, role->id, &parts));
    IAM_TRY(iam_check_none_left(call, parts.attached_policies, "detach all policies"));
    IAM_TRY(iam_check_none_left(call, parts.inline_policies, "delete policies"));
    return iam_store_role_delete(call->txn, role->account, role->id);
}
