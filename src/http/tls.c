/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS settings. Nothing older than 1.2, no renegotiation, only forward-secret AEAD suites, and no
 * protocol but HTTP/1.1 when the client asks by ALPN.
 */
#include "http/tls_int.h"

#include <openssl/err.h>
#include <stdio.h>

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

static enum iam_status fail(const char *what, const char *file, char *error_text, size_t cap)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    (void)snprintf(error_text, cap, "cannot %s '%s': %s", what, file,
                   reason != NULL ? reason : "unknown TLS error");
    ERR_clear_error();
    return IAM_IO;
}

static enum iam_status load_files(SSL_CTX *ctx, const char *cert_file, const char *key_file,
                                  char *error_text, size_t cap)
{
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1) {
        return fail("use the TLS certificate", cert_file, error_text, cap);
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        return fail("use the TLS key", key_file, error_text, cap);
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
