/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords of service-specific credentials, which are made here and shown once. They have 352
 * random bits, so that nobody guesses them: SHA-256 is hash enough, and what compares one does not
 * have to be slow.
 */
#pragma once

#include "base/str.h"
#include "keeper/digest.h"

/* As AWS makes them: base64 of 44 bytes, with its padding. */
#define IAM_SERVICE_PASSWORD_LEN 60

/* A password in clear. Wipe it with iam_wipe afterwards. */
struct iam_service_password {
    char text[IAM_SERVICE_PASSWORD_LEN + 1]; /* NUL-terminated */
};

/* Makes a new password. IAM_IO. */
enum iam_status iam_service_password_make(struct iam_service_password *ret) IAM_MUST_USE;
/*
 * Hashes the password of the credential with that ID (1..128 bytes), so that the hash is that of no
 * other credential. IAM_RANGE, IAM_IO.
 */
enum iam_status iam_service_password_hash(struct iam_str credential_id,
                                          const struct iam_service_password *password,
                                          uint8_t ret[IAM_SHA256_BYTES]) IAM_MUST_USE;
