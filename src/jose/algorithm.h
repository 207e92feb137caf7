/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures that tokens of identity providers may have. SPEC: RFC 7518, 3.1. Recorded on AWS:
 * RS256, RS384, RS512, ES256, ES384, ES512; PS256 is taken besides. There is no other: neither
 * "none" nor one with a shared secret has a row.
 */
#pragma once

#include <openssl/evp.h>

#include "base/str.h"

struct iam_jose_algorithm {
    struct iam_str name; /* "RS256" */
    struct iam_str kty;  /* of the keys it is for: "RSA", "EC" */
    struct iam_str crv;  /* likewise; absent: they have none */
    const EVP_MD *(*digest)(void);
    bool is_pss;
    size_t number_bytes; /* of each of the two numbers of a signature; 0: it is one string */
};

/* Finds the algorithm with exactly that name; NULL: there is none. */
const struct iam_jose_algorithm *iam_jose_algorithm_find(struct iam_str name);
