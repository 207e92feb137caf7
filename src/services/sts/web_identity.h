/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Web identities: what a token of an identity provider says, and what of it decisions see. SPEC:
 * STS API Reference, "AssumeRoleWithWebIdentity"; Service Authorization Reference, "AWS Security
 * Token Service" (the keys); docs/conformance.md, "Web identities" (what was recorded).
 */
#pragma once

#include "dispatch/evidence.h"
#include "jose/claims.h"

/* What was verified, and what the answer says of it. */
struct sts_web_identity {
    struct api_evidence evidence; /* first: the call has its address */
    struct iam_str subject;
    struct iam_str audience;
    const struct iam_tag *lasting; /* keys that stay for the life of the session */
    size_t lasting_count;
};

/* Who issued a token, as far as the account knows it. */
struct sts_web_issuer {
    struct api_issuer issuer;
    struct iam_str principal; /* the provider's ARN; of a built-in one its domain */
    bool is_built_in;
    bool is_google;
    const struct iam_str *client_ids; /* NULL: of a built-in one, any will do */
    size_t client_id_count;
};

/* Answers that the token is not valid, and not why. Returns IAM_FAULT. */
enum iam_status sts_fail_web_token(struct iam_call *call);

/*
 * Finds the issuer that a token names in an account: exactly. IAM_FAULT: there is none; or the
 * store's error.
 */
enum iam_status sts_web_issuer_find(struct iam_call *call, struct iam_str account,
                                    struct iam_str iss, struct sts_web_issuer *ret) IAM_MUST_USE;
/*
 * Sets what claims that are verified say: condition keys, tags, the source identity, and whether
 * the provider lets the token have the role. IAM_FAULT: it does not, or a claim is malformed.
 */
enum iam_status sts_web_claims_read(struct iam_call *call, const struct sts_web_issuer *issuer,
                                    const struct iam_json *claims, const struct iam_claims *checked,
                                    struct iam_str role_arn,
                                    struct sts_web_identity *ret) IAM_MUST_USE;
/*
 * Reads a member with that name of the answer of a provider that was asked about a token: a text, a
 * number or a boolean that is not empty, in arena. IAM_SYNTAX: the answer is none, or has no such
 * member; IAM_LIMIT: it is too large; IAM_NOMEM.
 */
enum iam_status sts_web_opaque_member(struct iam_arena *arena, struct iam_str answer,
                                      struct iam_str name, struct iam_str *ret) IAM_MUST_USE;
/*
 * Verifies a token that only its provider can read: one of Facebook or of Login with Amazon. The
 * call may have to wait. IAM_FAULT: it does, or the token is not valid.
 */
enum iam_status sts_web_opaque_verify(struct iam_call *call, struct iam_str provider_id,
                                      struct iam_str token,
                                      struct sts_web_identity *ret) IAM_MUST_USE;
