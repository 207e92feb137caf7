/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One set of libcrypto contexts per thread. A thread that ends frees its set through the destructor
 * of a thread-specific key; the fetched algorithms stay for the life of the process.
 */
#include "keeper/evp_int.h"

#include <pthread.h>

static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool is_fetched;
static EVP_MD *shared_sha256;
static EVP_CIPHER *shared_aes_gcm;

static _Thread_local struct keeper_evp thread_evp;

static void evp_done(void *p)
{
    struct keeper_evp *e = p;
    EVP_MD_CTX_free(e->md);
    EVP_CIPHER_CTX_free(e->cipher);
    *e = (struct keeper_evp){ 0 };
}

static void fetch(void)
{
    shared_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    shared_aes_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    is_fetched = shared_sha256 != NULL && shared_aes_gcm != NULL &&
                 pthread_key_create(&thread_key, evp_done) == 0;
}

static bool evp_init(struct keeper_evp *e)
{
    e->sha256 = shared_sha256;
    e->aes_gcm = shared_aes_gcm;
    e->md = EVP_MD_CTX_new();
    e->cipher = EVP_CIPHER_CTX_new();
    return e->md != NULL && e->cipher != NULL && pthread_setspecific(thread_key, e) == 0;
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
