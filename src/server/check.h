/* SPDX-License-Identifier: Apache-2.0 */
/* The command check: looks at a store that no server uses, and says what is wrong with it. */
#pragma once

#include "server/config.h"

/*
 * Prints a line for each finding on stdout, and how many rows were looked at; nothing is written to
 * the data directory. Returns the exit code: 0 nothing was found, 1 something was, 2 the store
 * cannot be looked at (why is on stderr).
 */
int check_data(const struct server_config *config);
