/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to files, limited to those that the server has to do with from now on. Linux 5.13 and
 * later.
 */
#pragma once

#define LANDLOCK_READ_MAX 5

/* Each may be NULL. Borrowed during the call. */
struct landlock_paths {
    const char *data_dir;   /* everything in it */
    const char *audit_file; /* and a new one in its place */
    const char *unix_path;  /* of the socket, to be removed at the end */
    /* Files that are read again, also under new links in their directories, if these are there. */
    const char *read[LANDLOCK_READ_MAX];
};

/*
 * Limits the calling thread and those that it starts. Where that is not possible, or the build is
 * one with sanitizers, all stays as it is; the log says so, with the reason.
 */
void landlock_restrict(const struct landlock_paths *paths);
