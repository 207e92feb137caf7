/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iamd/question.h"

#include "dispatch/denial.h"
#include "policy/compiled.h"
#include "policy/kind.h"

static enum iam_status add_statements(struct iam_call *call, const struct iam_decision *d,
                                      struct api_iamd_reason *reason)
{
    size_t n =
        d->matched_count < IAM_DECISION_MAX_MATCHED ? d->matched_count : IAM_DECISION_MAX_MATCHED;
    struct api_iamd_matched_statement *items = iam_arena_zalloc(call->arena, n + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < n; i++) {
        const struct iam_matched *m = &d->matched[i];
        struct iam_str name = iam_policy_set_name(m->set, m->entry);
        struct iam_str sid = iam_policy_sid(iam_policy_set_policy(m->set, m->entry), m->statement);
        items[i].policy_type = iam_policy_kind_get(m->layer)->type;
        /*
         * By the time the answer is encoded, the subject and with it the policy set are released.
         */
        IAM_TRY(iam_arena_dup(call->arena, name, &items[i].policy));
        IAM_TRY(iam_arena_dup(call->arena, sid, &items[i].sid));
        items[i].statement = api_int(m->statement);
    }
    reason->statements.items = items;
    reason->statements.count = n;
    reason->statements.is_set = true;
    return IAM_OK;
}

static enum iam_status explain(struct iam_call *call, const struct iam_decision *d,
                               const struct iam_request *request, struct api_iamd_reason **ret)
{
    struct api_iamd_reason *reason = iam_arena_zalloc(call->arena, 1, sizeof(*reason));
    IAM_ENSURE(reason != NULL, IAM_NOMEM);
    reason->reason = iam_str_c(iam_effect_name(d->effect));
    reason->policy_type = iam_policy_kind_get(d->reason)->type;
    if (d->effect != IAM_ALLOW) {
        IAM_TRY(api_denial_message(call->arena, d, request, &reason->message));
    }
    IAM_TRY(add_statements(call, d, reason));
    *ret = reason;
    return IAM_OK;
}

/*
 * Denies a subject that is unknown here; the message does not tell whether it exists in another
 * account.
 */
static enum iam_status deny_unknown(struct iam_call *call, bool *ret_decision,
                                    struct api_iamd_reason **ret_reason)
{
    struct api_iamd_reason *reason = iam_arena_zalloc(call->arena, 1, sizeof(*reason));
    IAM_ENSURE(reason != NULL, IAM_NOMEM);
    reason->reason = iam_str_c(iam_effect_name(IAM_IMPLICIT_DENY));
    reason->message = IAM_STR("The subject is not an active principal of this account");
    reason->statements.is_set = true;
    *ret_decision = false;
    *ret_reason = reason;
    return IAM_OK;
}

/*
 * Tells whether name has the form "service:Name", without anything that a policy could take for a
 * pattern.
 */
static bool is_action(struct iam_str name)
{
    size_t colon = iam_str_find(name, ':', 0);
    if (colon == 0 || colon + 1 >= name.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        bool is_dash = name.p[i] == '-' && i < colon;
        if (i != colon && !is_dash && !iam_ascii_is_alnum(name.p[i])) {
            return false;
        }
    }
    return true;
}

/*
 * Says which part of the question is to blame for a request that libiam refuses. The rest of the
 * request is the server's own: there it is a failure, and nothing is decided.
 */
static enum iam_status refuse(struct iam_call *call, const struct iam_request_fault *f,
                              const struct iam_request *request)
{
    switch (f->member) {
    case IAM_MEMBER_ACTION:
        return api_fail(call, API_ERR_VALIDATION_ERROR, "action.name %s", f->why);
    case IAM_MEMBER_RESOURCE:
        return api_fail(call, API_ERR_VALIDATION_ERROR, "resource.id %s", f->why);
    case IAM_MEMBER_CONTEXT:
        return f->entry < request->context_count
                   ? api_fail(call, API_ERR_VALIDATION_ERROR, "context.%.*s %s",
                              API_QUOTED(request->context[f->entry].key), f->why)
                   : api_fail(call, API_ERR_VALIDATION_ERROR, "context %s", f->why);
    case IAM_MEMBER_NONE:
    case IAM_MEMBER_PRINCIPAL_KIND:
    case IAM_MEMBER_PRINCIPAL_ACCOUNT:
    case IAM_MEMBER_PRINCIPAL_ARN:
    case IAM_MEMBER_PRINCIPAL_SESSION_ARN:
    case IAM_MEMBER_PRINCIPAL_USER_ARN:
    case IAM_MEMBER_PRINCIPAL_ID:
    case IAM_MEMBER_RESOURCE_ACCOUNT:
        break;
    }
    return IAM_CORRUPT;
}

/* Checks action and resource, whether or not the subject exists. */
static enum iam_status check_question(struct iam_call *call, const struct authzen_question *q)
{
    struct iam_request request = { .action = q->action->name, .resource = q->resource->id };
    struct iam_request_fault f;
    if (!is_action(q->action->name)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "action.name must be an action such as s3:GetObject");
    }
    return iam_request_check(&request, &f) ? IAM_OK : refuse(call, &f, &request);
}

static bool has_key(const struct iam_json *context, struct iam_str key)
{
    for (const struct iam_json *m = context != NULL ? context->first : NULL; m != NULL;
         m = m->next) {
        if (iam_str_eq_nocase(m->name, key)) {
            return true;
        }
    }
    return false;
}

/*
 * Refuses a request that asks for too much: what is left of it is not answered as if it were
 * denied.
 */
static enum iam_status refuse_work(struct iam_call *call)
{
    return api_fail(call, API_ERR_VALIDATION_ERROR,
                    "The evaluation takes more work than the server does for one request");
}

/* Adds the context that the client gives. */
static enum iam_status add_given(struct iam_call *call, const struct authzen_question *q,
                                 struct api_context *c)
{
    IAM_TRY(authzen_add_context(call, q->context, c));
    enum iam_status st = authzen_check_issuers(call, c->arena, q->context);
    return st == IAM_LIMIT && call->work.is_out ? refuse_work(call) : st;
}

static enum iam_status fill_context(struct iam_call *call, const struct authzen_question *q,
                                    const struct api_subject *subject, struct iam_str account,
                                    struct api_context *c)
{
    api_context_add_principal(c, subject, call->high_ms);
    api_context_add(c, IAM_STR("aws:ResourceAccount"),
                    iam_str_is_set(account) ? account : subject->view->account);
    /* The time is the server's unless the client gives one, to ask about the past or the future. */
    if (!has_key(q->context, IAM_STR("aws:CurrentTime")) &&
        !has_key(q->context, IAM_STR("aws:EpochTime"))) {
        api_context_add_time(c, call->high_ms);
    }
    IAM_TRY(add_given(call, q, c));
    IAM_ENSURE(!c->failed, IAM_LIMIT);
    return IAM_OK;
}

/* Finds the role whose trust policy applies; *ret stays NULL when resource names none. */
static enum iam_status find_role(struct iam_call *call, struct iam_str resource,
                                 const struct iam_view **ret)
{
    enum iam_status st = iam_directory_by_arn(call->env->directory, call->txn, resource, ret);
    return st == IAM_OK || st == IAM_NOT_FOUND ? IAM_OK : api_fail_look_up(call, st);
}

/* Answers what STS answers, where that is not for policies to say. */
static enum iam_status deny_root(struct iam_call *call, struct api_iamd_reason **ret_reason)
{
    struct api_iamd_reason *reason = iam_arena_zalloc(call->arena, 1, sizeof(*reason));
    IAM_ENSURE(reason != NULL, IAM_NOMEM);
    reason->reason = iam_str_c(iam_effect_name(IAM_IMPLICIT_DENY));
    reason->policy_type = iam_policy_kind_get(IAM_POLICY_TRUST)->type;
    reason->message = IAM_STR(IAM_SAYS_ROOT_ASSUMES);
    reason->statements.is_set = true;
    *ret_reason = reason;
    return IAM_OK;
}

/* Says why. An allow of what STS refuses becomes a denial. */
static enum iam_status answer(struct iam_call *call, struct iam_decision *d,
                              const struct iam_request *request,
                              struct api_iamd_reason **ret_reason)
{
    if (d->refused.member != IAM_MEMBER_NONE) {
        return refuse(call, &d->refused, request);
    }
    if (d->effect == IAM_ALLOW && request->principal.kind == IAM_PRINCIPAL_ROOT &&
        iam_is_refused_to_root(request->action)) {
        d->effect = IAM_IMPLICIT_DENY;
        return deny_root(call, ret_reason);
    }
    return explain(call, d, request, ret_reason);
}

/* Adds the encoded message of a denial that is to have one. */
static enum iam_status add_message(struct iam_call *call, struct iam_arena *scratch,
                                   const struct authzen_denial *denial,
                                   struct api_iamd_reason *reason)
{
    if (denial->decision->effect == IAM_ALLOW) {
        return IAM_OK;
    }
    enum iam_status st = authzen_encode_denial(call, scratch, denial, &reason->encoded_message);
    return st == IAM_LIMIT && call->work.is_out ? refuse_work(call) : st;
}

/* Records that the subject asked for it, whatever the answer. The action has one colon. */
static void note_service(const struct iam_call *call, const struct api_question *question)
{
    const struct api_env *env = call->env;
    size_t colon = iam_str_find(question->action, ':', 0);
    const struct api_service_use use = { .principal_id = question->subject->view->id,
                                         .service = iam_str_sub(question->action, 0, colon),
                                         .action = iam_str_sub(question->action, colon + 1,
                                                               question->action.len),
                                         .context = question->context,
                                         .context_count = question->context_count };
    if (env->note_service != NULL) {
        env->note_service(env->note_service_ctx, &use, call->now_ms);
    }
}

static enum iam_status ask(struct iam_call *call, struct iam_arena *scratch,
                           const struct authzen_question *q, const struct api_subject *subject,
                           bool *ret_decision, struct api_iamd_reason **ret_reason)
{
    struct api_context c;
    struct iam_decision decision;
    struct iam_request request;
    struct iam_str account = iam_arn_account(q->resource->id);

    api_context_init(&c, scratch);
    IAM_TRY(fill_context(call, q, subject, account, &c));
    struct api_question question = { .subject = subject,
                                     .action = q->action->name,
                                     .resource = q->resource->id,
                                     .resource_account = account,
                                     .context = c.entries,
                                     .context_count = c.count,
                                     .resource_must_allow = iam_is_trust_action(q->action->name),
                                     .work = &call->work };
    const struct iam_view *role = NULL;
    if (question.resource_must_allow) {
        IAM_TRY(find_role(call, q->resource->id, &role));
    }
    if (role != NULL && !role->is_broken) {
        question.resource_policy = role->trust;
    }
    enum iam_status st = api_decide(&question, &decision, &request);
    if (st == IAM_OK) {
        st = call->work.is_out ? refuse_work(call) : answer(call, &decision, &request, ret_reason);
    }
    if (st == IAM_OK && q->wants_message) {
        const struct authzen_denial denial = { subject, &decision, &request };
        st = add_message(call, scratch, &denial, *ret_reason);
    }
    if (st == IAM_OK) {
        note_service(call, &question);
    }
    if (role != NULL) {
        iam_view_unref(role);
    }
    IAM_TRY(st);
    *ret_decision = decision.effect == IAM_ALLOW;
    return IAM_OK;
}

enum iam_status authzen_decide(struct iam_call *call, struct iam_arena *scratch,
                               const struct authzen_question *q, bool *ret_decision,
                               struct api_iamd_reason **ret_reason)
{
    struct api_subject subject = { 0 };
    if (q->subject == NULL || q->action == NULL || q->resource == NULL) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "An evaluation needs a subject, an action and a resource");
    }
    if (!api_work_spend(&call->work, API_STEPS_QUESTION)) {
        return refuse_work(call);
    }
    IAM_TRY(check_question(call, q));
    enum iam_status st = authzen_subject_open(call, scratch, q->subject, &subject);
    if (st == IAM_NOT_FOUND) {
        /* A malformed question is told so for any subject. */
        struct api_context c;
        api_context_init(&c, scratch);
        IAM_TRY(add_given(call, q, &c));
        return deny_unknown(call, ret_decision, ret_reason);
    }
    IAM_TRY(st);
    st = ask(call, scratch, q, &subject, ret_decision, ret_reason);
    api_subject_close(&subject);
    return st;
}
