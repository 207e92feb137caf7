/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer that always has a maximum. Writers are sticky: an iam_buf_add* that fails
 * leaves the buffer failed, later adds do nothing, and iam_buf_finish reports it once at the end.
 */
#pragma once

#include <stdarg.h>

#include "base/str.h"

struct iam_buf {
    const struct iam_alloc *alloc;
    char *p;
    size_t len;
    size_t cap;
    size_t max_bytes;
    enum iam_status status;
};

/*
 * Starts an empty buffer; nothing is allocated yet. Memory comes from alloc, which must outlive the
 * buffer.
 */
void iam_buf_init(struct iam_buf *b, const struct iam_alloc *alloc, size_t max_bytes);
/* Frees the memory; the buffer may be initialised again. */
void iam_buf_done(struct iam_buf *b);
/* Empties it and forgets a failure; keeps the memory. */
void iam_buf_clear(struct iam_buf *b);
/* Does the part of iam_buf_reserve that is seldom needed. */
bool iam_buf_grow(struct iam_buf *b, size_t n);
/*
 * Makes room for n more bytes after len. Returns false, and marks the buffer as failed, when there
 * cannot be room.
 */
static inline bool iam_buf_reserve(struct iam_buf *b, size_t n)
{
    return (b->status == IAM_OK && n <= b->cap - b->len) || iam_buf_grow(b, n);
}

/* Appends s, which must not lie in the buffer itself. */
static inline void iam_buf_add(struct iam_buf *b, struct iam_str s)
{
    if (s.len > 0 && iam_buf_reserve(b, s.len)) {
        memcpy(b->p + b->len, s.p, s.len);
        b->len += s.len;
    }
}

/* Appends a NUL-terminated string. */
static inline void iam_buf_add_c(struct iam_buf *b, const char *c)
{
    iam_buf_add(b, iam_str_c(c));
}

static inline void iam_buf_add_char(struct iam_buf *b, char c)
{
    if (iam_buf_reserve(b, 1)) {
        b->p[b->len++] = c;
    }
}

/*
 * Appends n bytes for the caller to fill before the next change; returns NULL when the buffer has
 * failed.
 */
char *iam_buf_extend(struct iam_buf *b, size_t n);
/* Appends a number in decimal. */
void iam_buf_add_u64(struct iam_buf *b, uint64_t v);
void iam_buf_add_i64(struct iam_buf *b, int64_t v);
/* Appends n bytes as lower-case hexadecimal. */
void iam_buf_add_hex(struct iam_buf *b, const void *bytes, size_t n);
/* Appends what printf would print; IAM_RANGE for a bad format. */
void iam_buf_add_fmt(struct iam_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void iam_buf_add_vfmt(struct iam_buf *b, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
/*
 * Returns what was written, borrowed until the next change; IAM_LIMIT or IAM_NOMEM when an add
 * failed.
 */
enum iam_status iam_buf_finish(const struct iam_buf *b, struct iam_str *ret) IAM_MUST_USE;
