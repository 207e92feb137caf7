/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/trust.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "base/heap.h"

#define THUMBPRINT_BYTES 20
#define THUMBPRINT_CHARS 40

struct iam_fetch_trust {
    X509_STORE *store;
    pthread_mutex_t lock; /* on has_system */
    bool has_system;      /* the authorities of the system were read */
};

const char *iam_fetch_system_file(size_t i)
{
    return i == 0 ? X509_get_default_cert_file() : "/etc/ssl/certs/ca-certificates.crt";
}

enum iam_status iam_fetch_trust_new(const char *ca_file, struct iam_fetch_trust **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct iam_fetch_trust *trust = heap->alloc(heap->ctx, sizeof(*trust));
    IAM_ENSURE(trust != NULL, IAM_NOMEM);
    *trust = (struct iam_fetch_trust){ .store = X509_STORE_new() };
    (void)pthread_mutex_init(&trust->lock, NULL);
    if (trust->store == NULL) {
        iam_fetch_trust_free(trust);
        return IAM_NOMEM;
    }
    if (ca_file != NULL && X509_STORE_load_file(trust->store, ca_file) != 1) {
        unsigned long why = ERR_peek_error();
        iam_fetch_trust_free(trust);
        ERR_clear_error();
        errno = ERR_SYSTEM_ERROR(why) ? ERR_GET_REASON(why) : 0;
        return IAM_IO;
    }
    ERR_clear_error();
    *ret = trust;
    return IAM_OK;
}

void iam_fetch_trust_free(struct iam_fetch_trust *trust)
{
    if (trust != NULL) {
        X509_STORE_free(trust->store);
        (void)pthread_mutex_destroy(&trust->lock);
        iam_heap()->free(iam_heap()->ctx, trust);
    }
}

/* ---- the system ---- */

/* Tells whether the file was read already, under the name of an earlier one: reading it is dear. */
static bool is_read(size_t i)
{
    struct stat file;
    struct stat earlier;
    bool is_known = stat(iam_fetch_system_file(i), &file) == 0;
    bool is_same = false;
    for (size_t j = 0; is_known && !is_same && j < i; j++) {
        is_same = stat(iam_fetch_system_file(j), &earlier) == 0 && earlier.st_dev == file.st_dev &&
                  earlier.st_ino == file.st_ino;
    }
    return is_same;
}

/* Reads what is there: a system without authorities has none that vouch. */
static void read_system(X509_STORE *store)
{
    for (size_t i = 0; i < IAM_FETCH_SYSTEM_FILES; i++) {
        if (!is_read(i)) {
            (void)X509_STORE_load_file(store, iam_fetch_system_file(i));
        }
    }
    ERR_clear_error();
}

void iam_fetch_trust_complete(struct iam_fetch_trust *trust)
{
    (void)pthread_mutex_lock(&trust->lock);
    if (!trust->has_system) {
        read_system(trust->store);
        trust->has_system = true;
    }
    (void)pthread_mutex_unlock(&trust->lock);
}

/* ---- thumbprints ---- */

static bool is_listed(struct iam_str thumbprints, X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[THUMBPRINT_CHARS];
    if (X509_digest(certificate, EVP_sha1(), digest, &len) != 1 || len != THUMBPRINT_BYTES) {
        return false;
    }
    iam_bytes_to_hex(digest, len, hex);
    for (size_t at = 0; at < thumbprints.len;) {
        size_t end = iam_str_find(thumbprints, '\n', at);
        if (iam_str_eq_nocase(iam_str_sub(thumbprints, at, end - at),
                              (struct iam_str){ hex, sizeof(hex) })) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* Finds the certificates of the server's chain that are listed; NULL: no memory. */
static STACK_OF(X509) * listed_of(struct iam_str thumbprints, STACK_OF(X509) * chain)
{
    STACK_OF(X509) *listed = sk_X509_new_null();
    for (int i = 0; listed != NULL && i < sk_X509_num(chain); i++) {
        X509 *certificate = sk_X509_value(chain, i);
        if (is_listed(thumbprints, certificate) && sk_X509_push(listed, certificate) <= 0) {
            sk_X509_free(listed);
            return NULL;
        }
    }
    return listed;
}

/* Judges the chain once more, with its listed certificates as those who are believed. */
static bool verify_with(X509_STORE_CTX *asked, STACK_OF(X509) * listed)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();
    bool is_good = ctx != NULL && param != NULL &&
                   X509_STORE_CTX_init(ctx, NULL, X509_STORE_CTX_get0_cert(asked),
                                       X509_STORE_CTX_get0_untrusted(asked)) == 1 &&
                   X509_VERIFY_PARAM_inherit(param, X509_STORE_CTX_get0_param(asked)) == 1 &&
                   X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) == 1;
    if (is_good) {
        X509_STORE_CTX_set0_param(ctx, param);
        param = NULL;
        X509_STORE_CTX_set0_trusted_stack(ctx, listed);
        is_good = X509_verify_cert(ctx) == 1;
    }
    X509_VERIFY_PARAM_free(param);
    X509_STORE_CTX_free(ctx);
    return is_good;
}

static bool is_vouched_by_thumbprint(X509_STORE_CTX *asked, struct iam_str thumbprints)
{
    STACK_OF(X509) *listed = listed_of(thumbprints, X509_STORE_CTX_get0_untrusted(asked));
    bool is_good = listed != NULL && sk_X509_num(listed) > 0 && verify_with(asked, listed);
    sk_X509_free(listed);
    return is_good;
}

/* Judges the certificate of a connection, in the place of OpenSSL's own way. */
static int judge(X509_STORE_CTX *ctx, void *arg)
{
    struct iam_fetch_ask *ask = arg;
    if (X509_verify_cert(ctx) == 1) {
        return 1;
    }
    int error = X509_STORE_CTX_get_error(ctx);
    if (is_vouched_by_thumbprint(ctx, ask->thumbprints)) {
        X509_STORE_CTX_set_error(ctx, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(ctx, error);
    ask->is_unknown = true;
    return 0;
}

void iam_fetch_trust_use(SSL_CTX *ctx, struct iam_fetch_ask *ask)
{
    SSL_CTX_set1_cert_store(ctx, ask->trust->store);
    SSL_CTX_set_cert_verify_callback(ctx, judge, ask);
}
