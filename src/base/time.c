/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proleptic Gregorian calendar in integers. Days are counted from 1970-01-01; years in the
 * arithmetic begin on the first of March, so that the leap day is the last of its year.
 */
#include "base/time.h"

#define MS_PER_DAY INT64_C(86400000)
/* 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z */
#define MS_MIN INT64_C(-62135596800000)
#define MS_MAX INT64_C(253402300799999)
#define DAYS_PER_ERA 146097 /* 400 years */
#define MAX_FRACTION_DIGITS 9

struct civil {
    int year;
    unsigned month; /* 1 to 12 */
    unsigned day;   /* 1 to 31 */
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned ms;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Counts the days before month (numbered from March as 0) in a year that begins in March. */
static int64_t days_before(int64_t march_month)
{
    return (153 * march_month + 2) / 5;
}

static int64_t days_of_date(int year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t march_month = month <= 2 ? month + 9 : month - 3;
    int64_t leap_days = floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400);
    /* 719468 days lie between 0000-03-01 and 1970-01-01. */
    return 365 * y + leap_days + days_before(march_month) + day - 1 - 719468;
}

static void date_of_days(int64_t days, struct civil *ret)
{
    int64_t shifted = days + 719468;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t in_era = shifted - era * DAYS_PER_ERA;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t march_month = (5 * in_year + 2) / 153;

    ret->day = (unsigned)(in_year - days_before(march_month) + 1);
    ret->month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    ret->year = (int)(y + era * 400 + (ret->month <= 2));
}

static struct civil civil_of_ms(int64_t ms)
{
    struct civil c;

    ms = ms < MS_MIN ? MS_MIN : ms;
    ms = ms > MS_MAX ? MS_MAX : ms;
    int64_t days = floor_div(ms, MS_PER_DAY);
    unsigned in_day = (unsigned)(ms - days * MS_PER_DAY);
    date_of_days(days, &c);
    c.hour = in_day / 3600000;
    c.minute = in_day / 60000 % 60;
    c.second = in_day / 1000 % 60;
    c.ms = in_day % 1000;
    return c;
}

static unsigned days_in_month(int year, unsigned month)
{
    static const unsigned char DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && is_leap ? 29 : DAYS[month - 1];
}

enum iam_status iam_time_days(int year, unsigned month, unsigned day, int64_t *ret)
{
    IAM_ENSURE(month >= 1 && month <= 12, IAM_SYNTAX);
    IAM_ENSURE(day >= 1 && day <= days_in_month(year, month), IAM_SYNTAX);
    *ret = days_of_date(year, month, day);
    return IAM_OK;
}

/* Returns IAM_SYNTAX unless c is a real date, in the years 1 to 9999, and a real time of day. */
static enum iam_status ms_of_civil(const struct civil *c, int64_t *ret)
{
    int64_t days;
    IAM_ENSURE(c->year >= 1, IAM_SYNTAX);
    IAM_TRY(iam_time_days(c->year, c->month, c->day, &days));
    IAM_ENSURE(c->hour < 24 && c->minute < 60 && c->second < 60, IAM_SYNTAX);
    int64_t in_day = ((int64_t)c->hour * 60 + c->minute) * 60000 + c->second * 1000 + c->ms;
    *ret = days * MS_PER_DAY + in_day;
    return IAM_OK;
}

/* Writes v as n digits at *at, and moves *at past them. */
static void put_digits(char **at, unsigned v, unsigned n)
{
    for (unsigned i = n; i > 0; i--) {
        (*at)[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    *at += n;
}

static void put_date(char **at, const struct civil *c, const char *dash)
{
    put_digits(at, (unsigned)c->year, 4);
    if (*dash != '\0') {
        *(*at)++ = *dash;
    }
    put_digits(at, c->month, 2);
    if (*dash != '\0') {
        *(*at)++ = *dash;
    }
    put_digits(at, c->day, 2);
    *(*at)++ = 'T';
}

static void put_time(char **at, const struct civil *c, const char *colon)
{
    put_digits(at, c->hour, 2);
    if (*colon != '\0') {
        *(*at)++ = *colon;
    }
    put_digits(at, c->minute, 2);
    if (*colon != '\0') {
        *(*at)++ = *colon;
    }
    put_digits(at, c->second, 2);
}

void iam_time_to_iso(int64_t ms, char ret[IAM_TIME_ISO_LEN + 1])
{
    struct civil c = civil_of_ms(ms);
    char *at = ret;

    put_date(&at, &c, "-");
    put_time(&at, &c, ":");
    *at++ = 'Z';
    *at = '\0';
}

void iam_time_to_iso_ms(int64_t ms, char ret[IAM_TIME_ISO_MS_LEN + 1])
{
    struct civil c = civil_of_ms(ms);
    char *at = ret;

    put_date(&at, &c, "-");
    put_time(&at, &c, ":");
    *at++ = '.';
    put_digits(&at, c.ms, 3);
    *at++ = 'Z';
    *at = '\0';
}

void iam_time_to_basic(int64_t ms, char ret[IAM_TIME_BASIC_LEN + 1])
{
    struct civil c = civil_of_ms(ms);
    char *at = ret;

    put_date(&at, &c, "");
    put_time(&at, &c, "");
    *at++ = 'Z';
    *at = '\0';
}

/* Reads exactly n digits. */
static bool read_digits(struct iam_cur *c, size_t n, unsigned *ret)
{
    struct iam_cur probe = *c;
    uint64_t v;

    if (!iam_cur_digits(&probe, n, &v) || (size_t)(probe.p - c->p) != n) {
        return false;
    }
    *c = probe;
    *ret = (unsigned)v;
    return true;
}

static bool read_year(struct iam_cur *c, int *ret)
{
    unsigned year;

    if (!read_digits(c, 4, &year)) {
        return false;
    }
    *ret = (int)year;
    return true;
}

enum iam_status iam_time_from_basic(struct iam_str s, int64_t *ret_ms)
{
    struct iam_cur c = iam_cur_of(s);
    struct civil t = { .ms = 0 };

    if (!read_year(&c, &t.year) || !read_digits(&c, 2, &t.month) || !read_digits(&c, 2, &t.day) ||
        !iam_cur_char(&c, 'T') || !read_digits(&c, 2, &t.hour) || !read_digits(&c, 2, &t.minute) ||
        !read_digits(&c, 2, &t.second) || !iam_cur_char(&c, 'Z') || !iam_cur_at_end(&c)) {
        return IAM_SYNTAX;
    }
    return ms_of_civil(&t, ret_ms);
}

bool iam_time_fraction(struct iam_cur *c, unsigned *ret_ms)
{
    const char *start = c->p;
    uint64_t v;

    if (!iam_cur_digits(c, MAX_FRACTION_DIGITS, &v)) {
        return false;
    }
    size_t digits = (size_t)(c->p - start);
    for (; digits > 3; digits--) {
        v /= 10;
    }
    for (; digits < 3; digits++) {
        v *= 10;
    }
    *ret_ms = (unsigned)v;
    return true;
}

/* Reads Z, +hh:mm or -hh:mm. */
static bool read_zone(struct iam_cur *c, int64_t *ret_offset_ms)
{
    unsigned hour;
    unsigned minute;

    if (iam_cur_char(c, 'Z')) {
        *ret_offset_ms = 0;
        return true;
    }
    bool is_west = iam_cur_char(c, '-');
    if ((!is_west && !iam_cur_char(c, '+')) || !read_digits(c, 2, &hour) || !iam_cur_char(c, ':') ||
        !read_digits(c, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    int64_t offset_ms = ((int64_t)hour * 60 + minute) * 60000;
    *ret_offset_ms = is_west ? -offset_ms : offset_ms;
    return true;
}

/* Reads hh:mm[:ss[.f...]]TZD. */
static bool read_time(struct iam_cur *c, struct civil *t, int64_t *ret_offset_ms)
{
    if (!read_digits(c, 2, &t->hour) || !iam_cur_char(c, ':') || !read_digits(c, 2, &t->minute)) {
        return false;
    }
    if (iam_cur_char(c, ':')) {
        if (!read_digits(c, 2, &t->second)) {
            return false;
        }
        if (iam_cur_char(c, '.') && !iam_time_fraction(c, &t->ms)) {
            return false;
        }
    }
    return read_zone(c, ret_offset_ms);
}

/* Reads a text of the profile, in which every longer form begins with the shorter ones. */
static bool read_iso(struct iam_cur *c, struct civil *t, int64_t *ret_offset_ms)
{
    *ret_offset_ms = 0;
    if (!read_year(c, &t->year)) {
        return false;
    }
    if (iam_cur_at_end(c)) {
        return true;
    }
    if (!iam_cur_char(c, '-') || !read_digits(c, 2, &t->month)) {
        return false;
    }
    if (iam_cur_at_end(c)) {
        return true;
    }
    if (!iam_cur_char(c, '-') || !read_digits(c, 2, &t->day)) {
        return false;
    }
    return iam_cur_at_end(c) || (iam_cur_char(c, 'T') && read_time(c, t, ret_offset_ms));
}

enum iam_status iam_time_from_iso(struct iam_str s, int64_t *ret_ms)
{
    struct iam_cur c = iam_cur_of(s);
    struct civil t = { .month = 1, .day = 1 };
    int64_t offset_ms;
    int64_t local_ms;

    IAM_ENSURE(read_iso(&c, &t, &offset_ms) && iam_cur_at_end(&c), IAM_SYNTAX);
    IAM_TRY(ms_of_civil(&t, &local_ms));
    *ret_ms = local_ms - offset_ms;
    return IAM_OK;
}
