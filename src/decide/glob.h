/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcard patterns: one code matches any run of characters, one a single UTF-16 unit. */
#pragma once

#include "base/str.h"

/*
 * The pattern's two wildcard codes. In a pattern as written they are '*' and '?'; in a pattern with
 * substituted values they are two bytes that no UTF-8 text holds, so that a value is never a
 * wildcard.
 */
struct iam_glob {
    struct iam_str text;
    char many;
    char one;
};

#define IAM_GLOB_MANY ((char)0xfe)
#define IAM_GLOB_ONE ((char)0xff)

/* Returns a pattern with the ordinary wildcards. */
static inline struct iam_glob iam_glob_of(struct iam_str text)
{
    return (struct iam_glob){ text, '*', '?' };
}

/*
 * Tells whether the whole of text matches. No recursion, no backtracking over an earlier run: time
 * is linear for a pattern without single wildcards, and at most the product of the lengths for one
 * with them. A single wildcard takes what UTF-16 writes as one unit: a character up to U+FFFF, or
 * half of one above.
 * SPEC: IAM User Guide, "IAM JSON policy elements: Resource", wildcards; docs/conformance.md for
 * the unit.
 */
/*@ requires str_ok(glob.text) && str_ok(text);
    terminates \true;
    assigns \nothing;
    ensures \result <==> matches(glob.text.p, glob.text.len, glob.many, glob.one,
                                text.p, text.len, 0, 0); */
bool iam_glob_match(struct iam_glob glob, struct iam_str text);

/*
 * Returns an upper bound of the work of a match, in bytes looked at: with single wildcards, up to
 * eight for each pair, as the characters around them are looked at too.
 */
/*@ requires pattern_len <= 0xfffffff && text_len <= 0xfffffff;
    terminates \true;
    assigns \nothing; */
static inline uint64_t iam_match_cost(bool has_one, size_t pattern_len, size_t text_len)
{
    uint64_t linear = (uint64_t)pattern_len + text_len;
    return has_one ? linear + (uint64_t)pattern_len * text_len * 8 : linear;
}

/* Returns the same for glob. */
/*@ requires str_ok(glob.text) && glob.text.len <= 0xfffffff && text_len <= 0xfffffff;
    terminates \true;
    assigns \nothing; */
uint64_t iam_glob_cost(struct iam_glob glob, size_t text_len);
