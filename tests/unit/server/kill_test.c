/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that is killed before each of its steps on the disk, one run for each: of a first
 * start, of a rotation, of reset-root. The calls are counted in functions of the C library's names,
 * which this program and SQLite meet first.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "server/commands.h"
#include "store/access_key.h"
#include "way_rig.h"

#define KILLED 77
#define MAX_STEPS 2000
#define KEYS 70 /* more than a page of the work */

static long steps_left = -1; /* negative: nobody is killed */

/* Found by SQLite's library too. */
#define SEEN __attribute__((visibility("default")))

static void count_step(void)
{
    if (steps_left > 0 && --steps_left == 0) {
        _exit(KILLED);
    }
}

SEEN int fsync(int fd)
{
    count_step();
    return (int)syscall(SYS_fsync, fd);
}

SEEN int fdatasync(int fd)
{
    count_step();
    return (int)syscall(SYS_fdatasync, fd);
}

SEEN int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    count_step();
    return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

SEEN int link(const char *from, const char *to)
{
    count_step();
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

SEEN int unlink(const char *path)
{
    count_step();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

SEEN int unlinkat(int fd, const char *path, int flags)
{
    count_step();
    return (int)syscall(SYS_unlinkat, fd, path, flags);
}

SEEN ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    count_step();
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

/* Runs fn in a process that is killed before its step number `step`; tells whether it was. */
static bool is_killed(void (*fn)(struct way *w), struct way *w, long step)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        steps_left = step;
        fn(w);
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == KILLED || WEXITSTATUS(status) == 0);
    return WEXITSTATUS(status) == KILLED;
}

static void open_or_abort(struct way *w)
{
    if (way_open(w) != IAM_OK) {
        (void)fprintf(stderr, "%s\n", w->error);
        abort();
    }
}

/* Reads the key in root-credentials and finds it in force. */
static void check_credentials(struct way *w)
{
    char id[64] = "";
    char secret[64] = "";
    struct iam_arena arena;
    struct iam_access_key key;
    struct iam_txn *txn;
    FILE *f = fopen(way_file(w, "root-credentials"), "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "access_key_id=%63s secret_access_key=%63s", id, secret), 2);
    (void)fclose(f);
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(w->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_key_get(txn, &arena, iam_str_c(id), &key));
    iam_txn_rollback(txn);
    assert_true(key.is_active);
    assert_ok(iam_keeper_compare_secret(w->keeper, key.id, key.sealed_secret, iam_str_c(secret)));
    iam_arena_done(&arena);
}

/* Only files that the documentation names are left. */
static void check_no_strays(struct way *w)
{
    DIR *dir = opendir(w->path);
    const struct dirent *entry;
    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        assert_null(strstr(entry->d_name, ".new."));
        assert_string_not_equal(entry->d_name, "master.key.next");
    }
    (void)closedir(dir);
}

static void test_a_first_start_is_killed(void **state)
{
    struct way w;
    long step = 1;
    (void)state;
    for (bool was_killed = true; was_killed; step++) {
        assert_true(step < MAX_STEPS);
        way_begin(&w);
        was_killed = is_killed(open_or_abort, &w, step);
        assert_ok(way_open(&w));
        assert_int_equal(way_check_keys(&w), 1);
        check_credentials(&w);
        check_no_strays(&w);
        assert_true(way_has(&w, "master.key"));
        way_close(&w);
        way_end(&w);
    }
    print_message("a first start has %ld steps\n", step - 2);
    assert_true(step > 20);
}

static void rotate(struct way *w)
{
    open_or_abort(w);
    if (rotate_switch(&w->rotate, NULL, WAY_NOW_MS, w->error) != IAM_OK) {
        abort();
    }
    while (w->rotate.has_work) {
        if (rotate_step(&w->rotate) != IAM_OK) {
            abort();
        }
    }
}

/* Makes a token and checks it, after everything was opened again. */
static void check_token(struct way *w, struct iam_str token, bool makes, struct iam_arena *arena,
                        struct iam_str *ret)
{
    const struct iam_session session = { .access_key_id = IAM_STR("ASIAIOSFODNN7EXAMPLE"),
                                         .account = IAM_STR(WAY_ACCOUNT),
                                         .kind = IAM_KIND_ROLE_SESSION,
                                         .issuer_id = IAM_STR("AROAIOSFODNN7EXAMPLE1"),
                                         .role_name = IAM_STR("reader"),
                                         .session_name = IAM_STR("once"),
                                         .issued_ms = WAY_NOW_MS,
                                         .expires_ms = WAY_NOW_MS + 3600000 };
    const struct iam_session *opened;
    struct iam_secret_text secret;
    if (makes) {
        assert_ok(iam_keeper_seal_session(w->keeper, &session, 0, arena, ret, &secret));
        return;
    }
    assert_ok(iam_keeper_open_session(w->keeper, session.access_key_id, token, NULL, arena, &opened,
                                      NULL));
}

static void test_a_rotation_is_killed(void **state)
{
    struct way w;
    long step = 1;
    (void)state;
    for (bool was_killed = true; was_killed; step++) {
        struct iam_arena arena;
        struct iam_str token = iam_str_absent();
        assert_true(step < MAX_STEPS);
        iam_arena_init(&arena, iam_heap(), 1 << 20);
        way_begin(&w);
        assert_ok(way_open(&w));
        way_add_keys(&w, KEYS);
        check_token(&w, token, true, &arena, &token);
        way_close(&w);

        was_killed = is_killed(rotate, &w, step);
        assert_ok(way_open(&w));
        assert_int_equal(way_check_keys(&w), KEYS + 1);
        check_token(&w, token, false, &arena, NULL);
        way_work(&w);
        assert_int_equal(way_check_keys(&w), KEYS + 1);
        assert_int_equal(way_old_keys(&w), 0);
        check_no_strays(&w);
        /* What was left over does not hinder the next one. */
        assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
        way_close(&w);
        assert_ok(way_open(&w));
        assert_int_equal(way_check_keys(&w), KEYS + 1);
        way_close(&w);
        way_end(&w);
        iam_arena_done(&arena);
    }
    print_message("a start with a rotation has %ld steps\n", step - 2);
    assert_true(step > 20);
}

static void reset(struct way *w)
{
    struct server_config config = { .data_dir = w->path };
    if (freopen("/dev/null", "w", stdout) == NULL || command_reset_root(&config) != 0) {
        abort();
    }
}

static void test_reset_root_is_killed(void **state)
{
    struct way w;
    long step = 1;
    (void)state;
    for (bool was_killed = true; was_killed; step++) {
        assert_true(step < MAX_STEPS);
        way_begin(&w);
        assert_ok(way_open(&w));
        way_close(&w);
        was_killed = is_killed(reset, &w, step);
        /* The store opens; run again, the command helps. */
        assert_ok(way_open(&w));
        assert_int_equal(way_check_keys(&w), 1);
        way_close(&w);
        assert_false(is_killed(reset, &w, -1));
        assert_ok(way_open(&w));
        assert_int_equal(way_check_keys(&w), 1);
        check_credentials(&w);
        assert_false(way_has(&w, "root-credentials.next"));
        way_close(&w);
        way_end(&w);
    }
    print_message("reset-root has %ld steps\n", step - 2);
    assert_true(step > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_first_start_is_killed),
        cmocka_unit_test(test_a_rotation_is_killed),
        cmocka_unit_test(test_reset_root_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
