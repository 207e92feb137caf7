/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing an account: users, groups, roles and policies in the order, with the members and in the
 * layout of the AWS CLI. SPEC: IAM API Reference, "GetAccountAuthorizationDetails". Members that
 * AWS's list lacks follow those that it has, where there is something to say.
 */
#include <stdio.h>

#include "base/heap.h"
#include "codec/json.h"
#include "store/group.h"
#include "store/instance_profile.h"
#include "store/role.h"
#include "store/user.h"
#include "transfer/trust_text.h"
#include "transfer/write_int.h"

/* LIMIT: of the place where a list continues. */
#define MAX_PLACE 2048
static void add_named(struct writer *w, bool *first, const char *kind, struct iam_str path,
                      struct iam_str name, struct iam_str id)
{
    char member[64];
    iam_buf_add_char(&w->one, '{');
    write_text(w, first, IAM_STR("Path"), path);
    (void)snprintf(member, sizeof(member), "%sName", kind);
    write_text(w, first, iam_str_c(member), name);
    (void)snprintf(member, sizeof(member), "%sId", kind);
    write_text(w, first, iam_str_c(member), id);
}

static void add_arn(struct writer *w, bool *first, struct iam_str arn, int64_t created_ms)
{
    write_text(w, first, IAM_STR("Arn"), arn);
    write_date(w, first, IAM_STR("CreateDate"), created_ms);
}

/* ---- users ---- */

static void write_groups(struct writer *w, bool *first, size_t owner)
{
    const struct iam_str *names = w->holdings.groups.of[owner].items;
    iam_json_add_name(&w->one, first, IAM_STR("GroupList"));
    iam_buf_add_char(&w->one, '[');
    for (size_t i = 0; i < w->holdings.groups.of[owner].count; i++) {
        iam_buf_add(&w->one, i > 0 ? IAM_STR(",") : IAM_STR(""));
        iam_json_add_string(&w->one, names[i]);
    }
    iam_buf_add_char(&w->one, ']');
}

static enum iam_status write_user(struct writer *w, const struct iam_user *user, size_t i)
{
    bool first = true;
    add_named(w, &first, "User", user->path, user->name, user->id);
    add_arn(w, &first, user->arn, user->created_ms);
    IAM_TRY(write_inlines(w, &first, IAM_STR("UserPolicyList"), i, true));
    write_groups(w, &first, i);
    write_attached(w, &first, i);
    write_boundary(w, &first, user->boundary_arn);
    write_tags(w, &first, i);
    iam_buf_add_char(&w->one, '}');
    IAM_TRY(write_left_of_user(w, user));
    return write_entity(w);
}

static enum iam_status write_users(struct writer *w, const struct iam_page *page,
                                   struct iam_str *ret_next)
{
    struct iam_user_list list = { 0 };
    IAM_TRY(iam_store_user_list(w->txn, w->arena, w->account, iam_str_absent(), page, &list));
    IAM_TRY(iam_store_holdings(w->txn, w->arena, IAM_TABLE_USER, &list.rows, 0, &w->holdings));
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(write_user(w, &list.items[i], i));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

/* ---- groups ---- */

static enum iam_status write_group(struct writer *w, const struct iam_group *group, size_t i)
{
    bool first = true;
    add_named(w, &first, "Group", group->path, group->name, group->id);
    add_arn(w, &first, group->arn, group->created_ms);
    IAM_TRY(write_inlines(w, &first, IAM_STR("GroupPolicyList"), i, false));
    write_attached(w, &first, i);
    iam_buf_add_char(&w->one, '}');
    return write_entity(w);
}

static enum iam_status write_all_groups(struct writer *w, const struct iam_page *page,
                                        struct iam_str *ret_next)
{
    struct iam_group_list list = { 0 };
    IAM_TRY(iam_store_group_list(w->txn, w->arena, w->account, iam_str_absent(), page, &list));
    IAM_TRY(iam_store_holdings(w->txn, w->arena, IAM_TABLE_GROUP, &list.rows, 0, &w->holdings));
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(write_group(w, &list.items[i], i));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

/* ---- roles ---- */

/* Writes what the role and the one of an instance profile have. */
static enum iam_status begin_role(struct writer *w, bool *first, const struct iam_role *role,
                                  struct iam_str trust)
{
    add_named(w, first, "Role", role->path, role->name, role->id);
    add_arn(w, first, role->arn, role->created_ms);
    return write_document(w, first, IAM_STR("AssumeRolePolicyDocument"), trust);
}

static enum iam_status write_profile(struct writer *w, const struct iam_instance_profile *profile,
                                     const struct iam_role *role, struct iam_str trust)
{
    const struct iam_entity_ref ref = { IAM_KIND_INSTANCE_PROFILE, profile->account, profile->id };
    bool first = true;
    bool is_first = true;
    add_named(w, &first, "InstanceProfile", profile->path, profile->name, profile->id);
    add_arn(w, &first, profile->arn, profile->created_ms);
    iam_json_add_name(&w->one, &first, IAM_STR("Roles"));
    iam_buf_add_char(&w->one, '[');
    IAM_TRY(begin_role(w, &is_first, role, trust));
    iam_buf_add(&w->one, IAM_STR("}]"));
    /* not in AWS's list */
    IAM_TRY(write_tags_of(w, &first, &ref));
    iam_buf_add_char(&w->one, '}');
    return IAM_OK;
}

static enum iam_status write_profiles(struct writer *w, bool *first, const struct iam_role *role,
                                      struct iam_str trust)
{
    struct iam_instance_profile_list list = { 0 };
    IAM_TRY(iam_store_role_instance_profiles(w->txn, w->arena, role->id, NULL, &list));
    iam_json_add_name(&w->one, first, IAM_STR("InstanceProfileList"));
    iam_buf_add_char(&w->one, '[');
    for (size_t i = 0; i < list.count; i++) {
        iam_buf_add(&w->one, i > 0 ? IAM_STR(",") : IAM_STR(""));
        IAM_TRY(write_profile(w, &list.items[i], role, trust));
    }
    iam_buf_add_char(&w->one, ']');
    return IAM_OK;
}

static void write_used(struct writer *w, bool *first, const struct iam_role *role)
{
    bool is_first = true;
    iam_json_add_name(&w->one, first, IAM_STR("RoleLastUsed"));
    iam_buf_add_char(&w->one, '{');
    if (role->last_used_ms > 0) {
        write_date(w, &is_first, IAM_STR("LastUsedDate"), role->last_used_ms);
        write_text(w, &is_first, IAM_STR("Region"), role->last_used_region);
    }
    iam_buf_add_char(&w->one, '}');
}

/* Writes what GetRole shows and AWS's list does not. */
static void write_more(struct writer *w, bool *first, const struct iam_role *role)
{
    if (iam_str_is_set(role->description)) {
        write_text(w, first, IAM_STR("Description"), role->description);
    }
    if (role->max_session_seconds != IAM_SESSION_DEFAULT_SECONDS) {
        write_number(w, first, IAM_STR("MaxSessionDuration"), role->max_session_seconds);
    }
}

static enum iam_status write_role(struct writer *w, const struct iam_role *role, size_t i)
{
    struct iam_str trust;
    bool first = true;
    IAM_TRY(iam_trust_text(w->txn, w->arena, role, &trust));
    IAM_TRY(begin_role(w, &first, role, trust));
    IAM_TRY(write_profiles(w, &first, role, trust));
    IAM_TRY(write_inlines(w, &first, IAM_STR("RolePolicyList"), i, false));
    write_attached(w, &first, i);
    write_boundary(w, &first, role->boundary_arn);
    write_tags(w, &first, i);
    write_used(w, &first, role);
    write_more(w, &first, role);
    write_left_of_role(w, role);
    iam_buf_add_char(&w->one, '}');
    return write_entity(w);
}

static enum iam_status write_roles(struct writer *w, const struct iam_page *page,
                                   struct iam_str *ret_next)
{
    struct iam_role_list list = { 0 };
    IAM_TRY(iam_store_role_list(w->txn, w->arena, w->account, iam_str_absent(), page, &list));
    IAM_TRY(iam_store_holdings(w->txn, w->arena, IAM_TABLE_ROLE, &list.rows, 0, &w->holdings));
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(write_role(w, &list.items[i], i));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

/* ---- policies ---- */

static enum iam_status write_policies(struct writer *w, const struct iam_page *page,
                                      struct iam_str *ret_next)
{
    static const struct iam_policy_filter own;
    struct iam_policy_list list = { 0 };
    IAM_TRY(iam_store_policy_list(w->txn, w->arena, w->account, &own, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(write_own_policy(w, &list.items[i]));
        IAM_TRY(write_entity(w));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return list.is_truncated ? IAM_OK : write_aws_policies(w);
}

/* ---- all ---- */

static const struct {
    struct iam_str name;
    enum iam_status (*write)(struct writer *w, const struct iam_page *page,
                             struct iam_str *ret_next);
} lists[] = {
    {IAM_STR_INIT("UserDetailList"),   write_users     },
    { IAM_STR_INIT("GroupDetailList"), write_all_groups},
    { IAM_STR_INIT("RoleDetailList"),  write_roles     },
    { IAM_STR_INIT("Policies"),        write_policies  },
};

/* Writes a list page by page; of each, the memory is used again for the next. */
static enum iam_status write_list(struct writer *w, size_t i)
{
    char place[MAX_PLACE];
    struct iam_page page = { .after = iam_str_absent(), .limit = IAM_OWNERS_MAX };
    bool is_done = false;
    w->is_first = true;
    while (!is_done) {
        struct iam_str next = iam_str_absent();
        iam_arena_clear(w->arena);
        IAM_TRY(lists[i].write(w, &page, &next));
        is_done = !iam_str_is_set(next);
        IAM_ENSURE(next.len <= sizeof(place), IAM_LIMIT);
        if (!is_done) {
            memcpy(place, next.p, next.len);
            page.after = (struct iam_str){ place, next.len };
        }
    }
    return IAM_OK;
}

static enum iam_status write_lists(struct writer *w)
{
    for (size_t i = 0; i < IAM_COUNT(lists); i++) {
        struct iam_str text;
        iam_buf_add_fmt(&w->out, "%s\n    \"%.*s\": [", i == 0 ? "{" : ",",
                        IAM_STR_ARG(lists[i].name));
        IAM_TRY(iam_buf_finish(&w->out, &text));
        IAM_TRY(write_out(w, text));
        iam_buf_clear(&w->out);
        IAM_TRY(write_list(w, i));
        IAM_TRY(write_out(w, w->is_first ? IAM_STR("]") : IAM_STR("\n    ]")));
    }
    iam_arena_clear(w->arena);
    IAM_TRY(write_out(w, IAM_STR("\n}\n")));
    return write_left_of_account(w);
}

enum iam_status iam_transfer_write(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account,
                                   const struct iam_transfer_export *options, size_t *ret_left)
{
    struct writer w = { .txn = txn, .arena = arena, .account = account, .options = options };
    iam_buf_init(&w.one, iam_heap(), TRANSFER_ENTITY_MAX);
    iam_buf_init(&w.out, iam_heap(), 4 * TRANSFER_ENTITY_MAX);
    enum iam_status st = write_lists(&w);
    iam_buf_done(&w.one);
    iam_buf_done(&w.out);
    if (st == IAM_OK) {
        *ret_left = w.left;
    }
    return st;
}
