/* SPDX-License-Identifier: Apache-2.0 */
/* One process has a data directory, and a store that is gone is not made again. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/row_sealer.h"
#include "way_rig.h"

static struct way w;

static int setup(void **state)
{
    (void)state;
    way_begin(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    way_close(&w);
    way_end(&w);
    return 0;
}

static enum iam_status open_again(const char *path, char error[DATA_DIR_ERROR_MAX])
{
    struct data_dir d;
    enum iam_status st = data_dir_open(&d, path, error);
    data_dir_close(&d);
    return st;
}

static void it_is_had_by_one(void **state)
{
    char error[DATA_DIR_ERROR_MAX];
    (void)state;
    assert_ok(way_open(&w));
    assert_int_equal(open_again(w.path, error), IAM_CONFLICT);
    assert_non_null(strstr(error, "another iamd uses"));
    /* The lock is of the file, whatever becomes of its name. */
    assert_int_equal(unlink(way_file(&w, "lock")), 0);
    assert_int_equal(open_again(w.path, error), IAM_CONFLICT);
    assert_non_null(strstr(error, "iamd.db"));
    way_close(&w);
    assert_ok(open_again(w.path, error));
}

/* As through a bind mount: another directory, the same database. */
static void the_database_itself_is_locked(void **state)
{
    char error[DATA_DIR_ERROR_MAX];
    char other_file[256];
    struct way other;
    (void)state;
    way_begin(&other);
    assert_ok(way_open(&w));
    (void)snprintf(other_file, sizeof(other_file), "%s/iamd.db", other.path);
    assert_int_equal(link(way_file(&w, "iamd.db"), other_file), 0);
    assert_int_equal(open_again(other.path, error), IAM_CONFLICT);
    way_end(&other);
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(way_file(&w, name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(way_file(&w, name), 0600), 0);
}

static void a_store_that_is_gone_is_not_made_again(void **state)
{
    static const char *const TRACES[] = { "master.key", "audit.jsonl" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(TRACES); i++) {
        write_file(TRACES[i], "0123456789abcdef0123456789abcdef");
        assert_int_equal(way_open(&w), IAM_DENIED);
        assert_non_null(strstr(w.error, TRACES[i]));
        assert_non_null(strstr(w.error, "put iamd.db back from a backup"));
        assert_false(way_has(&w, "iamd.db"));
        assert_false(way_has(&w, "root-credentials"));
        assert_false(way_has(&w, "master.key.next"));
        way_close(&w);
        /* An empty file is no store either, and one without an account is none. */
        write_file("iamd.db", "");
        assert_int_equal(way_open(&w), IAM_DENIED);
        way_close(&w);
        assert_int_equal(unlink(way_file(&w, "iamd.db")), 0);
        assert_int_equal(unlink(way_file(&w, TRACES[i])), 0);
    }
    assert_ok(way_open(&w));
}

static void a_store_without_its_account_is_not_filled(void **state)
{
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER,
                                         .path = way_file(&w, "iamd.db") };
    struct iam_store *store = NULL;
    (void)state;
    assert_ok(iam_store_open(&options, &store, w.error));
    iam_store_close(store);
    write_file("master.key", "0123456789abcdef0123456789abcdef");
    assert_int_equal(way_open(&w), IAM_DENIED);
    assert_false(way_has(&w, "root-credentials"));
    way_close(&w);
    /* Without anything that tells of an account it is an interrupted first start. */
    assert_int_equal(unlink(way_file(&w, "master.key")), 0);
    assert_ok(way_open(&w));
}

static void commands_need_a_store(void **state)
{
    struct data_dir d;
    (void)state;
    assert_int_equal(data_dir_open_store(&d, w.path, w.error), IAM_NOT_FOUND);
    assert_non_null(strstr(w.error, "there is no store in"));
    data_dir_close(&d);
    assert_false(way_has(&w, "iamd.db"));
    assert_int_equal(data_dir_open_store(&d, "/nonexistent/iamd", w.error), IAM_IO);
    data_dir_close(&d);
    assert_true(data_dir_is_there(w.path));
    assert_false(data_dir_is_there("/nonexistent/iamd"));
}

static void root_leaves_no_files_with_others(void **state)
{
    struct data_dir d;
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_ok(way_open(&w));
    way_close(&w);
    assert_int_equal(chown(w.path, 12345, 0), 0);
    assert_int_equal(data_dir_open_store(&d, w.path, w.error), IAM_DENIED);
    assert_non_null(strstr(w.error, "run this command as that user"));
    data_dir_close(&d);
    assert_int_equal(chown(w.path, 0, 0), 0);
}

static void what_others_may_use_is_refused(void **state)
{
    static const char *const SECRETS[] = { "lock", "iamd.db", "master.key", "root-credentials" };
    (void)state;
    assert_ok(way_open(&w));
    way_close(&w);
    for (size_t i = 0; i < IAM_COUNT(SECRETS); i++) {
        assert_int_equal(chmod(way_file(&w, SECRETS[i]), 0644), 0);
        assert_int_equal(way_open(&w), IAM_DENIED);
        assert_non_null(strstr(w.error, SECRETS[i]));
        assert_non_null(strstr(w.error, "run: chmod 0600 '"));
        way_close(&w);
        assert_int_equal(chmod(way_file(&w, SECRETS[i]), 0600), 0);
    }
    assert_int_equal(chmod(w.path, 0777), 0);
    assert_int_equal(way_open(&w), IAM_DENIED);
    assert_non_null(strstr(w.error, "run: chmod 0700 '"));
    way_close(&w);
    assert_int_equal(chmod(w.path, 0700), 0);
    write_file("control", "");
    assert_int_equal(way_open(&w), IAM_DENIED);
    assert_non_null(strstr(w.error, "is not a socket"));
    way_close(&w);
    assert_int_equal(unlink(way_file(&w, "control")), 0);
    assert_ok(way_open(&w));
}

static void links_are_refused(void **state)
{
    static const char *const NAMES[] = { "lock", "iamd.db", "control", "audit.jsonl",
                                         "master.key" };
    char target[256];
    (void)state;
    (void)snprintf(target, sizeof(target), "%s/elsewhere", w.path);
    for (size_t i = 0; i < IAM_COUNT(NAMES); i++) {
        assert_int_equal(symlink(target, way_file(&w, NAMES[i])), 0);
        assert_int_equal(way_open(&w), IAM_DENIED);
        assert_non_null(strstr(w.error, "is a symbolic link"));
        way_close(&w);
        assert_false(way_has(&w, "elsewhere"));
        assert_int_equal(unlink(way_file(&w, NAMES[i])), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_had_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(the_database_itself_is_locked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_that_is_gone_is_not_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_without_its_account_is_not_filled, setup, teardown),
        cmocka_unit_test_setup_teardown(commands_need_a_store, setup, teardown),
        cmocka_unit_test_setup_teardown(root_leaves_no_files_with_others, setup, teardown),
        cmocka_unit_test_setup_teardown(what_others_may_use_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(links_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
