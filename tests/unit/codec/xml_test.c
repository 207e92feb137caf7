/* SPDX-License-Identifier: Apache-2.0 */
/* XML text: what is escaped, what is replaced, and that nothing else gets through. */
#include "lib/test.h"

#include "base/heap.h"
#include "codec/xml.h"

static void check_text(struct iam_str in, const char *want)
{
    struct iam_buf b;
    struct iam_str got;

    iam_buf_init(&b, iam_heap(), 1000);
    iam_xml_text(&b, in);
    assert_ok(iam_buf_finish(&b, &got));
    assert_same_str(got, iam_str_c(want));
    iam_buf_done(&b);
}

static void test_text(void **state)
{
    (void)state;
    check_text(IAM_STR(""), "");
    check_text(iam_str_absent(), "");
    check_text(IAM_STR("plain text/1"), "plain text/1");
    check_text(IAM_STR("<a b=\"c\">'&'</a>"),
               "&lt;a b=&quot;c&quot;&gt;&apos;&amp;&apos;&lt;/a&gt;");
    check_text(IAM_STR("a\r\n\tb"), "a&#xD;\n\tb");
    check_text(IAM_STR("]]>"), "]]&gt;");
    check_text(IAM_STR("\xC3\xA4\xF0\x9F\x98\x80"), "\xC3\xA4\xF0\x9F\x98\x80");
}

#define BAD "\xEF\xBF\xBD"

static void test_replaced(void **state)
{
    (void)state;
    check_text(IAM_STR("a\0b"), "a" BAD "b");
    check_text(IAM_STR("\x0B\x1F\x7F"), BAD BAD "\x7F");
    check_text(IAM_STR("\xFF"), BAD);
    check_text(IAM_STR("\xC3"), BAD);
    check_text(IAM_STR("\xC3("), BAD "(");
    check_text(IAM_STR("\xED\xA0\x80"), BAD BAD BAD);
    /* U+FFFD is a character, U+FFFE and U+FFFF are not; U+1FFFE is one. */
    check_text(IAM_STR("\xEF\xBF\xBD"), BAD);
    check_text(IAM_STR("x\xEF\xBF\xBEy"), "x" BAD "y");
    check_text(IAM_STR("x\xEF\xBF\xBFy"), "x" BAD "y");
    check_text(IAM_STR("\xF0\x9F\xBF\xBE"), "\xF0\x9F\xBF\xBE");
}

/* Whatever two bytes come in: no markup, no control, and valid UTF-8 go out. */
static void test_every_pair(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str got;
    iam_buf_init(&b, iam_heap(), 100);
    for (unsigned i = 0; i < 0x10000; i++) {
        char in[2] = { (char)(i >> 8), (char)i };
        iam_buf_clear(&b);
        iam_xml_text(&b, (struct iam_str){ in, 2 });
        assert_ok(iam_buf_finish(&b, &got));
        assert_true(iam_utf8_is_valid(got));
        for (size_t k = 0; k < got.len; k++) {
            unsigned char c = (unsigned char)got.p[k];
            assert_true((c >= 0x20 || c == '\t' || c == '\n') && c != '<' && c != '>' && c != '"');
        }
    }
    iam_buf_done(&b);
}

static void test_elements(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str got;
    iam_buf_init(&b, iam_heap(), 1000);
    iam_xml_open(&b, IAM_STR("User"));
    iam_xml_element(&b, IAM_STR("Path"), IAM_STR("/a&b/"));
    iam_xml_element(&b, IAM_STR("Empty"), iam_str_absent());
    iam_xml_close(&b, IAM_STR("User"));
    assert_ok(iam_buf_finish(&b, &got));
    assert_str(got, "<User><Path>/a&amp;b/</Path><Empty></Empty></User>");
    iam_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
