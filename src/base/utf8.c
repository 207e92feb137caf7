/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 and table 3-7 of the Unicode standard define it: no surrogates, no overlong
 * forms, nothing above U+10FFFF.
 */
#include "base/str.h"

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Tells whether second may follow first: after four first bytes its range is narrower. */
static bool is_second(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return is_continuation(second);
    }
}

static size_t length_of_first(unsigned char c)
{
    if (c < 0x80) {
        return 1;
    }
    if (c < 0xC2) {
        return 0;
    }
    if (c < 0xE0) {
        return 2;
    }
    if (c < 0xF0) {
        return 3;
    }
    return c < 0xF5 ? 4 : 0;
}

size_t iam_utf8_first(struct iam_str s)
{
    const unsigned char *u = (const unsigned char *)s.p;
    size_t n = s.len > 0 ? length_of_first(u[0]) : 0;

    if (n > s.len || (n > 1 && !is_second(u[0], u[1]))) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (!is_continuation(u[i])) {
            return 0;
        }
    }
    return n;
}

/* Counts the bytes below 0x80 at the start of s, eight at a time. */
static size_t ascii_prefix(struct iam_str s)
{
    size_t i = 0;

    while (s.len - i >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, s.p + i, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
        i += sizeof(word);
    }
    while (i < s.len && (unsigned char)s.p[i] < 0x80) {
        i++;
    }
    return i;
}

bool iam_utf8_is_valid(struct iam_str s)
{
    while (s.len > 0) {
        s = iam_str_sub(s, ascii_prefix(s), s.len);
        if (s.len == 0) {
            break;
        }
        size_t n = iam_utf8_first(s);
        if (n == 0) {
            return false;
        }
        s = iam_str_sub(s, n, s.len);
    }
    return true;
}

size_t iam_utf8_count(struct iam_str s)
{
    size_t ascii = ascii_prefix(s);
    size_t count = ascii;

    for (size_t i = ascii; i < s.len; i++) {
        count += !is_continuation((unsigned char)s.p[i]);
    }
    return count;
}

struct iam_str iam_utf8_clip(struct iam_str s, size_t max)
{
    size_t len = s.len;

    if (len > max) {
        len = max;
        while (len > 0 && is_continuation((unsigned char)s.p[len])) {
            len--;
        }
    }
    return iam_str_sub(s, 0, len);
}
