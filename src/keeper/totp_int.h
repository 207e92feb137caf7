/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time-based one-time passwords. SPEC: RFC 6238 with RFC 4226's truncation: HMAC-SHA-1, steps of 30
 * seconds since 1970, six digits.
 */
#pragma once

#include <openssl/evp.h>

#include "base/str.h"

/* The codes of one seed, whose key schedule is on the heap until keeper_totp_done. */
struct keeper_totp {
    EVP_MAC *mac;
    EVP_MAC_CTX *ctx;
};

/* Starts with a seed, which is not absent. IAM_IO when libcrypto fails; done is due all the same.
 */
enum iam_status keeper_totp_init(struct keeper_totp *t, struct iam_str seed) IAM_MUST_USE;
/* Wipes and frees. Accepts what is zero. */
void keeper_totp_done(struct keeper_totp *t);
/* Computes the 31 bits of a step, from 0, whose last six decimal digits are its code. IAM_IO. */
enum iam_status keeper_totp_value(struct keeper_totp *t, int64_t step, uint32_t *ret) IAM_MUST_USE;
