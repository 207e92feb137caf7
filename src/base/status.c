/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The English text of every status, for logs and for the command line. A client of the server
 * never sees these: what it sees is a fault.
 */
#include "base/base.h"

static const char *const TEXTS[] = {
    [IAM_OK] = "no error",
    [IAM_NOMEM] = "out of memory",
    [IAM_LIMIT] = "limit exceeded",
    [IAM_SYNTAX] = "malformed text",
    [IAM_RANGE] = "value out of range",
    [IAM_NOT_FOUND] = "not found",
    [IAM_EXISTS] = "exists already",
    [IAM_CONFLICT] = "conflict with the present state",
    [IAM_DENIED] = "denied",
    [IAM_IO] = "input or output failed",
    [IAM_CORRUPT] = "data does not verify",
    [IAM_UNSUPPORTED] = "not supported",
    [IAM_FAULT] = "request failed",
};

const char *iam_status_text(enum iam_status status)
{
    size_t i = (size_t)status;

    return i < IAM_COUNT(TEXTS) ? TEXTS[i] : "unknown status";
}
