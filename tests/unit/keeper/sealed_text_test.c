/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed texts: what opens, for whom, and through a rotation. */
#include "lib/test.h"

#include "base/heap.h"
#include "keeper/keeper.h"
#include "keeper/rotation.h"
#include "keeper/sealed_text.h"

#define MASTER "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define NEXT "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define ACCOUNT IAM_STR("111122223333")
#define OTHER IAM_STR("444455556666")
#define UNTIL INT64_C(1700000000123)

/* What a text may have to carry one day: a session token, as bytes, and the ID of its key. */
_Static_assert(IAM_SESSION_TOKEN_MAX / 4 * 3 + 128 <= IAM_SEALED_TEXT_MAX, "a session fits");

static struct iam_keeper *keeper;
static struct iam_arena arena;

static int setup(void **state)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = MASTER };
    char error[128];
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return iam_keeper_new(&config, &keeper, error, sizeof(error));
}

static int teardown(void **state)
{
    (void)state;
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}

static enum iam_status seal(struct iam_str text, struct iam_str *ret)
{
    return iam_keeper_seal_text(keeper, IAM_SEALED_MESSAGE, ACCOUNT, UNTIL, text, &arena, ret);
}

static enum iam_status open(enum iam_sealed_use use, struct iam_str account, struct iam_str sealed,
                            int64_t *ret_ms, struct iam_str *ret)
{
    return iam_keeper_open_text(keeper, use, account, sealed, &arena, ret_ms, ret);
}

static void a_text_opens_for_its_use_and_account(void **state)
{
    struct iam_str sealed;
    struct iam_str text = iam_str_absent();
    int64_t until = 0;
    (void)state;
    assert_ok(seal(IAM_STR("secret text"), &sealed));
    assert_int_equal(sealed.len, sizeof("secret text") - 1 + IAM_SEALED_OVERHEAD);
    assert_null(memmem(sealed.p, sealed.len, "secret", 6));
    assert_int_equal(open(IAM_SEALED_TRADE_IN, ACCOUNT, sealed, &until, &text), IAM_CORRUPT);
    assert_int_equal(open(IAM_SEALED_MESSAGE, OTHER, sealed, &until, &text), IAM_CORRUPT);
    assert_absent(text);
    assert_ok(open(IAM_SEALED_MESSAGE, ACCOUNT, sealed, &until, &text));
    assert_str(text, "secret text");
    assert_true(until == UNTIL);
}

static void every_byte_counts(void **state)
{
    struct iam_str sealed;
    struct iam_str text;
    int64_t until = 0;
    (void)state;
    assert_ok(seal(IAM_STR("t"), &sealed));
    for (size_t len = 0; len < sealed.len; len++) {
        assert_int_equal(
            open(IAM_SEALED_MESSAGE, ACCOUNT, iam_str_sub(sealed, 0, len), &until, &text),
            IAM_CORRUPT);
    }
    for (size_t i = 0; i < sealed.len; i++) {
        char *copy = iam_arena_alloc(&arena, sealed.len);
        memcpy(copy, sealed.p, sealed.len);
        copy[i] ^= 1;
        assert_int_equal(
            open(IAM_SEALED_MESSAGE, ACCOUNT, (struct iam_str){ copy, sealed.len }, &until, &text),
            IAM_CORRUPT);
    }
}

static void lengths_are_bounded(void **state)
{
    char *long_text = iam_arena_zalloc(&arena, 1, IAM_SEALED_TEXT_MAX + 1);
    struct iam_str sealed;
    struct iam_str text;
    int64_t until = 0;
    (void)state;
    assert_int_equal(seal(IAM_STR(""), &sealed), IAM_RANGE);
    assert_int_equal(seal((struct iam_str){ long_text, IAM_SEALED_TEXT_MAX + 1 }, &sealed),
                     IAM_RANGE);
    assert_ok(seal((struct iam_str){ long_text, IAM_SEALED_TEXT_MAX }, &sealed));
    assert_ok(open(IAM_SEALED_MESSAGE, ACCOUNT, sealed, &until, &text));
    assert_int_equal(text.len, IAM_SEALED_TEXT_MAX);
}

/* What an old generation has sealed opens until that generation is dropped. */
static void a_rotation_keeps_it(void **state)
{
    const struct iam_keeper_config next = { .alloc = iam_heap(), .key_base64 = NEXT };
    struct iam_rotation *rotation;
    struct iam_str sealed;
    struct iam_str text;
    int64_t until = 0;
    char error[128];
    (void)state;
    assert_ok(seal(IAM_STR("old"), &sealed));
    assert_ok(iam_rotation_new(keeper, &next, 2, &rotation, error, sizeof(error)));
    assert_ok(iam_rotation_commit(rotation, true));
    iam_rotation_free(rotation);
    assert_ok(open(IAM_SEALED_MESSAGE, ACCOUNT, sealed, &until, &text));
    assert_str(text, "old");
    iam_keeper_drop_generation(keeper, 1);
    assert_int_equal(open(IAM_SEALED_MESSAGE, ACCOUNT, sealed, &until, &text), IAM_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_opens_for_its_use_and_account), cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(a_rotation_keeps_it), /* last: the keeper is another one then */
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
