/* SPDX-License-Identifier: Apache-2.0 */
#include "server/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/heap.h"
#include "server/files.h"
#include "server/room.h"

/* Allocated beyond what is asked for, so that it is not needed for every change. */
#define ALLOCATED_AHEAD (1u << 20)

struct audit {
    int fd; /* always of something; what is no file takes no line */
    _Atomic bool is_open;
    _Atomic bool is_torn;       /* the file ends within a line: the disk was full */
    _Atomic uint64_t allocated; /* the file can grow to this size; 0: not known */
    char path[PATH_MAX];
};

/* ---- opening ---- */

/*
 * Returns -1, with errno and error, for a file that others may write, or a link, as for one that
 * cannot be opened.
 */
static int open_file(const char *path, char error[FILES_ERROR_MAX])
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        int why = errno;
        (void)snprintf(error, FILES_ERROR_MAX, "'%.1000s': %s", path, strerrordesc_np(why));
        errno = why;
    } else if (files_check(fd, path, FILES_STREAM, error) != IAM_OK) {
        (void)close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

/* Tells whether the file that is there ends within a line. */
static bool is_cut_off(const char *path)
{
    struct stat file;
    char last = '\n';
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size > 0 &&
        pread(fd, &last, 1, file.st_size - 1) != 1) {
        last = '\n';
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return last != '\n';
}

/* Opens the file or, when there is no room for a new one, what takes its number until there is. */
static bool open_first(struct audit *a)
{
    char error[FILES_ERROR_MAX];
    a->fd = open_file(a->path, error);
    bool is_open = a->fd >= 0;
    if (!is_open && (errno == ENOSPC || errno == EDQUOT)) {
        a->fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    atomic_init(&a->is_open, is_open);
    return a->fd >= 0;
}

enum iam_status audit_open(const char *path, struct audit **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct audit *a = heap->alloc(heap->ctx, sizeof(*a));
    IAM_ENSURE(a != NULL, IAM_NOMEM);
    int n = snprintf(a->path, sizeof(a->path), "%s", path);
    if (n < 0 || (size_t)n >= sizeof(a->path)) {
        errno = ENAMETOOLONG;
        n = -1;
    }
    if (n < 0 || !open_first(a)) {
        heap->free(heap->ctx, a);
        return IAM_IO;
    }
    atomic_init(&a->is_torn, is_cut_off(path));
    atomic_init(&a->allocated, 0);
    *ret = a;
    return IAM_OK;
}

bool audit_is_open(const struct audit *a)
{
    return atomic_load(&a->is_open);
}

enum iam_status audit_reopen(struct audit *a, char error[FILES_ERROR_MAX])
{
    int fd = open_file(a->path, error);
    IAM_ENSURE(fd >= 0, IAM_IO);
    /*
     * The file descriptor keeps its number, so that a writer in another thread meets the old file
     * or the new one.
     */
    int rc = dup3(fd, a->fd, O_CLOEXEC);
    if (rc < 0) {
        (void)snprintf(error, FILES_ERROR_MAX, "'%.1000s': %s", a->path, strerrordesc_np(errno));
    }
    (void)close(fd);
    IAM_ENSURE(rc >= 0, IAM_IO);
    atomic_store(&a->allocated, 0);
    atomic_store(&a->is_torn, is_cut_off(a->path));
    atomic_store(&a->is_open, true);
    return IAM_OK;
}

void audit_close(struct audit *a)
{
    if (a != NULL) {
        (void)close(a->fd);
        iam_heap()->free(iam_heap()->ctx, a);
    }
}

/* ---- room ---- */

uint64_t audit_free_bytes(const struct audit *a)
{
    return room_free_bytes(a->fd);
}

uint64_t audit_usual_reserve(const struct audit *a)
{
    return room_usual_reserve(a->fd);
}

enum iam_status audit_allocate(struct audit *a, uint64_t bytes)
{
    uint64_t size;
    IAM_TRY(room_file_size(a->fd, &size));
    if (size + bytes <= atomic_load(&a->allocated)) {
        return IAM_OK;
    }
    uint64_t end = size + bytes + ALLOCATED_AHEAD;
    if (room_allocate(a->fd, size, end - size) != IAM_OK) {
        end = size + bytes;
        IAM_TRY(room_allocate(a->fd, size, bytes));
    }
    atomic_store(&a->allocated, end);
    return IAM_OK;
}

/* ---- writing ---- */

/* Removes n bytes that were written from the pieces, of which *first is the first with any left. */
static void advance(struct iovec *pieces, size_t count, size_t n, size_t *first)
{
    while (*first < count && n >= pieces[*first].iov_len) {
        n -= pieces[*first].iov_len;
        (*first)++;
    }
    if (*first < count) {
        pieces[*first].iov_base = (char *)pieces[*first].iov_base + n;
        pieces[*first].iov_len -= n;
    }
}

/*
 * Ends a line that was cut off, so that the next one is not lost with it. False when the file takes
 * no more.
 */
static bool mend(struct audit *a)
{
    if (!atomic_load_explicit(&a->is_torn, memory_order_relaxed) ||
        !atomic_exchange(&a->is_torn, false)) {
        return true;
    }
    bool ok = write(a->fd, "\n", 1) == 1;
    if (!ok) {
        atomic_store(&a->is_torn, true);
    }
    return ok;
}

size_t audit_write(struct audit *a, const struct iam_str *lines, size_t count)
{
    struct iovec pieces[AUDIT_BATCH_MAX];
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        /* The pointer of struct iovec is not const, for readv's sake. */
        pieces[i] = (struct iovec){ (void *)(uintptr_t)lines[i].p, lines[i].len };
    }
    /* Empty lines count as written; for them alone writev would return 0, as for a failure. */
    advance(pieces, count, 0, &first);
    while (first < count && mend(a)) {
        ssize_t n = writev(a->fd, pieces + first, (int)(count - first));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        advance(pieces, count, (size_t)n, &first);
    }
    if (first < count && pieces[first].iov_len < lines[first].len) {
        atomic_store_explicit(&a->is_torn, true, memory_order_relaxed);
    }
    return first;
}
