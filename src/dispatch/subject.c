/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/call.h"

/*
 * The inline document and the managed policies of a session: one layer, any of them may allow. When
 * one of the policies is gone the layer is empty and allows nothing: what it denied is not known
 * any more, so the rest must not be left standing alone.
 */
static enum iam_status fill_entries(struct iam_call *call, const struct iam_alloc *alloc,
                                    const struct iam_session *session,
                                    struct iam_set_entry *entries, size_t *ret_count)
{
    size_t n = 0;
    *ret_count = 0;
    if (iam_str_is_set(session->inline_policy)) {
        IAM_TRY(iam_policy_parse(alloc, IAM_POLICY_SESSION, session->inline_policy,
                                 &entries[n].policy, NULL));
        entries[n++].name = IAM_STR("session");
    }
    for (size_t i = 0; i < session->policy_arn_count; i++) {
        enum iam_status st = iam_directory_managed_policy(
            call->env->directory, call->txn, session->policy_arns[i], &entries[n].policy);
        if (st == IAM_NOT_FOUND) {
            return IAM_OK;
        }
        IAM_ENSURE(st == IAM_OK, api_fail_look_up(call, st));
        entries[n++].name = session->policy_arns[i];
    }
    *ret_count = n;
    return IAM_OK;
}

static enum iam_status compile(struct iam_call *call, struct iam_arena *arena,
                               const struct iam_session *session, struct iam_policy_set **ret)
{
    size_t max = session->policy_arn_count + 1;
    size_t count = 0;
    struct iam_alloc *alloc = iam_arena_alloc(arena, sizeof(*alloc));
    struct iam_set_entry *entries = iam_arena_zalloc(arena, max, sizeof(*entries));
    IAM_ENSURE(alloc != NULL && entries != NULL, IAM_NOMEM);
    *alloc = iam_arena_allocator(arena);

    enum iam_status st = fill_entries(call, alloc, session, entries, &count);
    if (st == IAM_OK) {
        st = iam_policy_set_new(alloc, entries, count, ret);
    }
    for (size_t i = 0; i < max; i++) {
        iam_policy_unref(entries[i].policy);
    }
    return st == IAM_SYNTAX ? IAM_CORRUPT : st;
}

static enum iam_status fill(struct iam_call *call, struct iam_arena *arena, struct api_subject *s)
{
    if (s->session == NULL) {
        return IAM_OK;
    }
    IAM_TRY(iam_arena_fmt(arena, &s->session_arn, "arn:%.*s:sts::%.*s:assumed-role/%.*s/%.*s",
                          IAM_STR_ARG(call->env->partition), IAM_STR_ARG(s->view->account),
                          IAM_STR_ARG(s->view->name), IAM_STR_ARG(s->session->session_name)));
    if (!iam_str_is_set(s->session->inline_policy) && s->session->policy_arn_count == 0) {
        return IAM_OK;
    }
    return compile(call, arena, s->session, &s->session_set);
}

enum iam_status api_subject_open(struct iam_call *call, struct iam_arena *arena,
                                 const struct iam_view *view, const struct iam_session *session,
                                 struct api_subject *ret)
{
    struct api_subject s = { .view = view, .session = session };
    enum iam_status st = fill(call, arena, &s);
    if (st != IAM_OK) {
        api_subject_close(&s);
        return st;
    }
    *ret = s;
    return IAM_OK;
}

void api_subject_close(struct api_subject *subject)
{
    iam_policy_set_unref(subject->session_set);
    if (subject->view != NULL) {
        iam_view_unref(subject->view);
    }
    *subject = (struct api_subject){ 0 };
}
