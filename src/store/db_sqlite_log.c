/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a failed commit SQLite leaves the frames of it in the file of the log, complete and with
 * their commit mark when only the sync has failed: the next recovery takes them as committed. And
 * after a failed sync of the database it counts on pages that an earlier checkpoint has copied,
 * which the kernel may have dropped. Both are put right here, on the level of the files.
 *
 * A second sync that succeeds proves nothing about what was written before the first, which failed:
 * the kernel may have forgotten it. So everything that must be on the disk is written again first.
 *
 * SPEC: SQLite, "WAL-mode File Format": sections 1 (the log) and 2.1 (the index).
 */
#include "store/db_sqlite_log_int.h"

#define LOG_HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
#define INDEX_BYTES 32768
#define INDEX_VERSION 3007000
#define SYNC_FLAGS SQLITE_SYNC_NORMAL

/* The index of the log as all connections share it; numbers in the order of the machine. */
struct index_header {
    uint32_t version;
    uint32_t unused;
    uint32_t change;
    uint8_t is_initialized;
    uint8_t is_big_endian;
    uint16_t page_bytes; /* 1: 65536 */
    uint32_t last_frame; /* of the last commit */
    uint32_t rest[7];
};

struct index {
    struct index_header header;
    struct index_header copy;
    uint32_t copied_frames; /* that are in the database too */
};
_Static_assert(sizeof(struct index_header) == 48, "as the format says");
_Static_assert(offsetof(struct index, copied_frames) == 96, "as the format says");

struct log {
    sqlite3_file *file;
    volatile struct index *index;
    sqlite3_int64 frame_bytes;
    sqlite3_int64 end; /* of what is committed */
};

static int find_log(sqlite3 *handle, struct log *ret)
{
    sqlite3_file *database = NULL;
    void volatile *map = NULL;

    (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &database);
    (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &ret->file);
    if (database == NULL || database->pMethods == NULL || ret->file == NULL ||
        ret->file->pMethods == NULL) {
        return SQLITE_MISUSE;
    }
    int rc = database->pMethods->xShmMap(database, 0, INDEX_BYTES, 0, &map);
    if (rc != SQLITE_OK || map == NULL) {
        return rc != SQLITE_OK ? rc : SQLITE_IOERR;
    }
    ret->index = map;
    if (ret->index->header.version != INDEX_VERSION) {
        return SQLITE_MISUSE;
    }
    /* a log that never had a frame does not know the size of a page yet */
    uint16_t page_bytes = ret->index->header.page_bytes;
    ret->frame_bytes =
        FRAME_HEADER_BYTES + (page_bytes >= 512 ? page_bytes : IAM_SQLITE_PAGE_BYTES);
    ret->end = LOG_HEADER_BYTES + ret->index->header.last_frame * ret->frame_bytes;
    return SQLITE_OK;
}

static int sync_log(const struct log *log)
{
    return log->file->pMethods->xSync(log->file, SYNC_FLAGS);
}

/* Makes what is at the place of a frame no frame. */
static int blank(const struct log *log, sqlite3_int64 at)
{
    static const uint8_t NOTHING[FRAME_HEADER_BYTES];

    return log->file->pMethods->xWrite(log->file, NOTHING, sizeof(NOTHING), at);
}

/*
 * Overwrites the headers of all frames after the last commit. The first one goes to the disk alone:
 * without it the others mean nothing, in whatever order they go, and whatever header the log has
 * there. All of them have to go, as the next transaction may write the same first frames again.
 */
static int blank_tail(const struct log *log)
{
    sqlite3_int64 bytes = 0;
    int rc = log->file->pMethods->xFileSize(log->file, &bytes);

    if (rc == SQLITE_OK) {
        rc = blank(log, log->end);
    }
    if (rc == SQLITE_OK) {
        rc = sync_log(log);
    }
    sqlite3_int64 at = log->end + log->frame_bytes;
    if (rc != SQLITE_OK || at >= bytes) {
        return rc;
    }
    for (; rc == SQLITE_OK && at < bytes; at += log->frame_bytes) {
        rc = blank(log, at);
    }
    return rc == SQLITE_OK ? sync_log(log) : rc;
}

/* Cuts the tail off, which may be possible where writing is not. */
static int cut_tail(const struct log *log)
{
    sqlite3_int64 bytes = 0;
    int rc = log->file->pMethods->xFileSize(log->file, &bytes);

    if (rc == SQLITE_OK && bytes > log->end) {
        rc = log->file->pMethods->xTruncate(log->file, log->end);
    }
    return rc == SQLITE_OK ? sync_log(log) : rc;
}

/* Needs the write lock. */
static int mend_locked(sqlite3 *handle)
{
    struct log log = { 0 };
    int rc = find_log(handle, &log);

    if (rc != SQLITE_OK) {
        return rc;
    }
    __atomic_store_n(&log.index->copied_frames, 0, __ATOMIC_SEQ_CST);
    rc = blank_tail(&log);
    return rc == SQLITE_OK ? rc : cut_tail(&log);
}

int iam_sqlite_log_mend(sqlite3 *handle)
{
    int rc = sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = mend_locked(handle);
    (void)sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static void grow_locked(sqlite3 *handle, size_t bytes)
{
    static const uint8_t NOTHING[16384];
    struct log log = { 0 };
    sqlite3_int64 at = 0;
    int rc = find_log(handle, &log);

    if (rc == SQLITE_OK) {
        rc = log.file->pMethods->xFileSize(log.file, &at);
    }
    for (size_t done = 0; rc == SQLITE_OK && done < bytes; done += sizeof(NOTHING)) {
        rc = log.file->pMethods->xWrite(log.file, NOTHING, sizeof(NOTHING),
                                        at + (sqlite3_int64)done);
    }
}

void iam_sqlite_log_grow(sqlite3 *handle, size_t bytes)
{
    if (sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) {
        grow_locked(handle, bytes);
        (void)sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    }
}
