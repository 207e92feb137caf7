/* SPDX-License-Identifier: Apache-2.0 */
/* The cache finds what was put under exactly that name, stays bounded, and forgets. */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "keeper/key_cache_int.h"

static const struct iam_key_scope SCOPE = { IAM_STR_INIT("20150830"), IAM_STR_INIT("us-east-1"),
                                            IAM_STR_INIT("iam") };

static struct key_cache_name name_of(struct iam_str id, const struct iam_key_scope *scope,
                                     struct iam_str fingerprint)
{
    struct key_cache_name name;
    key_cache_name_set(&name, id, scope, fingerprint);
    return name;
}

static void put(struct key_cache *c, struct key_cache_name name, uint8_t v)
{
    struct iam_signing_key key = { { v } };
    key_cache_put(c, &name, &key);
}

/* The first byte of what is cached, or -1. */
static int get(struct key_cache *c, struct key_cache_name name)
{
    struct iam_signing_key key;
    return key_cache_get(c, &name, &key) ? key.bytes[0] : -1;
}

static void test_found_by_every_part(void **state)
{
    struct key_cache *c = *state;
    struct iam_str blob = IAM_STR("blob");
    put(c, name_of(IAM_STR("AKIA1"), &SCOPE, blob), 42);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, blob)), 42);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA2"), &SCOPE, blob)), -1);
    /* A secret that was replaced. */
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, IAM_STR("blab"))), -1);
    struct iam_key_scope other = SCOPE;
    other.date = IAM_STR("20150831");
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &other, blob)), -1);
    other = SCOPE;
    other.region = IAM_STR("us-east-2");
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &other, blob)), -1);
    other = SCOPE;
    other.service = IAM_STR("sts");
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &other, blob)), -1);
    /* Parts that join to the same text. */
    other = (struct iam_key_scope){ SCOPE.date, IAM_STR("us-east-1i"), IAM_STR("am") };
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &other, blob)), -1);
    put(c, name_of(IAM_STR("AKIA1"), &SCOPE, blob), 43);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, blob)), 43);
}

static void test_forget(void **state)
{
    struct key_cache *c = *state;
    put(c, name_of(IAM_STR("AKIA1"), &SCOPE, IAM_STR("a")), 1);
    put(c, name_of(IAM_STR("AKIA1"), &SCOPE, IAM_STR("b")), 2);
    put(c, name_of(IAM_STR("AKIA12"), &SCOPE, IAM_STR("c")), 3);
    key_cache_forget(c, IAM_STR("AKIA1"));
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, IAM_STR("a"))), -1);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, IAM_STR("b"))), -1);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA12"), &SCOPE, IAM_STR("c"))), 3);
    key_cache_forget(c, IAM_STR(""));
    assert_int_equal(get(c, name_of(IAM_STR("AKIA12"), &SCOPE, IAM_STR("c"))), 3);
}

/* Many more keys than places: the latest is there, and one in constant use is never driven out. */
static void test_bounded(void **state)
{
    struct key_cache *c = *state;
    struct key_cache_name hot = name_of(IAM_STR("AKIAHOT"), &SCOPE, IAM_STR("h"));
    put(c, hot, 99);
    for (int i = 0; i < 20000; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "AKIA%d", i);
        put(c, name_of(iam_str_c(id), &SCOPE, IAM_STR("x")), (uint8_t)i);
        assert_int_equal(get(c, name_of(iam_str_c(id), &SCOPE, IAM_STR("x"))), (uint8_t)i);
        assert_int_equal(get(c, hot), 99);
    }
}

static void test_name_too_long_is_not_cached(void **state)
{
    struct key_cache *c = *state;
    char blob[KEY_CACHE_NAME_MAX];
    memset(blob, 'b', sizeof(blob));
    struct iam_str text = { blob, sizeof(blob) };
    put(c, name_of(IAM_STR("AKIA1"), &SCOPE, text), 1);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, text)), -1);
    assert_int_equal(get(c, name_of(IAM_STR("AKIA1"), &SCOPE, iam_str_absent())), -1);
}

static int setup(void **state)
{
    static struct key_cache cache;
    *state = &cache;
    return key_cache_init(&cache, iam_heap()) == IAM_OK ? 0 : -1;
}

static int teardown(void **state)
{
    key_cache_done(*state);
    key_cache_done(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_by_every_part, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_name_too_long_is_not_cached, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
