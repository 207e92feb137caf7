/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the audit trail: lines are appended to it, and never changed. */
#pragma once

#include "base/str.h"
#include "server/files.h"

#define AUDIT_BATCH_MAX 64
#define AUDIT_EVENT_VERSION "1.11" /* of CloudTrail */

struct audit;

/*
 * Opens path for appending; creates it with mode 0600 when it is missing. When only the room for a
 * new file is missing, it counts as opened, takes no line, and audit_reopen tries again. IAM_IO
 * (errno says why), also for a symbolic link and for a file that others may write; IAM_NOMEM.
 */
enum iam_status audit_open(const char *path, struct audit **ret) IAM_MUST_USE;
/* Tells whether the file is open. */
bool audit_is_open(const struct audit *a);
/*
 * Appends at most AUDIT_BATCH_MAX lines in one write. Returns how many are completely in the file;
 * that is fewer than count when the file takes no more. Thread-safe.
 */
size_t audit_write(struct audit *a, const struct iam_str *lines, size_t count) IAM_MUST_USE;
/*
 * Opens the path again, for a file that was moved away; on failure the old one stays open, and
 * error says why. IAM_IO.
 */
enum iam_status audit_reopen(struct audit *a, char error[FILES_ERROR_MAX]) IAM_MUST_USE;
/* Tells of the file's room, see server/room.h. */
uint64_t audit_free_bytes(const struct audit *a);
uint64_t audit_usual_reserve(const struct audit *a);
/*
 * Makes sure that bytes can be appended though the file system gets full, if others append little
 * meanwhile. Not thread-safe. IAM_LIMIT, IAM_UNSUPPORTED, see server/room.h.
 */
enum iam_status audit_allocate(struct audit *a, uint64_t bytes) IAM_MUST_USE;
/* Closes the file. Accepts NULL. */
void audit_close(struct audit *a);
