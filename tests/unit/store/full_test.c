/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No space left: by the store's own limit, and by the operating system's (in a child with a limit
 * on the size of files). Writes fail clearly and leave nothing, reads still work, and writes work
 * again when there is space.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "support.h"

#define LIMIT_BYTES (768u << 10)
#define DOCUMENT_BYTES 6000

/* One commit: a user and a large inline policy. */
static enum iam_status write_one(struct iam_store *store, int n, char text[IAM_STORE_ERROR_MAX])
{
    static char document[DOCUMENT_BYTES];
    char id[32];
    struct iam_user user;
    struct iam_entity_ref ref;
    struct iam_txn *txn = NULL;
    enum iam_status status;

    memset(document, 'x', sizeof(document));
    snprintf(id, sizeof(id), "AIDA%08d", n);
    user = user_named(id, id);
    ref = ref_of(IAM_KIND_USER, id);
    text[0] = '\0';
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    status = iam_store_user_add(txn, &user);
    if (status == IAM_OK) {
        status = iam_store_inline_put(txn, &ref, IAM_STR("i"),
                                      (struct iam_str){ document, sizeof(document) });
    }
    if (status == IAM_OK) {
        status = iam_txn_commit(txn);
        iam_store_error_text(store, text);
        return status;
    }
    snprintf(text, IAM_STORE_ERROR_MAX, "%s", iam_txn_error_text(txn));
    iam_txn_rollback(txn);
    return status;
}

/* How many users have their policy; -1 when one has none, or reading fails. */
static int count_whole(struct iam_store *store)
{
    struct iam_arena arena;
    struct iam_user_list users;
    struct iam_txn *txn = NULL;
    int count = -1;

    if (iam_store_begin(store, IAM_TXN_READ, &txn) != IAM_OK) {
        return -1;
    }
    iam_arena_init(&arena, iam_heap(), 8 << 20);
    if (iam_store_user_list(txn, &arena, ACCOUNT, iam_str_absent(), NULL, &users) == IAM_OK) {
        count = (int)users.count;
        for (size_t i = 0; i < users.count; i++) {
            struct iam_entity_parts parts;

            if (iam_store_parts(txn, users.items[i].id, &parts) != IAM_OK ||
                parts.inline_policies != 1) {
                count = -1;
            }
        }
    }
    iam_arena_done(&arena);
    iam_txn_rollback(txn);
    return count;
}

/* 0, or the number of the step that went wrong; *ret_written commits were made. */
static int fill_until_full(struct iam_store *store, int *ret_written)
{
    char text[IAM_STORE_ERROR_MAX];
    enum iam_status status = IAM_OK;
    int written = 0;

    while (written < 1000 && status == IAM_OK) {
        status = write_one(store, written, text);
        written += status == IAM_OK ? 1 : 0;
    }
    *ret_written = written;
    if (status != IAM_IO || text[0] == '\0') {
        return 1;
    }
    if (written < 10 || count_whole(store) != written) {
        return 2;
    }
    /* still full, still readable */
    if (write_one(store, 5000, text) != IAM_IO || count_whole(store) != written) {
        return 3;
    }
    return 0;
}

static void add_account(struct iam_store *store)
{
    struct iam_account account = { .id = ACCOUNT, .name = IAM_STR("test") };
    struct iam_txn *txn = begin(store, IAM_TXN_WRITE);

    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_txn_commit(txn));
}

static void delete_user(struct iam_store *store, const char *id)
{
    struct iam_txn *txn = begin(store, IAM_TXN_WRITE);

    assert_ok(iam_store_user_delete(txn, ACCOUNT, iam_str_c(id)));
    assert_ok(iam_txn_commit(txn));
}

static void the_limit_of_the_store(void **state)
{
    char dir[64];
    char path[96];
    char text[IAM_STORE_ERROR_MAX];
    int written = 0;

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/store.db", dir);
    struct iam_store *store = open_store(path, LIMIT_BYTES);
    add_account(store);
    assert_int_equal(fill_until_full(store, &written), 0);
    delete_user(store, "AIDA00000000");
    delete_user(store, "AIDA00000001");
    assert_ok(write_one(store, 6000, text));
    assert_int_equal(count_whole(store), written - 1);
    iam_store_close(store);
    store = open_store(path, LIMIT_BYTES);
    assert_int_equal(count_whole(store), written - 1);
    iam_store_close(store);
    remove_dir(dir);
}

/* Runs in the child: exits with 0, or the number of what went wrong. */
static void run_limited(const char *path, int fd)
{
    struct rlimit limit = { LIMIT_BYTES, LIMIT_BYTES };
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = path };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX];
    int written = 0;
    int step = 0;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || iam_store_open(&options, &store, error) != IAM_OK) {
        _exit(10);
    }
    step = fill_until_full(store, &written);
    if (write(fd, &written, sizeof(written)) != sizeof(written)) {
        _exit(11);
    }
    _exit(step);
}

static void the_limit_of_the_system(void **state)
{
    char dir[64];
    char path[96];
    char text[IAM_STORE_ERROR_MAX];
    int fds[2];
    int status = 0;
    int written = 0;

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/store.db", dir);
    struct iam_store *store = open_store(path, 0);
    add_account(store);
    iam_store_close(store);
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run_limited(path, fds[1]);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &written, sizeof(written)), (int)sizeof(written));
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    /* without the limit all that was committed is there, and writing works again */
    store = open_store(path, 0);
    assert_int_equal(count_whole(store), written);
    assert_ok(write_one(store, 7000, text));
    assert_int_equal(count_whole(store), written + 1);
    iam_store_close(store);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_of_the_store),
        cmocka_unit_test(the_limit_of_the_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
