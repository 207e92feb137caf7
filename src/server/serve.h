/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "server/config.h"

/* Serves until SIGTERM or SIGINT; returns the exit code. config is borrowed for as long. */
int serve(const struct server_config *config);
