/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the master key, or making it at first start. */
#pragma once

#include "keeper/types.h"

/*
 * Fills ret from the first source that config names and that is there. ret is wiped on failure, and
 * error_text says why; statuses as iam_keeper_new.
 */
enum iam_status master_key_load(const struct iam_keeper_config *config,
                                uint8_t ret[IAM_MASTER_KEY_BYTES], char *error_text,
                                size_t cap) IAM_MUST_USE;
/*
 * Reads 32 bytes from their base64 (44 characters). IAM_SYNTAX otherwise. Not codec/base64: this
 * layer may not use it, and the arena of that reader would keep a copy of the key.
 */
enum iam_status master_key_from_base64(struct iam_str text,
                                       uint8_t ret[IAM_MASTER_KEY_BYTES]) IAM_MUST_USE;
