/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are connected to. */
#include "fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

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
    assert_false(iam_fetch_may_connect(&local, sizeof(local), &none));
    assert_false(iam_fetch_may_connect((const struct sockaddr *)&v4, 4, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public),           cmocka_unit_test(test_private_addresses),
        cmocka_unit_test(test_metadata_address), cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_other_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
