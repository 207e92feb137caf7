/* SPDX-License-Identifier: Apache-2.0 */
/* No secret of the ring, and no master key, is on the stack when a function has returned. */
#include <stdlib.h>
#include <unistd.h>

#include "keeper/master_key_int.h"
#include "residue_rig.h"

static struct iam_ring_entry entries[3];

static void make_keeper(void)
{
    keeper = open_keeper(MASTER_A);
}

static void seal_generations(void)
{
    assert_ok(iam_rotation_entry(rotation, 0, &arena, &entries[0]));
    assert_ok(iam_rotation_entry(rotation, 1, &arena, &entries[1]));
}

static void make_bridge(void)
{
    struct iam_ring_entry entry;
    assert_ok(iam_rotation_bridge(rotation, &arena, &entry));
}

/* Ends it with the new generation under the master key that is in use, and begins another one. */
static void commit_in_part(void)
{
    assert_ok(iam_rotation_commit(rotation, false));
    iam_rotation_free(rotation);
    number = 3;
    begin_rotation();
}

static void read_entries(void)
{
    for (size_t i = 0; i < IAM_COUNT(entries); i++) {
        assert_ok(iam_keeper_ring_entry(keeper, i, &arena, &entries[i]));
    }
}

static void open_ring(void)
{
    assert_ok(iam_keeper_open_ring(keeper, entries, IAM_COUNT(entries)));
}

static void make_first_ring(void)
{
    assert_ok(iam_keeper_first_ring(keeper));
}

static void assert_ring_is_gone(const struct keeper_ring *ring)
{
    assert_gone(ring->wrap.bytes);
    assert_gone(ring->row_secret);
    assert_gone(ring->row_key.inner);
    for (size_t i = 0; i < ring->count; i++) {
        assert_gone(ring->items[i].secret);
        assert_gone(ring->items[i].marker_key);
        assert_gone(ring->items[i].keys[KEEPER_PURPOSE_SECRET].bytes);
    }
}

static struct keeper_ring own_ring;

static void set_rows(void)
{
    assert_ok(ring_set_rows(&own_ring, bytes));
}

static void init_ring(void)
{
    assert_ok(ring_init(&own_ring, bytes));
}

static void add_generation(void)
{
    assert_ok(ring_add_random(&own_ring, 1));
}

static void test_parts_of_a_ring(void **state)
{
    static void (*const functions[])(void) = { init_ring, set_rows, add_generation };
    uint8_t of_rows[KEEPER_KEY_BYTES];
    (void)state;
    for (size_t i = 0; i < KEEPER_KEY_BYTES; i++) {
        bytes[i] = (uint8_t)(200 - i);
    }
    for (size_t i = 0; i < IAM_COUNT(functions); i++) {
        residue_of(functions[i]);
        assert_gone(bytes);
        assert_ring_is_gone(&own_ring);
        assert_ok(keeper_derive(bytes_of(own_ring.row_secret, sizeof(own_ring.row_secret)),
                                IAM_STR("iamd v1 rows"), of_rows));
        assert_gone(of_rows);
    }
}

static char path[] = "/tmp/iamd-residue-XXXXXX/key";

static void load_master(void)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = path };
    char error[128];
    assert_ok(master_key_load(&config, bytes, error, sizeof(error)));
}

static void name_master(void)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = path };
    char id[IAM_MASTER_ID_LEN + 1];
    char error[128];
    assert_ok(iam_master_id_of(&config, id, error, sizeof(error)));
}

/* A file that is made, then one that is there. */
static void test_master_key(void **state)
{
    char *slash = strrchr(path, '/');
    (void)state;
    *slash = '\0';
    assert_non_null(mkdtemp(path));
    *slash = '/';
    for (size_t i = 0; i < 2; i++) {
        residue_of(load_master);
        assert_gone(bytes);
    }
    residue_of(name_master);
    assert_gone(bytes);
    assert_ok(ring_init(&own_ring, bytes));
    assert_ring_is_gone(&own_ring);
    assert_int_equal(unlink(path), 0);
    *slash = '\0';
    assert_int_equal(rmdir(path), 0);
}

static void test_ring(void **state)
{
    static void (*const functions[])(void) = { begin_rotation, seal_generations, make_bridge,
                                               commit_in_part, commit,           read_entries,
                                               open_ring,      make_first_ring };
    static uint8_t master[2][32];
    (void)state;
    for (size_t i = 0; i < sizeof(master[0]); i++) {
        master[0][i] = (uint8_t)i;
        master[1][i] = (uint8_t)(i % 2 == 0 ? i + 32 : i);
    }
    number = 2;
    iam_keeper_free(keeper);
    residue_of(make_keeper);
    assert_gone(master[0]);
    assert_ring_is_gone(&keeper->ring);
    for (size_t i = 0; i < IAM_COUNT(functions); i++) {
        residue_of(functions[i]);
        assert_gone(master[0]);
        assert_gone(master[1]);
        assert_ring_is_gone(&keeper->ring);
    }
}

static void make_row_mac(void)
{
    assert_ok(iam_keeper_row_mac(keeper, IAM_STR("row"), result));
}

static void make_marker_code(void)
{
    assert_ok(iam_keeper_marker_code(keeper, IAM_STR("marker"), bytes));
}

static void check_forged_marker(void)
{
    assert_int_equal(iam_keeper_check_marker(keeper, IAM_STR("marker"), result), IAM_CORRUPT);
}

static void check_forged_row(void)
{
    assert_int_equal(iam_keeper_check_row_mac(keeper, IAM_STR("row"), bytes), IAM_CORRUPT);
}

/* Of a forged Marker not even the right code is left, nor of a forged row the right MAC. */
static void test_codes(void **state)
{
    (void)state;
    residue_of(make_row_mac);
    assert_ring_is_gone(&keeper->ring);
    assert_gone(result + KEEPER_KEY_ID_BYTES);
    residue_of(check_forged_row);
    assert_gone(result + KEEPER_KEY_ID_BYTES);
    residue_of(make_marker_code);
    assert_ring_is_gone(&keeper->ring);
    assert_false(residue_has(bytes, IAM_MARKER_CODE_BYTES));
    residue_of(check_forged_marker);
    assert_false(residue_has(bytes, IAM_MARKER_CODE_BYTES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_of_a_ring),
        cmocka_unit_test(test_master_key),
        cmocka_unit_test_setup_teardown(test_ring, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
