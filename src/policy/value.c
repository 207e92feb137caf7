/* SPDX-License-Identifier: Apache-2.0 */
/* Decimals and booleans as condition operators read them. */
#include "policy/value.h"

#include "base/cur.h"

static struct iam_str take_digits(struct iam_cur *c)
{
    const char *start = c->p;
    while (!iam_cur_at_end(c) && iam_ascii_is_digit(*c->p)) {
        c->p++;
    }
    return (struct iam_str){ start, (size_t)(c->p - start) };
}

/* Reads a sign, if there is one. Returns true for a minus. */
static bool take_sign(struct iam_cur *c)
{
    bool negative = iam_cur_char(c, '-');
    if (!negative) {
        (void)iam_cur_char(c, '+');
    }
    return negative;
}

static struct iam_str trim_left(struct iam_str digits)
{
    size_t n = 0;
    while (n < digits.len && digits.p[n] == '0') {
        n++;
    }
    return iam_str_sub(digits, n, digits.len);
}

static struct iam_str trim_right(struct iam_str digits)
{
    while (digits.len > 0 && digits.p[digits.len - 1] == '0') {
        digits.len--;
    }
    return digits;
}

/* Reads [e[+-]digits]; nothing is an exponent of zero. */
static enum iam_status take_exponent(struct iam_cur *c, int64_t *ret)
{
    *ret = 0;
    if (!iam_cur_char(c, 'e') && !iam_cur_char(c, 'E')) {
        return IAM_OK;
    }
    bool negative = take_sign(c);
    struct iam_str digits = take_digits(c);
    IAM_ENSURE(digits.len > 0, IAM_SYNTAX);
    uint64_t v = 0;
    struct iam_cur significant = iam_cur_of(trim_left(digits));
    if (!iam_cur_at_end(&significant)) {
        IAM_ENSURE(iam_cur_digits(&significant, 10, &v) && iam_cur_at_end(&significant) &&
                       v <= INT32_MAX,
                   IAM_LIMIT);
    }
    *ret = negative ? -(int64_t)v : (int64_t)v;
    return IAM_OK;
}

/* Fills the digits and the point of d from those before and after the written point. */
static void set_digits(struct iam_decimal *d, struct iam_str whole, struct iam_str fraction,
                       int64_t exponent)
{
    d->head = trim_left(whole);
    d->tail = trim_right(fraction);
    d->point = (int64_t)d->head.len;
    if (d->head.len == 0) {
        size_t len = d->tail.len;
        d->tail = trim_left(d->tail);
        d->point = -(int64_t)(len - d->tail.len);
    }
    if (d->tail.len == 0) {
        d->head = trim_right(d->head);
    }
    d->point += exponent;
}

enum iam_status iam_decimal_parse(struct iam_str text, struct iam_decimal *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_str fraction = IAM_STR("");
    int64_t exponent;
    bool negative = take_sign(&c);
    struct iam_str whole = take_digits(&c);
    if (iam_cur_char(&c, '.')) {
        fraction = take_digits(&c);
    }
    IAM_ENSURE(whole.len + fraction.len > 0, IAM_SYNTAX);
    enum iam_status st = take_exponent(&c, &exponent);
    IAM_ENSURE(st != IAM_SYNTAX && iam_cur_at_end(&c), IAM_SYNTAX);
    IAM_TRY(st);
    set_digits(ret, whole, fraction, exponent);
    /* Minus zero is zero. */
    ret->negative = negative && ret->head.len + ret->tail.len > 0;
    return IAM_OK;
}

static size_t count_digits(const struct iam_decimal *d)
{
    return d->head.len + d->tail.len;
}

static char digit_at(const struct iam_decimal *d, size_t i)
{
    return i < d->head.len ? d->head.p[i] : d->tail.p[i - d->head.len];
}

static int cmp_magnitude(const struct iam_decimal *a, const struct iam_decimal *b)
{
    size_t in_a = count_digits(a);
    size_t in_b = count_digits(b);
    if (in_a == 0 || in_b == 0) {
        return (in_a > 0) - (in_b > 0);
    }
    if (a->point != b->point) {
        return a->point < b->point ? -1 : 1;
    }
    for (size_t i = 0; i < in_a && i < in_b; i++) {
        if (digit_at(a, i) != digit_at(b, i)) {
            return digit_at(a, i) < digit_at(b, i) ? -1 : 1;
        }
    }
    /* Neither ends in a zero: the longer one is greater. */
    return (in_a > in_b) - (in_a < in_b);
}

int iam_decimal_cmp(const struct iam_decimal *a, const struct iam_decimal *b)
{
    if (a->negative != b->negative) {
        return a->negative ? -1 : 1;
    }
    return a->negative ? cmp_magnitude(b, a) : cmp_magnitude(a, b);
}

bool iam_truth(struct iam_str text)
{
    return iam_str_eq_nocase(text, IAM_STR("true"));
}
