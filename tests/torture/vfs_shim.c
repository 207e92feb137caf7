/* SPDX-License-Identifier: Apache-2.0 */
/* See vfs_shim.h. A shadow of each file has what is on the disk and what was written since. */
#include "vfs_shim.h"

#include "lib/test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SHADOWS 16
#define MAX_PATH 256

struct shim shim;

/* ---- shadows ------------------------------------------------------------------------- */

/* A write since the last sync, or a truncation to at. */
struct pending {
    struct pending *next;
    bool is_truncation;
    size_t at;
    size_t len;
    unsigned char bytes[];
};

struct bytes {
    unsigned char *p;
    size_t len;
    size_t cap;
};

struct shadow {
    char path[MAX_PATH]; /* empty: unused */
    struct bytes synced;
    struct pending *first;
    struct pending **last;
};

static struct shadow shadows[MAX_SHADOWS];

static void resize(struct bytes *b, size_t len)
{
    if (len > b->cap) {
        b->cap = len * 2;
        b->p = realloc(b->p, b->cap);
        assert_non_null(b->p);
    }
    if (len > b->len) {
        memset(b->p + b->len, 0, len - b->len);
    }
    b->len = len;
}

static void apply(struct bytes *b, const struct pending *p)
{
    if (p->is_truncation) {
        resize(b, p->at < b->len ? p->at : b->len);
        return;
    }
    if (p->at + p->len > b->len) {
        resize(b, p->at + p->len);
    }
    memcpy(b->p + p->at, p->bytes, p->len);
}

static void drop_pending(struct shadow *s, bool is_applied)
{
    while (s->first != NULL) {
        struct pending *p = s->first;
        s->first = p->next;
        if (is_applied) {
            apply(&s->synced, p);
        }
        free(p);
    }
    s->last = &s->first;
}

static void add_pending(struct shadow *s, bool is_truncation, size_t at, const void *bytes,
                        size_t len)
{
    struct pending *p = malloc(sizeof(*p) + len);

    assert_non_null(p);
    p->next = NULL;
    p->is_truncation = is_truncation;
    p->at = at;
    p->len = len;
    if (len > 0) {
        memcpy(p->bytes, bytes, len);
    }
    *s->last = p;
    s->last = &p->next;
}

static void forget(struct shadow *s)
{
    drop_pending(s, false);
    free(s->synced.p);
    *s = (struct shadow){ 0 };
}

static struct shadow *find(const char *path)
{
    for (size_t i = 0; i < MAX_SHADOWS; i++) {
        if (strcmp(shadows[i].path, path) == 0) {
            return &shadows[i];
        }
    }
    return NULL;
}

static void read_file(const char *path, struct bytes *ret)
{
    unsigned char part[65536];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        return;
    }
    for (size_t n = fread(part, 1, sizeof(part), file); n > 0;
         n = fread(part, 1, sizeof(part), file)) {
        size_t at = ret->len;
        resize(ret, at + n);
        memcpy(ret->p + at, part, n);
    }
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *path, const struct bytes *b)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(b->p, 1, b->len, file), b->len);
    assert_int_equal(fclose(file), 0);
}

/* The shadow of a file; one that is new has all that the file holds on the disk. */
static struct shadow *shadow_of(const char *path)
{
    struct shadow *s = find(path);

    if (s == NULL) {
        s = find("");
        if (s == NULL || strlen(path) >= MAX_PATH) {
            fail_msg("no shadow for %s", path);
            abort();
        }
        memcpy(s->path, path, strlen(path) + 1);
        s->last = &s->first;
        read_file(path, &s->synced);
    }
    return s;
}

void shim_reset(void)
{
    for (size_t i = 0; i < MAX_SHADOWS; i++) {
        if (shadows[i].path[0] != '\0') {
            forget(&shadows[i]);
        }
    }
}

static void copy_one(const char *from, const char *to, enum shim_image image, unsigned seed)
{
    struct bytes b = { 0 };
    struct shadow *s = find(from);

    (void)remove(to);
    if (image == SHIM_WRITTEN) {
        read_file(from, &b);
    } else if (s != NULL) {
        resize(&b, s->synced.len);
        if (b.len > 0) {
            memcpy(b.p, s->synced.p, b.len);
        }
        for (const struct pending *p = s->first; p != NULL && image == SHIM_MIXED; p = p->next) {
            seed = seed * 1103515245 + 12345;
            if ((seed >> 16) % 2 == 0) {
                apply(&b, p);
            }
        }
    }
    if (b.len > 0) {
        write_file(to, &b);
    }
    free(b.p);
}

void shim_copy(const char *from, const char *to, enum shim_image image, unsigned seed)
{
    char log[MAX_PATH];
    char log_copy[MAX_PATH];

    snprintf(log, sizeof(log), "%s-wal", from);
    snprintf(log_copy, sizeof(log_copy), "%s-wal", to);
    copy_one(from, to, image, seed);
    copy_one(log, log_copy, image, seed);
    snprintf(log_copy, sizeof(log_copy), "%s-shm", to);
    (void)remove(log_copy);
}

/* ---- faults -------------------------------------------------------------------------- */

static bool must_fail(void)
{
    if (shim.is_paused) {
        return false;
    }
    shim.count++;
    bool is_it = shim.fail_at != 0 &&
                 (shim.count == shim.fail_at || (shim.is_persistent && shim.count > shim.fail_at));
    shim.failed += is_it ? 1 : 0;
    if (is_it) {
        errno = shim.manner == SHIM_NO_SPACE ? ENOSPC : EIO;
    }
    return is_it;
}

/* ---- files --------------------------------------------------------------------------- */

struct file {
    sqlite3_file base;
    struct shadow *shadow; /* NULL: of a file that nobody needs after a crash */
    sqlite3_file *real;    /* follows in the same memory */
};

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)(void *)f)->real;
}

static struct shadow *shadow(sqlite3_file *f)
{
    return ((struct file *)(void *)f)->shadow;
}

static int file_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return must_fail() ? SQLITE_IOERR_READ : real(f)->pMethods->xRead(real(f), to, n, at);
}

static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    bool is_failing = must_fail();
    int done = n;

    if (is_failing && shim.manner != SHIM_ALL) {
        done = shim.manner == SHIM_HALF ? n / 2 : 0;
    }
    if (done > 0) {
        int rc = real(f)->pMethods->xWrite(real(f), from, done, at);
        assert_int_equal(rc, SQLITE_OK);
        if (shadow(f) != NULL) {
            add_pending(shadow(f), false, (size_t)at, from, (size_t)done);
        }
    }
    if (!is_failing) {
        return SQLITE_OK;
    }
    errno = shim.manner == SHIM_NO_SPACE ? ENOSPC : EIO;
    return shim.manner == SHIM_NO_SPACE ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    bool is_failing = must_fail();

    if (!is_failing || shim.manner == SHIM_ALL) {
        int rc = real(f)->pMethods->xTruncate(real(f), size);
        assert_int_equal(rc, SQLITE_OK);
        if (shadow(f) != NULL) {
            add_pending(shadow(f), true, (size_t)size, NULL, 0);
        }
    }
    return is_failing ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int file_sync(sqlite3_file *f, int flags)
{
    bool is_failing = must_fail();

    (void)flags;
    if (shadow(f) != NULL && (!is_failing || shim.manner != SHIM_NOTHING)) {
        drop_pending(shadow(f), !is_failing || shim.manner == SHIM_ALL);
    }
    return is_failing ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    return must_fail() ? SQLITE_IOERR_FSTAT : real(f)->pMethods->xFileSize(real(f), ret);
}

static int file_lock(sqlite3_file *f, int level)
{
    return must_fail() ? SQLITE_IOERR_LOCK : real(f)->pMethods->xLock(real(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int file_check_lock(sqlite3_file *f, int *ret)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT && must_fail()) {
        return SQLITE_IOERR_WRITE;
    }
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int file_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int file_shm_map(sqlite3_file *f, int page, int size, int is_extending, void volatile **ret)
{
    if (must_fail()) {
        return SQLITE_IOERR_SHMMAP;
    }
    return real(f)->pMethods->xShmMap(real(f), page, size, is_extending, ret);
}

static int file_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    /* letting go cannot fail */
    if ((flags & SQLITE_SHM_UNLOCK) == 0 && must_fail()) {
        return SQLITE_IOERR_SHMLOCK;
    }
    return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void file_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int file_shm_unmap(sqlite3_file *f, int is_deleting)
{
    return real(f)->pMethods->xShmUnmap(real(f), is_deleting);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS ------------------------------------------------------------------------- */

static sqlite3_vfs *below;

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct file *file = (struct file *)(void *)f;

    (void)vfs;
    file->base.pMethods = NULL;
    if (must_fail()) {
        return SQLITE_CANTOPEN;
    }
    file->real = (sqlite3_file *)(void *)(file + 1);
    file->shadow = NULL;
    if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
        file->shadow = shadow_of(name);
    }
    int rc = below->xOpen(below, name, file->real, flags, ret_flags);
    if (rc == SQLITE_OK) {
        file->base.pMethods = &methods;
    }
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int is_synced)
{
    (void)vfs;
    if (must_fail()) {
        return SQLITE_IOERR_DELETE;
    }
    struct shadow *s = find(name);
    if (s != NULL) {
        drop_pending(s, false);
        s->synced.len = 0;
    }
    return below->xDelete(below, name, is_synced);
}

void shim_install(void)
{
    static sqlite3_vfs vfs;

    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "shim";
    vfs.pNext = NULL;
    vfs.szOsFile = below->szOsFile + (int)sizeof(struct file);
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}
