/* SPDX-License-Identifier: Apache-2.0 */
#include "server/descriptors.h"

#include <dirent.h>
#include <sys/resource.h>

/* Also the answer when /proc is not there: the database connections with their logs, and a few. */
#define GUESS 256
/*
 * Left for what is opened for a moment: files of SQLite and of TLS, the audit file again, the
 * channels of two processes that fetch.
 */
#define MOMENTARY 24
/* LIMIT: with fewer connections a server is of no use. */
#define MIN_CONNECTIONS 16

size_t descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return GUESS;
    }
    rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        limit.rlim_cur = soft;
    }
    return limit.rlim_cur > SIZE_MAX ? SIZE_MAX : (size_t)limit.rlim_cur;
}

size_t descriptors_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL) {
        return GUESS;
    }
    size_t count = 0;
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count;
}

size_t descriptors_least(size_t used, size_t more)
{
    return used + more + MOMENTARY + MIN_CONNECTIONS;
}

size_t descriptors_for_connections(size_t limit, size_t used, size_t more, size_t max)
{
    size_t least = descriptors_least(used, more);
    size_t left = limit < least ? 0 : limit - least + MIN_CONNECTIONS;
    return left < max ? left : max;
}
