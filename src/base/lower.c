/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both texts are lowered and compared at once, character by character, from the first byte on that
 * is not ASCII. In UTF-8 two texts are the same when their characters are, malformed bytes taken as
 * characters of their own: no byte that ends a lowered character begins another.
 */
#include "base/lower_int.h"

#include "unicode_lower.gen.h"

#define SIGMA 0x03A3U
#define FINAL_SIGMA 0x03C2U
#define SMALL_SIGMA 0x03C3U
#define DOTTED_I 0x0130U
#define DOT_ABOVE 0x0307U

/* Lowering makes a text at most this many times longer or shorter: U+212A, K, has three bytes. */
#define MAX_RATIO 3

/* Reads the character at at, which is within text, and its length. */
static uint32_t read_char(struct iam_str text, size_t at, size_t *ret_len)
{
    const unsigned char *u = (const unsigned char *)text.p + at;
    *ret_len = 1;
    if (u[0] < 0x80) {
        return u[0];
    }
    size_t len = iam_utf8_first(iam_str_sub(text, at, text.len));
    if (len == 0) {
        return IAM_LOWER_MALFORMED + u[0];
    }
    uint32_t c = u[0] & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        c = c << 6 | (u[i] & 0x3FU);
    }
    *ret_len = len;
    return c;
}

/* Reads the character that ends before at, which is not 0, and its length. */
static uint32_t read_char_before(struct iam_str text, size_t at, size_t *ret_len)
{
    for (size_t len = 2; len <= 4 && len <= at; len++) {
        if (iam_utf8_first(iam_str_sub(text, at - len, len)) == len) {
            return read_char(text, at - len, ret_len);
        }
    }
    *ret_len = 1;
    unsigned char last = (unsigned char)text.p[at - 1];
    return last < 0x80 ? last : IAM_LOWER_MALFORMED + last;
}

/* What a character is beside a sigma. */
enum beside { BESIDE_OTHER, BESIDE_IGNORED, BESIDE_CASED };

static enum beside look_up(uint32_t c)
{
    size_t low = 0;
    size_t high = IAM_COUNT(CASES);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (CASES[middle].first <= c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || c - CASES[low - 1].first >= CASES[low - 1].count) {
        return BESIDE_OTHER;
    }
    return CASES[low - 1].is_cased != 0 ? BESIDE_CASED : BESIDE_IGNORED;
}

/* Tells whether a cased character ends at at, but for ignored ones between. */
static bool is_cased_before(struct iam_str text, size_t at)
{
    enum beside what = BESIDE_IGNORED;
    while (at > 0 && what == BESIDE_IGNORED) {
        size_t len;
        what = look_up(read_char_before(text, at, &len));
        at -= len;
    }
    return what == BESIDE_CASED;
}

/* Tells whether a cased character begins at at, but for ignored ones between. */
static bool is_cased_after(struct iam_str text, size_t at)
{
    enum beside what = BESIDE_IGNORED;
    while (at < text.len && what == BESIDE_IGNORED) {
        size_t len;
        what = look_up(read_char(text, at, &len));
        at += len;
    }
    return what == BESIDE_CASED;
}

/* Returns the lower case of a character that has one of its own, up to U+FFFF; others as they are.
 */
static uint32_t lower_simple(uint32_t c)
{
    size_t low = 0;
    size_t high = IAM_COUNT(LOWER);
    if (c > UINT16_MAX) {
        return c;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (LOWER[middle].first <= c) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || c > LOWER[low - 1].last || (c - LOWER[low - 1].first) % LOWER[low - 1].step) {
        return c;
    }
    return (c + LOWER[low - 1].delta) & UINT16_MAX;
}

uint32_t iam_lower_next(struct iam_lower_reader *r)
{
    size_t at = r->at;
    size_t len;
    if (r->pending != 0) {
        uint32_t c = r->pending;
        r->pending = 0;
        return c;
    }
    if (at == r->text.len) {
        return IAM_LOWER_END;
    }
    uint32_t c = read_char(r->text, at, &len);
    r->at = at + len;
    switch (c) {
    case SIGMA:
        /* SPEC: Final_Sigma, the last letter of a word that has others. */
        return is_cased_before(r->text, at) && !is_cased_after(r->text, r->at) ? FINAL_SIGMA
                                                                               : SMALL_SIGMA;
    case DOTTED_I:
        r->pending = DOT_ABOVE;
        return 'i';
    default:
        return lower_simple(c);
    }
}

/* Tells whether the lengths alone say that the texts differ. */
static bool is_too_long(size_t a_len, size_t b_len)
{
    return a_len / MAX_RATIO > b_len || b_len / MAX_RATIO > a_len;
}

/* Returns how many bytes at the start of both texts are ASCII and the same in lower case. */
static size_t same_ascii(struct iam_str a, struct iam_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    size_t i = 0;
    while (i < n && ((a.p[i] | b.p[i]) & 0x80) == 0 &&
           (a.p[i] == b.p[i] || iam_ascii_lower(a.p[i]) == iam_ascii_lower(b.p[i]))) {
        i++;
    }
    return i;
}

static bool is_ascii_at(struct iam_str text, size_t at)
{
    return at == text.len || (unsigned char)text.p[at] < 0x80;
}

bool iam_lower_eq(struct iam_str a, struct iam_str b)
{
    size_t from = same_ascii(a, b);
    if (is_ascii_at(a, from) && is_ascii_at(b, from)) {
        return from == a.len && from == b.len;
    }
    if (is_too_long(a.len, b.len)) {
        return false;
    }
    struct iam_lower_reader x = { a, from, 0 };
    struct iam_lower_reader y = { b, from, 0 };
    uint32_t c;
    do {
        c = iam_lower_next(&x);
        if (c != iam_lower_next(&y)) {
            return false;
        }
    } while (c != IAM_LOWER_END);
    return true;
}

uint64_t iam_lower_cost(size_t a_len, size_t b_len)
{
    return is_too_long(a_len, b_len) ? 0 : (uint64_t)a_len + b_len;
}
