/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: whether one is set, and how much of a message is left when it is long or memory is short.
 */
#include "base/heap.h"
#include "lib/test.h"
#include "wire/fault.h"

#define LONGEST 4095

static void a_fault_knows_whether_it_is_set(void **state)
{
    struct api_fault fault = { 0 };
    (void)state;
    assert_false(api_fault_is_set(&fault));
    assert_int_equal(api_fault_text(&fault, API_ERR_ACCESS_DENIED, IAM_STR("no")), IAM_FAULT);
    assert_true(api_fault_is_set(&fault));
    assert_int_equal(fault.error, API_ERR_ACCESS_DENIED);
    assert_str(fault.message, "no");
}

static void the_last_fault_counts(void **state)
{
    struct iam_arena arena;
    struct api_fault fault = { 0 };
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1u << 16);
    (void)api_fault_text(&fault, API_ERR_INVALID_ACTION, IAM_STR("first"));
    assert_int_equal(api_fault_fmt(&fault, &arena, API_ERR_NO_SUCH_ENTITY, "%s %d", "second", 2),
                     IAM_FAULT);
    assert_int_equal(fault.error, API_ERR_NO_SUCH_ENTITY);
    assert_str(fault.message, "second 2");
    iam_arena_done(&arena);
}

/* "é" has two bytes, and the second one is just past the limit, so both are cut. */
static void a_long_message_is_cut_between_characters(void **state)
{
    struct iam_arena arena;
    struct api_fault fault = { 0 };
    char text[2 * LONGEST];
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1u << 16);
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(api_fault_fmt(&fault, &arena, API_ERR_INVALID_INPUT, "%s", text), IAM_FAULT);
    assert_int_equal(fault.message.len, LONGEST);
    memcpy(text + LONGEST - 1, "\xc3\xa9", 2);
    assert_int_equal(api_fault_fmt(&fault, &arena, API_ERR_INVALID_INPUT, "%s", text), IAM_FAULT);
    assert_int_equal(fault.message.len, LONGEST - 1);
    iam_arena_done(&arena);
}

static void without_memory_the_code_stays(void **state)
{
    struct iam_arena arena;
    struct api_fault fault = { 0 };
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1);
    assert_int_equal(api_fault_fmt(&fault, &arena, API_ERR_INVALID_INPUT, "%s",
                                   "a message that is longer than the arena"),
                     IAM_FAULT);
    assert_int_equal(fault.error, API_ERR_INVALID_INPUT);
    assert_str(fault.message, "");
    iam_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_knows_whether_it_is_set),
        cmocka_unit_test(the_last_fault_counts),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(without_memory_the_code_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
