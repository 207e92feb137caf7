/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding (RFC 3986). */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/*
 * Appends s with every byte but A-Z a-z 0-9 - . _ ~ (and '/' when keep_slash) as %XX in upper case.
 */
void iam_uri_encode(struct iam_buf *b, struct iam_str s, bool keep_slash);
/*
 * Decodes %XX; '+' stays unless plus_is_space. IAM_SYNTAX for a broken escape, IAM_NOMEM. Borrows s
 * when it holds nothing to decode.
 */
enum iam_status iam_uri_decode(struct iam_arena *arena, struct iam_str s, bool plus_is_space,
                               struct iam_str *ret) IAM_MUST_USE;
