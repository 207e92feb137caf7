/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sub-commands. */
#include "cli/command.h"

#include <string.h>

#include "base/base.h"

struct command_row {
    const char *name;
    const char *usage;
    const char *more; /* lines that explain its words */
    int (*run)(int argc, char **argv, const struct iam_command_io *io);
};

static const struct command_row commands[] = {
    {"decide", "decide --batch [--detail]      decide the cases on standard input, one per line",
     "",                                                                                                              iam_command_decide},
    { "lint",
     "lint [--kind KIND] [--strict] FILE...     check policy documents; - is standard input",     IAM_CLI_KINDS "\n", iam_command_lint  },
};

static int usage(FILE *to, int status)
{
    (void)fputs("usage: iam COMMAND ...\n", to);
    for (size_t i = 0; i < IAM_COUNT(commands); i++) {
        (void)fprintf(to, "  iam %s\n", commands[i].usage);
    }
    for (size_t i = 0; i < IAM_COUNT(commands); i++) {
        (void)fputs(commands[i].more, to);
    }
    return status;
}

int iam_command_run(int argc, char **argv, const struct iam_command_io *io)
{
    if (argc < 2) {
        return usage(io->err, IAM_EXIT_USAGE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        return usage(io->out, IAM_EXIT_OK);
    }
    for (size_t i = 0; i < IAM_COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            if (argc == 3 && strcmp(argv[2], "--help") == 0) {
                (void)fprintf(io->out, "usage: iam %s\n%s", commands[i].usage, commands[i].more);
                return IAM_EXIT_OK;
            }
            return commands[i].run(argc - 1, argv + 1, io);
        }
    }
    (void)fprintf(io->err, "iam: there is no command '%s'\n", argv[1]);
    return usage(io->err, IAM_EXIT_USAGE);
}
