/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM: base64 between two lines that name what it is. SPEC: RFC 7468, the lax form, without the
 * headers of encrypted keys; text before, between and after blocks is skipped.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

/* LIMIT: characters of a label. */
#define IAM_PEM_LABEL_MAX 64

struct iam_pem {
    struct iam_str label; /* "CERTIFICATE"; borrowed from the text */
    struct iam_str bytes; /* what the base64 says, in the arena of the call */
};

/*
 * Reads the next block of *text, and sets *text to what follows it. IAM_NOT_FOUND when there is
 * none; IAM_SYNTAX for one that does not end, is not base64, or has headers; IAM_NOMEM. On failure
 * *text is as it was.
 */
enum iam_status iam_pem_next(struct iam_arena *arena, struct iam_str *text,
                             struct iam_pem *ret) IAM_MUST_USE;
/* Appends a block with lines of 64 characters. label is a literal. */
void iam_pem_add(struct iam_buf *b, const char *label, struct iam_str bytes);
