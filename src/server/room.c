/* SPDX-License-Identifier: Apache-2.0 */
#include "server/room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MAX_RESERVE ((uint64_t)64 << 20)
#define RESERVE_PART 16u

/* Reads the state of the file system; false when it says nothing about this file. */
static bool look(int fd, struct statvfs *ret)
{
    struct stat file;
    return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && fstatvfs(fd, ret) == 0 &&
           ret->f_blocks > 0;
}

uint64_t room_free_bytes(int fd)
{
    struct statvfs fs;
    return look(fd, &fs) ? (uint64_t)fs.f_bavail * fs.f_frsize : UINT64_MAX;
}

uint64_t room_usual_reserve(int fd)
{
    struct statvfs fs;
    uint64_t part =
        look(fd, &fs) ? (uint64_t)fs.f_blocks * fs.f_frsize / RESERVE_PART : MAX_RESERVE;
    return part < MAX_RESERVE ? part : MAX_RESERVE;
}

enum iam_status room_file_size(int fd, uint64_t *ret)
{
    struct stat file;
    IAM_ENSURE(fstat(fd, &file) == 0 && S_ISREG(file.st_mode), IAM_UNSUPPORTED);
    *ret = (uint64_t)file.st_size;
    return IAM_OK;
}

enum iam_status room_allocate(int fd, uint64_t size, uint64_t bytes)
{
    int rc;
    do {
        rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)size, (off_t)bytes);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0) {
        return IAM_OK;
    }
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO;
    return is_full ? IAM_LIMIT : IAM_UNSUPPORTED;
}
