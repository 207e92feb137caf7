/* SPDX-License-Identifier: Apache-2.0 */
/* One GET, from servers of every kind. */
#include "fetch/https.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/test.h"
#include "provider.h"

#define OK_TEXT "HTTP/1.1 200 OK\r\nCache-Control: max-age=120\r\nContent-Length: 2\r\n\r\n{}"

static struct provider provider;
static struct iam_fetch_networks loopback = { .count = 1 };
static struct iam_fetch_trust *trust;   /* which knows the provider */
static struct iam_fetch_trust *strange; /* which does not */
static char ca_path[] = "/tmp/iamd-fetch-XXXXXX";

static int open_all(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    provider_open(&provider);
    assert_int_not_equal(mkstemp(ca_path), -1);
    provider_save(&provider, ca_path);
    assert_ok(iam_fetch_init());
    assert_ok(iam_fetch_trust_new(ca_path, &trust));
    assert_ok(iam_fetch_trust_new(NULL, &strange));
    assert_ok(iam_http_network_parse(IAM_STR("127.0.0.1"), &loopback.items[0]));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    iam_fetch_trust_free(trust);
    iam_fetch_trust_free(strange);
    iam_fetch_trust_free(NULL);
    (void)unlink(ca_path);
    provider_close(&provider);
    return 0;
}

/* Gets a URL; what becomes of it. */
static enum iam_fetch_result get_url(const char *url, const struct iam_fetch_networks *networks,
                                     struct iam_fetch_ask ask, struct iam_fetch_answer *ret)
{
    static char body[64];
    struct iam_buf buf;
    iam_buf_init(&buf, iam_heap(), IAM_FETCH_BODY_MAX);
    iam_fetch_get(url, networks, &ask, &buf, ret);
    if (iam_str_is_set(ret->body)) {
        assert_true(ret->body.len < sizeof(body));
        memcpy(body, ret->body.p, ret->body.len);
        ret->body.p = body;
    }
    iam_buf_done(&buf);
    return ret->result;
}

static enum iam_fetch_result get(const char *path, struct iam_fetch_answer *ret)
{
    char url[256];
    return get_url(provider_url(&provider, path, url), &loopback,
                   (struct iam_fetch_ask){ .trust = trust }, ret);
}

static int64_t seconds_of(const char *path, enum iam_fetch_result *ret)
{
    struct iam_fetch_answer answer;
    struct timespec begin;
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    *ret = get(path, &answer);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    return end.tv_sec - begin.tv_sec;
}

static void test_document(void **state)
{
    struct iam_fetch_answer answer;
    (void)state;
    provider.answer = OK_TEXT;
    assert_int_equal(get("/", &answer), IAM_FETCH_OK);
    assert_str(answer.body, "{}");
    assert_int_equal(answer.fresh_s, 120);
    provider.answer = "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 2\r\n\r\n{}";
    assert_int_equal(get("/", &answer), IAM_FETCH_OK);
    assert_int_equal(answer.fresh_s, 0);
    assert_int_equal(answer.status, 200);
}

static void test_private_address(void **state)
{
    static const struct iam_fetch_networks none;
    struct iam_fetch_answer answer;
    char url[256];
    (void)state;
    provider.answer = OK_TEXT;
    const struct iam_fetch_ask ask = { .trust = trust };
    (void)provider_url(&provider, "/", url);
    assert_int_equal(get_url(url, &none, ask, &answer), IAM_FETCH_REFUSED);
    /* a name that is the same address */
    (void)snprintf(url, sizeof(url), "https://localhost:%u/", provider.port);
    assert_int_equal(get_url(url, &none, ask, &answer), IAM_FETCH_REFUSED);
    assert_int_equal(get_url("https://169.254.169.254/latest/", &none, ask, &answer),
                     IAM_FETCH_REFUSED);
}

static void test_other_schemes(void **state)
{
    static const char *const urls[] = { "http://127.0.0.1/", "file:///etc/passwd",
                                        "ftp://127.0.0.1/", "gopher://127.0.0.1/",
                                        "dict://127.0.0.1/" };
    struct iam_fetch_answer answer;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(urls); i++) {
        const struct iam_fetch_ask ask = { .trust = trust };
        assert_int_equal(get_url(urls[i], &loopback, ask, &answer), IAM_FETCH_REFUSED);
        assert_absent(answer.body);
    }
}

static void test_redirects(void **state)
{
    struct iam_fetch_answer answer;
    (void)state;
    provider.answer = "HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\n"
                      "Content-Length: 0\r\n\r\n";
    assert_int_equal(get("/", &answer), IAM_FETCH_UNUSABLE);
    assert_int_equal(answer.status, 302);
    assert_absent(answer.body);
}

static void test_hang(void **state)
{
    enum iam_fetch_result result;
    (void)state;
    assert_in_range(seconds_of("/hang", &result), 3, 8);
    assert_int_equal(result, IAM_FETCH_UNREACHABLE);
}

static void test_endless_body(void **state)
{
    enum iam_fetch_result result;
    (void)state;
    assert_in_range(seconds_of("/endless", &result), 0, 3);
    assert_int_equal(result, IAM_FETCH_TOO_LARGE);
}

static void test_endless_headers(void **state)
{
    struct iam_fetch_answer answer;
    (void)state;
    assert_int_equal(get("/headers", &answer), IAM_FETCH_TOO_LARGE);
}

static void test_failures(void **state)
{
    struct iam_fetch_answer answer;
    (void)state;
    assert_int_equal(get("/drop", &answer), IAM_FETCH_UNREACHABLE);
    provider.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(get("/", &answer), IAM_FETCH_UNREACHABLE);
    provider.answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(get("/", &answer), IAM_FETCH_UNREACHABLE);
    static const char *const unusable[] = { "499", "404", "400", "201", "204", "206", "203" };
    for (size_t i = 0; i < IAM_COUNT(unusable); i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "HTTP/1.1 %s No\r\nContent-Length: 0\r\n\r\n",
                       unusable[i]);
        provider.answer = text;
        assert_int_equal(get("/", &answer), IAM_FETCH_UNUSABLE);
        assert_absent(answer.body);
    }
    const struct iam_fetch_ask ask = { .trust = trust };
    assert_int_equal(get_url("https://127.0.0.1:1/", &loopback, ask, &answer),
                     IAM_FETCH_UNREACHABLE);
}

static enum iam_fetch_result get_strange(struct iam_str thumbprints)
{
    struct iam_fetch_answer answer;
    char url[256];
    provider.answer = OK_TEXT;
    const struct iam_fetch_ask ask = { .trust = strange, .thumbprints = thumbprints };
    return get_url(provider_url(&provider, "/", url), &loopback, ask, &answer);
}

static void test_unknown_certificate(void **state)
{
    (void)state;
    assert_int_equal(get_strange(IAM_STR("")), IAM_FETCH_UNKNOWN);
    assert_int_equal(get_strange(IAM_STR("0123456789012345678901234567890123456789\n")),
                     IAM_FETCH_UNKNOWN);
}

static void test_thumbprint(void **state)
{
    char list[128];
    (void)state;
    (void)snprintf(list, sizeof(list), "%040d\n%s\n", 7, provider.thumbprint);
    assert_int_equal(get_strange(iam_str_c(list)), IAM_FETCH_OK);
    (void)snprintf(list, sizeof(list), "%.39s\n", provider.thumbprint);
    assert_int_equal(get_strange(iam_str_c(list)), IAM_FETCH_UNKNOWN);
}

/* Who is vouched for by a thumbprint may vouch for another, but only with a signature. */
static void test_thumbprint_of_a_stranger(void **state)
{
    char stranger[41];
    char list[64];
    (void)state;
    provider_add_stranger(&provider, stranger);
    (void)snprintf(list, sizeof(list), "%s\n", stranger);
    assert_int_equal(get_strange(iam_str_c(list)), IAM_FETCH_UNKNOWN);
}

/* A certificate that is believed, but of another name. */
static void test_another_host(void **state)
{
    struct iam_fetch_networks all = { .count = 1 };
    struct iam_fetch_answer answer;
    char url[256];
    (void)state;
    provider.answer = OK_TEXT;
    assert_ok(iam_http_network_parse(IAM_STR("127.0.0.0/8"), &all.items[0]));
    (void)snprintf(url, sizeof(url), "https://127.0.0.2:%u/", provider.port);
    const struct iam_fetch_ask known = { .trust = trust };
    assert_int_equal(get_url(url, &all, known, &answer), IAM_FETCH_UNKNOWN);
    assert_absent(answer.body);
    const struct iam_fetch_ask listed = { .trust = strange,
                                          .thumbprints = iam_str_c(provider.thumbprint) };
    assert_int_equal(get_url(url, &all, listed, &answer), IAM_FETCH_UNKNOWN);
}

static void test_authorities(void **state)
{
    struct iam_fetch_trust *none = NULL;
    (void)state;
    assert_int_equal(iam_fetch_trust_new("/nonexistent", &none), IAM_IO);
    assert_int_equal(iam_fetch_trust_new("/dev/null", &none), IAM_IO);
}

static int count_authorities(struct iam_fetch_ask *ask)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(ctx);
    iam_fetch_trust_use(ctx, ask);
    int count = sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(ctx)));
    SSL_CTX_free(ctx);
    return count;
}

/* Reads one more file the plain way. */
static int count_with_file(const char *path, X509_STORE *store)
{
    (void)X509_STORE_load_file(store, path);
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

/* The authorities of the system, if it has any, are read when something is fetched, and count. */
static void test_authorities_of_the_system(void **state)
{
    struct iam_fetch_answer answer;
    struct iam_fetch_ask ask = { .trust = NULL };
    X509_STORE *plain = X509_STORE_new();
    int count = 0;
    (void)state;
    assert_ok(iam_fetch_trust_new(ca_path, &ask.trust));
    assert_int_equal(count_authorities(&ask), 1);
    assert_int_equal(count_with_file(ca_path, plain), 1);
    for (size_t i = 0; i < IAM_FETCH_SYSTEM_FILES; i++) {
        count = count_with_file(iam_fetch_system_file(i), plain);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(get_url("https://127.0.0.1:1/", &loopback, ask, &answer),
                         IAM_FETCH_UNREACHABLE);
        assert_int_equal(count_authorities(&ask), count);
    }
    iam_fetch_trust_free(ask.trust);
    X509_STORE_free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_private_address),
        cmocka_unit_test(test_other_schemes),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_hang),
        cmocka_unit_test(test_endless_body),
        cmocka_unit_test(test_endless_headers),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_unknown_certificate),
        cmocka_unit_test(test_thumbprint),
        cmocka_unit_test(test_thumbprint_of_a_stranger),
        cmocka_unit_test(test_another_host),
        cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_authorities_of_the_system),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
