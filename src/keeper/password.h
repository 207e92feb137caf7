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
/*
 * Hashes password with the salt of like, a hash that was made here, so that all hashes with one
 * salt are compared with a password at the cost of one. As above; IAM_CORRUPT when like is none.
 */
enum iam_status iam_password_hash_like(struct iam_str password, struct iam_str like,
                                       struct iam_password_hash *ret) IAM_MUST_USE;
/*
 * Compares password with a hash that was made here: IAM_OK, or IAM_CONFLICT when it is of another
 * password. As above; IAM_CORRUPT when hash is none.
 */
enum iam_status iam_password_verify(struct iam_str password, struct iam_str hash) IAM_MUST_USE;
/* Tells whether two hashes were made with the same salt, in the same way. */
bool iam_password_has_salt_of(struct iam_str hash, struct iam_str other);
/*
 * Tells whether two hashes are equal, in a time that does not depend on where they differ: with the
 * same salt, whether they are of the same password.
 */
bool iam_password_hash_equals(struct iam_str hash, struct iam_str other);
