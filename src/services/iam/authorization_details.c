/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetAccountAuthorizationDetails: users, groups, roles and managed policies in one list, which is
 * read kind by kind. A page ends between two entities, after MaxItems of them or when its documents
 * grow large. SPEC: IAM API Reference, "GetAccountAuthorizationDetails"; which members are there
 * although they are empty was recorded.
 */
#include "services/iam/convert.h"

#include "services/iam/trust.h"
#include "store/holdings.h"
#include "store/inline_policy.h"
#include "store/instance_profile.h"
#include "store/role.h"

/* LIMIT: bytes of documents after which a page ends; up to three times this percent-encoded. */
#define PAGE_MAX_DOCUMENT_BYTES (1u << 20)

struct details {
    struct iam_call *call;
    struct api_iam_get_account_authorization_details_out *out;
    size_t left;                  /* entities that the page may still have */
    size_t document_bytes;        /* in the page so far */
    struct iam_holdings holdings; /* of some entities of the page, those that come next */
};

static bool is_full(const struct details *d)
{
    return d->left == 0 || d->document_bytes > PAGE_MAX_DOCUMENT_BYTES;
}

/* Counts an entity that was added. True when the page has room for another one. */
static bool count_entity(struct details *d)
{
    d->left--;
    return !is_full(d);
}

/* Tells in *ret where rows continue when only the first count of them were added, if at all. */
static void set_next(const struct iam_rows *rows, size_t count, struct iam_str name_of_last,
                     struct iam_str *ret)
{
    if (count < rows->count) {
        *ret = name_of_last;
    } else if (rows->is_truncated) {
        *ret = rows->next;
    }
}

/* ---- what entities have in common ---- */

static enum iam_status add_document(struct details *d, struct iam_str document, struct iam_str *ret)
{
    d->document_bytes += document.len;
    return api_encode_document(d->call, document, ret);
}

/*
 * Reads what entities, a list of table, have from number first on, when it is the first of those
 * that are read together. Returns which of these it is in *ret.
 */
static enum iam_status hold(struct details *d, enum iam_table_id table,
                            const struct iam_rows *entities, size_t first, size_t *ret)
{
    *ret = first % IAM_OWNERS_MAX;
    return *ret > 0 ? IAM_OK
                    : iam_store_holdings(d->call->txn, d->call->arena, table, entities, first,
                                         &d->holdings);
}

static enum iam_status inline_out(struct details *d, size_t held,
                                  struct api_iam_policy_detail_list *ret)
{
    const struct iam_inline_list list = { .rows = d->holdings.inlines.of[held] };
    struct api_iam_policy_detail *items =
        iam_arena_zalloc(d->call->arena, list.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        items[i].policy_name = list.items[i].name;
        IAM_TRY(add_document(d, list.items[i].document, &items[i].policy_document));
    }
    *ret = (struct api_iam_policy_detail_list){ items, list.count, true };
    return IAM_OK;
}

static enum iam_status tags_out(struct details *d, size_t held, struct api_iam_tag_list *ret)
{
    const struct iam_tag_list list = { .rows = d->holdings.tags.of[held] };
    return iam_tag_list_out(d->call, &list, ret);
}

static enum iam_status attached_out(struct details *d, size_t held,
                                    struct api_iam_attached_policies_list *ret)
{
    const struct iam_attached_list list = { .rows = d->holdings.attached.of[held] };
    return iam_attached_list_out(d->call, &list, ret);
}

/* ---- users ---- */

static enum iam_status user_out(struct details *d, const struct iam_user *from, size_t held,
                                struct api_iam_user_detail *to)
{
    const struct iam_rows *groups = &d->holdings.groups.of[held];
    *to = (struct api_iam_user_detail){ .path = from->path,
                                        .user_name = from->name,
                                        .user_id = from->id,
                                        .arn = from->arn,
                                        .create_date = api_time(from->created_ms) };
    IAM_TRY(inline_out(d, held, &to->user_policy_list));
    to->user_policy_list.is_set = to->user_policy_list.count > 0;
    to->group_list = (struct api_iam_group_name_list){ groups->items, groups->count, true };
    IAM_TRY(attached_out(d, held, &to->attached_managed_policies));
    IAM_TRY(iam_boundary_out(d->call, from->boundary_arn, &to->permissions_boundary));
    return tags_out(d, held, &to->tags);
}

static enum iam_status add_users(struct details *d, const struct iam_page *page,
                                 struct iam_str *ret_next)
{
    struct iam_call *call = d->call;
    struct iam_user_list users = { 0 };
    size_t n = 0;
    IAM_TRY(iam_store_user_list(call->txn, call->arena, api_account(call), iam_str_absent(), page,
                                &users));
    struct api_iam_user_detail *items =
        iam_arena_zalloc(call->arena, users.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (bool has_room = true; has_room && n < users.count; n++) {
        size_t held;
        IAM_TRY(hold(d, IAM_TABLE_USER, &users.rows, n, &held));
        IAM_TRY(user_out(d, &users.items[n], held, &items[n]));
        has_room = count_entity(d);
    }
    d->out->user_detail_list = (struct api_iam_user_detail_list){ items, n, true };
    set_next(&users.rows, n, n > 0 ? users.items[n - 1].name : iam_str_absent(), ret_next);
    return IAM_OK;
}

/* ---- groups ---- */

static enum iam_status group_out(struct details *d, const struct iam_group *from, size_t held,
                                 struct api_iam_group_detail *to)
{
    *to = (struct api_iam_group_detail){ .path = from->path,
                                         .group_name = from->name,
                                         .group_id = from->id,
                                         .arn = from->arn,
                                         .create_date = api_time(from->created_ms) };
    IAM_TRY(inline_out(d, held, &to->group_policy_list));
    return attached_out(d, held, &to->attached_managed_policies);
}

static enum iam_status add_groups(struct details *d, const struct iam_page *page,
                                  struct iam_str *ret_next)
{
    struct iam_call *call = d->call;
    struct iam_group_list groups = { 0 };
    size_t n = 0;
    IAM_TRY(iam_store_group_list(call->txn, call->arena, api_account(call), iam_str_absent(), page,
                                 &groups));
    struct api_iam_group_detail *items =
        iam_arena_zalloc(call->arena, groups.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (bool has_room = true; has_room && n < groups.count; n++) {
        size_t held;
        IAM_TRY(hold(d, IAM_TABLE_GROUP, &groups.rows, n, &held));
        IAM_TRY(group_out(d, &groups.items[n], held, &items[n]));
        has_room = count_entity(d);
    }
    d->out->group_detail_list = (struct api_iam_group_detail_list){ items, n, true };
    set_next(&groups.rows, n, n > 0 ? groups.items[n - 1].name : iam_str_absent(), ret_next);
    return IAM_OK;
}

/* ---- roles ---- */

static enum iam_status profiles_out(struct details *d, struct iam_str role_id,
                                    struct api_iam_instance_profile_list *ret)
{
    struct iam_instance_profile_list profiles = { 0 };
    IAM_TRY(
        iam_store_role_instance_profiles(d->call->txn, d->call->arena, role_id, NULL, &profiles));
    return iam_instance_profile_list_out(d->call, &profiles, ret);
}

static enum iam_status role_out(struct details *d, const struct iam_role *from, size_t held,
                                struct api_iam_role_detail *to)
{
    *to = (struct api_iam_role_detail){ .path = from->path,
                                        .role_name = from->name,
                                        .role_id = from->id,
                                        .arn = from->arn,
                                        .create_date = api_time(from->created_ms) };
    d->document_bytes += from->trust_document.len;
    IAM_TRY(iam_trust_out(d->call, from, &to->assume_role_policy_document));
    IAM_TRY(profiles_out(d, from->id, &to->instance_profile_list));
    IAM_TRY(inline_out(d, held, &to->role_policy_list));
    IAM_TRY(attached_out(d, held, &to->attached_managed_policies));
    IAM_TRY(iam_boundary_out(d->call, from->boundary_arn, &to->permissions_boundary));
    IAM_TRY(tags_out(d, held, &to->tags));
    return iam_role_last_used_out(d->call, from, &to->role_last_used);
}

static enum iam_status add_roles(struct details *d, const struct iam_page *page,
                                 struct iam_str *ret_next)
{
    struct iam_call *call = d->call;
    struct iam_role_list roles = { 0 };
    size_t n = 0;
    IAM_TRY(iam_store_role_list(call->txn, call->arena, api_account(call), iam_str_absent(), page,
                                &roles));
    struct api_iam_role_detail *items =
        iam_arena_zalloc(call->arena, roles.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (bool has_room = true; has_room && n < roles.count; n++) {
        size_t held;
        IAM_TRY(hold(d, IAM_TABLE_ROLE, &roles.rows, n, &held));
        IAM_TRY(role_out(d, &roles.items[n], held, &items[n]));
        has_room = count_entity(d);
    }
    d->out->role_detail_list = (struct api_iam_role_detail_list){ items, n, true };
    set_next(&roles.rows, n, n > 0 ? roles.items[n - 1].name : iam_str_absent(), ret_next);
    return IAM_OK;
}

/* ---- managed policies ---- */

/* LIMIT: of the versions of a policy; an own one has no more. AWS's can have hundreds. */
#define MAX_VERSIONS 5

/* Makes the versions with their documents, the newest first. */
static enum iam_status versions_out(struct details *d, const struct iam_managed_policy *policy,
                                    struct api_iam_policy_document_version_list *ret)
{
    struct iam_call *call = d->call;
    struct iam_policy_version_list versions = { 0 };
    const struct iam_page page = { .limit = MAX_VERSIONS };
    IAM_TRY(iam_policy_versions(call, policy, iam_is_aws_policy(policy) ? &page : NULL, &versions));
    struct api_iam_policy_version *items =
        iam_arena_zalloc(call->arena, versions.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < versions.count; i++) {
        struct iam_policy_version *version = &versions.items[i];
        IAM_TRY(iam_policy_version(call, policy, version->number, version));
        IAM_TRY(iam_policy_version_fill(call, version, &items[i]));
        IAM_TRY(add_document(d, version->document, &items[i].document));
    }
    *ret = (struct api_iam_policy_document_version_list){ items, versions.count, true };
    return IAM_OK;
}

static enum iam_status policy_out(struct details *d, const struct iam_managed_policy *from,
                                  struct api_iam_managed_policy_detail *to)
{
    *to = (struct api_iam_managed_policy_detail){
        .policy_name = from->name,
        .policy_id = from->id,
        .arn = from->arn,
        .path = from->path,
        .attachment_count = api_int(from->attachment_count),
        .permissions_boundary_usage_count = api_int(from->boundary_count),
        .is_attachable = api_bool(true),
        .create_date = api_time(from->created_ms),
        .update_date = api_time(from->updated_ms),
    };
    IAM_TRY(iam_version_id(d->call, from->default_version, &to->default_version_id));
    return versions_out(d, from, &to->policy_version_list);
}

/* Adds to the policies that are in the answer already: those of AWS come after the account's own.
 */
static enum iam_status add_policies(struct details *d, const struct iam_policy_list *policies,
                                    struct iam_str *ret_next)
{
    struct iam_call *call = d->call;
    struct api_iam_managed_policy_detail_list *all = &d->out->policies;
    size_t n = 0;
    struct api_iam_managed_policy_detail *items =
        iam_arena_zalloc(call->arena, all->count + policies->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < all->count; i++) {
        items[i] = all->items[i];
    }
    for (bool has_room = true; has_room && n < policies->count; n++) {
        IAM_TRY(policy_out(d, &policies->items[n], &items[all->count + n]));
        has_room = count_entity(d);
    }
    *all = (struct api_iam_managed_policy_detail_list){ items, all->count + n, true };
    set_next(&policies->rows, n, n > 0 ? policies->items[n - 1].name : iam_str_absent(), ret_next);
    return IAM_OK;
}

static const struct iam_policy_filter own_policies;
/* Those of AWS that somebody in the account has. */
static const struct iam_policy_filter used_policies = { .only_used = true };

static enum iam_status add_local_policies(struct details *d, const struct iam_page *page,
                                          struct iam_str *ret_next)
{
    struct iam_policy_list policies = { 0 };
    IAM_TRY(iam_store_policy_list(d->call->txn, d->call->arena, api_account(d->call), &own_policies,
                                  page, &policies));
    return add_policies(d, &policies, ret_next);
}

static enum iam_status add_aws_policies(struct details *d, const struct iam_page *page,
                                        struct iam_str *ret_next)
{
    struct iam_policy_list policies = { 0 };
    IAM_TRY(iam_aws_policy_list(d->call, &used_policies, page, &policies));
    return add_policies(d, &policies, ret_next);
}

/* ---- the list ---- */

/* In the order in which they are listed. A Marker has the number of the kind that it continues. */
static const struct {
    struct iam_str name; /* in the filter */
    enum iam_status (*add)(struct details *d, const struct iam_page *page, struct iam_str *ret);
    enum iam_table_id table; /* whose rows it lists all; 0: see has_any */
} kinds[] = {
    {IAM_STR_INIT("User"),                add_users,          IAM_TABLE_USER  },
    { IAM_STR_INIT("Group"),              add_groups,         IAM_TABLE_GROUP },
    { IAM_STR_INIT("Role"),               add_roles,          IAM_TABLE_ROLE  },
    { IAM_STR_INIT("LocalManagedPolicy"), add_local_policies, IAM_TABLE_POLICY},
    { IAM_STR_INIT("AWSManagedPolicy"),   add_aws_policies,   0               },
};

static bool is_wanted(const struct api_iam_entity_list *filter, size_t kind)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (iam_str_eq(filter->items[i], kinds[kind].name)) {
            return true;
        }
    }
    return filter->count == 0;
}

/* Reads where the page begins: a kind, and within it. */
static void read_after(struct iam_str after, size_t *ret_kind, struct iam_str *ret_name)
{
    *ret_kind = 0;
    *ret_name = iam_str_absent();
    if (after.len > 0) {
        IAM_ASSERT(after.p[0] >= '0' && (size_t)(after.p[0] - '0') < IAM_COUNT(kinds));
        *ret_kind = (size_t)(after.p[0] - '0');
        *ret_name = iam_str_sub(after, 1, after.len);
    }
}

/* Tells whether there is anything of a kind, so that no page is empty but the only one. */
static enum iam_status has_any(struct iam_call *call, size_t kind, bool *ret)
{
    int64_t count;
    struct iam_policy_list used = { 0 };
    const struct iam_page one = { .limit = 1 };
    if (kinds[kind].table != 0) {
        IAM_TRY(iam_entity_count(call->txn, kinds[kind].table, api_account(call), &count));
        *ret = count > 0;
        return IAM_OK;
    }
    IAM_TRY(iam_aws_policy_list(call, &used_policies, &one, &used));
    *ret = used.count > 0;
    return IAM_OK;
}

/*
 * Adds what fits of a kind. *ret_next is set, perhaps empty, when some of it remains for the next
 * page.
 */
static enum iam_status add_kind(struct details *d, size_t kind, struct iam_str after,
                                struct iam_str *ret_next)
{
    bool is_left = false;
    if (!is_full(d)) {
        const struct iam_page page = { .after = after, .limit = d->left };
        return kinds[kind].add(d, &page, ret_next);
    }
    IAM_TRY(has_any(d->call, kind, &is_left));
    if (is_left) {
        *ret_next = IAM_STR("");
    }
    return IAM_OK;
}

/* Lists kind after kind until the page is full. *ret_next stays absent when the list has ended. */
static enum iam_status add_kinds(struct details *d, const struct api_iam_entity_list *filter,
                                 struct iam_str after, struct iam_str *ret_next)
{
    size_t kind;
    struct iam_str name;
    read_after(after, &kind, &name);
    for (; kind < IAM_COUNT(kinds); kind++) {
        struct iam_str next = iam_str_absent();
        if (is_wanted(filter, kind)) {
            IAM_TRY(add_kind(d, kind, name, &next));
        }
        if (iam_str_is_set(next)) {
            return iam_arena_fmt(d->call->arena, ret_next, "%zu%.*s", kind, IAM_STR_ARG(next));
        }
        name = iam_str_absent();
    }
    return IAM_OK;
}

enum iam_status api_iam_get_account_authorization_details(
    struct iam_call *call, const struct api_iam_get_account_authorization_details_in *in,
    struct api_iam_get_account_authorization_details_out *out)
{
    struct iam_page page;
    struct iam_str next = iam_str_absent();
    enum iam_status st = api_page_open(call, in->marker, in->max_items, &page);
    if (st == IAM_FAULT) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Marker and Filter do not match");
    }
    IAM_TRY(st);
    struct details d = { .call = call, .out = out, .left = page.limit };
    out->user_detail_list.is_set = true;
    out->group_detail_list.is_set = true;
    out->role_detail_list.is_set = true;
    out->policies.is_set = true;
    IAM_TRY(add_kinds(&d, &in->filter, page.after, &next));
    return api_page_close(call, iam_str_is_set(next), next, &out->is_truncated, &out->marker);
}
