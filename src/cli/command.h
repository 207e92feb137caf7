/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sub-commands of `iam`. Each reads files or standard input, writes to out, and reports errors
 * to err.
 */
#pragma once

#include <stdio.h>

#include "iam/policy.h"

/* Exit statuses. */
#define IAM_EXIT_OK 0
#define IAM_EXIT_FOUND 1 /* the command did its work and found something wrong in the input */
#define IAM_EXIT_USAGE 2 /* it could not do its work */

/* What --kind takes, for people. */
#define IAM_CLI_KINDS "KIND is identity, managed, resource, trust, boundary, session, scp or rcp."

struct iam_command_io {
    FILE *in;
    FILE *out;
    FILE *err;
};

/* Runs the sub-command that argv[0] names. Returns an exit status. */
int iam_command_decide(int argc, char **argv, const struct iam_command_io *io);
int iam_command_lint(int argc, char **argv, const struct iam_command_io *io);
/*
 * Checks a document as the API does when it is written. On success *ret holds one reference;
 * otherwise *diag says what is wrong.
 */
enum iam_status iam_lint_document(enum iam_policy_kind kind, struct iam_str text,
                                  struct iam_policy **ret, struct iam_diag *diag) IAM_MUST_USE;
/* Finds and runs argv[1]. */
int iam_command_run(int argc, char **argv, const struct iam_command_io *io);
