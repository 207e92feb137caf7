/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling struct iam_diag without stdio: the message is put together from pieces and cut, at a
 * character boundary, where it does not fit.
 */
#pragma once

#include "base/str.h"

/*
 * Finds line and column (from 1, the column in bytes) of an offset, which is clamped to text.len.
 */
void iam_text_position(struct iam_str text, size_t offset, unsigned *ret_line,
                       unsigned *ret_column);
/*
 * Fills *diag (may be NULL) with the status, the place of offset in text, and a message that starts
 * as the NUL-terminated message (NULL is empty). Returns status, for use in a return statement.
 */
enum iam_status iam_diag_set(struct iam_diag *diag, enum iam_status status, struct iam_str text,
                             size_t offset, const char *message);
/* Appends to the message of diag (may be NULL). Control characters in s are written as '?'. */
void iam_diag_add(struct iam_diag *diag, struct iam_str s);
/* Appends at most max bytes of s, cut at a character. */
void iam_diag_add_part(struct iam_diag *diag, struct iam_str s, size_t max);
/* Appends a NUL-terminated string, as iam_diag_add does. */
void iam_diag_add_c(struct iam_diag *diag, const char *c);
/* Appends s between double quotes, cut to at most max bytes and then followed by "...". */
void iam_diag_add_quoted(struct iam_diag *diag, struct iam_str s, size_t max);
