/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything secret, behind one header and written as if it were another process: what goes in and
 * out are sealed blobs, tokens and signing keys of one day, never the master key and, besides the
 * text that is shown once when a secret is made, never a secret.
 *
 * INVARIANT: every purpose has its own key, derived from the master key with its own label, so that
 * no blob of one purpose opens as another; every sealed blob names the master key that sealed it.
 * All functions may be called from any thread.
 */
#pragma once

#include "base/arena.h"
#include "model/id.h"
#include "model/identity.h"

struct iam_keeper;

#define IAM_MASTER_KEY_BYTES 32
/* Length of a generated secret access key, as AWS makes them. */
#define IAM_SECRET_TEXT_LEN 40
/* LIMIT: of a secret access key that is given rather than generated. */
#define IAM_GIVEN_SECRET_MAX 128
/* LIMIT: of a sealed secret, in bytes; it is binary. */
#define IAM_SEALED_SECRET_MAX 256
/* LIMIT: of a session token's text; longer ones are neither made nor read. */
#define IAM_SESSION_TOKEN_MAX 8192
/* LIMIT: from issue to expiry of a session. */
#define IAM_SESSION_MAX_MS (INT64_C(36) * 3600 * 1000)

/*
 * Where the master key comes from: the first of the three that is there. Text is read during
 * iam_keeper_new only.
 */
struct iam_keeper_config {
    const struct iam_alloc *alloc; /* must outlive the keeper */
    const char *key_base64;        /* base64 of 32 bytes (IAMD_MASTER_KEY), or NULL */
    const char *credentials_dir;   /* holds iamd-master-key ($CREDENTIALS_DIRECTORY), or NULL */
    const char *key_file;          /* made with mode 0600 when missing; NULL: a random key that
                                      nobody keeps, for a store in memory */
};

/*
 * A keeper. A key file holds 32 bytes, or their base64; it must be a regular file of this user or
 * of root, without permissions for others. On failure *ret is untouched and error_text (cap bytes,
 * NUL-terminated) says why, without key material: IAM_SYNTAX (not a key), IAM_DENIED (file
 * permissions), IAM_IO, IAM_NOMEM.
 */
enum iam_status iam_keeper_new(const struct iam_keeper_config *config, struct iam_keeper **ret,
                               char *error_text, size_t cap) IAM_MUST_USE;
/* Wipes and frees. NULL is fine. */
void iam_keeper_free(struct iam_keeper *k);

/* n unpredictable bytes. IAM_IO when the generator fails; then ret must not be used. */
enum iam_status iam_keeper_random(void *ret, size_t n) IAM_MUST_USE;

/* A secret access key in clear, to be shown once. Wipe it with iam_wipe afterwards. */
struct iam_secret_text {
    char text[IAM_SECRET_TEXT_LEN + 1]; /* base64 alphabet, NUL-terminated */
};

/*
 * A new secret access key for access_key_id (1..128 bytes): in clear, and sealed so that it opens
 * for this ID only. *ret_sealed lives in arena. IAM_RANGE, IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_make_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_arena *arena, struct iam_str *ret_sealed,
                                       struct iam_secret_text *ret_secret) IAM_MUST_USE;
/* Seals a secret that was given (16..128 printable ASCII bytes, without spaces). As above. */
enum iam_status iam_keeper_seal_given_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                             struct iam_str secret, struct iam_arena *arena,
                                             struct iam_str *ret_sealed) IAM_MUST_USE;
/*
 * IAM_OK when sealed opens for access_key_id; IAM_CORRUPT when it does not: another master key,
 * another ID, or changed bytes. A server asks this at start, before it serves with a wrong key.
 */
enum iam_status iam_keeper_check_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str sealed) IAM_MUST_USE;

/* The credential scope that a signing key is good for. Each part 1..64 bytes, date 8 digits. */
struct iam_key_scope {
    struct iam_str date; /* YYYYMMDD */
    struct iam_str region;
    struct iam_str service;
};

/* HMAC key of SigV4 for one secret and one scope. Wipe it with iam_wipe. */
struct iam_signing_key {
    uint8_t bytes[32];
};

/*
 * The signing key of a long-term secret. Derived keys are cached under the ID, the scope and the
 * whole sealed blob: a secret that was replaced cannot be met again. IAM_CORRUPT when sealed does
 * not open for this ID; IAM_RANGE for parts outside their limits; IAM_IO.
 * SPEC: AWS SigV4, "Derive a signing key".
 */
enum iam_status iam_keeper_signing_key(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_str sealed, const struct iam_key_scope *scope,
                                       struct iam_signing_key *ret) IAM_MUST_USE;
/*
 * A key of no value at the cost of iam_keeper_signing_key, for an access key ID that does not
 * exist: time must not tell whether it does.
 */
enum iam_status iam_keeper_dummy_signing_key(struct iam_keeper *k,
                                             const struct iam_key_scope *scope,
                                             struct iam_signing_key *ret) IAM_MUST_USE;
/* Wipes every cached key of access_key_id. To be called when a key is deleted. */
void iam_keeper_forget(struct iam_keeper *k, struct iam_str access_key_id);

/*
 * A session token for session, which must be complete (access_key_id 1..128 bytes; times positive,
 * expiry after issue; names within IAM's limits), and the secret that goes with it. The token
 * carries the secret and the claims, sealed; base64 text in arena. IAM_RANGE for a session that
 * breaks a rule, IAM_LIMIT when the token would be longer than IAM_SESSION_TOKEN_MAX (the client
 * sees PackedPolicyTooLarge), IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_seal_session(struct iam_keeper *k, const struct iam_session *session,
                                        struct iam_arena *arena, struct iam_str *ret_token,
                                        struct iam_secret_text *ret_secret) IAM_MUST_USE;
/*
 * Opens a token for the access key ID that signed, and derives the signing key of its secret for
 * scope. scope and ret_key may both be NULL. Expiry is for the caller to check: the keeper has no
 * clock. The session lives in arena. IAM_CORRUPT when the token was not made by this keeper for
 * this ID, whatever the reason; IAM_RANGE (scope), IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_open_session(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str token, const struct iam_key_scope *scope,
                                        struct iam_arena *arena,
                                        const struct iam_session **ret_session,
                                        struct iam_signing_key *ret_key) IAM_MUST_USE;
