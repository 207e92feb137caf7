/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the simple kinds as text. Reading is strict: the whole text is the value, and nothing
 * is trimmed, guessed or rounded into range. Recorded on AWS: booleans may be 1 and 0, integers
 * have 32 bits and may have leading zeros and a plus sign.
 */
#include "wire/scalar_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cur.h"
#include "base/time.h"
#include "codec/base64.h"

/* Longest text of a number; a double never needs more. */
#define MAX_NUMBER 64
/* 9999-12-31T23:59:59Z, the last instant that the text formats can express. */
#define MAX_EPOCH_SECONDS 253402300799LL

static enum iam_status boolean_read(struct iam_str text, struct api_opt_bool *ret)
{
    bool is_true = iam_str_eq(text, IAM_STR("true")) || iam_str_eq(text, IAM_STR("1"));

    IAM_ENSURE(is_true || iam_str_eq(text, IAM_STR("false")) || iam_str_eq(text, IAM_STR("0")),
               IAM_SYNTAX);
    *ret = (struct api_opt_bool){ .is_set = true, .value = is_true };
    return IAM_OK;
}

static enum iam_status integer_read(struct iam_str text, struct api_opt_int *ret)
{
    bool has_plus = text.len > 1 && text.p[0] == '+' && iam_ascii_is_digit(text.p[1]);
    struct iam_str digits = has_plus ? iam_str_sub(text, 1, text.len) : text;
    int64_t v;

    IAM_ENSURE(iam_str_to_i64(digits, INT32_MIN, INT32_MAX, &v) == IAM_OK, IAM_SYNTAX);
    *ret = (struct api_opt_int){ .is_set = true, .value = v };
    return IAM_OK;
}

/* A decimal number as it was written: digits, and the power of ten to multiply them by. */
struct decimal {
    uint64_t digits;
    int64_t exponent;
    bool is_negative;
};

/* Below this there is room for one more digit in 64 bits; a double has no more precision. */
#define MAX_EXACT_DIGITS 1000000000000000000u

/* Takes the digits before or after the point; false when there are none. */
static bool take_digits(struct iam_cur *c, bool is_fraction, struct decimal *d)
{
    const char *start = c->p;

    while (c->p != c->end && iam_ascii_is_digit(*c->p)) {
        bool is_kept = d->digits < MAX_EXACT_DIGITS;
        if (is_kept) {
            d->digits = d->digits * 10 + (uint64_t)(*c->p - '0');
        }
        d->exponent += (is_kept ? 0 : 1) - (is_fraction ? 1 : 0);
        c->p++;
    }
    return c->p != start;
}

static bool take_exponent(struct iam_cur *c, struct decimal *d)
{
    uint64_t magnitude;
    bool is_negative = iam_cur_char(c, '-');

    if (!is_negative) {
        (void)iam_cur_char(c, '+');
    }
    if (!iam_cur_digits(c, 4, &magnitude)) {
        return false;
    }
    d->exponent += is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

/* Takes -?digits(.digits)?([eE][+-]?digits)? and nothing else: no blanks, no hex, no "inf". */
static bool take_number(struct iam_cur *c, struct decimal *d)
{
    d->is_negative = iam_cur_char(c, '-');
    if (!take_digits(c, false, d)) {
        return false;
    }
    if (iam_cur_char(c, '.') && !take_digits(c, true, d)) {
        return false;
    }
    if ((iam_cur_char(c, 'e') || iam_cur_char(c, 'E')) && !take_exponent(c, d)) {
        return false;
    }
    return iam_cur_at_end(c);
}

/*
 * Calculates in long double, where the powers of ten in use are exact or nearly so; only one
 * rounding remains, to double.
 */
enum iam_status api_double_read(struct iam_str text, double *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct decimal d = { .digits = 0 };

    IAM_ENSURE(text.len <= MAX_NUMBER && take_number(&c, &d), IAM_SYNTAX);
    long double v = (long double)d.digits;
    if (d.exponent < 0) {
        v /= powl(10.0L, (long double)-d.exponent);
    } else if (d.digits != 0) {
        v *= powl(10.0L, (long double)d.exponent);
    }
    double rounded = (double)(d.is_negative ? -v : v);
    IAM_ENSURE(isfinite(rounded), IAM_SYNTAX);
    *ret = rounded;
    return IAM_OK;
}

enum iam_status api_epoch_read(struct iam_str text, int64_t *ret_ms)
{
    double seconds;

    IAM_TRY(api_double_read(text, &seconds));
    IAM_ENSURE(fabs(seconds) <= (double)MAX_EPOCH_SECONDS, IAM_SYNTAX);
    *ret_ms = llround(seconds * 1000.0);
    return IAM_OK;
}

enum iam_status api_scalar_read(struct iam_arena *arena, const struct api_shape *shape,
                                struct iam_str text, void *ret)
{
    struct api_opt_double number = { .is_set = true };
    struct api_opt_time instant = { .is_set = true };

    switch (shape->kind) {
    case API_STRING:
        *(struct iam_str *)ret = text;
        return IAM_OK;
    case API_BLOB:
        return iam_base64_decode(arena, text, ret);
    case API_BOOLEAN:
        return boolean_read(text, ret);
    case API_INTEGER:
        return integer_read(text, ret);
    case API_DOUBLE:
        IAM_TRY(api_double_read(text, &number.value));
        *(struct api_opt_double *)ret = number;
        return IAM_OK;
    case API_TIMESTAMP:
        IAM_TRY(iam_time_from_iso(text, &instant.ms));
        *(struct api_opt_time *)ret = instant;
        return IAM_OK;
    default:
        return IAM_SYNTAX;
    }
}

void api_double_write(struct iam_buf *b, double v)
{
    char text[MAX_NUMBER];
    double back = 0;
    int precision = 15;

    if (!isfinite(v)) {
        v = 0;
    }
    do {
        (void)snprintf(text, sizeof(text), "%.*g", precision, v);
        precision++;
    } while (precision <= 17 &&
             (api_double_read(iam_str_c(text), &back) != IAM_OK || back < v || back > v));
    iam_buf_add_c(b, text);
}

void api_epoch_write(struct iam_buf *b, int64_t ms)
{
    int64_t seconds = ms / 1000;
    int64_t rest = ms % 1000;

    if (ms < 0 && seconds == 0) {
        iam_buf_add_char(b, '-');
    }
    iam_buf_add_i64(b, seconds);
    if (rest != 0) {
        iam_buf_add_fmt(b, ".%03d", abs((int)rest));
    }
}

void api_iso_write(struct iam_buf *b, int64_t ms)
{
    char text[IAM_TIME_ISO_MS_LEN + 1];

    if (ms % 1000 == 0) {
        iam_time_to_iso(ms, text);
    } else {
        iam_time_to_iso_ms(ms, text);
    }
    iam_buf_add_c(b, text);
}
