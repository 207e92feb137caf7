/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose certificates are believed: those of the system's authorities, or of an operator's file, and
 * where none of them vouches for a server, those whose thumbprint was registered. SPEC: IAM User
 * Guide, "Obtain the thumbprint for an OpenID Connect identity provider": AWS asks its own trust
 * store first, and thumbprints only when that does not help.
 */
#pragma once

#include <openssl/ssl.h>

#include "base/str.h"

struct iam_fetch_trust;

/* The files of the system's authorities; it need not have them. */
#define IAM_FETCH_SYSTEM_FILES 2
const char *iam_fetch_system_file(size_t i);
/*
 * Reads the authorities of ca_file (NULL: none). IAM_IO: ca_file cannot be read (errno), or has no
 * certificate (errno is 0); IAM_NOMEM.
 */
enum iam_status iam_fetch_trust_new(const char *ca_file, struct iam_fetch_trust **ret) IAM_MUST_USE;
/*
 * Reads the authorities of the system too, if it has any and that was not done yet: it takes tens
 * of milliseconds, which a server that asks no provider need not spend. In any thread.
 */
void iam_fetch_trust_complete(struct iam_fetch_trust *trust);
/* Accepts NULL. */
void iam_fetch_trust_free(struct iam_fetch_trust *trust);

/* What is asked about the certificate of one connection. */
struct iam_fetch_ask {
    struct iam_fetch_trust *trust; /* completed by iam_fetch_get */
    struct iam_str thumbprints;    /* lower-case hexadecimal of 40 digits, one a line */
    bool is_unknown;               /* set: nobody vouches for it, and no thumbprint fits */
};

/* Makes the connections of ctx ask; ask must outlive them. */
void iam_fetch_trust_use(SSL_CTX *ctx, struct iam_fetch_ask *ask);
