/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One decision in progress: the request in the form that matching reads, all of it on the caller's
 * stack, and the questions that are asked of it.
 *
 * INVARIANT: what cannot be evaluated never grants. A part of a statement that cannot be evaluated
 * sets `broken`; then a Deny statement applies and an Allow statement does not. When the budget
 * ends, the decision allows nothing, whatever was found before.
 */
#pragma once

#include "decide/glob.h"
#include "decide/set.h"

/*
 * LIMIT: work of one decision; once it is used up, nothing more can be evaluated. Whatever grows
 * with a document, a set or a value of the request is charged.
 */
#ifndef IAM_EVAL_BUDGET /* a test has its own */
#define IAM_EVAL_BUDGET IAM_DECISION_MAX_STEPS
#endif

/* A power of two, at least twice IAM_REQUEST_MAX_CONTEXT. */
#define IAM_CONTEXT_SLOTS 1024

/* The request's condition keys, found by hash. */
struct iam_context {
    const struct iam_context_entry *entries;
    uint32_t mask; /* of the slots in use, less one */
    uint16_t hashes[IAM_REQUEST_MAX_CONTEXT];
    uint16_t slots[IAM_CONTEXT_SLOTS]; /* index into entries plus one; 0 is free */
};

/* An ARN divided at its first five colons. */
struct iam_arn_parts {
    struct iam_str text;
    size_t colon[IAM_ARN_PARTS - 1];
    bool whole; /* there are six parts */
};

/* The request's address and date that were read last: many statements ask for the same ones. */
struct iam_read_cache {
    struct iam_str net_text; /* absent: none */
    struct iam_str date_text;
    struct iam_net net;
    int64_t date_ms;
    bool net_valid;
    bool date_valid;
};

struct iam_eval {
    const struct iam_request *request;
    enum iam_policy_kind resource_kind; /* IAM_POLICY_RESOURCE or IAM_POLICY_TRUST */
    bool is_signed;                     /* the credentials belong to an account */
    bool has_identity;                  /* identity policies and a boundary can apply */
    bool has_boundary;
    bool is_session; /* the set that is asked is a layer of the session */
    bool broken;
    bool exhausted; /* the budget has ended: nothing can be allowed any more */
    uint64_t budget;
    struct iam_read_cache cache;
    struct iam_arn_parts resource;
    struct iam_str owner;  /* of the resource; absent: nothing names one */
    struct iam_str action; /* lower case, in action_bytes */
    char action_bytes[IAM_REQUEST_MAX_ACTION];
    struct iam_context context;
};

/*
 * Takes cost from the budget. Returns false when it is used up; then ev->broken and ev->exhausted
 * are set.
 */
static inline bool iam_eval_spend(struct iam_eval *ev, uint64_t cost)
{
    if (cost > ev->budget) {
        ev->budget = 0;
        ev->broken = true;
        ev->exhausted = true;
        return false;
    }
    ev->budget -= cost;
    return true;
}

/*
 * Tells whether what was asked last could be evaluated, and adds to *unknown that it could not.
 * Clears ev->broken for what is asked next.
 */
static inline bool iam_eval_known(struct iam_eval *ev, bool *unknown)
{
    bool known = !ev->broken;
    *unknown |= ev->broken;
    ev->broken = false;
    return known;
}

/* Units of the budget for trying one statement. */
#define IAM_STATEMENT_COST 64

/* ---- eval.c ---------------------------------------------------------------------------------- */

/*
 * Fills ev, and f with nothing; or returns false with f filled when the request is to be refused;
 * what concerns the caller is filled even then.
 */
bool iam_eval_init(struct iam_eval *ev, const struct iam_policies *policies,
                   const struct iam_request *request, struct iam_request_fault *f);

/*
 * Fills ev likewise for a request that somebody imagines: only the forms of the action and the
 * resource are checked, and the context; an action may hold wildcards, which mean themselves.
 */
bool iam_eval_init_imagined(struct iam_eval *ev, const struct iam_policies *policies,
                            const struct iam_request *request, struct iam_request_fault *f);

/* ---- check.c --------------------------------------------------------------------------------- */

/* Each returns false with f filled when it finds something wrong. */

/* Checks the principal. has_account: its kind is one that has an account. */
bool iam_check_principal(const struct iam_principal *p, bool has_account,
                         struct iam_request_fault *f);
/* Checks the resource, divided, and its owner; finds ev->owner. */
bool iam_check_resource(struct iam_eval *ev, struct iam_request_fault *f);
/* Checks the context keys that the rest of the request, already checked, determines. */
bool iam_check_context(const struct iam_eval *ev, struct iam_request_fault *f);

/* ---- context.c ------------------------------------------------------------------------------- */

/*
 * Fills c. Returns false with f filled when there are too many keys, a key occurs twice, or an
 * entry is not well formed.
 */
bool iam_context_init(struct iam_context *c, const struct iam_context_entry *entries, size_t count,
                      struct iam_request_fault *f);
/*
 * Finds the entry of a key, or NULL. hash is iam_key_hash(key). Sets ev->broken when the budget is
 * used up.
 */
const struct iam_context_entry *iam_context_find(struct iam_eval *ev, struct iam_str key,
                                                 uint16_t hash);

/* ---- expand.c -------------------------------------------------------------------------------- */

/* LIMIT: of a policy value once its variables are replaced. */
#define IAM_EXPANDED_MAX_BYTES 4096

enum iam_expanded {
    IAM_EXPANDED_OK,
    IAM_EXPANDED_NO_VALUE, /* a variable has no value and no default: equal to nothing */
    IAM_EXPANDED_BROKEN    /* the result does not fit */
};

enum iam_expand_as {
    IAM_EXPAND_TEXT,
    IAM_EXPAND_PATTERN, /* wildcards of the text become the codes IAM_GLOB_MANY and IAM_GLOB_ONE;
                           what came from a value never does */
    IAM_EXPAND_ARN      /* likewise, and a value that would shift the parts counts as no value */
};

/* Writes t with the request's values into out (IAM_EXPANDED_MAX_BYTES). */
enum iam_expanded iam_template_expand(struct iam_eval *ev, const struct iam_template *t,
                                      enum iam_expand_as as, char *out, struct iam_str *ret);

/* ---- arn.c ----------------------------------------------------------------------------------- */

struct iam_arn_parts iam_arn_split(struct iam_str text);
/*
 * Tells whether arn, which is one, matches a value of an ARN operator, part by part. Sets
 * ev->broken when p cannot be evaluated: its variables may make any text of it, and only an ARN is
 * compared.
 */
bool iam_arn_satisfies(struct iam_eval *ev, const struct iam_pattern *p,
                       const struct iam_arn_parts *arn);
/*
 * Tells whether p, a pattern of a Resource element, matches the request's resource. When its first
 * five parts or the literal beginning of the sixth rule that out, there is no match, whether or not
 * the rest can be evaluated: the index rules it out in the same way.
 */
bool iam_resource_matches(struct iam_eval *ev, const struct iam_pattern *p);
/*
 * Tells whether the Resource or NotResource element of s applies to the request. A pattern that
 * cannot be evaluated sets ev->broken, unless another one of a Resource element matches.
 */
bool iam_resource_applies(struct iam_eval *ev, const struct iam_statement *s);

/* ---- condition.c ----------------------------------------------------------------------------- */

/*
 * Tells whether c holds for the request, for a statement of the given effect. Sets ev->broken,
 * which is clear before, when that is not known: the order of values decides nothing, but for those
 * of ARN operators.
 */
bool iam_condition_holds(struct iam_eval *ev, const struct iam_condition *c, bool deny);

/* ---- principal.c ----------------------------------------------------------------------------- */

/* How a statement of a resource policy names the caller, weakest first. */
enum iam_grant {
    IAM_GRANT_NONE,
    IAM_GRANT_ACCOUNT, /* by the account: delegates to its identity policies */
    IAM_GRANT_ENTITY,  /* by the ARN of the user or role, by name for a service or provider */
    IAM_GRANT_SESSION  /* by the ARN of the session, or everyone */
};

/*
 * Finds how s (of the entry) names the caller; IAM_GRANT_NONE when it does not. When the budget
 * ends here, a Deny names everyone and an Allow nobody.
 */
enum iam_grant iam_principal_grant(struct iam_eval *ev, const struct iam_statement *s,
                                   const struct iam_set_policy *entry);

/* ---- search.c -------------------------------------------------------------------------------- */

/*
 * Tells whether the Action or NotAction element of s applies to the request. Sets ev->broken when
 * the budget is used up.
 */
bool iam_action_applies(struct iam_eval *ev, const struct iam_statement *s);
/* Finds how a statement of set names the caller, when the set is used as layer. */
enum iam_grant iam_statement_grant(struct iam_eval *ev, const struct iam_policy_set *set,
                                   enum iam_policy_kind layer, const struct iam_set_statement *at);

/* Statements of one effect that apply, of one set. */
struct iam_found {
    struct iam_matched *matched; /* IAM_DECISION_MAX_MATCHED, or NULL: only whether */
    size_t count;                /* IAM_DECISION_MAX_MATCHED + 1: more than that */
    enum iam_grant grant;        /* the strongest */
};

/* Finds what iam_set_search finds, in a set that has statements of that effect. */
void iam_set_walk(struct iam_eval *ev, const struct iam_policy_set *set, enum iam_policy_kind layer,
                  bool deny, struct iam_found *found);

/*
 * Finds the statements of set (may be NULL) with that effect that apply to the request. Without
 * found->matched the search ends at the first. layer is the kind of policy that the set is used as.
 */
static inline void iam_set_search(struct iam_eval *ev, const struct iam_policy_set *set,
                                  enum iam_policy_kind layer, bool deny, struct iam_found *found)
{
    found->count = 0;
    found->grant = IAM_GRANT_NONE;
    if (iam_set_has(set, deny)) {
        iam_set_walk(ev, set, layer, deny, found);
    }
}
