/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/base.h"

/*
 * Writes n unpredictable bytes to ret, which is not to be used when it fails. IAM_RANGE above
 * INT_MAX, IAM_IO when the generator fails.
 */
enum iam_status iam_keeper_random(void *ret, size_t n) IAM_MUST_USE;
