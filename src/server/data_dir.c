/* SPDX-License-Identifier: Apache-2.0 */
#include "server/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What may lie in the directory, and who may use it. */
static const struct {
    const char *name;
    enum files_rule rule;
} KEPT[] = {
    {"lock",                   FILES_SECRET},
    { "control",               FILES_SOCKET},
    { "iamd.db",               FILES_SECRET},
    { "iamd.db-wal",           FILES_SECRET},
    { "iamd.db-shm",           FILES_SECRET},
    { "iamd.db-journal",       FILES_SECRET},
    { "master.key",            FILES_SECRET},
    { "master.key.next",       FILES_SECRET},
    { "root-credentials",      FILES_SECRET},
    { "root-credentials.next", FILES_SECRET},
    { "audit.jsonl",           FILES_STREAM},
};

static enum iam_status fail(const struct data_dir *d, char error[DATA_DIR_ERROR_MAX],
                            const char *what)
{
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "%s '%s': %s", what, d->path, strerrordesc_np(errno));
    return IAM_IO;
}

enum iam_status data_dir_join(const struct data_dir *d, const char *name,
                              char ret[DATA_DIR_PATH_MAX])
{
    int n = snprintf(ret, DATA_DIR_PATH_MAX, "%s/%s", d->path, name);
    return n > 0 && n < DATA_DIR_PATH_MAX ? IAM_OK : IAM_LIMIT;
}

bool data_dir_has(const struct data_dir *d, const char *name)
{
    struct stat st;
    return d->fd >= 0 && fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool data_dir_rename(const struct data_dir *d, const char *from, const char *to)
{
    return renameat(d->fd, from, d->fd, to) == 0 && fsync(d->fd) == 0;
}

static bool has_bytes(const struct data_dir *d, const char *name)
{
    struct stat st;
    return fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0;
}

static enum iam_status check_kept(const struct data_dir *d, char error[DATA_DIR_ERROR_MAX])
{
    for (size_t i = 0; i < IAM_COUNT(KEPT); i++) {
        char path[DATA_DIR_PATH_MAX];
        IAM_TRY(data_dir_join(d, KEPT[i].name, path));
        enum iam_status st = files_check_at(d->fd, KEPT[i].name, path, KEPT[i].rule, error);
        if (st != IAM_OK && st != IAM_NOT_FOUND) {
            return st;
        }
    }
    return IAM_OK;
}

static enum iam_status open_directory(struct data_dir *d, char error[DATA_DIR_ERROR_MAX])
{
    d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0) {
        return fail(d, error, "cannot open the data directory");
    }
    IAM_TRY(files_check(d->fd, d->path, FILES_DIRECTORY, error));
    return check_kept(d, error);
}

/* Opens the file name and takes its lock. */
static enum iam_status lock_file(struct data_dir *d, const char *name, int flags, int *fd,
                                 char error[DATA_DIR_ERROR_MAX])
{
    char path[DATA_DIR_PATH_MAX];
    IAM_TRY(data_dir_join(d, name, path));
    *fd = openat(d->fd, name, flags | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (*fd < 0) {
        return fail(d, error, "cannot write in the data directory");
    }
    IAM_TRY(files_check(*fd, path, FILES_SECRET, error));
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
        return IAM_OK;
    }
    if (errno != EWOULDBLOCK) {
        return fail(d, error, "cannot lock a file of the data directory");
    }
    (void)snprintf(error, DATA_DIR_ERROR_MAX,
                   "another iamd uses '%s': it holds the lock on its file %s", d->path, name);
    return IAM_CONFLICT;
}

/*
 * Looks for a store, and for what is left of one. `master.key` has its name only once the
 * store has an account (keys.c), and the audit trail is opened only then.
 */
static void look(struct data_dir *d)
{
    d->has_store = has_bytes(d, "iamd.db");
    if (data_dir_has(d, "master.key")) {
        d->trace = "master.key";
    } else if (has_bytes(d, "audit.jsonl")) {
        d->trace = "audit.jsonl";
    }
}

enum iam_status data_dir_refuse_empty(const struct data_dir *d, char error[DATA_DIR_ERROR_MAX])
{
    (void)snprintf(
        error, DATA_DIR_ERROR_MAX,
        "'%s/iamd.db' is missing or empty, but '%s/%s' is of a store that was there: put "
        "iamd.db back from a backup; or, to begin with a new account, move %s to another "
        "place first",
        d->path, d->path, d->trace, d->trace);
    return IAM_DENIED;
}

/* Refuses to let root leave files in a directory of a user who could not use them then. */
static enum iam_status check_user(const struct data_dir *d, char error[DATA_DIR_ERROR_MAX])
{
    struct stat st;
    if (geteuid() != 0 || stat(d->path, &st) != 0 || st.st_uid == 0) {
        return IAM_OK;
    }
    (void)snprintf(error, DATA_DIR_ERROR_MAX,
                   "'%s' belongs to user %lu: run this command as that user", d->path,
                   (unsigned long)st.st_uid);
    return IAM_DENIED;
}

static enum iam_status lock_all(struct data_dir *d, bool makes, char error[DATA_DIR_ERROR_MAX])
{
    IAM_TRY(open_directory(d, error));
    IAM_TRY(lock_file(d, "lock", O_CREAT, &d->lock_fd, error));
    look(d);
    if (!d->has_store && d->trace != NULL) {
        return data_dir_refuse_empty(d, error);
    }
    if (!d->has_store && !makes) {
        (void)snprintf(error, DATA_DIR_ERROR_MAX, "there is no store in '%s'", d->path);
        return IAM_NOT_FOUND;
    }
    return lock_file(d, "iamd.db", O_CREAT, &d->db_fd, error);
}

static void reset(struct data_dir *d, const char *path)
{
    *d = (struct data_dir){ .path = path, .fd = -1, .lock_fd = -1, .db_fd = -1 };
}

enum iam_status data_dir_open(struct data_dir *ret, const char *path,
                              char error[DATA_DIR_ERROR_MAX])
{
    reset(ret, path);
    if (path == NULL) {
        return IAM_OK;
    }
    IAM_TRY(check_user(ret, error));
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return fail(ret, error, "cannot create the data directory");
    }
    return lock_all(ret, true, error);
}

enum iam_status data_dir_open_store(struct data_dir *ret, const char *path,
                                    char error[DATA_DIR_ERROR_MAX])
{
    reset(ret, path);
    IAM_TRY(check_user(ret, error));
    return lock_all(ret, false, error);
}

bool data_dir_is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

void data_dir_close(struct data_dir *d)
{
    int *const fds[] = { &d->db_fd, &d->lock_fd, &d->fd };
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        if (*fds[i] >= 0) {
            (void)close(*fds[i]);
        }
        *fds[i] = -1;
    }
}
