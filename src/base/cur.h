/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading cursor. Every read consumes exactly what it returns, or nothing: after a false result
 * the cursor is where it was. Every read of variable length takes a maximum. The contracts in ACSL
 * are proved (proofs/README.md).
 */
#pragma once

#include "base/str.h"

struct iam_cur {
    const char *p;
    const char *end;
};

/* Returns a cursor over s; an absent string is read as an empty one. */
/*@ requires str_ok(s);
    terminates \true;
    assigns \nothing;
    ensures cur_within(\result.p, \result.end) && \result.end - \result.p == s.len;
    ensures s.p != \null ==> \result.p == s.p; */
static inline struct iam_cur iam_cur_of(struct iam_str s)
{
    if (s.p == NULL) {
        s = IAM_STR("");
    }
    return (struct iam_cur){ s.p, s.p + s.len };
}

/*@ requires \valid_read(c) && cur_within(c->p, c->end);
    terminates \true;
    assigns \nothing;
    ensures \result <==> c->end - c->p == 0; */
static inline bool iam_cur_at_end(const struct iam_cur *c)
{
    return c->p == c->end;
}

/*@ requires \valid_read(c) && cur_within(c->p, c->end);
    terminates \true;
    assigns \nothing;
    ensures \result == c->end - c->p; */
static inline size_t iam_cur_left(const struct iam_cur *c)
{
    return (size_t)(c->end - c->p);
}

/* Returns all that is left, without consuming it. */
/*@ requires \valid_read(c) && cur_within(c->p, c->end);
    terminates \true;
    assigns \nothing;
    ensures \result.p == c->p && \result.len == c->end - c->p; */
static inline struct iam_str iam_cur_rest(const struct iam_cur *c)
{
    return (struct iam_str){ c->p, iam_cur_left(c) };
}

/* Reads one given byte. */
/*@ requires \valid(c) && cur_within(c->p, c->end);
    terminates \true;
    assigns c->p \from c->p, c->end, *c->p;
    ensures cur_within(c->p, c->end);
    ensures \result <==> \old(c->end - c->p >= 1 && c->p[0] == want);
    ensures c->p == \old(c->p) + (\result ? 1 : 0); */
bool iam_cur_char(struct iam_cur *c, char want);
/* Reads the bytes of lit. */
/*@ requires \valid(c) && cur_within(c->p, c->end) && str_ok(lit);
    terminates \true;
    assigns c->p \from c->p, c->end, *c->p;
    ensures cur_within(c->p, c->end);
    ensures \result <==>
        \old(lit.len <= c->end - c->p && same_bytes(c->p, lit.p, lit.len));
    ensures c->p == \old(c->p) + (\result ? lit.len : 0); */
bool iam_cur_lit(struct iam_cur *c, struct iam_str lit);
/* Reads exactly n bytes. */
/*@ requires \valid(c) && cur_within(c->p, c->end);
    requires \valid(ret) && \separated(c, ret);
    terminates \true;
    assigns c->p, *ret \from c->p, c->end, *c->p;
    ensures cur_within(c->p, c->end);
    ensures \result <==> n <= \old(c->end - c->p);
    ensures \result ==> ret->p == \old(c->p) && ret->len == n && c->p == \old(c->p) + n;
    ensures !\result ==> c->p == \old(c->p) && *ret == \old(*ret); */
bool iam_cur_take(struct iam_cur *c, size_t n, struct iam_str *ret);
/*
 * Reads the bytes up to stop, which is consumed too. Returns false when there is no stop, or when
 * more than max bytes come before it.
 */
/*@ requires \valid(c) && cur_within(c->p, c->end);
    requires \valid(ret) && \separated(c, ret);
    terminates \true;
    assigns c->p, *ret \from c->p, c->end, *c->p;
    ensures cur_within(c->p, c->end);
    ensures \result ==>
        ret->p == \old(c->p) && ret->len <= max && ret->len < \old(c->end - c->p) &&
        ret->p[ret->len] == stop && c->p == \old(c->p) + (ret->len + 1) &&
        (\forall integer i; 0 <= i < ret->len ==> ret->p[i] != stop);
    ensures !\result ==> c->p == \old(c->p) && *ret == \old(*ret) &&
        (\forall integer i; 0 <= i <= max && i < c->end - c->p ==> c->p[i] != stop); */
bool iam_cur_until(struct iam_cur *c, char stop, size_t max, struct iam_str *ret);
/* Reads 1 to max decimal digits as a number. */
/*@ requires \valid(c) && cur_within(c->p, c->end);
    requires \valid(ret) && \separated(c, ret);
    terminates \true;
    assigns c->p, *ret \from c->p, c->end, *c->p;
    ensures cur_within(c->p, c->end);
    ensures \result ==>
        digits_at(\old(c->p), c->end, max, c->p - \old(c->p));
    ensures \result ==> *ret == decimal(\old(c->p), c->p - \old(c->p));
    ensures !\result ==> c->p == \old(c->p) && *ret == \old(*ret) &&
        (max == 0 || c->end - c->p == 0 || !is_digit(c->p[0]) ||
         (\exists integer n; 0 < n <= max && n <= c->end - c->p &&
            (\forall integer i; 0 <= i < n ==> is_digit(c->p[i])) &&
            decimal(c->p, n) > UINT64_MAX)); */
bool iam_cur_digits(struct iam_cur *c, size_t max, uint64_t *ret);
