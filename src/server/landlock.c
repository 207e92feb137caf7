/* SPDX-License-Identifier: Apache-2.0 */
#include "server/landlock.h"

#include "server/harden.h"

#if HARDEN_SANDBOX

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/log.h"

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITES \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
/* The control socket is made after the process was locked in. */
#define OF_DATA (READS | WRITES | LANDLOCK_ACCESS_FS_MAKE_SOCK)
/* What the first version of Landlock knows; the rest is for links between directories. */
#define ALL                                                                                      \
    (READS | WRITES | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR |               \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
/* What a rule for a file may say; everything else is about what is in a directory. */
#define OF_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

/* Permits access beneath path. False, with errno, when that cannot be done. */
static bool permit(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = access };
    struct stat st;
    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) {
        return false;
    }
    bool ok = fstat(rule.parent_fd, &st) == 0;
    if (ok && !S_ISDIR(st.st_mode)) {
        rule.allowed_access &= OF_A_FILE;
    }
    ok = ok && syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    int error = errno;
    (void)close(rule.parent_fd);
    errno = error;
    return ok;
}

/* Permits access beneath the directory that path names a file in. */
static bool permit_around(int rules, const char *path, uint64_t access)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? snprintf(dir, sizeof(dir), ".")
                          : snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path + 1), path);
    if (n < 0 || (size_t)n >= sizeof(dir)) {
        errno = ENAMETOOLONG;
        return false;
    }
    return permit(rules, dir, access);
}

/* Permits reading around path, and around what it is a link to: both may be replaced. */
static bool permit_reading(int rules, const char *path)
{
    char target[PATH_MAX];
    return permit_around(rules, path, READS) &&
           (realpath(path, target) == NULL || permit_around(rules, target, READS));
}

/* Permits the audit file; a device or a pipe is never replaced by another. */
static bool permit_audit(int rules, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return permit(rules, path, OF_A_FILE);
    }
    return permit_around(rules, path, READS | WRITES);
}

static bool permit_paths(int rules, const struct landlock_paths *p)
{
    bool ok = (p->data_dir == NULL || permit(rules, p->data_dir, OF_DATA)) &&
              (p->audit_file == NULL || permit_audit(rules, p->audit_file)) &&
              (p->unix_path == NULL ||
               permit_around(rules, p->unix_path, LANDLOCK_ACCESS_FS_REMOVE_FILE));
    for (size_t i = 0; ok && i < IAM_COUNT(p->read); i++) {
        ok = p->read[i] == NULL || permit_reading(rules, p->read[i]) || errno == ENOENT;
    }
    return ok;
}

void landlock_restrict(const struct landlock_paths *paths)
{
    struct landlock_ruleset_attr attr = { .handled_access_fs = ALL };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    bool ok = rules >= 0 && permit_paths(rules, paths) &&
              syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!ok) {
        log_write(LOG_LEVEL_WARN, "access to files cannot be limited",
                  LOG_FIELDS({ "error", iam_str_c(strerror(errno)) }));
    }
    if (rules >= 0) {
        (void)close(rules);
    }
}

#else

void landlock_restrict(const struct landlock_paths *paths)
{
    (void)paths;
}

#endif
