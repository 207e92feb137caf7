/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4648 base64 with padding (section 4) and base64url without (section 5). */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* Appends the n bytes, encoded; bytes may be NULL when n is 0. */
void iam_base64_add(struct iam_buf *b, const void *bytes, size_t n);
void iam_base64url_add(struct iam_buf *b, const void *bytes, size_t n);
/*
 * Decodes strictly: canonical padding (none in base64url), zero spare bits, no white space. The
 * bytes are in arena; an absent s yields none. IAM_SYNTAX, IAM_NOMEM.
 */
enum iam_status iam_base64_decode(struct iam_arena *arena, struct iam_str s,
                                  struct iam_str *ret) IAM_MUST_USE;
enum iam_status iam_base64url_decode(struct iam_arena *arena, struct iam_str s,
                                     struct iam_str *ret) IAM_MUST_USE;
