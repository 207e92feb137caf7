/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of TLS 1.2 and 1.3: the context that all connections share. */
#pragma once

#include <openssl/ssl.h>

#include "base/base.h"

/*
 * Makes a context with the PEM chain and key of the two files, or with a fresh self-signed
 * certificate when both are NULL. On failure error_text (cap bytes, NUL-terminated) says why:
 * IAM_IO for files that cannot be read or do not belong together, IAM_NOMEM. SSL_CTX_free frees it.
 */
enum iam_status iam_http_tls_new(const char *cert_file, const char *key_file, SSL_CTX **ret,
                                 char *error_text, size_t cap) IAM_MUST_USE;

/* Gives ctx keys for session tickets, of its own, which are replaced as time passes. IAM_NOMEM. */
enum iam_status iam_http_tickets_use(SSL_CTX *ctx) IAM_MUST_USE;
/* Replaces the key that seals tickets now, as happens when it is old. From any thread. */
void iam_http_tickets_rotate(SSL_CTX *ctx);

/*
 * Gives ctx a new P-256 key and a certificate for localhost, 127.0.0.1 and ::1; neither is stored.
 */
enum iam_status iam_http_certificate_make(SSL_CTX *ctx) IAM_MUST_USE;
