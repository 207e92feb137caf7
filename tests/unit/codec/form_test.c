/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: decoding, what is refused, lookups in large forms, and every allocation failing. */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "codec/form.h"
#include "lib/failing_alloc.h"

static struct iam_arena arena;

static int set_up(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), (size_t)4 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static void assert_pair(const struct iam_form *form, size_t i, const char *name, const char *value)
{
    assert_true(i < form->count);
    assert_same_str(form->pairs[i].name, iam_str_c(name));
    assert_same_str(form->pairs[i].value, iam_str_c(value));
    assert_same_str(iam_form_get(form, iam_str_c(name)), iam_str_c(value));
}

static void test_read(void **state)
{
    (void)state;
    struct iam_form f;
    struct iam_str text =
        IAM_STR("Action=Create+User&Path=%2Fa%2fb%2B&Flag&Empty=&x=1=2%3D3&%C3%A4=+");
    assert_ok(iam_form_read(&arena, text, 6, &f));
    assert_int_equal(f.count, 6);
    assert_pair(&f, 0, "Action", "Create User");
    assert_pair(&f, 1, "Path", "/a/b+");
    assert_pair(&f, 2, "Flag", "");
    assert_pair(&f, 3, "Empty", "");
    assert_pair(&f, 4, "x", "1=2=3");
    assert_pair(&f, 5, "\xC3\xA4", " ");
    assert_absent(iam_form_get(&f, IAM_STR("action")));
    assert_absent(iam_form_get(&f, IAM_STR("")));
    assert_absent(iam_form_get(&f, IAM_STR("Pat")));
    /* Without an escape the text itself is borrowed. */
    assert_ptr_equal(f.pairs[0].name.p, text.p);
}

static void test_empty(void **state)
{
    (void)state;
    static const char *const NOTHING[] = { "", "&", "&&&" };
    struct iam_form f;
    for (size_t i = 0; i < IAM_COUNT(NOTHING); i++) {
        assert_ok(iam_form_read(&arena, iam_str_c(NOTHING[i]), 0, &f));
        assert_int_equal(f.count, 0);
        assert_absent(iam_form_get(&f, IAM_STR("a")));
    }
    assert_ok(iam_form_read(&arena, iam_str_absent(), 0, &f));
    assert_int_equal(f.count, 0);
    assert_ok(iam_form_read(&arena, IAM_STR("&&a=1&&b=2&"), 2, &f));
    assert_int_equal(f.count, 2);
    assert_pair(&f, 0, "a", "1");
    assert_pair(&f, 1, "b", "2");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "a=%",         "a=%2",      "a=%2g",     "a=%g2",         "%=1",     "a=1&b=%",
        "=",           "=1",        "a=1&=2",    "a=\xFF",        "a=%FF",   "a=%C3",
        "a=%ED%A0%80", "%C3=1",     "a=%00",     "a%00b=1",       "a=1&a=1", "a=1&a=2",
        "a&a",         "a=1&b=2&a", "a=1&%61=2", "a+b=1&a%20b=1",
    };
    struct iam_form f = { .count = 77 };
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        if (iam_form_read(&arena, iam_str_c(BAD[i]), 100, &f) != IAM_SYNTAX) {
            fail_msg("accepted: %s", BAD[i]);
        }
    }
    assert_int_equal(iam_form_read(&arena, IAM_STR("a=\0"), 100, &f), IAM_SYNTAX);
    assert_int_equal(iam_form_read(&arena, IAM_STR("a=1&b=2&c"), 2, &f), IAM_LIMIT);
    assert_int_equal(f.count, 77);
    /* Names that differ in case are two names. */
    assert_ok(iam_form_read(&arena, IAM_STR("a=1&A=2"), 2, &f));
}

/* Names in an order that is neither that of the text nor its reverse. */
static void test_large(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static char text[COUNT * 16];
    size_t n = 0;
    struct iam_form f;
    for (unsigned i = 0; i < COUNT; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "&m.%u=%u", i * 7919 % COUNT, i);
    }
    assert_ok(iam_form_read(&arena, (struct iam_str){ text, n }, COUNT, &f));
    assert_int_equal(f.count, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        char name[16];
        char value[16];
        (void)snprintf(name, sizeof(name), "m.%u", i * 7919 % COUNT);
        (void)snprintf(value, sizeof(value), "%u", i);
        assert_pair(&f, i, name, value);
    }
    /* The last of many is a duplicate of the first. */
    n += (size_t)snprintf(text + n, sizeof(text) - n, "&m.0=x");
    assert_int_equal(iam_form_read(&arena, (struct iam_str){ text, n }, 2 * COUNT, &f), IAM_SYNTAX);
}

static void test_index(void **state)
{
    (void)state;
    struct iam_form_pair pairs[] = {
        {IAM_STR_INIT("b"),  IAM_STR_INIT("2")},
        { IAM_STR_INIT("a"), IAM_STR_INIT("1")},
    };
    struct iam_form f = { .pairs = pairs, .count = 2 };
    assert_str(iam_form_get(&f, IAM_STR("a")), "1");
    assert_absent(iam_form_get(&f, IAM_STR("c")));
    assert_ok(iam_form_index(&arena, &f));
    assert_non_null(f.by_name);
    assert_str(iam_form_get(&f, IAM_STR("a")), "1");
    assert_str(iam_form_get(&f, IAM_STR("b")), "2");
    assert_absent(iam_form_get(&f, IAM_STR("c")));
    pairs[0].name = IAM_STR("a");
    assert_int_equal(iam_form_index(&arena, &f), IAM_SYNTAX);
}

static enum iam_status read_form(const struct iam_alloc *alloc, void *ctx)
{
    static char text[40000];
    struct iam_arena a;
    struct iam_form f;
    size_t n = 0;

    (void)ctx;
    for (int i = 0; i < 1000; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "&name%%20%d=value+%d", i, i);
    }
    iam_arena_init(&a, alloc, (size_t)1 << 20);
    enum iam_status status = iam_form_read(&a, (struct iam_str){ text, n }, 1000, &f);
    if (status == IAM_OK) {
        assert_str(iam_form_get(&f, IAM_STR("name 999")), "value 999");
    }
    iam_arena_done(&a);
    return status;
}

static void test_torture(void **state)
{
    (void)state;
    assert_in_range(torture(read_form, NULL), 2, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_index, set_up, tear_down),
        cmocka_unit_test(test_torture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
