/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "lib/test.h"

#include "decide/eval.h"
#include "policy/key.h"

static char names[IAM_REQUEST_MAX_CONTEXT + 1][24];
static struct iam_str value = IAM_STR_INIT("v");
static struct iam_context_entry entries[IAM_REQUEST_MAX_CONTEXT + 1];
static struct iam_context context;
static struct iam_request_fault fault;

static void fill(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int n = snprintf(names[i], sizeof(names[i]), "aws:RequestTag/Key%zu", i);
        entries[i] = (struct iam_context_entry){
            {names[i], (size_t)n},
            &value, 1, false
        };
    }
}

static const struct iam_context_entry *find(const char *key)
{
    static struct iam_eval ev;
    ev.context = context;
    ev.budget = IAM_EVAL_BUDGET;
    return iam_context_find(&ev, iam_str_c(key), iam_key_hash(iam_str_c(key)));
}

static void finds_every_key_in_any_case(void **state)
{
    (void)state;
    for (size_t count = 0; count <= IAM_REQUEST_MAX_CONTEXT; count += 37) {
        fill(count);
        assert_true(iam_context_init(&context, entries, count, &fault));
        for (size_t i = 0; i < count; i++) {
            char lower[24];
            for (size_t k = 0; k < sizeof(lower); k++) {
                lower[k] = iam_ascii_lower(names[i][k]);
            }
            assert_ptr_equal(find(lower), &entries[i]);
        }
        assert_null(find("aws:RequestTag/Key"));
        assert_null(find(""));
    }
}

static void too_many_keys_are_refused(void **state)
{
    (void)state;
    fill(IAM_REQUEST_MAX_CONTEXT + 1);
    assert_true(iam_context_init(&context, entries, IAM_REQUEST_MAX_CONTEXT, &fault));
    assert_false(iam_context_init(&context, entries, IAM_REQUEST_MAX_CONTEXT + 1, &fault));
}

static void a_key_that_stands_twice_is_refused(void **state)
{
    (void)state;
    fill(40);
    entries[39].key = IAM_STR("AWS:requesttag/key7");
    assert_false(iam_context_init(&context, entries, 40, &fault));
    entries[39].key = IAM_STR("AWS:requesttag/key7x");
    assert_true(iam_context_init(&context, entries, 40, &fault));
}

static void malformed_entries_are_refused(void **state)
{
    struct iam_str absent = iam_str_absent();
    const struct iam_context_entry bad[] = {
        {IAM_STR_INIT(""),     &value,  1,                          false},
        { { NULL, 0 },         &value,  1,                          false},
        { IAM_STR_INIT("a:b"), &value,  0,                          false},
        { IAM_STR_INIT("a:b"), NULL,    1,                          false},
        { IAM_STR_INIT("a:b"), &absent, 1,                          true },
        { IAM_STR_INIT("a:b"), &value,  IAM_REQUEST_MAX_VALUES + 1, true },
    };
    const struct iam_context_entry empty_list = { IAM_STR_INIT("a:b"), NULL, 0, true };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        assert_false(iam_context_init(&context, &bad[i], 1, &fault));
    }
    assert_false(iam_context_init(&context, NULL, 1, &fault));
    assert_true(iam_context_init(&context, &empty_list, 1, &fault));
    assert_true(iam_context_init(&context, NULL, 0, &fault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_key_in_any_case),
        cmocka_unit_test(too_many_keys_are_refused),
        cmocka_unit_test(a_key_that_stands_twice_is_refused),
        cmocka_unit_test(malformed_entries_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
