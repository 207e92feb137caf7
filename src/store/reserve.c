/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reserve_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"

#define SUFFIX "-reserve"
/* Enough to open a database on a disk that is full: its shared memory takes 32 KiB. */
#define LEAST_BYTES ((size_t)64 << 10)

enum iam_status iam_reserve_init(struct iam_reserve *r, const char *database)
{
    atomic_init(&r->is_short, false);
    r->path = NULL;
    if (database == NULL) {
        return IAM_OK;
    }
    size_t bytes = strlen(database) + sizeof(SUFFIX);
    r->path = iam_heap()->alloc(iam_heap()->ctx, bytes);
    IAM_ENSURE(r->path != NULL, IAM_NOMEM);
    snprintf(r->path, bytes, "%s%s", database, SUFFIX);
    return IAM_OK;
}

void iam_reserve_done(struct iam_reserve *r)
{
    iam_heap()->free(iam_heap()->ctx, r->path);
}

/* Allocates the file with that size; an errno, or 0. What was allocated before stays. */
static int allocate(const char *path, size_t bytes)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return errno;
    }
    int error = posix_fallocate(fd, 0, (off_t)bytes);
    (void)close(fd);
    return error;
}

static bool is_for_want_of_space(int error)
{
    return error == ENOSPC || error == EDQUOT;
}

void iam_reserve_make(struct iam_reserve *r)
{
    if (r->path != NULL) {
        atomic_store(&r->is_short, is_for_want_of_space(allocate(r->path, IAM_RESERVE_BYTES)));
    }
}

void iam_reserve_make_some(struct iam_reserve *r)
{
    if (r->path == NULL) {
        return;
    }
    for (size_t bytes = IAM_RESERVE_BYTES; bytes >= LEAST_BYTES; bytes /= 2) {
        if (!is_for_want_of_space(allocate(r->path, bytes))) {
            return;
        }
    }
}

bool iam_reserve_give_up(struct iam_reserve *r)
{
    if (r->path == NULL) {
        return false;
    }
    atomic_store(&r->is_short, true);
    return unlink(r->path) == 0;
}
