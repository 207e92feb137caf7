/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is inside a session token once it is opened: a versioned binary form of struct iam_session
 * and of the secret. Integers are big-endian; a string is its length (2 bytes) and its bytes:
 *
 *     version 4 (1) | kind (1) | secret (30) | issued (8) | expires (8) | second factor (8)
 *     account | issuer ID | role name | session name | source identity
 *     access key that asked | provider ID | federated provider
 *     number (1) of the layers that narrow the session | count (1) layers, of each:
 *         count (1) inline policies | count (1) policy ARNs | count (1) their unique IDs
 *     count (1) tag keys and values | count (1) transitive tag keys
 *     count (1) condition keys and values
 *     zero bytes
 *
 * The zero bytes make the length of the sealed whole a multiple of three, so that it has one base64
 * text, and at least what was asked for.
 *
 * Version 3, which is read but no longer written, has no row of what the session stems from, one
 * layer without a count, no condition keys, and up to two zero bytes. A token of any other version
 * is refused: version 2 had no unique IDs, so that a policy which was deleted and made again under
 * its name came into force in the sessions of the old one.
 * All kinds of sessions have this form; a name that a kind has none of is empty.
 * The access key ID is not inside: it is the owner that the token is sealed for.
 * INVARIANT: what is written and what is read has passed the same checks.
 */
#pragma once

#include "base/arena.h"
#include "keeper/keeper.h"

#define CLAIMS_SECRET_BYTES 30
#define CLAIMS_MAX 6144

/*
 * Returns IAM_RANGE when a claim is missing, too long, of the wrong alphabet, or contradicts
 * another.
 */
enum iam_status claims_check(const struct iam_session *session) IAM_MUST_USE;
/* What is added to claims: their number plus extra becomes a multiple of three, at least min. */
struct claims_padding {
    size_t extra;
    size_t min;
};

/* Writes at most CLAIMS_MAX bytes to out, padded. IAM_RANGE (claims_check), IAM_LIMIT. */
enum iam_status claims_write(const struct iam_session *session,
                             const uint8_t secret[CLAIMS_SECRET_BYTES],
                             const struct claims_padding *padding, uint8_t *out,
                             size_t *ret_len) IAM_MUST_USE;
/*
 * Reads them back; access_key_id stays absent. Strings borrow plain, arrays come from arena.
 * IAM_CORRUPT for anything that claims_write would not have written, IAM_NOMEM.
 */
enum iam_status claims_read(struct iam_str plain, struct iam_arena *arena, struct iam_session *ret,
                            uint8_t ret_secret[CLAIMS_SECRET_BYTES]) IAM_MUST_USE;
