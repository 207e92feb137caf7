/* SPDX-License-Identifier: Apache-2.0 */
/* The text that lower.c compares, for its tests. */
#pragma once

#include "base/lower.h"

/* A byte that belongs to no character is this much above its value, beyond all code points. */
#define IAM_LOWER_MALFORMED 0x110000U
#define IAM_LOWER_END UINT32_MAX

/* A text that is being lowered. */
struct iam_lower_reader {
    struct iam_str text;
    size_t at;
    uint32_t pending; /* the second of two characters that one became; 0 is none */
};

/* Returns the next character of the lowered text, or IAM_LOWER_END. */
uint32_t iam_lower_next(struct iam_lower_reader *r);
