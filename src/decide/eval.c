/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converting a request to the form that deciding and explaining read. Which kinds of policy can
 * apply to the caller follows from the kind of principal alone.
 */
#include "decide/eval.h"

/*
 * Writes the action in lower case.
 * SPEC: service authorization reference: an action is "service:Name". A pattern is not an action.
 */
static bool lower_action(struct iam_eval *ev, struct iam_str action)
{
    size_t colons = 0;
    bool wild = false;
    if (action.p == NULL || action.len == 0 || action.len > sizeof(ev->action_bytes)) {
        return false;
    }
    for (size_t i = 0; i < action.len; i++) {
        char c = action.p[i];
        colons += c == ':';
        wild |= (c == '*') | (c == '?');
        ev->action_bytes[i] = iam_ascii_lower(c);
    }
    ev->action = (struct iam_str){ ev->action_bytes, action.len };
    ev->denies_only = wild || colons != 1 || action.p[0] == ':' || action.p[action.len - 1] == ':';
    return true;
}

static enum iam_policy_kind kind_of_resource_policy(const struct iam_policies *p)
{
    bool trust = p->resource != NULL && p->resource->entry_count > 0 &&
                 p->resource->entries[0].policy->kind == IAM_POLICY_TRUST;
    return trust ? IAM_POLICY_TRUST : IAM_POLICY_RESOURCE;
}

static void init_caller(struct iam_eval *ev, enum iam_principal_kind kind)
{
    ev->has_identity = false;
    ev->is_signed = false;
    switch (kind) {
    case IAM_PRINCIPAL_USER:
    case IAM_PRINCIPAL_ASSUMED_ROLE:
    case IAM_PRINCIPAL_FEDERATED_USER:
        ev->has_identity = true;
        ev->is_signed = true;
        break;
    case IAM_PRINCIPAL_ROOT:
        ev->is_signed = true;
        break;
    case IAM_PRINCIPAL_ANONYMOUS:
    case IAM_PRINCIPAL_SERVICE:
    case IAM_PRINCIPAL_FEDERATED:
        break;
    }
}

bool iam_eval_init(struct iam_eval *ev, const struct iam_policies *policies,
                   const struct iam_request *request)
{
    init_caller(ev, request->principal.kind);
    ev->request = request;
    ev->resource_kind = kind_of_resource_policy(policies);
    ev->has_boundary = ev->has_identity && policies->boundary != NULL;
    ev->denies_only = true;
    ev->broken = false;
    ev->exhausted = false;
    ev->budget = IAM_EVAL_BUDGET;
    ev->cache.net_text = iam_str_absent();
    ev->cache.date_text = iam_str_absent();
    if (request->resource.p == NULL || request->resource.len == 0 ||
        request->resource.len > IAM_REQUEST_MAX_RESOURCE) {
        return false;
    }
    if (ev->is_signed && request->principal.account.len == 0) {
        return false;
    }
    ev->resource = iam_arn_split(request->resource);
    return lower_action(ev, request->action) &&
           iam_context_init(&ev->context, request->context, request->context_count);
}
