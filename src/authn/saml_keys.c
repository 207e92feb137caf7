/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys of certificates, in memory: reading X.509 takes longer than verifying a signature.
 * What is kept is found by the hash of the whole certificate, so that it is never out of date.
 */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <pthread.h>

#include "authn/saml_int.h"
#include "base/ct.h"
#include "keeper/digest.h"

/* LIMIT: keys that are kept. That which was not used for longest goes. */
#define KEPT_MAX 128

struct kept {
    uint8_t hash[IAM_SHA256_BYTES];
    EVP_PKEY *key; /* NULL: none */
    uint64_t used;
};

static struct {
    pthread_mutex_t lock;
    struct kept items[KEPT_MAX];
    uint64_t clock;
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Returns a reference to the key of a certificate that was read before; or NULL. */
static EVP_PKEY *find(const uint8_t hash[IAM_SHA256_BYTES])
{
    EVP_PKEY *key = NULL;
    (void)pthread_mutex_lock(&cache.lock);
    for (size_t i = 0; i < KEPT_MAX && key == NULL; i++) {
        struct kept *k = &cache.items[i];
        if (k->key != NULL && iam_ct_equal(k->hash, hash, sizeof(k->hash)) &&
            EVP_PKEY_up_ref(k->key) == 1) {
            k->used = ++cache.clock;
            key = k->key;
        }
    }
    (void)pthread_mutex_unlock(&cache.lock);
    return key;
}

/* Keeps a key, with a reference of its own. */
static void keep(const uint8_t hash[IAM_SHA256_BYTES], EVP_PKEY *key)
{
    struct kept *oldest = &cache.items[0];
    (void)pthread_mutex_lock(&cache.lock);
    for (size_t i = 1; i < KEPT_MAX; i++) {
        oldest = cache.items[i].used < oldest->used ? &cache.items[i] : oldest;
    }
    if (EVP_PKEY_up_ref(key) == 1) {
        EVP_PKEY_free(oldest->key);
        memcpy(oldest->hash, hash, sizeof(oldest->hash));
        oldest->key = key;
        oldest->used = ++cache.clock;
    }
    (void)pthread_mutex_unlock(&cache.lock);
}

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
    key = find(hash);
    if (key == NULL) {
        IAM_TRY(read_key(certificate, &key));
        if (key != NULL) {
            keep(hash, key);
        }
    }
    *ret = key;
    return IAM_OK;
}
