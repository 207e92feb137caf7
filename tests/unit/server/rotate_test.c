/* SPDX-License-Identifier: Apache-2.0 */
/* Rotations: with a file and with a key from outside, their work, and the end of a generation. */
#include "server/rotate.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../store/breaking.h"
#include "base/heap.h"
#include "store/access_key.h"
#include "store/saml_provider.h"
#include "store/server_certificate.h"
#include "way_rig.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_C "AgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define DAY_MS (INT64_C(24) * 3600 * 1000)

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

static void read_key(uint8_t key[IAM_MASTER_KEY_BYTES])
{
    FILE *f = fopen(way_file(&w, "master.key"), "rb");
    assert_non_null(f);
    assert_int_equal(fread(key, 1, IAM_MASTER_KEY_BYTES, f), IAM_MASTER_KEY_BYTES);
    (void)fclose(f);
}

static size_t generations(void)
{
    struct iam_arena arena;
    struct iam_key_generation_list list = { 0 };
    struct iam_txn *txn;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(w.store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_generation_list(txn, &arena, &list));
    iam_txn_rollback(txn);
    iam_arena_done(&arena);
    return list.count;
}

static void a_file_is_replaced(void **state)
{
    uint8_t before[IAM_MASTER_KEY_BYTES];
    uint8_t after[IAM_MASTER_KEY_BYTES];
    struct stat st;
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 200);
    read_key(before);
    assert_false(w.rotate.has_work);
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    read_key(after);
    assert_memory_not_equal(before, after, sizeof(before));
    assert_int_equal(stat(way_file(&w, "master.key"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_false(way_has(&w, "master.key.next"));
    assert_true(w.rotate.has_work);
    assert_int_equal(way_old_keys(&w), 201);
    assert_int_equal(way_check_keys(&w), 201);
    way_work(&w);
    assert_int_equal(w.rotate.walk.sealed, 201);
    assert_int_equal(w.rotate.walk.damaged, 0);
    assert_int_equal(way_old_keys(&w), 0);
    way_close(&w);

    /* The key of before opens nothing any more. */
    FILE *f = fopen(way_file(&w, "master.key"), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(before, 1, sizeof(before), f), sizeof(before));
    (void)fclose(f);
    assert_int_equal(way_open(&w), IAM_CORRUPT);
}

/* A generation goes when nobody can have a session that it sealed. */
static void a_generation_ends_after_the_longest_session(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 3);
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    assert_ok(rotate_drop(&w.rotate, WAY_NOW_MS + 10 * DAY_MS));
    assert_int_equal(generations(), 2); /* rows are still sealed with it */
    way_work(&w);
    assert_ok(rotate_drop(&w.rotate, WAY_NOW_MS + IAM_SESSION_MAX_MS));
    assert_int_equal(generations(), 2);
    assert_ok(rotate_drop(&w.rotate, WAY_NOW_MS + IAM_SESSION_MAX_MS + 15 * 60 * 1000));
    assert_int_equal(generations(), 1);
    assert_int_equal(w.rotate.drop_at_ms, 0);
    assert_int_equal(way_check_keys(&w), 4);
    way_close(&w);
    assert_ok(way_open(&w));
    assert_int_equal(way_check_keys(&w), 4);
}

static void there_is_a_bound(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    for (int i = 1; i < IAM_RING_MAX; i++) {
        assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS + i, w.error));
    }
    assert_int_equal(rotate_switch(&w.rotate, NULL, WAY_NOW_MS + 99, w.error), IAM_LIMIT);
    assert_non_null(strstr(w.error, "too many rotations"));
    assert_false(way_has(&w, "root-credentials.next"));
    way_work(&w);
    assert_ok(rotate_drop(&w.rotate, WAY_NOW_MS + 2 * DAY_MS));
    assert_int_equal(generations(), 1);
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS + 2 * DAY_MS, w.error));
    way_close(&w);
    assert_ok(way_open(&w));
    assert_int_equal(way_check_keys(&w), 1);
}

static void start_with(const char *key, enum iam_status want)
{
    way_close(&w);
    assert_ok(setenv("IAMD_MASTER_KEY", key, 1));
    assert_int_equal(way_open(&w), want);
    (void)unsetenv("IAMD_MASTER_KEY"); /* as the server does once it runs */
}

static void a_key_from_outside(void **state)
{
    (void)state;
    start_with(KEY_A, IAM_OK);
    way_add_keys(&w, 5);
    assert_int_equal(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error), IAM_RANGE);
    assert_non_null(strstr(w.error, "IAMD_NEW_MASTER_KEY"));
    assert_int_equal(rotate_switch(&w.rotate, "nonsense", WAY_NOW_MS, w.error), IAM_SYNTAX);
    assert_int_equal(rotate_switch(&w.rotate, KEY_A, WAY_NOW_MS, w.error), IAM_EXISTS);
    assert_ok(rotate_switch(&w.rotate, KEY_B, WAY_NOW_MS, w.error));
    assert_non_null(strstr(w.error, "at the next start"));
    way_work(&w);
    assert_int_equal(way_old_keys(&w), 0);
    assert_false(way_has(&w, "master.key"));
    assert_false(way_has(&w, "master.key.next"));

    /* Until a start with the new key, both open the store; then the old one does not. */
    start_with(KEY_A, IAM_OK);
    assert_int_equal(way_check_keys(&w), 6);
    start_with(KEY_B, IAM_OK);
    assert_int_equal(way_check_keys(&w), 6);
    start_with(KEY_A, IAM_CORRUPT);
    start_with(KEY_B, IAM_OK);
}

static void one_that_was_not_taken_up_is_replaced(void **state)
{
    (void)state;
    start_with(KEY_A, IAM_OK);
    assert_ok(rotate_switch(&w.rotate, KEY_B, WAY_NOW_MS, w.error));
    assert_ok(rotate_switch(&w.rotate, KEY_C, WAY_NOW_MS, w.error));
    start_with(KEY_B, IAM_CORRUPT);
    start_with(KEY_A, IAM_OK);
    start_with(KEY_C, IAM_OK);
    assert_int_equal(way_check_keys(&w), 1);
    start_with(KEY_A, IAM_CORRUPT);
}

static void a_key_for_a_file_is_refused(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    assert_int_equal(rotate_switch(&w.rotate, KEY_B, WAY_NOW_MS, w.error), IAM_RANGE);
    assert_false(w.rotate.has_work);
}

/* A row that no key opens is named and left as it is, and holds up nothing. */
static void a_damaged_secret_is_left(void **state)
{
    struct iam_arena arena;
    struct iam_access_key key;
    struct iam_txn *txn;
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 3);
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_access_key_get(txn, &arena, IAM_STR("AKIAKEY00002"), &key));
    assert_ok(iam_store_access_key_reseal(txn, &key, IAM_STR("damaged")));
    assert_ok(iam_txn_commit(txn));
    iam_arena_done(&arena);
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    way_work(&w);
    assert_int_equal(w.rotate.walk.damaged, 1);
    assert_int_equal(w.rotate.walk.sealed, 3);
}

/* Made for this test. */
#define PEM                                                              \
    "-----BEGIN PRIVATE KEY-----\n"                                      \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgE3JD3BE36RDOxcU8\n" \
    "/uJotH1+Kj+z+JjsuQrLSKsMe+ahRANCAAQlKVj+yGKFXg21I0C6jsZjbE4CK0X+\n" \
    "/5UR0LkW7ipqNPmaIdM1C1wkrzmj2NxT03K3KzqpsC26a+vbZvdRlHOs\n"         \
    "-----END PRIVATE KEY-----\n"

static void add_certificate(const char *id, const char *name, const char *sealed_for)
{
    struct iam_server_certificate cert = { .id = iam_str_c(id),
                                           .account = IAM_STR(WAY_ACCOUNT),
                                           .name = iam_str_c(name),
                                           .path = IAM_STR("/"),
                                           .body = IAM_STR("body") };
    struct iam_arena arena;
    struct iam_txn *txn;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_keeper_seal_private_key(w.keeper, iam_str_c(sealed_for), IAM_STR(PEM), &arena,
                                          &cert.sealed_key));
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_server_certificate_add(txn, &cert));
    assert_ok(iam_txn_commit(txn));
    iam_arena_done(&arena);
}

/* Counts the certificates whose key opens, and has been sealed by the newest generation. */
static size_t count_newest(void)
{
    struct iam_server_certificate_list list;
    struct iam_arena arena;
    struct iam_str sealed;
    struct iam_txn *txn;
    size_t count = 0;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(w.store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_server_certificate_scan_facts(txn, &arena, NULL, &list));
    iam_txn_rollback(txn);
    for (size_t i = 0; i < list.count; i++) {
        const struct iam_server_certificate *cert = &list.items[i];
        bool is_newest = iam_keeper_reseal_private_key(w.keeper, cert->id, cert->sealed_key, &arena,
                                                       &sealed) == IAM_EXISTS;
        count += is_newest &&
                 iam_keeper_check_private_key(w.keeper, cert->id, cert->sealed_key) == IAM_OK;
    }
    iam_arena_done(&arena);
    return count;
}

/* Private keys of certificates are rows like access keys; one that is of another is left. */
static void keys_of_certificates_are_sealed_again(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 2);
    add_certificate("ASCA1", "a", "ASCA1");
    add_certificate("ASCA2", "b", "ASCA1");
    add_certificate("ASCA3", "c", "ASCA3");
    assert_int_equal(count_newest(), 2);
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    assert_int_equal(count_newest(), 0);
    way_work(&w);
    assert_int_equal(w.rotate.walk.damaged, 1);
    assert_int_equal(w.rotate.walk.sealed, 5);
    assert_int_equal(count_newest(), 2);
}

/* Another writer holds the store: the key in use stays, and a later call succeeds. */
static void a_failure_changes_nothing(void **state)
{
    uint8_t before[IAM_MASTER_KEY_BYTES];
    uint8_t after[IAM_MASTER_KEY_BYTES];
    struct iam_store_options options = { .path = way_file(&w, "iamd.db"), .wait_ms = 20 };
    struct iam_store *quick = NULL;
    struct iam_txn *txn;
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 3);
    options.sealer = integrity_sealer(&w.integrity);
    assert_ok(iam_store_open(&options, &quick, w.error));
    w.rotate.store = quick;
    read_key(before);
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    assert_int_equal(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error), IAM_IO);
    assert_non_null(strstr(w.error, "the master key was not rotated"));
    iam_txn_rollback(txn);
    read_key(after);
    assert_memory_equal(before, after, sizeof(before));
    assert_int_equal(way_old_keys(&w), 0);

    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    assert_int_equal(rotate_step(&w.rotate), IAM_IO);
    iam_txn_rollback(txn);
    way_work(&w);
    assert_int_equal(way_old_keys(&w), 0);
    iam_store_close(quick);
}

static void run_in_store(const char *sql)
{
    struct iam_txn *txn;
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    run_sql(txn, sql);
    assert_ok(iam_txn_commit(txn));
}

/* A row that somebody else has written is not one that is done: its turn comes again. */
static void what_cannot_be_read_is_not_done(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 3);
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    run_in_store("UPDATE access_key SET created_ms = created_ms + 1 WHERE key_id = 'AKIAKEY00002'");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(rotate_step(&w.rotate), IAM_CORRUPT);
    }
    assert_true(w.rotate.has_work);
    run_in_store("UPDATE access_key SET created_ms = created_ms - 1 WHERE key_id = 'AKIAKEY00002'");
    way_work(&w);
    assert_int_equal(way_old_keys(&w), 0);
    assert_int_equal(way_check_keys(&w), 4);
}

/* ---- private keys ---- */

#define PROVIDERS 70 /* more keys than two pages have */
/* Adds a provider with two keys. */
static void add_provider(struct iam_txn *txn, struct iam_arena *arena, unsigned number)
{
    char id[32];
    char key_id[32];
    (void)snprintf(id, sizeof(id), "SAMLSP%05u", number);
    const struct iam_saml_provider provider = { .id = iam_str_c(id),
                                                .account = IAM_STR(WAY_ACCOUNT),
                                                .name = iam_str_c(id),
                                                .created_ms = WAY_NOW_MS,
                                                .valid_until_ms = WAY_NOW_MS };
    assert_ok(iam_store_saml_provider_add(txn, &provider));
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(key_id, sizeof(key_id), "SAMLPK%05u%u", number, i);
        struct iam_saml_key key = { .id = iam_str_c(key_id),
                                    .provider_id = provider.id,
                                    .account = provider.account,
                                    .created_ms = WAY_NOW_MS };
        assert_ok(
            iam_keeper_seal_private_key(w.keeper, key.id, IAM_STR(PEM), arena, &key.sealed_key));
        assert_ok(iam_store_saml_key_add(txn, &key));
    }
}

static void add_providers(void)
{
    struct iam_arena arena;
    struct iam_txn *txn;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(w.store, IAM_TXN_WRITE, &txn));
    for (unsigned i = 1; i <= PROVIDERS; i++) {
        add_provider(txn, &arena, i);
    }
    assert_ok(iam_txn_commit(txn));
    iam_arena_done(&arena);
}

/* Checks that every private key opens, and returns how many the newest generation has sealed. */
static size_t renewed(void)
{
    struct iam_arena arena;
    struct iam_saml_key_list keys = { 0 };
    struct iam_txn *txn;
    size_t count = 0;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(w.store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_saml_key_scan(txn, &arena, NULL, &keys));
    iam_txn_rollback(txn);
    assert_int_equal(keys.count, 2 * PROVIDERS);
    for (size_t i = 0; i < keys.count; i++) {
        const struct iam_saml_key *key = &keys.items[i];
        struct iam_str sealed;
        assert_ok(iam_keeper_check_private_key(w.keeper, key->id, key->sealed_key));
        count += iam_keeper_reseal_private_key(w.keeper, key->id, key->sealed_key, &arena,
                                               &sealed) == IAM_EXISTS;
    }
    iam_arena_done(&arena);
    return count;
}

static void keys_of_providers_are_sealed_again(void **state)
{
    (void)state;
    assert_ok(way_open(&w));
    way_add_keys(&w, 3);
    add_providers();
    assert_ok(rotate_switch(&w.rotate, NULL, WAY_NOW_MS, w.error));
    assert_int_equal(renewed(), 0);
    way_work(&w);
    assert_int_equal(w.rotate.walk.sealed, 4 + 2 * PROVIDERS);
    assert_int_equal(w.rotate.walk.damaged, 0);
    assert_int_equal(renewed(), 2 * PROVIDERS);
    assert_ok(rotate_drop(&w.rotate, WAY_NOW_MS + 10 * DAY_MS));
    assert_int_equal(generations(), 1);
    way_close(&w);
    assert_ok(way_open(&w));
    assert_int_equal(renewed(), 2 * PROVIDERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_generation_ends_after_the_longest_session, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(there_is_a_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_from_outside, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_was_not_taken_up_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_for_a_file_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_secret_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_of_certificates_are_sealed_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_not_done, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_of_providers_are_sealed_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
