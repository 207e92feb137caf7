/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS settings. Nothing older than 1.2, no renegotiation, only forward-secret AEAD suites, and no
 * protocol but HTTP/1.1 when the client asks by ALPN.
 */
#include "http/tls_int.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

/* RFC 7301 wire form. */
static const unsigned char ALPN[] = "\x08http/1.1";

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *ctx)
{
    (void)ssl;
    (void)ctx;
    unsigned char *chosen = NULL;
    int r = SSL_select_next_proto(&chosen, out_len, ALPN, sizeof(ALPN) - 1, in, in_len);
    if (r != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_options(SSL_CTX *ctx)
{
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                       SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

/* Gives no passphrase, and asks nobody: a server that waits for an answer hangs. */
static int no_passphrase(char *text, int cap, int is_written, void *ctx)
{
    (void)text;
    (void)cap;
    (void)is_written;
    (void)ctx;
    return -1;
}

/* Errors that have a name here; of those that OpenSSL tells the first that has one counts. */
static const struct {
    int library;
    int reason;
    const char *text;
} REASONS[] = {
    {ERR_LIB_PEM,           PEM_R_BAD_PASSWORD_READ,
     "it is encrypted, and nobody is asked for a passphrase: 'openssl pkey' writes it without" },
    { ERR_LIB_PEM,          PEM_R_NO_START_LINE,        "there is none in the file, as PEM"    },
    { ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED,          "there is none in the file, as PEM"    },
    { ERR_LIB_X509,         X509_R_KEY_VALUES_MISMATCH, "it does not belong to the certificate"},
};

static const char *name_of(unsigned long error)
{
    if (ERR_SYSTEM_ERROR(error)) {
        return strerrordesc_np(ERR_GET_REASON(error));
    }
    for (size_t i = 0; i < IAM_COUNT(REASONS); i++) {
        if (ERR_GET_LIB(error) == REASONS[i].library &&
            ERR_GET_REASON(error) == REASONS[i].reason) {
            return REASONS[i].text;
        }
    }
    return NULL;
}

static enum iam_status fail(const char *what, const char *file, char *error_text, size_t cap)
{
    const char *other = ERR_reason_error_string(ERR_peek_last_error());
    const char *reason = NULL;
    unsigned long error;
    while (reason == NULL && (error = ERR_get_error()) != 0) {
        reason = name_of(error);
    }
    reason = reason != NULL ? reason : other;
    (void)snprintf(error_text, cap, "cannot use the TLS %s '%s': %s", what, file,
                   reason != NULL ? reason : "unknown TLS error");
    ERR_clear_error();
    return IAM_IO;
}

static enum iam_status load_files(SSL_CTX *ctx, const char *cert_file, const char *key_file,
                                  char *error_text, size_t cap)
{
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1) {
        return fail("certificate", cert_file, error_text, cap);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        return fail("key", key_file, error_text, cap);
    }
    return IAM_OK;
}

enum iam_status iam_http_tls_new(const char *cert_file, const char *key_file, SSL_CTX **ret,
                                 char *error_text, size_t cap)
{
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || !set_options(ctx) || iam_http_tickets_use(ctx) != IAM_OK) {
        SSL_CTX_free(ctx);
        (void)snprintf(error_text, cap, "cannot set up TLS");
        return IAM_NOMEM;
    }
    enum iam_status status = IAM_OK;
    if (cert_file != NULL) {
        status = load_files(ctx, cert_file, key_file, error_text, cap);
    } else {
        status = iam_http_certificate_make(ctx);
        if (status != IAM_OK) {
            (void)snprintf(error_text, cap, "cannot make a self-signed certificate");
        }
    }
    if (status != IAM_OK) {
        SSL_CTX_free(ctx);
        return status;
    }
    *ret = ctx;
    return IAM_OK;
}
