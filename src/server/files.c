/* SPDX-License-Identifier: Apache-2.0 */
#include "server/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUOTED_MAX 512
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define OTHERS_ALL (S_IRWXG | S_IRWXO)

/* What each rule wants of a file, and what mends its mode. */
static const struct {
    mode_t type;
    mode_t forbidden;
    const char *mend;
    const char *kind;
} RULES[] = {
    [FILES_DIRECTORY] = {S_IFDIR,   OTHERS_WRITE, "chmod 0700", "directory"   },
    [FILES_SECRET] = { S_IFREG,  OTHERS_ALL,   "chmod 0600", "regular file"},
    [FILES_STREAM] = { S_IFREG,  OTHERS_WRITE, "chmod go-w", "regular file"},
    [FILES_TLS_KEY] = { S_IFREG,  OTHERS_ALL,   "chmod 0600", "regular file"},
    [FILES_SOCKET] = { S_IFSOCK, 0,            "rm",         "socket"      },
};

/* Quotes path for a shell. One that is too long is cut and has no last quote: no shell runs that.
 */
static const char *quoted(const char *path, char text[QUOTED_MAX])
{
    size_t n = 0;
    text[n++] = '\'';
    for (; *path != '\0' && n + 6 < QUOTED_MAX; path++) {
        if (*path == '\'') {
            memcpy(text + n, "'\\'", 3);
            n += 3;
        }
        text[n++] = *path;
    }
    if (*path == '\0') {
        text[n++] = '\'';
    }
    text[n] = '\0';
    return text;
}

static enum iam_status refuse(char error[FILES_ERROR_MAX], const char *path, const char *why,
                              const char *command)
{
    char name[QUOTED_MAX];
    (void)quoted(path, name);
    (void)snprintf(error, FILES_ERROR_MAX, command != NULL ? "%s %s; run: %s %s" : "%s %s", name,
                   why, command, name);
    return IAM_DENIED;
}

static enum iam_status refuse_link(char error[FILES_ERROR_MAX], const char *path)
{
    char name[QUOTED_MAX];
    (void)quoted(path, name);
    (void)snprintf(error, FILES_ERROR_MAX,
                   "%s is a symbolic link; to have the file itself there, run: mv -T \"$(readlink "
                   "-f %s)\" %s",
                   name, name, name);
    return IAM_DENIED;
}

static enum iam_status check_owner(const struct stat *st, const char *path,
                                   char error[FILES_ERROR_MAX])
{
    char why[64];
    char command[64];
    if (st->st_uid == geteuid() || st->st_uid == 0) {
        return IAM_OK;
    }
    (void)snprintf(why, sizeof(why), "belongs to user %lu", (unsigned long)st->st_uid);
    (void)snprintf(command, sizeof(command), "chown %lu", (unsigned long)geteuid());
    return refuse(error, path, why, command);
}

static enum iam_status check(const struct stat *st, const char *path, enum files_rule rule,
                             char error[FILES_ERROR_MAX])
{
    char why[64];
    mode_t forbidden = RULES[rule].forbidden;
    if (rule == FILES_STREAM && !S_ISREG(st->st_mode)) {
        return IAM_OK;
    }
    if ((st->st_mode & S_IFMT) != RULES[rule].type) {
        (void)snprintf(why, sizeof(why), "is not a %s", RULES[rule].kind);
        return refuse(error, path, why, NULL);
    }
    IAM_TRY(check_owner(st, path, error));
    if (rule == FILES_TLS_KEY && st->st_uid == 0) {
        forbidden &= ~(mode_t)S_IRGRP;
    }
    if ((st->st_mode & forbidden) == 0) {
        return IAM_OK;
    }
    (void)snprintf(why, sizeof(why), "can be %s by other users (mode %04o)",
                   (st->st_mode & OTHERS_WRITE) != 0 ? "written" : "read",
                   (unsigned)st->st_mode & 07777U);
    return refuse(error, path, why, RULES[rule].mend);
}

static enum iam_status fail(char error[FILES_ERROR_MAX], const char *path)
{
    (void)snprintf(error, FILES_ERROR_MAX, "cannot examine '%s': %s", path, strerrordesc_np(errno));
    return IAM_IO;
}

enum iam_status files_check(int fd, const char *path, enum files_rule rule,
                            char error[FILES_ERROR_MAX])
{
    struct stat st;
    return fstat(fd, &st) == 0 ? check(&st, path, rule, error) : fail(error, path);
}

/* Checks what an O_PATH descriptor, which is closed, leads to; -1: it could not be opened. */
static enum iam_status check_and_close(int fd, const char *path, enum files_rule rule,
                                       char error[FILES_ERROR_MAX])
{
    struct stat st;
    if (fd < 0) {
        return errno == ENOENT ? IAM_NOT_FOUND : fail(error, path);
    }
    bool ok = fstat(fd, &st) == 0;
    /* A descriptor of this kind has no locks that closing it could drop. */
    (void)close(fd);
    if (!ok) {
        return fail(error, path);
    }
    return S_ISLNK(st.st_mode) ? refuse_link(error, path) : check(&st, path, rule, error);
}

enum iam_status files_check_at(int dir_fd, const char *name, const char *path, enum files_rule rule,
                               char error[FILES_ERROR_MAX])
{
    return check_and_close(openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), path, rule,
                           error);
}

enum iam_status files_check_path(const char *path, enum files_rule rule,
                                 char error[FILES_ERROR_MAX])
{
    return check_and_close(open(path, O_PATH | O_CLOEXEC), path, rule, error);
}
