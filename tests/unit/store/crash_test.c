/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child writes and reports each commit through a pipe; it is killed with SIGKILL in the middle of
 * a stream of writes. After each restart every commit that was reported is there, complete, and at
 * most one more, also complete.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "support.h"

#define ROUNDS 6
#define TAGS_PER_USER 5

static struct iam_str print_id(char text[32], uint32_t n)
{
    int len = snprintf(text, 32, "AIDA%08u", n);

    return (struct iam_str){ text, (size_t)len };
}

/* One commit: a user, five tags, an inline policy and a key. */
static enum iam_status write_one(struct iam_txn *txn, uint32_t n)
{
    char id[32];
    char key_id[40];
    struct iam_user user = user_named("", "");
    struct iam_access_key key;
    struct iam_entity_ref ref = { IAM_KIND_USER, ACCOUNT, print_id(id, n) };

    user.id = ref.id;
    user.name = ref.id;
    snprintf(key_id, sizeof(key_id), "AKIA%08u", n);
    key = key_of(key_id, ACCOUNT, ref.id);
    IAM_TRY(iam_store_user_add(txn, &user));
    for (int i = 0; i < TAGS_PER_USER; i++) {
        char tag_key[16];

        snprintf(tag_key, sizeof(tag_key), "k%d", i);
        struct iam_tag tag = { iam_str_c(tag_key), IAM_STR("v") };
        IAM_TRY(iam_store_tag_put(txn, &ref, &tag, 1));
    }
    IAM_TRY(iam_store_inline_put(txn, &ref, IAM_STR("i"), DOCUMENT));
    return iam_store_access_key_add(txn, &key);
}

/* Runs in the child until it is killed. */
static void write_for_ever(const char *path, uint32_t first, int fd)
{
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = path };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX];

    if (iam_store_open(&options, &store, error) != IAM_OK) {
        _exit(1);
    }
    for (uint32_t n = first;; n++) {
        struct iam_txn *txn = NULL;

        if (iam_store_begin(store, IAM_TXN_WRITE, &txn) != IAM_OK || write_one(txn, n) != IAM_OK ||
            iam_txn_commit(txn) != IAM_OK || write(fd, &n, sizeof(n)) != sizeof(n)) {
            _exit(2);
        }
    }
}

/* Kills the child after it has reported `wanted` commits; returns how many it reported in all. */
static uint32_t run_and_kill(const char *path, uint32_t first, uint32_t wanted)
{
    int fds[2];
    uint32_t told = first;
    uint32_t n = 0;
    int status = 0;

    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        write_for_ever(path, first, fds[1]);
    }
    close(fds[1]);
    while (read(fds[0], &n, sizeof(n)) == sizeof(n)) {
        assert_int_equal(n, told);
        told++;
        if (told - first == wanted) {
            /* a moment later, so that the kill can come anywhere in a commit */
            usleep(300 * (wanted % 7));
            kill(child, SIGKILL);
        }
    }
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return told;
}

static void expect_whole(struct iam_txn *txn, struct iam_arena *arena, uint32_t n)
{
    char id[32];
    struct iam_entity_ref ref = { IAM_KIND_USER, ACCOUNT, print_id(id, n) };
    struct iam_user user;
    struct iam_entity_parts parts;
    int64_t tags = 0;

    assert_ok(iam_store_user_get_by_id(txn, arena, ref.id, &user));
    assert_ok(iam_store_parts(txn, ref.id, &parts));
    assert_int_equal(parts.access_keys, 1);
    assert_int_equal(parts.inline_policies, 1);
    assert_ok(iam_store_tag_count(txn, &ref, &tags));
    assert_int_equal(tags, TAGS_PER_USER);
    iam_arena_clear(arena);
}

/* Returns the number of users found. */
static uint32_t verify(const char *path, uint32_t told)
{
    struct iam_store *store = open_store(path, 0);
    struct iam_txn *txn = begin(store, IAM_TXN_READ);
    struct iam_arena arena;
    int64_t users;
    int64_t last = 0;

    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_user_count(txn, ACCOUNT, &users));
    assert_in_range(users, told, told + 1);
    for (uint32_t n = 0; n < users; n++) {
        expect_whole(txn, &arena, n);
    }
    /* one for the account, and per user itself, its tags, inline policy and key */
    assert_ok(iam_store_change_last(txn, &last));
    assert_int_equal(last, 1 + users * (3 + TAGS_PER_USER));
    iam_arena_done(&arena);
    iam_txn_rollback(txn);
    iam_store_close(store);
    return (uint32_t)users;
}

static void a_killed_writer_loses_nothing_that_was_told(void **state)
{
    static const uint32_t WANTED[ROUNDS] = { 1, 5, 17, 40, 11, 61 };
    struct iam_account account = { .id = ACCOUNT, .name = IAM_STR("test") };
    char dir[64];
    char path[96];
    uint32_t users = 0;

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/store.db", dir);
    struct iam_store *store = open_store(path, 0);
    struct iam_txn *txn = begin(store, IAM_TXN_WRITE);
    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_txn_commit(txn));
    iam_store_close(store);
    for (size_t i = 0; i < ROUNDS; i++) {
        users = verify(path, run_and_kill(path, users, WANTED[i]));
    }
    assert_true(users >= 135);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_writer_loses_nothing_that_was_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
