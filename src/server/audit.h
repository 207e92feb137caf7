/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: one CloudTrail event per request of the API, JSON lines, appended to a file.
 * Parameters that the API's definition marks as sensitive are never in it.
 * SPEC: CloudTrail User Guide, "CloudTrail record contents".
 */
#pragma once

#include "api/request.h"

struct audit;

/* Opens (mode 0600, created when missing) path for appending. IAM_IO, IAM_NOMEM. */
enum iam_status audit_open(const char *path, struct audit **ret) IAM_MUST_USE;
/* Appends the event of a finished request in one write. Thread-safe. IAM_IO: it is not in the file.
 */
enum iam_status audit_write(struct audit *a, const struct api_request *r) IAM_MUST_USE;
/* Accepts NULL. */
void audit_close(struct audit *a);
