/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded into the server (LD_PRELOAD): a disk that hangs. While the file that IAMD_TEST_HANG names
 * exists, fsync and fdatasync do not return; one with .met after its name is there once the first
 * call has met it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(const char *file)
{
    char met[4096];
    (void)snprintf(met, sizeof(met), "%s.met", file);
    (void)close(open(met, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void wait_for_disk(void)
{
    const char *file = getenv("IAMD_TEST_HANG");
    if (file != NULL && access(file, F_OK) == 0) {
        tell(file);
    }
    while (file != NULL && access(file, F_OK) == 0) {
        (void)usleep(10000);
    }
}

int fsync(int fd)
{
    wait_for_disk();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    wait_for_disk();
    return (int)syscall(SYS_fdatasync, fd);
}
