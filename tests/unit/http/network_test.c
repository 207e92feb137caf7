/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: what is one, and which addresses lie in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http.h"

static struct iam_http_network network_of(const char *text)
{
    struct iam_http_network n = { .bits = 999 };
    if (iam_http_network_parse(iam_str_c(text), &n) != IAM_OK) {
        print_error("'%s' is refused\n", text);
    }
    assert_in_range(n.bits, 0, 128);
    return n;
}

static bool has(const char *network, const char *address)
{
    struct iam_http_network n = network_of(network);
    struct iam_http_network a = network_of(address);
    assert_int_equal(a.bits, 128);
    return iam_http_network_has(&n, a.address);
}

static void test_has(void **state)
{
    (void)state;
    assert_true(has("127.0.0.0/8", "127.255.0.1"));
    assert_false(has("127.0.0.0/8", "128.0.0.1"));
    assert_true(has("10.1.2.3", "10.1.2.3"));
    assert_false(has("10.1.2.3", "10.1.2.2"));
    assert_true(has("10.1.2.0/23", "10.1.3.255"));
    assert_false(has("10.1.2.0/23", "10.1.4.0"));
    assert_true(has("0.0.0.0/0", "203.0.113.9"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("::/0", "2001:db8::1"));
    assert_true(has("::/0", "203.0.113.9"));
    assert_true(has("::1", "::1"));
    assert_false(has("::1", "::2"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("::ffff:10.0.0.0/104", "10.200.0.1"));
}

static void test_refused(void **state)
{
    static const char *const BAD[] = { "",
                                       "/",
                                       "/8",
                                       "localhost",
                                       "10.0.0/8",
                                       "10.0.0.0/",
                                       "10.0.0.0/33",
                                       "10.0.0.0/-1",
                                       "10.0.0.0/8/8",
                                       "10.0.0.0/a",
                                       "::/129",
                                       "::g",
                                       "[::1]",
                                       " ::1",
                                       "none",
                                       "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        struct iam_http_network n = { .bits = 999 };
        if (iam_http_network_parse(iam_str_c(BAD[i]), &n) != IAM_RANGE) {
            fail_msg("'%s' is taken", BAD[i]);
        }
        assert_int_equal(n.bits, 999);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
