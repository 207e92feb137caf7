/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue/parts_int.h"

static enum iam_status read_all(int fd, size_t bytes, struct iam_arena *arena, struct iam_str *ret)
{
    char *text = iam_arena_alloc(arena, bytes);
    size_t have = 0;
    ssize_t n = 1;

    IAM_ENSURE(text != NULL, IAM_NOMEM);
    while (have < bytes && n > 0) {
        n = read(fd, text + have, bytes - have);
        have += n > 0 ? (size_t)n : 0;
    }
    IAM_ENSURE(have == bytes, IAM_IO);
    *ret = (struct iam_str){ text, bytes };
    return IAM_OK;
}

enum iam_status iam_catalogue_text(int dir_fd, const char *file, size_t max_bytes,
                                   struct iam_arena *arena, struct iam_str *ret, int64_t *ret_ms)
{
    struct stat info;
    int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    IAM_ENSURE(fd >= 0, IAM_IO);
    enum iam_status st = fstat(fd, &info) == 0 ? IAM_OK : IAM_IO;

    if (st == IAM_OK && (!S_ISREG(info.st_mode) || (uint64_t)info.st_size > max_bytes)) {
        st = IAM_SYNTAX;
    }
    if (st == IAM_OK) {
        st = read_all(fd, (size_t)info.st_size, arena, ret);
    }
    (void)close(fd);
    IAM_TRY(st);
    *ret_ms = (int64_t)info.st_mtim.tv_sec * 1000;
    return IAM_OK;
}
