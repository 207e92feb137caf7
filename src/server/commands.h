/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that give an operator the way back. Each returns the process's exit code. */
#pragma once

#include "server/config.h"

/* Makes a new root access key in the place of all others: for one that is lost or inactive. */
int command_reset_root(const struct server_config *config);
/* Imports the hardware MFA devices of a file. */
int command_mfa_import(const struct server_config *config);
/* Makes the account that files have in AWS's form, and prints an account in this form. */
int command_import_aws(const struct server_config *config);
int command_export_aws(const struct server_config *config);
/* Prints the token of a delegation request, which was sent. */
int command_delegation_token(const struct server_config *config);
/* Rotates the master key, by the server that runs or, when none does, in this process. */
int command_rotate_master_key(const struct server_config *config);
