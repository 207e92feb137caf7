/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others may do with our files, as OpenSSH's StrictModes has it: a file that somebody else
 * owns, can read or can write is refused at start, with the command that mends it. What is looked
 * at is an open file and not a name, which could mean another file a moment later.
 */
#pragma once

#include "base/base.h"

#define FILES_ERROR_MAX 2048

enum files_rule {
    FILES_DIRECTORY, /* a directory that others cannot write */
    FILES_SECRET,    /* a regular file for its owner alone */
    FILES_STREAM,    /* no regular file, or one that others cannot write */
    FILES_TLS_KEY,   /* as FILES_SECRET; root's may be read by its group */
    FILES_SOCKET     /* a socket of this user or root, of any mode: it will be replaced */
};

/*
 * Checks the open file fd (O_PATH will do); path is for the message alone. IAM_DENIED when it is of
 * another kind than rule wants, belongs to neither this user nor root, or is open to others: then
 * error (NUL-terminated) says why and, where one helps, has the command to run. IAM_IO.
 */
enum iam_status files_check(int fd, const char *path, enum files_rule rule,
                            char error[FILES_ERROR_MAX]) IAM_MUST_USE;
/*
 * Checks in the same way the file name in the directory dir_fd (AT_FDCWD: path is opened), which is
 * not opened for reading. A symbolic link in its place is IAM_DENIED. IAM_NOT_FOUND when nothing is
 * there.
 */
enum iam_status files_check_at(int dir_fd, const char *name, const char *path, enum files_rule rule,
                               char error[FILES_ERROR_MAX]) IAM_MUST_USE;
/* Checks in the same way what a path leads to, which may be a symbolic link. */
enum iam_status files_check_path(const char *path, enum files_rule rule,
                                 char error[FILES_ERROR_MAX]) IAM_MUST_USE;
