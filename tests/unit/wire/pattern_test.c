/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns: a value matches as a whole or not at all, and what cannot be tried does not match. */
#include "unit/wire/rig.h"

#include "wire/pattern_int.h"

/* Returns the pattern of a member of the service "form". */
static uint16_t pattern_of(const char *member)
{
    const struct api_shape *shape = rig_op("form", "Echo")->input;

    for (size_t i = 0; i < shape->member_count; i++) {
        if (iam_str_eq(shape->members[i].name, iam_str_c(member))) {
            assert_non_null(shape->members[i].shape->pattern);
            return shape->members[i].shape->pattern_index;
        }
    }
    fail_msg("no member %s", member);
    return 0;
}

static bool matches(uint16_t pattern, struct iam_str text)
{
    struct api_matcher *matcher = NULL;
    bool is_match;

    assert_int_equal(api_matcher_new(&matcher), IAM_OK);
    assert_int_equal(api_pattern_matches(matcher, pattern, text, &is_match), IAM_OK);
    api_matcher_free(matcher);
    return is_match;
}

static void test_the_whole_text(void **state)
{
    uint16_t path = pattern_of("Path");
    uint16_t name = pattern_of("Name");

    (void)state;
    assert_true(matches(path, IAM_STR("/")));
    assert_true(matches(path, IAM_STR("/a/b/")));
    assert_false(matches(path, IAM_STR("")));
    assert_false(matches(path, IAM_STR("x/a/")));
    assert_false(matches(path, IAM_STR("/a/x")));
    assert_false(matches(path, IAM_STR("/a/\n")));
    assert_true(matches(name, IAM_STR("aZ_9")));
    assert_false(matches(name, IAM_STR("\xc3\xa9"))); /* classes are ASCII only */
}

static void test_what_cannot_be_tried(void **state)
{
    uint16_t path = pattern_of("Path");
    struct api_matcher *matcher = NULL;
    bool is_match = true;

    (void)state;
    assert_false(matches((uint16_t)api_pattern_count, IAM_STR("/")));
    assert_int_equal(api_matcher_new(&matcher), IAM_OK);
    api_patterns_free();
    assert_int_equal(api_pattern_matches(matcher, path, IAM_STR("/"), &is_match), IAM_OK);
    assert_false(is_match);
    api_matcher_free(matcher);
    assert_int_equal(api_patterns_compile(), IAM_OK);
    assert_true(matches(path, IAM_STR("/")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_whole_text, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_tried, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
