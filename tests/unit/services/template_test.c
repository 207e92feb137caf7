/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: what replaces parameters, what is left out, what is refused; documents compared. */
#include "rig.h"

#include "codec/json.h"
#include "services/iam/template.h"

static const struct iam_template_parameter PARAMETERS[] = {
    {.name = IAM_STR_INIT("One"),   .type = IAM_STR_INIT("String")},
    { .name = IAM_STR_INIT("Word"),
     .type = IAM_STR_INIT("String"),
     .default_value = IAM_STR_INIT("False") },
    { .name = IAM_STR_INIT("List"),                            .type = IAM_STR_INIT("StringList")                             },
    { .name = IAM_STR_INIT("Level"),                            .type = IAM_STR_INIT("Number")},
    { .name = IAM_STR_INIT("Arns"),                            .type = IAM_STR_INIT("ArnList")                              },
};
static const struct iam_template_parameters ALL = { PARAMETERS, IAM_COUNT(PARAMETERS) };

/* One value of a parameter, or two. */
#define GIVEN(parameter, ...)                                                        \
    (const struct iam_template_value)                                                \
    {                                                                                \
        IAM_STR_INIT(parameter), (const struct iam_str[]){ __VA_ARGS__ },            \
            sizeof((const struct iam_str[]){ __VA_ARGS__ }) / sizeof(struct iam_str) \
    }

static enum iam_status text_of(struct rig *r, const char *pattern,
                               const struct iam_template_value *value, struct iam_str *ret)
{
    const struct iam_render render = { &r->call, &ALL, value, value != NULL ? 1 : 0 };
    return iam_render_text(&render, iam_str_c(pattern), ret);
}

static void assert_text(struct rig *r, const char *pattern, const struct iam_template_value *value,
                        const char *want)
{
    struct iam_str got;
    assert_ok(text_of(r, pattern, value, &got));
    assert_same_str(got, iam_str_c(want));
}

static void test_texts(void **state)
{
    struct rig *r = *state;
    const struct iam_template_value one = GIVEN("One", IAM_STR_INIT("x@{Word}"));
    const struct iam_template_value two = GIVEN("List", IAM_STR_INIT("a"), IAM_STR_INIT("b"));
    struct iam_str got;
    assert_text(r, "", &one, "");
    assert_text(r, "plain", &one, "plain");
    assert_text(r, "@{One}", &one, "x@{Word}"); /* what is given is no template */
    assert_text(r, "a@{One}b@{One}", &one, "ax@{Word}bx@{Word}");
    assert_text(r, "@{Word}", NULL, "False");
    assert_text(r, "@ @x} {One} @ @{", &one, "@ @x} {One} @ @{");
    assert_text(r, "@@{One}", &one, "@x@{Word}");
    rig_assert_fault(r, text_of(r, "@{One}", NULL, &got), API_ERR_INVALID_INPUT,
                     "Failed to render template: Parameter 'One' not found.");
    rig_assert_fault(r, text_of(r, "@{}", NULL, &got), API_ERR_INVALID_INPUT,
                     "Failed to render template: Parameter '' not found.");
    rig_assert_fault(
        r, text_of(r, "x@{List}", &two, &got), API_ERR_INVALID_INPUT,
        "Failed to render template: Parameter 'List' has 2 values where one is needed.");
}

static enum iam_status check(struct rig *r, const struct iam_template_value value)
{
    const struct iam_render render = { &r->call, &ALL, &value, 1 };
    return iam_render_check(&render);
}

static void test_values_are_of_their_type(void **state)
{
    struct rig *r = *state;
    assert_ok(check(r, GIVEN("One", IAM_STR_INIT(""))));
    assert_ok(check(r, GIVEN("List", IAM_STR_INIT("a"), IAM_STR_INIT("b"))));
    assert_ok(check(r, GIVEN("Level", IAM_STR_INIT("-12"))));
    assert_ok(check(r, GIVEN("Arns", IAM_STR_INIT("arn:aws:s3:::b"))));
    rig_assert_fault(r, check(r, GIVEN("Two", IAM_STR_INIT("a"))), API_ERR_INVALID_INPUT,
                     "Failed to render template: Unrecognized parameter: Two");
    rig_assert_fault(r, check(r, GIVEN("One", IAM_STR_INIT("a"), IAM_STR_INIT("b"))),
                     API_ERR_VALIDATION_ERROR,
                     "One replacement value must contain exactly one value, got 2");
    static const struct iam_str NUMBERS[] = { IAM_STR_INIT(""), IAM_STR_INIT("-"),
                                              IAM_STR_INIT("1.5"), IAM_STR_INIT("--1"),
                                              IAM_STR_INIT("1234567890123456789") };
    for (size_t i = 0; i < IAM_COUNT(NUMBERS); i++) {
        const struct iam_template_value value = { IAM_STR("Level"), &NUMBERS[i], 1 };
        rig_assert_fault(r, check(r, value), API_ERR_INVALID_INPUT,
                         "Failed to render template: Parameter 'Level' is not of type Number.");
    }
    rig_assert_fault(r, check(r, GIVEN("Arns", IAM_STR_INIT("arn:a"), IAM_STR_INIT("b"))),
                     API_ERR_INVALID_INPUT,
                     "Failed to render template: Parameter 'Arns' is not of type ArnList.");
}

/* Renders a document; want NULL: nothing is left of it. */
static void assert_document(struct rig *r, const char *template,
                            const struct iam_template_value value, const char *want)
{
    static const struct iam_json_limits LIMITS = { .max_bytes = 4096,
                                                   .max_depth = 16,
                                                   .max_nodes = 200 };
    const struct iam_render render = { &r->call, &ALL, &value, 1 };
    const struct iam_json *node;
    struct iam_str got;
    assert_ok(iam_json_read(&r->arena, iam_str_c(template), &LIMITS, &node, NULL));
    assert_ok(iam_render_document(&render, node, &got));
    if (want == NULL) {
        assert_false(iam_str_is_set(got));
    } else {
        assert_same_str(got, iam_str_c(want));
    }
}

#define ON(rest) "{\"@Enabled\":\"Word\"" rest "}"

static void test_documents(void **state)
{
    struct rig *r = *state;
    const struct iam_template_value on = GIVEN("Word", IAM_STR_INIT("tRUE"));
    const struct iam_template_value off = GIVEN("Word", IAM_STR_INIT("yes"));
    const struct iam_template_value odd = GIVEN("One", IAM_STR_INIT("\"},{\\"));
    const struct iam_template_value two = GIVEN("List", IAM_STR_INIT("a"), IAM_STR_INIT("b\""));
    assert_document(r, "{\"Statement\":[{\"Resource\":\"x@{One}\"}]}", odd,
                    "{\"Statement\":[{\"Resource\":\"x\\\"},{\\\\\"}]}");
    assert_document(r, "{\"Statement\":[{\"Resource\":\"@{List}\",\"N\":[1,true,null]}]}", two,
                    "{\"Statement\":[{\"Resource\":[\"a\",\"b\\\"\"],\"N\":[1,true,null]}]}");
    assert_document(r, "{\"Statement\":[" ON(",\"A\":1") ",{\"B\":2}]}", on,
                    "{\"Statement\":[{\"A\":1},{\"B\":2}]}");
    assert_document(r, "{\"Statement\":[{\"Sid\":\"\"}]}", odd, "{\"Statement\":[{\"Sid\":\"\"}]}");
    /* what is left out needs no parameters */
    assert_document(r, "{\"Statement\":[" ON(",\"A\":\"@{One}\"") ",{\"B\":2}]}", off,
                    "{\"Statement\":[{\"B\":2}]}");
    assert_document(r, "{\"Statement\":[" ON("") "," ON("") "]}", off, NULL);
    assert_document(r, "{\"Statement\":" ON(",\"A\":1") "}", off, NULL);
    assert_document(r, "{\"Statement\":" ON(",\"A\":1") "}", on, "{\"Statement\":{\"A\":1}}");
    assert_document(r, "{\"Statement\":[]}", on, NULL);
    assert_document(r, "{}", on, NULL);
}

static void test_documents_are_compared(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool agree;
    } rows[] = {
        {"{\"a\":1,\"b\":[\"x\",\"y\"]}", "{ \"b\" : [\"y\",\"x\"], \"a\":1 }", true },
        { "{\"a\":\"x\"}",                "{\"a\":[\"x\"]}",                    true },
        { "{\"a\":[{\"b\":[1]}]}",        "{\"a\":{\"b\":1}}",                  true },
        { "{\"a\":\"x\"}",                "{\"a\":\"X\"}",                      false},
        { "{\"a\":\"x\"}",                "{\"A\":\"x\"}",                      false},
        { "{\"a\":[\"x\",\"y\"]}",        "{\"a\":[\"x\"]}",                    false},
        { "{\"a\":[\"x\",\"y\"]}",        "{\"a\":[\"x\",\"z\"]}",              false},
        { "{\"a\":\"1\"}",                "{\"a\":1}",                          false},
        { "{\"a\":true}",                 "{\"a\":false}",                      false},
        { "{\"a\":1}",                    "{\"a\":1,\"b\":2}",                  false},
        { "{\"a\":1",                     "{\"a\":1",                           false},
    };
    struct rig *r = *state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(iam_documents_agree(&r->arena, iam_str_c(rows[i].a), iam_str_c(rows[i].b)),
                         rows[i].agree);
        assert_int_equal(iam_documents_agree(&r->arena, iam_str_c(rows[i].b), iam_str_c(rows[i].a)),
                         rows[i].agree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_texts, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_values_are_of_their_type, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_documents, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_documents_are_compared, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
