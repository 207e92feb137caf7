/* SPDX-License-Identifier: Apache-2.0 */
#include "server/strangers.h"

#include <stdio.h>

#include "lib/test.h"

#define NOW INT64_C(1764500000000)

static struct strangers *s;

static int setup(void **state)
{
    (void)state;
    assert_ok(strangers_new(0x1234567890abcdefu, &s));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strangers_free(s);
    return 0;
}

static bool admit(const char *address, int64_t now_ms)
{
    return strangers_admit(s, iam_str_c(address), IAM_STR("Code"), now_ms, true);
}

/* Returns how many of count requests at one time are recorded. */
static size_t admitted(const char *address, size_t count, int64_t now_ms)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        n += admit(address, now_ms);
    }
    return n;
}

static void a_source_has_a_burst_and_then_one_a_second(void **state)
{
    (void)state;
    assert_int_equal(admitted("192.0.2.1", 500, NOW), STRANGERS_BURST);
    assert_int_equal(admitted("192.0.2.1", 500, NOW + 999), 0);
    assert_int_equal(admitted("192.0.2.1", 500, NOW + 1000), 1);
    assert_int_equal(admitted("192.0.2.1", 500, NOW + 11000), 10);
    assert_int_equal(admitted("192.0.2.2", 500, NOW + 11000), STRANGERS_BURST);
}

static void a_network_of_ipv6_is_one_source(void **state)
{
    (void)state;
    assert_int_equal(admitted("2001:db8:0:1::1", 500, NOW), STRANGERS_BURST);
    assert_int_equal(admitted("2001:db8:0:1:ffff::2", 500, NOW), 0);
    assert_int_equal(admitted("2001:db8:0:2::1", 500, NOW), STRANGERS_BURST);
}

static void all_together_have_a_bound(void **state)
{
    char address[32];
    size_t n = 0;
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        (void)snprintf(address, sizeof(address), "10.0.%u.%u", i / 250, i % 250);
        n += admit(address, NOW);
    }
    assert_int_equal(n, STRANGERS_ALL_BURST);
    assert_int_equal(admitted("192.0.2.1", 500, NOW + 1000), STRANGERS_ALL_PER_SECOND);
}

static void a_clock_set_back_stops_nothing_for_long(void **state)
{
    (void)state;
    assert_int_equal(admitted("192.0.2.1", 500, NOW), STRANGERS_BURST);
    assert_int_equal(admitted("192.0.2.1", 500, NOW - 3600000), 0);
    assert_int_equal(admitted("192.0.2.1", 500, NOW - 3600000 + 2000), 2);
}

static void what_is_left_out_is_summed_up(void **state)
{
    struct strangers_summary sum;
    (void)state;
    assert_false(strangers_take(s, INT64_MAX, &sum));
    assert_int_equal(admitted("2001:db8::1", STRANGERS_BURST + 3, NOW), STRANGERS_BURST);
    assert_false(strangers_admit(s, IAM_STR("2001:db8::2"), IAM_STR("Another"), NOW + 500, true));
    assert_false(strangers_take(s, NOW + STRANGERS_PERIOD_MS - 1, &sum));
    assert_true(strangers_take(s, NOW + STRANGERS_PERIOD_MS, &sum));
    assert_string_equal(sum.source, "2001:db8::/64");
    assert_int_equal(sum.count, 4);
    assert_int_equal(sum.first_ms, NOW);
    assert_int_equal(sum.last_ms, NOW + 500);
    assert_int_equal(sum.code_count, 2);
    assert_str(sum.codes[0].code, "Code");
    assert_int_equal(sum.codes[0].count, 3);
    assert_str(sum.codes[1].code, "Another");
    assert_int_equal(sum.codes[1].count, 1);
    assert_false(strangers_take(s, INT64_MAX, &sum));
}

static void without_room_all_are_counted(void **state)
{
    struct strangers_summary sum;
    (void)state;
    assert_false(strangers_admit(s, IAM_STR("192.0.2.1"), iam_str_absent(), NOW, false));
    assert_true(strangers_take(s, INT64_MAX, &sum));
    assert_string_equal(sum.source, "192.0.2.1");
    assert_int_equal(sum.count, 1);
    assert_str(sum.codes[0].code, "None");
}

static void further_codes_are_counted_together(void **state)
{
    static const char *const codes[] = { "A", "B", "C", "D", "E", "F", "G", "A" };
    struct strangers_summary sum;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(codes); i++) {
        assert_false(strangers_admit(s, IAM_STR("192.0.2.1"), iam_str_c(codes[i]), NOW, false));
    }
    assert_true(strangers_take(s, INT64_MAX, &sum));
    assert_int_equal(sum.code_count, STRANGERS_CODES);
    assert_int_equal(sum.codes[0].count, 2);
    assert_str(sum.codes[STRANGERS_CODES - 1].code, "Other");
    assert_int_equal(sum.codes[STRANGERS_CODES - 1].count, 2);
}

/* Far more sources than there are places: each request is recorded or counted once. */
static void more_sources_than_places_lose_no_count(void **state)
{
    struct strangers_summary sum;
    char address[40];
    uint64_t counted = 0;
    bool has_others = false;
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(address, sizeof(address), "2001:db8:%x:%x::1", i / 256, i % 256);
        assert_false(strangers_admit(s, iam_str_c(address), IAM_STR("Code"), NOW, false));
    }
    for (size_t i = 0; i <= STRANGERS_SOURCES && strangers_take(s, INT64_MAX, &sum); i++) {
        counted += sum.count;
        has_others = has_others || strcmp(sum.source, "other sources") == 0;
    }
    assert_int_equal(counted, 20000);
    assert_true(has_others);
    assert_false(strangers_take(s, INT64_MAX, &sum));
}

/* A source about which there is nothing to tell makes place for another. */
static void quiet_sources_make_place(void **state)
{
    struct strangers_summary sum;
    char address[40];
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(address, sizeof(address), "2001:db8:%x:%x::1", i / 256, i % 256);
        (void)admit(address, NOW + (int64_t)i * 1000);
    }
    assert_false(strangers_take(s, INT64_MAX, &sum));
}

static void what_is_no_address_is_one_source(void **state)
{
    (void)state;
    assert_int_equal(admitted("", 500, NOW), STRANGERS_BURST);
    assert_int_equal(
        admitted("no address, and longer than any address could ever be written", 5, NOW), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_source_has_a_burst_and_then_one_a_second),
        CASE(a_network_of_ipv6_is_one_source),
        CASE(all_together_have_a_bound),
        CASE(a_clock_set_back_stops_nothing_for_long),
        CASE(what_is_left_out_is_summed_up),
        CASE(without_room_all_are_counted),
        CASE(further_codes_are_counted_together),
        CASE(more_sources_than_places_lose_no_count),
        CASE(quiet_sources_make_place),
        CASE(what_is_no_address_is_one_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
