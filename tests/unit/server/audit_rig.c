/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_rig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/test.h"

char audit_path[] = "/tmp/iam_audit_XXXXXX";
struct audit *audit;

int audit_rig_open(void **state)
{
    int fd = mkstemp(audit_path);
    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_ok(audit_open(audit_path, &audit));
    return 0;
}

int audit_rig_close(void **state)
{
    (void)state;
    audit_close(audit);
    (void)unlink(audit_path);
    memcpy(audit_path + sizeof(audit_path) - 7, "XXXXXX", 6);
    return 0;
}
