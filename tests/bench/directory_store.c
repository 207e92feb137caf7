/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a data directory with many users: each with two of ten groups, a managed policy that all
 * have, an inline policy of its own and an access key; all keys have one secret. Rows are inserted
 * directly: this is no way to change a store that is in use.
 *
 * Usage: bench_directory_store DIR USERS SECRET
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/heap.h"
#include "bench/sealer.h"
#include "store/db.h"
#include "store/store.h"

#define ACCOUNT IAM_STR("111122223333")
#define GROUPS 10
#define ROWS_PER_TRANSACTION 50000

#define STATEMENT(effect_and_more) \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":" effect_and_more "}}"

enum { ADD_USER, ADD_MEMBER, ATTACH, PUT_INLINE, ADD_KEY, ADD_GROUP, ADD_POLICY, ADD_VERSION };

static const char *const SQL[] = {
    [ADD_USER] = "INSERT INTO iam_user VALUES ($1, $2, $3, $3, '/', 1, NULL, NULL, NULL, NULL)",
    [ADD_MEMBER] = "INSERT INTO membership VALUES ($1, $2, $3, NULL)",
    [ATTACH] = "INSERT INTO attachment VALUES ($1, $2, $3, NULL)",
    [PUT_INLINE] = "INSERT INTO inline_policy VALUES ($1, $2, $3, $2, $4, NULL)",
    [ADD_KEY] = "INSERT INTO access_key VALUES ($1, $2, $3, 1, 1, $4, 0, NULL, NULL, NULL)",
    [ADD_GROUP] = "INSERT INTO iam_group VALUES ($1, $2, $3, $3, '/', 1, NULL, NULL)",
    [ADD_POLICY] = "INSERT INTO iam_policy VALUES ($1, $2, $3, $3, '/', NULL, 1, 1, 1, 1, NULL)",
    [ADD_VERSION] = "INSERT INTO policy_version VALUES ($1, 1, $2, $3, 1, NULL)",
};

static struct iam_db *db;
static struct iam_keeper *keeper;
static struct iam_arena arena;

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", what, db != NULL ? iam_db_sqlite.error_text(db) : "");
        exit(1);
    }
}

/* A row of count columns; sealed goes last, absent when there is none. */
static void insert(int statement, const struct iam_str *columns, int count, struct iam_str sealed)
{
    struct iam_db_stmt *stmt;
    bool has_row;

    must(iam_db_sqlite.prepare(db, SQL[statement], &stmt) == IAM_DB_OK, "prepare");
    for (int i = 0; i < count; i++) {
        must(iam_db_sqlite.bind_text(stmt, i + 1, columns[i]) == IAM_DB_OK, "bind");
    }
    if (iam_str_is_set(sealed)) {
        must(iam_db_sqlite.bind_bytes(stmt, count + 1, sealed) == IAM_DB_OK, "bind");
    }
    must(iam_db_sqlite.step(stmt, &has_row) == IAM_DB_OK, "insert");
    iam_db_sqlite.finish(stmt);
}

#define INSERT(statement, ...)                                 \
    insert(statement, (const struct iam_str[]){ __VA_ARGS__ }, \
           (int)IAM_COUNT(((const struct iam_str[]){ __VA_ARGS__ })), iam_str_absent())

/* Text in the arena, which lasts for a user. */
#define TEXT(...)                                                             \
    ({                                                                        \
        struct iam_str text_;                                                 \
        must(iam_arena_fmt(&arena, &text_, __VA_ARGS__) == IAM_OK, "memory"); \
        text_;                                                                \
    })

static struct iam_str group_id(long i)
{
    return TEXT("AGPA22222222222222%03ld", i % GROUPS);
}

static void add_shared(void)
{
    static const char everybody[] = STATEMENT("\"Allow\",\"Action\":[\"iam:GetUser\",\"iam:List*\","
                                              "\"s3:GetObject\"],\"Resource\":\"*\"");
    static const char members[] = STATEMENT("\"Allow\",\"Action\":\"sqs:*\",\"Resource\":\"*\"");
    struct iam_str policy = IAM_STR("ANPA22222222222222ALL");

    INSERT(ADD_POLICY, policy, ACCOUNT, IAM_STR("everybody"));
    INSERT(ADD_VERSION, policy, ACCOUNT, IAM_STR(everybody));
    for (long i = 0; i < GROUPS; i++) {
        INSERT(ADD_GROUP, group_id(i), ACCOUNT, TEXT("group%ld", i));
        INSERT(PUT_INLINE, group_id(i), IAM_STR("members"), ACCOUNT, IAM_STR(members));
    }
}

static void add_key(long i, struct iam_str user, struct iam_str secret)
{
    struct iam_str id = TEXT("AKIA22222222%08ld", i);
    struct iam_str sealed;
    const struct iam_str columns[] = { id, ACCOUNT, user };

    must(iam_keeper_seal_given_secret(keeper, id, secret, &arena, &sealed) == IAM_OK, "seal");
    insert(ADD_KEY, columns, 3, sealed);
}

/* The root user's key: its owner is the account. */
static void add_root_key(struct iam_str secret)
{
    struct iam_str id = IAM_STR("AKIA22222222222ROOTK");
    struct iam_str sealed;
    const struct iam_str columns[] = { id, ACCOUNT, ACCOUNT };

    must(iam_keeper_seal_given_secret(keeper, id, secret, &arena, &sealed) == IAM_OK, "seal");
    insert(ADD_KEY, columns, 3, sealed);
}

static void add_user(long i, struct iam_str secret)
{
    struct iam_str id = TEXT("AIDA222222222%08ld", i);

    INSERT(ADD_USER, id, ACCOUNT, TEXT("user%ld", i));
    INSERT(ADD_MEMBER, group_id(i), id, ACCOUNT);
    INSERT(ADD_MEMBER, group_id(i + 1), id, ACCOUNT);
    INSERT(ATTACH, id, IAM_STR("ANPA22222222222222ALL"), ACCOUNT);
    INSERT(PUT_INLINE, id, IAM_STR("own"), ACCOUNT,
           TEXT(STATEMENT("\"Allow\",\"Action\":[\"s3:PutObject\",\"s3:DeleteObject\"],"
                          "\"Resource\":\"arn:aws:s3:::homes/%ld/*\""),
                i));
    add_key(i, id, secret);
}

/* The schema is the store's own; the rest goes past it. */
static void open_all(const char *dir)
{
    char path[4096];
    char key_path[4096];
    char error[IAM_STORE_ERROR_MAX];
    struct iam_store *store;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = key_path };
    struct iam_db_options options = { .path = path, .wait_ms = 1000 };

    must(mkdir(dir, 0700) == 0, "mkdir");
    (void)snprintf(path, sizeof(path), "%s/iamd.db", dir);
    (void)snprintf(key_path, sizeof(key_path), "%s/master.key", dir);
    must(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK, "keeper");
    const struct iam_store_options store_options = bench_store_options(keeper, path);
    must(iam_store_open(&store_options, &store, error) == IAM_OK, "store");
    iam_store_close(store);
    must(iam_db_sqlite.open(&options, &db, error, sizeof(error)) == IAM_DB_OK, "database");
    must(iam_db_sqlite.exec(db, "PRAGMA synchronous = OFF") == IAM_DB_OK, "pragma");
    iam_arena_init(&arena, iam_heap(), 1u << 20);
}

/* Gives the rows their MACs. */
static void seal_all(const char *dir)
{
    char path[4096];
    char error[IAM_STORE_ERROR_MAX];
    struct iam_store *store;
    struct iam_txn *txn;

    (void)snprintf(path, sizeof(path), "%s/iamd.db", dir);
    const struct iam_store_options options = bench_store_options(keeper, path);
    must(iam_store_open(&options, &store, error) == IAM_OK, "store");
    must(iam_store_begin(store, IAM_TXN_WRITE, &txn) == IAM_OK, "begin");
    must(iam_store_seal_all(txn) == IAM_OK && iam_txn_commit(txn) == IAM_OK, "MACs");
    iam_store_close(store);
    /* As the server notes it, whose first start would do all of it again. */
    (void)snprintf(path, sizeof(path), "%s/store-sealed", dir);
    FILE *note = fopen(path, "w");
    must(note != NULL && fclose(note) == 0, path);
}

int main(int argc, char **argv)
{
    must(argc == 4, "usage: bench_directory_store DIR USERS SECRET");
    long users = strtol(argv[2], NULL, 10);
    struct iam_str secret = iam_str_c(argv[3]);

    open_all(argv[1]);
    must(iam_db_sqlite.begin(db, true) == IAM_DB_OK, "begin");
    must(iam_db_sqlite.exec(db, "INSERT INTO account VALUES ('111122223333', '', 1, NULL)") ==
             IAM_DB_OK,
         "account");
    add_shared();
    add_root_key(secret);
    for (long i = 0; i < users; i++) {
        iam_arena_clear(&arena);
        add_user(i, secret);
        if ((i + 1) % ROWS_PER_TRANSACTION == 0) {
            must(iam_db_sqlite.commit(db) == IAM_DB_OK, "commit");
            must(iam_db_sqlite.begin(db, true) == IAM_DB_OK, "begin");
        }
    }
    must(iam_db_sqlite.commit(db) == IAM_DB_OK, "commit");
    must(iam_db_sqlite.exec(db, "PRAGMA wal_checkpoint(TRUNCATE)") == IAM_DB_OK, "checkpoint");
    iam_db_sqlite.close(db);
    seal_all(argv[1]);
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}
