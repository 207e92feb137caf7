/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of SigV4 verification: parse what the request says about its signature, check the rules
 * that hold before any key is looked up, make the canonical request, compare.
 *
 * A step returns IAM_DENIED after it filled the call's failure; every other status but IAM_OK is a
 * failure of our own.
 */
#pragma once

#include "authn/authn.h"
#include "keeper/digest.h"

/* LIMIT: of what is examined; beyond, the request is denied as incomplete. */
#define SIGV4_PATH_MAX 8192
#define SIGV4_QUERY_MAX 16384
#define SIGV4_PAIRS_MAX 512
#define SIGV4_HEADERS_MAX 256
#define SIGV4_SIGNED_MAX 128
#define SIGV4_AUTHORIZATION_MAX 8192

#define SIGV4_ALGORITHM "AWS4-HMAC-SHA256"
#define SIGV4_TERMINATOR "aws4_request"
#define SIGV4_SKEW_MS (INT64_C(15) * 60 * 1000)
#define SIGV4_EXPIRES_MAX_S 604800

/* The query parameters that belong to a presigned request. */
enum sigv4_param {
    SIGV4_PARAM_ALGORITHM,
    SIGV4_PARAM_CREDENTIAL,
    SIGV4_PARAM_SIGNATURE,
    SIGV4_PARAM_SIGNED_HEADERS,
    SIGV4_PARAM_DATE,
    SIGV4_PARAM_REQUIRED_COUNT, /* those above must be there, those below may */
    SIGV4_PARAM_EXPIRES = SIGV4_PARAM_REQUIRED_COUNT,
    SIGV4_PARAM_TOKEN,
    SIGV4_PARAM_CONTENT_SHA256,
    SIGV4_PARAM_COUNT
};

extern const struct iam_str sigv4_param_names[SIGV4_PARAM_COUNT];

/* One pair of the query string, decoded; '+' is a space, as for the readers of the parameters. */
struct sigv4_pair {
    struct iam_str name;
    struct iam_str value;
};

/* What the request says about its signature. Slices borrow the request or live in the arena. */
struct sigv4_claim {
    bool is_presigned;
    struct iam_str credential;
    struct iam_str access_key_id;
    struct iam_key_scope scope;
    struct iam_str terminator;
    struct iam_str signed_text; /* "host;x-amz-date" */
    const struct iam_str *signed_names;
    size_t signed_count;
    struct iam_str signature;
    struct iam_str date;    /* as sent */
    struct iam_str expires; /* as sent; absent without one */
    struct iam_str token;   /* absent without one */
    int64_t signed_ms;
};

/* One verification. */
struct sigv4_call {
    const struct iam_authn_request *request;
    struct iam_arena *arena;
    const struct sigv4_pair *pairs;
    size_t pair_count;
    struct sigv4_claim claim;
    char body_hash[IAM_SHA256_HEX_LEN + 1];
    struct iam_authn_failure *failure;
};

/* Records a failure whose message quotes nothing of the request. Always returns IAM_DENIED. */
enum iam_status sigv4_deny(struct sigv4_call *call, enum iam_authn_error error,
                           struct iam_str message) IAM_MUST_USE;
/*
 * Records a failure as sigv4_deny does, with another message for the client, which may quote the
 * request.
 */
enum iam_status sigv4_deny_with(struct sigv4_call *call, enum iam_authn_error error,
                                struct iam_str short_message, struct iam_str message) IAM_MUST_USE;

/*
 * Returns which parameter of a presigned request a raw (encoded) name is, in any case, or the
 * count.
 */
enum sigv4_param sigv4_param_of(struct iam_str raw_name);
/* Reads the next "name=value" up to a '&', empty ones skipped; false at the end. */
bool sigv4_next_pair(struct iam_str *rest, struct iam_str *ret_name, struct iam_str *ret_value);

/* Reads the query string into call->pairs, then header or query into call->claim. */
enum iam_status sigv4_parse(struct sigv4_call *call) IAM_MUST_USE;
/*
 * Reads the rest of the claim, which both forms share: credential, signed headers, date, signature.
 */
enum iam_status sigv4_parse_claim(struct sigv4_call *call) IAM_MUST_USE;
/* Checks the rules: what must be signed, scope, time, body. Fills call->body_hash. */
enum iam_status sigv4_check(struct sigv4_call *call) IAM_MUST_USE;

/*
 * Makes the path as it is signed, before it is encoded once more: without empty and dot segments.
 * SPEC: AWS SigV4, "Canonical URI": normalised per RFC 3986 for every service but Amazon S3.
 */
enum iam_status sigv4_normal_path(struct iam_arena *arena, struct iam_str path,
                                  struct iam_str *ret) IAM_MUST_USE;
/*
 * Makes the canonical request of a parsed call, with that path (sigv4_normal_path). IAM_NOT_FOUND
 * when a signed header is not there.
 * SPEC: AWS SigV4, "Create a canonical request".
 */
enum iam_status sigv4_canonical(const struct sigv4_call *call, struct iam_str path,
                                struct iam_str *ret) IAM_MUST_USE;
/* Makes the string to sign. SPEC: AWS SigV4, "Create a string to sign". */
enum iam_status sigv4_string_to_sign(const struct sigv4_call *call, struct iam_str canonical,
                                     struct iam_str *ret) IAM_MUST_USE;
/*
 * Tells whether the signature is the one that key makes for the call. IAM_OK sets *ret_is_equal,
 * and the two texts for the message to the client.
 */
enum iam_status sigv4_compare(const struct sigv4_call *call, struct iam_str path,
                              const struct iam_signing_key *key, bool *ret_is_equal,
                              struct iam_str *ret_canonical,
                              struct iam_str *ret_string_to_sign) IAM_MUST_USE;
/* Denies with SignatureDoesNotMatch and AWS's explanation. */
enum iam_status sigv4_deny_mismatch(struct sigv4_call *call, struct iam_str canonical,
                                    struct iam_str string_to_sign) IAM_MUST_USE;
