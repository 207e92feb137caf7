/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: one CloudTrail event for each request of the API, as JSON lines appended to a
 * file. Parameters that the API's definition marks as sensitive are never in it. SPEC: CloudTrail
 * User Guide, "CloudTrail record contents".
 */
#pragma once

#include "dispatch/request.h"

#define AUDIT_BATCH_MAX 64
#define AUDIT_EVENT_VERSION "1.11"

struct audit;

/*
 * Opens path for appending; creates it with mode 0600 when it is missing. IAM_IO, also for a
 * symbolic link and for a file that others may write; IAM_NOMEM.
 */
enum iam_status audit_open(const char *path, struct audit **ret) IAM_MUST_USE;
/* Makes the event of a finished request, one line, in the request's arena. IAM_NOMEM, IAM_LIMIT. */
enum iam_status audit_record(const struct api_request *r, struct iam_str *ret) IAM_MUST_USE;
/* LIMIT: bytes of a brief record. */
#define AUDIT_BRIEF_BYTES 65536
/*
 * Makes the event without parameters and anything else that a client can make large, for a request
 * whose whole event does not fit: nobody can act unrecorded. b has at most AUDIT_BRIEF_BYTES; *ret
 * borrows it.
 */
enum iam_status audit_record_brief(const struct api_request *r, struct iam_buf *b,
                                   struct iam_str *ret) IAM_MUST_USE;
/*
 * Appends at most AUDIT_BATCH_MAX lines in one write. Returns how many are completely in the file;
 * that is fewer than count when the file takes no more. Thread-safe.
 */
size_t audit_write(struct audit *a, const struct iam_str *lines, size_t count) IAM_MUST_USE;
/*
 * Opens the path again, for a file that was moved away; on failure the old one stays open. IAM_IO.
 */
enum iam_status audit_reopen(struct audit *a) IAM_MUST_USE;
/* Closes the file. Accepts NULL. */
void audit_close(struct audit *a);
