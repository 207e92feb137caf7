/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contracts of the slice functions that the cursor and the matcher call. They are proved of
 * src/base/str.c in the same run; they are here because str.c needs no other annotation.
 */
#pragma once

#include "base/str.h"

/*@ predicate str_ok{L}(struct iam_str s) =
      s.len <= PTRDIFF_MAX && \valid_read(s.p + (0 .. s.len - 1)); */

/*@ terminates \true;
    assigns \nothing;
    ensures \result.p == \null && \result.len == 0; */
static inline struct iam_str iam_str_absent(void);

/*@ requires str_ok(a) && str_ok(b);
    terminates \true;
    assigns \nothing;
    ensures \result <==> (a.len == b.len && same_bytes(a.p, b.p, a.len)); */
static inline bool iam_str_eq(struct iam_str a, struct iam_str b);

/*@ requires str_ok(s) && str_ok(prefix);
    terminates \true;
    assigns \nothing;
    ensures \result <==> (prefix.len <= s.len && same_bytes(s.p, prefix.p, prefix.len)); */
bool iam_str_starts(struct iam_str s, struct iam_str prefix);

/*@ requires str_ok(s);
    terminates \true;
    assigns \nothing;
    ensures from >= s.len ==> \result == s.len;
    ensures from < s.len ==> from <= \result <= s.len;
    ensures from <= \result < s.len ==> s.p[\result] == c;
    ensures \forall integer i; from <= i < \result ==> s.p[i] != c; */
size_t iam_str_find(struct iam_str s, char c, size_t from);

/*@ requires str_ok(s);
    terminates \true;
    assigns \nothing;
    ensures s.p == \null ==> \result.p == \null && \result.len == 0;
    ensures s.p != \null && start <= s.len ==> \result.p == s.p + start &&
        \result.len == \min(len, s.len - start);
    ensures s.p != \null && start > s.len ==> \result.p == s.p + s.len && \result.len == 0; */
struct iam_str iam_str_sub(struct iam_str s, size_t start, size_t len);

/*@ terminates \true;
    assigns \nothing;
    ensures \result <==> '0' <= c <= '9'; */
static inline bool iam_ascii_is_digit(char c);
