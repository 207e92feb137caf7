/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What belongs to the certificate of a TLS server: its private key, and the chain of those that
 * vouch for it. All texts are PEM. The work is bounded: no key is used, and no signature checked,
 * before the numbers that its time depends on have been looked at.
 */
#pragma once

#include "base/arena.h"

/* LIMIT: certificates of a chain. */
#define IAM_CHAIN_MAX 10
/* LIMIT: bits of RSA keys that sign or are tried. */
#define IAM_RSA_BITS_MIN 1024
#define IAM_RSA_BITS_MAX 8192

/*
 * Checks that key, not encrypted, is the private key of certificate, by signing with it. RSA, and
 * EC over P-256, P-384 and P-521. IAM_SYNTAX when there is no such key in the text, or more than
 * one; IAM_RANGE when its numbers are beyond the limits; IAM_CONFLICT when it does not fit;
 * IAM_NOMEM. arena has copies of the key afterwards, which the caller has to wipe.
 */
enum iam_status iam_private_key_check(struct iam_arena *arena, struct iam_str certificate,
                                      struct iam_str key) IAM_MUST_USE;
/*
 * Checks that each certificate of chain has signed the one before it, the first of them
 * certificate, which is not in chain itself. IAM_SYNTAX when chain is not made of certificates;
 * IAM_CONFLICT when one was not signed by the next, and *ret_index says which: -1 is certificate, 0
 * the first of chain; IAM_LIMIT for more than IAM_CHAIN_MAX; IAM_NOMEM. Nothing is said about
 * whether anybody should trust it.
 */
enum iam_status iam_chain_check(struct iam_arena *arena, struct iam_str certificate,
                                struct iam_str chain, int *ret_index) IAM_MUST_USE;
