/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report about when an entity last used the services that its policies let it use: for a user
 * or role itself, for a group its members, for a policy the users and roles that have it, be it by
 * way of a group. SPEC: IAM API Reference, "GetServiceLastAccessedDetails"; docs/conformance.md,
 * "Last accessed information".
 */
#pragma once

#include "base/buf.h"
#include "directory/directory.h"
#include "store/access_job.h"

/* Tells whether to go on. */
typedef bool access_report_fn(void *ctx);

struct access_report_options {
    struct iam_directory *directory;
    int64_t now_ms;
    access_report_fn *goes_on; /* is asked from time to time */
    void *ctx;
};

/*
 * Writes the texts of a report as of txn; texts are buffers of IAM_ACCESS_TEXT_MAX bytes.
 * IAM_NOT_FOUND: the entity is gone. IAM_LIMIT: the report is too long, or about too many.
 * IAM_CORRUPT: a policy cannot be read. IAM_CONFLICT: goes_on has said no. IAM_IO, IAM_NOMEM.
 */
enum iam_status access_report_write(struct iam_txn *txn, const struct iam_access_job *job,
                                    const struct access_report_options *options,
                                    struct iam_buf texts[IAM_ACCESS_PART_COUNT]) IAM_MUST_USE;
