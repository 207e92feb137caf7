/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that a user, or the root user, asks for with a long-term access key: GetSessionToken and
 * GetFederationToken. They end with that key. SPEC: STS API Reference.
 */
#include "model/arn.h"
#include "services/sts/issue.h"

#define DEFAULT_SECONDS 43200
/* The sessions of a root user are cut to this. */
#define ROOT_MAX_SECONDS 3600

static struct iam_session new_session(const struct iam_call *call, enum iam_kind kind,
                                      const struct api_opt_int *asked)
{
    const struct iam_identity *caller = call->caller;
    int64_t seconds = asked->is_set ? asked->value : DEFAULT_SECONDS;
    struct iam_session session = { .kind = kind,
                                   .account = caller->account,
                                   .issuer_id = caller->principal_id,
                                   .parent_key_id = caller->access_key_id };

    if (caller->kind == IAM_KIND_ACCOUNT && seconds > ROOT_MAX_SECONDS) {
        seconds = ROOT_MAX_SECONDS;
    }
    sts_set_times(call, seconds, &session);
    return session;
}

enum iam_status api_sts_get_session_token(struct iam_call *call,
                                          const struct api_sts_get_session_token_in *in,
                                          struct api_sts_get_session_token_out *out)
{
    struct iam_session session = new_session(call, IAM_KIND_USER_SESSION, &in->duration_seconds);
    const struct sts_wishes wishes = { .min_token_size = in->minimum_session_token_size.value };
    struct sts_issued issued;

    session.mfa_ms = call->subject.mfa_ms;
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    out->credentials = issued.credentials;
    out->session_token_utilization = issued.token_utilization;
    out->session_token_size = issued.token_size;
    return IAM_OK;
}

static enum iam_status name_user(struct iam_call *call, const struct iam_session *session,
                                 struct api_sts_federated_user **ret)
{
    struct api_sts_federated_user *user = iam_arena_zalloc(call->arena, 1, sizeof(*user));
    IAM_ENSURE(user != NULL, IAM_NOMEM);
    IAM_TRY(iam_session_user_id(call->arena, session, &user->federated_user_id));
    IAM_TRY(iam_session_arn(call->arena, session, &user->arn));
    *ret = user;
    return IAM_OK;
}

enum iam_status api_sts_get_federation_token(struct iam_call *call,
                                             const struct api_sts_get_federation_token_in *in,
                                             struct api_sts_get_federation_token_out *out)
{
    struct iam_session session = new_session(call, IAM_KIND_FEDERATED_USER, &in->duration_seconds);
    struct sts_wishes wishes = { .policy = in->policy,
                                 .min_token_size = in->minimum_session_token_size.value };
    struct sts_issued issued;

    session.session_name = in->name;
    IAM_TRY(sts_wish_policies(call, &in->policy_arns, &wishes));
    IAM_TRY(sts_wish_tags(call, &in->tags, NULL, &wishes));
    IAM_TRY(sts_check_policies(call, &wishes));
    IAM_TRY(sts_set_policies(call, &wishes, &session));
    IAM_TRY(sts_set_tags(call, &wishes, &session));
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    out->credentials = issued.credentials;
    /* SPEC: recorded on AWS, which says 0 here, and nothing for a role. */
    out->packed_policy_size = sts_is_packed(&session) ? issued.packed_size : api_int(0);
    out->session_token_utilization = issued.token_utilization;
    out->session_token_size = issued.token_size;
    return name_user(call, &session, &out->federated_user);
}
