/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of long-term keys: shown once, sealed for one ID, usable for signing only. */
#include "lib/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "lib/failing_alloc.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID IAM_STR("AKIDEXAMPLE")
#define OTHER_ID IAM_STR("AKIDEXAMPLF")
#define SECRET IAM_STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

static const struct iam_key_scope SCOPE = { IAM_STR_INIT("20120215"), IAM_STR_INIT("us-east-1"),
                                            IAM_STR_INIT("iam") };

struct fixture {
    struct iam_keeper *keeper;
    struct iam_arena arena;
};

static struct iam_keeper *keeper_with(const struct iam_alloc *alloc, const char *key)
{
    char error[128];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = alloc, .key_base64 = key };
    assert_int_equal(iam_keeper_new(&config, &k, error, sizeof(error)), IAM_OK);
    return k;
}

static void assert_signing_key(const struct iam_signing_key *key, const char *hex)
{
    char text[IAM_SHA256_HEX_LEN + 1];
    iam_sha256_to_hex(key->bytes, text);
    assert_string_equal(text, hex);
}

/* SPEC: AWS General Reference, "Examples of how to derive a signing key". */
static void test_signing_key(void **state)
{
    struct fixture *f = *state;
    struct iam_str sealed;
    struct iam_signing_key key;
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, SECRET, &f->arena, &sealed),
                     IAM_OK);
    for (int i = 0; i < 2; i++) { /* derived, then cached */
        assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &key), IAM_OK);
        assert_signing_key(&key,
                           "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
    }
}

static void test_made_secret(void **state)
{
    struct fixture *f = *state;
    struct iam_secret_text a;
    struct iam_secret_text b;
    struct iam_str sealed_a;
    struct iam_str sealed_b;
    assert_int_equal(iam_keeper_make_secret(f->keeper, ID, &f->arena, &sealed_a, &a), IAM_OK);
    assert_int_equal(iam_keeper_make_secret(f->keeper, ID, &f->arena, &sealed_b, &b), IAM_OK);
    assert_int_equal(strlen(a.text), IAM_SECRET_TEXT_LEN);
    assert_string_not_equal(a.text, b.text);
    assert_int_equal(strspn(a.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/"),
                     IAM_SECRET_TEXT_LEN);
    assert_true(sealed_a.len <= IAM_SEALED_SECRET_MAX);
    assert_null(memmem(sealed_a.p, sealed_a.len, a.text, 8));

    /* What was shown is what signs. */
    struct iam_str again;
    struct iam_signing_key x;
    struct iam_signing_key y;
    assert_int_equal(
        iam_keeper_seal_given_secret(f->keeper, ID, iam_str_c(a.text), &f->arena, &again), IAM_OK);
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed_a, &SCOPE, &x), IAM_OK);
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, again, &SCOPE, &y), IAM_OK);
    assert_memory_equal(&x, &y, sizeof(x));
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed_b, &SCOPE, &y), IAM_OK);
    assert_memory_not_equal(&x, &y, sizeof(x));
}

/* A sealed secret that was moved to another key ID, or changed, opens nothing, cached or not. */
static void test_sealed_for_one_id(void **state)
{
    struct fixture *f = *state;
    struct iam_str sealed;
    struct iam_signing_key key;
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, SECRET, &f->arena, &sealed),
                     IAM_OK);
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &key), IAM_OK);
    assert_int_equal(iam_keeper_signing_key(f->keeper, OTHER_ID, sealed, &SCOPE, &key),
                     IAM_CORRUPT);
    assert_int_equal(iam_keeper_check_secret(f->keeper, OTHER_ID, sealed), IAM_CORRUPT);
    assert_int_equal(iam_keeper_check_secret(f->keeper, ID, sealed), IAM_OK);
    char changed[IAM_SEALED_SECRET_MAX];
    for (size_t i = 0; i < sealed.len; i++) {
        memcpy(changed, sealed.p, sealed.len);
        changed[i] = (char)(changed[i] ^ 0x10);
        struct iam_str text = { changed, sealed.len };
        assert_int_equal(iam_keeper_signing_key(f->keeper, ID, text, &SCOPE, &key), IAM_CORRUPT);
    }
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, iam_str_absent(), &SCOPE, &key),
                     IAM_CORRUPT);
    assert_int_equal(
        iam_keeper_signing_key(f->keeper, ID, iam_str_sub(sealed, 0, 49), &SCOPE, &key),
        IAM_CORRUPT);
}

static void test_wrong_master_key(void **state)
{
    struct fixture *f = *state;
    struct iam_str sealed;
    struct iam_signing_key key;
    struct iam_keeper *other = keeper_with(iam_heap(), KEY_B);
    struct iam_keeper *same = keeper_with(iam_heap(), KEY_A);
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, SECRET, &f->arena, &sealed),
                     IAM_OK);
    assert_int_equal(iam_keeper_check_secret(other, ID, sealed), IAM_CORRUPT);
    assert_int_equal(iam_keeper_signing_key(other, ID, sealed, &SCOPE, &key), IAM_CORRUPT);
    assert_int_equal(iam_keeper_check_secret(same, ID, sealed), IAM_OK);
    iam_keeper_free(other);
    iam_keeper_free(same);
}

static void test_given_secret_limits(void **state)
{
    struct fixture *f = *state;
    char text[IAM_GIVEN_SECRET_MAX + 1];
    struct iam_str sealed;
    memset(text, 'x', sizeof(text));
    static const struct {
        size_t len;
        enum iam_status st;
    } rows[] = {
        {0,                         IAM_RANGE},
        { 15,                       IAM_RANGE},
        { 16,                       IAM_OK   },
        { IAM_GIVEN_SECRET_MAX,     IAM_OK   },
        { IAM_GIVEN_SECRET_MAX + 1, IAM_RANGE}
    };
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_str secret = { text, rows[i].len };
        assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, secret, &f->arena, &sealed),
                         rows[i].st);
    }
    struct iam_signing_key key;
    text[IAM_GIVEN_SECRET_MAX - 1] = 'y';
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID,
                                                  (struct iam_str){ text, IAM_GIVEN_SECRET_MAX },
                                                  &f->arena, &sealed),
                     IAM_OK);
    assert_true(sealed.len <= IAM_SEALED_SECRET_MAX);
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &key), IAM_OK);
    text[3] = ' ';
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, (struct iam_str){ text, 20 },
                                                  &f->arena, &sealed),
                     IAM_RANGE);
    text[3] = '\n';
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, (struct iam_str){ text, 20 },
                                                  &f->arena, &sealed),
                     IAM_RANGE);
}

static void test_scope_limits(void **state)
{
    struct fixture *f = *state;
    struct iam_str sealed;
    struct iam_signing_key key;
    char text[65];
    memset(text, 'r', sizeof(text));
    assert_int_equal(iam_keeper_seal_given_secret(f->keeper, ID, SECRET, &f->arena, &sealed),
                     IAM_OK);
    struct iam_key_scope scope = SCOPE;
    scope.region = (struct iam_str){ text, 65 };
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &scope, &key), IAM_RANGE);
    scope.region = IAM_STR("");
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &scope, &key), IAM_RANGE);
    scope = SCOPE;
    scope.date = IAM_STR("2012021");
    assert_int_equal(iam_keeper_dummy_signing_key(f->keeper, &scope, &key), IAM_RANGE);
    scope = SCOPE;
    scope.service = iam_str_absent();
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &scope, &key), IAM_RANGE);
}

/* The dummy key is stable within a process and differs between two. */
static void test_dummy(void **state)
{
    struct fixture *f = *state;
    struct iam_keeper *other = keeper_with(iam_heap(), KEY_A);
    struct iam_signing_key a;
    struct iam_signing_key b;
    struct iam_signing_key c;
    assert_int_equal(iam_keeper_dummy_signing_key(f->keeper, &SCOPE, &a), IAM_OK);
    iam_keeper_forget(f->keeper, IAM_STR("AKIA0000000000000000"));
    assert_int_equal(iam_keeper_dummy_signing_key(f->keeper, &SCOPE, &b), IAM_OK);
    assert_int_equal(iam_keeper_dummy_signing_key(other, &SCOPE, &c), IAM_OK);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_memory_not_equal(&a, &c, sizeof(a));
    iam_keeper_free(other);
    iam_keeper_free(NULL);
}

/* A counting allocator tells what deriving costs: nothing beyond the arena. */
static void test_signing_allocates_nothing(void **state)
{
    (void)state;
    struct failing_alloc counter;
    failing_alloc_init(&counter, 0, false);
    struct iam_keeper *k = keeper_with(&counter.alloc, KEY_A);
    struct iam_arena arena;
    struct iam_str sealed;
    struct iam_signing_key key;
    iam_arena_init(&arena, iam_heap(), 4096);
    assert_int_equal(iam_keeper_seal_given_secret(k, ID, SECRET, &arena, &sealed), IAM_OK);
    size_t before = counter.count;
    assert_int_equal(iam_keeper_signing_key(k, ID, sealed, &SCOPE, &key), IAM_OK);
    assert_int_equal(iam_keeper_signing_key(k, ID, sealed, &SCOPE, &key), IAM_OK);
    assert_int_equal(counter.count, before);
    iam_arena_done(&arena);
    iam_keeper_free(k);
    assert_int_equal(counter.live, 0);
}

struct worker {
    struct fixture *f;
    struct iam_str sealed;
    struct iam_signing_key want;
    bool ok;
};

/* Few regions for many threads: the same entries are read, written and forgotten at once. */
static void *derive_on_thread(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < 2000 && w->ok; i++) {
        char region[16];
        struct iam_signing_key key;
        struct iam_key_scope scope = SCOPE;
        (void)snprintf(region, sizeof(region), "r-%d", i % 7);
        scope.region = i % 3 == 0 ? SCOPE.region : iam_str_c(region);
        w->ok = iam_keeper_signing_key(w->f->keeper, ID, w->sealed, &scope, &key) == IAM_OK &&
                (i % 3 != 0 || memcmp(&key, &w->want, sizeof(key)) == 0);
        if (i % 50 == 0) {
            iam_keeper_forget(w->f->keeper, ID);
        }
    }
    return NULL;
}

static void test_threads(void **state)
{
    struct worker w = { .f = *state, .ok = true };
    pthread_t threads[4];
    struct worker workers[4];
    assert_int_equal(iam_keeper_seal_given_secret(w.f->keeper, ID, SECRET, &w.f->arena, &w.sealed),
                     IAM_OK);
    assert_int_equal(iam_keeper_signing_key(w.f->keeper, ID, w.sealed, &SCOPE, &w.want), IAM_OK);
    for (size_t i = 0; i < 4; i++) {
        workers[i] = w;
        assert_int_equal(pthread_create(&threads[i], NULL, derive_on_thread, &workers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(workers[i].ok);
    }
}

static enum iam_status make_and_seal(const struct iam_alloc *alloc, void *ctx)
{
    (void)ctx;
    char error[64];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = alloc, .key_base64 = KEY_A };
    IAM_TRY(iam_keeper_new(&config, &k, error, sizeof(error)));
    struct iam_arena arena;
    struct iam_str sealed;
    struct iam_secret_text secret;
    iam_arena_init(&arena, alloc, 4096);
    enum iam_status st = iam_keeper_make_secret(k, ID, &arena, &sealed, &secret);
    if (st == IAM_OK) {
        st = iam_keeper_seal_given_secret(k, ID, iam_str_c(secret.text), &arena, &sealed);
    }
    iam_arena_done(&arena);
    iam_keeper_free(k);
    return st;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    assert_true(torture(make_and_seal, NULL) >= 3);
}

static int setup(void **state)
{
    static struct fixture f;
    f.keeper = keeper_with(iam_heap(), KEY_A);
    iam_arena_init(&f.arena, iam_heap(), 64 * 1024);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    iam_arena_done(&f->arena);
    iam_keeper_free(f->keeper);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_signing_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_made_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sealed_for_one_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_master_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_secret_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scope_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dummy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
        cmocka_unit_test(test_signing_allocates_nothing),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
