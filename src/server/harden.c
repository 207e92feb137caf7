/* SPDX-License-Identifier: Apache-2.0 */
#include "server/harden.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/ct.h"
#include "server/log.h"

static void check(int result, const char *what)
{
    if (result != 0) {
        log_write(LOG_LEVEL_WARN, "cannot give up what is not needed",
                  LOG_FIELDS({ "what", iam_str_c(what) }, { "error", iam_str_c(strerror(errno)) }));
    }
}

/* Raises the soft limit of memory that may be locked to the hard one. */
static int raise_locked_memory(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
        return -1;
    }
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_MEMLOCK, &limit);
}

void harden_process(void)
{
    (void)umask(S_IRWXG | S_IRWXO);
    check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "being debugged");
    check(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }), "core dumps");
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "new privileges");
    check(raise_locked_memory(), "the limit of locked memory");
    if (geteuid() == 0) {
        log_write(LOG_LEVEL_WARN, "running as root, which iamd does not need",
                  LOG_FIELDS({ "instead",
                               IAM_STR("run it as a user of its own, who owns the data directory: "
                                       "User= of its systemd unit, or setpriv --reuid=iamd "
                                       "--regid=iamd --init-groups iamd serve") }));
    }
}

void harden_drop_capabilities(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
    /* An old kernel knows no ambient ones: then there are none. */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    check((int)syscall(SYS_capset, &head, none), "capabilities");
}

void harden_forget_environment(void)
{
    static const char *const names[] = { "IAMD_MASTER_KEY", "IAMD_NEW_MASTER_KEY",
                                         "IAMD_ROOT_SECRET_ACCESS_KEY" };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        char *value = getenv(names[i]);
        if (value != NULL) {
            iam_wipe(value, strlen(value));
            (void)unsetenv(names[i]);
        }
    }
}
