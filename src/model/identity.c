/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How sessions show themselves. SPEC: IAM User Guide, "AWS global condition context keys",
 * aws:userid; "IAM identifiers".
 */
#include "model/identity.h"

#include "model/arn.h"

const struct iam_tag *iam_tag_find(const struct iam_tag *tags, size_t count, struct iam_str key)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq_nocase(tags[i].key, key)) {
            return &tags[i];
        }
    }
    return NULL;
}

enum iam_status iam_session_arn(struct iam_arena *arena, const struct iam_session *session,
                                struct iam_str *ret)
{
    bool is_of_role = iam_str_is_set(session->role_name);
    const struct iam_entity_arn arn = {
        .kind = session->kind,
        .account = session->account,
        .name = is_of_role ? session->role_name : session->session_name,
        .session = is_of_role ? session->session_name : iam_str_absent(),
    };

    if (!iam_str_is_set(session->session_name)) {
        *ret = iam_str_absent();
        return IAM_OK;
    }
    return iam_entity_arn_print(arena, &arn, ret);
}

enum iam_status iam_session_user_id(struct iam_arena *arena, const struct iam_session *session,
                                    struct iam_str *ret)
{
    struct iam_str before =
        iam_str_is_set(session->role_name) ? session->issuer_id : session->account;

    if (!iam_str_is_set(session->session_name)) {
        *ret = session->issuer_id;
        return IAM_OK;
    }
    return iam_arena_fmt(arena, ret, "%.*s:%.*s", IAM_STR_ARG(before),
                         IAM_STR_ARG(session->session_name));
}
