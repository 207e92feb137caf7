/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pattern is taken as literal runs between its any-run wildcards. The first is anchored at the
 * start, the last at the end, and every one between is taken where it first occurs: if any choice
 * leads to a match then the leftmost does, because the wildcard after it can take up the rest. The
 * contracts in ACSL say so exactly, and are proved (proofs/README.md).
 */
#include "decide/glob.h"

/*@ terminates \true;
    assigns \nothing;
    ensures \result == (c < 0 ? c + 256 : c); */
static int byte_of(char c)
{
    signed char s = (signed char)c;
    return s < 0 ? s + 256 : s;
}

/* Tells whether a byte is not the first of its character. */
/*@ terminates \true;
    assigns \nothing;
    ensures \result <==> is_tail(c); */
static bool is_tail_byte(char c)
{
    return byte_of(c) >= 0x80 && byte_of(c) < 0xc0;
}

/* Returns the length of the character at at; malformed bytes count one by one. */
/*@ requires str_ok(text) && at < text.len;
    terminates \true;
    assigns \nothing;
    ensures \result == char_len(text.p, text.len, at);
    ensures 1 <= \result <= 4 && \result <= text.len - at; */
static size_t char_len(struct iam_str text, size_t at)
{
    int lead = byte_of(text.p[at]);
    size_t want = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 1;
    /*@ assert want == want_len(text.p[at]); */
    if (text.len - at < want) {
        return 1;
    }
    /*@ loop invariant 1 <= i <= want;
        loop invariant \forall integer k; at < k < at + i ==> is_tail(text.p[k]);
        loop assigns i;
        loop variant want - i; */
    for (size_t i = 1; i < want; i++) {
        if (!is_tail_byte(text.p[at + i])) {
            return 1;
        }
    }
    return want;
}

/*
 * Returns the length of the UTF-16 unit at at, or 0 inside of one: a character of four bytes is two
 * units of two bytes, any other character is one.
 */
/*@ requires str_ok(text) && at < text.len;
    terminates \true;
    assigns \nothing;
    ensures \result == unit_len(text.p, text.len, at);
    ensures \result <= text.len - at; */
static size_t unit_len(struct iam_str text, size_t at)
{
    if (!is_tail_byte(text.p[at])) {
        size_t len = char_len(text, at);
        return len == 4 ? 2 : len;
    }
    /*@ loop invariant 1 <= back <= 4 && back <= at + 1;
        loop invariant \forall integer s; at - back < s < at ==>
            s + char_len(text.p, text.len, s) <= at;
        loop assigns back;
        loop variant 4 - back; */
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        size_t len = char_len(text, at - back);
        if (len > back) {
            return len == 4 && back == 2 ? 2 : 0;
        }
    }
    return 1;
}

/*
 * Matches the part [from, to) of the pattern, which has no any-run wildcard, at at. Returns where
 * it ends, or -1.
 */
/*@ requires str_ok(glob.text) && str_ok(text) && at <= text.len;
    requires from <= to <= glob.text.len && no_many(glob, from, to);
    terminates \true;
    assigns \nothing;
    ensures \result == -1 || at <= \result <= text.len;
    ensures \result == -1 ==> !match(glob, text, from, at);
    ensures \result != -1 ==> (match(glob, text, from, at) <==>
        match(glob, text, to, \result));
    ensures \result != -1 && later(glob, text, from, at) ==> later(glob, text, to, \result); */
static ptrdiff_t match_run(struct iam_glob glob, size_t from, size_t to, struct iam_str text,
                           size_t at)
{
    size_t end = at;
    /*@ loop invariant from <= i <= to && at <= end <= text.len;
        loop invariant match(glob, text, from, at) <==>
            match(glob, text, i, end);
        loop invariant later(glob, text, from, at) ==> later(glob, text, i, end);
        loop assigns i, end;
        loop variant to - i; */
    for (size_t i = from; i < to; i++) {
        if (end == text.len) {
            return -1;
        }
        if (glob.text.p[i] == glob.one) {
            size_t len = unit_len(text, end);
            if (len == 0) {
                return -1;
            }
            /*@ ghost one_step(glob, text, i, end); */
            end += len;
        } else if (text.p[end] == glob.text.p[i]) {
            /*@ ghost byte_step(glob, text, i, end); */
            end++;
        } else {
            return -1;
        }
    }
    return (ptrdiff_t)end;
}

/*@ requires str_ok(glob.text) && from < to <= glob.text.len;
    terminates \true;
    assigns \nothing;
    ensures \result <==> no_one(glob, from, to); */
static bool is_literal(struct iam_glob glob, size_t from, size_t to)
{
    return memchr(glob.text.p + from, glob.one, to - from) == NULL;
}

/*
 * Returns where the first occurrence at or after at of the part [from, to) of the pattern ends, or
 * -1.
 */
/*@ requires str_ok(glob.text) && str_ok(text) && at <= text.len;
    requires from < to < glob.text.len && no_many(glob, from, to);
    requires glob.text.p[to] == glob.many;
    terminates \true;
    assigns \nothing;
    ensures \result == -1 || at <= \result <= text.len;
    ensures \result == -1 ==> !later(glob, text, from, at);
    ensures \result != -1 ==>
        (later(glob, text, from, at) <==> match(glob, text, to, \result)); */
static ptrdiff_t find_run(struct iam_glob glob, size_t from, size_t to, struct iam_str text,
                          size_t at)
{
    if (is_literal(glob, from, to)) {
        /*@ ghost literal_run(glob, text, from, to); */
        if (at == text.len) {
            return -1;
        }
        const char *found = memmem(text.p + at, text.len - at, glob.text.p + from, to - from);
        if (found == NULL) {
            return -1;
        }
        size_t start = (size_t)(found - text.p);
        size_t end = start + (to - from);
        /*@ assert found == text.p + start; */
        /*@ assert literal_at(glob, text, from, to, start); */
        /*@ assert match(glob, text, from, start) <==> match(glob, text, to, end); */
        /*@ assert later(glob, text, from, start) ==> later(glob, text, to, end); */
        /*@ assert later(glob, text, from, at) ==> later(glob, text, from, start); */
        /*@ ghost many_step(glob, text, to, end); */
        return (ptrdiff_t)end;
    }
    /*@ loop invariant \at(at, Pre) <= at <= text.len;
        loop invariant later(glob, text, from, \at(at, Pre)) <==> later(glob, text, from, at);
        loop assigns at;
        loop variant text.len - at; */
    for (; at < text.len; at++) {
        ptrdiff_t end = match_run(glob, from, to, text, at);
        if (end >= 0) {
            /*@ ghost many_step(glob, text, to, (size_t)end); */
            return end;
        }
    }
    return -1;
}

/* Matches the part of the pattern from from, its last, at the end of text, at or after at. */
/*@ requires str_ok(glob.text) && str_ok(text) && at <= text.len;
    requires from < glob.text.len && no_many(glob, from, glob.text.len);
    terminates \true;
    assigns \nothing;
    ensures \result <==> later(glob, text, from, at); */
static bool match_at_end(struct iam_glob glob, size_t from, struct iam_str text, size_t at)
{
    size_t len = glob.text.len - from;
    if (is_literal(glob, from, glob.text.len)) {
        /*@ ghost literal_run(glob, text, from, glob.text.len); */
        /*@ assert \forall integer k; 0 <= k <= text.len && match(glob, text, from, k) ==>
                k == text.len - len; */
        /*@ assert later(glob, text, from, at) ==>
                literal_at(glob, text, from, glob.text.len, text.len - len); */
        return text.len - at >= len &&
               memcmp(text.p + (text.len - len), glob.text.p + from, len) == 0;
    }
    /*@ loop invariant \at(at, Pre) <= at <= text.len;
        loop invariant later(glob, text, from, \at(at, Pre)) <==> later(glob, text, from, at);
        loop assigns at;
        loop variant text.len - at; */
    for (; at < text.len; at++) {
        if (match_run(glob, from, glob.text.len, text, at) == (ptrdiff_t)text.len) {
            return true;
        }
    }
    return false;
}

bool iam_glob_match(struct iam_glob glob, struct iam_str text)
{
    size_t star = iam_str_find(glob.text, glob.many, 0);
    ptrdiff_t at = match_run(glob, 0, star, text, 0);
    if (at < 0) {
        return false;
    }
    if (star == glob.text.len) {
        return (size_t)at == text.len;
    }
    /*@ loop invariant star < glob.text.len && glob.text.p[star] == glob.many;
        loop invariant 0 <= at <= text.len;
        loop invariant match(glob, text, 0, 0) <==>
            match(glob, text, star, at);
        loop assigns star, at;
        loop variant glob.text.len - star; */
    for (;;) {
        size_t from = star + 1;
        /*@ ghost many_step(glob, text, star, (size_t)at); */
        star = iam_str_find(glob.text, glob.many, from);
        if (star == glob.text.len) {
            /*@ assert match(glob, text, glob.text.len, text.len); */
            return from == star || match_at_end(glob, from, text, (size_t)at);
        }
        if (from < star) {
            at = find_run(glob, from, star, text, (size_t)at);
            if (at < 0) {
                return false;
            }
        }
    }
}

uint64_t iam_glob_cost(struct iam_glob glob, size_t text_len)
{
    bool has_one = glob.text.len > 0 && memchr(glob.text.p, glob.one, glob.text.len) != NULL;
    return iam_match_cost(has_one, glob.text.len, text_len);
}
