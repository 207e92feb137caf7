/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when a row does not verify, and the note that a store has MACs. */
#include "server/integrity.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/test.h"

static struct iam_keeper *keeper_new(void)
{
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    struct iam_keeper *k = NULL;
    char error[128];
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

static void a_broken_row_is_told_once_and_takes_decisions_away(void **state)
{
    struct health health = { 0 };
    struct integrity i;
    (void)state;
    integrity_init(&i, &health);
    struct iam_row_sealer sealer = integrity_sealer(&i);
    assert_true(health_is_ready(&health));
    sealer.broken(sealer.ctx, IAM_STR("iam_user"), IAM_STR("AIDA1"));
    assert_false(health_is_ready(&health));
    sealer.broken(sealer.ctx, IAM_STR("iam_user"), IAM_STR("AIDA1"));
    assert_int_equal(i.count, 1);
    sealer.broken(sealer.ctx, IAM_STR("iam_role"), IAM_STR("AIDA1"));
    assert_int_equal(i.count, 2);
}

static void more_rows_than_are_remembered_are_not_logged(void **state)
{
    struct integrity i;
    (void)state;
    integrity_init(&i, NULL);
    struct iam_row_sealer sealer = integrity_sealer(&i);
    for (int n = 0; n < 2 * INTEGRITY_ROWS_MAX; n++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "AIDA%d", n);
        sealer.broken(sealer.ctx, IAM_STR("iam_user"), iam_str_c(key));
    }
    assert_int_equal(i.count, INTEGRITY_ROWS_MAX);
}

static void the_macs_are_the_keepers(void **state)
{
    struct iam_keeper *k = keeper_new();
    struct integrity i;
    uint8_t mac[IAM_ROW_MAC_BYTES];
    (void)state;
    integrity_init(&i, NULL);
    struct iam_row_sealer sealer = integrity_sealer(&i);
    /* Without a keeper nothing verifies. */
    assert_int_equal(sealer.make(sealer.ctx, IAM_STR("row"), mac), IAM_IO);
    assert_int_equal(sealer.check(sealer.ctx, IAM_STR("row"), mac), IAM_IO);
    integrity_use(&i, k);
    assert_ok(sealer.make(sealer.ctx, IAM_STR("row"), mac));
    assert_ok(sealer.check(sealer.ctx, IAM_STR("row"), mac));
    assert_ok(iam_keeper_check_row_mac(k, IAM_STR("row"), mac));
    assert_int_equal(sealer.check(sealer.ctx, IAM_STR("other"), mac), IAM_CORRUPT);
    iam_keeper_free(k);
}

/* Returns a store whose rows have no MACs yet; i, which makes them, has no keeper. */
static struct iam_store *open_without_macs(struct integrity *i)
{
    char error[IAM_STORE_ERROR_MAX];
    struct iam_store *store;
    integrity_init(i, NULL);
    const struct iam_store_options options = {
        .path = ":memory:", .sealer = integrity_sealer(i), .seals_later = true
    };
    assert_ok(iam_store_open(&options, &store, error));
    return store;
}

/* Rows get their MACs once: what a store says later is not taken for true again. */
static void rows_get_their_macs_once(void **state)
{
    char dir[] = "/tmp/iamd-integrity-XXXXXX";
    char path[64];
    struct iam_keeper *k = keeper_new();
    struct integrity i;
    struct iam_store *store = open_without_macs(&i);
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/store-sealed", dir);
    assert_false(sealed_is_noted(dir));
    assert_int_equal(sealed_make(dir, store), IAM_IO); /* there is no keeper */
    assert_false(sealed_is_noted(dir));
    integrity_use(&i, k);
    assert_ok(sealed_make(dir, store));
    assert_true(sealed_is_noted(dir));
    integrity_use(&i, NULL);
    assert_ok(sealed_make(dir, store)); /* nothing is made */
    integrity_use(&i, k);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(sealed_make(dir, store), IAM_IO); /* the note cannot be kept */
    assert_ok(sealed_make(NULL, store));
    iam_store_close(store);
    iam_keeper_free(k);
}

static unsigned asked;

static bool is_over_at_once(void)
{
    asked++;
    return true;
}

/* Who is told to stop leaves the rows to the next start. */
static void making_macs_ends(void **state)
{
    struct iam_keeper *k = keeper_new();
    struct integrity i;
    struct iam_store *store = open_without_macs(&i);
    (void)state;
    integrity_use(&i, k);
    integrity_until(&i, is_over_at_once);
    assert_int_equal(sealed_make(NULL, store), IAM_CONFLICT);
    assert_int_equal(asked, 1);
    integrity_until(&i, NULL);
    assert_ok(sealed_make(NULL, store));
    assert_int_equal(asked, 1);
    iam_store_close(store);
    iam_keeper_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_row_is_told_once_and_takes_decisions_away),
        cmocka_unit_test(more_rows_than_are_remembered_are_not_logged),
        cmocka_unit_test(the_macs_are_the_keepers),
        cmocka_unit_test(rows_get_their_macs_once),
        cmocka_unit_test(making_macs_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
