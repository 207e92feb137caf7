/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite alone can do: the rows that PutUserPolicy writes, one transaction for each, with the
 * settings of the store and nothing around it. Prints transactions per second.
 *
 * Usage: writes_bare DATABASE COUNT DOCUMENT_FILE (a copy of a server's database with some users)
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_USERS 64
#define MAX_TEXT 65536

struct user {
    char id[128];
    char account[16];
};

static sqlite3 *db;
static struct user users[MAX_USERS];
static int user_count;
static char document[MAX_TEXT];

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", what, db != NULL ? sqlite3_errmsg(db) : "failed");
        exit(1);
    }
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) == SQLITE_OK, sql);
    return stmt;
}

static void bind(sqlite3_stmt *stmt, int number, const char *text)
{
    must(sqlite3_bind_text(stmt, number, text, -1, SQLITE_STATIC) == SQLITE_OK, "bind");
}

static void run(sqlite3_stmt *stmt)
{
    while (sqlite3_step(stmt) == SQLITE_ROW) {
    }
    must(sqlite3_reset(stmt) == SQLITE_OK, sqlite3_sql(stmt));
}

static void open_database(const char *path)
{
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK,
         path);
    must(
        sqlite3_exec(db,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                     "PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY",
                     NULL, NULL, NULL) == SQLITE_OK,
        "settings");
}

static void copy(char *to, size_t cap, const unsigned char *from)
{
    int n = snprintf(to, cap, "%s", (const char *)from);
    must(n > 0 && (size_t)n < cap, "length of an ID");
}

static void load_users(void)
{
    sqlite3_stmt *stmt = prepare("SELECT user_id, account_id FROM iam_user ORDER BY name_key");
    while (user_count < MAX_USERS && sqlite3_step(stmt) == SQLITE_ROW) {
        struct user *u = &users[user_count++];
        copy(u->id, sizeof(u->id), sqlite3_column_text(stmt, 0));
        copy(u->account, sizeof(u->account), sqlite3_column_text(stmt, 1));
    }
    must(user_count > 0, "no users");
    (void)sqlite3_finalize(stmt);
}

static void load_document(const char *path)
{
    FILE *f = fopen(path, "rb");
    must(f != NULL, path);
    document[fread(document, 1, sizeof(document) - 1, f)] = '\0';
    (void)fclose(f);
}

/* Each of the statements is prepared once. */
struct statements {
    sqlite3_stmt *begin;
    sqlite3_stmt *put;
    sqlite3_stmt *number;
    sqlite3_stmt *change;
    sqlite3_stmt *commit;
};

static void write_one(const struct statements *s, const struct user *user)
{
    run(s->begin);
    bind(s->put, 1, user->id);
    bind(s->put, 2, user->account);
    bind(s->put, 3, document);
    run(s->put);
    run(s->number);
    bind(s->change, 1, user->account);
    bind(s->change, 2, user->id);
    run(s->change);
    run(s->commit);
}

static double wall(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    must(argc == 4, "usage: writes_bare DATABASE COUNT DOCUMENT_FILE");
    unsigned long count = strtoul(argv[2], NULL, 10);
    open_database(argv[1]);
    load_users();
    load_document(argv[3]);
    const struct statements s = {
        .begin = prepare("BEGIN IMMEDIATE"),
        .put = prepare("INSERT INTO inline_policy (entity_id, name_key, account_id, name, document)"
                       " VALUES ($1, 'p', $2, 'p', $3) ON CONFLICT (entity_id, name_key)"
                       " DO UPDATE SET name = excluded.name, document = excluded.document"),
        .number = prepare("UPDATE change_counter SET last_seq = last_seq + 1 WHERE counter_id = 1"),
        .change = prepare("INSERT INTO change (seq, account_id, kind, entity_id, op) VALUES"
                          " ((SELECT last_seq FROM change_counter WHERE counter_id = 1), $1, 2,"
                          " $2, 1)"),
        .commit = prepare("COMMIT"),
    };
    for (unsigned long i = 0; i < count / 10; i++) { /* warm */
        write_one(&s, &users[i % (unsigned)user_count]);
    }
    double start = wall();
    for (unsigned long i = 0; i < count; i++) {
        write_one(&s, &users[i % (unsigned)user_count]);
    }
    (void)printf("%.1f\n", (double)count / (wall() - start));
    return 0;
}
