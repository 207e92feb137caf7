/* SPDX-License-Identifier: Apache-2.0 */
/* An identity provider of the tests: keys, the document with them, and tokens signed with them. */
#pragma once

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/heap.h"
#include "jose/jwt.h"
#include "lib/test.h"

#define ISSUER_KEY_MAX 4

struct issuer {
    struct iam_arena arena;
    EVP_PKEY *keys[ISSUER_KEY_MAX];
};

/* Makes the provider; its keys are RSA of 2048 bits, P-256, P-384 and P-521, in this order. */
void issuer_open(struct issuer *issuer);
void issuer_close(struct issuer *issuer);
/*
 * Writes key number i as a member of a set: its numbers, then more members ("" or one that ends
 * with a comma).
 */
const char *issuer_jwk(struct issuer *issuer, size_t i, const char *more);
/* Joins members to a document. */
struct iam_jwks *issuer_jwks(struct issuer *issuer, const char *const *members, size_t count);
/* Signs header and claims, both JSON, as alg says, with key number i; or with another key. */
struct iam_str issuer_sign(struct issuer *issuer, size_t i, const char *alg, const char *header,
                           const char *claims);
/* Joins two parts and a signature, which may be anything. */
struct iam_str issuer_join(struct issuer *issuer, const char *header, const char *claims,
                           struct iam_str signature);
