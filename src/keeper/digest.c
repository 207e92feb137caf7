/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 with the thread's context, and HMAC made of the hash, on the stack: libcrypto's own HMAC
 * keeps the key on the heap after the call, and takes twice as long. The functions of the bare hash
 * are deprecated in OpenSSL 3 because they bypass its providers.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "keeper/digest.h"

#include <openssl/sha.h>

#include "base/ct.h"
#include "keeper/evp_int.h"

#define INNER_PAD 0x36
#define OUTER_PAD 0x5c

enum iam_status iam_sha256(struct iam_str s, uint8_t ret[IAM_SHA256_BYTES])
{
    struct keeper_evp *e = keeper_evp_get();
    IAM_ENSURE(e != NULL, IAM_IO);
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_DigestInit_ex2(e->md, e->sha256, NULL) != 1 ||
        EVP_DigestUpdate(e->md, s.p, s.len) != 1 || EVP_DigestFinal_ex(e->md, out, &len) != 1 ||
        len != IAM_SHA256_BYTES) {
        return IAM_IO;
    }
    memcpy(ret, out, IAM_SHA256_BYTES);
    return IAM_OK;
}

void iam_sha256_to_hex(const uint8_t bytes[IAM_SHA256_BYTES], char ret[IAM_SHA256_HEX_LEN + 1])
{
    iam_bytes_to_hex(bytes, IAM_SHA256_BYTES, ret);
    ret[IAM_SHA256_HEX_LEN] = '\0';
}

enum iam_status iam_sha256_hex(struct iam_str s, char ret[IAM_SHA256_HEX_LEN + 1])
{
    uint8_t bytes[IAM_SHA256_BYTES];
    IAM_TRY(iam_sha256(s, bytes));
    iam_sha256_to_hex(bytes, ret);
    return IAM_OK;
}

/* Hashes the block of the key under pad, and keeps what the state is then. */
static bool hash_pad(const uint8_t block[SHA256_CBLOCK], uint8_t pad, uint32_t ret[8])
{
    uint8_t padded[SHA256_CBLOCK];
    SHA256_CTX hash;
    for (size_t i = 0; i < sizeof(padded); i++) {
        padded[i] = block[i] ^ pad;
    }
    bool ok = SHA256_Init(&hash) == 1 && SHA256_Update(&hash, padded, sizeof(padded)) == 1;
    memcpy(ret, hash.h, sizeof(hash.h));
    iam_wipe(padded, sizeof(padded));
    iam_wipe(&hash, sizeof(hash));
    return ok;
}

/* Hashes a key that is longer than a block. Not as iam_sha256: nothing of it is left. */
static bool hash_key(struct iam_str key, uint8_t ret[IAM_SHA256_BYTES])
{
    SHA256_CTX hash;
    bool ok = SHA256_Init(&hash) == 1 && SHA256_Update(&hash, key.p, key.len) == 1 &&
              SHA256_Final(ret, &hash) == 1;
    iam_wipe(&hash, sizeof(hash));
    return ok;
}

/*
 * Makes the states. SPEC: RFC 2104, 2: a key that is longer than a block is hashed first; 4: they
 * may be kept.
 */
enum iam_status iam_hmac_prepare(struct iam_str key, struct iam_hmac_key *ret)
{
    uint8_t block[SHA256_CBLOCK] = { 0 };
    bool ok = true;
    if (key.len > sizeof(block)) {
        ok = hash_key(key, block);
    } else if (key.len > 0) {
        memcpy(block, key.p, key.len);
    }
    ok = ok && hash_pad(block, INNER_PAD, ret->inner) && hash_pad(block, OUTER_PAD, ret->outer);
    iam_wipe(block, sizeof(block));
    return ok ? IAM_OK : IAM_IO;
}

/* Goes on from the state after a block, with s. */
static bool hash_from(const uint32_t state[8], struct iam_str s, uint8_t ret[IAM_SHA256_BYTES])
{
    SHA256_CTX hash;
    bool ok = SHA256_Init(&hash) == 1;
    memcpy(hash.h, state, sizeof(hash.h));
    hash.Nl = 8 * SHA256_CBLOCK; /* bits so far */
    ok = ok && SHA256_Update(&hash, s.p, s.len) == 1 && SHA256_Final(ret, &hash) == 1;
    iam_wipe(&hash, sizeof(hash));
    return ok;
}

enum iam_status iam_hmac_with(const struct iam_hmac_key *key, struct iam_str s,
                              uint8_t ret[IAM_SHA256_BYTES])
{
    uint8_t inner[IAM_SHA256_BYTES];
    uint8_t out[IAM_SHA256_BYTES];
    bool ok = hash_from(key->inner, s, inner) &&
              hash_from(key->outer, (struct iam_str){ (const char *)inner, sizeof(inner) }, out);
    iam_wipe(inner, sizeof(inner));
    if (ok) {
        memcpy(ret, out, sizeof(out));
    }
    iam_wipe(out, sizeof(out));
    return ok ? IAM_OK : IAM_IO;
}

enum iam_status iam_hmac_sha256(struct iam_str key, struct iam_str s, uint8_t ret[IAM_SHA256_BYTES])
{
    struct iam_hmac_key prepared;
    enum iam_status st = iam_hmac_prepare(key, &prepared);
    if (st == IAM_OK) {
        st = iam_hmac_with(&prepared, s, ret);
    }
    iam_wipe(&prepared, sizeof(prepared));
    return st;
}
