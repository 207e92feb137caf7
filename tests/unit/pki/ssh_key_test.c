/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys for SSH: the forms of one key are one key, with the fingerprint that ssh-keygen
 * prints; what is no such key, is broken, or is too short.
 */
#include "vector.h"

#include <openssl/err.h>

#include "base/buf.h"
#include "codec/base64.h"
#include "pki/ssh_key.h"

/* ssh-keygen -l -E md5 -f rsa2048.pub.ssh */
#define FINGERPRINT "4c:14:bf:da:e3:57:bc:ba:4d:e8:cd:16:34:dc:4c:0c"

static struct iam_arena arena;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 22);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static struct iam_str file(const char *name)
{
    return vector_read(&arena, name);
}

/* Reads body, and makes sure that no error is left for what uses OpenSSL next in the thread. */
static enum iam_status read(struct iam_str body, struct iam_ssh_key *ret)
{
    enum iam_status st = iam_ssh_key_read(&arena, body, ret);

    assert_int_equal(ERR_peek_error(), 0);
    return st;
}

static struct iam_str joined(const char *before, struct iam_str text, const char *after)
{
    const struct iam_str parts[] = { iam_str_c(before), text, iam_str_c(after) };
    struct iam_str ret;

    assert_ok(iam_arena_join(&arena, parts, IAM_COUNT(parts), &ret));
    return ret;
}

static void test_forms(void **state)
{
    struct iam_str line = file("rsa2048.pub.ssh");
    struct iam_str want;
    struct iam_ssh_key key;
    (void)state;

    line.len--; /* its end */
    want = line;
    const struct iam_str forms[] = {
        line,
        joined("", line, " alice@example.com\n"),
        joined("\r\n ", line, "\r\n"),
        file("rsa2048.pub.pem"),
        joined("\n\n", file("rsa2048.pub.pem"), ""),
        file("rsa2048.pkcs1.pem"),
    };
    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        assert_ok(read(forms[i], &key));
        assert_same_str(key.text, want);
        assert_string_equal(key.fingerprint, FINGERPRINT);
    }
}

static void test_as_pem(void **state)
{
    struct iam_ssh_key key;
    struct iam_str pem;
    (void)state;

    assert_ok(read(file("rsa2048.pub.ssh"), &key));
    assert_ok(iam_ssh_key_pem(&arena, key.text, &pem));
    assert_same_str(pem, file("rsa2048.pub.pem"));
}

static void test_other_kinds(void **state)
{
    static const struct {
        const char *name;
        enum iam_status status;
    } rows[] = {
        {"ec.pub.pem",       IAM_UNSUPPORTED},
        { "ec.pub.ssh",      IAM_UNSUPPORTED},
        { "ed25519.pub.ssh", IAM_UNSUPPORTED},
        { "rsa1024.pub.ssh", IAM_RANGE      },
        { "rsa1024.pub.pem", IAM_RANGE      },
    };
    struct iam_ssh_key key;
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(read(file(rows[i].name), &key), rows[i].status);
    }
}

/* What a line says: the kind, then numbers of which each is given with its bytes. */
struct number {
    size_t zeros; /* before it */
    size_t bytes; /* 0xFF but for first and last */
    uint8_t first;
    uint8_t last;
};

static void add_string(struct iam_buf *b, const uint8_t *bytes, size_t len)
{
    const char length[] = { (char)(len >> 24), (char)(len >> 16), (char)(len >> 8), (char)len };

    iam_buf_add(b, (struct iam_str){ length, sizeof(length) });
    iam_buf_add(b, (struct iam_str){ (const char *)bytes, len });
}

static void add_number(struct iam_buf *b, const struct number *n)
{
    static uint8_t bytes[4096];
    size_t len = n->zeros + n->bytes;

    assert_true(len < sizeof(bytes) && n->bytes > 0);
    memset(bytes, 0xFF, len);
    memset(bytes, 0, n->zeros);
    bytes[n->zeros] = n->first;
    bytes[len - 1] = n->last;
    add_string(b, bytes, len);
}

static enum iam_status read_made(const struct number *e, const struct number *n, const char *after)
{
    struct iam_buf blob;
    struct iam_buf line;
    struct iam_str bytes;
    struct iam_str text;
    struct iam_ssh_key key;

    iam_buf_init(&blob, iam_heap(), 10000);
    iam_buf_init(&line, iam_heap(), 20000);
    add_string(&blob, (const uint8_t *)"ssh-rsa", 7);
    add_number(&blob, e);
    add_number(&blob, n);
    iam_buf_add_c(&blob, after);
    assert_ok(iam_buf_finish(&blob, &bytes));
    iam_buf_add_c(&line, "ssh-rsa ");
    iam_base64_add(&line, bytes.p, bytes.len);
    assert_ok(iam_buf_finish(&line, &text));
    enum iam_status st = read(text, &key);
    iam_buf_done(&blob);
    iam_buf_done(&line);
    return st;
}

static void test_numbers(void **state)
{
    static const struct number E = { 0, 3, 1, 1 };
    static const struct number N = { 1, 256, 0x80, 1 };
    static const struct {
        struct number e, n;
        enum iam_status status;
    } rows[] = {
        {{ 0, 3, 1, 1 },     { 1, 256, 0x80, 1 },  IAM_OK    },
        { { 0, 1, 3, 3 },    { 1, 256, 0x80, 1 },  IAM_OK    },
        { { 0, 8, 0x7F, 1 }, { 1, 256, 0x80, 1 },  IAM_OK    },
        { { 1, 8, 0xFF, 1 }, { 1, 256, 0x80, 1 },  IAM_OK    },
        { { 0, 3, 1, 1 },    { 1, 2048, 0xFF, 1 }, IAM_OK    },
        { { 0, 3, 1, 1 },    { 9, 256, 0x80, 1 },  IAM_OK    },
        { { 0, 9, 1, 1 },    { 1, 256, 0x80, 1 },  IAM_RANGE }, /* of 65 bits */
        { { 0, 3, 1, 2 },    { 1, 256, 0x80, 1 },  IAM_RANGE }, /* even */
        { { 0, 1, 1, 1 },    { 1, 256, 0x80, 1 },  IAM_RANGE },
        { { 0, 3, 1, 1 },    { 0, 256, 0x7F, 1 },  IAM_RANGE }, /* 2047 bits */
        { { 0, 3, 1, 1 },    { 1, 256, 0x80, 2 },  IAM_RANGE },
        { { 0, 3, 1, 1 },    { 0, 2049, 0x01, 1 }, IAM_RANGE }, /* 16385 bits */
        { { 0, 3, 1, 1 },    { 0, 256, 0x80, 1 },  IAM_SYNTAX}, /* below zero */
        { { 0, 3, 0x81, 1 }, { 1, 256, 0x80, 1 },  IAM_SYNTAX},
    };
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(read_made(&rows[i].e, &rows[i].n, ""), rows[i].status);
    }
    assert_int_equal(read_made(&E, &N, "x"), IAM_SYNTAX);
}

static void test_broken(void **state)
{
    static const struct {
        const char *text;
        enum iam_status status;
    } rows[] = {
        {"",                                                                IAM_UNSUPPORTED},
        { "ssh-rsa",                                                        IAM_UNSUPPORTED},
        { "ssh-rsaAAAA",                                                    IAM_UNSUPPORTED},
        { "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n",                        IAM_UNSUPPORTED},
        { "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n", IAM_UNSUPPORTED},
        { "ssh-rsa ",                                                       IAM_SYNTAX     },
        { "ssh-rsa AAAA",                                                   IAM_SYNTAX     },
        { "ssh-rsa A*==",                                                   IAM_SYNTAX     },
        { "ssh-rsa AAAAB3NzaC1kc3M=",                                       IAM_SYNTAX     },
        { "ssh-rsa AAAAB3NzaC1yc2H/////",                                   IAM_SYNTAX     },
        { "-----BEGIN PUBLIC KEY-----\nYWJj\n",                             IAM_SYNTAX     },
        { "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n",   IAM_SYNTAX     },
    };
    struct iam_str whole = file("rsa2048.pub.ssh");
    struct iam_ssh_key key;
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(read(iam_str_c(rows[i].text), &key), rows[i].status);
    }
    for (size_t len = 0; len + 1 < whole.len; len++) {
        assert_int_not_equal(read(iam_str_sub(whole, 0, len), &key), IAM_OK);
    }
}

static void test_memory(void **state)
{
    struct iam_str forms[] = { file("rsa2048.pub.ssh"), file("rsa2048.pub.pem") };
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        enum iam_status st = IAM_NOMEM;
        for (size_t bytes = 0; st != IAM_OK; bytes += 16) {
            struct iam_ssh_key key;
            struct iam_str pem;
            struct iam_arena small;

            iam_arena_init(&small, iam_heap(), bytes);
            st = iam_ssh_key_read(&small, forms[i], &key);
            st = st == IAM_OK ? iam_ssh_key_pem(&small, key.text, &pem) : st;
            assert_true(st == IAM_OK || st == IAM_NOMEM);
            iam_arena_done(&small);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),       cmocka_unit_test(test_as_pem),
        cmocka_unit_test(test_other_kinds), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_broken),      cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
