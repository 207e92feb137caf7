/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"
#include "policy/value.h"

static struct iam_net net(const char *text)
{
    struct iam_net n;
    if (!iam_net_parse(iam_str_c(text), &n)) {
        fail_msg("'%s' is refused", text);
    }
    return n;
}

static void takes_every_form(void **state)
{
    static const char *const good[] = {
        "0.0.0.0",
        "255.255.255.255/32",
        "10.0.0.0/8",
        "::",
        "::1",
        "1::",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:1.2.3.4",
        "::1.2.3.4",
        "1::8/128",
        "::ffff:1.2.3.4",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "::/0",
        "a:B:c::/48",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(good); i++) {
        (void)net(good[i]);
    }
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const bad[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.4/33",
        "1.2.3.4/",
        "1.2.3.4/08",
        "1.2.3.4 ",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1/129",
        "fe80::1%1",
        "g::",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "1:",
        ":1",
        "-1.2.3.4",
        "0x1.2.3.4",
        "::/-1",
    };
    struct iam_net n;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        if (iam_net_parse(iam_str_c(bad[i]), &n)) {
            fail_msg("'%s' is taken", bad[i]);
        }
    }
}

static bool contains(const struct iam_net *range, const struct iam_net *address)
{
    return iam_range_contains((struct iam_range){ range->bytes, range->size, range->bits },
                              address);
}

static void contains_by_bits(void **state)
{
    struct iam_net range = net("10.128.0.0/9");
    struct iam_net in = net("10.255.0.1");
    struct iam_net out = net("10.127.255.255");
    struct iam_net six = net("2001:db8::/33");
    struct iam_net six_in = net("2001:db8:7fff::1");
    struct iam_net six_out = net("2001:db8:8000::1");
    (void)state;
    assert_true(contains(&range, &in));
    assert_false(contains(&range, &out));
    assert_true(contains(&six, &six_in));
    assert_false(contains(&six, &six_out));
    assert_false(contains(&six, &in));
    /* A wider range does not lie in a narrower one. */
    struct iam_net wide = net("10.0.0.0/8");
    assert_false(contains(&range, &wide));
}

static void every_prefix_length_cuts_at_its_bit(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 32; bits++) {
        struct iam_net ones = net("255.255.255.255");
        struct iam_net range = ones;
        range.bits = (uint8_t)bits;
        for (unsigned flip = 0; flip < 32; flip++) {
            struct iam_net other = ones;
            other.bytes[flip / 8] ^= (uint8_t)(0x80u >> (flip % 8));
            assert_int_equal(contains(&range, &other), flip >= bits);
        }
    }
}

static void a_mapped_address_is_its_ipv4_address(void **state)
{
    struct iam_net a = net("::ffff:10.1.2.3");
    struct iam_net b = net("::ffff:0a01:0203");
    struct iam_net c = net("10.1.2.3");
    (void)state;
    assert_memory_equal(&a, &c, sizeof(a));
    assert_memory_equal(&b, &c, sizeof(b));
    assert_int_equal(net("::ffff:0:0/95").size, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_form),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(contains_by_bits),
        cmocka_unit_test(every_prefix_length_cuts_at_its_bit),
        cmocka_unit_test(a_mapped_address_is_its_ipv4_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
