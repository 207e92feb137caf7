/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on borrowed slices. Nothing here allocates. */
#pragma once

#include <string.h>

#include "base/base.h"

/* A slice of a string literal; usable in constant initialisers. */
#define IAM_STR(lit) ((struct iam_str){ (lit), sizeof(lit) - 1 })
#define IAM_STR_INIT(lit)      \
    {                          \
        (lit), sizeof(lit) - 1 \
    }
/* For printf's "%.*s". */
#define IAM_STR_ARG(s) (int)(s).len, ((s).p != NULL ? (s).p : "")

/* Returns a slice of a NUL-terminated string; absent for NULL. */
static inline struct iam_str iam_str_c(const char *c)
{
    return (struct iam_str){ c, c != NULL ? strlen(c) : 0 };
}

static inline struct iam_str iam_str_absent(void)
{
    return (struct iam_str){ NULL, 0 };
}

static inline bool iam_str_is_set(struct iam_str s)
{
    return s.p != NULL;
}

/* Returns s, or fallback when s is absent. */
static inline struct iam_str iam_str_or(struct iam_str s, struct iam_str fallback)
{
    return iam_str_is_set(s) ? s : fallback;
}

/* Tells whether s is exactly n ASCII digits. */
bool iam_str_is_digits(struct iam_str s, size_t n);
/* Compares byte for byte. An absent string equals an empty one. Not for secrets: see ct.h. */
static inline bool iam_str_eq(struct iam_str a, struct iam_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}
/* Compares the first n bytes of both, ASCII letters without regard to case. */
bool iam_bytes_eq_nocase(const char *a, const char *b, size_t n);

/* Compares as iam_str_eq does, ASCII letters without regard to case. */
static inline bool iam_str_eq_nocase(struct iam_str a, struct iam_str b)
{
    return a.len == b.len && iam_bytes_eq_nocase(a.p, b.p, a.len);
}

/* Orders like memcmp, the shorter first when one is a prefix: <0, 0, >0. */
int iam_str_cmp(struct iam_str a, struct iam_str b);
/* Orders as iam_str_cmp does both strings in lower case (ASCII). */
int iam_str_cmp_nocase(struct iam_str a, struct iam_str b);
bool iam_str_starts(struct iam_str s, struct iam_str prefix);
bool iam_str_starts_nocase(struct iam_str s, struct iam_str prefix);
bool iam_str_ends(struct iam_str s, struct iam_str suffix);
/* Returns the index of the first c at or after from, or s.len. */
size_t iam_str_find(struct iam_str s, char c, size_t from);
/* Returns the part from start (clamped to s.len) of at most len bytes. */
struct iam_str iam_str_sub(struct iam_str s, size_t start, size_t len);
/* Returns s without ASCII spaces and tabs at both ends. */
struct iam_str iam_str_trim(struct iam_str s);

static inline char iam_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool iam_ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool iam_ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool iam_ascii_is_alnum(char c)
{
    return iam_ascii_is_alpha(c) || iam_ascii_is_digit(c);
}

/* Returns the value of a hexadecimal digit in either case, or -1. */
static inline int iam_ascii_hex_value(char c)
{
    if (iam_ascii_is_digit(c)) {
        return c - '0';
    }
    char lower = iam_ascii_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Writes n bytes as lower-case hexadecimal to ret: 2 * n characters, and no NUL. */
void iam_bytes_to_hex(const void *bytes, size_t n, char *ret);

/*
 * Reads all of s as a decimal number without sign or leading '+', at most max. IAM_SYNTAX or
 * IAM_RANGE.
 */
enum iam_status iam_str_to_u64(struct iam_str s, uint64_t max, uint64_t *ret) IAM_MUST_USE;
/*
 * Reads all of s as a decimal number with an optional '-', within [min, max]. IAM_SYNTAX or
 * IAM_RANGE.
 */
enum iam_status iam_str_to_i64(struct iam_str s, int64_t min, int64_t max,
                               int64_t *ret) IAM_MUST_USE;

/* Tells whether s is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool iam_utf8_is_valid(struct iam_str s);
/* Returns the length in bytes (1 to 4) of the well-formed code point that s starts with, or 0. */
size_t iam_utf8_first(struct iam_str s);
/* Counts the code points of well-formed UTF-8. */
size_t iam_utf8_count(struct iam_str s);
/* Cuts well-formed UTF-8 to at most max bytes, at a character boundary. Borrows from s. */
struct iam_str iam_utf8_clip(struct iam_str s, size_t max);
