/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of PEM: what is read, what is refused, and that writing and reading is the same. */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "pki/pem.h"

#define ABC "-----BEGIN X-----\nYWJj\n-----END X-----\n"

static struct iam_arena arena;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static enum iam_status next(struct iam_str text)
{
    struct iam_str before = text;
    struct iam_pem pem;
    enum iam_status st = iam_pem_next(&arena, &text, &pem);

    assert_true(st == IAM_OK || (text.p == before.p && text.len == before.len));
    return st;
}

static void test_blocks(void **state)
{
    struct iam_str text = IAM_STR("text before\r\n-----BEGIN A B-----\r\n Y W\r\nJj \r\n"
                                  "-----END A B-----  \r\nbetween\n" ABC "after");
    struct iam_pem pem;
    (void)state;

    assert_ok(iam_pem_next(&arena, &text, &pem));
    assert_str(pem.label, "A B");
    assert_str(pem.bytes, "abc");
    assert_ok(iam_pem_next(&arena, &text, &pem));
    assert_str(pem.label, "X");
    assert_str(pem.bytes, "abc");
    assert_str(text, "after");
    assert_int_equal(iam_pem_next(&arena, &text, &pem), IAM_NOT_FOUND);
    text = IAM_STR("-----BEGIN X-----\nYWJj\n-----END X-----");
    assert_ok(iam_pem_next(&arena, &text, &pem));
    assert_int_equal(text.len, 0);
}

static void test_what_is_none(void **state)
{
    static const struct {
        const char *text;
        enum iam_status status;
    } rows[] = {
        {"",                                                                    IAM_NOT_FOUND},
        { "YWJj",                                                               IAM_NOT_FOUND},
        { " -----BEGIN X-----\nYWJj\n-----END X-----",                          IAM_NOT_FOUND},
        { "-----BEGIN X----\nYWJj\n-----END X-----",                            IAM_NOT_FOUND},
        { "-----BEGIN \n",                                                      IAM_NOT_FOUND},
        { "-----BEGIN X-----",                                                  IAM_SYNTAX   },
        { "-----BEGIN X-----\nYWJj\n",                                          IAM_SYNTAX   },
        { "-----BEGIN X-----\nYWJj\n-----END Y-----\n-----END X-----",          IAM_SYNTAX   },
        { "-----BEGIN X-----\nYWJ\n-----END X-----",                            IAM_SYNTAX   },
        { "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nYWJj\n-----END X-----", IAM_SYNTAX   },
        { "-----BEGIN X-----\nYWJj\n-----BEGIN X-----\nYWJj\n-----END X-----",  IAM_SYNTAX   },
    };
    (void)state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(next(iam_str_c(rows[i].text)), rows[i].status);
    }
}

/* A label has a limit. */
static void test_long_labels(void **state)
{
    char text[200];
    (void)state;

    for (int extra = 0; extra < 2; extra++) {
        int label = IAM_PEM_LABEL_MAX + extra;

        (void)snprintf(text, sizeof(text), "-----BEGIN %0*d-----\nYWJj\n-----END %0*d-----\n",
                       label, 1, label, 1);
        assert_int_equal(next(iam_str_c(text)), extra == 0 ? IAM_OK : IAM_NOT_FOUND);
    }
}

static void test_memory(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 48; bytes += 16) {
        struct iam_str text = IAM_STR(ABC);
        struct iam_arena small;
        struct iam_pem pem;

        iam_arena_init(&small, iam_heap(), bytes);
        enum iam_status st = iam_pem_next(&small, &text, &pem);
        assert_true(st == IAM_NOMEM || (st == IAM_OK && bytes > 0));
        iam_arena_done(&small);
    }
}

static void test_writing(void **state)
{
    uint8_t bytes[200];
    struct iam_buf b;
    struct iam_str text;
    struct iam_pem pem;
    (void)state;

    for (size_t len = 0; len < sizeof(bytes); len++) {
        bytes[len] = (uint8_t)(len * 7);
        iam_buf_init(&b, iam_heap(), 1000);
        iam_pem_add(&b, "X", (struct iam_str){ (const char *)bytes, len });
        assert_ok(iam_buf_finish(&b, &text));
        assert_ok(iam_pem_next(&arena, &text, &pem));
        assert_same_str(pem.bytes, (struct iam_str){ (const char *)bytes, len });
        iam_buf_done(&b);
    }
    iam_buf_init(&b, iam_heap(), 20);
    iam_pem_add(&b, "X", (struct iam_str){ (const char *)bytes, 100 });
    assert_int_equal(iam_buf_finish(&b, &text), IAM_LIMIT);
    iam_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_labels, setup, teardown),
        cmocka_unit_test(test_memory),
        cmocka_unit_test_setup_teardown(test_writing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
