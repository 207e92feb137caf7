/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper's own files share. */
#pragma once

#include "keeper/crypto_int.h"
#include "keeper/key_cache_int.h"

/* The bytes of a secret access key, whose text is their base64. */
#define KEEPER_SECRET_BYTES 30

struct iam_keeper {
    const struct iam_alloc *alloc;
    struct keeper_purpose_key secret_key;
    struct keeper_purpose_key session_key;
    uint8_t marker_key[KEEPER_KEY_BYTES]; /* of codes, never of seals */
    uint8_t row_key[KEEPER_KEY_BYTES];    /* of MACs of rows */
    uint64_t row_serial;                  /* of row_key, in this process; never 0 */
    /* A secret that belongs to nobody, so that a look-up that finds nothing costs as much. */
    uint8_t dummy_sealed[IAM_SEALED_SECRET_MAX];
    size_t dummy_len;
    struct key_cache cache;
};

/* Writes 40 characters from 30 random bytes, as base64; no padding arises. */
void keeper_secret_text(const uint8_t bytes[KEEPER_SECRET_BYTES], struct iam_secret_text *ret);
/* Returns IAM_RANGE unless every part of the scope is within its limits. */
enum iam_status keeper_check_scope(const struct iam_key_scope *scope) IAM_MUST_USE;
/*
 * Derives a signing key.
 * SPEC: AWS SigV4, "Derive a signing key". secret is at most IAM_GIVEN_SECRET_MAX bytes.
 */
enum iam_status keeper_derive_signing_key(struct iam_str secret, const struct iam_key_scope *scope,
                                          struct iam_signing_key *ret) IAM_MUST_USE;
