/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded before a server under test (LD_PRELOAD): lets calls of the system fail, hang or tell
 * another time, when the test says so. The test writes into a file that both map (faults.py);
 * environment variable IAMD_FAULTS names it. Without it every call goes through.
 *
 * Which file a descriptor is of is learnt when it is opened, so that nothing here makes a call that
 * the server would not make itself.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 65536
#define HANG_NS 2000000
#define PUBLIC __attribute__((visibility("default")))

/* What may fail; the numbers are those of faults.py. */
enum fault_op {
    FAULT_SYNC,
    FAULT_WRITE,
    FAULT_TRUNCATE,
    FAULT_OPEN,
    FAULT_NAME, /* rename and unlink */
    FAULT_MALLOC,
    FAULT_READ,
    FAULT_OPS /* their number, not one of them */
};

/* Of which file: bits. */
enum fault_file {
    FILE_DATABASE = 1,
    FILE_WAL = 2,
    FILE_AUDIT = 4,
    FILE_LOG = 8,
    FILE_OTHER = 16,
};

/* One kind of fault. The test sets is_armed last. */
struct fault {
    _Atomic uint32_t is_armed;
    _Atomic uint32_t files;   /* bits of enum fault_file; without meaning for FAULT_MALLOC */
    _Atomic int32_t error;    /* the errno of a call that fails */
    _Atomic uint32_t after;   /* this many calls go through first */
    _Atomic uint32_t times;   /* how many fail then; UINT32_MAX: all */
    _Atomic uint32_t is_hung; /* calls wait as long as this is set, and go through then */
    _Atomic uint32_t seen;    /* calls while it was armed */
    _Atomic uint32_t failed;  /* how many of them failed or hung */
};

struct control {
    _Atomic int64_t clock_offset_ms;
    struct fault faults[FAULT_OPS];
};

_Static_assert(sizeof(struct control) == 8 + FAULT_OPS * 32, "as faults.py has it");

static struct control *control;
static unsigned char files[MAX_DESCRIPTORS];

/* Finds the function that this one is in front of. A pointer to data holds it, as POSIX has it. */
#define NEXT(name)                                 \
    static __typeof__(&name) next;                 \
    if (next == NULL) {                            \
        *(void **)&next = dlsym(RTLD_NEXT, #name); \
    }

__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv("IAMD_FAULTS");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    files[STDERR_FILENO] = FILE_LOG;
    if (fd >= 0) {
        void *p = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = p != MAP_FAILED ? p : NULL;
        (void)close(fd);
    }
}

static void wait_while_hung(struct fault *f)
{
    const struct timespec moment = { .tv_nsec = HANG_NS };
    while (f->is_hung && f->is_armed) {
        (void)nanosleep(&moment, NULL);
    }
}

/* Tells whether this call fails, and sets errno then. May wait. */
static bool fails(enum fault_op op, unsigned file)
{
    struct fault *f = control != NULL ? &control->faults[op] : NULL;
    if (f == NULL || !f->is_armed || (f->files & file) == 0) {
        return false;
    }
    uint32_t number = f->seen++;
    if (number < f->after || (f->times != UINT32_MAX && number - f->after >= f->times)) {
        return false;
    }
    f->failed++;
    if (f->is_hung) {
        wait_while_hung(f);
        return false;
    }
    errno = f->error;
    return true;
}

static unsigned file_of(int fd)
{
    return fd >= 0 && fd < MAX_DESCRIPTORS && files[fd] != 0 ? files[fd] : FILE_OTHER;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static unsigned file_of_path(const char *path)
{
    static const struct {
        const char *end;
        enum fault_file file;
    } ENDS[] = {
        {"iamd.db",      FILE_DATABASE},
        { "iamd.db-wal", FILE_WAL     },
        { "audit.jsonl", FILE_AUDIT   },
    };
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        if (ends_with(path, ENDS[i].end)) {
            return ENDS[i].file;
        }
    }
    return FILE_OTHER;
}

/* ---- files ---- */

static int opened(int fd, const char *path)
{
    if (fd >= 0 && fd < MAX_DESCRIPTORS) {
        files[fd] = (unsigned char)file_of_path(path);
    }
    return fd;
}

#define OPEN(name)                                                       \
    PUBLIC int name(const char *path, int flags, ...)                    \
    {                                                                    \
        NEXT(name)                                                       \
        va_list args;                                                    \
        va_start(args, flags);                                           \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0; \
        va_end(args);                                                    \
        if (fails(FAULT_OPEN, file_of_path(path))) {                     \
            return -1;                                                   \
        }                                                                \
        return opened(next(path, flags, mode), path);                    \
    }

OPEN(open)
OPEN(open64)

#define ON_FD(op, name, type, parameters, arguments) \
    PUBLIC type name parameters                      \
    {                                                \
        NEXT(name)                                   \
        if (fails(op, file_of(fd))) {                \
            return -1;                               \
        }                                            \
        return next arguments;                       \
    }

ON_FD(FAULT_SYNC, fdatasync, int, (int fd), (fd))
ON_FD(FAULT_SYNC, fsync, int, (int fd), (fd))
ON_FD(FAULT_WRITE, write, ssize_t, (int fd, const void *p, size_t n), (fd, p, n))
ON_FD(FAULT_WRITE, writev, ssize_t, (int fd, const struct iovec *v, int n), (fd, v, n))
ON_FD(FAULT_WRITE, pwrite, ssize_t, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
ON_FD(FAULT_WRITE, pwrite64, ssize_t, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
ON_FD(FAULT_READ, pread, ssize_t, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
ON_FD(FAULT_READ, pread64, ssize_t, (int fd, void *p, size_t n, off64_t at), (fd, p, n, at))
ON_FD(FAULT_TRUNCATE, ftruncate, int, (int fd, off_t n), (fd, n))
ON_FD(FAULT_TRUNCATE, ftruncate64, int, (int fd, off64_t n), (fd, n))

/* The one that returns its error. */
#define ALLOCATE(name, offset)                    \
    PUBLIC int name(int fd, offset at, offset n)  \
    {                                             \
        NEXT(name)                                \
        if (fails(FAULT_TRUNCATE, file_of(fd))) { \
            return errno;                         \
        }                                         \
        return next(fd, at, n);                   \
    }

ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

PUBLIC int unlink(const char *path)
{
    NEXT(unlink)
    return fails(FAULT_NAME, file_of_path(path)) ? -1 : next(path);
}

PUBLIC int rename(const char *from, const char *to)
{
    NEXT(rename)
    return fails(FAULT_NAME, file_of_path(to)) ? -1 : next(from, to);
}

/* ---- memory; dlsym allocates, so the names that glibc has for these are used ---- */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);

PUBLIC void *malloc(size_t n)
{
    return fails(FAULT_MALLOC, FILE_OTHER) ? NULL : __libc_malloc(n);
}

PUBLIC void *calloc(size_t count, size_t n)
{
    return fails(FAULT_MALLOC, FILE_OTHER) ? NULL : __libc_calloc(count, n);
}

PUBLIC void *realloc(void *p, size_t n)
{
    return fails(FAULT_MALLOC, FILE_OTHER) ? NULL : __libc_realloc(p, n);
}

/* ---- time ---- */

static int64_t offset_ms(void)
{
    return control != NULL ? control->clock_offset_ms : 0;
}

static int64_t add_offset(int64_t sec, int64_t ns, long *ret_ns)
{
    int64_t total = ns + offset_ms() % 1000 * 1000000;
    int64_t carry = total < 0 ? -1 : total / 1000000000;
    *ret_ns = (long)(total - carry * 1000000000);
    return sec + offset_ms() / 1000 + carry;
}

PUBLIC int clock_gettime(clockid_t clock, struct timespec *ret)
{
    NEXT(clock_gettime)
    int result = next(clock, ret);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        ret->tv_sec = add_offset(ret->tv_sec, ret->tv_nsec, &ret->tv_nsec);
    }
    return result;
}

PUBLIC time_t time(time_t *ret)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL) {
        *ret = now.tv_sec;
    }
    return now.tv_sec;
}

PUBLIC int gettimeofday(struct timeval *ret, void *zone)
{
    struct timespec now;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    *ret = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return result;
}
