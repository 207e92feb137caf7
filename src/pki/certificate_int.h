/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as OpenSSL has them, for the files of this directory. */
#pragma once

#include <openssl/x509.h>

#include "pki/certificate.h"

/*
 * Reads the next certificate of *text, and sets *text to what follows it; the caller frees *ret
 * with X509_free. IAM_NOT_FOUND when there is no block of PEM; IAM_SYNTAX for one that is no
 * certificate; IAM_NOMEM.
 */
enum iam_status pki_x509_next(struct iam_arena *arena, struct iam_str *text,
                              X509 **ret) IAM_MUST_USE;
/* Reads the only certificate of a text. IAM_SYNTAX for none and for more; IAM_NOMEM. */
enum iam_status pki_x509_only(struct iam_arena *arena, struct iam_str text,
                              X509 **ret) IAM_MUST_USE;
