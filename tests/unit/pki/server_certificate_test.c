/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys beside certificates, and chains: what fits, what does not, and that what would take
 * long is refused before it is tried.
 */
#include "vector.h"

#include <openssl/err.h>
#include <time.h>

#include "pki/server_certificate.h"

/* Of the processor: trying any of these keys or checking any of these signatures takes longer, most
 * of them seconds. */
#define ENOUGH_MS 500

static struct iam_arena arena;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 25);
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

/* Returns several files, ended by NULL, as one text. */
static struct iam_str files(const char *const *names)
{
    struct iam_str text = IAM_STR("");

    for (; *names != NULL; names++) {
        const struct iam_str parts[] = { text, file(*names) };
        assert_ok(iam_arena_join(&arena, parts, 2, &text));
    }
    return text;
}

static int64_t used_ms(void)
{
    struct timespec t;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum iam_status check_key(struct iam_str cert, struct iam_str key)
{
    int64_t start = used_ms();
    enum iam_status st = iam_private_key_check(&arena, cert, key);

    assert_true(used_ms() - start < ENOUGH_MS);
    assert_int_equal(ERR_peek_error(), 0);
    return st;
}

static enum iam_status check_chain(struct iam_str cert, struct iam_str chain, int *ret_index)
{
    int64_t start = used_ms();
    enum iam_status st = iam_chain_check(&arena, cert, chain, ret_index);

    assert_true(used_ms() - start < ENOUGH_MS);
    assert_int_equal(ERR_peek_error(), 0);
    return st;
}

static void test_keys(void **state)
{
    static const struct {
        const char *cert, *key;
        enum iam_status status;
    } rows[] = {
        {"leaf.pem",     "leaf.key",           IAM_OK      },
        { "leaf.pem",    "leaf.rsa.key",       IAM_OK      },
        { "ec.pem",      "ec.key",             IAM_OK      },
        { "ec.pem",      "ec.sec1.key",        IAM_OK      },
        { "leaf.pem",    "ec.key",             IAM_CONFLICT},
        { "ec.pem",      "leaf.key",           IAM_CONFLICT},
        { "root.pem",    "leaf.key",           IAM_CONFLICT},
        { "leaf.pem",    "wrong.rsa.key",      IAM_CONFLICT},
        { "leaf.pem",    "slow.rsa.key",       IAM_RANGE   },
        { "ec.pem",      "other_curve.key",    IAM_RANGE   },
        { "ed25519.pem", "ed25519.key",        IAM_RANGE   },
        { "leaf.pem",    "leaf.encrypted.key", IAM_SYNTAX  },
        { "leaf.pem",    "leaf.pem",           IAM_SYNTAX  },
        { "leaf.pem",    "rsa2048.pub.pem",    IAM_SYNTAX  },
    };
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(check_key(file(rows[i].cert), file(rows[i].key)), rows[i].status);
    }
    /* the curve is one of the known ones, or it is refused: its numbers are never used */
    enum iam_status st = check_key(file("ec.pem"), file("explicit.key"));
    assert_true(st == IAM_CONFLICT || st == IAM_RANGE);
}

static void test_one_key(void **state)
{
    static const char *const two[] = { "leaf.key", "leaf.key", NULL };
    static const char *const with_certificate[] = { "leaf.key", "leaf.pem", NULL };
    static const char *const reversed[] = { "leaf.pem", "leaf.key", NULL };
    struct iam_str cert = file("leaf.pem");
    struct iam_str key = file("leaf.key");
    (void)state;

    assert_int_equal(check_key(cert, files(two)), IAM_SYNTAX);
    assert_int_equal(check_key(cert, files(with_certificate)), IAM_SYNTAX);
    assert_int_equal(check_key(cert, files(reversed)), IAM_SYNTAX);
    assert_int_equal(check_key(cert, IAM_STR("")), IAM_SYNTAX);
    for (size_t len = 0; len + 2 < key.len; len += 7) {
        assert_int_equal(check_key(cert, iam_str_sub(key, 0, len)), IAM_SYNTAX);
    }
}

static void test_chains(void **state)
{
    static const struct {
        const char *cert;
        const char *const names[4];
        enum iam_status status;
        int index;
    } rows[] = {
        {"leaf.pem",   { "inter.pem" },                         IAM_OK,       0 },
        { "leaf.pem",  { "inter.pem", "root.pem" },             IAM_OK,       0 },
        { "leaf.pem",  { "inter.pem", "root.pem", "root.pem" }, IAM_OK,       0 },
        { "inter.pem", { "root.pem" },                          IAM_OK,       0 },
        { "leaf.pem",  { "root.pem" },                          IAM_CONFLICT, -1},
        { "leaf.pem",  { "root.pem", "inter.pem" },             IAM_CONFLICT, -1},
        { "leaf.pem",  { "leaf.pem", "inter.pem" },             IAM_CONFLICT, -1},
        { "leaf.pem",  { "ec.pem" },                            IAM_CONFLICT, -1},
        { "ec.pem",    { "ec.pem" },                            IAM_CONFLICT, -1},
        { "leaf.pem",  { "inter.pem", "inter.pem" },            IAM_CONFLICT, 0 },
        { "leaf.pem",  { "inter.pem", "leaf.pem" },             IAM_CONFLICT, 0 },
        { "leaf.pem",  { "inter.pem", "root.pem", "ec.pem" },   IAM_CONFLICT, 1 },
        { "leaf.pem",  { "slow.exponent.pem" },                 IAM_CONFLICT, -1},
        { "leaf.pem",  { "slow.modulus.pem" },                  IAM_CONFLICT, -1},
        { "leaf.pem",  { "leaf.key" },                          IAM_SYNTAX,   0 },
        { "leaf.pem",  { "inter.pem", "leaf.key" },             IAM_SYNTAX,   0 },
        { "leaf.pem",  { NULL },                                IAM_SYNTAX,   0 },
    };
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        int index = 99;
        struct iam_str chain = files(rows[i].names);

        assert_int_equal(check_chain(file(rows[i].cert), chain, &index), rows[i].status);
        assert_int_equal(index, rows[i].status == IAM_CONFLICT ? rows[i].index : 99);
    }
}

static void test_long_chains(void **state)
{
    struct iam_str text = file("inter.pem");
    int index = 0;
    (void)state;

    for (int count = 1; count <= IAM_CHAIN_MAX + 3; count++) {
        const struct iam_str parts[] = { text, file("root.pem") };

        assert_int_equal(check_chain(file("leaf.pem"), text, &index),
                         count <= IAM_CHAIN_MAX ? IAM_OK : IAM_LIMIT);
        assert_ok(iam_arena_join(&arena, parts, 2, &text));
    }
}

static void test_memory(void **state)
{
    struct iam_str cert = file("leaf.pem");
    struct iam_str key = file("leaf.key");
    struct iam_str chain = file("inter.pem");
    enum iam_status st = IAM_NOMEM;
    int index;
    (void)state;

    for (size_t bytes = 0; st != IAM_OK; bytes += 64) {
        struct iam_arena small;

        iam_arena_init(&small, iam_heap(), bytes);
        st = iam_private_key_check(&small, cert, key);
        st = st == IAM_OK ? iam_chain_check(&small, cert, chain, &index) : st;
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        iam_arena_done(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),   cmocka_unit_test(test_one_key),
        cmocka_unit_test(test_chains), cmocka_unit_test(test_long_chains),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
