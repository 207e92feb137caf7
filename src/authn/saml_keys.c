/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys of certificates, in memory: reading X.509 takes longer than verifying a signature. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "authn/saml_int.h"

/* LIMIT: keys that are kept. */
#define KEPT_MAX 128

static void drop_key(void *value)
{
    EVP_PKEY_free(value);
}

static bool take_key(void *value, void *ctx)
{
    EVP_PKEY **ret = ctx;
    *ret = value;
    return EVP_PKEY_up_ref(value) == 1;
}

static struct saml_kept kept[KEPT_MAX];
static struct saml_cache cache = SAML_CACHE(kept, take_key, drop_key);

/* Reads a certificate of which nothing may be left over. */
static enum iam_status read_key(struct iam_str certificate, EVP_PKEY **ret)
{
    const unsigned char *p = (const unsigned char *)certificate.p;
    X509 *x509 = d2i_X509(NULL, &p, (long)certificate.len);
    bool is_whole = x509 != NULL && (const char *)p == certificate.p + certificate.len;
    if (is_whole) {
        *ret = X509_get_pubkey(x509);
    }
    X509_free(x509);
    ERR_clear_error();
    return is_whole ? IAM_OK : IAM_SYNTAX;
}

enum iam_status saml_certificate_key(struct iam_str certificate, EVP_PKEY **ret)
{
    uint8_t hash[IAM_SHA256_BYTES];
    EVP_PKEY *key;
    IAM_TRY(iam_sha256(certificate, hash));
    if (saml_cache_find(&cache, hash, ret)) {
        return IAM_OK;
    }
    IAM_TRY(read_key(certificate, &key));
    if (key != NULL && EVP_PKEY_up_ref(key) == 1) {
        saml_cache_keep(&cache, hash, key);
    }
    *ret = key;
    return IAM_OK;
}
