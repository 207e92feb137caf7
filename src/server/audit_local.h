/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of what the operator does on the machine itself, without a request: one event in
 * CloudTrail's form, as for requests.
 */
#pragma once

#include <sys/types.h>

#include "server/audit.h"

struct audit_local {
    const char *event_name;       /* "ResetRoot" */
    struct iam_str account;       /* absent: of no account */
    struct iam_str access_key_id; /* that was made; absent: none */
    const char *error;            /* why it failed; NULL: it did not */
    uid_t uid;                    /* the system user who asked for it */
    int64_t now_ms;
};

/* Appends the record. IAM_IO when the file does not take it, IAM_NOMEM. */
enum iam_status audit_local(struct audit *a, const struct audit_local *event) IAM_MUST_USE;
