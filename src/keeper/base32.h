/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4648 base32, section 6, as authenticators write seeds. Nothing of it is kept. */
#pragma once

#include "base/str.h"

/* The characters of n bytes without padding. */
#define IAM_BASE32_LEN(n) (((n)*8 + 4) / 5)

/* Writes the IAM_BASE32_LEN(n) characters of n bytes to ret, without padding and without a NUL. */
void iam_base32_encode(const uint8_t *bytes, size_t n, char *ret);
/*
 * Decodes text, of either case, with padding to a multiple of 8 or without, into at most cap bytes.
 * IAM_SYNTAX for another character, for a length that no bytes have, and for spare bits that are
 * not zero; IAM_LIMIT when there are more bytes. On failure ret may hold part of it.
 */
enum iam_status iam_base32_decode(struct iam_str text, uint8_t *ret, size_t cap,
                                  size_t *ret_len) IAM_MUST_USE;
