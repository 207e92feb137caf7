/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: what is one, what it says, and its ID. */
#include "vector.h"

#include <openssl/err.h>

#include "base/buf.h"
#include "pki/certificate.h"
#include "pki/pem.h"

#define YEAR_2020_MS INT64_C(1577836800000)
#define YEAR_2021_MS INT64_C(1609459200000)
#define YEAR_2120_MS INT64_C(4733510400000)

static struct iam_arena arena;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 24);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static struct iam_str joined(struct iam_str a, struct iam_str b)
{
    const struct iam_str parts[] = { a, b };
    struct iam_str ret;

    assert_ok(iam_arena_join(&arena, parts, 2, &ret));
    return ret;
}

static enum iam_status read(struct iam_str text, struct iam_certificate *ret)
{
    enum iam_status st = iam_certificate_read(&arena, text, ret);

    assert_int_equal(ERR_peek_error(), 0);
    return st;
}

/* IDs: openssl x509 -outform DER | openssl sha1 -binary | base32 */
static void test_what_they_say(void **state)
{
    static const struct {
        const char *name, *id;
        int64_t not_before_ms, not_after_ms;
    } rows[] = {
        {"leaf.pem",     "PEYI75WUPGDYUWV2MSZ2ZGVDTRMD2HKL", YEAR_2020_MS, YEAR_2120_MS},
        { "ec.pem",      "2SBIPOCI6HI4CAK5BQUIMO5B4GPJFHN6", YEAR_2020_MS, YEAR_2120_MS},
        { "expired.pem", NULL,                               YEAR_2020_MS, YEAR_2021_MS},
        { "small.pem",   NULL,                               YEAR_2020_MS, YEAR_2120_MS},
        { "ed25519.pem", NULL,                               YEAR_2020_MS, YEAR_2120_MS},
    };
    struct iam_certificate cert;
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_ok(read(vector_read(&arena, rows[i].name), &cert));
        assert_int_equal(cert.not_before_ms, rows[i].not_before_ms);
        assert_int_equal(cert.not_after_ms, rows[i].not_after_ms);
        assert_int_equal(strlen(cert.id), IAM_CERTIFICATE_ID_LEN);
        if (rows[i].id != NULL) {
            assert_string_equal(cert.id, rows[i].id);
        }
    }
}

static void test_text_around(void **state)
{
    struct iam_str pem = vector_read(&arena, "ec.pem");
    struct iam_certificate plain;
    struct iam_certificate cert;
    (void)state;

    assert_ok(read(pem, &plain));
    assert_ok(read(joined(IAM_STR("Bag Attributes\r\n  friendlyName: x\r\n"), pem), &cert));
    assert_string_equal(cert.id, plain.id);
    assert_ok(read(joined(pem, IAM_STR("\n\nbye")), &cert));
    assert_string_equal(cert.id, plain.id);
}

static void test_what_is_none(void **state)
{
    struct iam_str pem = vector_read(&arena, "ec.pem");
    const struct iam_str rows[] = {
        IAM_STR(""),
        IAM_STR("none"),
        vector_read(&arena, "ec.key"),
        vector_read(&arena, "ec.pub.pem"),
        joined(pem, pem),
        joined(pem, vector_read(&arena, "ec.key")),
        joined(pem, IAM_STR("-----BEGIN X-----\n")),
        IAM_STR("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        IAM_STR("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
    };
    struct iam_certificate cert;
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(read(rows[i], &cert), IAM_SYNTAX);
    }
}

/* Reads the bytes of a certificate, of which some are others. */
static enum iam_status read_bytes(const char *bytes, size_t len)
{
    struct iam_certificate cert;
    struct iam_str text;
    struct iam_buf b;

    iam_buf_init(&b, iam_heap(), 1 << 17);
    iam_pem_add(&b, "CERTIFICATE", (struct iam_str){ bytes, len });
    assert_ok(iam_buf_finish(&b, &text));
    enum iam_status st = read(text, &cert);
    iam_buf_done(&b);
    return st;
}

static void test_broken_bytes(void **state)
{
    struct iam_str text = vector_read(&arena, "ec.pem");
    char bytes[IAM_CERTIFICATE_BYTES_MAX + 1] = { 0 };
    struct iam_pem pem;
    (void)state;

    assert_ok(iam_pem_next(&arena, &text, &pem));
    memcpy(bytes, pem.bytes.p, pem.bytes.len);
    assert_ok(read_bytes(bytes, pem.bytes.len));
    assert_int_equal(read_bytes(bytes, pem.bytes.len + 1), IAM_SYNTAX);
    assert_int_equal(read_bytes(bytes, sizeof(bytes)), IAM_SYNTAX);
    for (size_t len = 0; len < pem.bytes.len; len++) {
        assert_int_equal(read_bytes(bytes, len), IAM_SYNTAX);
    }
    for (size_t at = 0; at < pem.bytes.len; at++) {
        bytes[at] = (char)(bytes[at] ^ 0x80);
        enum iam_status st = read_bytes(bytes, pem.bytes.len);
        assert_true(st == IAM_OK || st == IAM_SYNTAX);
        bytes[at] = (char)(bytes[at] ^ 0x80);
    }
}

static void test_memory(void **state)
{
    struct iam_str text = vector_read(&arena, "leaf.pem");
    enum iam_status st = IAM_NOMEM;
    (void)state;

    for (size_t bytes = 0; st != IAM_OK; bytes += 16) {
        struct iam_certificate cert;
        struct iam_arena little;

        iam_arena_init(&little, iam_heap(), bytes);
        st = iam_certificate_read(&little, text, &cert);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        iam_arena_done(&little);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_they_say), cmocka_unit_test(test_text_around),
        cmocka_unit_test(test_what_is_none),  cmocka_unit_test(test_broken_bytes),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
