/* SPDX-License-Identifier: Apache-2.0 */
/* iamd: the commands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "keeper/crypto_memory.h"
#include "server/check.h"
#include "server/commands.h"
#include "server/quota_options.h"
#include "server/serve.h"

static int quotas(const struct server_config *config)
{
    quota_print(&config->quotas, stdout);
    return 0;
}

/* Returns the exit status for code, once what was printed has arrived. */
static int finish(int code, int unwritten)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return code;
    }
    (void)fprintf(stderr, "iamd: cannot write the output: %s\n", strerrordesc_np(errno));
    return code > unwritten ? code : unwritten;
}

int main(int argc, char **argv)
{
    static int (*const commands[])(const struct server_config *config) = {
        [COMMAND_SERVE] = serve,
        [COMMAND_QUOTAS] = quotas,
        [COMMAND_RESET_ROOT] = command_reset_root,
        [COMMAND_ROTATE_MASTER_KEY] = command_rotate_master_key,
        [COMMAND_CHECK] = check_data,
        [COMMAND_MFA_IMPORT] = command_mfa_import,
        [COMMAND_IMPORT_AWS] = command_import_aws,
        [COMMAND_EXPORT_AWS] = command_export_aws,
        [COMMAND_DELEGATION_TOKEN] = command_delegation_token,
    };
    struct server_config config;

    if (iam_crypto_memory_init() != IAM_OK) {
        (void)fputs("iamd: the memory of libcrypto cannot be set up\n", stderr);
        return 2;
    }
    switch (config_read(argc, argv, &config)) {
    case CONFIG_OK:
        return finish(commands[config.command](&config), config.command == COMMAND_CHECK ? 2 : 1);
    case CONFIG_EXIT_OK:
        return finish(0, 1);
    case CONFIG_EXIT_USAGE:
        return 2;
    }
    return 2;
}
