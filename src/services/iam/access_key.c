/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long-term keys of users and of the root user. INVARIANT: a secret is only ever in the answer to
 * the request that made it. SPEC: IAM API Reference, "CreateAccessKey" and the actions about keys.
 */
#include "services/iam/convert.h"

#include "base/ct.h"
#include "store/access_key.h"

/* Answers that there is no such key, also for a key of another user. */
static enum iam_status or_no_key(struct iam_call *call, enum iam_status st, struct iam_str key_id)
{
    if (st != IAM_NOT_FOUND) {
        return st;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The Access Key with id %.*s cannot be found.",
                    API_QUOTED(key_id));
}

/* ---- making ---- */

static enum iam_status new_key_out(struct iam_call *call, const struct iam_access_key *key,
                                   struct iam_str user_name, const struct iam_secret_text *secret,
                                   struct api_iam_access_key **ret)
{
    struct api_iam_access_key *out = iam_arena_zalloc(call->arena, 1, sizeof(*out));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    IAM_TRY(iam_arena_dup(call->arena, iam_str_c(secret->text), &out->secret_access_key));
    out->user_name = iam_str_is_set(user_name) ? user_name : IAM_STR("root");
    out->access_key_id = key->id;
    out->status = iam_active_text(key->is_active);
    out->create_date = api_time(key->created_ms);
    *ret = out;
    return IAM_OK;
}

enum iam_status api_iam_create_access_key(struct iam_call *call,
                                          const struct api_iam_create_access_key_in *in,
                                          struct api_iam_create_access_key_out *out)
{
    struct iam_owner owner;
    struct iam_secret_text secret;
    int64_t count;
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    struct iam_access_key key = { .account = api_account(call),
                                  .owner_id = owner.ref.id,
                                  .is_active = true,
                                  .created_ms = iam_created_now(call) };
    IAM_TRY(iam_store_access_key_count(call->txn, key.account, key.owner_id, &count));
    IAM_TRY(iam_check_kind_quota(call, IAM_KIND_ACCESS_KEY, count));
    IAM_TRY(iam_new_id(call, IAM_KIND_ACCESS_KEY, &key.id));
    IAM_TRY(iam_keeper_make_secret(call->env->keeper, key.id, call->arena, &key.sealed_secret,
                                   &secret));
    enum iam_status st = iam_store_access_key_add(call->txn, &key);
    if (st == IAM_OK) {
        st = new_key_out(call, &key, owner.name, &secret, &out->access_key);
    }
    iam_wipe(&secret, sizeof(secret));
    return st;
}

/* ---- reading ---- */

static enum iam_status key_list_out(struct iam_call *call, const struct iam_access_key_list *from,
                                    struct iam_str user_name,
                                    struct api_iam_access_key_metadata_list *ret)
{
    struct api_iam_access_key_metadata *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        const struct iam_access_key *key = &from->items[i];
        items[i] = (struct api_iam_access_key_metadata){ .user_name = user_name,
                                                         .access_key_id = key->id,
                                                         .status = iam_active_text(key->is_active),
                                                         .create_date = api_time(key->created_ms) };
    }
    *ret = (struct api_iam_access_key_metadata_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status api_iam_list_access_keys(struct iam_call *call,
                                         const struct api_iam_list_access_keys_in *in,
                                         struct api_iam_list_access_keys_out *out)
{
    struct iam_owner owner;
    struct iam_page page;
    struct iam_access_key_list keys = { 0 };
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_access_key_list(call->txn, call->arena, api_account(call), owner.ref.id,
                                      &page, &keys));
    IAM_TRY(key_list_out(call, &keys, owner.name, &out->access_key_metadata));
    return api_page_close(call, keys.is_truncated, keys.next, &out->is_truncated, &out->marker);
}

/*
 * Fails in the same way for a key that does not exist and for one of another account, as AWS does.
 */
static enum iam_status fail_foreign_key(struct iam_call *call, struct iam_str key_id)
{
    struct iam_str caller = api_subject_arn(&call->subject);
    return api_fail(call, API_ERR_ACCESS_DENIED,
                    "User: %.*s is not authorized to perform iam:GetAccessKeyLastUsed on resource: "
                    "access key %.*s",
                    IAM_STR_ARG(caller), API_QUOTED(key_id));
}

enum iam_status
api_iam_get_access_key_last_used(struct iam_call *call,
                                 const struct api_iam_get_access_key_last_used_in *in,
                                 struct api_iam_get_access_key_last_used_out *out)
{
    struct iam_access_key key;
    enum iam_status st = iam_store_access_key_get(call->txn, call->arena, in->access_key_id, &key);
    if (st == IAM_NOT_FOUND || (st == IAM_OK && !iam_str_eq(key.account, api_account(call)))) {
        return fail_foreign_key(call, in->access_key_id);
    }
    IAM_TRY(st);
    struct api_iam_access_key_last_used *used = iam_arena_zalloc(call->arena, 1, sizeof(*used));
    IAM_ENSURE(used != NULL, IAM_NOMEM);
    used->service_name = IAM_STR("N/A");
    used->region = IAM_STR("N/A");
    if (key.last_used_ms > 0) {
        used->last_used_date = api_time(key.last_used_ms);
        used->service_name = key.last_used_service;
        used->region = key.last_used_region;
    }
    out->access_key_last_used = used;
    const struct iam_user *owner = api_target_entity(call, IAM_KIND_USER);
    out->user_name = owner != NULL ? owner->name : iam_str_absent();
    return IAM_OK;
}

/* ---- changing ---- */

/*
 * Refuses to take away the last active access key of the root user: AWS has a console to sign in
 * to, here nobody could come back without stopping the server (iamd reset-root).
 */
static enum iam_status check_not_last_root_key(struct iam_call *call, const struct iam_owner *owner,
                                               struct iam_str key_id)
{
    struct iam_access_key_list keys = { 0 };
    bool is_active = false;
    size_t others = 0;
    if (!iam_str_eq(owner->ref.id, api_account(call))) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_access_key_list(call->txn, call->arena, api_account(call), owner->ref.id,
                                      NULL, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        bool is_it = iam_str_eq(keys.items[i].id, key_id);
        is_active |= is_it && keys.items[i].is_active;
        others += !is_it && keys.items[i].is_active;
    }
    if (!is_active || others > 0) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_DELETE_CONFLICT,
                    "Cannot delete or deactivate the last active access key of the root user, must "
                    "create another one first.");
}

enum iam_status api_iam_update_access_key(struct iam_call *call,
                                          const struct api_iam_update_access_key_in *in)
{
    struct iam_owner owner;
    bool is_active;
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    IAM_TRY(iam_check_active(call, in->status, &is_active));
    IAM_TRY(is_active ? IAM_OK : check_not_last_root_key(call, &owner, in->access_key_id));
    IAM_TRY(or_no_key(call,
                      iam_store_access_key_set_active(call->txn, api_account(call), owner.ref.id,
                                                      in->access_key_id, is_active),
                      in->access_key_id));
    if (!is_active) {
        iam_keeper_forget(call->env->keeper, in->access_key_id);
    }
    return IAM_OK;
}

enum iam_status api_iam_delete_access_key(struct iam_call *call,
                                          const struct api_iam_delete_access_key_in *in)
{
    struct iam_owner owner;
    IAM_TRY(iam_need_owner(call, in->user_name, &owner));
    IAM_TRY(check_not_last_root_key(call, &owner, in->access_key_id));
    IAM_TRY(or_no_key(
        call,
        iam_store_access_key_delete(call->txn, api_account(call), owner.ref.id, in->access_key_id),
        in->access_key_id));
    iam_keeper_forget(call->env->keeper, in->access_key_id);
    return IAM_OK;
}
