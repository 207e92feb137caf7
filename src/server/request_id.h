/* SPDX-License-Identifier: Apache-2.0 */
/* The IDs of requests and of audit records: random UUIDs, which show nothing of the process. */
#pragma once

#include "model/id.h"

#define REQUEST_ID_CHARS IAM_UUID_CHARS

/* Writes an ID and a NUL. Thread-safe. IAM_IO. */
enum iam_status request_id_make(char ret[REQUEST_ID_CHARS + 1]) IAM_MUST_USE;
