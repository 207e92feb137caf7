/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas that the operator sets on the command line or in a file, and the list of all quotas. */
#pragma once

#include <stdio.h>

#include "model/quota.h"

/* LIMIT: bytes of a quota file, and of one of its lines. */
#define QUOTA_FILE_MAX_BYTES 65536
#define QUOTA_LINE_MAX 256

/*
 * Sets the quota that text, "Name=value", names. IAM_RANGE when it is not valid, with a message on
 * stderr.
 */
enum iam_status quota_option(struct iam_quotas *quotas, const char *text) IAM_MUST_USE;
/*
 * Sets the quotas of a file. A line is "Name=value", with or without spaces around the two, or
 * empty, or a comment, which begins with '#'. IAM_RANGE or IAM_IO otherwise, with a message on
 * stderr that names the line or the file; the quotas of the lines before it are set.
 */
enum iam_status quota_file(struct iam_quotas *quotas, const char *path) IAM_MUST_USE;
/*
 * Prints one line for each quota: its name, AWS's default, AWS's highest value, and the value in
 * force.
 */
void quota_print(const struct iam_quotas *quotas, FILE *out);
