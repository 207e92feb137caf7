/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf into a buffer. Kept apart from buf.c, so that a library without stdio can use the rest.
 * The byte of room that buf.c keeps after the capacity holds the NUL that vsnprintf writes.
 */
#include "base/buf.h"

#include <stdio.h>

void iam_buf_add_vfmt(struct iam_buf *b, const char *fmt, va_list args)
{
    va_list again;

    if (b->status != IAM_OK) {
        return;
    }
    size_t room = b->p != NULL ? b->cap - b->len + 1 : 0;
    va_copy(again, args);
    int n = vsnprintf(b->p != NULL ? b->p + b->len : NULL, room, fmt, args);
    if (n < 0) {
        b->status = IAM_RANGE;
    } else if ((size_t)n < room) {
        b->len += (size_t)n;
    } else if (n > 0 && iam_buf_reserve(b, (size_t)n)) {
        (void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void iam_buf_add_fmt(struct iam_buf *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    iam_buf_add_vfmt(b, fmt, args);
    va_end(args);
}
