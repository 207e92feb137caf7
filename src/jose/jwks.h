/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an identity provider, as it publishes them. SPEC: RFC 7517, 5. Read once, immutable
 * and shared by threads after that.
 */
#pragma once

#include "jose/jwk.h"

/* LIMITS: of a document with keys, and of the keys in it. */
#define IAM_JWKS_MAX_BYTES ((size_t)256 << 10)
#define IAM_JWKS_MAX_KEYS 128

struct iam_jwks;

/*
 * Reads a document and returns a reference to its keys. Keys that no signature can be verified with
 * are left out, and there may be none left. IAM_SYNTAX: no such document; IAM_LIMIT: too long, or
 * too many keys; IAM_NOMEM.
 */
enum iam_status iam_jwks_read(struct iam_str text, struct iam_jwks **ret) IAM_MUST_USE;
struct iam_jwks *iam_jwks_ref(struct iam_jwks *jwks);
/* Drops a reference. Accepts NULL. */
void iam_jwks_unref(struct iam_jwks *jwks);
/* Returns how many keys there are. */
size_t iam_jwks_count(const struct iam_jwks *jwks);
/* Tells whether a key has that name; an absent one: whether there are keys at all. */
bool iam_jwks_has(const struct iam_jwks *jwks, struct iam_str kid);
/*
 * Finds the key that a signature with that algorithm is of: the only one with that name, or the
 * only one at all when the name is absent, that fits. It borrows from jwks. NULL: there is none, or
 * no saying which.
 */
const struct iam_jwk *iam_jwks_find(const struct iam_jwks *jwks, struct iam_str kid,
                                    const struct iam_jose_algorithm *algorithm);
