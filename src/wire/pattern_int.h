/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled patterns of all shapes. They are made once at start and only read afterwards;
 * whatever else a match needs belongs to the caller, so threads share nothing that changes.
 */
#pragma once

#include "base/base.h"

struct api_matcher;

enum iam_status api_patterns_compile(void) IAM_MUST_USE;
void api_patterns_free(void);

/* Makes what one thread needs for matching. IAM_NOMEM. */
enum iam_status api_matcher_new(struct api_matcher **ret) IAM_MUST_USE;
/* Tells in *ret whether the whole text matches; it does not before api_patterns_compile. IAM_NOMEM.
 */
enum iam_status api_pattern_match(struct api_matcher *matcher, uint16_t pattern_index,
                                  struct iam_str text, bool *ret) IAM_MUST_USE;
/* Accepts NULL. */
void api_matcher_free(struct api_matcher *matcher);
