/* SPDX-License-Identifier: Apache-2.0 */
/* For how long an answer may be kept, as its headers say. SPEC: RFC 9111, 5.2.2. */
#pragma once

#include "base/str.h"

/* They do not say. */
#define IAM_FETCH_FRESH_UNSAID (-1)

/* Reads the value of a Cache-Control header: seconds, at most INT32_MAX, or IAM_FETCH_FRESH_UNSAID.
 */
int64_t iam_fetch_fresh_seconds(struct iam_str value);
/*
 * Reads one line of the head of an answer, with or without its end. Of several that say something
 * the shortest time counts. fresh_s: what the lines before said, first IAM_FETCH_FRESH_UNSAID.
 */
void iam_fetch_fresh_read(struct iam_str line, int64_t *fresh_s);
