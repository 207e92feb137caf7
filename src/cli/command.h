/* SPDX-License-Identifier: Apache-2.0 */
/* The sub-commands of `iam`. Each reads files or standard input, writes to out, complains to err.
 */
#pragma once

#include <stdio.h>

/* Exit statuses. */
#define IAM_EXIT_OK 0
#define IAM_EXIT_FOUND 1 /* the command did its work and something is wrong with the input */
#define IAM_EXIT_USAGE 2 /* it could not do its work */

struct iam_command_io {
    FILE *in;
    FILE *out;
    FILE *err;
};

/* argv[0] is the sub-command's name. Returns an exit status. */
int iam_command_decide(int argc, char **argv, const struct iam_command_io *io);
int iam_command_lint(int argc, char **argv, const struct iam_command_io *io);
/* Finds and runs argv[1]. */
int iam_command_run(int argc, char **argv, const struct iam_command_io *io);
