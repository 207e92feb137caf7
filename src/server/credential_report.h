/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential report of an account: CSV with a row for the root user and for each user. SPEC:
 * IAM User Guide, "Generate credential reports for your AWS account"; the values as they were
 * recorded on AWS (docs/conformance.md).
 */
#pragma once

#include "base/buf.h"
#include "store/store.h"

/*
 * LIMIT: bytes of a report. What the answer with it takes, base64 and XML, has to fit into the
 * memory of a request.
 */
#define CREDENTIAL_REPORT_MAX (6u << 20)

/* Tells whether to go on; asked between two parts of a report. */
typedef bool credential_report_fn(void *ctx);

/*
 * Writes the report of account, as txn sees it, to out, which is empty and has a maximum. It is no
 * use on failure: IAM_LIMIT when the report would be longer; IAM_CONFLICT when goes_on said no;
 * IAM_CORRUPT when a row does not verify.
 */
enum iam_status credential_report_write(struct iam_txn *txn, struct iam_str account,
                                        credential_report_fn *goes_on, void *ctx,
                                        struct iam_buf *out) IAM_MUST_USE;
/* Writes a field of CSV, in quotes when it needs them. SPEC: RFC 4180, section 2. */
void credential_report_field(struct iam_buf *out, struct iam_str text);
