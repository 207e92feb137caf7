/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of libcrypto. It parses a private key in buffers that it frees as they are, so what it
 * frees is overwritten.
 */
#pragma once

#include "base/base.h"

/*
 * Makes libcrypto overwrite all memory before it frees it, in the whole process. To be called
 * before anything else that uses it: IAM_CONFLICT when it is too late.
 */
enum iam_status iam_crypto_memory_init(void) IAM_MUST_USE;
