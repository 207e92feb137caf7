/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursor's reads.
 * INVARIANT: p <= end before and after, and a read that returns false has not moved p and has not
 * written its result.
 */
#include "base/cur.h"

bool iam_cur_char(struct iam_cur *c, char want)
{
    if (c->p == c->end || *c->p != want) {
        return false;
    }
    c->p++;
    return true;
}

bool iam_cur_lit(struct iam_cur *c, struct iam_str lit)
{
    if (!iam_str_starts(iam_cur_rest(c), lit)) {
        return false;
    }
    c->p += lit.len;
    return true;
}

bool iam_cur_take(struct iam_cur *c, size_t n, struct iam_str *ret)
{
    if (n > iam_cur_left(c)) {
        return false;
    }
    *ret = (struct iam_str){ c->p, n };
    c->p += n;
    return true;
}

bool iam_cur_until(struct iam_cur *c, char stop, size_t max, struct iam_str *ret)
{
    struct iam_str rest = iam_cur_rest(c);
    struct iam_str window = iam_str_sub(rest, 0, max < rest.len ? max + 1 : rest.len);
    size_t at = iam_str_find(window, stop, 0);

    if (at == window.len) {
        return false;
    }
    *ret = (struct iam_str){ c->p, at };
    c->p += at + 1;
    return true;
}

bool iam_cur_digits(struct iam_cur *c, size_t max, uint64_t *ret)
{
    const char *p = c->p;
    size_t most = max < iam_cur_left(c) ? max : iam_cur_left(c);
    size_t n = 0;
    uint64_t v = 0;

    /*@ loop invariant 0 <= n <= most && v == decimal(p, n);
        loop invariant \forall integer i; 0 <= i < n ==> is_digit(p[i]);
        loop assigns n, v;
        loop variant most - n; */
    while (n < most && iam_ascii_is_digit(p[n])) {
        uint64_t digit = (uint64_t)(p[n] - '0');
        if (v > (UINT64_MAX - digit) / 10) {
            /*@ assert decimal(p, n + 1) > UINT64_MAX; */
            return false;
        }
        v = v * 10 + digit;
        n++;
    }
    if (n == 0) {
        return false;
    }
    /*@ assert digits_at(p, c->end, max, n); */
    c->p += n;
    *ret = v;
    return true;
}
