/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentence of a denial, as clients parse it.
 * SPEC: IAM User Guide, "Troubleshoot access denied error messages".
 */
#include "decide/eval.h"

struct reason_row {
    struct iam_str missing; /* "because no <missing> allows the <action> action" */
    struct iam_str denying; /* "with an explicit deny in <denying>" */
};

/* In the order of enum iam_policy_kind. */
static const struct reason_row reasons[] = {
    {IAM_STR_INIT("identity-based policy"),    IAM_STR_INIT("an identity-based policy") },
    { IAM_STR_INIT("resource-based policy"),   IAM_STR_INIT("a resource-based policy")  },
    { IAM_STR_INIT("role trust policy"),       IAM_STR_INIT("the role trust policy")    },
    { IAM_STR_INIT("permissions boundary"),    IAM_STR_INIT("a permissions boundary")   },
    { IAM_STR_INIT("session policy"),          IAM_STR_INIT("a session policy")         },
    { IAM_STR_INIT("service control policy"),  IAM_STR_INIT("a service control policy") },
    { IAM_STR_INIT("resource control policy"), IAM_STR_INIT("a resource control policy")},
};

_Static_assert(IAM_COUNT(reasons) == IAM_POLICY_RCP + 1, "a row for each kind of policy");
_Static_assert(IAM_POLICY_IDENTITY == 0 && IAM_POLICY_RESOURCE == 1 && IAM_POLICY_TRUST == 2 &&
                   IAM_POLICY_BOUNDARY == 3 && IAM_POLICY_SESSION == 4 && IAM_POLICY_SCP == 5,
               "the rows are in the order of enum iam_policy_kind");

struct out {
    char *p;
    size_t cap;
    size_t len;
};

static void put(struct out *o, struct iam_str s)
{
    size_t n = s.len < o->cap - o->len ? s.len : o->cap - o->len;
    if (n > 0) {
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

size_t iam_decision_message(const struct iam_decision *decision, const struct iam_request *request,
                            char *out, size_t cap)
{
    struct out o = { out, cap, 0 };
    const struct reason_row *why = &reasons[decision->reason];
    if (decision->effect == IAM_ALLOW) {
        return 0;
    }
    put(&o, IAM_STR("User: "));
    put(&o, caller_name(&request->principal));
    put(&o, IAM_STR(" is not authorized to perform: "));
    put(&o, request->action);
    if (request->resource.len > 0 && !iam_str_eq(request->resource, IAM_STR("*"))) {
        put(&o, IAM_STR(" on resource: "));
        put(&o, request->resource);
    }
    if (decision->effect == IAM_EXPLICIT_DENY) {
        put(&o, IAM_STR(" with an explicit deny in "));
        put(&o, why->denying);
        return o.len;
    }
    put(&o, IAM_STR(" because no "));
    put(&o, why->missing);
    put(&o, IAM_STR(" allows the "));
    put(&o, request->action);
    put(&o, IAM_STR(" action"));
    return o.len;
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
