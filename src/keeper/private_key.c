/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys that are given to be kept. What is sealed is their PKCS #8 in DER, whatever form
 * they came in. INVARIANT: a key in clear is in buffers that are wiped here or by libcrypto.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/ct.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"

/* Room for what the PEM of a key encodes. */
#define DER_MAX KEEPER_OPENED_MAX

/* Gives no passphrase: without a callback libcrypto would ask on the terminal. */
static int no_passphrase(char *buf, int size, int is_writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)is_writing;
    (void)ctx;
    return -1;
}

static enum iam_status read_pem(struct iam_str pem, EVP_PKEY **ret)
{
    BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
    IAM_ENSURE(bio != NULL, IAM_NOMEM);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    IAM_ENSURE(key != NULL, IAM_SYNTAX);
    *ret = key;
    return IAM_OK;
}

static bool is_kept(const EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA || EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
}

enum iam_status keeper_private_der(const EVP_PKEY *key, uint8_t *out, struct iam_str *ret)
{
    uint8_t *p = out;
    PKCS8_PRIV_KEY_INFO *info = is_kept(key) ? EVP_PKEY2PKCS8(key) : NULL;
    int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    bool fits = len > 0 && len <= DER_MAX && i2d_PKCS8_PRIV_KEY_INFO(info, &p) == len;
    PKCS8_PRIV_KEY_INFO_free(info);
    ERR_clear_error();
    IAM_ENSURE(fits, IAM_SYNTAX);
    *ret = (struct iam_str){ (const char *)out, (size_t)len };
    return IAM_OK;
}

enum iam_status iam_keeper_seal_private_key(struct iam_keeper *k, struct iam_str key_id,
                                            struct iam_str pem, struct iam_arena *arena,
                                            struct iam_str *ret_sealed)
{
    uint8_t bytes[DER_MAX];
    struct iam_str der;
    EVP_PKEY *key;
    IAM_ENSURE(pem.len <= IAM_PRIVATE_KEY_MAX, IAM_SYNTAX);
    IAM_TRY(read_pem(pem, &key));
    enum iam_status st = keeper_private_der(key, bytes, &der);
    EVP_PKEY_free(key);
    if (st == IAM_OK) {
        st = keeper_seal_for(k, KEEPER_PURPOSE_PRIVATE_KEY, key_id, der, arena, ret_sealed);
    }
    iam_wipe(bytes, sizeof(bytes));
    return st;
}

enum iam_status iam_keeper_check_private_key(struct iam_keeper *k, struct iam_str key_id,
                                             struct iam_str sealed)
{
    return keeper_check_for(k, KEEPER_PURPOSE_PRIVATE_KEY, key_id, sealed, DER_MAX);
}

enum iam_status iam_keeper_reseal_private_key(struct iam_keeper *k, struct iam_str key_id,
                                              struct iam_str sealed, struct iam_arena *arena,
                                              struct iam_str *ret_sealed)
{
    return keeper_reseal_for(k, KEEPER_PURPOSE_PRIVATE_KEY, key_id, sealed, arena, ret_sealed);
}

/* ---- using one ---- */

/* Returns the key that is in sealed; NULL: it is none, or there is no memory. */
static EVP_PKEY *read_der(struct iam_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.len);
    EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

static bool set_oaep(EVP_PKEY_CTX *ctx, const struct iam_oaep *oaep)
{
    static const char *const names[] = { [IAM_OAEP_SHA1] = "SHA1",
                                         [IAM_OAEP_SHA256] = "SHA256",
                                         [IAM_OAEP_SHA384] = "SHA384",
                                         [IAM_OAEP_SHA512] = "SHA512" };
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, names[oaep->digest], NULL) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, names[oaep->mask], NULL) == 1;
}

/* Decrypts into out, which holds as much as a key has bytes. */
static bool decrypt(EVP_PKEY *key, const struct iam_oaep *oaep, struct iam_str wrapped,
                    uint8_t out[DER_MAX], size_t *ret_len)
{
    const uint8_t *in = (const uint8_t *)wrapped.p;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t len = DER_MAX;
    bool is_good = ctx != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
                   EVP_PKEY_get_size(key) <= DER_MAX && EVP_PKEY_decrypt_init(ctx) == 1 &&
                   set_oaep(ctx, oaep) && EVP_PKEY_decrypt(ctx, out, &len, in, wrapped.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    *ret_len = len;
    return is_good;
}

enum iam_status iam_keeper_unwrap(struct iam_keeper *k, struct iam_str key_id,
                                  struct iam_str sealed, const struct iam_oaep *oaep,
                                  struct iam_str wrapped, uint8_t ret[IAM_UNWRAPPED_MAX],
                                  size_t *ret_len)
{
    uint8_t bytes[DER_MAX];
    struct iam_str der;
    size_t len = 0;
    enum iam_status st =
        keeper_open_for(k, KEEPER_PURPOSE_PRIVATE_KEY, key_id, sealed, bytes, sizeof(bytes), &der);
    EVP_PKEY *key = st == IAM_OK ? read_der(der) : NULL;
    if (st == IAM_OK) {
        /* the key is read, its text no longer needed */
        bool is_good = key != NULL && decrypt(key, oaep, wrapped, bytes, &len);
        st = is_good && len <= IAM_UNWRAPPED_MAX ? IAM_OK : IAM_SYNTAX;
    }
    if (st == IAM_OK) {
        memcpy(ret, bytes, len);
        *ret_len = len;
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
    iam_wipe(bytes, sizeof(bytes));
    return st;
}
