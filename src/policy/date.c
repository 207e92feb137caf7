/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates as condition operators read them. AWS takes more than the profile that it documents: any
 * number of digits in a year, one digit elsewhere, a missing time after the T, hours alone as zone.
 */
#include "policy/value.h"

#include "base/time.h"

#define YEAR_MAX_DIGITS 9
/* LIMIT: of a year, in milliseconds the limits of int64_t. */
#define YEAR_MIN (-292275054)
#define YEAR_MAX 292278993
#define EPOCH_MAX_DIGITS 19
#define MS_PER_DAY INT64_C(86400000)
#define MS_PER_MINUTE INT64_C(60000)

/* Reads one or two digits, at most max. */
static bool read_small(struct iam_cur *c, unsigned max, unsigned *ret)
{
    uint64_t v;
    if (!iam_cur_digits(c, 2, &v) || v > max) {
        return false;
    }
    *ret = (unsigned)v;
    return true;
}

/* Reads exactly two digits, at most max. */
static bool read_two(struct iam_cur *c, unsigned max, unsigned *ret)
{
    const char *start = c->p;
    return read_small(c, max, ret) && c->p - start == 2;
}

/* Reads year[-month[-day]] as days since 1970. */
static bool read_days(struct iam_cur *c, int64_t *ret)
{
    uint64_t year;
    unsigned month = 1;
    unsigned day = 1;
    bool negative = iam_cur_char(c, '-');
    if (!iam_cur_digits(c, YEAR_MAX_DIGITS, &year)) {
        return false;
    }
    int64_t y = negative ? -(int64_t)year : (int64_t)year;
    if (iam_cur_char(c, '-')) {
        if (!read_small(c, 12, &month) || (iam_cur_char(c, '-') && !read_small(c, 31, &day))) {
            return false;
        }
    }
    return y >= YEAR_MIN && y <= YEAR_MAX && iam_time_days((int)y, month, day, ret) == IAM_OK;
}

/* Reads [:minute[:second[.fraction]]]. */
static bool read_past_hour(struct iam_cur *c, int64_t *ret_ms)
{
    unsigned minute = 0;
    unsigned second = 0;
    unsigned fraction = 0;
    if (iam_cur_char(c, ':')) {
        if (!read_small(c, 59, &minute)) {
            return false;
        }
        if (iam_cur_char(c, ':') && (!read_small(c, 59, &second) ||
                                     (iam_cur_char(c, '.') && !iam_time_fraction(c, &fraction)))) {
            return false;
        }
    }
    *ret_ms = minute * MS_PER_MINUTE + second * INT64_C(1000) + fraction;
    return true;
}

/* Reads the time of day, which may be left out. */
static bool read_clock(struct iam_cur *c, int64_t *ret_ms)
{
    unsigned hour;
    *ret_ms = 0;
    if (iam_cur_at_end(c) || !iam_ascii_is_digit(*c->p)) {
        return true;
    }
    if (!read_small(c, 23, &hour) || !read_past_hour(c, ret_ms)) {
        return false;
    }
    *ret_ms += hour * 60 * MS_PER_MINUTE;
    return true;
}

/* Reads Z, or a sign with hours and perhaps minutes; nothing is UTC. */
static bool read_zone(struct iam_cur *c, int64_t *ret_ms)
{
    unsigned hour;
    unsigned minute = 0;
    *ret_ms = 0;
    if (iam_cur_at_end(c) || iam_cur_char(c, 'Z') || iam_cur_char(c, 'z')) {
        return true;
    }
    bool west = iam_cur_char(c, '-');
    if ((!west && !iam_cur_char(c, '+')) || !read_two(c, 23, &hour)) {
        return false;
    }
    if (!iam_cur_at_end(c)) {
        (void)iam_cur_char(c, ':');
        if (!read_two(c, 59, &minute)) {
            return false;
        }
    }
    int64_t offset = ((int64_t)hour * 60 + minute) * MS_PER_MINUTE;
    *ret_ms = west ? -offset : offset;
    return true;
}

static bool read_iso(struct iam_str text, int64_t *ret_ms)
{
    struct iam_cur c = iam_cur_of(text);
    int64_t days;
    int64_t clock = 0;
    int64_t zone = 0;
    if (!read_days(&c, &days)) {
        return false;
    }
    if ((iam_cur_char(&c, 'T') || iam_cur_char(&c, 't')) &&
        (!read_clock(&c, &clock) || !read_zone(&c, &zone))) {
        return false;
    }
    *ret_ms = days * MS_PER_DAY + clock - zone;
    return iam_cur_at_end(&c);
}

static bool read_epoch(struct iam_str text, int64_t *ret_ms)
{
    struct iam_cur c = iam_cur_of(text);
    uint64_t seconds;
    (void)iam_cur_char(&c, '+');
    while (iam_cur_left(&c) > 1 && *c.p == '0') {
        c.p++;
    }
    if (!iam_cur_digits(&c, EPOCH_MAX_DIGITS, &seconds) || !iam_cur_at_end(&c) ||
        seconds > INT64_MAX) {
        return false;
    }
    *ret_ms = seconds > INT64_MAX / 1000 ? INT64_MAX : (int64_t)seconds * 1000;
    return true;
}

/* Tells whether text is a calendar date and not a count of seconds: four digits are a year. */
static bool is_iso(struct iam_str text)
{
    bool digits = true;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '-' || iam_ascii_lower(text.p[i]) == 't') {
            return true;
        }
        digits = digits && iam_ascii_is_digit(text.p[i]);
    }
    return digits && text.len == 4;
}

bool iam_date_parse(struct iam_str text, int64_t *ret_ms)
{
    return is_iso(text) ? read_iso(text, ret_ms) : read_epoch(text, ret_ms);
}
