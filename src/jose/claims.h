/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token says of its bearer, and whether that is for us and now. The sentences are those that
 * clients see. SPEC: recorded on AWS, docs/conformance.md, "Web identities".
 */
#pragma once

#include "codec/json.h"

/* SPEC: recorded on AWS: 300 seconds either way. */
#define IAM_CLAIMS_TOLERANCE_SECONDS 300

/* Says that a token could not be validated, and not why. */
#define IAM_SAYS_NOT_VALIDATED                                                                   \
    "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity " \
    "documentation for requirements."

/* LIMIT: audiences of one token. */
#define IAM_CLAIMS_MAX_AUDIENCES 64

struct iam_claims_rules {
    int64_t now_ms;
    const struct iam_str *client_ids; /* of which the audience must be one; NULL: any will do */
    size_t client_id_count;
};

struct iam_claims {
    struct iam_str subject;
    struct iam_str audience;       /* azp, or the only aud when there is none */
    struct iam_str first_audience; /* the first aud, whatever azp says */
    int64_t expires_s;
};

enum iam_claims_fault {
    IAM_CLAIMS_INVALID,
    IAM_CLAIMS_EXPIRED,
    IAM_CLAIMS_UNKNOWN /* AWS says that it failed by itself */
};

struct iam_claims_refusal {
    enum iam_claims_fault fault;
    struct iam_str message; /* in the arena */
};

/*
 * Reads and judges the claims of a token whose signature is verified. IAM_DENIED: *ret_refusal says
 * why; IAM_NOMEM. *ret borrows from claims and arena.
 */
enum iam_status iam_claims_check(struct iam_arena *arena, const struct iam_json *claims,
                                 const struct iam_claims_rules *rules, struct iam_claims *ret,
                                 struct iam_claims_refusal *ret_refusal) IAM_MUST_USE;
/*
 * Finds the issuer that the claims name. IAM_DENIED: there is none, and *ret_refusal says so.
 */
enum iam_status iam_claims_issuer(const struct iam_json *claims, struct iam_str *ret,
                                  struct iam_claims_refusal *ret_refusal) IAM_MUST_USE;
/* Returns the text of a claim that is one value: a text, or a number or truth as it is written;
 * absent for any other. */
struct iam_str iam_claim_text(const struct iam_json *claim);
