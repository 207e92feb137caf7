/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: positions, how a message is put together and where it is cut; and status texts. */
#include "lib/test.h"

#include "base/diag.h"

static void assert_position(const char *text, size_t offset, unsigned want_line, unsigned want_col)
{
    unsigned line;
    unsigned column;

    iam_text_position(iam_str_c(text), offset, &line, &column);
    assert_int_equal(line, want_line);
    assert_int_equal(column, want_col);
}

static void test_position(void **state)
{
    (void)state;
    assert_position("", 0, 1, 1);
    assert_position("", 9, 1, 1);
    assert_position("ab\ncd", 0, 1, 1);
    assert_position("ab\ncd", 2, 1, 3);
    assert_position("ab\ncd", 3, 2, 1);
    assert_position("ab\ncd", 4, 2, 2);
    assert_position("ab\ncd", 5, 2, 3);
    assert_position("ab\ncd", 500, 2, 3);
    assert_position("\r\n\r\nx", 4, 3, 1);
    assert_position(NULL, 3, 1, 1);
}

static void test_message(void **state)
{
    (void)state;
    struct iam_diag d;
    memset(&d, 0xFF, sizeof(d));
    struct iam_str text = IAM_STR("line\nsecond");
    assert_int_equal(iam_diag_set(&d, IAM_SYNTAX, text, 7, "expected "), IAM_SYNTAX);
    iam_diag_add_quoted(&d, IAM_STR("Effect"), 10);
    iam_diag_add_c(&d, " at most once");
    iam_diag_add(&d, iam_str_absent());
    iam_diag_add_c(&d, NULL);
    assert_string_equal(d.message, "expected \"Effect\" at most once");
    assert_int_equal(d.status, IAM_SYNTAX);
    assert_int_equal(d.offset, 7);
    assert_int_equal(d.line, 2);
    assert_int_equal(d.column, 3);

    assert_int_equal(iam_diag_set(&d, IAM_LIMIT, text, 99, NULL), IAM_LIMIT);
    assert_string_equal(d.message, "");
    assert_int_equal(d.offset, text.len);
    iam_diag_add_c(&d, "x");
    assert_string_equal(d.message, "x");
}

static void test_no_diag(void **state)
{
    (void)state;
    assert_int_equal(iam_diag_set(NULL, IAM_NOMEM, IAM_STR(""), 0, "x"), IAM_NOMEM);
    iam_diag_add(NULL, IAM_STR("x"));
    iam_diag_add_c(NULL, "x");
    iam_diag_add_quoted(NULL, IAM_STR("x"), 1);
}

static void test_control_characters(void **state)
{
    (void)state;
    struct iam_diag d;
    (void)iam_diag_set(&d, IAM_SYNTAX, IAM_STR(""), 0, "");
    iam_diag_add(&d, IAM_STR("a\n\x1B[31m\0\x7F\xC3\xA4"));
    assert_string_equal(d.message, "a??[31m??\xC3\xA4");
}

static void test_quoted_is_cut_between_characters(void **state)
{
    (void)state;
    struct iam_diag d;
    static const struct {
        size_t max;
        const char *want;
    } CASES[] = {
        {0,  "\"...\""         },
        { 1, "\"a...\""        },
        { 2, "\"a...\""        },
        { 3, "\"a\xC3\xA4...\""},
        { 4, "\"a\xC3\xA4z\""  },
        { 9, "\"a\xC3\xA4z\""  },
    };
    for (size_t i = 0; i < IAM_COUNT(CASES); i++) {
        (void)iam_diag_set(&d, IAM_SYNTAX, IAM_STR(""), 0, "");
        iam_diag_add_quoted(&d, IAM_STR("a\xC3\xA4z"), CASES[i].max);
        assert_string_equal(d.message, CASES[i].want);
    }
}

/* Whatever came before, the message ends inside its array and never inside a character. */
static void test_overlong_message(void **state)
{
    (void)state;
    for (size_t before = sizeof(((struct iam_diag *)NULL)->message) - 6; before < 1060; before++) {
        struct iam_diag d;
        (void)iam_diag_set(&d, IAM_SYNTAX, IAM_STR(""), 0, "");
        for (size_t i = 0; i < before; i++) {
            iam_diag_add_c(&d, "x");
        }
        iam_diag_add_c(&d, "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC");
        struct iam_str message = iam_str_c(d.message);
        assert_in_range(message.len, sizeof(d.message) - 3, sizeof(d.message) - 1);
        assert_true(iam_utf8_is_valid(message));
        iam_diag_add_c(&d, "and more");
        assert_true(strlen(d.message) < sizeof(d.message));
    }
}

static void test_status_text(void **state)
{
    (void)state;
    for (int i = IAM_OK; i <= IAM_FAULT; i++) {
        const char *text = iam_status_text((enum iam_status)i);
        assert_non_null(text);
        assert_string_not_equal(text, "unknown status");
        for (int k = IAM_OK; k < i; k++) {
            assert_string_not_equal(text, iam_status_text((enum iam_status)k));
        }
    }
    assert_string_equal(iam_status_text((enum iam_status)(IAM_FAULT + 1)), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_no_diag),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_quoted_is_cut_between_characters),
        cmocka_unit_test(test_overlong_message),
        cmocka_unit_test(test_status_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
