/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentence of a denial, as clients parse it.
 * SPEC: IAM User Guide, "Troubleshoot access denied error messages".
 */
#include "decide/message.h"

#include "decide/eval.h"
#include "policy/kind.h"

struct out {
    char *p;
    size_t cap;
    size_t len;
};

static void put(struct out *o, struct iam_str s)
{
    size_t n = s.len < o->cap - o->len ? s.len : o->cap - o->len;
    if (n > 0 && s.p != NULL) {
        memcpy(o->p + o->len, s.p, n);
        o->len += n;
    }
}

static struct iam_str caller_name(const struct iam_principal *p)
{
    if (p->kind == IAM_PRINCIPAL_ANONYMOUS || (p->arn.len == 0 && p->session_arn.len == 0)) {
        return IAM_STR("anonymous");
    }
    return p->session_arn.len > 0 ? p->session_arn : p->arn;
}

static const struct iam_str member_names[] = {
    [IAM_MEMBER_NONE] = {NULL, 0},
    [IAM_MEMBER_PRINCIPAL_KIND] = IAM_STR_INIT("principal.kind"),
    [IAM_MEMBER_PRINCIPAL_ACCOUNT] = IAM_STR_INIT("principal.account"),
    [IAM_MEMBER_PRINCIPAL_ARN] = IAM_STR_INIT("principal.arn"),
    [IAM_MEMBER_PRINCIPAL_SESSION_ARN] = IAM_STR_INIT("principal.session_arn"),
    [IAM_MEMBER_PRINCIPAL_USER_ARN] = IAM_STR_INIT("principal.user_arn"),
    [IAM_MEMBER_PRINCIPAL_ID] = IAM_STR_INIT("principal.id"),
    [IAM_MEMBER_ACTION] = IAM_STR_INIT("action"),
    [IAM_MEMBER_RESOURCE] = IAM_STR_INIT("resource"),
    [IAM_MEMBER_RESOURCE_ACCOUNT] = IAM_STR_INIT("resource_account"),
    [IAM_MEMBER_CONTEXT] = IAM_STR_INIT("context"),
};

static void put_fault(struct out *o, const struct iam_request_fault *f,
                      const struct iam_request *request)
{
    if (f->member == IAM_MEMBER_NONE) {
        return;
    }
    put(o, member_names[f->member]);
    if (f->member == IAM_MEMBER_CONTEXT && f->entry < request->context_count) {
        put(o, IAM_STR(" key "));
        put(o, request->context[f->entry].key);
    }
    put(o, IAM_STR(" "));
    put(o, iam_str_c(f->why));
}

size_t iam_request_fault_text(const struct iam_request_fault *fault,
                              const struct iam_request *request, char *out, size_t cap)
{
    struct out o = { out, cap, 0 };
    put_fault(&o, fault, request);
    return o.len;
}

/*
 * Returns the ARN of the first of the policies that deny, in the order of the set; absent when it
 * has none, or denials of its kind do not tell it.
 */
static struct iam_str denying_arn(const struct iam_decision *d)
{
    size_t n =
        d->matched_count < IAM_DECISION_MAX_MATCHED ? d->matched_count : IAM_DECISION_MAX_MATCHED;
    const struct iam_matched *first = d->matched;
    struct iam_str name;
    if (n == 0 || !iam_policy_kind_get(d->reason)->is_named) {
        return iam_str_absent();
    }
    for (size_t i = 1; i < n; i++) {
        first = d->matched[i].entry < first->entry ? &d->matched[i] : first;
    }
    name = iam_policy_set_name(first->set, first->entry);
    return iam_str_starts(name, IAM_STR("arn:")) ? name : iam_str_absent();
}

static void put_reason(struct out *o, const struct iam_decision *d,
                       const struct iam_request *request)
{
    const struct iam_policy_kind_row *why = iam_policy_kind_get(d->reason);
    if (d->effect == IAM_EXPLICIT_DENY) {
        struct iam_str arn = denying_arn(d);
        put(o, IAM_STR(" with an explicit deny in "));
        put(o, why->denying);
        put(o, arn.len > 0 ? IAM_STR(": ") : iam_str_absent());
        put(o, arn);
        return;
    }
    if (d->refused.member != IAM_MEMBER_NONE) {
        put(o, IAM_STR(" because the request contradicts itself: "));
        put_fault(o, &d->refused, request);
        return;
    }
    put(o, IAM_STR(" because no "));
    put(o, why->missing);
    put(o, IAM_STR(" allows the "));
    put(o, request->action);
    put(o, IAM_STR(" action"));
}

size_t iam_denial_write(const struct iam_decision *decision, const struct iam_request *request,
                        struct iam_str resource, bool with_reason, char *out, size_t cap)
{
    struct out o = { out, cap, 0 };
    put(&o, IAM_STR("User: "));
    put(&o, caller_name(&request->principal));
    put(&o, IAM_STR(" is not authorized to perform: "));
    put(&o, request->action);
    put(&o, resource.len > 0 ? IAM_STR(" on resource: ") : iam_str_absent());
    put(&o, resource);
    if (with_reason) {
        put_reason(&o, decision, request);
    }
    return o.len;
}

size_t iam_decision_message(const struct iam_decision *decision, const struct iam_request *request,
                            char *out, size_t cap)
{
    bool is_any = iam_str_eq(request->resource, IAM_STR("*"));
    if (decision->effect == IAM_ALLOW) {
        return 0;
    }
    return iam_denial_write(decision, request, is_any ? iam_str_absent() : request->resource, true,
                            out, cap);
}

const char *iam_effect_name(enum iam_effect effect)
{
    switch (effect) {
    case IAM_ALLOW:
        return "allow";
    case IAM_EXPLICIT_DENY:
        return "explicitDeny";
    case IAM_IMPLICIT_DENY:
        break;
    }
    return "implicitDeny";
}
