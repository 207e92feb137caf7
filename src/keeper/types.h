/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the keeper and comes out of it. */
#pragma once

#include "base/str.h"

#define IAM_MASTER_KEY_BYTES 32
/* Length of a generated secret access key, as AWS makes them. */
#define IAM_SECRET_TEXT_LEN 40
/* LIMIT: of a secret access key that is given rather than generated. */
#define IAM_GIVEN_SECRET_MAX 128
/* LIMIT: of the PEM of a private key. */
#define IAM_PRIVATE_KEY_MAX 16384
/* LIMIT: of a sealed secret, in bytes; it is binary. */
#define IAM_SEALED_SECRET_MAX 256
/* LIMIT: of a session token's text; longer ones are neither made nor read. */
#define IAM_SESSION_TOKEN_MAX 8192
/* LIMIT: from issue to expiry of a session. */
#define IAM_SESSION_MAX_MS (INT64_C(36) * 3600 * 1000)
/* LIMIT: of an access key ID, in every function of the keeper. */
#define IAM_ACCESS_KEY_ID_MAX 128
/* LIMIT: generations of keys that a keeper holds at a time. */
#define IAM_RING_MAX 16
/* The name of a master key: hexadecimal digits that tell nothing of it. */
#define IAM_MASTER_ID_LEN 16

/*
 * Where the master key comes from: the first of the three that is there. Text is read during
 * iam_keeper_new only.
 */
struct iam_keeper_config {
    const struct iam_alloc *alloc; /* must outlive the keeper */
    const char *key_base64;        /* base64 of 32 bytes, or NULL */
    const char *key_variable;      /* where it is from, for messages; NULL: IAMD_MASTER_KEY */
    const char *credentials_dir;   /* holds iamd-master-key ($CREDENTIALS_DIRECTORY), or NULL */
    const char *key_file;          /* made with mode 0600 when missing; NULL: a random key that
                                      nobody keeps, for a store in memory */
};

/* A secret access key in clear, to be shown once. Wipe it with iam_wipe afterwards. */
struct iam_secret_text {
    char text[IAM_SECRET_TEXT_LEN + 1]; /* base64 alphabet, NUL-terminated */
};

/* The credential scope that a signing key is good for. Each part 1..64 bytes, date 8 digits. */
struct iam_key_scope {
    struct iam_str date; /* YYYYMMDD */
    struct iam_str region;
    struct iam_str service;
};

/* HMAC key of SigV4 for one secret and one scope. Wipe it with iam_wipe. */
struct iam_signing_key {
    uint8_t bytes[32];
};

/* LIMIT: bytes of a key that another key wraps. */
#define IAM_UNWRAPPED_MAX 64

/* The hashes of RSA-OAEP. */
enum iam_oaep_hash { IAM_OAEP_SHA1, IAM_OAEP_SHA256, IAM_OAEP_SHA384, IAM_OAEP_SHA512 };

struct iam_oaep {
    enum iam_oaep_hash digest;
    enum iam_oaep_hash mask;
};

/* A generation as it is kept. */
struct iam_ring_entry {
    int64_t number;        /* 1, 2, ...; higher is newer */
    struct iam_str sealed; /* its secret, under one master key */
};
