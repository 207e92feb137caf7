/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing buffer. INVARIANT: len <= cap <= max_bytes, and when cap > 0 the allocation has
 * cap + 1 bytes, so that the formatting functions have room for a terminating NUL.
 */
#include "base/buf.h"

#define BUF_MIN_CAP 256
/* Far below the point where cap + 1 or 2 * cap could wrap. */
#define BUF_MAX_CAP (SIZE_MAX / 4)

void iam_buf_init(struct iam_buf *b, const struct iam_alloc *alloc, size_t max_bytes)
{
    *b = (struct iam_buf){
        .alloc = alloc,
        .max_bytes = max_bytes < BUF_MAX_CAP ? max_bytes : BUF_MAX_CAP,
    };
}

void iam_buf_done(struct iam_buf *b)
{
    if (b->p != NULL) {
        b->alloc->free(b->alloc->ctx, b->p);
    }
    b->p = NULL;
    b->cap = 0;
    b->len = 0;
    b->status = IAM_OK;
}

void iam_buf_clear(struct iam_buf *b)
{
    b->len = 0;
    b->status = IAM_OK;
}

/* Checks the invariant, but for the byte after cap. */
static bool is_sound(const struct iam_buf *b)
{
    return b->len <= b->cap && b->cap <= b->max_bytes && (b->cap == 0 || b->p != NULL);
}

/* Makes room for n bytes, which is more than is left. */
static enum iam_status reallocate(struct iam_buf *b, size_t n)
{
    IAM_ENSURE(n <= b->max_bytes - b->len, IAM_LIMIT);

    size_t want = b->len + n;
    size_t cap = 2 * b->cap > BUF_MIN_CAP ? 2 * b->cap : BUF_MIN_CAP;
    cap = cap > want ? cap : want;
    cap = cap < b->max_bytes ? cap : b->max_bytes;

    char *p = b->alloc->alloc(b->alloc->ctx, cap + 1);
    IAM_ENSURE(p != NULL, IAM_NOMEM);
    if (b->p != NULL) {
        memcpy(p, b->p, b->len);
        b->alloc->free(b->alloc->ctx, b->p);
    }
    b->p = p;
    b->cap = cap;
    return IAM_OK;
}

bool iam_buf_grow(struct iam_buf *b, size_t n)
{
    if (b->status == IAM_OK && n > b->cap - b->len) {
        b->status = reallocate(b, n);
    }
    IAM_ASSERT(is_sound(b));
    return b->status == IAM_OK;
}

char *iam_buf_extend(struct iam_buf *b, size_t n)
{
    static char nothing[1];

    if (!iam_buf_reserve(b, n)) {
        return NULL;
    }
    if (n == 0) {
        return nothing;
    }
    char *at = b->p + b->len;
    b->len += n;
    return at;
}

void iam_buf_add_u64(struct iam_buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    iam_buf_add(b, (struct iam_str){ digits + at, sizeof(digits) - at });
}

void iam_buf_add_i64(struct iam_buf *b, int64_t v)
{
    if (v < 0) {
        iam_buf_add_char(b, '-');
        iam_buf_add_u64(b, 0 - (uint64_t)v);
    } else {
        iam_buf_add_u64(b, (uint64_t)v);
    }
}

void iam_buf_add_hex(struct iam_buf *b, const void *bytes, size_t n)
{
    /* A doubled n that wraps would be small; the cap makes it fail instead. */
    char *to = iam_buf_extend(b, n < BUF_MAX_CAP ? 2 * n : SIZE_MAX);
    if (to != NULL) {
        iam_bytes_to_hex(bytes, n, to);
    }
}

enum iam_status iam_buf_finish(const struct iam_buf *b, struct iam_str *ret)
{
    IAM_ASSERT(is_sound(b));
    IAM_TRY(b->status);
    *ret = (struct iam_str){ b->p != NULL ? b->p : "", b->len };
    return IAM_OK;
}
