/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are connected to. */
#include "fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "lib/test.h"

static bool may(const char *text, const struct iam_fetch_networks *allowed)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return iam_fetch_may_connect((const struct sockaddr *)&v4, sizeof(v4), allowed);
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return iam_fetch_may_connect((const struct sockaddr *)&v6, sizeof(v6), allowed);
}

static const struct iam_fetch_networks none;

static void test_public(void **state)
{
    static const char *const texts[] = { "8.8.8.8",        "1.1.1.1",         "172.15.255.255",
                                         "172.32.0.0",     "100.128.0.0",     "2606:4700::1",
                                         "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::808:808" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_true(may(texts[i], &none));
    }
}

static void test_private_addresses(void **state)
{
    static const char *const texts[] = {
        "127.0.0.1",  "127.255.255.254", "0.0.0.0",    "10.0.0.1",   "172.16.0.1",
        "172.31.9.9", "192.168.1.1",     "100.64.0.1", "198.18.0.1", "192.0.2.1",
        "224.0.0.1",  "255.255.255.255", "240.0.0.1",  "::1",        "::",
        "fc00::1",    "fd12::1",         "fe80::1",    "fec0::1",    "ff02::1",
        "2001:db8::", "2001::1",         "100::1",     "3fff::1",    "4000::1",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_false(may(texts[i], &none));
    }
}

/* The address at which clouds hand out credentials, in every form that reaches it. */
static void test_metadata_address(void **state)
{
    static const char *const texts[] = { "169.254.169.254", "::ffff:169.254.169.254",
                                         "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe",
                                         "fd00:ec2::254" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_false(may(texts[i], &none));
    }
}

/* ---- from the first to the last ---- */

/* SPEC: IANA: the registries of special-purpose addresses. */
static const char *const special[][2] = {
    {"0.0.0.0",       "0.255.255.255"  },
    { "10.0.0.0",     "10.255.255.255" },
    { "100.64.0.0",   "100.127.255.255"},
    { "127.0.0.0",    "127.255.255.255"},
    { "169.254.0.0",  "169.254.255.255"},
    { "172.16.0.0",   "172.31.255.255" },
    { "192.0.0.0",    "192.0.0.255"    },
    { "192.0.2.0",    "192.0.2.255"    },
    { "192.88.99.0",  "192.88.99.255"  },
    { "192.168.0.0",  "192.168.255.255"},
    { "198.18.0.0",   "198.19.255.255" },
    { "198.51.100.0", "198.51.100.255" },
    { "203.0.113.0",  "203.0.113.255"  },
    { "224.0.0.0",    "255.255.255.255"},
};

/* How an address of IPv4 is written into one of IPv6: what is before and after its two groups. */
static const char *const forms[][2] = {
    {"::ffff:",    ""   },
    { "2002:",     "::1"},
    { "64:ff9b::", ""   },
};

static bool may_number(uint32_t address, size_t form)
{
    char text[64];
    const struct in_addr v4 = { htonl(address) };
    if (form == IAM_COUNT(forms)) {
        assert_non_null(inet_ntop(AF_INET, &v4, text, sizeof(text)));
    } else {
        (void)snprintf(text, sizeof(text), "%s%x:%x%s", forms[form][0], address >> 16,
                       address & 0xffff, forms[form][1]);
    }
    return may(text, &none);
}

static uint32_t number_of(const char *text)
{
    struct in_addr v4;
    assert_int_equal(inet_pton(AF_INET, text, &v4), 1);
    return ntohl(v4.s_addr);
}

/* Each by itself and in every form, and what is beside it. */
static void test_special_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(special); i++) {
        uint32_t first = number_of(special[i][0]);
        uint32_t last = number_of(special[i][1]);
        for (size_t form = 0; form <= IAM_COUNT(forms); form++) {
            assert_false(may_number(first, form));
            assert_false(may_number(first + (last - first) / 2, form));
            assert_false(may_number(last, form));
            assert_true(first == 0 || may_number(first - 1, form));
            assert_true(last == UINT32_MAX || may_number(last + 1, form));
        }
    }
}

static void test_special_addresses_of_ipv6(void **state)
{
    static const struct {
        const char *text;
        bool is_public;
    } rows[] = {
        {"1fff:ffff::ffff",                          false},
        { "2000::",                                  true },
        { "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
        { "2001::",                                  false},
        { "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",  false},
        { "2001:200::",                              true },
        { "2001:db7:ffff:ffff::",                    true },
        { "2001:db8::",                              false},
        { "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",  false},
        { "2001:db9::",                              true },
        { "2003::",                                  true },
        { "3ffe:ffff::",                             true },
        { "3fff::",                                  false},
        { "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",  false},
        { "3fff:1000::",                             true },
        { "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
        { "4000::",                                  false},
        { "64:ff9b:0:0:0:1:808:808",                 false},
        { "64:ff9a::808:808",                        false},
        { "::fffe:808:808",                          false},
        { "::808:808",                               false},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        if (may(rows[i].text, &none) != rows[i].is_public) {
            fail_msg("%s", rows[i].text);
        }
    }
}

static void test_allowed(void **state)
{
    struct iam_fetch_networks allowed = { .count = 2 };
    (void)state;
    assert_ok(iam_http_network_parse(IAM_STR("10.2.0.0/16"), &allowed.items[0]));
    assert_ok(iam_http_network_parse(IAM_STR("::1"), &allowed.items[1]));
    assert_true(may("10.2.3.4", &allowed));
    assert_true(may("::ffff:10.2.3.4", &allowed));
    assert_true(may("::1", &allowed));
    assert_false(may("10.3.0.1", &allowed));
    assert_false(may("127.0.0.1", &allowed));
    assert_false(may("169.254.169.254", &allowed));
}

static void test_other_families(void **state)
{
    struct sockaddr local = { .sa_family = AF_UNIX };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    (void)state;
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    struct iam_fetch_networks all = { .count = 1 };
    assert_ok(iam_http_network_parse(IAM_STR("::/0"), &all.items[0]));
    assert_true(iam_fetch_may_connect((const struct sockaddr *)&v4, sizeof(v4), &all));
    assert_true(iam_fetch_may_connect((const struct sockaddr *)&v6, sizeof(v6), &all));
    assert_false(iam_fetch_may_connect(&local, sizeof(local), &all));
    assert_false(iam_fetch_may_connect((const struct sockaddr *)&v4, sizeof(v4) - 1, &all));
    assert_false(iam_fetch_may_connect((const struct sockaddr *)&v6, sizeof(v6) - 1, &all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),
        cmocka_unit_test(test_private_addresses),
        cmocka_unit_test(test_metadata_address),
        cmocka_unit_test(test_special_addresses),
        cmocka_unit_test(test_special_addresses_of_ipv6),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_other_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
