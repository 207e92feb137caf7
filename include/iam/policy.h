/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy documents: parse, check, print. A parsed policy is immutable, reference-counted and may be
 * shared across threads; it keeps its text, so that exactly what was parsed can be printed.
 */
#ifndef IAM_POLICY_H
#define IAM_POLICY_H

#include "iam/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a document is used as: decides which elements it may and must have. */
enum iam_policy_kind {
    IAM_POLICY_IDENTITY, /* inline, or stored managed, policy of a user, group or role */
    IAM_POLICY_RESOURCE, /* attached to a resource: Principal required */
    IAM_POLICY_TRUST,    /* of a role: Principal required, no Resource */
    IAM_POLICY_BOUNDARY,
    IAM_POLICY_SESSION,
    IAM_POLICY_SCP,
    IAM_POLICY_RCP,
    /*
     * A managed policy as it is written: like a boundary, which is one, it must have the Version
     * 2012-10-17. What is parsed is an identity policy.
     */
    IAM_POLICY_MANAGED
};

struct iam_policy;

/* Largest text that iam_policy_parse takes, in bytes. SPEC: IAM model, policyDocumentType. */
#define IAM_POLICY_MAX_BYTES 131072u

/*
 * Parses and checks text as a document of the given kind. The text is copied. On success *ret holds
 * one reference. On failure *ret is untouched and *diag (may be NULL) says where and why:
 * IAM_SYNTAX (not JSON, or not the policy grammar), IAM_LIMIT (text, 1000 statements, 8192 bytes of
 * a value, 256 of an action, 65535 items, nesting), IAM_RANGE (no such kind), IAM_NOMEM.
 * SPEC: IAM User Guide, "Grammar of the IAM JSON policy language".
 */
IAM_API enum iam_status iam_policy_parse(const struct iam_alloc *alloc, enum iam_policy_kind kind,
                                         struct iam_str text, struct iam_policy **ret,
                                         struct iam_diag *diag) IAM_MUST_USE;
/*
 * Checks what AWS asks of a document only when it is written, and not of one that is stored: the
 * trust policy of a role must narrow what it lets in from an identity provider that many customers
 * share. IAM_SYNTAX, with *diag (may be NULL) filled as by iam_policy_parse.
 * SPEC: IAM User Guide, "Identity-provider controls for shared OIDC providers".
 */
IAM_API enum iam_status iam_policy_check_write(const struct iam_policy *policy,
                                               struct iam_diag *diag) IAM_MUST_USE;
/*
 * Returns the sentence that AWS answers for a document with such an error ("Syntax errors in
 * policy."), borrowed from diag, with the full stop where AWS has one. In the message it is
 * followed by " -- " and what to write instead. diag must have been filled by iam_policy_parse or
 * iam_policy_check_write; for IAM_NOMEM, IAM_RANGE and a text that is too long the sentence is our
 * own, because AWS has none.
 */
IAM_API struct iam_str iam_policy_refusal(const struct iam_diag *diag);
IAM_API struct iam_policy *iam_policy_ref(struct iam_policy *policy);
/* Drops a reference; the last one frees the policy. Accepts NULL. */
IAM_API void iam_policy_unref(struct iam_policy *policy);
/* Returns the text as it was given, borrowed from the policy. */
IAM_API struct iam_str iam_policy_text(const struct iam_policy *policy);
/* Returns the kind it was parsed as; IAM_POLICY_IDENTITY for IAM_POLICY_MANAGED. */
IAM_API enum iam_policy_kind iam_policy_kind_of(const struct iam_policy *policy);
IAM_API size_t iam_policy_statement_count(const struct iam_policy *policy);
/* Returns the Sid of a statement, absent when it has none. */
IAM_API struct iam_str iam_policy_sid(const struct iam_policy *policy, size_t statement);

/*
 * Walks the values of the Principal and NotPrincipal elements: *pos starts at 0; returns false at
 * the end. type is "AWS", "Service", "Federated", "CanonicalUser" or "*" (then value is "*").
 */
IAM_API bool iam_policy_next_principal(const struct iam_policy *policy, size_t *pos,
                                       struct iam_str *ret_type, struct iam_str *ret_value);

/*
 * A place in a text, before its next character. Line and column count from 1, the column in
 * characters; a line ends with CR, LF, or CR and LF.
 */
struct iam_position {
    unsigned line;
    unsigned column;
};

/*
 * The part of a text that a statement is said to take: from after the bracket or brace that opens
 * Statement, or from the end of the statement before it, to after its own closing brace.
 * SPEC: IAM API Reference, "Statement"; recorded.
 */
struct iam_span {
    struct iam_position start;
    struct iam_position end;
};

/*
 * Finds where the first count statements are, at most as many as there are, in one pass over the
 * text; ret has room for them.
 */
IAM_API void iam_policy_spans(const struct iam_policy *policy, struct iam_span *ret, size_t count);

/*
 * Is called for each condition key that a document names; key is valid during the call. Returns
 * false to end the walk.
 */
typedef bool iam_policy_key_fn(void *ctx, struct iam_str key);
/*
 * Walks the keys on which the policy can depend: those of its conditions, and those of the
 * variables in its resources and in the values of its conditions. One that is named twice is told
 * twice. Returns false when the walk was ended.
 */
IAM_API bool iam_policy_each_key(const struct iam_policy *policy, iam_policy_key_fn *each,
                                 void *ctx);
/*
 * Walks the same keys of a text that need not be a policy which could be used: elements may be
 * missing, and actions, resources, principals and the values of conditions may be anything. The
 * variables of "${*}", "${?}" and "${$}" are told too. IAM_SYNTAX with *diag (may be NULL) filled,
 * perhaps after some keys: it is no JSON, has an element, an operator or a Version that is not
 * known, or a statement with elements but without Effect. IAM_LIMIT as iam_policy_parse,
 * IAM_NOMEM; IAM_OK also when the walk was ended.
 * SPEC: IAM API Reference, "GetContextKeysForCustomPolicy"; recorded.
 */
IAM_API enum iam_status iam_policy_read_keys(const struct iam_alloc *alloc, struct iam_str text,
                                             iam_policy_key_fn *each, void *ctx,
                                             struct iam_diag *diag) IAM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
