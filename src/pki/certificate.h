/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: X.509 in PEM. Nothing is trusted because it parses, and no time is compared here.
 */
#pragma once

#include "base/arena.h"

/* LIMIT: bytes of a certificate. */
#define IAM_CERTIFICATE_BYTES_MAX 16384
#define IAM_CERTIFICATE_ID_LEN 32

struct iam_certificate {
    int64_t not_before_ms;
    int64_t not_after_ms;
    /* SHA-1 of the certificate in base32. SPEC: recorded on AWS, docs/conformance.md. */
    char id[IAM_CERTIFICATE_ID_LEN + 1];
};

/*
 * Reads a text with one certificate in it. IAM_SYNTAX when there is none, or more than one, when it
 * does not parse as a whole with its public key, or is too long; IAM_NOMEM; IAM_IO.
 */
enum iam_status iam_certificate_read(struct iam_arena *arena, struct iam_str text,
                                     struct iam_certificate *ret) IAM_MUST_USE;
