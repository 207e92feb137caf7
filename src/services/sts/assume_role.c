/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:AssumeRole. The dispatcher has already authorized sts:AssumeRole with the role's trust
 * policy; left are the rules about what the caller passes on, and the session itself. SPEC: STS API
 * Reference, "AssumeRole".
 */
#include "services/sts/issue.h"

/*
 * Refuses contexts: the providers that AWS trusts are not here.
 * SPEC: STS API Reference, AssumeRole, ProvidedContexts.
 */
static enum iam_status check_contexts(struct iam_call *call,
                                      const struct api_sts_provided_contexts_list *contexts)
{
    return contexts->count == 0
               ? IAM_OK
               : api_fail(call, API_ERR_INVALID_CONTEXT_ASSERTION,
                          "The context assertion is of no trusted context provider.");
}

static enum iam_status wish(struct iam_call *call, const struct api_sts_assume_role_in *in,
                            struct sts_wishes *ret)
{
    *ret = (struct sts_wishes){ .policy = in->policy,
                                .min_token_size = in->minimum_session_token_size.value };
    IAM_TRY(sts_wish_policies(call, &in->policy_arns, ret));
    return sts_wish_tags(call, &in->tags, &in->transitive_tag_keys, ret);
}

static enum iam_status answer(struct iam_call *call, const struct sts_issued *issued,
                              const struct iam_session *session,
                              struct api_sts_assume_role_out *out)
{
    out->credentials = issued->credentials;
    out->source_identity = session->source_identity;
    out->session_token_utilization = issued->token_utilization;
    out->session_token_size = issued->token_size;
    if (sts_is_packed(session)) {
        out->packed_policy_size = issued->packed_size;
    }
    return sts_role_user(call, session, &out->assumed_role_user);
}

enum iam_status api_sts_assume_role(struct iam_call *call, const struct api_sts_assume_role_in *in,
                                    struct api_sts_assume_role_out *out)
{
    const struct iam_role *role = api_target_entity(call, IAM_KIND_ROLE);
    struct sts_wishes wishes;
    struct sts_issued issued;
    int64_t seconds = 0;

    /* The compiled view has the role but the store no longer does: it was deleted just now. */
    IAM_ENSURE(role != NULL, IAM_DENIED);
    IAM_TRY(check_contexts(call, &in->provided_contexts));
    IAM_TRY(sts_role_duration(call, role, &in->duration_seconds, &seconds));
    IAM_TRY(wish(call, in, &wishes));
    IAM_TRY(sts_check_policies(call, &wishes));

    struct iam_session session =
        sts_role_session(call, IAM_KIND_ROLE_SESSION, role, in->role_session_name, seconds);
    session.mfa_ms = call->subject.mfa_ms;
    IAM_TRY(sts_set_policies(call, &wishes, &session));
    IAM_TRY(sts_set_tags(call, &wishes, &session));
    IAM_TRY(sts_set_source_identity(call, in->source_identity, &session));
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    return answer(call, &issued, &session, out);
}
