/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything secret, in one interface, written as if it were another process: what goes in and
 * comes out are sealed blobs, tokens and signing keys of one day, never the master key and, apart
 * from the text that is shown once when a secret is made, never a secret.
 *
 * INVARIANT: every purpose has its own key, derived from the secret of a generation with its own
 * label, so that no blob of one purpose opens as another; every sealed blob names the generation
 * whose key sealed it (keeper/rotation.h).
 * All functions may be called from any thread.
 */
#pragma once

#include "base/arena.h"
#include "keeper/random.h"
#include "keeper/types.h"
#include "model/id.h"
#include "model/identity.h"

struct iam_keeper;

/*
 * Makes a keeper whose one generation, number 1, has the master key itself as its secret: what a
 * store without a ring was sealed with. A key file holds 32 bytes, or their base64; it must be a
 * regular file of this user or of root, without permissions for others. On failure *ret is
 * untouched and error_text (cap bytes, NUL-terminated) says why, without key material: IAM_SYNTAX
 * (not a key), IAM_DENIED (file permissions), IAM_IO, IAM_NOMEM.
 */
enum iam_status iam_keeper_new(const struct iam_keeper_config *config, struct iam_keeper **ret,
                               char *error_text, size_t cap) IAM_MUST_USE;
/* Wipes and frees. Accepts NULL. */
void iam_keeper_free(struct iam_keeper *k);

/*
 * Makes a new secret access key for access_key_id (1..128 bytes): in clear, and sealed so that it
 * opens for this ID only. *ret_sealed lives in arena. IAM_RANGE, IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_make_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_arena *arena, struct iam_str *ret_sealed,
                                       struct iam_secret_text *ret_secret) IAM_MUST_USE;
/* Seals a secret that was given (16..128 printable ASCII bytes, without spaces). As above. */
enum iam_status iam_keeper_seal_given_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                             struct iam_str secret, struct iam_arena *arena,
                                             struct iam_str *ret_sealed) IAM_MUST_USE;
/*
 * Returns IAM_OK when sealed opens for access_key_id; IAM_CORRUPT when it does not: another master
 * key, another ID, or changed bytes. A server checks this at start, so that it never serves with a
 * wrong key.
 */
enum iam_status iam_keeper_check_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str sealed) IAM_MUST_USE;
/*
 * Tells whether sealed holds this secret: IAM_OK, or IAM_CONFLICT when it is another one. The time
 * depends on the lengths alone. IAM_CORRUPT as above.
 */
enum iam_status iam_keeper_compare_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                          struct iam_str sealed,
                                          struct iam_str secret) IAM_MUST_USE;
/*
 * Seals the secret of sealed again, under the newest generation. IAM_EXISTS when that has sealed it
 * already; then *ret_sealed is untouched. *ret_sealed lives in arena. IAM_CORRUPT, IAM_NOMEM,
 * IAM_IO.
 */
enum iam_status iam_keeper_reseal_secret(struct iam_keeper *k, struct iam_str access_key_id,
                                         struct iam_str sealed, struct iam_arena *arena,
                                         struct iam_str *ret_sealed) IAM_MUST_USE;

/*
 * Seals a private key that was given as PEM (RSA or elliptic curve, not encrypted; at most
 * IAM_PRIVATE_KEY_MAX bytes) so that it opens for this ID only (1..128 bytes). *ret_sealed lives in
 * arena. IAM_SYNTAX: it is no such key; IAM_RANGE, IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_seal_private_key(struct iam_keeper *k, struct iam_str key_id,
                                            struct iam_str pem, struct iam_arena *arena,
                                            struct iam_str *ret_sealed) IAM_MUST_USE;
/* Tells whether sealed opens for key_id, as iam_keeper_check_secret does. */
enum iam_status iam_keeper_check_private_key(struct iam_keeper *k, struct iam_str key_id,
                                             struct iam_str sealed) IAM_MUST_USE;
/* Seals a private key again, as iam_keeper_reseal_secret does. */
enum iam_status iam_keeper_reseal_private_key(struct iam_keeper *k, struct iam_str key_id,
                                              struct iam_str sealed, struct iam_arena *arena,
                                              struct iam_str *ret_sealed) IAM_MUST_USE;

/*
 * Decrypts wrapped with a private key that is kept (RSA, with OAEP and no label): a key of
 * another algorithm, which the caller wipes. ret holds IAM_UNWRAPPED_MAX bytes, *ret_len of which
 * are written. IAM_SYNTAX: it was not encrypted for that key, or is longer; IAM_CORRUPT: sealed
 * does not open for key_id; IAM_IO.
 */
enum iam_status iam_keeper_unwrap(struct iam_keeper *k, struct iam_str key_id,
                                  struct iam_str sealed, const struct iam_oaep *oaep,
                                  struct iam_str wrapped, uint8_t ret[IAM_UNWRAPPED_MAX],
                                  size_t *ret_len) IAM_MUST_USE;

/*
 * Finds the signing key of a long-term secret. Derived keys are cached under the ID, the scope and
 * the whole sealed blob: a key of a replaced secret is never found. IAM_CORRUPT when sealed does
 * not open for this ID; IAM_RANGE for parts outside their limits; IAM_IO.
 * SPEC: AWS SigV4, "Derive a signing key".
 */
enum iam_status iam_keeper_signing_key(struct iam_keeper *k, struct iam_str access_key_id,
                                       struct iam_str sealed, const struct iam_key_scope *scope,
                                       struct iam_signing_key *ret) IAM_MUST_USE;
/*
 * Makes a key of no value at the cost of iam_keeper_signing_key, for an access key ID that does not
 * exist: time must not tell whether it does.
 */
enum iam_status iam_keeper_dummy_signing_key(struct iam_keeper *k,
                                             const struct iam_key_scope *scope,
                                             struct iam_signing_key *ret) IAM_MUST_USE;
/* Wipes every cached key of access_key_id. To be called when a key is deleted. */
void iam_keeper_forget(struct iam_keeper *k, struct iam_str access_key_id);

#define IAM_MARKER_CODE_BYTES 16

/*
 * Makes the code that tells whether a Marker is ours: HMAC-SHA-256 of bytes, cut to 128 bits, under
 * a key of the newest generation for this purpose alone. The code of the same bytes is good as long
 * as the keeper has that generation, across restarts. bytes says everything that the Marker is
 * bound to; of any length, not absent. IAM_IO when libcrypto fails; then ret is untouched.
 */
enum iam_status iam_keeper_marker_code(struct iam_keeper *k, struct iam_str bytes,
                                       uint8_t ret[IAM_MARKER_CODE_BYTES]) IAM_MUST_USE;
/*
 * Checks a code: IAM_OK when it is that of bytes, IAM_CORRUPT when it is not, found in the same
 * time wherever they differ; IAM_IO.
 */
enum iam_status iam_keeper_check_marker(struct iam_keeper *k, struct iam_str bytes,
                                        const uint8_t code[IAM_MARKER_CODE_BYTES]) IAM_MUST_USE;

#define IAM_ROW_CODE_BYTES 32

/*
 * Makes the MAC of a row of the store, under a key for this purpose alone, which comes with the
 * ring and stays the same through a rotation; it names the key. bytes is all that the MAC is bound
 * to, not absent. IAM_IO when libcrypto fails; then ret is untouched.
 */
enum iam_status iam_keeper_row_mac(struct iam_keeper *k, struct iam_str bytes,
                                   uint8_t ret[IAM_ROW_CODE_BYTES]) IAM_MUST_USE;
/*
 * Checks a MAC: IAM_OK when it is that of bytes; IAM_CORRUPT when it is not, or is of another
 * key; IAM_IO.
 */
enum iam_status iam_keeper_check_row_mac(struct iam_keeper *k, struct iam_str bytes,
                                         const uint8_t mac[IAM_ROW_CODE_BYTES]) IAM_MUST_USE;

/*
 * Makes a session token for session, which must be complete (access_key_id 1..128 bytes; times
 * positive, expiry after issue; names within IAM's limits), and the secret that goes with it. The
 * token carries the secret and the claims, sealed; base64 text in arena, of at least min_len bytes.
 * IAM_RANGE for a session that breaks a rule, IAM_LIMIT when the token would be longer than
 * IAM_SESSION_TOKEN_MAX (the client sees PackedPolicyTooLarge), IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_seal_session(struct iam_keeper *k, const struct iam_session *session,
                                        size_t min_len, struct iam_arena *arena,
                                        struct iam_str *ret_token,
                                        struct iam_secret_text *ret_secret) IAM_MUST_USE;
/*
 * Opens a token for the access key ID that signed, and derives the signing key of its secret for
 * scope. scope and ret_key may both be NULL. The caller has to check the expiry: the keeper has no
 * clock. The session lives in arena. IAM_CORRUPT when the token was not made by this keeper for
 * this ID, whatever the reason; IAM_RANGE (scope), IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_open_session(struct iam_keeper *k, struct iam_str access_key_id,
                                        struct iam_str token, const struct iam_key_scope *scope,
                                        struct iam_arena *arena,
                                        const struct iam_session **ret_session,
                                        struct iam_signing_key *ret_key) IAM_MUST_USE;
