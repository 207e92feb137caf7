/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision: may this principal perform this action on this resource, in this context? Policy
 * sets are compiled once, indexed by action, immutable and shareable across threads; iam_decide
 * allocates nothing, takes no lock, and its cost is bounded by the statements that can apply.
 */
#ifndef IAM_DECIDE_H
#define IAM_DECIDE_H

#include "iam/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- policy sets ----------------------------------------------------------------------------- */

/*
 * Says that a principal written as this ARN means the entity with this unique ID and no other: one
 * that was deleted and created again is not the one that was trusted, one that was renamed still
 * is. For the ARN of a role session the ID is the role's, and the session must be that one too.
 * SPEC: IAM User Guide, "AWS JSON policy elements: Principal", IAM users and roles.
 */
struct iam_principal_pin {
    struct iam_str arn;
    struct iam_str id;
};

struct iam_set_entry {
    struct iam_policy *policy;            /* not NULL; a reference is taken */
    struct iam_str name;                  /* copied; the ARN, or the name of an inline policy,
                                             which is shown in reasons and denials */
    const struct iam_principal_pin *pins; /* copied; resource and trust policies only */
    size_t pin_count;
};

/* Policies that count together (inside one set any Deny wins, else any Allow): one layer. */
struct iam_policy_set;

/* Compiles entries into a set with one reference. count may be 0. IAM_NOMEM, IAM_LIMIT. */
IAM_API enum iam_status iam_policy_set_new(const struct iam_alloc *alloc,
                                           const struct iam_set_entry *entries, size_t count,
                                           struct iam_policy_set **ret) IAM_MUST_USE;
IAM_API struct iam_policy_set *iam_policy_set_ref(struct iam_policy_set *set);
/* Drops a reference; the last one frees the set. Accepts NULL. */
IAM_API void iam_policy_set_unref(struct iam_policy_set *set);
/* Returns the number of entries; the name of one, or its policy, borrowed from the set. */
IAM_API size_t iam_policy_set_count(const struct iam_policy_set *set);
IAM_API struct iam_str iam_policy_set_name(const struct iam_policy_set *set, size_t entry);
IAM_API const struct iam_policy *iam_policy_set_policy(const struct iam_policy_set *set,
                                                       size_t entry);

/* ---- the question ---------------------------------------------------------------------------- */

/* A request beyond these limits is refused. */
#define IAM_REQUEST_MAX_ACTION 256u
#define IAM_REQUEST_MAX_RESOURCE 8192u
#define IAM_REQUEST_MAX_CONTEXT 512u /* keys */
#define IAM_REQUEST_MAX_VALUES 1024u /* of one key */
#define IAM_REQUEST_MAX_VALUE 65536u /* bytes of one value */

enum iam_principal_kind {
    IAM_PRINCIPAL_ANONYMOUS,
    IAM_PRINCIPAL_ROOT,           /* the root user of an account */
    IAM_PRINCIPAL_USER,           /* long-term key, or a GetSessionToken session of the user */
    IAM_PRINCIPAL_ASSUMED_ROLE,   /* a role session */
    IAM_PRINCIPAL_FEDERATED_USER, /* a GetFederationToken session */
    IAM_PRINCIPAL_SERVICE,        /* an AWS service principal */
    IAM_PRINCIPAL_FEDERATED /* unsigned: the identity provider's subject (AssumeRoleWith...) */
};

struct iam_principal {
    enum iam_principal_kind kind;
    struct iam_str account;     /* 12 digits; absent for anonymous, service, federated */
    struct iam_str arn;         /* entity: user, ROLE (not session), root, federated-user ARN of
                                   that account; service name for SERVICE; provider ARN or host
                                   name for FEDERATED; absent for anonymous */
    struct iam_str session_arn; /* ASSUMED_ROLE: of a session of that role, of the same partition
                                   and account; may be absent. Absent otherwise */
    struct iam_str user_arn;    /* FEDERATED_USER: the ARN of the user (or root user) of that
                                   account who called; may be absent. Absent otherwise */
    struct iam_str id;          /* may be absent. Unique ID of the user or role (AIDA..., AROA...),
                                   for pins; of a federated user that of the user who called; of a
                                   root user the account. Absent for those without an account */
};

/* One condition key of the request. The key's case does not matter. */
struct iam_context_entry {
    struct iam_str key;
    const struct iam_str *values;
    size_t value_count; /* 0 only when is_list */
    bool is_list;       /* multivalued: needs a set operator in a policy */
};

struct iam_request {
    struct iam_principal principal;
    struct iam_str action;           /* "service:Name", one colon, no wildcard */
    struct iam_str resource;         /* an ARN, or "*" for actions without a resource */
    struct iam_str resource_account; /* owner, 12 digits, not another than the ARN names; absent:
                                        the account that the ARN names, else the principal's own */
    const struct iam_context_entry *context; /* every key; nothing is added by the library */
    size_t context_count;
};

/* The members of a request that can be wrong. */
enum iam_request_member {
    IAM_MEMBER_NONE = 0,
    IAM_MEMBER_PRINCIPAL_KIND,
    IAM_MEMBER_PRINCIPAL_ACCOUNT,
    IAM_MEMBER_PRINCIPAL_ARN,
    IAM_MEMBER_PRINCIPAL_SESSION_ARN,
    IAM_MEMBER_PRINCIPAL_USER_ARN,
    IAM_MEMBER_PRINCIPAL_ID,
    IAM_MEMBER_ACTION,
    IAM_MEMBER_RESOURCE,
    IAM_MEMBER_RESOURCE_ACCOUNT,
    IAM_MEMBER_CONTEXT
};

/* What is wrong with a request. */
struct iam_request_fault {
    enum iam_request_member member; /* NONE: nothing */
    size_t entry;    /* of a CONTEXT: which one; context_count when no single one is wrong */
    const char *why; /* static: what it must be; NULL when nothing is wrong */
};

/*
 * Tells whether request is one that can be decided: every member has the form that is stated above
 * and is within the limits, and no two contradict each other. A context key is there once (in any
 * case), and those that the rest of the request determines say the same as it: aws:PrincipalArn,
 * aws:PrincipalAccount, aws:PrincipalType, aws:userid and aws:ResourceAccount. What is not checked
 * is whether any of it is true. When it returns false *ret (may be NULL) names the first member
 * that is wrong. iam_decide and iam_explain refuse exactly these requests. Allocates nothing,
 * thread-safe.
 */
IAM_API bool iam_request_check(const struct iam_request *request, struct iam_request_fault *ret);

/*
 * Writes what is wrong, without a NUL, to out (cap bytes; cut off when it does not fit):
 * "principal.account must be twelve digits", "context key aws:PrincipalArn must be that of the
 * request's principal". fault is of that request. Returns the number of bytes written; 0 when
 * nothing is wrong.
 */
IAM_API size_t iam_request_fault_text(const struct iam_request_fault *fault,
                                      const struct iam_request *request, char *out, size_t cap);

/*
 * Every set that may affect the request; NULL or count 0 where there is none. All are borrowed. A
 * boundary that is there but holds no policy allows nothing, and so does a level or layer that is
 * NULL or empty.
 *
 * Which sets bind follows from the kind of principal: identity policies and a boundary bind users,
 * roles and federated users; session layers and SCPs bind all principals with an account; RCPs and
 * the resource policy bind everyone. The caller takes care of the other exemptions by leaving the
 * sets out: management account, service-linked roles, services and actions that RCPs do not reach.
 */
struct iam_policies {
    const struct iam_policy_set *identity;
    const struct iam_policy_set *boundary;
    const struct iam_policy_set *const *session; /* layers, each must allow */
    size_t session_count;
    const struct iam_policy_set *resource;
    bool
        resource_must_allow; /* a role trust policy or a key policy: identity alone is not enough */
    const struct iam_policy_set *const *scp; /* levels from the root down, each must allow */
    size_t scp_count;
    const struct iam_policy_set *const *rcp;
    size_t rcp_count;
};

/* ---- the answer ------------------------------------------------------------------------------ */

enum iam_effect { IAM_IMPLICIT_DENY = 0, IAM_EXPLICIT_DENY, IAM_ALLOW };

/* A statement that took part in a decision. */
struct iam_matched {
    const struct iam_policy_set *set;
    enum iam_policy_kind layer; /* the kind of policy that the set was given as */
    uint32_t entry;             /* which policy of the set */
    uint32_t statement;         /* which statement of it, from 0 */
};

/* At most this many statements are reported. */
#define IAM_DECISION_MAX_MATCHED 16

struct iam_decision {
    enum iam_effect effect;
    /* Denied: the kind of policy that denied, or that would have had to allow. Allowed: the kind
     * that granted. */
    enum iam_policy_kind reason;
    /* The statements that decided: the denying ones, or the allowing ones; none for an implicit
     * deny. */
    struct iam_matched matched[IAM_DECISION_MAX_MATCHED];
    size_t matched_count; /* IAM_DECISION_MAX_MATCHED + 1: there are more, which are not recorded */
    /*
     * Of a request that iam_request_check refuses; then the effect is an implicit deny, no policy
     * was asked, and reason says nothing. Otherwise its member is IAM_MEMBER_NONE.
     */
    struct iam_request_fault refused;
};

/*
 * Decides. Always fills *ret; anything that cannot be evaluated denies: then Deny statements apply
 * and Allow statements do not. A request that iam_request_check refuses is an implicit deny, in
 * which ret->refused names the member. A decision that would take more than IAM_DECISION_MAX_STEPS
 * denies. Thread-safe; uses at most 16 KiB of stack.
 * SPEC: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny
 * access".
 */
IAM_API void iam_decide(const struct iam_policies *policies, const struct iam_request *request,
                        struct iam_decision *ret);

/* The work of one decision, in steps of about one byte compared: a quarter of a second. */
#define IAM_DECISION_MAX_STEPS (1u << 26)
/*
 * Decides like iam_decide with at most *steps, and takes what was used from *steps, so that several
 * decisions can share a budget. False: it did not suffice, and *ret is a denial that says nothing
 * about the policies.
 */
IAM_API bool iam_decide_within(const struct iam_policies *policies,
                               const struct iam_request *request, uint64_t *steps,
                               struct iam_decision *ret);

/*
 * Writes the sentence that AWS clients parse, without a NUL, to out (cap bytes; cut off when it
 * does not fit): "User: <arn> is not authorized to perform: <action> on resource: <arn> because no
 * identity-based policy allows the <action> action". An explicit deny by an identity policy, a
 * boundary, an SCP or an RCP whose name in the set is an ARN ends with ": <that ARN>"; the first of
 * several. The resource "*" is not named. Of a refused request, of which AWS says nothing, it ends
 * "because the request contradicts itself: " and what iam_request_fault_text writes. The sets that
 * were decided on must still exist. Returns the number of bytes written; 0 for an allow.
 * SPEC: IAM User Guide, "Troubleshoot access denied error messages".
 */
IAM_API size_t iam_decision_message(const struct iam_decision *decision,
                                    const struct iam_request *request, char *out, size_t cap);

/* Returns "allow", "explicitDeny" or "implicitDeny". */
IAM_API const char *iam_effect_name(enum iam_effect effect);

/* ---- why ------------------------------------------------------------------------------------- */

/* The element because of which a statement does not apply. */
enum iam_element {
    IAM_ELEMENT_NONE = 0,
    IAM_ELEMENT_ACTION,    /* Action or NotAction */
    IAM_ELEMENT_RESOURCE,  /* Resource or NotResource */
    IAM_ELEMENT_PRINCIPAL, /* Principal or NotPrincipal, or there is none to name the caller */
    IAM_ELEMENT_CONDITION
};

/* At most this many missing keys are named. */
#define IAM_EXPLAINED_MAX_MISSING 8

/* What became of one statement. Texts are borrowed from the policies. */
struct iam_explained {
    struct iam_matched at;
    size_t level;           /* which session layer, SCP level or RCP level; otherwise 0 */
    enum iam_effect effect; /* IAM_ALLOW or IAM_EXPLICIT_DENY: what the statement says */
    bool applies;
    bool unevaluable;                  /* a part could not be evaluated: a Deny applies then */
    enum iam_element failed;           /* the first that does not match; NONE when all match */
    struct iam_str element;            /* its name as it is written, such as "NotAction" */
    struct iam_str condition_operator; /* of the first condition that does not hold */
    struct iam_str condition_key;
    /*
     * The context keys whose absence made conditions or the Resource element fail. Of the
     * conditions after the first that does not hold, only those are named whose own key is absent.
     */
    struct iam_str missing[IAM_EXPLAINED_MAX_MISSING];
    size_t missing_count; /* IAM_EXPLAINED_MAX_MISSING + 1: there are more */
};

/*
 * Is called for each statement; *statement is valid during the call. Returns false to end the
 * explanation.
 */
typedef bool iam_explain_fn(void *ctx, const struct iam_explained *statement);

enum iam_explain_scope {
    IAM_EXPLAIN_ALL,    /* every statement of every set that binds the caller, in order */
    IAM_EXPLAIN_REACHED /* of each set and effect, at most 256 of the statements that deciding looks
                           at: the action matches, and the resource begins like one of the
                           statement's */
};

/*
 * Tells of each statement whether it applies to the request, and if not, why; the sets come in the
 * order in which iam_decide asks them. Every argument is as in iam_decide, whose answer this does
 * not repeat. IAM_EXPLAIN_REACHED costs at most a few times as much as deciding, however much is
 * attached. Returns false when iam_request_check refuses the request: then no statement is looked
 * at. Allocates nothing, thread-safe.
 */
IAM_API bool iam_explain(const struct iam_policies *policies, const struct iam_request *request,
                         enum iam_explain_scope scope, iam_explain_fn *each, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
