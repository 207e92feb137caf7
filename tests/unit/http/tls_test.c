/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS with OpenSSL's client: round trips, versions, protocols, the certificate, and which clients
 * are refused.
 */
#include "rig.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server_int.h"
#include "http/tls_int.h"

static char text[RIG_TEXT_CAP];

struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static void client_init(struct client *c, const struct rig *r)
{
    c->ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(c->ctx);
    c->ssl = SSL_new(c->ctx);
    assert_non_null(c->ssl);
    c->fd = rig_connect(r);
    assert_int_equal(SSL_set_fd(c->ssl, c->fd), 1);
}

static void client_done(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    (void)close(c->fd);
    ERR_clear_error();
}

static void tls_send(struct client *c, const char *bytes)
{
    assert_int_equal(SSL_write(c->ssl, bytes, (int)strlen(bytes)), (int)strlen(bytes));
}

static int tls_read_response(struct client *c)
{
    size_t n = 0;
    size_t want = SIZE_MAX;
    while (n < want) {
        int got = SSL_read(c->ssl, text + n, (int)(sizeof(text) - n - 1));
        assert_true(got > 0);
        n += (size_t)got;
        text[n] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = strstr(text, "\r\nContent-Length: ");
        if (end != NULL && length != NULL) {
            want = (size_t)(end + 4 - text) + strtoul(length + 18, NULL, 10);
        }
    }
    assert_int_equal(n, want);
    return (int)strtoul(text + 9, NULL, 10);
}

static int setup(void **state)
{
    static struct rig r;
    rig_init(&r);
    r.config.tls_self_signed = true;
    rig_start(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig_stop(*state, 5000);
    return 0;
}

static void check_round_trips(const struct rig *r, int version)
{
    struct client c;
    client_init(&c, r);
    assert_int_equal(SSL_set_min_proto_version(c.ssl, version), 1);
    assert_int_equal(SSL_set_max_proto_version(c.ssl, version), 1);
    assert_int_equal(SSL_connect(c.ssl), 1);
    for (int i = 0; i < 5; i++) {
        tls_send(&c, i % 2 == 0 ? "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"
                                : "GET /defer HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_int_equal(tls_read_response(&c), 200);
        assert_non_null(strstr(text, "127.0.0.1 tls=1 1:"));
    }
    /* Three in one record. */
    tls_send(&c,
             "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\n"
             "Content-Length: 2\r\n\r\nhiGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    size_t n = 0;
    int got = 0;
    while ((got = SSL_read(c.ssl, text + n, (int)(sizeof(text) - n - 1))) > 0) {
        n += (size_t)got;
    }
    text[n] = '\0';
    assert_int_equal(SSL_get_error(c.ssl, got), SSL_ERROR_ZERO_RETURN);
    assert_non_null(strstr(text, "tls=1 2:hiHTTP/1.1 200"));
    assert_non_null(strstr(text, "Connection: close\r\n"));
    client_done(&c);
}

static void test_round_trips(void **state)
{
    check_round_trips(*state, TLS1_2_VERSION);
    check_round_trips(*state, TLS1_3_VERSION);
}

static void test_old_versions(void **state)
{
    struct client c;
    client_init(&c, *state);
    SSL_set_security_level(c.ssl, 0);
    assert_int_equal(SSL_set_min_proto_version(c.ssl, TLS1_VERSION), 1);
    assert_int_equal(SSL_set_max_proto_version(c.ssl, TLS1_1_VERSION), 1);
    assert_int_not_equal(SSL_connect(c.ssl), 1);
    client_done(&c);
}

static void test_alpn(void **state)
{
    static const unsigned char BOTH[] = "\x02h2\x08http/1.1";
    static const unsigned char H2[] = "\x02h2";
    struct client c;
    const unsigned char *chosen = NULL;
    unsigned len = 0;
    client_init(&c, *state);
    assert_int_equal(SSL_set_alpn_protos(c.ssl, BOTH, sizeof(BOTH) - 1), 0);
    assert_int_equal(SSL_connect(c.ssl), 1);
    SSL_get0_alpn_selected(c.ssl, &chosen, &len);
    assert_int_equal(len, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
    client_done(&c);
    client_init(&c, *state);
    assert_int_equal(SSL_set_alpn_protos(c.ssl, H2, sizeof(H2) - 1), 0);
    assert_int_not_equal(SSL_connect(c.ssl), 1);
    client_done(&c);
}

/* The self-signed certificate names the local host and holds as its own root. */
static void test_self_signed(void **state)
{
    struct client c;
    client_init(&c, *state);
    assert_int_equal(SSL_connect(c.ssl), 1);
    X509 *cert = SSL_get1_peer_certificate(c.ssl);
    assert_non_null(cert);
    assert_int_equal(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "::1", 0), 1);
    assert_int_equal(X509_check_host(cert, "example.com", 0, 0, NULL), 0);
    assert_true(X509_cmp_current_time(X509_get0_notBefore(cert)) < 0);
    assert_true(X509_cmp_current_time(X509_get0_notAfter(cert)) > 0);
    client_done(&c);
    client_init(&c, *state);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(c.ctx), cert), 1);
    SSL_set_verify(c.ssl, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_set1_host(c.ssl, "localhost"), 1);
    assert_int_equal(SSL_connect(c.ssl), 1);
    client_done(&c);
    X509_free(cert);
}

/* A client that speaks plainly gets no answer, and one that reads slowly gets all of it. */
static void test_plain_client(void **state)
{
    int fd = rig_connect(*state);
    rig_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(rig_is_closed(fd));
    assert_int_equal(rig_calls(), 0);
    (void)close(fd);
}

static void test_big_response(void **state)
{
    struct client c;
    client_init(&c, *state);
    assert_int_equal(SSL_connect(c.ssl), 1);
    tls_send(&c, "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    size_t n = 0;
    int got = 0;
    (void)usleep(50000);
    while ((got = SSL_read(c.ssl, text, sizeof(text))) > 0) {
        n += (size_t)got;
    }
    assert_int_equal(SSL_get_error(c.ssl, got), SSL_ERROR_ZERO_RETURN);
    assert_true(n > RIG_BIG);
    client_done(&c);
}

static void test_large_body(void **state)
{
    static char request[66000];
    struct client c;
    client_init(&c, *state);
    assert_int_equal(SSL_connect(c.ssl), 1);
    (void)snprintf(request, sizeof(request),
                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 65000\r\n\r\n");
    memset(request + strlen(request), 'z', 65000);
    tls_send(&c, request);
    assert_int_equal(tls_read_response(&c), 200);
    assert_int_equal(strspn(strstr(text, "2:z") + 2, "z"), 65000);
    client_done(&c);
}

/* A Unix socket does not leave the machine: it stays plain. */
static void test_unix_socket(void **state)
{
    int fd = rig_connect_unix(*state);
    rig_send_text(fd, "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    assert_non_null(strstr(text, "127.0.0.1 tls=0 1:"));
    (void)close(fd);
}

static char cert_path[80];
static char key_path[80];

/* Writes a new certificate with its key, and returns it. */
static X509 *write_files(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    FILE *f = fopen(cert_path, "w");
    assert_int_equal(PEM_write_X509(f, cert), 1);
    assert_int_equal(fclose(f), 0);
    f = fopen(key_path, "w");
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(f), 0);
    EVP_PKEY_free(key);
    return cert;
}

/* Starts a server with files, and returns the certificate. */
static X509 *start_with_files(struct rig *r)
{
    rig_init(r);
    (void)snprintf(cert_path, sizeof(cert_path), "%s/cert.pem", r->directory);
    (void)snprintf(key_path, sizeof(key_path), "%s/key.pem", r->directory);
    X509 *cert = write_files();
    r->config.tls_cert_file = cert_path;
    r->config.tls_key_file = key_path;
    rig_start(r);
    return cert;
}

static void stop_with_files(struct rig *r)
{
    assert_int_equal(unlink(cert_path), 0);
    assert_int_equal(unlink(key_path), 0);
    rig_stop(r, 5000);
}

static void expect_certificate(const struct rig *r, X509 *cert)
{
    struct client c;
    client_init(&c, r);
    assert_int_equal(SSL_connect(c.ssl), 1);
    X509 *seen = SSL_get1_peer_certificate(c.ssl);
    assert_int_equal(X509_cmp(cert, seen), 0);
    X509_free(seen);
    client_done(&c);
}

static void test_files(void **state)
{
    struct rig r;
    (void)state;
    X509 *cert = start_with_files(&r);
    expect_certificate(&r, cert);
    X509_free(cert);
    stop_with_files(&r);
}

static enum iam_status reload(const struct rig *r, char error[200])
{
    error[0] = '\0';
    return iam_http_reload_tls(r->server, cert_path, key_path, error, 200);
}

/* New handshakes have the new certificate; who was there goes on; what is broken changes nothing.
 */
static void test_reload(void **state)
{
    struct rig r;
    struct client c;
    char error[200];
    (void)state;
    X509 *first = start_with_files(&r);
    client_init(&c, &r);
    assert_int_equal(SSL_connect(c.ssl), 1);
    X509 *second = write_files();
    expect_certificate(&r, first);
    assert_int_equal(reload(&r, error), IAM_OK);
    expect_certificate(&r, second);
    FILE *f = fopen(cert_path, "w");
    assert_true(fputs("-----BEGIN CERTIFICATE-----\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, cert_path));
    expect_certificate(&r, second);
    /* A key that is not the certificate's. */
    f = fopen(cert_path, "w");
    assert_int_equal(PEM_write_X509(f, first), 1);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, key_path));
    expect_certificate(&r, second);
    tls_send(&c, "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(tls_read_response(&c), 200);
    client_done(&c);
    X509_free(first);
    X509_free(second);
    stop_with_files(&r);
}

/* Writes the key again, encrypted. Somebody who is asked for a passphrase would be waited for. */
static void encrypt_key(void)
{
    FILE *f = fopen(key_path, "r");
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    assert_int_equal(fclose(f), 0);
    f = fopen(key_path, "w");
    assert_int_equal(PEM_write_PrivateKey(f, key, EVP_aes_256_cbc(), (const unsigned char *)"word",
                                          4, NULL, NULL),
                     1);
    assert_int_equal(fclose(f), 0);
    EVP_PKEY_free(key);
}

/* Who renews a certificate is told what is wrong with which file. */
static void test_reasons(void **state)
{
    struct rig r;
    char error[200];
    (void)state;
    X509 *cert = start_with_files(&r);
    encrypt_key();
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, "key.pem': it is encrypted"));
    assert_int_equal(truncate(key_path, 0), 0);
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, "key.pem': there is none in the file"));
    X509_free(write_files());
    FILE *f = fopen(cert_path, "w");
    assert_int_equal(PEM_write_X509(f, cert), 1);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, "key.pem': it does not belong to the certificate"));
    assert_int_equal(truncate(cert_path, 0), 0);
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, "cert.pem': there is none in the file"));
    assert_int_equal(unlink(cert_path), 0);
    assert_int_equal(reload(&r, error), IAM_IO);
    assert_non_null(strstr(error, "cert.pem': No such file or directory"));
    X509_free(cert);
    X509_free(write_files());
    stop_with_files(&r);
}

static SSL_SESSION *session;

/* Connects, with the session of the last time when there is one; returns whether it was resumed. */
static bool resumes(const struct rig *r, int version)
{
    struct client c;
    client_init(&c, r);
    assert_int_equal(SSL_set_min_proto_version(c.ssl, version), 1);
    assert_int_equal(SSL_set_max_proto_version(c.ssl, version), 1);
    assert_true(session == NULL || SSL_set_session(c.ssl, session) == 1);
    assert_int_equal(SSL_connect(c.ssl), 1);
    tls_send(&c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(tls_read_response(&c), 200);
    bool resumed = SSL_session_reused(c.ssl) == 1;
    /* Without a farewell the client would not use the session again. */
    (void)SSL_shutdown(c.ssl);
    SSL_SESSION_free(session);
    session = SSL_get1_session(c.ssl);
    client_done(&c);
    return resumed;
}

static void forget_session(void)
{
    SSL_SESSION_free(session);
    session = NULL;
}

/* A ticket outlives one change of the key and not two, nor a new certificate. */
static void check_tickets(struct rig *r, int version)
{
    char error[200];
    SSL_CTX *tls = iam_http_server_tls(r->server);
    assert_false(resumes(r, version));
    assert_true(resumes(r, version));
    assert_non_null(session);
    SSL_SESSION *old = SSL_SESSION_dup(session);
    iam_http_tickets_rotate(tls);
    assert_true(resumes(r, version));
    /* The ticket of this time has the new key. */
    iam_http_tickets_rotate(tls);
    assert_true(resumes(r, version));
    forget_session();
    session = old;
    assert_false(resumes(r, version));
    assert_true(resumes(r, version));
    assert_int_equal(reload(r, error), IAM_OK);
    assert_false(resumes(r, version));
    forget_session();
    SSL_CTX_free(tls);
}

static void test_tickets(void **state)
{
    struct rig r;
    (void)state;
    X509_free(start_with_files(&r));
    check_tickets(&r, TLS1_2_VERSION);
    check_tickets(&r, TLS1_3_VERSION);
    stop_with_files(&r);
}

/* A hostile handshake is held against its source; nobody is told anything. */
static void test_penalty(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.tls_self_signed = true;
    r.config.exempt_count = 0;
    rig_start(&r);
    struct iam_http_stats stats = { 0 };
    int i = 0;
    for (; i < 200 && stats.refused_penalty == 0; i++) {
        int fd = rig_connect(&r);
        rig_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(rig_is_closed(fd));
        (void)close(fd);
        iam_http_stats(r.server, &stats);
    }
    assert_in_range(i, 10, 199);
    rig_stop(&r, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_old_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alpn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_self_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plain_client, setup, teardown),
        cmocka_unit_test_setup_teardown(test_big_response, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unix_socket, setup, teardown),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_penalty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
