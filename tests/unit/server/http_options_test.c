/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"

#include <stdio.h>

#include "server/http_options.h"

static void numbers_and_modes(void **state)
{
    static const char *const BAD_MODES[] = { "",     "0",     "0000", "8", "0778",
                                             "1777", "00660", "-1",   "rw" };
    static const char *const BAD_NUMBERS[] = { "", "0", "65536", "-1", "x", "1 " };
    struct http_options o;
    (void)state;
    http_options_default(&o);
    assert_ok(http_option_unix_mode(&o, "0660"));
    assert_int_equal(o.unix_mode, 0660);
    assert_ok(http_option_unix_mode(&o, "777"));
    assert_int_equal(o.unix_mode, 0777);
    for (size_t i = 0; i < IAM_COUNT(BAD_MODES); i++) {
        assert_int_equal(http_option_unix_mode(&o, BAD_MODES[i]), IAM_RANGE);
        assert_int_equal(o.unix_mode, 0777);
    }
    assert_ok(http_option_source_connections(&o, "1"));
    assert_ok(http_option_source_connections(&o, "65535"));
    for (size_t i = 0; i < IAM_COUNT(BAD_NUMBERS); i++) {
        assert_int_equal(http_option_source_connections(&o, BAD_NUMBERS[i]), IAM_RANGE);
        assert_int_equal(o.source_connections, 65535);
    }
}

static void groups(void **state)
{
    struct http_options o;
    (void)state;
    http_options_default(&o);
    assert_true(o.unix_gid == (gid_t)-1);
    assert_ok(http_option_unix_group(&o, "root"));
    assert_int_equal(o.unix_gid, 0);
    assert_ok(http_option_unix_group(&o, "1234"));
    assert_int_equal(o.unix_gid, 1234);
    assert_int_equal(http_option_unix_group(&o, "no such group"), IAM_RANGE);
    /* The number that would mean "leave it". */
    assert_int_equal(http_option_unix_group(&o, "4294967295"), IAM_RANGE);
    assert_int_equal(o.unix_gid, 1234);
}

/* The default is replaced by the first, and there is room for as many as are documented. */
static void exempt_networks(void **state)
{
    struct http_options o;
    char text[32];
    (void)state;
    http_options_default(&o);
    assert_int_equal(o.exempt_count, 2);
    assert_ok(http_option_exempt(&o, "192.0.2.0/24"));
    assert_int_equal(o.exempt_count, 1);
    assert_int_equal(o.exempt[0].bits, 96 + 24);
    for (unsigned i = 1; i < IAM_HTTP_EXEMPT_MAX; i++) {
        (void)snprintf(text, sizeof(text), "10.0.0.%u", i);
        assert_ok(http_option_exempt(&o, text));
    }
    assert_int_equal(http_option_exempt(&o, "10.0.1.0"), IAM_RANGE);
    assert_int_equal(o.exempt_count, IAM_HTTP_EXEMPT_MAX);
    http_options_default(&o);
    assert_ok(http_option_exempt(&o, "none"));
    assert_int_equal(o.exempt_count, 0);
    assert_int_equal(http_option_exempt(&o, "all"), IAM_RANGE);
    assert_int_equal(o.exempt_count, 0);
}

static void loopback(void **state)
{
    (void)state;
    assert_true(http_option_is_loopback("127.0.0.1:4560"));
    assert_true(http_option_is_loopback("127.8.9.1:0"));
    assert_true(http_option_is_loopback("[::1]:4560"));
    assert_false(http_option_is_loopback("0.0.0.0:4560"));
    assert_false(http_option_is_loopback("[::]:4560"));
    assert_false(http_option_is_loopback("[::1:2]:4560"));
    assert_false(http_option_is_loopback("128.0.0.1:4560"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_modes),
        cmocka_unit_test(groups),
        cmocka_unit_test(exempt_networks),
        cmocka_unit_test(loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
