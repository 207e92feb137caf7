/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wall clock that a test sets: preloaded into the server, adds the milliseconds in the file
 * IAMD_TEST_CLOCK (8 bytes, in the order of the machine) to CLOCK_REALTIME. The file is mapped, so
 * that a change is seen at once. Every other clock is the machine's.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_ms;

__attribute__((constructor)) static void map_offset(void)
{
    const char *path = getenv("IAMD_TEST_CLOCK");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *p = fd >= 0 ? mmap(NULL, sizeof(*offset_ms), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (p == MAP_FAILED) {
        abort();
    }
    offset_ms = p;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    int result = (int)syscall(SYS_clock_gettime, clock, ts);
    if (result != 0 || clock != CLOCK_REALTIME || offset_ms == NULL) {
        return result;
    }
    int64_t ms = (int64_t)ts->tv_sec * 1000 + *offset_ms;
    ts->tv_sec = ms / 1000;
    ts->tv_nsec += ms % 1000 * 1000000;
    if (ts->tv_nsec >= 1000000000) {
        ts->tv_sec++;
        ts->tv_nsec -= 1000000000;
    } else if (ts->tv_nsec < 0) {
        ts->tv_sec--;
        ts->tv_nsec += 1000000000;
    }
    return 0;
}
