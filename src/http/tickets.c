/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that seal TLS session tickets. A ticket lets a client go on without the certificate's
 * signature; who has its key can read the recorded connections that began with it under TLS 1.2. So
 * a key seals for PERIOD_MS, opens for as long again, and is then overwritten. Each context has its
 * own keys: with a certificate that was loaded again nobody goes on from the one before.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>

#include "base/ct.h"
#include "base/heap.h"
#include "http/tls_int.h"
#include "http/worker_int.h"

#define PERIOD_MS (INT64_C(4) * 3600 * 1000)
#define NAME_BYTES 16
#define IV_BYTES 16

struct ticket_key {
    unsigned char name[NAME_BYTES];
    unsigned char aes[32];
    unsigned char mac[32];
};

struct tickets {
    pthread_mutex_t lock; /* of all below */
    struct ticket_key current;
    struct ticket_key previous;
    bool has_current;
    bool has_previous;
    int64_t made_at_ms; /* current, on the monotonic clock */
};

static pthread_once_t index_once = PTHREAD_ONCE_INIT;
static int tickets_index = -1;

static void free_tickets(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
                         void *argp)
{
    struct tickets *t = ptr;
    (void)parent;
    (void)ad;
    (void)idx;
    (void)argl;
    (void)argp;
    if (t != NULL) {
        (void)pthread_mutex_destroy(&t->lock);
        iam_wipe(t, sizeof(*t));
        iam_heap()->free(iam_heap()->ctx, t);
    }
}

static void make_index(void)
{
    tickets_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_tickets);
}

/* Replaces the current key, which goes on to open tickets. Without a new one none is sealed. */
static void rotate(struct tickets *t, int64_t now_ms)
{
    t->previous = t->current;
    t->has_previous = t->has_current;
    t->has_current = RAND_bytes((unsigned char *)&t->current, sizeof(t->current)) == 1;
    t->made_at_ms = now_ms;
}

/* Rotates when it is time, and drops the key before when even opening with it is over. */
static void keep_fresh(struct tickets *t, int64_t now_ms)
{
    int64_t age_ms = now_ms - t->made_at_ms;
    if (t->has_current && age_ms < PERIOD_MS) {
        return;
    }
    rotate(t, now_ms);
    if (age_ms >= 2 * PERIOD_MS) {
        iam_wipe(&t->previous, sizeof(t->previous));
        t->has_previous = false;
    }
}

static bool name_is(const struct ticket_key *key, const unsigned char *name)
{
    return memcmp(key->name, name, NAME_BYTES) == 0;
}

/*
 * Copies the key to seal with (name is NULL), or the one of this name. Returns what OpenSSL's
 * callback does: 0 for none, 2 when the client should have a new ticket.
 */
static int choose(struct tickets *t, const unsigned char *name, struct ticket_key *ret)
{
    int result = 0;
    (void)pthread_mutex_lock(&t->lock);
    keep_fresh(t, iam_http_monotonic_ms());
    if (t->has_current && (name == NULL || name_is(&t->current, name))) {
        *ret = t->current;
        result = 1;
    } else if (name != NULL && t->has_previous && name_is(&t->previous, name)) {
        *ret = t->previous;
        result = 2;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return result;
}

static bool start_mac(struct ticket_key *key, EVP_MAC_CTX *mac)
{
    static char digest[] = "sha256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, params) == 1;
}

static bool start_sealing(const struct ticket_key *key, unsigned char *name, unsigned char *iv,
                          EVP_CIPHER_CTX *cipher)
{
    memcpy(name, key->name, NAME_BYTES);
    return RAND_bytes(iv, IV_BYTES) == 1 &&
           EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->aes, iv) == 1;
}

static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int seals)
{
    struct ticket_key key = { 0 };
    struct tickets *t = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tickets_index);
    int result = choose(t, seals ? NULL : name, &key);
    if (result == 0) {
        return 0;
    }
    bool ok = start_mac(&key, mac) &&
              (seals ? start_sealing(&key, name, iv, cipher)
                     : EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.aes, iv) == 1);
    iam_wipe(&key, sizeof(key));
    return ok ? result : -1;
}

enum iam_status iam_http_tickets_use(SSL_CTX *ctx)
{
    (void)pthread_once(&index_once, make_index);
    IAM_ENSURE(tickets_index >= 0, IAM_NOMEM);
    struct tickets *t = iam_heap()->alloc(iam_heap()->ctx, sizeof(*t));
    IAM_ENSURE(t != NULL, IAM_NOMEM);
    *t = (struct tickets){ .has_current = false };
    (void)pthread_mutex_init(&t->lock, NULL);
    if (SSL_CTX_set_ex_data(ctx, tickets_index, t) != 1) {
        free_tickets(NULL, t, NULL, 0, 0, NULL);
        return IAM_NOMEM;
    }
    (void)SSL_CTX_set_timeout(ctx, PERIOD_MS / 1000);
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket) == 1 ? IAM_OK : IAM_NOMEM;
}

void iam_http_tickets_rotate(SSL_CTX *ctx)
{
    struct tickets *t = SSL_CTX_get_ex_data(ctx, tickets_index);
    (void)pthread_mutex_lock(&t->lock);
    rotate(t, iam_http_monotonic_ms());
    (void)pthread_mutex_unlock(&t->lock);
}
