/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords, of which only a hash is kept: Argon2id by libsodium, with 19 MiB of memory and two
 * passes. SPEC: RFC 9106; OWASP Password Storage Cheat Sheet, "Argon2id".
 */
#pragma once

#include "base/str.h"

/* LIMIT: bytes of a password: 128 characters up to U+00FF. */
#define IAM_PASSWORD_MAX 256

/*
 * A hash as text, "$argon2id$v=19$m=19456,t=2,p=1$salt$hash": it names what it was made with, so
 * that the parameters can be raised later. Not secret, but of use to who guesses.
 */
struct iam_password_hash {
    char text[128];
};

/*
 * Hashes password (1..IAM_PASSWORD_MAX bytes) with a new salt. Takes about 15 ms of a processor and
 * 19 MiB, on any thread: the caller bounds how many run at once. IAM_RANGE; IAM_NOMEM; IAM_IO when
 * libsodium cannot start. The caller wipes password.
 */
enum iam_status iam_password_hash(struct iam_str password,
                                  struct iam_password_hash *ret) IAM_MUST_USE;
