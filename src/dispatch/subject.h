/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A principal that a decision is about: its compiled view and, for a session, the session with its
 * policies compiled.
 */
#pragma once

#include "directory/directory.h"

struct api_subject {
    enum iam_kind kind;                /* what it acts as; for a question about a role: role */
    const struct iam_view *view;       /* a reference; for a session, its issuer's */
    const struct iam_session *session; /* NULL: long-term credentials; borrowed */
    /* Of the session's policies, a reference to each layer; none: it has no policies. */
    struct iam_policy_set *layers[IAM_SESSION_LAYERS_MAX];
    size_t layer_count;
    struct iam_str session_arn; /* of a session that has one; else absent */
    struct iam_str user_id;     /* the value of aws:userid */
    int64_t mfa_ms; /* when a second factor was given, for the session or with the request; 0: none
                       was */
    struct iam_str provider; /* who vouches for it, as policies name that; view is the account's
                                then. Absent: it has credentials of its own */
};

struct iam_call;

/*
 * Takes over the reference to view and compiles the session's policies into arena. On failure the
 * reference is dropped and *ret is untouched: IAM_CORRUPT for a policy that no longer parses, or a
 * session that a principal of view's kind cannot have issued; IAM_FAULT when a policy could not be
 * looked up.
 */
enum iam_status api_subject_open(struct iam_call *call, struct iam_arena *arena,
                                 const struct iam_view *view, const struct iam_session *session,
                                 struct api_subject *ret) IAM_MUST_USE;
/* Describes the subject to libiam. The result borrows from the subject. */
struct iam_principal api_subject_describe(const struct api_subject *subject);
/* Drops the references that it holds; a zeroed subject is fine. */
void api_subject_close(struct api_subject *subject);
/* Returns the ARN that identifies the caller: that of the session, or of the user or root user. */
static inline struct iam_str api_subject_arn(const struct api_subject *s)
{
    return iam_str_is_set(s->session_arn) ? s->session_arn : s->view->arn;
}
