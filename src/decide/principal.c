/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a statement of a resource policy names. Names are exact; the strongest way in which the
 * caller is named decides which of the caller's own policies are asked too.
 * SPEC: IAM User Guide, "AWS JSON policy elements: Principal"; docs/conformance.md, "grants".
 */
#include "decide/eval.h"

/* Units of the budget for one value of Principal or NotPrincipal. */
#define PRINCIPAL_COST 64

static bool is_signed(enum iam_principal_kind kind)
{
    return kind == IAM_PRINCIPAL_ROOT || kind == IAM_PRINCIPAL_USER ||
           kind == IAM_PRINCIPAL_ASSUMED_ROLE || kind == IAM_PRINCIPAL_FEDERATED_USER;
}

/* Tells whether both are there, and equal. */
static bool same(struct iam_str a, struct iam_str b)
{
    return a.len > 0 && iam_str_eq(a, b);
}

/* Returns the ID that the ARN meant when the policy was saved; absent when it is not pinned. */
static struct iam_str pinned_id(const struct iam_set_policy *entry, struct iam_str arn)
{
    size_t lo = 0;
    size_t hi = entry->pin_count;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (iam_str_cmp(entry->pins[middle].arn, arn) < 0) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    bool found = lo < entry->pin_count && iam_str_eq(entry->pins[lo].arn, arn);
    return found ? entry->pins[lo].id : iam_str_absent();
}

/* Whom a policy is to name. */
struct naming {
    const struct iam_principal *caller;
    const struct iam_set_policy *entry;
    bool deny; /* what is not known of the caller does not keep it from being named */
};

/*
 * Tells whether written is the caller's role with a path, when the caller's ARN has none: who knows
 * the session alone does not know the path. Names of roles are unique in an account, so it is that
 * role, or none.
 */
static bool is_role_with_path(const struct naming *by, struct iam_str written, struct iam_str arn)
{
    size_t slash = iam_str_find(arn, '/', 0);
    return by->caller->kind == IAM_PRINCIPAL_ASSUMED_ROLE &&
           iam_str_find(arn, '/', slash + 1) == arn.len &&
           iam_str_starts(written, iam_str_sub(arn, 0, slash + 1)) &&
           iam_str_ends(written, iam_str_sub(arn, slash, arn.len));
}

/* Tells whether written is the entity's ARN, or could be, when that is enough to deny. */
static bool is_arn_of(const struct naming *by, struct iam_str written, struct iam_str arn)
{
    return same(arn, written) || (by->deny && is_role_with_path(by, written, arn));
}

/*
 * Tells whether written names the entity. When it is pinned the ID alone decides: a renamed entity
 * is still meant, a new one of the old name is not.
 */
static bool names_entity(const struct naming *by, struct iam_str written, struct iam_str arn)
{
    struct iam_str pinned = pinned_id(by->entry, written);
    if (!iam_str_is_set(pinned)) {
        return is_arn_of(by, written, arn);
    }
    return by->caller->id.len > 0 ? same(pinned, by->caller->id)
                                  : by->deny && is_arn_of(by, written, arn);
}

/* Tells whether arn is arn:aws:sts::…, which names one session, never all of its role's. */
static bool is_session_arn(struct iam_str arn)
{
    size_t partition = iam_str_find(arn, ':', 0) + 1;
    size_t service = iam_str_find(arn, ':', partition) + 1;
    return iam_str_starts(iam_str_sub(arn, service, arn.len), IAM_STR("sts:"));
}

static enum iam_grant grant_to_session(const struct naming *by, struct iam_str written)
{
    const struct iam_principal *p = by->caller;
    struct iam_str pinned = pinned_id(by->entry, written);
    bool is_it = same(p->session_arn, written) &&
                 (!iam_str_is_set(pinned) || (p->id.len > 0 ? same(pinned, p->id) : by->deny));
    return is_it ? IAM_GRANT_SESSION : IAM_GRANT_NONE;
}

static enum iam_grant grant_by_arn(const struct naming *by, const struct iam_named *n)
{
    const struct iam_principal *p = by->caller;
    struct iam_str arn = p->arn;
    switch (p->kind) {
    case IAM_PRINCIPAL_ROOT:
    case IAM_PRINCIPAL_USER:
        break;
    case IAM_PRINCIPAL_ASSUMED_ROLE:
        if (is_session_arn(iam_named_value(n))) {
            return grant_to_session(by, iam_named_value(n));
        }
        break;
    case IAM_PRINCIPAL_FEDERATED_USER:
        if (same(p->arn, iam_named_value(n))) {
            return IAM_GRANT_SESSION;
        }
        arn = p->user_arn;
        break;
    case IAM_PRINCIPAL_ANONYMOUS:
    case IAM_PRINCIPAL_SERVICE:
    case IAM_PRINCIPAL_FEDERATED:
        return IAM_GRANT_NONE;
    }
    return names_entity(by, iam_named_value(n), arn) ? IAM_GRANT_ENTITY : IAM_GRANT_NONE;
}

static enum iam_grant grant_by(const struct naming *by, const struct iam_named *n)
{
    const struct iam_principal *p = by->caller;
    bool match = false;
    switch ((enum iam_named_kind)n->kind) {
    case IAM_NAMED_EVERYONE:
        return IAM_GRANT_SESSION;
    case IAM_NAMED_ACCOUNT:
        return is_signed(p->kind) && same(p->account, iam_named_value(n)) ? IAM_GRANT_ACCOUNT
                                                                          : IAM_GRANT_NONE;
    case IAM_NAMED_ARN:
        return grant_by_arn(by, n);
    case IAM_NAMED_ID:
        match = is_signed(p->kind) && same(p->id, iam_named_value(n));
        break;
    case IAM_NAMED_SERVICE:
        match = p->kind == IAM_PRINCIPAL_SERVICE && same(p->arn, iam_named_value(n));
        break;
    case IAM_NAMED_FEDERATED:
        match = p->kind == IAM_PRINCIPAL_FEDERATED && same(p->arn, iam_named_value(n));
        break;
    case IAM_NAMED_CANONICAL:
        break;
    }
    return match ? IAM_GRANT_ENTITY : IAM_GRANT_NONE;
}

static enum iam_grant strongest(const struct iam_eval *ev, const struct iam_statement *s,
                                const struct iam_set_policy *entry)
{
    struct naming by = { &ev->request->principal, entry, s->deny };
    enum iam_grant best = IAM_GRANT_NONE;
    for (uint32_t i = 0; i < s->principal_count && best < IAM_GRANT_SESSION; i++) {
        enum iam_grant g = grant_by(&by, &iam_statement_principals(s)[i]);
        /* An identity provider's subject is named by name only. */
        if (g == IAM_GRANT_SESSION && !s->deny &&
            ev->request->principal.kind == IAM_PRINCIPAL_FEDERATED) {
            g = IAM_GRANT_NONE;
        }
        best = g > best ? g : best;
    }
    return best;
}

/* The ways in which NotPrincipal with Deny must name a caller to spare it. */
struct levels {
    bool account;
    bool entity;
    bool session;
    bool everyone;
};

static struct levels listed_levels(const struct iam_eval *ev, const struct iam_statement *s,
                                   const struct iam_set_policy *entry)
{
    /* A caller that cannot be told from another one is not listed. */
    struct naming by = { &ev->request->principal, entry, false };
    struct levels l = { false, false, false, false };
    for (uint32_t i = 0; i < s->principal_count; i++) {
        const struct iam_named *n = &iam_statement_principals(s)[i];
        enum iam_grant g = grant_by(&by, n);
        l.everyone |= n->kind == IAM_NAMED_EVERYONE;
        l.account |= g == IAM_GRANT_ACCOUNT;
        l.entity |= g == IAM_GRANT_ENTITY;
        l.session |= g == IAM_GRANT_SESSION && n->kind != IAM_NAMED_EVERYONE;
    }
    return l;
}

/*
 * Tells whether NotPrincipal spares the caller.
 * SPEC: IAM User Guide, "AWS JSON policy elements: NotPrincipal": account, role, then session.
 */
static bool is_spared(const struct iam_eval *ev, const struct iam_statement *s,
                      const struct iam_set_policy *entry)
{
    struct levels l = listed_levels(ev, s, entry);
    if (ev->has_boundary) {
        return false;
    }
    if (l.everyone) {
        return true;
    }
    switch (ev->request->principal.kind) {
    case IAM_PRINCIPAL_ROOT:
        return l.account;
    case IAM_PRINCIPAL_USER:
        return l.account && l.entity;
    case IAM_PRINCIPAL_ASSUMED_ROLE:
        return l.account && l.entity && l.session;
    case IAM_PRINCIPAL_FEDERATED_USER:
        return l.account && l.session;
    case IAM_PRINCIPAL_SERVICE:
    case IAM_PRINCIPAL_FEDERATED:
        return l.entity;
    case IAM_PRINCIPAL_ANONYMOUS:
        break;
    }
    return false;
}

enum iam_grant iam_principal_grant(struct iam_eval *ev, const struct iam_statement *s,
                                   const struct iam_set_policy *entry)
{
    if (!iam_eval_spend(ev, (uint64_t)s->principal_count * PRINCIPAL_COST)) {
        return s->deny ? IAM_GRANT_SESSION : IAM_GRANT_NONE;
    }
    if (!s->not_principal) {
        return strongest(ev, s, entry);
    }
    /* NotPrincipal occurs in a Deny only. */
    return is_spared(ev, s, entry) ? IAM_GRANT_NONE : IAM_GRANT_SESSION;
}
