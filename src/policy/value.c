/* SPDX-License-Identifier: Apache-2.0 */
/* Dates, decimals and booleans as condition operators read them. */
#include "policy/value.h"

#include "base/cur.h"
#include "base/time.h"

#define DECIMAL_MAX_BYTES 64
/* Year 9999 in seconds has 12 digits. */
#define EPOCH_MAX_DIGITS 12

bool iam_date_parse(struct iam_str text, int64_t *ret_ms)
{
    struct iam_cur c = iam_cur_of(text);
    uint64_t seconds;
    /* Four digits are a year: the ISO reading comes first. */
    if (iam_time_from_iso(text, ret_ms) == IAM_OK) {
        return true;
    }
    if (!iam_cur_digits(&c, EPOCH_MAX_DIGITS, &seconds) || !iam_cur_at_end(&c)) {
        return false;
    }
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

static struct iam_str take_digits(struct iam_cur *c)
{
    const char *start = c->p;
    while (!iam_cur_at_end(c) && iam_ascii_is_digit(*c->p)) {
        c->p++;
    }
    return (struct iam_str){ start, (size_t)(c->p - start) };
}

bool iam_decimal_parse(struct iam_str text, struct iam_decimal *ret)
{
    struct iam_decimal d = {
        false, {NULL,  0},
         { NULL, 0}
    };
    if (text.len == 0 || text.len > DECIMAL_MAX_BYTES) {
        return false;
    }
    struct iam_cur c = iam_cur_of(text);
    d.negative = iam_cur_char(&c, '-');
    d.whole = take_digits(&c);
    if (d.whole.len == 0) {
        return false;
    }
    if (iam_cur_char(&c, '.')) {
        d.fraction = take_digits(&c);
        if (d.fraction.len == 0) {
            return false;
        }
    }
    if (!iam_cur_at_end(&c)) {
        return false;
    }
    while (d.whole.len > 0 && d.whole.p[0] == '0') {
        d.whole = iam_str_sub(d.whole, 1, d.whole.len);
    }
    while (d.fraction.len > 0 && d.fraction.p[d.fraction.len - 1] == '0') {
        d.fraction.len--;
    }
    /* Minus zero is zero. */
    d.negative = d.negative && (d.whole.len > 0 || d.fraction.len > 0);
    *ret = d;
    return true;
}

static int cmp_magnitude(const struct iam_decimal *a, const struct iam_decimal *b)
{
    if (a->whole.len != b->whole.len) {
        return a->whole.len < b->whole.len ? -1 : 1;
    }
    int whole = iam_str_cmp(a->whole, b->whole);
    return whole != 0 ? whole : iam_str_cmp(a->fraction, b->fraction);
}

int iam_decimal_cmp(const struct iam_decimal *a, const struct iam_decimal *b)
{
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    return a->negative ? cmp_magnitude(b, a) : cmp_magnitude(a, b);
}

bool iam_truth_parse(struct iam_str text, bool *ret)
{
    if (iam_str_eq_nocase(text, IAM_STR("true"))) {
        *ret = true;
        return true;
    }
    if (iam_str_eq_nocase(text, IAM_STR("false"))) {
        *ret = false;
        return true;
    }
    return false;
}
