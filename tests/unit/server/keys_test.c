/* SPDX-License-Identifier: Apache-2.0 */
/* Which master key opens which store, and what is refused when they do not belong together. */
#include "server/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "server/bootstrap.h"
#include "store/db.h"
#include "way_rig.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

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

static void a_missing_key_is_not_made_again(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    way_close(&w);
    assert_int_equal(unlink(way_file(&w, "master.key")), 0);
    assert_int_equal(way_open(&w), IAM_DENIED);
    assert_non_null(strstr(w.error, "master.key' is missing"));
    assert_non_null(strstr(w.error, "put the file back"));
    assert_false(way_has(&w, "master.key"));
    assert_false(way_has(&w, "master.key.next"));
    way_close(&w);
    /* A key that somebody puts in its place does not become the key of this store. */
    FILE *f = fopen(way_file(&w, "master.key.next"), "w");
    assert_non_null(f);
    assert_true(fputs(KEY_A, f) >= 0);
    (void)fclose(f);
    assert_int_equal(chmod(way_file(&w, "master.key.next"), 0600), 0);
    assert_int_equal(way_open(&w), IAM_DENIED);
}

static void put(const char *name)
{
    FILE *f = fopen(way_file(&w, name), "w");
    assert_non_null(f);
    assert_true(fputs("x", f) >= 0);
    (void)fclose(f);
    assert_int_equal(chmod(way_file(&w, name), 0600), 0);
}

/* What a process has left that was killed while it wrote a key is a copy of a key. */
static void copies_of_keys_are_removed(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    way_close(&w);
    put("master.key.next.new.1");
    put("master.key.next.new.Ab3");
    put("master.key.of-mine");
    assert_ok(way_open(&w));
    assert_false(way_has(&w, "master.key.next.new.1"));
    assert_false(way_has(&w, "master.key.next.new.Ab3"));
    assert_true(way_has(&w, "master.key.of-mine"));
}

static void another_key_is_refused(void **state)
{
    (void)state;
    assert_ok(setenv("IAMD_MASTER_KEY", KEY_A, 1));
    assert_ok(way_open(&w));
    assert_false(way_has(&w, "master.key"));
    way_close(&w);
    assert_ok(setenv("IAMD_MASTER_KEY", KEY_B, 1));
    assert_int_equal(way_open(&w), IAM_CORRUPT);
    assert_non_null(strstr(w.error, "the master key is not the one that sealed this store"));
    assert_null(strstr(w.error, "AQEC"));
    way_close(&w);
    assert_ok(unsetenv("IAMD_MASTER_KEY"));
    assert_int_equal(way_open(&w), IAM_DENIED);
    way_close(&w);
    assert_ok(setenv("IAMD_MASTER_KEY", KEY_A, 1));
    assert_ok(way_open(&w));
}

/* Takes the MACs away, which such a store did not have. */
static void take_macs(void)
{
    const struct iam_db_options options = { .path = way_file(&w, "iamd.db"), .wait_ms = 1000 };
    struct iam_db *db = NULL;
    assert_int_equal(iam_db_sqlite.open(&options, &db, w.error, sizeof(w.error)), IAM_DB_OK);
    assert_int_equal(
        iam_db_sqlite.exec(db,
                           "UPDATE iam_user SET row_mac = NULL; UPDATE account SET row_mac = NULL;"
                           "UPDATE access_key SET row_mac = NULL;"),
        IAM_DB_OK);
    iam_db_sqlite.close(db);
}

/* Makes the store of a version that had no ring: everything is sealed by the master key itself. */
static void make_old_store(void)
{
    struct server_config config = { .data_dir = w.path, .account_id = WAY_ACCOUNT };
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER,
                                         .path = way_file(&w, "iamd.db") };
    char key_path[256];
    struct iam_txn *txn;
    assert_ok(iam_store_open(&options, &w.store, w.error));
    (void)snprintf(key_path, sizeof(key_path), "%s", way_file(&w, "master.key"));
    struct iam_keeper_config keys = { .alloc = iam_heap(), .key_file = key_path };
    assert_ok(iam_keeper_new(&keys, &w.keeper, w.error, sizeof(w.error)));
    assert_ok(bootstrap(&config, w.store, w.keeper, WAY_NOW_MS, w.error));
    way_add_keys(&w, 3);
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_generation_delete(txn, 1));
    assert_ok(iam_txn_commit(txn));
    way_close(&w);
    take_macs();
}

static void a_store_of_an_earlier_version_goes_on(void **state)
{
    (void)state;
    make_old_store();
    for (int i = 0; i < 2; i++) {
        assert_ok(way_open(&w));
        assert_int_equal(way_check_keys(&w), 4);
        assert_int_equal(way_old_keys(&w), 0);
        assert_ok(keys_reload(w.store, w.keeper)); /* it has a ring now */
        way_close(&w);
    }
    assert_ok(way_open(&w));
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    way_work(&w);
    way_close(&w);
    assert_ok(way_open(&w));
    assert_int_equal(way_check_keys(&w), 4);
    assert_int_equal(way_old_keys(&w), 0);
}

static void an_earlier_store_needs_its_key_too(void **state)
{
    (void)state;
    make_old_store();
    assert_ok(setenv("IAMD_MASTER_KEY", KEY_B, 1));
    assert_int_equal(way_open(&w), IAM_CORRUPT);
    way_close(&w);
    /* And nothing was written that would say that this key is right. */
    assert_int_equal(way_open(&w), IAM_CORRUPT);
    way_close(&w);
    assert_ok(unsetenv("IAMD_MASTER_KEY"));
    assert_ok(way_open(&w));
    assert_int_equal(way_check_keys(&w), 4);
}

static void a_damaged_ring_is_refused(void **state)
{
    struct iam_txn *txn;
    (void)state;
    assert_ok(way_open(&w));
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_generation_add(txn, 2, WAY_NOW_MS)); /* one that no key opens */
    assert_ok(iam_txn_commit(txn));
    way_close(&w);
    assert_int_equal(way_open(&w), IAM_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_missing_key_is_not_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_of_keys_are_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(another_key_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_of_an_earlier_version_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(an_earlier_store_needs_its_key_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_ring_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
