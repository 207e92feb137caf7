/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Tokens in their compact form, signed. SPEC: RFC 7515, 7519, 8725. What a header says of
 * where keys are (jku, jwk, x5u, x5c) is ignored: keys come from the provider alone. A header that
 * changes what the signature is about (crit, b64) is refused.
 */
#pragma once

#include "jose/jwks.h"

/* LIMITS. SPEC: STS API Reference, "AssumeRoleWithWebIdentity": a token has up to 20,000
 * characters. */
#define IAM_JWT_MAX_BYTES 20000
#define IAM_JWT_MAX_HEADER_BYTES 4096
#define IAM_JWT_MAX_KID_BYTES 255

/* A token as it was read: nothing of it is proven yet. Borrows from its text and the arena. */
struct iam_jwt {
    const struct iam_jose_algorithm *algorithm;
    struct iam_str kid;            /* absent: none */
    const struct iam_json *claims; /* an object */
    struct iam_str signed_text;
    struct iam_str signature;
};

/*
 * Reads a token; text must outlive it. IAM_SYNTAX: it is none, or not one that is taken here;
 * IAM_LIMIT: it is too long, or nested too deep; IAM_NOMEM.
 */
enum iam_status iam_jwt_read(struct iam_arena *arena, struct iam_str text,
                             struct iam_jwt *ret) IAM_MUST_USE;
/*
 * Verifies the signature with the key of the set that it must be of. IAM_NOT_FOUND: there is no
 * such key, or no saying which it is; IAM_DENIED: it is not a signature of that key; IAM_NOMEM.
 */
enum iam_status iam_jwt_verify(const struct iam_jwt *jwt, const struct iam_jwks *jwks) IAM_MUST_USE;
