/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primitives below the keeper: key derivation (HKDF-SHA256) and sealing (AES-256-GCM).
 *
 * A sealed blob is: version 1 (1 byte), id of the generation of keys (4; of a generation's own
 * secret: of the master key), salt (16), nonce (12), ciphertext, tag (16). The AES key is
 * HMAC(purpose key, salt), new for every blob, so that however many blobs there are, no two of them
 * share key and nonce. The associated data is the purpose, the header and the owner's ID: a blob
 * opens for its purpose and owner only.
 */
#pragma once

#include "base/str.h"
#include "keeper/types.h"

#define KEEPER_KEY_BYTES 32
#define KEEPER_KEY_ID_BYTES 4
#define KEEPER_SALT_BYTES 16
#define KEEPER_NONCE_BYTES 12
#define KEEPER_TAG_BYTES 16
/* Version, key ID, salt and nonce: everything before the ciphertext. */
#define KEEPER_HEAD_BYTES (1 + KEEPER_KEY_ID_BYTES + KEEPER_SALT_BYTES + KEEPER_NONCE_BYTES)
#define KEEPER_SEAL_OVERHEAD (KEEPER_HEAD_BYTES + KEEPER_TAG_BYTES)

/* LIMIT: bytes of a sealed blob, and of what is in it. */
#define KEEPER_SEALED_MAX 16384
#define KEEPER_OPENED_MAX (KEEPER_SEALED_MAX - KEEPER_SEAL_OVERHEAD)

/* One key per purpose. Values are part of the sealed format. */
enum keeper_purpose {
    KEEPER_PURPOSE_SECRET = 1,      /* a secret access key; the owner is the access key ID */
    KEEPER_PURPOSE_SESSION = 2,     /* a session token; the owner is the access key ID */
    KEEPER_PURPOSE_RING = 3,        /* the secret of a generation; the owner is its number */
    KEEPER_PURPOSE_SEED = 4,        /* the seed of an MFA device; the owner is its unique ID */
    KEEPER_PURPOSE_PRIVATE_KEY = 5, /* a private key; the owner is its ID */
    KEEPER_PURPOSE_MESSAGE = 6,     /* details of a denial; the owner is the account */
    KEEPER_PURPOSE_TRADE_IN = 7,    /* a trade-in token; the owner is the account */
    KEEPER_PURPOSE_COUNT
};

_Static_assert(KEEPER_PURPOSE_SECRET == 1 && KEEPER_PURPOSE_SESSION == 2 &&
                   KEEPER_PURPOSE_RING == 3 && KEEPER_PURPOSE_SEED == 4 &&
                   KEEPER_PURPOSE_PRIVATE_KEY == 5,
               "blobs are stored");
_Static_assert(KEEPER_PURPOSE_MESSAGE == 6 && KEEPER_PURPOSE_TRADE_IN == 7, "blobs are out");
_Static_assert(KEEPER_HEAD_BYTES == 33 && KEEPER_SEAL_OVERHEAD == 49, "blobs are stored");
_Static_assert(IAM_GIVEN_SECRET_MAX + KEEPER_SEAL_OVERHEAD <= IAM_SEALED_SECRET_MAX,
               "a sealed secret fits");

struct keeper_purpose_key {
    enum keeper_purpose purpose;
    uint8_t key_id[KEEPER_KEY_ID_BYTES];
    uint8_t bytes[KEEPER_KEY_BYTES];
};

/* Derives 32 bytes of secret key material for label (1..64 bytes): HKDF-SHA256, empty salt. */
enum iam_status keeper_derive(struct iam_str secret, struct iam_str label,
                              uint8_t ret[KEEPER_KEY_BYTES]) IAM_MUST_USE;

/*
 * Seals plain (up to KEEPER_OPENED_MAX bytes) for owner (1..128 bytes). out holds plain.len +
 * KEEPER_SEAL_OVERHEAD bytes, all of which are written on success. IAM_RANGE, IAM_IO.
 */
enum iam_status keeper_seal(const struct keeper_purpose_key *key, struct iam_str owner,
                            struct iam_str plain, uint8_t *out) IAM_MUST_USE;
/* Tells whether the head of sealed, which may be any bytes, names the generation of key. */
bool keeper_is_sealed_by(struct iam_str sealed, const struct keeper_purpose_key *key);
/*
 * Opens sealed. out holds sealed.len - KEEPER_SEAL_OVERHEAD bytes; it holds nothing of the plain
 * text unless IAM_OK is returned. IAM_CORRUPT when it does not verify, whatever the reason; IAM_IO.
 */
enum iam_status keeper_open(const struct keeper_purpose_key *key, struct iam_str owner,
                            struct iam_str sealed, uint8_t *out) IAM_MUST_USE;
