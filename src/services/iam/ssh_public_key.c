/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys for SSH. What is kept is the key itself, in one form, without the comment of the
 * client. SPEC: IAM API Reference, "UploadSSHPublicKey" and the actions about SSH public keys.
 */
#include "pki/ssh_key.h"
#include "services/iam/convert.h"

/* Answers that the user has no such key, also for a key of another user. */
static enum iam_status or_no_key(struct iam_call *call, enum iam_status st, struct iam_str id)
{
    if (st != IAM_NOT_FOUND) {
        return st;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "User has no Public Key with id %.*s.",
                    API_QUOTED(id));
}

static enum iam_status key_out(struct iam_call *call, const struct iam_user *user,
                               const struct iam_ssh_public_key *key, struct iam_str body,
                               struct api_iam_ssh_public_key **ret)
{
    struct api_iam_ssh_public_key *out = iam_arena_zalloc(call->arena, 1, sizeof(*out));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    *out = (struct api_iam_ssh_public_key){ .user_name = user->name,
                                            .ssh_public_key_id = key->id,
                                            .fingerprint = key->fingerprint,
                                            .ssh_public_key_body = body,
                                            .status = iam_active_text(key->is_active),
                                            .upload_date = api_time(key->created_ms) };
    *ret = out;
    return IAM_OK;
}

/* ---- making ---- */

static enum iam_status read_key(struct iam_call *call, struct iam_str body,
                                struct iam_ssh_public_key *ret)
{
    struct iam_ssh_key key;
    enum iam_status st = iam_ssh_key_read(call->arena, body, &key);
    if (st == IAM_UNSUPPORTED) {
        return api_fail(call, API_ERR_UNRECOGNIZED_PUBLIC_KEY_ENCODING,
                        "Invalid public key uploaded.");
    }
    if (st == IAM_SYNTAX || st == IAM_RANGE) {
        return api_fail(call, API_ERR_INVALID_PUBLIC_KEY, "Invalid body for public key");
    }
    IAM_TRY(st);
    ret->text = key.text;
    return iam_arena_dup(call->arena, iam_str_c(key.fingerprint), &ret->fingerprint);
}

enum iam_status api_iam_upload_ssh_public_key(struct iam_call *call,
                                              const struct api_iam_upload_ssh_public_key_in *in,
                                              struct api_iam_upload_ssh_public_key_out *out)
{
    const struct iam_user *user;
    struct iam_ssh_public_key key = { .is_active = true, .created_ms = iam_created_now(call) };
    int64_t count;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(read_key(call, in->ssh_public_key_body, &key));
    IAM_TRY(iam_store_ssh_public_key_count(call->txn, user->id, &count));
    IAM_TRY(iam_check_kind_quota(call, IAM_KIND_SSH_PUBLIC_KEY, count));
    IAM_TRY(iam_new_id(call, IAM_KIND_SSH_PUBLIC_KEY, &key.id));
    enum iam_status st = iam_store_ssh_public_key_add(call->txn, &call->target.ref, &key);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_DUPLICATE_SSH_PUBLIC_KEY,
                        "Duplicate SSH public key uploaded.");
    }
    IAM_TRY(st);
    /* Recorded on AWS: the answer has the body as it was sent. */
    return key_out(call, user, &key, in->ssh_public_key_body, &out->ssh_public_key);
}

/* ---- reading ---- */

enum iam_status api_iam_get_ssh_public_key(struct iam_call *call,
                                           const struct api_iam_get_ssh_public_key_in *in,
                                           struct api_iam_get_ssh_public_key_out *out)
{
    const struct iam_user *user;
    struct iam_ssh_public_key key;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(or_no_key(
        call,
        iam_store_ssh_public_key_get(call->txn, call->arena, user->id, in->ssh_public_key_id, &key),
        in->ssh_public_key_id));
    struct iam_str body = key.text;
    if (iam_str_eq(in->encoding, IAM_STR("PEM"))) {
        IAM_TRY(iam_ssh_key_pem(call->arena, key.text, &body));
    }
    return key_out(call, user, &key, body, &out->ssh_public_key);
}

static enum iam_status list_out(struct iam_call *call, const struct iam_user *user,
                                const struct iam_ssh_public_key_list *from,
                                struct api_iam_ssh_public_key_list *ret)
{
    struct api_iam_ssh_public_key_metadata *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        const struct iam_ssh_public_key *key = &from->items[i];
        items[i] =
            (struct api_iam_ssh_public_key_metadata){ .user_name = user->name,
                                                      .ssh_public_key_id = key->id,
                                                      .status = iam_active_text(key->is_active),
                                                      .upload_date = api_time(key->created_ms) };
    }
    *ret = (struct api_iam_ssh_public_key_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status api_iam_list_ssh_public_keys(struct iam_call *call,
                                             const struct api_iam_list_ssh_public_keys_in *in,
                                             struct api_iam_list_ssh_public_keys_out *out)
{
    const struct iam_user *user;
    struct iam_page page;
    struct iam_ssh_public_key_list keys = { 0 };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_ssh_public_key_list(call->txn, call->arena, user->id, &page, &keys));
    IAM_TRY(list_out(call, user, &keys, &out->ssh_public_keys));
    return api_page_close(call, keys.is_truncated, keys.next, &out->is_truncated, &out->marker);
}

/* ---- changing ---- */

enum iam_status api_iam_update_ssh_public_key(struct iam_call *call,
                                              const struct api_iam_update_ssh_public_key_in *in)
{
    const struct iam_user *user;
    bool is_active;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(iam_check_active(call, in->status, &is_active));
    return or_no_key(call,
                     iam_store_ssh_public_key_set_active(call->txn, &call->target.ref,
                                                         in->ssh_public_key_id, is_active),
                     in->ssh_public_key_id);
}

enum iam_status api_iam_delete_ssh_public_key(struct iam_call *call,
                                              const struct api_iam_delete_ssh_public_key_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    return or_no_key(
        call, iam_store_ssh_public_key_delete(call->txn, &call->target.ref, in->ssh_public_key_id),
        in->ssh_public_key_id);
}
