/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of texts in one column, so that the MAC of the row is that of the whole list: each text is
 * its length in bytes, a colon and its bytes ("3:one5:three"), one after the other. No list is an
 * empty text.
 */
#pragma once

#include "base/arena.h"

/* Writes a list of any texts, in arena. IAM_NOMEM. */
enum iam_status iam_texts_join(struct iam_arena *arena, const struct iam_str *texts, size_t count,
                               struct iam_str *ret) IAM_MUST_USE;
/*
 * Reads a list; the texts borrow from it, the array lives in arena. IAM_CORRUPT for what
 * iam_texts_join does not write; IAM_NOMEM.
 */
enum iam_status iam_texts_split(struct iam_arena *arena, struct iam_str list, struct iam_str **ret,
                                size_t *ret_count) IAM_MUST_USE;
