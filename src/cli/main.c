/* SPDX-License-Identifier: Apache-2.0 */
/* The program `iam`: works on policies offline. */
#include <errno.h>
#include <string.h>

#include "cli/command.h"

int main(int argc, char **argv)
{
    struct iam_command_io io = { stdin, stdout, stderr };
    int status = iam_command_run(argc, argv, &io);
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    (void)fprintf(stderr, "iam: cannot write the output: %s\n", strerrordesc_np(errno));
    return IAM_EXIT_USAGE;
}
