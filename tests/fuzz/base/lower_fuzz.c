/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two texts without regard to case, divided at the first NUL. Law: they are equal exactly when both
 * are, written in lower case one character at a time, where a sigma asks all that is around it.
 */
#include <stdlib.h>

#include "base/lower_int.h"
#include "lib/utf8.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define MAX_CHARS 2048
#define SIGMA 0x3A3U
#define FINAL_SIGMA 0x3C2U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Characters of a text; a byte that belongs to none is one that is beyond all. */
struct chars {
    size_t count;
    uint32_t at[MAX_CHARS];
};

static size_t encode(uint32_t c, char *to)
{
    if (c >= IAM_LOWER_MALFORMED) {
        to[0] = (char)(c - IAM_LOWER_MALFORMED);
        return 1;
    }
    return utf8_put(c, to);
}

static void decode(struct iam_str text, struct chars *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < text.len;) {
        const unsigned char *u = (const unsigned char *)text.p + i;
        size_t n = iam_utf8_first(iam_str_sub(text, i, text.len));
        uint32_t c = n == 0 ? IAM_LOWER_MALFORMED + u[0] : n == 1 ? u[0] : u[0] & (0x7FU >> n);
        for (size_t k = 1; k < n; k++) {
            c = c * 64 + u[k] % 64;
        }
        ret->at[ret->count++] = c;
        i += n > 0 ? n : 1;
    }
}

/* Lowers a few characters alone, and returns the last one. */
static uint32_t last_of(const uint32_t *chars, size_t count)
{
    char bytes[16];
    struct iam_lower_reader r = {
        {bytes, 0},
        0, 0
    };
    uint32_t last = 0;
    for (size_t i = 0; i < count; i++) {
        r.text.len += encode(chars[i], bytes + r.text.len);
    }
    for (uint32_t c = iam_lower_next(&r); c != IAM_LOWER_END; c = iam_lower_next(&r)) {
        last = c;
    }
    return last;
}

static bool is_cased(uint32_t c)
{
    return last_of((const uint32_t[]){ c, SIGMA }, 2) == FINAL_SIGMA;
}

static bool is_skipped(uint32_t c)
{
    return last_of((const uint32_t[]){ 'a', c, SIGMA }, 3) == FINAL_SIGMA && !is_cased(c);
}

static bool is_final(const struct chars *text, size_t at)
{
    size_t before = at;
    size_t after = at + 1;
    while (before > 0 && is_skipped(text->at[before - 1])) {
        before--;
    }
    while (after < text->count && is_skipped(text->at[after])) {
        after++;
    }
    return before > 0 && is_cased(text->at[before - 1]) &&
           !(after < text->count && is_cased(text->at[after]));
}

/* Writes text in lower case; a character of one byte never becomes more than three of them. */
static struct iam_str lower(struct iam_str text, char *out)
{
    static struct chars chars;
    size_t len = 0;
    decode(text, &chars);
    for (size_t i = 0; i < chars.count; i++) {
        char bytes[4];
        struct iam_lower_reader r = {
            {bytes, encode(chars.at[i], bytes)},
            0, 0
        };
        if (chars.at[i] == SIGMA && is_final(&chars, i)) {
            len += encode(FINAL_SIGMA, out + len);
            continue;
        }
        for (uint32_t c = iam_lower_next(&r); c != IAM_LOWER_END; c = iam_lower_next(&r)) {
            len += encode(c, out + len);
        }
    }
    return (struct iam_str){ out, len };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char a_bytes[4 * MAX_CHARS];
    static char b_bytes[4 * MAX_CHARS];
    struct iam_str all = { size > 0 ? (const char *)data : "", size };
    size_t end = iam_str_find(all, '\0', 0);
    struct iam_str a = iam_str_sub(all, 0, end);
    struct iam_str b = iam_str_sub(all, end + 1, size);

    if (size > MAX_CHARS) {
        return 0;
    }
    struct iam_str a_lower = lower(a, a_bytes);
    struct iam_str b_lower = lower(b, b_bytes);
    bool same = iam_str_eq(a_lower, b_lower);
    ENSURE(iam_lower_eq(a, b) == same && iam_lower_eq(b, a) == same);
    ENSURE(iam_lower_may_eq(a, b) || !same);
    ENSURE(iam_lower_eq(a, a_lower) && iam_lower_may_eq(a, a_lower));
    ENSURE(iam_lower_eq(b_lower, b) && iam_lower_may_eq(b_lower, b));
    return 0;
}
