/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64 and base64url. The reader accepts exactly what the writer writes: one text for each byte
 * string, so that an encoded token cannot be altered without becoming another token.
 */
#include "codec/base64.h"

static const char STANDARD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char URL_SAFE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* clang-format off */
/* One more than the value of a digit; 0 marks what is no digit. */
#define COMMON_VALUES \
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, \
    ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, \
    ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, \
    ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, \
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, \
    ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, \
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, \
    ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, \
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
/* clang-format on */

static const uint8_t STANDARD_VALUES[256] = { COMMON_VALUES, ['+'] = 63, ['/'] = 64 };
static const uint8_t URL_SAFE_VALUES[256] = { COMMON_VALUES, ['-'] = 63, ['_'] = 64 };

/* Writes the 2 or 3 digits of a last group of n = 1 or 2 bytes. */
static char *write_tail(char *to, const unsigned char *u, size_t n, const char *alphabet)
{
    unsigned second = n > 1 ? u[1] : 0;

    *to++ = alphabet[u[0] >> 2];
    *to++ = alphabet[(u[0] & 3U) << 4 | second >> 4];
    if (n > 1) {
        *to++ = alphabet[(second & 15) << 2];
    }
    return to;
}

static void encode(struct iam_buf *b, const void *bytes, size_t n, const char *alphabet, bool pad)
{
    const unsigned char *u = bytes;
    size_t rest = n % 3;
    size_t tail = rest > 0 ? (pad ? 4 : rest + 1) : 0;
    /* A length that would wrap asks for more than any buffer may hold. */
    char *to = iam_buf_extend(b, n < SIZE_MAX / 2 ? n / 3 * 4 + tail : SIZE_MAX);

    if (to == NULL) {
        return;
    }
    for (; n >= 3; n -= 3, u += 3) {
        uint32_t group = (uint32_t)u[0] << 16 | (uint32_t)u[1] << 8 | u[2];
        *to++ = alphabet[group >> 18];
        *to++ = alphabet[group >> 12 & 63];
        *to++ = alphabet[group >> 6 & 63];
        *to++ = alphabet[group & 63];
    }
    if (n > 0) {
        char *end = write_tail(to, u, n, alphabet);
        memset(end, '=', tail - (size_t)(end - to));
    }
}

void iam_base64_add(struct iam_buf *b, const void *bytes, size_t n)
{
    encode(b, bytes, n, STANDARD, true);
}

void iam_base64url_add(struct iam_buf *b, const void *bytes, size_t n)
{
    encode(b, bytes, n, URL_SAFE, false);
}

/* Turns four digits into three bytes. */
static enum iam_status read_group(const char *p, const uint8_t *values, unsigned char *to)
{
    uint32_t a = values[(unsigned char)p[0]];
    uint32_t b = values[(unsigned char)p[1]];
    uint32_t c = values[(unsigned char)p[2]];
    uint32_t d = values[(unsigned char)p[3]];

    IAM_ENSURE(a != 0 && b != 0 && c != 0 && d != 0, IAM_SYNTAX);
    uint32_t group = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
    to[0] = (unsigned char)(group >> 16);
    to[1] = (unsigned char)(group >> 8);
    to[2] = (unsigned char)group;
    return IAM_OK;
}

/*
 * Turns the last n = 2 or 3 digits into n - 1 bytes; the bits that belong to no byte must be zero.
 */
static enum iam_status read_tail(struct iam_str tail, const uint8_t *values, unsigned char *to)
{
    char group[4] = { 'A', 'A', 'A', 'A' };
    unsigned char bytes[3];

    IAM_ENSURE(tail.len >= 2, IAM_SYNTAX);
    memcpy(group, tail.p, tail.len);
    IAM_TRY(read_group(group, values, bytes));
    for (size_t i = tail.len - 1; i < sizeof(bytes); i++) {
        IAM_ENSURE(bytes[i] == 0, IAM_SYNTAX);
    }
    memcpy(to, bytes, tail.len - 1);
    return IAM_OK;
}

/* Decodes digits, which holds no padding. */
static enum iam_status decode(struct iam_arena *arena, struct iam_str digits, const uint8_t *values,
                              struct iam_str *ret)
{
    size_t rest = digits.len % 4;
    size_t full = digits.len - rest;
    size_t len = full / 4 * 3 + (rest > 0 ? rest - 1 : 0);
    unsigned char *to = iam_arena_alloc(arena, len);

    IAM_ENSURE(to != NULL, IAM_NOMEM);
    for (size_t i = 0; i < full; i += 4) {
        IAM_TRY(read_group(digits.p + i, values, to + i / 4 * 3));
    }
    if (rest > 0) {
        IAM_TRY(read_tail(iam_str_sub(digits, full, rest), values, to + full / 4 * 3));
    }
    *ret = (struct iam_str){ (const char *)to, len };
    return IAM_OK;
}

enum iam_status iam_base64_decode(struct iam_arena *arena, struct iam_str s, struct iam_str *ret)
{
    struct iam_str digits = s;

    IAM_ENSURE(s.len % 4 == 0, IAM_SYNTAX);
    for (int i = 0; i < 2 && digits.len > 0 && digits.p[digits.len - 1] == '='; i++) {
        digits.len--;
    }
    return decode(arena, digits, STANDARD_VALUES, ret);
}

enum iam_status iam_base64url_decode(struct iam_arena *arena, struct iam_str s, struct iam_str *ret)
{
    return decode(arena, s, URL_SAFE_VALUES, ret);
}
