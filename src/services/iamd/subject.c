/* SPDX-License-Identifier: Apache-2.0 */
/* The principal that an AuthZEN subject names, by its ARN or by one of its access keys. */
#include "services/iamd/question.h"

#include "model/id.h"

enum subject_type { TYPE_USER, TYPE_ROLE, TYPE_ROOT, TYPE_ACCESS_KEY };

static const struct {
    struct iam_str name;
    enum subject_type type;
} types[] = {
    {IAM_STR_INIT("user"),        TYPE_USER      },
    { IAM_STR_INIT("role"),       TYPE_ROLE      },
    { IAM_STR_INIT("root"),       TYPE_ROOT      },
    { IAM_STR_INIT("access-key"), TYPE_ACCESS_KEY},
};

static enum iam_status find_type(struct iam_call *call, struct iam_str name, enum subject_type *ret)
{
    for (size_t i = 0; i < IAM_COUNT(types); i++) {
        if (iam_str_eq(types[i].name, name)) {
            *ret = types[i].type;
            return IAM_OK;
        }
    }
    return api_fail(call, API_ERR_VALIDATION_ERROR,
                    "subject.type must be one of user, role, root, access-key");
}

/*
 * Opens a subject and takes over view. IAM_NOT_FOUND for the principals of another account, so that
 * nothing of it shows.
 */
static enum iam_status open_view(struct iam_call *call, struct iam_arena *scratch,
                                 const struct iam_view *view, const struct iam_session *session,
                                 struct api_subject *ret)
{
    if (!iam_str_eq(view->account, api_account(call))) {
        iam_view_unref(view);
        return IAM_NOT_FOUND;
    }
    return api_subject_open(call, scratch, view, session, ret);
}

/* Answers with a fault when a look-up fails: a failure says nothing about the subject. */
static enum iam_status looked_up(struct iam_call *call, enum iam_status st)
{
    return st == IAM_OK || st == IAM_NOT_FOUND ? st : api_fail_look_up(call, st);
}

static enum iam_status open_id(struct iam_call *call, struct iam_arena *scratch, struct iam_str id,
                               const struct iam_session *session, struct api_subject *ret)
{
    const struct iam_view *view;
    IAM_TRY(looked_up(call, iam_directory_by_id(call->env->directory, call->txn, id, &view)));
    return open_view(call, scratch, view, session, ret);
}

static enum iam_status open_arn(struct iam_call *call, struct iam_arena *scratch,
                                enum subject_type type, struct iam_str arn, struct api_subject *ret)
{
    static const enum iam_kind kinds[] = {
        [TYPE_USER] = IAM_KIND_USER, [TYPE_ROLE] = IAM_KIND_ROLE, [TYPE_ROOT] = IAM_KIND_ACCOUNT
    };
    const struct iam_view *view;
    IAM_TRY(looked_up(call, iam_directory_by_arn(call->env->directory, call->txn, arn, &view)));
    if (view->kind != kinds[type]) {
        iam_view_unref(view);
        return IAM_NOT_FOUND;
    }
    return open_view(call, scratch, view, NULL, ret);
}

/*
 * Opens the session of a temporary key. This needs its token, which holds the session's policies
 * and tags.
 */
static enum iam_status open_session(struct iam_call *call, struct iam_arena *scratch,
                                    const struct api_iamd_subject *in, struct api_subject *ret)
{
    const struct iam_json *token = iam_json_member(in->properties, IAM_STR("session_token"));
    const struct iam_session *session;
    if (token == NULL || token->type != IAM_JSON_STRING) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "A temporary access key needs subject.properties.session_token");
    }
    enum iam_status st = iam_keeper_open_session(call->env->keeper, in->id, token->text, NULL,
                                                 scratch, &session, NULL);
    IAM_ENSURE(st != IAM_CORRUPT && st != IAM_RANGE, IAM_NOT_FOUND);
    IAM_TRY(st);
    IAM_ENSURE(session->expires_ms > call->high_ms, IAM_NOT_FOUND);
    IAM_TRY(
        looked_up(call, iam_directory_origin(call->env->directory, call->txn, session, scratch)));
    return open_id(call, scratch, session->issuer_id, session, ret);
}

static enum iam_status open_key(struct iam_call *call, struct iam_arena *scratch,
                                const struct api_iamd_subject *in, struct api_subject *ret)
{
    struct iam_directory_key key;
    if (iam_id_is_temporary(in->id)) {
        return open_session(call, scratch, in, ret);
    }
    IAM_TRY(
        looked_up(call, iam_directory_key(call->env->directory, call->txn, in->id, scratch, &key)));
    IAM_ENSURE(key.is_active, IAM_NOT_FOUND);
    return open_id(call, scratch, key.owner_id, NULL, ret);
}

enum iam_status authzen_subject_open(struct iam_call *call, struct iam_arena *scratch,
                                     const struct api_iamd_subject *in, struct api_subject *ret)
{
    enum subject_type type = TYPE_USER;
    IAM_TRY(find_type(call, in->type, &type));
    return type == TYPE_ACCESS_KEY ? open_key(call, scratch, in, ret)
                                   : open_arn(call, scratch, type, in->id, ret);
}
