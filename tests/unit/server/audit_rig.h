/* SPDX-License-Identifier: Apache-2.0 */
/* An empty audit file for each test. */
#pragma once

#include "server/audit.h"

extern char audit_path[];
extern struct audit *audit;

/* setup and teardown of cmocka. */
int audit_rig_open(void **state);
int audit_rig_close(void **state);
