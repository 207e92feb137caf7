/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs of version 4, whose other bits are random. SPEC: RFC 9562. */
#pragma once

#include "base/str.h"

#define IAM_UUID_BYTES 16
#define IAM_UUID_CHARS 36

/* Sets the bits that tell the version. */
void iam_uuid_set_version(uint8_t uuid[IAM_UUID_BYTES]);
/* Writes it in lower case, with hyphens and a NUL. */
void iam_uuid_print(const uint8_t uuid[IAM_UUID_BYTES], char ret[IAM_UUID_CHARS + 1]);
/* Reads what iam_uuid_print writes, in any case; false for any other text. */
bool iam_uuid_read(struct iam_str text, uint8_t ret[IAM_UUID_BYTES]) IAM_MUST_USE;
