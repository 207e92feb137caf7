/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "lib/test.h"
#include "policy/value.h"

static struct iam_net range_of(const char *text)
{
    struct iam_net n;
    if (!iam_range_parse(iam_str_c(text), &n)) {
        fail_msg("the range '%s' is refused", text);
    }
    return n;
}

static struct iam_net address_of(const char *text)
{
    struct iam_net n;
    if (!iam_address_parse(iam_str_c(text), &n)) {
        fail_msg("the address '%s' is refused", text);
    }
    return n;
}

static void one_address_has_many_spellings(void **state)
{
    static const char *const same[][2] = {
        {"192.0.2.1",        "192.000.002.001"         },
        { "192.0.2.1",       "::ffff:192.0.2.1"        },
        { "192.0.2.1",       "::FFFF:c000:201"         },
        { "192.0.2.1",       "0:0:0:0:0:FFFF:c000:201" },
        { "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:::"        },
        { "::",              ":::"                     },
        { "2001:db8::1",     "2001:db8:::1"            },
        { "2001:db8::1",     "2001:db8::1:"            },
        { "2001:db8::1",     "2001:0DB8:0000:0:0:0:0:1"},
        { "0:2001:db8::1",   ":2001:db8::1"            },
        { "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7::"         },
        { "0:2:3:4:5:6:7:8", "::2:3:4:5:6:7:8"         },
        { "0:2:3:4:5:6:7:8", ":2:3:4:5:6:7:8"          },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(same); i++) {
        struct iam_net a = address_of(same[i][0]);
        struct iam_net b = address_of(same[i][1]);
        assert_memory_equal(&a, &b, sizeof(a));
    }
    assert_int_equal(address_of("::ffff:192.0.2.1").size, 4);
    assert_int_equal(address_of("::1").size, 16);
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const bad[] = {
        "",
        "1",
        "3221225985",
        "1.2.3",
        "192.0.513",
        "1.2.3.",
        "1.2.3.256",
        "1.2.3.4.5",
        "256.1.1.1",
        "0001.2.3.4",
        "1.2.3.4 ",
        "1.2.3.4/32",
        "::1/128",
        ":",
        "::::",
        "1::2::3",
        "2001::db8:::1",
        "2001:db8::::1",
        "::ffff:::192.0.2.1",
        "::192.0.2.1",
        "0:0:0:0:0:ffff:192.0.2.1",
        "::ffff:192.0.2.1:",
        "::ffff:::1.2",
        "2001:db8::192.0.2.1",
        "1:2:3:4:5:6:1.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "fe80::1%1",
        "g::",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "1:",
        ":1",
        "-1.2.3.4",
        "0x1.2.3.4",
    };
    struct iam_net n;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        if (iam_address_parse(iam_str_c(bad[i]), &n)) {
            fail_msg("'%s' is taken", bad[i]);
        }
    }
}

static void ranges_keep_the_family_that_is_written(void **state)
{
    static const struct {
        const char *text;
        uint8_t size;
        uint8_t bits;
    } good[] = {
        {"192.0.2.1",            4,  32 },
        { "192.000.002.5/024",   4,  24 },
        { "192.0.2.0/+24",       4,  24 },
        { "0.0.0.0/0",           4,  0  },
        { "::/0",                16, 0  },
        { "2001:db8::1",         16, 128},
        { "2001:db8::4/127",     16, 127},
        { "2001:DB8::/064",      16, 64 },
        { "2001:db8:::1/128",    16, 128},
        { "::ffff:c000:200/120", 16, 120},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(good); i++) {
        struct iam_net n = range_of(good[i].text);
        assert_int_equal(n.size, good[i].size);
        assert_int_equal(n.bits, good[i].bits);
    }
    struct iam_net masked = range_of("192.0.2.255/25");
    struct iam_net written = range_of("192.0.2.128/25");
    assert_memory_equal(&masked, &written, sizeof(masked));
}

static void refuses_what_is_no_range(void **state)
{
    static const char *const bad[] = {
        "",
        "/24",
        "1.2.3.4/",
        "1.2.3.4/33",
        "1.2.3.4/-1",
        "1.2.3.4/ 8",
        "1.2.3.4/8/8",
        "1.2.3.4/1000000000000000000000",
        "::1/129",
        "2001:db8::5/64",
        "2001:db8::5/127",
        "2001:db8::1/0",
        "::ffff:192.0.2.0/120",
        "::ffff:192.0.2.1",
        "2001:db8::192.0.2.0/120",
        "not-an-ip",
    };
    struct iam_net n;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        if (iam_range_parse(iam_str_c(bad[i]), &n)) {
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
    struct iam_net range = range_of("10.128.0.0/9");
    struct iam_net in = address_of("10.255.0.1");
    struct iam_net out = address_of("10.127.255.255");
    struct iam_net six = range_of("2001:db8::/33");
    struct iam_net six_in = address_of("2001:db8:7fff::1");
    struct iam_net six_out = address_of("2001:db8:8000::1");
    (void)state;
    assert_true(contains(&range, &in));
    assert_false(contains(&range, &out));
    assert_true(contains(&six, &six_in));
    assert_false(contains(&six, &six_out));
    assert_false(contains(&six, &in));
    /* Neither the whole of IPv6 nor the range of mapped addresses holds one of IPv4. */
    struct iam_net all = range_of("::/0");
    struct iam_net mapped = range_of("::ffff:0:0/96");
    struct iam_net in_mapped = address_of("::ffff:10.255.0.1");
    assert_false(contains(&all, &in_mapped));
    assert_false(contains(&mapped, &in_mapped));
    assert_true(contains(&range, &in_mapped));
}

static void every_prefix_length_cuts_at_its_bit(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 32; bits++) {
        struct iam_net ones = address_of("255.255.255.255");
        struct iam_net range = ones;
        range.bits = (uint8_t)bits;
        for (unsigned flip = 0; flip < 32; flip++) {
            struct iam_net other = ones;
            other.bytes[flip / 8] ^= (uint8_t)(0x80u >> (flip % 8));
            assert_int_equal(contains(&range, &other), flip >= bits);
        }
    }
}

static void host_bits_are_every_bit_after_the_prefix(void **state)
{
    char text[64];
    (void)state;
    for (unsigned bits = 0; bits <= 128; bits++) {
        for (unsigned set = 0; set < 128; set++) {
            struct iam_net n;
            unsigned groups[8] = { 0 };
            groups[set / 16] = 0x8000u >> (set % 16);
            (void)snprintf(text, sizeof(text), "%x:%x:%x:%x:%x:%x:%x:%x/%u", groups[0], groups[1],
                           groups[2], groups[3], groups[4], groups[5], groups[6], groups[7], bits);
            assert_int_equal(iam_range_parse(iam_str_c(text), &n), set < bits);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_has_many_spellings),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(ranges_keep_the_family_that_is_written),
        cmocka_unit_test(refuses_what_is_no_range),
        cmocka_unit_test(contains_by_bits),
        cmocka_unit_test(every_prefix_length_cuts_at_its_bit),
        cmocka_unit_test(host_bits_are_every_bit_after_the_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
