/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of tokens for others. A key is sealed like any other private key, for its account and
 * its kid. INVARIANT: a key in clear is in buffers that are wiped here or by libcrypto.
 */
#include "keeper/token_signer.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/ct.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

#define RSA_BITS 2048
#define RSA_BYTES (RSA_BITS / 8)
#define COORDINATE_BYTES 48
/* A signature as libcrypto makes it: of RSA, or of P-384 in DER. */
#define SIGNATURE_MAX RSA_BYTES

/* ---- making ---- */

static bool put_number(const EVP_PKEY *key, const char *name, uint8_t *out, int bytes)
{
    BIGNUM *number = NULL;
    bool ok =
        EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_bn2binpad(number, out, bytes) == bytes;
    BN_free(number);
    return ok;
}

static bool put_public(const EVP_PKEY *key, enum iam_token_algorithm algorithm, uint8_t *out)
{
    if (algorithm == IAM_TOKEN_RS256) {
        return put_number(key, OSSL_PKEY_PARAM_RSA_N, out, RSA_BYTES);
    }
    return put_number(key, OSSL_PKEY_PARAM_EC_PUB_X, out, COORDINATE_BYTES) &&
           put_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, out + COORDINATE_BYTES, COORDINATE_BYTES);
}

static size_t public_bytes(enum iam_token_algorithm algorithm)
{
    return algorithm == IAM_TOKEN_RS256 ? RSA_BYTES : (size_t)2 * COORDINATE_BYTES;
}

static enum iam_status seal(struct iam_keeper *k, const EVP_PKEY *pkey, struct iam_str owner,
                            struct iam_arena *arena, struct iam_str *ret)
{
    uint8_t bytes[KEEPER_OPENED_MAX];
    struct iam_str der;
    enum iam_status st = keeper_private_der(pkey, bytes, &der);
    if (st == IAM_OK) {
        st = keeper_seal_for(k, KEEPER_PURPOSE_PRIVATE_KEY, owner, der, arena, ret);
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

static enum iam_status keep(struct iam_keeper *k, const EVP_PKEY *pkey, struct iam_arena *arena,
                            struct iam_token_key *key)
{
    enum iam_token_algorithm algorithm = (enum iam_token_algorithm)key->algorithm;
    struct iam_str owner;
    uint8_t *out = iam_arena_alloc(arena, public_bytes(algorithm));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    IAM_ENSURE(put_public(pkey, algorithm, out), IAM_IO);
    IAM_TRY(iam_token_key_owner(arena, key, &owner));
    key->public_key = (struct iam_str){ (const char *)out, public_bytes(algorithm) };
    return seal(k, pkey, owner, arena, &key->sealed_key);
}

enum iam_status iam_keeper_make_token_key(struct iam_keeper *k, struct iam_arena *arena,
                                          struct iam_token_key *key)
{
    EVP_PKEY *pkey =
        key->algorithm == IAM_TOKEN_RS256 ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen("P-384");
    ERR_clear_error();
    IAM_ENSURE(pkey != NULL, IAM_IO);
    enum iam_status st = keep(k, pkey, arena, key);
    EVP_PKEY_free(pkey);
    return st;
}

/* ---- signing ---- */

static enum iam_status read_key(struct iam_str der, EVP_PKEY **ret)
{
    const unsigned char *p = (const unsigned char *)der.p;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, (long)der.len);
    ERR_clear_error();
    IAM_ENSURE(pkey != NULL, IAM_CORRUPT);
    *ret = pkey;
    return IAM_OK;
}

static enum iam_status open_key(struct iam_keeper *k, const struct iam_token_key *key,
                                struct iam_arena *arena, EVP_PKEY **ret)
{
    uint8_t bytes[KEEPER_OPENED_MAX];
    struct iam_str owner;
    struct iam_str der;
    IAM_TRY(iam_token_key_owner(arena, key, &owner));
    enum iam_status st = keeper_open_for(k, KEEPER_PURPOSE_PRIVATE_KEY, owner, key->sealed_key,
                                         bytes, sizeof(bytes), &der);
    if (st == IAM_OK) {
        st = read_key(der, ret);
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

static bool fits(const EVP_PKEY *pkey, int64_t algorithm)
{
    return algorithm == IAM_TOKEN_RS256
               ? EVP_PKEY_is_a(pkey, "RSA") == 1 && EVP_PKEY_get_bits(pkey) == RSA_BITS
               : EVP_PKEY_is_a(pkey, "EC") == 1 && EVP_PKEY_get_bits(pkey) == 384;
}

static enum iam_status sign(EVP_PKEY *pkey, const char *digest, struct iam_str bytes,
                            uint8_t out[SIGNATURE_MAX], size_t *ret_len)
{
    size_t len = SIGNATURE_MAX;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    IAM_ENSURE(ctx != NULL, IAM_NOMEM);
    bool ok = EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, pkey, NULL) == 1 &&
              EVP_DigestSign(ctx, out, &len, (const unsigned char *)bytes.p, bytes.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    IAM_ENSURE(ok, IAM_IO);
    *ret_len = len;
    return IAM_OK;
}

/* Writes r and s, each in 48 bytes. */
static enum iam_status flatten(const uint8_t *der, size_t len, uint8_t *out)
{
    const unsigned char *p = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &p, (long)len);
    IAM_ENSURE(pair != NULL, IAM_IO);
    bool ok = BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, COORDINATE_BYTES) == COORDINATE_BYTES &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + COORDINATE_BYTES, COORDINATE_BYTES) ==
                  COORDINATE_BYTES;
    ECDSA_SIG_free(pair);
    return ok ? IAM_OK : IAM_IO;
}

static enum iam_status sign_with(EVP_PKEY *pkey, int64_t algorithm, struct iam_str bytes,
                                 uint8_t *out, size_t *ret_len)
{
    uint8_t der[SIGNATURE_MAX];
    size_t len = 0;
    IAM_ENSURE(fits(pkey, algorithm), IAM_CORRUPT);
    if (algorithm == IAM_TOKEN_RS256) {
        return sign(pkey, "SHA256", bytes, out, ret_len);
    }
    IAM_TRY(sign(pkey, "SHA384", bytes, der, &len));
    *ret_len = (size_t)2 * COORDINATE_BYTES;
    return flatten(der, len, out);
}

enum iam_status iam_keeper_sign_token(struct iam_keeper *k, const struct iam_token_key *key,
                                      struct iam_str bytes, struct iam_arena *arena,
                                      struct iam_str *ret)
{
    EVP_PKEY *pkey = NULL;
    size_t len = 0;
    uint8_t *out = iam_arena_alloc(arena, SIGNATURE_MAX);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    IAM_TRY(open_key(k, key, arena, &pkey));
    enum iam_status st = sign_with(pkey, key->algorithm, bytes, out, &len);
    EVP_PKEY_free(pkey);
    IAM_TRY(st);
    *ret = (struct iam_str){ (const char *)out, len };
    return IAM_OK;
}
