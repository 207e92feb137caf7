/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data directory: who may touch it is checked, and one process at a time has it. Two locks say
 * so, the file `lock` and the database itself: a copy of the directory's name, a bind mount or a
 * `lock` that was removed does not let a second one in.
 */
#pragma once

#include "server/files.h"

#define DATA_DIR_PATH_MAX 4096
#define DATA_DIR_ERROR_MAX FILES_ERROR_MAX

struct data_dir {
    const char *path; /* NULL: nothing is kept, ":memory:" */
    int fd;           /* of the directory; -1: not open */
    int lock_fd;
    int db_fd; /* holds the lock of the database. Never closed while SQLite runs: see close() */
    /* What says that there was a store although there is none now; NULL: nothing. */
    const char *trace;
    bool is_read_only;   /* for keys.c: no file is made, renamed or removed */
    bool has_store;      /* the database has been written */
    bool is_key_outside; /* the master key comes from the environment or a credential: keys.c */
};

/*
 * Opens and locks path, which is kept, for a server: it is made when it is missing, and the
 * database file too. IAM_CONFLICT when another process has it, IAM_DENIED for files that others may
 * use, or when the store is gone while other files say that there was one: nothing is made then.
 * IAM_IO. On failure error says why; ret is to be closed in every case.
 */
enum iam_status data_dir_open(struct data_dir *ret, const char *path,
                              char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/*
 * Opens and locks it in the same way for a command that needs a store, and makes nothing:
 * IAM_NOT_FOUND when there is none. IAM_DENIED also for root in a directory of another user.
 */
enum iam_status data_dir_open_store(struct data_dir *ret, const char *path,
                                    char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/* Tells whether there is something of that name; true also when that cannot be found out. */
bool data_dir_is_there(const char *path);
/* Says in error that the store has lost what d->trace tells of. Returns IAM_DENIED. */
enum iam_status data_dir_refuse_empty(const struct data_dir *d,
                                      char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/* Releases it, after the store was closed. A zeroed struct with the descriptors -1 is accepted. */
void data_dir_close(struct data_dir *d);

/* Writes the path of name in d. IAM_LIMIT. */
enum iam_status data_dir_join(const struct data_dir *d, const char *name,
                              char ret[DATA_DIR_PATH_MAX]) IAM_MUST_USE;
/* Tells whether d has a file, or anything else, of that name. */
bool data_dir_has(const struct data_dir *d, const char *name);
/* Gives a file another name, in the place of what has it, and for good: false when that fails. */
bool data_dir_rename(const struct data_dir *d, const char *from, const char *to) IAM_MUST_USE;
