/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the simple kinds: strings, blobs, booleans, numbers, timestamps. */
#pragma once

#include "base/buf.h"
#include "wire/shape.h"

/*
 * Reads text (not absent) as a value of shape's kind into *ret, whose C type shape.h names.
 * Strings and blobs may borrow text. IAM_SYNTAX: not of that kind, or not representable; IAM_NOMEM.
 * The Query protocol and the path, query string and headers of REST-JSON write values so.
 */
enum iam_status api_scalar_read(struct iam_arena *arena, const struct api_shape *shape,
                                struct iam_str text, void *ret) IAM_MUST_USE;

/* A decimal integer or fraction with an optional exponent, as JSON writes numbers. IAM_SYNTAX. */
enum iam_status api_double_read(struct iam_str text, double *ret) IAM_MUST_USE;
/* Seconds since 1970 as a decimal number; kept to the millisecond. IAM_SYNTAX. */
enum iam_status api_epoch_read(struct iam_str text, int64_t *ret_ms) IAM_MUST_USE;

/* The shortest text that reads back as v. A value that is no number is written as 0. */
void api_double_write(struct iam_buf *b, double v);
/* Seconds, with three decimals where there are milliseconds. */
void api_epoch_write(struct iam_buf *b, int64_t ms);
/* ISO 8601 in UTC, with milliseconds only where there are any. */
void api_iso_write(struct iam_buf *b, int64_t ms);
