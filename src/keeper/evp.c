/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One set of libcrypto contexts per thread. A thread that ends frees its set through the destructor
 * of a thread-specific key; the fetched algorithms stay for the life of the process.
 */
#include "keeper/evp_int.h"

#include <openssl/core_names.h>
#include <pthread.h>

static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool is_fetched;
static EVP_MD *shared_sha256;
static EVP_CIPHER *shared_aes_gcm;
static EVP_MAC *shared_hmac;

static _Thread_local struct keeper_evp thread_evp;

static void evp_done(void *p)
{
    struct keeper_evp *e = p;
    EVP_MD_CTX_free(e->md);
    EVP_MAC_CTX_free(e->row);
    EVP_CIPHER_CTX_free(e->cipher);
    *e = (struct keeper_evp){ 0 };
}

static void fetch(void)
{
    shared_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    shared_aes_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    shared_hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    is_fetched = shared_sha256 != NULL && shared_aes_gcm != NULL && shared_hmac != NULL &&
                 pthread_key_create(&thread_key, evp_done) == 0;
}

static bool set_hmac_digest(EVP_MAC_CTX *ctx)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end() };
    return EVP_MAC_CTX_set_params(ctx, params) == 1;
}

static bool evp_init(struct keeper_evp *e)
{
    e->sha256 = shared_sha256;
    e->aes_gcm = shared_aes_gcm;
    e->md = EVP_MD_CTX_new();
    e->row = EVP_MAC_CTX_new(shared_hmac);
    e->cipher = EVP_CIPHER_CTX_new();
    return e->md != NULL && e->row != NULL && e->cipher != NULL && set_hmac_digest(e->row) &&
           pthread_setspecific(thread_key, e) == 0;
}

struct keeper_evp *keeper_evp_get(void)
{
    struct keeper_evp *e = &thread_evp;
    if (e->md != NULL) {
        return e;
    }
    if (pthread_once(&fetch_once, fetch) != 0 || !is_fetched) {
        return NULL;
    }
    if (!evp_init(e)) {
        evp_done(e);
        return NULL;
    }
    return e;
}
