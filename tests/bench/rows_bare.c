/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite alone takes to read rows: runs each statement, looks at every column of every row.
 * Prints microseconds of CPU and rows, of all statements, for each round.
 *
 * Usage: rows_bare DATABASE ROUNDS STATEMENT...
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *db;

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", what, db != NULL ? sqlite3_errmsg(db) : "failed");
        exit(1);
    }
}

/* Reads all rows of a statement; returns how many. */
static long read_rows(const char *sql, unsigned long *sum)
{
    sqlite3_stmt *stmt = NULL;
    long rows = 0;
    must(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK, sql);
    int columns = sqlite3_column_count(stmt);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++) {
            const unsigned char *text = sqlite3_column_text(stmt, i);
            *sum += text != NULL ? text[0] + (unsigned long)sqlite3_column_bytes(stmt, i) : 0;
        }
        rows++;
    }
    must(sqlite3_finalize(stmt) == SQLITE_OK, sql);
    return rows;
}

static double cpu_us(void)
{
    struct timespec t;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0, "clock_gettime");
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    unsigned long sum = 0;
    must(argc > 3, "usage: rows_bare DATABASE ROUNDS STATEMENT...");
    must(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ==
             SQLITE_OK,
         argv[1]);
    must(sqlite3_exec(db, "PRAGMA cache_size=-8192; BEGIN", NULL, NULL, NULL) == SQLITE_OK,
         "begin");
    for (long round = strtol(argv[2], NULL, 10); round > 0; round--) {
        long rows = 0;
        double before = cpu_us();
        for (int i = 3; i < argc; i++) {
            rows += read_rows(argv[i], &sum);
        }
        printf("%.1f %ld\n", cpu_us() - before, rows);
    }
    return sum == 0;
}
