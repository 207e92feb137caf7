/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sources.h"

#include "model/id.h"

/*
 * Reports a damaged store as one that cannot be read: neither tells whether the key or role exists.
 */
static enum iam_status looked_up(enum iam_status st)
{
    return st == IAM_CORRUPT ? IAM_IO : st;
}

static enum iam_status find_key(void *ctx, struct iam_str access_key_id, struct iam_arena *arena,
                                struct iam_key_record *ret)
{
    struct iam_directory_key key;
    IAM_TRY(looked_up(iam_directory_key(ctx, NULL, access_key_id, arena, &key)));
    bool is_root = iam_str_eq(key.owner_id, key.account);
    *ret = (struct iam_key_record){ .account = key.account,
                                    .kind = is_root ? IAM_KIND_ACCOUNT : IAM_KIND_USER,
                                    .principal_id = key.owner_id,
                                    .is_active = key.is_active,
                                    .sealed_secret = key.sealed_secret };
    return IAM_OK;
}

static enum iam_status find_origin(void *ctx, const struct iam_session *session,
                                   struct iam_arena *arena)
{
    const struct iam_view *view;
    IAM_TRY(looked_up(iam_directory_by_id(ctx, NULL, session->issuer_id, &view)));
    bool is_it = view->kind == iam_kind_of_id(session->issuer_id) &&
                 iam_str_eq(view->account, session->account);
    iam_view_unref(view);
    return is_it ? looked_up(iam_directory_origin(ctx, NULL, session, arena)) : IAM_NOT_FOUND;
}

struct iam_authn sources_authn(struct iam_keeper *keeper, struct iam_directory *directory)
{
    return (struct iam_authn){
        .keeper = keeper,
        .keys = {.find = find_key,     .ctx = directory},
        .origins = { .find = find_origin, .ctx = directory}
    };
}
