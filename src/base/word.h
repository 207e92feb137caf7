/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight bytes of text at a time, in one number. Every byte is treated alike, so that it does not
 * matter in which order the machine keeps them; only iam_word_first tells first from last.
 */
#pragma once

#include <string.h>

#include "base/base.h"

/* A word whose every byte is byte. */
#define IAM_EACH(byte) ((byte)*UINT64_C(0x0101010101010101))

/* Reads the eight bytes at p. */
static inline uint64_t iam_word_at(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof(w));
    return w;
}

/* Returns the top bit of each byte of w that is c. */
static inline uint64_t iam_word_find(uint64_t w, char c)
{
    uint64_t x = w ^ IAM_EACH((unsigned char)c);
    return ~(((x & IAM_EACH(0x7fu)) + IAM_EACH(0x7fu)) | x) & IAM_EACH(0x80u);
}

/* Returns which byte the first of the found ones is, and takes it away. *found must not be 0. */
static inline size_t iam_word_first(uint64_t *found)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    size_t at = (size_t)__builtin_ctzll(*found) / 8;
    *found &= *found - 1;
#else
    size_t at = (size_t)__builtin_clzll(*found) / 8;
    *found &= ~(UINT64_C(0x8000000000000000) >> 8 * at);
#endif
    return at;
}

/* Returns w with the letters A to Z in lower case. */
static inline uint64_t iam_word_lower(uint64_t w)
{
    uint64_t low = w & IAM_EACH(0x7fu);
    uint64_t is_a = low + IAM_EACH(0x80u - 'A');
    uint64_t is_after_z = low + IAM_EACH(0x7fu - 'Z');
    return w | (is_a & ~is_after_z & ~w & IAM_EACH(0x80u)) >> 2;
}
