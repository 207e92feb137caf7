/* SPDX-License-Identifier: Apache-2.0 */
/* JSON 1.1 input: every construct, and everything that does not fit is refused. */
#include "unit/wire/rig.h"

#include "api_target.gen.h"
#include "base/heap.h"

static struct api_target_echo_in *decode(void **state, const char *text)
{
    struct rig *r = *state;
    void *in;

    if (rig_body(r, rig_op("target", "Echo")->input, text, &in) != IAM_OK) {
        fail_msg("refused: %.*s", IAM_STR_ARG(r->fault.message));
    }
    return in;
}

static void refused(void **state, const char *text, const char *message)
{
    struct rig *r = *state;
    void *in;

    assert_int_equal(rig_body(r, rig_op("target", "Echo")->input, text, &in), IAM_FAULT);
    rig_assert_fault(r, "SerializationException", message);
}

static void test_every_kind(void **state)
{
    const struct api_target_echo_in *in = decode(
        state, "{\"Email\":\"a@b.c\",\"Count\":-3,\"Ratio\":2.5e1,\"IsOn\":false,"
               "\"When\":1795474933.25,\"Bytes\":\"AAEC\",\"Root\":{\"Id\":\"r\",\"Nodes\":["
               "{\"Id\":\"a\",\"Nodes\":[]},{\"Id\":\"b\"}]},\"Attributes\":{\"k\":[\"v\",\"w\"]},"
               "\"Choice\":{\"Number\":4}}");

    rig_assert_str(in->email, "a@b.c");
    assert_int_equal(in->count.value, -3);
    assert_true(in->ratio.value == 25.0);
    assert_true(in->is_on.is_set && !in->is_on.value);
    assert_int_equal(in->when.ms, 1795474933250LL);
    assert_int_equal(in->bytes.len, 3);
    assert_int_equal(in->root->nodes.count, 2);
    rig_assert_str(in->root->nodes.items[1].id, "b");
    assert_true(in->root->nodes.items[0].nodes.is_set);
    assert_false(in->root->nodes.items[1].nodes.is_set);
    rig_assert_str(in->attributes.items[0].key, "k");
    rig_assert_str(in->attributes.items[0].value.items[1], "w");
    assert_int_equal(in->choice->number.value, 4);
}

static void test_null_is_absent(void **state)
{
    const struct api_target_echo_in *in =
        decode(state, "{\"Email\":null,\"Root\":null,\"Attributes\":null,\"Count\":null}");

    assert_false(iam_str_is_set(in->email));
    assert_null(in->root);
    assert_false(in->attributes.is_set);
    assert_false(in->count.is_set);
}

static void test_mismatches(void **state)
{
    refused(state, "[]", "A list can not be converted to a Structure");
    refused(state, "{\"Email\":1}", "NUMBER_VALUE can not be converted to a String at Email");
    refused(state, "{\"Count\":\"1\"}", "STRING_VALUE can not be converted to a Integer at Count");
    refused(state, "{\"Count\":1.5}", "NUMBER_VALUE can not be converted to a Integer at Count");
    refused(state, "{\"Count\":9223372036854775808}",
            "NUMBER_VALUE can not be converted to a Integer at Count");
    refused(state, "{\"IsOn\":\"true\"}", "STRING_VALUE can not be converted to a Boolean at IsOn");
    refused(state, "{\"When\":true}", "TRUE_VALUE can not be converted to a Timestamp at When");
    refused(state, "{\"When\":1e300}", "NUMBER_VALUE can not be converted to a Timestamp at When");
    refused(state, "{\"Bytes\":\"*\"}", "STRING_VALUE can not be converted to a Blob at Bytes");
    refused(state, "{\"Root\":[]}", "A list can not be converted to a Structure at Root");
    refused(state, "{\"Root\":{\"Nodes\":{}}}",
            "A structure or map can not be converted to a List at Nodes");
    refused(state, "{\"Attributes\":[]}", "A list can not be converted to a Map at Attributes");
}

static void test_refusals(void **state)
{
    refused(state, "{\"email\":\"a@b.c\"}", "The member is not recognized: email");
    refused(state, "{\"Root\":{\"id\":\"a\"}}", "The member is not recognized: id");
    refused(state, "{\"Choice\":{}}", "A union takes exactly one of its members: Choice");
    refused(state, "{\"Choice\":{\"Text\":\"a\",\"Number\":1}}",
            "A union takes exactly one of its members: Choice");
    refused(state, "{\"Attributes\":{\"k\":[null]}}", "An item cannot be null: k");
    refused(state, "{\"Attributes\":{\"k\":null}}", "An item cannot be null: Attributes");
}

static void test_depth(void **state)
{
    struct rig *r = *state;
    struct iam_buf b;
    struct iam_str text;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);

    iam_buf_init(&b, &alloc, 65536);
    iam_buf_add_c(&b, "{\"Root\":");
    for (size_t i = 0; i < 50; i++) {
        iam_buf_add_c(&b, "{\"Id\":\"a\",\"Nodes\":[");
    }
    for (size_t i = 0; i < 50; i++) {
        iam_buf_add_c(&b, "]}");
    }
    iam_buf_add_c(&b, "}");
    iam_buf_add_char(&b, '\0');
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    refused(state, text.p, "Nested too deeply: Nodes");
}

static void test_long_list(void **state)
{
    struct rig *r = *state;
    struct iam_buf b;
    struct iam_str text;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);

    iam_buf_init(&b, &alloc, 65536);
    iam_buf_add_c(&b, "{\"Attributes\":{\"k\":[\"\"");
    for (size_t i = 0; i < 1000; i++) {
        iam_buf_add_c(&b, ",\"\"");
    }
    iam_buf_add_c(&b, "]}}");
    iam_buf_add_char(&b, '\0');
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    refused(state, text.p, "More than 1000 items: k");
}

/* Whatever the size of the arena, the outcome is a result or an orderly failure, and both occur. */
static void test_small_arena(void **state)
{
    struct rig *r = *state;
    const struct api_shape *shape = rig_op("target", "Echo")->input;
    const struct iam_json *body =
        rig_json(r, "{\"Root\":{\"Id\":\"r\",\"Nodes\":[{\"Id\":\"a\"}]},"
                    "\"Attributes\":{\"k\":[\"v\"]},\"Choice\":{\"Number\":4}}");
    size_t failures = 0;
    enum iam_status status = IAM_NOMEM;

    for (size_t bytes = shape->c_size + 64; status != IAM_OK; bytes += 8) {
        struct iam_arena arena;
        struct api_fault fault;
        iam_arena_init(&arena, iam_heap(), bytes);
        void *in = iam_arena_zalloc(&arena, 1, shape->c_size);
        assert_non_null(in);
        status = api_decode_json(&arena, body, shape, in, &fault);
        assert_true(status == IAM_OK || status == IAM_NOMEM);
        failures += status == IAM_NOMEM ? 1 : 0;
        iam_arena_done(&arena);
    }
    assert_true(failures > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_kind, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_null_is_absent, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_mismatches, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_depth, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_long_list, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_small_arena, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
