/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 and HMAC-SHA-256 over libcrypto: nothing is allocated after a thread's first call. A hash
 * is not secret by itself; of a key nothing is left when a code has been made, unless the caller
 * keeps it ready for others.
 */
#pragma once

#include "base/str.h"

#define IAM_SHA256_BYTES 32
#define IAM_SHA256_HEX_LEN 64

/* Computes the SHA-256 of s into ret (32 bytes). IAM_IO when libcrypto fails. */
enum iam_status iam_sha256(struct iam_str s, uint8_t ret[IAM_SHA256_BYTES]) IAM_MUST_USE;
/* Computes iam_sha256 as lower-case hexadecimal with a NUL after it. */
enum iam_status iam_sha256_hex(struct iam_str s, char ret[IAM_SHA256_HEX_LEN + 1]) IAM_MUST_USE;
/*
 * Computes the HMAC-SHA-256 of s under key, which may be any bytes (not absent). IAM_IO when
 * libcrypto fails.
 */
enum iam_status iam_hmac_sha256(struct iam_str key, struct iam_str s,
                                uint8_t ret[IAM_SHA256_BYTES]) IAM_MUST_USE;
/*
 * A key made ready for many codes: the states of the hash after it. Who has them can make codes, so
 * that they are kept and wiped as the key is.
 */
struct iam_hmac_key {
    uint32_t inner[8];
    uint32_t outer[8];
};

/* Makes a key ready, which may be any bytes (not absent). IAM_IO when libcrypto fails. */
enum iam_status iam_hmac_prepare(struct iam_str key, struct iam_hmac_key *ret) IAM_MUST_USE;
/* Computes the HMAC-SHA-256 of s, as iam_hmac_sha256 does. IAM_IO when libcrypto fails. */
enum iam_status iam_hmac_with(const struct iam_hmac_key *key, struct iam_str s,
                              uint8_t ret[IAM_SHA256_BYTES]) IAM_MUST_USE;
/* Writes 32 bytes as lower-case hexadecimal with a NUL after it. */
void iam_sha256_to_hex(const uint8_t bytes[IAM_SHA256_BYTES], char ret[IAM_SHA256_HEX_LEN + 1]);
