/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper's own files share. */
#pragma once

#include <pthread.h>

#include "base/arena.h"
#include "keeper/attempts_int.h"
#include "keeper/crypto_int.h"
#include "keeper/key_cache_int.h"
#include "keeper/ring_int.h"
#include "keeper/session_cache_int.h"

/* The bytes of a secret access key, whose text is their base64. */
#define KEEPER_SECRET_BYTES 30
/* Whose secret is sealed so that a look-up of nobody costs as much. */
#define KEEPER_DUMMY_ID IAM_STR("AKIA0000000000000000")

struct iam_keeper {
    const struct iam_alloc *alloc;
    pthread_rwlock_t lock; /* of ring and dummy; held to copy a key out or to put others in */
    struct keeper_ring ring;
    /* A secret that belongs to nobody, so that a look-up that finds nothing costs as much. */
    uint8_t dummy_sealed[IAM_SEALED_SECRET_MAX];
    size_t dummy_len;
    struct key_cache cache;
    struct session_cache sessions;
    struct attempts attempts; /* at codes of MFA devices */
};

/*
 * Copies the key for a purpose: that of the generation whose ID a blob begins with (IAM_CORRUPT
 * when there is none), or the newest one's, which seals. Wipe it with iam_wipe.
 */
enum iam_status keeper_key_of(struct iam_keeper *k, enum keeper_purpose purpose,
                              struct iam_str sealed, struct keeper_purpose_key *ret) IAM_MUST_USE;
void keeper_newest_key(struct iam_keeper *k, enum keeper_purpose purpose,
                       struct keeper_purpose_key *ret);
/*
 * Seals plain (1..KEEPER_OPENED_MAX bytes) for owner (1..128 bytes) under the newest generation's
 * key for purpose. *ret lives in arena. IAM_RANGE, IAM_NOMEM, IAM_IO.
 */
enum iam_status keeper_seal_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                struct iam_str owner, struct iam_str plain, struct iam_arena *arena,
                                struct iam_str *ret) IAM_MUST_USE;
/*
 * Opens a sealed blob into out, which holds cap bytes and of which *ret then is the beginning; wipe
 * all of out in every case. IAM_CORRUPT, also when it does not fit; IAM_IO.
 */
enum iam_status keeper_open_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                struct iam_str owner, struct iam_str sealed, uint8_t *out,
                                size_t cap, struct iam_str *ret) IAM_MUST_USE;
/*
 * Checks that a sealed blob opens for owner, to at most max bytes (up to KEEPER_OPENED_MAX).
 * IAM_CORRUPT, IAM_IO.
 */
enum iam_status keeper_check_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                 struct iam_str owner, struct iam_str sealed,
                                 size_t max) IAM_MUST_USE;
/*
 * Seals what is in sealed again, under the newest generation. IAM_EXISTS when that has sealed it
 * already; then *ret, which lives in arena, is untouched. IAM_CORRUPT, IAM_NOMEM, IAM_IO.
 */
enum iam_status keeper_reseal_for(struct iam_keeper *k, enum keeper_purpose purpose,
                                  struct iam_str owner, struct iam_str sealed,
                                  struct iam_arena *arena, struct iam_str *ret) IAM_MUST_USE;
struct evp_pkey_st;
/*
 * Writes a private key of RSA or of an elliptic curve into out, which holds KEEPER_OPENED_MAX bytes
 * that the caller wipes, as PKCS #8 in DER; *ret is the beginning of out. IAM_SYNTAX: another key.
 */
enum iam_status keeper_private_der(const struct evp_pkey_st *key, uint8_t *out,
                                   struct iam_str *ret) IAM_MUST_USE;
/* Puts another ring, of which there is a copy then, in the place of the one in use. IAM_IO. */
enum iam_status keeper_take_ring(struct iam_keeper *k, const struct keeper_ring *ring) IAM_MUST_USE;
/* Makes a ring without generations, of the master key in use. Wipe it with iam_wipe. */
void keeper_copy_master(struct iam_keeper *k, struct keeper_ring *ret);
/* Seals a secret of nobody under the newest generation of ring, for iam_keeper_dummy_signing_key.
 */
enum iam_status keeper_make_dummy(const struct keeper_ring *ring,
                                  uint8_t ret[IAM_SEALED_SECRET_MAX], size_t *ret_len) IAM_MUST_USE;
/* Makes the text of a new secret. Wipe it with iam_wipe. IAM_IO. */
enum iam_status keeper_make_text(struct iam_secret_text *ret) IAM_MUST_USE;
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
