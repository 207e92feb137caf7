/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/server_certificate.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "pki/certificate_int.h"
#include "pki/pem.h"

#define EXPONENT_BITS_MAX 64
/* At most that of RSA with IAM_RSA_BITS_MAX. */
#define SIGNATURE_BYTES_MAX (IAM_RSA_BITS_MAX / 8)

_Static_assert(SIGNATURE_BYTES_MAX >= 2 * (521 / 8 + 1) + 16, "a signature of P-521 fits");

/* ---- limits of keys ---- */

/* Tells whether the key has that number, and in no more than bits. */
static bool has_number(const EVP_PKEY *key, const char *name, int bits)
{
    BIGNUM *number = NULL;
    bool is_good = EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_num_bits(number) <= bits;

    BN_clear_free(number);
    return is_good;
}

static bool is_good_rsa(const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);

    return bits >= IAM_RSA_BITS_MIN && bits <= IAM_RSA_BITS_MAX &&
           has_number(key, OSSL_PKEY_PARAM_RSA_E, EXPONENT_BITS_MAX);
}

/* Tells whether the curve is one whose parameters are known, whatever the key says of them. */
static bool is_good_ec(const EVP_PKEY *key)
{
    static const char *const curves[] = { "prime256v1", "secp384r1", "secp521r1" };
    char name[64];
    size_t len = 0;

    if (EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1) {
        return false;
    }
    for (size_t i = 0; i < IAM_COUNT(curves); i++) {
        if (strcmp(name, curves[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Tells whether checking a signature with the key takes no longer than it should. */
static bool can_verify(const EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return is_good_rsa(key);
    case EVP_PKEY_EC:
        return is_good_ec(key);
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return true;
    default:
        return false;
    }
}

/* Tells whether no number of the key is longer than its modulus, and there are two primes. */
static bool can_sign_rsa(const EVP_PKEY *key)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
    };

    if (!is_good_rsa(key) || has_number(key, OSSL_PKEY_PARAM_RSA_FACTOR3, INT32_MAX)) {
        return false;
    }
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        if (!has_number(key, names[i], EVP_PKEY_get_bits(key))) {
            return false;
        }
    }
    return true;
}

static bool can_sign(const EVP_PKEY *key)
{
    int kind = EVP_PKEY_get_base_id(key);

    return kind == EVP_PKEY_RSA ? can_sign_rsa(key) : kind == EVP_PKEY_EC && is_good_ec(key);
}

/* ---- private keys ---- */

static EVP_PKEY *read_pkcs8(const unsigned char **p, long len)
{
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, p, len);
    EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;

    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

/* Reads what a block of PEM holds; NULL: it is no private key that is known here. */
static EVP_PKEY *read_der(const struct iam_pem *pem)
{
    const unsigned char *p = (const unsigned char *)pem->bytes.p;
    long len = (long)pem->bytes.len;
    EVP_PKEY *key = NULL;

    if (iam_str_eq(pem->label, IAM_STR("PRIVATE KEY"))) {
        key = read_pkcs8(&p, len);
    } else if (iam_str_eq(pem->label, IAM_STR("RSA PRIVATE KEY"))) {
        key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p, len);
    } else if (iam_str_eq(pem->label, IAM_STR("EC PRIVATE KEY"))) {
        key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, len);
    }
    if (key != NULL && (const char *)p != pem->bytes.p + pem->bytes.len) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

/* Reads the only private key of a text. openssl ecparam -genkey writes the curve before it. */
static enum iam_status read_key(struct iam_arena *arena, struct iam_str text, EVP_PKEY **ret)
{
    struct iam_pem pem;
    struct iam_pem more;
    enum iam_status status = iam_pem_next(arena, &text, &pem);

    if (status == IAM_OK && iam_str_eq(pem.label, IAM_STR("EC PARAMETERS"))) {
        status = iam_pem_next(arena, &text, &pem);
    }
    IAM_ENSURE(status != IAM_NOT_FOUND, IAM_SYNTAX);
    IAM_TRY(status);
    IAM_ENSURE(iam_pem_next(arena, &text, &more) == IAM_NOT_FOUND, IAM_SYNTAX);
    EVP_PKEY *key = read_der(&pem);
    IAM_ENSURE(key != NULL, IAM_SYNTAX);
    *ret = key;
    return IAM_OK;
}

/* Signs something with key, and checks the signature with the public key. */
static bool fits(EVP_PKEY *public_key, EVP_PKEY *key)
{
    static const unsigned char TEXT[] = "iamd";
    unsigned char signature[SIGNATURE_BYTES_MAX];
    size_t len = sizeof(signature);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool is_signed = ctx != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
                     EVP_DigestSign(ctx, signature, &len, TEXT, sizeof(TEXT)) == 1;

    EVP_MD_CTX_free(ctx);
    ctx = EVP_MD_CTX_new();
    bool is_good = is_signed && ctx != NULL &&
                   EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, public_key) == 1 &&
                   EVP_DigestVerify(ctx, signature, len, TEXT, sizeof(TEXT)) == 1;
    EVP_MD_CTX_free(ctx);
    return is_good;
}

static enum iam_status check_pair(X509 *cert, EVP_PKEY *key)
{
    EVP_PKEY *public_key = X509_get0_pubkey(cert);

    IAM_ENSURE(can_sign(key), IAM_RANGE);
    IAM_ENSURE(EVP_PKEY_eq(public_key, key) == 1, IAM_CONFLICT);
    return fits(public_key, key) ? IAM_OK : IAM_CONFLICT;
}

enum iam_status iam_private_key_check(struct iam_arena *arena, struct iam_str certificate,
                                      struct iam_str key)
{
    X509 *cert = NULL;
    EVP_PKEY *private_key = NULL;
    enum iam_status status = pki_x509_only(arena, certificate, &cert);

    if (status == IAM_OK) {
        status = read_key(arena, key, &private_key);
    }
    if (status == IAM_OK) {
        status = check_pair(cert, private_key);
    }
    EVP_PKEY_free(private_key);
    X509_free(cert);
    ERR_clear_error();
    return status;
}

/* ---- chains ---- */

/* Tells whether issuer has signed cert. */
static bool has_signed(X509 *issuer, X509 *cert)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(cert)) == 0 &&
           can_verify(key) && X509_verify(cert, key) == 1;
}

/* A walk along a chain. */
struct walk {
    X509 *first; /* the certificate that the chain is for */
    X509 *last;  /* the one that must be signed next; may be first */
    int index;   /* of last */
};

/* Takes the next certificate of a chain, which the walk then owns. */
static enum iam_status go_on(struct walk *w, X509 *next)
{
    bool is_good = X509_cmp(next, w->first) != 0 && has_signed(next, w->last);

    if (!is_good) {
        X509_free(next);
        return IAM_CONFLICT;
    }
    if (w->last != w->first) {
        X509_free(w->last);
    }
    w->last = next;
    w->index++;
    return w->index < IAM_CHAIN_MAX ? IAM_OK : IAM_LIMIT;
}

static enum iam_status walk_chain(struct iam_arena *arena, struct walk *w, struct iam_str chain)
{
    X509 *next = NULL;
    enum iam_status status;

    while ((status = pki_x509_next(arena, &chain, &next)) == IAM_OK) {
        IAM_TRY(go_on(w, next));
    }
    IAM_ENSURE(status == IAM_NOT_FOUND, status);
    return w->index >= 0 ? IAM_OK : IAM_SYNTAX;
}

enum iam_status iam_chain_check(struct iam_arena *arena, struct iam_str certificate,
                                struct iam_str chain, int *ret_index)
{
    struct walk w = { .index = -1 };
    enum iam_status status = pki_x509_only(arena, certificate, &w.first);

    w.last = w.first;
    if (status == IAM_OK) {
        status = walk_chain(arena, &w, chain);
    }
    if (status == IAM_CONFLICT) {
        *ret_index = w.index;
    }
    if (w.last != w.first) {
        X509_free(w.last);
    }
    X509_free(w.first);
    ERR_clear_error();
    return status;
}
