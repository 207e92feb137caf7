/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both texts are lowered and compared at once, character by character; runs of ASCII are compared
 * without being read as characters. In UTF-8 two texts are the same when their characters are,
 * malformed bytes taken as characters of their own: no byte that ends a lowered character begins
 * another.
 */
#include "base/lower_int.h"

#include "unicode_lower.gen.h"

#define SIGMA 0x03A3U
#define FINAL_SIGMA 0x03C2U
#define SMALL_SIGMA 0x03C3U
#define DOTTED_I 0x0130U
#define DOT_ABOVE 0x0307U

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

/* Returns the lower case of a character up to U+FFFF when it has one, any other as it is. */
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
    if ((r->text.p[at] & 0x80) == 0) {
        r->at++;
        return (uint32_t)iam_ascii_lower(r->text.p[at]);
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

/* A byte in each of eight. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

static uint64_t read_eight(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

/* Returns eight ASCII characters in lower case. No addition carries into the next byte. */
static uint64_t lower_eight(uint64_t ascii)
{
    uint64_t from_a = ascii + EIGHT(0x80 - 'A');
    uint64_t after_z = ascii + EIGHT(0x80 - 'Z' - 1);
    return ascii | (from_a & ~after_z & EIGHT(0x80)) >> 2;
}

static bool is_same_ascii(char a, char b)
{
    return a == b ? (a & 0x80) == 0 : (a ^ b) == 0x20 && iam_ascii_is_alpha(a);
}

/* Passes over what is ASCII in both texts and the same in lower case. */
static void skip_ascii(struct iam_lower_reader *a, struct iam_lower_reader *b)
{
    size_t a_left = a->text.len - a->at;
    size_t b_left = b->text.len - b->at;
    size_t n = a_left < b_left ? a_left : b_left;
    size_t i = 0;
    if (n == 0 || a->pending != 0 || b->pending != 0) {
        return;
    }
    const char *p = a->text.p + a->at;
    const char *q = b->text.p + b->at;
    while (n - i >= sizeof(uint64_t)) {
        uint64_t x = read_eight(p + i);
        uint64_t y = read_eight(q + i);
        if (((x | y) & EIGHT(0x80)) != 0 || lower_eight(x) != lower_eight(y)) {
            break;
        }
        i += sizeof(uint64_t);
    }
    while (i < n && is_same_ascii(p[i], q[i])) {
        i++;
    }
    a->at += i;
    b->at += i;
}

static bool is_at_end(const struct iam_lower_reader *r)
{
    return r->at == r->text.len && r->pending == 0;
}

bool iam_lower_eq(struct iam_str a, struct iam_str b)
{
    struct iam_lower_reader x = { a, 0, 0 };
    struct iam_lower_reader y = { b, 0, 0 };
    do {
        skip_ascii(&x, &y);
        if (is_at_end(&x) || is_at_end(&y)) {
            return is_at_end(&x) && is_at_end(&y);
        }
    } while (iam_lower_next(&x) == iam_lower_next(&y));
    return false;
}
