/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The write-ahead log of an SQLite database, where SQLite itself leaves something open after a
 * failure. handle is a connection to a file in WAL mode that is in no transaction.
 */
#pragma once

#include <sqlite3.h>

#include "base/base.h"

/* Of every database that is made here. */
#define IAM_SQLITE_PAGE_BYTES 4096

/*
 * Makes sure that no frame after the last commit can come into force, whatever of them has reached
 * the disk, and that the next checkpoint copies the whole log again. SQLITE_OK: this is on the
 * disk. Anything else: it is not known to be; may be tried again, by any connection.
 */
int iam_sqlite_log_mend(sqlite3 *handle);
/*
 * Lets the file of the log grow by bytes that mean nothing, so that it need not grow when frames
 * are written. Failure leaves less of them, and does no harm.
 */
void iam_sqlite_log_grow(sqlite3 *handle, size_t bytes);
