/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/call.h"

/*
 * Collects the inline documents and the managed policies of a layer: any of them may allow. If one
 * of the policies is gone, the layer is empty and allows nothing: what that policy denied is no
 * longer known, so the others must not be used without it. A policy that was made later under the
 * same name is another one.
 */
static enum iam_status fill_entries(struct iam_call *call, const struct iam_alloc *alloc,
                                    const struct iam_session_layer *layer,
                                    struct iam_set_entry *entries, size_t *ret_count)
{
    struct iam_unique_id id;
    size_t n = 0;
    *ret_count = 0;
    for (size_t i = 0; i < layer->inline_policy_count; i++) {
        IAM_TRY(iam_policy_parse(alloc, IAM_POLICY_SESSION, layer->inline_policies[i],
                                 &entries[n].policy, NULL));
        entries[n++].name = IAM_STR("session");
    }
    for (size_t i = 0; i < layer->policy_arn_count; i++) {
        enum iam_status st = iam_directory_managed_policy(
            call->env->directory, call->txn, layer->policy_arns[i], &id, &entries[n].policy);
        if (st == IAM_NOT_FOUND) {
            return IAM_OK;
        }
        IAM_ENSURE(st == IAM_OK, api_fail_look_up(call, st));
        if (!iam_str_eq(iam_id_str(&id), layer->policy_ids[i])) {
            return IAM_OK;
        }
        entries[n++].name = layer->policy_arns[i];
    }
    *ret_count = n;
    return IAM_OK;
}

static enum iam_status compile(struct iam_call *call, struct iam_arena *arena,
                               const struct iam_session_layer *layer, struct iam_policy_set **ret)
{
    size_t max = layer->inline_policy_count + layer->policy_arn_count;
    size_t count = 0;
    struct iam_alloc *alloc = iam_arena_alloc(arena, sizeof(*alloc));
    struct iam_set_entry *entries = iam_arena_zalloc(arena, max, sizeof(*entries));
    IAM_ENSURE(alloc != NULL && entries != NULL, IAM_NOMEM);
    *alloc = iam_arena_allocator(arena);

    enum iam_status st = fill_entries(call, alloc, layer, entries, &count);
    if (st == IAM_OK) {
        st = iam_policy_set_new(alloc, entries, count, ret);
    }
    for (size_t i = 0; i < max; i++) {
        iam_policy_unref(entries[i].policy);
    }
    return st == IAM_SYNTAX ? IAM_CORRUPT : st;
}

static enum iam_status add_layer(struct iam_call *call, struct iam_arena *arena,
                                 const struct iam_session_layer *layer, struct api_subject *s)
{
    IAM_ENSURE(s->layer_count < IAM_COUNT(s->layers), IAM_CORRUPT);
    IAM_TRY(compile(call, arena, layer, &s->layers[s->layer_count]));
    s->layer_count++;
    return IAM_OK;
}

/*
 * Compiles the layers of the session. SPEC: STS API Reference, GetFederationToken: without a policy
 * there are no permissions, which those that narrow the session do not change: a layer that is
 * empty comes first then.
 */
static enum iam_status add_layers(struct iam_call *call, struct iam_arena *arena,
                                  struct api_subject *s)
{
    static const struct iam_session_layer nothing = { 0 };
    const struct iam_session *session = s->session;

    if (session->layer_count == session->scope_count &&
        iam_kind_get(session->kind)->needs_policies) {
        IAM_TRY(add_layer(call, arena, &nothing, s));
    }
    for (size_t i = 0; i < session->layer_count; i++) {
        IAM_TRY(add_layer(call, arena, &session->layers[i], s));
    }
    return IAM_OK;
}

static enum iam_status fill(struct iam_call *call, struct iam_arena *arena, struct api_subject *s)
{
    s->kind = s->view->kind;
    s->user_id = s->view->id;
    if (s->session == NULL) {
        return IAM_OK;
    }
    IAM_ENSURE(iam_kind_can_issue(s->view->kind, s->session->kind), IAM_CORRUPT);
    s->kind = iam_kind_acting(s->session->kind, s->view->kind);
    s->mfa_ms = s->session->mfa_ms;
    IAM_TRY(iam_session_arn(arena, s->session, &s->session_arn));
    IAM_TRY(iam_session_user_id(arena, s->session, &s->user_id));
    return add_layers(call, arena, s);
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

/* libiam has its own kinds of principals; this table translates ours to them. */
static const enum iam_principal_kind principal_kinds[IAM_KIND_COUNT] = {
    [IAM_KIND_NONE] = IAM_PRINCIPAL_ANONYMOUS,
    [IAM_KIND_ACCOUNT] = IAM_PRINCIPAL_ROOT,
    [IAM_KIND_USER] = IAM_PRINCIPAL_USER,
    [IAM_KIND_ROLE] = IAM_PRINCIPAL_ASSUMED_ROLE,
    [IAM_KIND_ROLE_SESSION] = IAM_PRINCIPAL_ASSUMED_ROLE,
    [IAM_KIND_WEB_IDENTITY_SESSION] = IAM_PRINCIPAL_ASSUMED_ROLE,
    [IAM_KIND_SAML_SESSION] = IAM_PRINCIPAL_ASSUMED_ROLE,
    [IAM_KIND_USER_SESSION] = IAM_PRINCIPAL_USER,
    [IAM_KIND_FEDERATED_USER] = IAM_PRINCIPAL_FEDERATED_USER,
    [IAM_KIND_ROOT_SESSION] = IAM_PRINCIPAL_ROOT,
    [IAM_KIND_WEB_IDENTITY] = IAM_PRINCIPAL_FEDERATED,
    [IAM_KIND_SAML] = IAM_PRINCIPAL_FEDERATED,
    [IAM_KIND_SERVICE] = IAM_PRINCIPAL_SERVICE,
};
/* A kind without a row is decided as anonymous, which no identity policy can allow anything. */
_Static_assert(IAM_PRINCIPAL_ANONYMOUS == 0, "the default");

struct iam_principal api_subject_describe(const struct api_subject *s)
{
    struct iam_principal p = { .kind = principal_kinds[s->kind],
                               .account = s->view->account,
                               .arn = s->view->arn,
                               .session_arn = s->session_arn,
                               .id = s->view->id };
    if (p.kind == IAM_PRINCIPAL_FEDERATED) {
        /* It has no account, and no name but its provider's. */
        return (struct iam_principal){ .kind = p.kind, .arn = s->provider };
    }
    if (p.kind == IAM_PRINCIPAL_FEDERATED_USER) {
        /* Not the user who asked for the session, but whom that user named. */
        p.arn = s->session_arn;
        p.session_arn = iam_str_absent();
        p.user_arn = s->view->arn;
    }
    return p;
}

void api_subject_close(struct api_subject *subject)
{
    for (size_t i = 0; i < subject->layer_count; i++) {
        iam_policy_set_unref(subject->layers[i]);
    }
    if (subject->view != NULL) {
        iam_view_unref(subject->view);
    }
    *subject = (struct api_subject){ 0 };
}
