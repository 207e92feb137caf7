/* SPDX-License-Identifier: Apache-2.0 */
/* The ring: what it opens, what a rotation changes and what goes on working, what a drop ends. */
#include "lib/test.h"

#include "base/heap.h"
#include "keeper/keeper.h"
#include "keeper/rotation.h"
#include "session_fixture.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID IAM_STR("AKIDEXAMPLE")
#define SECRET IAM_STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
#define BYTES IAM_STR("ListUsers alice")

static const struct iam_key_scope SCOPE = { IAM_STR_INIT("20120215"), IAM_STR_INIT("us-east-1"),
                                            IAM_STR_INIT("iam") };

struct fixture {
    struct iam_keeper *keeper;
    struct iam_arena arena;
};

static struct iam_keeper *keeper_with(const char *key)
{
    char error[128];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = key };
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

static struct iam_rotation *rotation_to(struct fixture *f, const char *key, int64_t number)
{
    char error[128];
    struct iam_rotation *r = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = key };
    assert_ok(iam_rotation_new(f->keeper, &config, number, &r, error, sizeof(error)));
    return r;
}

static void rotate(struct fixture *f, const char *key, int64_t number, bool takes_master)
{
    struct iam_rotation *r = rotation_to(f, key, number);
    assert_ok(iam_rotation_commit(r, takes_master));
    iam_rotation_free(r);
}

/* Reads every entry of the keeper. */
static size_t entries_of(struct fixture *f, struct iam_ring_entry ret[IAM_RING_MAX])
{
    size_t n = 0;
    while (n < IAM_RING_MAX && iam_keeper_ring_entry(f->keeper, n, &f->arena, &ret[n]) == IAM_OK) {
        n++;
    }
    return n;
}

static struct iam_str seal(struct fixture *f)
{
    struct iam_str sealed;
    assert_ok(iam_keeper_seal_given_secret(f->keeper, ID, SECRET, &f->arena, &sealed));
    return sealed;
}

static enum iam_status check(struct iam_keeper *k, struct iam_str sealed)
{
    return iam_keeper_check_secret(k, ID, sealed);
}

static void test_everything_goes_on_after_a_rotation(void **state)
{
    struct fixture *f = *state;
    struct iam_signing_key before;
    struct iam_signing_key after;
    struct iam_secret_text secret;
    struct iam_str token;
    const struct iam_session *opened;
    uint8_t code[IAM_MARKER_CODE_BYTES];
    struct iam_session session = fixture_session();
    struct iam_str sealed = seal(f);
    assert_ok(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &before));
    assert_ok(iam_keeper_seal_session(f->keeper, &session, 0, &f->arena, &token, &secret));
    assert_ok(iam_keeper_marker_code(f->keeper, BYTES, code));

    rotate(f, KEY_B, 2, true);
    assert_ok(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &after));
    assert_memory_equal(&before, &after, sizeof(before));
    iam_keeper_forget(f->keeper, ID);
    assert_ok(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &after));
    assert_memory_equal(&before, &after, sizeof(before));
    assert_ok(iam_keeper_open_session(f->keeper, session.access_key_id, token, NULL, &f->arena,
                                      &opened, NULL));
    assert_ok(iam_keeper_check_marker(f->keeper, BYTES, code));
    assert_ok(iam_keeper_dummy_signing_key(f->keeper, &SCOPE, &after));

    /* And ends with the generation that sealed it. */
    iam_keeper_drop_generation(f->keeper, 1);
    assert_int_equal(check(f->keeper, sealed), IAM_CORRUPT);
    assert_int_equal(iam_keeper_open_session(f->keeper, session.access_key_id, token, NULL,
                                             &f->arena, &opened, NULL),
                     IAM_CORRUPT);
    assert_int_equal(iam_keeper_check_marker(f->keeper, BYTES, code), IAM_CORRUPT);
    /* The newest is never dropped. */
    sealed = seal(f);
    iam_keeper_drop_generation(f->keeper, 2);
    assert_ok(check(f->keeper, sealed));
}

static void test_a_secret_is_sealed_again(void **state)
{
    struct fixture *f = *state;
    struct iam_str again = iam_str_absent();
    struct iam_signing_key before;
    struct iam_signing_key after;
    struct iam_str sealed = seal(f);
    assert_int_equal(iam_keeper_reseal_secret(f->keeper, ID, sealed, &f->arena, &again),
                     IAM_EXISTS);
    assert_absent(again);
    rotate(f, KEY_B, 2, true);
    assert_int_equal(
        iam_keeper_reseal_secret(f->keeper, IAM_STR("OTHER"), sealed, &f->arena, &again),
        IAM_CORRUPT);
    assert_ok(iam_keeper_reseal_secret(f->keeper, ID, sealed, &f->arena, &again));
    assert_ok(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &before));
    iam_keeper_drop_generation(f->keeper, 1);
    assert_ok(iam_keeper_signing_key(f->keeper, ID, again, &SCOPE, &after));
    assert_memory_equal(&before, &after, sizeof(before));
    assert_ok(iam_keeper_compare_secret(f->keeper, ID, again, SECRET));
    assert_int_equal(iam_keeper_compare_secret(f->keeper, ID, again, IAM_STR("another")),
                     IAM_CONFLICT);
    assert_int_equal(iam_keeper_compare_secret(f->keeper, ID, sealed, SECRET), IAM_CORRUPT);
}

/* Another process opens the entries with the master key that sealed them, and with no other. */
static void test_entries_open_under_their_master_key(void **state)
{
    struct fixture *f = *state;
    struct iam_ring_entry entries[IAM_RING_MAX];
    rotate(f, KEY_B, 2, true);
    rotate(f, KEY_A, 5, true);
    struct iam_str sealed = seal(f);
    size_t n = entries_of(f, entries);
    assert_int_equal(n, 3);
    struct iam_keeper *same = keeper_with(KEY_A);
    struct iam_keeper *other = keeper_with(KEY_B);
    assert_int_equal(check(same, sealed), IAM_CORRUPT);
    assert_ok(iam_keeper_open_ring(same, entries, n));
    assert_ok(check(same, sealed));
    assert_int_equal(iam_keeper_open_ring(other, entries, n), IAM_CORRUPT);

    /* Not in another order, not under another number, not none, not with a byte changed. */
    struct iam_ring_entry bad[IAM_RING_MAX] = { entries[1], entries[0], entries[2] };
    assert_int_equal(iam_keeper_open_ring(same, bad, n), IAM_CORRUPT);
    memcpy(bad, entries, sizeof(bad));
    bad[2].number = 6;
    assert_int_equal(iam_keeper_open_ring(same, bad, n), IAM_CORRUPT);
    assert_int_equal(iam_keeper_open_ring(same, entries, 0), IAM_CORRUPT);
    char *bytes = (char *)(uintptr_t)entries[1].sealed.p;
    for (size_t i = 0; i < entries[1].sealed.len; i++) {
        bytes[i] = (char)(bytes[i] ^ 1);
        assert_int_equal(iam_keeper_open_ring(same, entries, n), IAM_CORRUPT);
        bytes[i] = (char)(bytes[i] ^ 1);
    }
    assert_ok(check(same, sealed)); /* the ring of before is in use */
    iam_keeper_free(same);
    iam_keeper_free(other);
}

/* Between the switch and its end, the store has entries for both master keys. */
static void test_either_master_key_opens_the_bridge(void **state)
{
    struct fixture *f = *state;
    struct iam_ring_entry old[2];
    struct iam_ring_entry new[2];
    char id[IAM_MASTER_ID_LEN + 1];
    struct iam_rotation *r = rotation_to(f, KEY_B, 2);
    assert_ok(iam_keeper_ring_entry(f->keeper, 0, &f->arena, &old[0]));
    assert_ok(iam_rotation_bridge(r, &f->arena, &old[1]));
    assert_ok(iam_rotation_entry(r, 0, &f->arena, &new[0]));
    assert_ok(iam_rotation_entry(r, 1, &f->arena, &new[1]));
    assert_int_equal(iam_rotation_entry(r, 2, &f->arena, &new[1]), IAM_NOT_FOUND);
    iam_keeper_master_id(f->keeper, id);
    assert_string_not_equal(id, iam_rotation_master_id(r));

    struct iam_keeper *before = keeper_with(KEY_A);
    struct iam_keeper *after = keeper_with(KEY_B);
    assert_ok(iam_keeper_open_ring(before, old, 2));
    assert_ok(iam_keeper_open_ring(after, new, 2));
    /* A master key that comes from outside stays in use until the next start. */
    char still[IAM_MASTER_ID_LEN + 1];
    assert_ok(iam_rotation_commit(r, false));
    iam_keeper_master_id(f->keeper, still);
    assert_string_equal(id, still);
    struct iam_str sealed = seal(f);
    assert_ok(check(before, sealed));
    assert_ok(check(after, sealed));
    iam_rotation_free(r);
    iam_keeper_free(before);
    iam_keeper_free(after);
}

static void test_limits(void **state)
{
    struct fixture *f = *state;
    char error[128];
    struct iam_rotation *r = NULL;
    struct iam_keeper_config same = { .alloc = iam_heap(), .key_base64 = KEY_A };
    struct iam_keeper_config other = { .alloc = iam_heap(), .key_base64 = KEY_B };
    struct iam_keeper_config bad = { .alloc = iam_heap(), .key_base64 = "nonsense" };
    assert_int_equal(iam_rotation_new(f->keeper, &same, 2, &r, error, sizeof(error)), IAM_EXISTS);
    assert_int_equal(iam_rotation_new(f->keeper, &bad, 2, &r, error, sizeof(error)), IAM_SYNTAX);
    assert_int_equal(iam_rotation_new(f->keeper, &other, 1, &r, error, sizeof(error)), IAM_RANGE);
    for (int64_t n = 2; n <= IAM_RING_MAX; n++) {
        rotate(f, n % 2 == 0 ? KEY_B : KEY_A, n, true);
    }
    assert_int_equal(iam_rotation_new(f->keeper, &same, 99, &r, error, sizeof(error)), IAM_LIMIT);
    assert_null(r);
}

static void test_a_new_store_has_a_secret_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct iam_str sealed;
    struct iam_ring_entry entry;
    assert_ok(iam_keeper_first_ring(f->keeper));
    sealed = seal(f);
    /* The master key alone opens nothing of it. */
    struct iam_keeper *same = keeper_with(KEY_A);
    assert_int_equal(check(same, sealed), IAM_CORRUPT);
    assert_ok(iam_keeper_ring_entry(f->keeper, 0, &f->arena, &entry));
    assert_ok(iam_keeper_open_ring(same, &entry, 1));
    assert_ok(check(same, sealed));
    iam_keeper_free(same);
}

static int setup(void **state)
{
    static struct fixture f;
    f.keeper = keeper_with(KEY_A);
    iam_arena_init(&f.arena, iam_heap(), 1 << 20);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    iam_keeper_free(f->keeper);
    iam_arena_done(&f->arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everything_goes_on_after_a_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_secret_is_sealed_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entries_open_under_their_master_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_either_master_key_opens_the_bridge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_store_has_a_secret_of_its_own, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
