/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that sign tokens for others. A private key is made here, and leaves the keeper sealed alone;
 * it is one of those that iam_keeper_check_private_key and iam_keeper_reseal_private_key take, with
 * the owner of the key as its ID. Functions may be called from any thread.
 */
#pragma once

#include "base/arena.h"
#include "model/token_key.h"

struct iam_keeper;

/*
 * Makes a key: of RSA with 2,048 bits, which takes up to a second of a processor, or of P-384. In
 * key, id, account and algorithm are set; public_key and sealed_key are made, in arena. IAM_NOMEM,
 * IAM_IO.
 */
enum iam_status iam_keeper_make_token_key(struct iam_keeper *k, struct iam_arena *arena,
                                          struct iam_token_key *key) IAM_MUST_USE;
/*
 * Signs bytes as JWS does, which takes about a millisecond. *ret is in arena, binary: RS256: 256
 * bytes, ES384: 96. IAM_CORRUPT when the sealed key does not open for its ID and account, or is
 * of another kind; IAM_NOMEM, IAM_IO.
 * SPEC: RFC 7518, 3.3 and 3.4.
 */
enum iam_status iam_keeper_sign_token(struct iam_keeper *k, const struct iam_token_key *key,
                                      struct iam_str bytes, struct iam_arena *arena,
                                      struct iam_str *ret) IAM_MUST_USE;
