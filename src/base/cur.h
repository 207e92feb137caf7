/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading cursor. Every read consumes exactly what it returns, or nothing: after a false result
 * the cursor is where it was. Every read of variable length takes a maximum.
 */
#pragma once

#include "base/str.h"

struct iam_cur {
    const char *p;
    const char *end;
};

/* An absent string is read as an empty one. */
static inline struct iam_cur iam_cur_of(struct iam_str s)
{
    if (s.p == NULL) {
        s = IAM_STR("");
    }
    return (struct iam_cur){ s.p, s.p + s.len };
}

static inline bool iam_cur_at_end(const struct iam_cur *c)
{
    return c->p == c->end;
}

static inline size_t iam_cur_left(const struct iam_cur *c)
{
    return (size_t)(c->end - c->p);
}

/* All that is left, without consuming it. */
static inline struct iam_str iam_cur_rest(const struct iam_cur *c)
{
    return (struct iam_str){ c->p, iam_cur_left(c) };
}

/* One given byte. */
bool iam_cur_char(struct iam_cur *c, char want);
/* The bytes of lit. */
bool iam_cur_lit(struct iam_cur *c, struct iam_str lit);
/* Exactly n bytes. */
bool iam_cur_take(struct iam_cur *c, size_t n, struct iam_str *ret);
/* Bytes up to stop, which is consumed too; false when there is no stop or more than max bytes
 * before it. */
bool iam_cur_until(struct iam_cur *c, char stop, size_t max, struct iam_str *ret);
/* 1 to max decimal digits, as a number. */
bool iam_cur_digits(struct iam_cur *c, size_t max, uint64_t *ret);
