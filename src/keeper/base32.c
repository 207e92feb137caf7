/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/base32.h"

#define GROUP 8
#define DIGIT_BITS 5
#define DIGIT_MASK 31u

void iam_base32_encode(const uint8_t *bytes, size_t n, char *ret)
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0;
    unsigned have = 0;
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        bits = (bits << 8) | bytes[i];
        for (have += 8; have >= DIGIT_BITS; have -= DIGIT_BITS) {
            ret[len++] = ALPHABET[(bits >> (have - DIGIT_BITS)) & DIGIT_MASK];
        }
    }
    if (have > 0) {
        ret[len] = ALPHABET[(bits << (DIGIT_BITS - have)) & DIGIT_MASK];
    }
}

/* Returns the value of a digit, or -1. */
static int value_of(char c)
{
    char lower = iam_ascii_lower(c);

    if (lower >= 'a' && lower <= 'z') {
        return lower - 'a';
    }
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* Returns text without the padding, of which there is as much as a group lacks, or none. */
static struct iam_str without_padding(struct iam_str text)
{
    struct iam_str digits = text;

    while (digits.len > 0 && digits.p[digits.len - 1] == '=') {
        digits.len--;
    }
    bool is_right = text.len % GROUP == 0 && text.len - digits.len < GROUP;
    return is_right ? digits : text;
}

/* Tells whether a last group of n digits encodes whole bytes. */
static bool is_whole(size_t n)
{
    return n != 1 && n != 3 && n != 6;
}

enum iam_status iam_base32_decode(struct iam_str text, uint8_t *ret, size_t cap, size_t *ret_len)
{
    struct iam_str digits = without_padding(text);
    uint32_t bits = 0;
    unsigned have = 0;
    size_t len = 0;

    IAM_ENSURE(is_whole(digits.len % GROUP), IAM_SYNTAX);
    for (size_t i = 0; i < digits.len; i++) {
        int value = value_of(digits.p[i]);

        IAM_ENSURE(value >= 0, IAM_SYNTAX);
        bits = (bits << DIGIT_BITS) | (uint32_t)value;
        have += DIGIT_BITS;
        if (have >= 8) {
            have -= 8;
            IAM_ENSURE(len < cap, IAM_LIMIT);
            ret[len++] = (uint8_t)(bits >> have);
        }
    }
    IAM_ENSURE((bits & ((1u << have) - 1)) == 0, IAM_SYNTAX);
    *ret_len = len;
    return IAM_OK;
}
