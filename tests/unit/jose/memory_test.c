/* SPDX-License-Identifier: Apache-2.0 */
/* Each allocation of a set of keys fails in turn: then there is no set, and nothing of one. */
#include "issuer.h"
#include "lib/failing_alloc.h"

static struct failing_alloc heap;

/* Is linked in the place of the process heap. */
const struct iam_alloc *iam_heap(void)
{
    return &heap.alloc;
}

/* Enough keys that reading one of them needs a block more. */
#define RSA_KEYS 24

static struct issuer issuer;

static struct iam_str make_set(void)
{
    struct iam_str parts[RSA_KEYS + 2];
    struct iam_str text;
    const char *jwk = issuer_jwk(&issuer, 0, "\"kid\":\"a\",\"alg\":\"RS256\",");
    for (size_t i = 0; i < RSA_KEYS; i++) {
        assert_ok(
            iam_arena_fmt(&issuer.arena, &parts[i], "%s%s,", i == 0 ? "{\"keys\":[" : "", jwk));
    }
    parts[RSA_KEYS] = iam_str_c(issuer_jwk(&issuer, 1, "\"kid\":\"b\","));
    parts[RSA_KEYS + 1] = IAM_STR("]}");
    assert_ok(iam_arena_join(&issuer.arena, parts, IAM_COUNT(parts), &text));
    return text;
}

static void assert_whole(const struct iam_jwks *jwks)
{
    assert_int_equal(iam_jwks_count(jwks), RSA_KEYS + 1);
    assert_true(iam_jwks_has(jwks, IAM_STR("a")) && iam_jwks_has(jwks, IAM_STR("b")));
    assert_false(iam_jwks_has(jwks, IAM_STR("c")));
}

static void test_each_allocation(void **state)
{
    (void)state;
    failing_alloc_init(&heap, 0, false);
    issuer_open(&issuer);
    struct iam_str text = make_set();
    size_t live = heap.live;
    enum iam_status st = IAM_NOMEM;
    for (size_t n = 1; st != IAM_OK; n++) {
        struct iam_jwks *jwks = NULL;
        heap.count = 0;
        heap.failed = 0;
        heap.fail_at = n;
        st = iam_jwks_read(text, &jwks);
        heap.fail_at = 0;
        assert_int_equal(st, heap.failed > 0 ? IAM_NOMEM : IAM_OK);
        if (st == IAM_OK) {
            assert_true(n > 3);
            assert_whole(jwks);
        }
        iam_jwks_unref(jwks);
        assert_int_equal(heap.live, live);
    }
    issuer_close(&issuer);
    assert_int_equal(heap.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
