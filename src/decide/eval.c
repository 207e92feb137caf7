/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converting a request to the form that deciding and explaining read. Which kinds of policy can
 * apply to the caller follows from the kind of principal alone.
 */
#include "decide/eval.h"
#include "base/word.h"

static bool wrong(struct iam_request_fault *f, enum iam_request_member member, const char *why)
{
    *f = (struct iam_request_fault){ .member = member, .why = why };
    return false;
}

/*
 * Writes the action in lower case. An imagined one may be any text with a colon.
 * SPEC: service authorization reference: an action is "service:Name". A pattern is not an action.
 */
static inline bool lower_action(struct iam_eval *ev, struct iam_str action, bool is_imagined,
                                struct iam_request_fault *f)
{
    uint64_t colons = 0;
    uint64_t bad = 0; /* a wildcard, or a second colon */
    if (action.p == NULL || action.len == 0 || action.len > sizeof(ev->action_bytes)) {
        return wrong(f, IAM_MEMBER_ACTION, "must have 1 to 256 bytes");
    }
    for (size_t i = 0; i < action.len; i += sizeof(uint64_t)) {
        uint64_t w = 0;
        size_t left = action.len - i;
        memcpy(&w, action.p + i, left < sizeof(w) ? left : sizeof(w));
        uint64_t found = iam_word_find(w, ':');
        bad |= (found & (found - 1)) | iam_word_find(w, '*') | iam_word_find(w, '?');
        bad |= colons != 0 ? found : 0;
        colons |= found;
        w = iam_word_lower(w);
        memcpy(ev->action_bytes + i, &w, sizeof(w));
    }
    ev->action = (struct iam_str){ ev->action_bytes, action.len };
    if (is_imagined) {
        return colons != 0 || wrong(f, IAM_MEMBER_ACTION, "must have a colon");
    }
    if (bad != 0 || colons == 0 || action.p[0] == ':' || action.p[action.len - 1] == ':') {
        return wrong(f, IAM_MEMBER_ACTION, "must be \"service:Name\", without a wildcard");
    }
    return true;
}

_Static_assert(IAM_REQUEST_MAX_ACTION % sizeof(uint64_t) == 0, "whole words are written");
_Static_assert(IAM_REQUEST_MAX_ACTION == 256 && IAM_REQUEST_MAX_RESOURCE == 8192,
               "what the texts say");

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

static bool split_resource(struct iam_eval *ev, struct iam_request_fault *f)
{
    struct iam_str resource = ev->request->resource;
    if (resource.p == NULL || resource.len == 0 || resource.len > IAM_REQUEST_MAX_RESOURCE) {
        return wrong(f, IAM_MEMBER_RESOURCE, "must have 1 to 8192 bytes");
    }
    ev->resource = iam_arn_split(resource);
    return iam_check_resource(ev, f);
}

/* Fills what no check is needed for. */
static inline void begin(struct iam_eval *ev, const struct iam_policies *policies,
                         const struct iam_request *request, struct iam_request_fault *f)
{
    init_caller(ev, request->principal.kind);
    *f = (struct iam_request_fault){ .member = IAM_MEMBER_NONE };
    ev->request = request;
    ev->resource_kind = kind_of_resource_policy(policies);
    ev->has_boundary = ev->has_identity && policies->boundary != NULL;
    ev->broken = false;
    ev->exhausted = false;
    ev->budget = IAM_EVAL_BUDGET;
    ev->cache.net_text = iam_str_absent();
    ev->cache.date_text = iam_str_absent();
}

bool iam_eval_init(struct iam_eval *ev, const struct iam_policies *policies,
                   const struct iam_request *request, struct iam_request_fault *f)
{
    begin(ev, policies, request, f);
    return iam_check_principal(&request->principal, ev->is_signed, f) &&
           lower_action(ev, request->action, false, f) && split_resource(ev, f) &&
           iam_context_init(&ev->context, request->context, request->context_count, f) &&
           iam_check_context(ev, f);
}

bool iam_eval_init_imagined(struct iam_eval *ev, const struct iam_policies *policies,
                            const struct iam_request *request, struct iam_request_fault *f)
{
    begin(ev, policies, request, f);
    return lower_action(ev, request->action, true, f) && split_resource(ev, f) &&
           iam_context_init(&ev->context, request->context, request->context_count, f);
}

bool iam_request_check(const struct iam_request *request, struct iam_request_fault *ret)
{
    static const struct iam_policies none;
    struct iam_request_fault f;
    struct iam_eval ev;
    bool ok = iam_eval_init(&ev, &none, request, &f);
    if (ret != NULL) {
        *ret = f;
    }
    return ok;
}
