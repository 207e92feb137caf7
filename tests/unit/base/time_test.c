/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instants and their texts: every day of the years 1 to 9999 against a calendar that is walked day
 * by day, and the texts that are accepted and refused.
 */
#include "lib/test.h"

#include <stdio.h>

#include "base/time.h"

#define MS_PER_DAY INT64_C(86400000)
#define FIRST_DAY_MS INT64_C(-62135596800000) /* 0001-01-01 */

struct day {
    int year;
    int month;
    int day;
};

static void next_day(struct day *d)
{
    static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (d->year % 4 == 0 && d->year % 100 != 0) || d->year % 400 == 0;
    int last = DAYS[d->month - 1] + (d->month == 2 && is_leap);

    if (d->day < last) {
        d->day++;
    } else if (d->month < 12) {
        d->month++;
        d->day = 1;
    } else {
        d->year++;
        d->month = 1;
        d->day = 1;
    }
}

static void check_day(const struct day *d, int64_t ms)
{
    char want[64];
    char iso[IAM_TIME_ISO_LEN + 1];
    int64_t back = -1;

    (void)snprintf(want, sizeof(want), "%04d-%02d-%02dT00:00:00Z", d->year, d->month, d->day);
    iam_time_to_iso(ms, iso);
    assert_string_equal(iso, want);
    assert_ok(iam_time_from_iso(iam_str_c(iso), &back));
    assert_true(back == ms);
    assert_ok(iam_time_from_iso((struct iam_str){ iso, 10 }, &back));
    assert_true(back == ms);
}

static void test_every_day(void **state)
{
    (void)state;
    struct day d = { 1, 1, 1 };
    int64_t ms = FIRST_DAY_MS;
    for (; d.year <= 9999; ms += MS_PER_DAY, next_day(&d)) {
        /* All days of two centuries and of the borders; elsewhere about the ends of the months. */
        bool is_near = (d.year >= 1900 && d.year < 2110) || d.year < 5 || d.year > 9995;
        if (is_near || d.day == 1 || (d.day >= 28 && d.year % 20 == 0)) {
            check_day(&d, ms);
        }
    }
    assert_true(ms == INT64_C(253402300800000));
}

static void test_known_instants(void **state)
{
    (void)state;
    char iso[IAM_TIME_ISO_LEN + 1];
    char iso_ms[IAM_TIME_ISO_MS_LEN + 1];
    char basic[IAM_TIME_BASIC_LEN + 1];
    iam_time_to_iso(0, iso);
    assert_string_equal(iso, "1970-01-01T00:00:00Z");
    iam_time_to_iso_ms(-1, iso_ms);
    assert_string_equal(iso_ms, "1969-12-31T23:59:59.999Z");
    iam_time_to_iso_ms(INT64_C(1440938160007), iso_ms);
    assert_string_equal(iso_ms, "2015-08-30T12:36:00.007Z");
    iam_time_to_basic(INT64_C(1440938160999), basic);
    assert_string_equal(basic, "20150830T123600Z");
    iam_time_to_iso(INT64_C(951827696000), iso);
    assert_string_equal(iso, "2000-02-29T12:34:56Z");
}

static void test_clamped(void **state)
{
    (void)state;
    char iso_ms[IAM_TIME_ISO_MS_LEN + 1];
    char basic[IAM_TIME_BASIC_LEN + 1];
    iam_time_to_iso_ms(INT64_MIN, iso_ms);
    assert_string_equal(iso_ms, "0001-01-01T00:00:00.000Z");
    iam_time_to_iso_ms(INT64_MAX, iso_ms);
    assert_string_equal(iso_ms, "9999-12-31T23:59:59.999Z");
    iam_time_to_basic(INT64_MAX, basic);
    assert_string_equal(basic, "99991231T235959Z");
}

static void test_basic(void **state)
{
    (void)state;
    int64_t ms = 1;
    assert_ok(iam_time_from_basic(IAM_STR("20150830T123600Z"), &ms));
    assert_true(ms == INT64_C(1440938160000));
    assert_ok(iam_time_from_basic(IAM_STR("00010101T000000Z"), &ms));
    assert_true(ms == FIRST_DAY_MS);
    static const char *const BAD[] = {
        "",
        "20150830",
        "20150830T123600",
        "20150830T123600z",
        "20150830t123600Z",
        "20150830T123600Z ",
        " 20150830T123600Z",
        "20150830T1236000Z",
        "2015-08-30T12:36:00Z",
        "20150229T123600Z",
        "19000229T000000Z",
        "20151301T000000Z",
        "20150001T000000Z",
        "20150100T000000Z",
        "20150431T000000Z",
        "20150830T240000Z",
        "20150830T126000Z",
        "20150830T123660Z",
        "00000101T000000Z",
        "+0150830T123600Z",
    };
    ms = 1;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(iam_time_from_basic(iam_str_c(BAD[i]), &ms), IAM_SYNTAX);
    }
    assert_int_equal(iam_time_from_basic(iam_str_absent(), &ms), IAM_SYNTAX);
    assert_true(ms == 1);
}

static void test_iso_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } GOOD[] = {
        {"2015",                            INT64_C(1420070400000)},
        { "2015-08",                        INT64_C(1438387200000)},
        { "2015-08-30",                     INT64_C(1440892800000)},
        { "2015-08-30T12:36Z",              INT64_C(1440938160000)},
        { "2015-08-30T12:36:01Z",           INT64_C(1440938161000)},
        { "2015-08-30T12:36:01.5Z",         INT64_C(1440938161500)},
        { "2015-08-30T12:36:01.05Z",        INT64_C(1440938161050)},
        { "2015-08-30T12:36:01.123456789Z", INT64_C(1440938161123)},
        { "2015-08-30T12:36:01.9999Z",      INT64_C(1440938161999)},
        { "2015-08-30T14:36:00+02:00",      INT64_C(1440938160000)},
        { "2015-08-30T07:06:00-05:30",      INT64_C(1440938160000)},
        { "2015-08-30T12:36-00:00",         INT64_C(1440938160000)},
        { "2016-01-01T00:30:00+01:00",      INT64_C(1451604600000)},
    };
    for (size_t i = 0; i < IAM_COUNT(GOOD); i++) {
        int64_t ms = 1;
        assert_ok(iam_time_from_iso(iam_str_c(GOOD[i].text), &ms));
        assert_true(ms == GOOD[i].ms);
    }
}

static void test_iso_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        "201",
        "20155",
        "2015-",
        "2015-8",
        "2015-13",
        "2015-00",
        "2015-08-",
        "2015-08-3",
        "2015-08-32",
        "2015-02-29",
        "2015-08-30T",
        "2015-08-30Z",
        "2015-08-30T12Z",
        "2015-08-30T12:36",
        "2015-08-30T12:36:00",
        "2015-08-30T12:36:00.Z",
        "2015-08-30T12:36:00.1",
        "2015-08-30T12:36:00.1234567890Z",
        "2015-08-30T12:36:00,5Z",
        "2015-08-30T24:00:00Z",
        "2015-08-30T12:60:00Z",
        "2015-08-30T12:36:60Z",
        "2015-08-30 12:36:00Z",
        "2015-08-30t12:36:00z",
        "2015-08-30T12:36:00+0200",
        "2015-08-30T12:36:00+02",
        "2015-08-30T12:36:00+24:00",
        "2015-08-30T12:36:00+02:60",
        "2015-08-30T12:36:00+02:00Z",
        "2015-08-30T12:36:00ZZ",
        " 2015-08-30",
        "2015-08-30 ",
        "0000-01-01",
        "-001-01-01",
        "20150830T123600Z",
        "Sun, 30 Aug 2015 12:36:00 GMT",
    };
    int64_t ms = 1;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        if (iam_time_from_iso(iam_str_c(BAD[i]), &ms) != IAM_SYNTAX) {
            fail_msg("accepted: %s", BAD[i]);
        }
    }
    assert_int_equal(iam_time_from_iso(iam_str_absent(), &ms), IAM_SYNTAX);
    assert_int_equal(iam_time_from_iso(IAM_STR("2015\0"), &ms), IAM_SYNTAX);
    assert_true(ms == 1);
}

/* One wrong byte anywhere, or the end at any place where it is not permitted. */
static void test_damaged(void **state)
{
    (void)state;
    static const char *const WHOLE[] = { "2015-08-30T12:36:01.5Z", "2015-08-30T14:36:01+02:00",
                                         "2015-08-30T14:36-02:00", "20150830T123600Z" };
    for (size_t i = 0; i < IAM_COUNT(WHOLE); i++) {
        size_t n = strlen(WHOLE[i]);
        char text[32];
        int64_t ms;
        for (size_t at = 0; at < n; at++) {
            memcpy(text, WHOLE[i], n);
            text[at] = 'x';
            assert_int_equal(iam_time_from_iso((struct iam_str){ text, n }, &ms), IAM_SYNTAX);
            assert_int_equal(iam_time_from_basic((struct iam_str){ text, n }, &ms), IAM_SYNTAX);
            struct iam_str shorter = { WHOLE[i], at };
            bool is_date = at == 4 || (i < 3 && (at == 7 || at == 10));
            assert_int_equal(iam_time_from_iso(shorter, &ms), is_date ? IAM_OK : IAM_SYNTAX);
            assert_int_equal(iam_time_from_basic(shorter, &ms), IAM_SYNTAX);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),    cmocka_unit_test(test_known_instants),
        cmocka_unit_test(test_clamped),      cmocka_unit_test(test_basic),
        cmocka_unit_test(test_iso_accepted), cmocka_unit_test(test_iso_refused),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
