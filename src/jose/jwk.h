/* SPDX-License-Identifier: Apache-2.0 */
/* One public key of a set. SPEC: RFC 7517, 4; RFC 7518, 6. */
#pragma once

#include <openssl/evp.h>

#include "codec/json.h"
#include "jose/algorithm.h"

/* LIMITS of an RSA key: less is too weak, more takes too long. */
#define IAM_JWK_RSA_MIN_BITS 2048
#define IAM_JWK_RSA_MAX_BITS 8192

struct iam_jwk {
    struct iam_str kid; /* absent: it has none */
    struct iam_str kty;
    struct iam_str crv; /* absent: an RSA key */
    struct iam_str alg; /* the one that it is for; absent: any that fits */
    EVP_PKEY *key;
};

/*
 * Reads a key that signatures can be verified with; the texts borrow from node. The key is the
 * caller's, to be freed with EVP_PKEY_free. IAM_UNSUPPORTED: one of another kind or for another
 * use, with a part that is secret, of too few or too many bits, or with a small exponent;
 * IAM_SYNTAX: none at all; IAM_NOMEM.
 */
enum iam_status iam_jwk_read(struct iam_arena *arena, const struct iam_json *node,
                             struct iam_jwk *ret) IAM_MUST_USE;
/* Tells whether a signature with that algorithm can be one of this key. */
bool iam_jwk_fits(const struct iam_jwk *jwk, const struct iam_jose_algorithm *algorithm);
