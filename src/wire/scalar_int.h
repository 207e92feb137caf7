/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the simple kinds as text: strings, blobs, booleans, numbers, timestamps. */
#pragma once

#include "base/buf.h"
#include "wire/shape.h"

/*
 * Reads text (not absent) as a value of shape's kind into *ret, whose C type shape.h names. Strings
 * and blobs may borrow text. IAM_SYNTAX: not of that kind, or not representable; IAM_NOMEM. This is
 * how values are written in the Query protocol and in the path, the query string and the headers of
 * REST-JSON.
 */
enum iam_status api_scalar_read(struct iam_arena *arena, const struct api_shape *shape,
                                struct iam_str text, void *ret) IAM_MUST_USE;

/*
 * Reads a decimal integer or fraction with an optional exponent, as JSON writes numbers.
 * IAM_SYNTAX.
 */
enum iam_status api_double_read(struct iam_str text, double *ret) IAM_MUST_USE;
/* Reads seconds since 1970 as a decimal number, to the nearest millisecond. IAM_SYNTAX. */
enum iam_status api_epoch_read(struct iam_str text, int64_t *ret_ms) IAM_MUST_USE;

/* Writes the shortest text that reads back as v. Infinities and NaN are written as 0. */
void api_double_write(struct iam_buf *b, double v);
/* Writes seconds since 1970, with three decimals if there are milliseconds. */
void api_epoch_write(struct iam_buf *b, int64_t ms);
/* Writes ISO 8601 in UTC, with milliseconds only if there are any. */
void api_iso_write(struct iam_buf *b, int64_t ms);
