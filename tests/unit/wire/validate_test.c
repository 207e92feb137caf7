/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation: each constraint in AWS's wording, and up to ten violations in one message, the
 * members in the order of apigen_model.check_order. The service of these tests quotes values.
 */
#include "unit/wire/rig.h"

#define ONE "1 validation error detected: "
#define TWO "2 validation errors detected: "
#define BUT "' failed to satisfy constraint: Member must "

static enum iam_status check(void **state, const char *form)
{
    struct rig *r = *state;
    const struct api_shape *shape = rig_op("form", "Echo")->input;
    void *in;

    if (rig_query(r, shape, form, &in) != IAM_OK) {
        fail_msg("not decoded: %.*s", IAM_STR_ARG(r->fault.message));
    }
    return api_validate(&r->arena, rig_op("form", "Echo")->service, shape, in, &r->fault);
}

static void invalid(void **state, const char *form, const char *message)
{
    assert_int_equal(check(state, form), IAM_FAULT);
    rig_assert_fault(*state, "ValidationError", message);
}

static void test_valid(void **state)
{
    static const char *const forms[] = {
        "Name=a",
        "Name=aA0_%2B",
        "Name=%3D,.@-",
        "Name=a&Path=/",
        "Name=a&Path=/x/y/",
        "Name=a&Color=Blue",
        "Name=a&Count=10&Ratio=1",
        "Name=a&Bytes=AAE%3D",
        "Name=a&Names=",
        "Name=a&Secret=12345",
        "Name=a&Attributes.entry.1.key=k&Attributes.entry.1.value=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9",
    };

    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        if (check(state, forms[i]) != IAM_OK) {
            fail_msg("refused %s: %.*s", forms[i],
                     IAM_STR_ARG(((const struct rig *)*state)->fault.message));
        }
    }
}

static void test_single(void **state)
{
    invalid(state, "", ONE "Value null at 'name" BUT "not be null");
    invalid(state, "Name=", ONE "Value '' at 'name" BUT "have length greater than or equal to 1");
    invalid(state, "Name=123456789",
            ONE "Value '123456789' at 'name" BUT "have length less than or equal to 8");
    invalid(state, "Name=a&Color=red",
            ONE "Value 'red' at 'color" BUT "satisfy enum value set: [Red, Green, Blue]");
    invalid(state, "Name=a&Count=0",
            ONE "Value '0' at 'count" BUT "have value greater than or equal to 1");
    invalid(state, "Name=a&Count=11",
            ONE "Value '11' at 'count" BUT "have value less than or equal to 10");
    invalid(state, "Name=a&Ratio=1.5",
            ONE "Value '1.5' at 'ratio" BUT "have value less than or equal to 1");
    invalid(state, "Name=a&Bytes=AA%3D%3D",
            ONE "Value at 'bytes" BUT "have length greater than or equal to 2");
    invalid(state, "Name=a&Path=x",
            ONE "Value 'x' at 'path" BUT "satisfy regular expression pattern: "
                "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)");
}

/* A maximum of nothing is a maximum: what is empty fits, and no more. */
static void test_a_maximum_of_nothing(void **state)
{
    struct rig *r = *state;
    const struct api_shape text = {
        .kind = API_STRING, .c_size = sizeof(struct iam_str), .has_max = true, .max = 0
    };
    const struct api_member member = { .name = IAM_STR("Name"),
                                       .error_name = IAM_STR("name"),
                                       .shape = &text };
    const struct api_shape shape = { .kind = API_STRUCTURE,
                                     .c_size = sizeof(struct iam_str),
                                     .members = &member,
                                     .member_count = 1 };
    const struct api_service *service = rig_op("form", "Echo")->service;
    struct iam_str in = IAM_STR("");

    assert_int_equal(api_validate(&r->arena, service, &shape, &in, &r->fault), IAM_OK);
    in = IAM_STR("a");
    assert_int_equal(api_validate(&r->arena, service, &shape, &in, &r->fault), IAM_FAULT);
    rig_assert_fault(r, "ValidationError",
                     ONE "Value 'a' at 'name" BUT "have length less than or equal to 0");
}

static void test_secret_is_not_shown(void **state)
{
    invalid(state, "Name=a&Secret=abc",
            ONE "Value at 'secret" BUT "have length greater than or equal to 4");
}

static void test_own_message(void **state)
{
    invalid(state, "Name=a%20b", "The specified value for name is invalid.");
    invalid(state, "Name=a&Leaf.Name=a/b", "The specified value for name is invalid.");
    /* A newline at the end is a character like any other. */
    invalid(state, "Name=a%0A", "The specified value for name is invalid.");
    invalid(state, "Name=%C3%A9", "The specified value for name is invalid.");
    /* With other violations it is one clause among them: all are reported. */
    invalid(state, "Name=a%20b&Count=0",
            TWO "Value '0' at 'count" BUT
                "have value greater than or equal to 1; Value 'a b' at 'name" BUT
                "satisfy regular expression pattern: [\\w+=,.@-]+");
    invalid(state, "Name=a%20b&Leaf.Name=a/b",
            TWO "Value 'a/b' at 'leaf.name" BUT
                "satisfy regular expression pattern: [\\w+=,.@-]+; Value 'a b' at 'name" BUT
                "satisfy regular expression pattern: [\\w+=,.@-]+");
}

static void test_lists_and_maps(void **state)
{
    invalid(state,
            "Name=a&Leaves=", ONE "Value at 'leaves" BUT "have length greater than or equal to 1");
    invalid(state, "Name=a&Names.member.1=a&Names.member.2=b&Names.member.3=c&Names.member.4=d",
            ONE "Value '[a, b, c, d]' at 'names" BUT "have length less than or equal to 3");
    invalid(state, "Name=a&Names.member.1=a&Names.member.2=B",
            ONE "Value '[a, B]' at 'names" BUT
                "satisfy constraint: [Member must have length less than or equal to 8, Member must "
                "have length greater than or equal to 1, Member must satisfy regular expression "
                "pattern: [a-z]+]");
    invalid(state, "Name=a&Colors.member.1=Mauve",
            ONE "Value '[Mauve]' at 'colors" BUT
                "satisfy constraint: [Member must satisfy enum value set: [Red, Green, Blue]]");
    invalid(state, "Name=a&Attributes.entry.1.key=K&Attributes.entry.1.value=123456",
            "2 validation errors detected: Value at 'attributes' failed to satisfy constraint: Map "
            "keys must satisfy constraint: [Member must have length less than or equal to 8, "
            "Member must have length greater than or equal to 1, Member must satisfy regular "
            "expression pattern: [a-z]+]; Value at 'attributes' failed to satisfy constraint: Map "
            "value must satisfy constraint: [Member must have length less than or equal to 5]");
}

static void test_paths(void **state)
{
    invalid(state, "Name=a&Leaf.Next.Size=0",
            "2 validation errors detected: Value null at 'leaf.next.name" BUT "not be null; "
            "Value null at 'leaf.name" BUT "not be null");
    invalid(state, "Name=a&Leaves.member.1.Name=x&Leaves.member.2.Size=0",
            ONE "Value null at 'leaves.2.member.name" BUT "not be null");
    invalid(state, "Name=a&Matrix.member.1.member.1=1&Matrix.member.1.member.2=12",
            ONE "Value '12' at 'matrix.1.member.2.member" BUT
                "have value less than or equal to 10");
    invalid(state, "Name=a&LeafMap.entry.1.key=k&LeafMap.entry.1.value.Size=0",
            ONE "Value null at 'leafMap.k.member.name" BUT "not be null");
}

static void test_all_are_collected(void **state)
{
    invalid(state, "Count=11&Color=Red&Names=&Bytes=AAECAwQ%3D",
            "3 validation errors detected: Value '11' at 'count" BUT
            "have value less than or equal to 10; Value at 'bytes" BUT
            "have length less than or equal to 4; Value null at 'name" BUT "not be null");
}

static void test_message_is_bounded(void **state)
{
    struct rig *r = *state;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    const struct api_shape *shape = rig_op("form", "Echo")->input;
    struct iam_buf b;
    struct iam_str text;
    void *in;

    iam_buf_init(&b, &alloc, 1u << 20);
    iam_buf_add_c(&b, "Name=a");
    for (unsigned i = 1; i <= 1000; i++) {
        iam_buf_add_fmt(&b, "&Matrix.member.1.member.%u=99", i);
    }
    iam_buf_add_char(&b, '\0');
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    assert_int_equal(rig_query(r, shape, text.p, &in), IAM_OK);
    assert_int_equal(api_validate(&r->arena, rig_op("form", "Echo")->service, shape, in, &r->fault),
                     IAM_FAULT);
    assert_true(iam_str_starts(r->fault.message, IAM_STR("10 validation errors detected: ")));
    assert_true(r->fault.message.len < 1500);
}

static void test_long_value_is_cut(void **state)
{
    struct rig *r = *state;
    char form[3000] = "Name=";

    for (size_t i = 5; i + 1 < sizeof(form); i++) {
        form[i] = 'a';
    }
    assert_int_equal(check(state, form), IAM_FAULT);
    assert_true(r->fault.message.len < 512);
    assert_true(iam_str_starts(r->fault.message, IAM_STR(ONE "Value 'aaaa")));
}

static void test_json_code(void **state)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("target", "Echo");
    void *in;

    assert_int_equal(rig_body(r, op->input, "{\"Email\":\"x\"}", &in), IAM_OK);
    assert_int_equal(api_validate(&r->arena, op->service, op->input, in, &r->fault), IAM_FAULT);
    rig_assert_str(api_error_code(r->fault.error, true), "ValidationException");
    rig_assert_fault(r, "ValidationError",
                     ONE "Value 'x' at 'email" BUT "satisfy regular expression pattern: "
                         "[^\\s@]+@[^\\s@]+\\.[^\\s@]+");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_valid, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_single, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_maximum_of_nothing, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_secret_is_not_shown, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_own_message, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_lists_and_maps, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_paths, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_all_are_collected, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_message_is_bounded, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_long_value_is_cut, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_json_code, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
