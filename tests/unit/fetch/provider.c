/* SPDX-License-Identifier: Apache-2.0 */
#include "provider.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/test.h"

#define HANG_S 20

/* Sends the same bytes again and again, until the client leaves. */
static void send_endlessly(SSL *ssl, const char *head, const char *piece)
{
    int n = SSL_write(ssl, head, (int)strlen(head));
    while (n > 0) {
        n = SSL_write(ssl, piece, (int)strlen(piece));
    }
}

static void answer(struct provider *p, SSL *ssl, const char *path)
{
    static char piece[16384];
    memset(piece, 'a', sizeof(piece) - 1);
    p->asked++;
    if (strncmp(path, "/hang", 5) == 0) {
        for (unsigned i = 0; i < HANG_S * 10 && SSL_write(ssl, "H", 0) >= 0; i++) {
            char byte;
            struct timeval wait = { 0, 100000 };
            (void)setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
            if (recv(SSL_get_fd(ssl), &byte, 1, MSG_PEEK) == 0) {
                return;
            }
        }
    } else if (strncmp(path, "/endless", 8) == 0) {
        send_endlessly(ssl, "HTTP/1.1 200 OK\r\n\r\n", piece);
    } else if (strncmp(path, "/headers", 8) == 0) {
        send_endlessly(ssl, "HTTP/1.1 200 OK\r\n", "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    } else if (strncmp(path, "/drop", 5) != 0) {
        const char *text = p->answer;
        (void)SSL_write(ssl, text, (int)strlen(text));
    }
}

static void serve_one(struct provider *p, int fd)
{
    char request[4096] = "";
    SSL *ssl = SSL_new(p->ctx);
    (void)SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request) - 1) > 0) {
        char *path = strchr(request, ' ');
        answer(p, ssl, path != NULL ? path + 1 : "");
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    (void)close(fd);
}

static void *serve(void *arg)
{
    struct provider *p = arg;
    for (;;) {
        int fd = accept(p->fd, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        serve_one(p, fd);
    }
}

/* Makes a certificate for localhost and 127.0.0.1, signed by itself with key. */
static X509 *make_certificate(EVP_PKEY *key, const char *common_name)
{
    X509 *cert = X509_new();
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_NAME *name = X509_get_subject_name(cert);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                                (const unsigned char *)common_name, -1, -1, 0),
                     1);
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    assert_int_equal(X509_set_issuer_name(cert, name), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -86400));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 86400));
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_int_equal(X509_add_ext(cert, names, -1), 1);
    assert_int_not_equal(X509_sign(cert, key, EVP_sha256()), 0);
    X509_EXTENSION_free(names);
    return cert;
}

static void set_certificate(struct provider *p)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = make_certificate(key, "provider");
    assert_int_equal(SSL_CTX_use_certificate(p->ctx, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(p->ctx, key), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void write_thumbprint(X509 *cert, char ret[41])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len;
    assert_int_equal(X509_digest(cert, EVP_sha1(), digest, &len), 1);
    iam_bytes_to_hex(digest, len, ret);
    ret[40] = '\0';
}

void provider_add_stranger(struct provider *p, char ret_thumbprint[41])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = make_certificate(key, "stranger");
    write_thumbprint(cert, ret_thumbprint);
    assert_int_equal(SSL_CTX_add0_chain_cert(p->ctx, cert), 1);
    EVP_PKEY_free(key);
}

void provider_open(struct provider *p)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
    socklen_t len = sizeof(address);
    *p = (struct provider){ .answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" };
    p->ctx = SSL_CTX_new(TLS_server_method());
    set_certificate(p);
    write_thumbprint(SSL_CTX_get0_certificate(p->ctx), p->thumbprint);
    p->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(p->fd, (const struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(p->fd, 16), 0);
    assert_int_equal(getsockname(p->fd, (struct sockaddr *)&address, &len), 0);
    p->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

void provider_close(struct provider *p)
{
    (void)shutdown(p->fd, SHUT_RDWR);
    (void)pthread_join(p->thread, NULL);
    (void)close(p->fd);
    SSL_CTX_free(p->ctx);
}

const char *provider_url(const struct provider *p, const char *path, char url[256])
{
    (void)snprintf(url, 256, "https://127.0.0.1:%u%s", p->port, path);
    return url;
}

void provider_save(const struct provider *p, const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, SSL_CTX_get0_certificate(p->ctx)), 1);
    assert_int_equal(fclose(file), 0);
}
