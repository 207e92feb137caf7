/* SPDX-License-Identifier: Apache-2.0 */
/* The program `iam`: works on policies offline. */
#include "cli/command.h"

int main(int argc, char **argv)
{
    struct iam_command_io io = { stdin, stdout, stderr };
    return iam_command_run(argc, argv, &io);
}
