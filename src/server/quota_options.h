/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas as the operator gives them: on the command line, in a file, and listed. */
#pragma once

#include <stdio.h>

#include "model/quota.h"

/* LIMIT: of a file of quotas, and of one of its lines. */
#define QUOTA_FILE_MAX_BYTES 65536
#define QUOTA_LINE_MAX 256

/* Sets what text, "Name=value", says. IAM_RANGE otherwise: a message is on stderr. */
enum iam_status quota_option(struct iam_quotas *quotas, const char *text) IAM_MUST_USE;
/*
 * Sets what the lines of a file say: "Name=value" with or without spaces around the two, nothing,
 * or a comment, which begins with '#'. IAM_RANGE or IAM_IO otherwise, with a message on stderr that
 * names the line; what the lines before it said is set.
 */
enum iam_status quota_file(struct iam_quotas *quotas, const char *path) IAM_MUST_USE;
/* A line for each quota: its name, AWS's default, AWS's highest, the value in force. */
void quota_print(const struct iam_quotas *quotas, FILE *out);
