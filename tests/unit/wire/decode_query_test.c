/* SPDX-License-Identifier: Apache-2.0 */
/* Query input: every construct in any order, what is ignored, and what is refused. */
#include "unit/wire/rig.h"

#include "api_form.gen.h"

#include "base/heap.h"

static struct api_form_echo_in *decode(void **state, const char *form)
{
    struct rig *r = *state;
    void *in;

    if (rig_query(r, rig_op("form", "Echo")->input, form, &in) != IAM_OK) {
        fail_msg("refused: %.*s", IAM_STR_ARG(r->fault.message));
    }
    return in;
}

static void refused(void **state, const char *form, const char *code, const char *message)
{
    struct rig *r = *state;
    void *in;

    assert_int_equal(rig_query(r, rig_op("form", "Echo")->input, form, &in), IAM_FAULT);
    rig_assert_fault(r, code, message);
}

static void test_scalars(void **state)
{
    const struct api_form_echo_in *in =
        decode(state, "Action=Echo&Version=2001-02-03&Name=a%2Bb&Path=&Count=7&Big=-2147483648"
                      "&Ratio=0.5&IsOn=true&When=2026-11-23T23:02:13Z&Bytes=AAEC&Color=Red");

    rig_assert_str(in->name, "a+b");
    rig_assert_str(in->path, "");
    assert_true(in->count.is_set && in->count.value == 7);
    assert_true(in->big.is_set && in->big.value == INT32_MIN);
    assert_true(in->ratio.is_set && in->ratio.value == 0.5);
    assert_true(in->is_on.is_set && in->is_on.value);
    assert_true(in->when.is_set && in->when.ms == 1795474933000LL);
    assert_int_equal(in->bytes.len, 3);
    assert_memory_equal(in->bytes.p, "\0\1\2", 3);
    assert_false(iam_str_is_set(in->secret));
    assert_false(in->names.is_set);
    assert_null(in->leaf);
}

static void test_lists_in_any_order(void **state)
{
    const struct api_form_echo_in *in = decode(
        state, "Names.member.3=c&Leaves.member.2.Name=y&Names.member.1=a&Names.member.2=b"
               "&Leaves.member.1.Size=1e-1&Leaves.member.1.Name=x&FlatNames.1=p&FlatNames.2=");

    assert_int_equal(in->names.count, 3);
    rig_assert_str(in->names.items[0], "a");
    rig_assert_str(in->names.items[2], "c");
    assert_int_equal(in->leaves.count, 2);
    rig_assert_str(in->leaves.items[0].name, "x");
    assert_true(in->leaves.items[0].size.value == 0.1);
    rig_assert_str(in->leaves.items[1].name, "y");
    assert_int_equal(in->flat_names.count, 2);
    rig_assert_str(in->flat_names.items[1], "");
}

static void test_nesting(void **state)
{
    const struct api_form_echo_in *in =
        decode(state, "Leaf.Next.Next.Name=deep&Matrix.member.1.member.2=2"
                      "&Matrix.member.1.member.1=1&Matrix.member.2=&Choice.Leaf.Name=x"
                      "&Choices.member.1.Number=5&Choices.member.2.Text=");

    rig_assert_str(in->leaf->next->next->name, "deep");
    assert_int_equal(in->matrix.count, 2);
    assert_int_equal(in->matrix.items[0].count, 2);
    assert_int_equal(in->matrix.items[0].items[1].value, 2);
    assert_true(in->matrix.items[1].is_set);
    assert_int_equal(in->matrix.items[1].count, 0);
    rig_assert_str(in->choice->leaf->name, "x");
    assert_int_equal(in->choices.items[0].number.value, 5);
    rig_assert_str(in->choices.items[1].text, "");
}

static void test_maps(void **state)
{
    const struct api_form_echo_in *in = decode(
        state, "Attributes.entry.2.value=w&Attributes.entry.1.key=a&Attributes.entry.1.value=v"
               "&Attributes.entry.2.key=b&LeafMap.entry.1.key=k&LeafMap.entry.1.value.Name=n"
               "&FlatAttributes.1.key=f&FlatAttributes.1.value=g");

    assert_int_equal(in->attributes.count, 2);
    rig_assert_str(in->attributes.items[1].key, "b");
    rig_assert_str(in->attributes.items[1].value, "w");
    rig_assert_str(in->leaf_map.items[0].key, "k");
    rig_assert_str(in->leaf_map.items[0].value.name, "n");
    rig_assert_str(in->flat_attributes.items[0].value, "g");
}

static void test_empty_list(void **state)
{
    const struct api_form_echo_in *in = decode(state, "Names=&Attributes=");

    assert_true(in->names.is_set);
    assert_int_equal(in->names.count, 0);
    assert_true(in->attributes.is_set);
}

static void test_long_list(void **state)
{
    struct rig *r = *state;
    struct iam_form form = { .pairs = iam_arena_zalloc(&r->arena, 1001, sizeof(*form.pairs)) };
    const struct api_shape *shape = rig_op("form", "Echo")->input;
    void *in = rig_struct(r, shape);

    for (size_t i = 0; i < 1001; i++) {
        struct iam_form_pair *p = &form.pairs[i];
        assert_int_equal(iam_arena_fmt(&r->arena, &p->name, "Names.member.%zu", 1001 - i), IAM_OK);
        p->value = IAM_STR("a");
    }
    form.count = 1001;
    assert_int_equal(api_decode_query(&r->arena, &form, shape, in, &r->fault), IAM_FAULT);
    rig_assert_fault(r, "MalformedInput", "Excessively sparse input would skip 1000 list elements");
    form.pairs++;
    form.count = 1000;
    assert_int_equal(api_decode_query(&r->arena, &form, shape, in, &r->fault), IAM_OK);
    assert_int_equal(((struct api_form_echo_in *)in)->names.count, 1000);
}

/* Recorded on AWS: a member that the operation does not know is ignored, at every depth. */
static void test_unknown_is_ignored(void **state)
{
    static const char *const forms[] = {
        "name=a",       "NAME=a",       "Nam=a",      ".Name=a", "Leaf.name=a",
        "Leaf..Name=a", "X-Amz-Date=a", "Action.x=a", "x.y.z=a", "Leaf.Next.x.y=a",
    };

    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        const struct api_form_echo_in *in = decode(state, forms[i]);
        assert_false(iam_str_is_set(in->name));
        assert_true(in->leaf == NULL || !iam_str_is_set(in->leaf->name));
    }
    assert_non_null(decode(state, "Leaves.member.1.New=a")->leaves.items);
}

/* What contradicts the shape of a member that the operation does know. */
static void test_misplaced_is_refused(void **state)
{
    static const char *const forms[] = {
        "Names.1=a",
        "Names.Member.1=a",
        "Names.member=a",
        "Names.member.=a",
        "Names.member.0=a",
        "Names.member.1.=a",
        "Names.member.-1=a",
        "Names.member.x=a",
        "Names.member.1.x=a",
        "Name.member.1=a",
        "Name.=a",
        "FlatNames.member.1=a",
        "Attributes.entry.1.Key=a",
        "Attributes.entry.1=a",
        "Attributes.entry.x.key=a",
        "Attributes.member.1.key=a",
        "Names.member.1=a&Names.member.01=a",
        "Matrix.member.1.member.2=1",
        "Matrix.member.x.member.1=1",
    };
    struct rig *r = *state;

    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        void *in;
        if (rig_query(r, rig_op("form", "Echo")->input, forms[i], &in) != IAM_FAULT) {
            fail_msg("accepted: %s", forms[i]);
        }
        rig_assert_str(api_errors[r->fault.error].code, "MalformedInput");
    }
}

static void test_left_out_items_are_empty(void **state)
{
    const struct api_form_echo_in *in =
        decode(state, "Names.member.12=l&Names.member.01=a&Leaves.member.2.Name=y&FlatNames.03=c");

    assert_int_equal(in->names.count, 12);
    rig_assert_str(in->names.items[0], "a");
    for (size_t i = 1; i < 11; i++) {
        assert_false(iam_str_is_set(in->names.items[i]));
    }
    rig_assert_str(in->names.items[11], "l");
    assert_int_equal(in->leaves.count, 2);
    assert_false(iam_str_is_set(in->leaves.items[0].name));
    assert_int_equal(in->flat_names.count, 3);
    refused(state, "Names.member.1=a&Names.member.13=m", "MalformedInput",
            "Excessively sparse input would skip 11 list elements");
}

static void test_huge_index_costs_nothing(void **state)
{
    struct rig *r = *state;
    size_t before = r->arena.used_bytes;

    refused(state, "Names.member.999999999=a", "MalformedInput",
            "Excessively sparse input would skip 999999998 list elements");
    refused(state, "Names.member.1000=a", "MalformedInput",
            "Excessively sparse input would skip 999 list elements");
    refused(state, "Names.member.18446744073709551617=a", "MalformedInput",
            "18446744073709551617 is not a valid index");
    assert_true(r->arena.used_bytes - before < 8192);
}

static void test_contradictions(void **state)
{
    refused(state, "Names.member.1=a&Names.member.01=b", "MalformedInput",
            "The parameter Names.member.01 is given twice.");
    refused(state, "Matrix.member.2.member.1=1", "MalformedInput",
            "The parameter Matrix.member.2.member.1 is numbered with gaps.");
    refused(state, "Names=&Names.member.1=a", "MalformedInput",
            "The parameter Names.member.1 is a list and takes numbered members.");
    refused(state, "Names=a", "MalformedInput",
            "The parameter Names is a list and takes numbered members.");
    refused(state, "Leaf=a", "MalformedInput",
            "The parameter Leaf has members and no value of its own.");
    refused(state, "Attributes.entry.1.key=a", "MalformedInput",
            "The parameter Attributes.entry.1.key has an entry without a value.");
    refused(state, "Attributes.entry.1.value=a&Name=b", "MalformedInput",
            "The parameter Attributes.entry.1.value is numbered with gaps.");
    refused(state,
            "Attributes.entry.1.key=a&Attributes.entry.1.value=1&Attributes.entry.2.key=a"
            "&Attributes.entry.2.value=2",
            "MalformedInput",
            "The parameter Attributes.entry.2.value has two entries with the same key.");
    refused(state, "Choice.Text=a&Choice.Number=1", "MalformedInput",
            "The parameter Choice.Number takes exactly one of its members.");
}

static void test_wrong_types(void **state)
{
    static const char *const forms[] = {
        "Count=",         "Count=1.0",       "Count=+1",
        "Count=1e0",      "Count=%2B",       "Count=%2B-1",
        "Count=%201",     "Count=1%20",      "Count=0x1",
        "Big=2147483648", "Big=-2147483649", "Count=9223372036854775808",
        "Ratio=",         "Ratio=nan",       "Ratio=0x1p1",
        "Ratio=1e999",    "Ratio=1.",        "IsOn=True",
        "IsOn=TRUE",      "IsOn=%20true",    "IsOn=",
        "IsOn=01",        "When=yesterday",  "When=2026-02-30T00:00:00Z",
        "Bytes=A",        "Bytes=AA=%3D=",   "Matrix.member.1.member.1=x",
    };
    struct rig *r = *state;

    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        void *in;
        if (rig_query(r, rig_op("form", "Echo")->input, forms[i], &in) != IAM_FAULT) {
            fail_msg("accepted: %s", forms[i]);
        }
        rig_assert_str(api_errors[r->fault.error].code, "MalformedInput");
    }
    refused(state, "Count=x", "MalformedInput", "The parameter Count has the wrong type.");
}

/* Recorded on AWS. "+" is a space in a form, "%2B" the sign. */
static void test_other_spellings(void **state)
{
    assert_int_equal(decode(state, "Count=01")->count.value, 1);
    assert_int_equal(decode(state, "Count=%2B1")->count.value, 1);
    assert_int_equal(decode(state, "Big=0900")->big.value, 900);
    assert_int_equal(decode(state, "Big=2147483647")->big.value, INT32_MAX);
    assert_true(decode(state, "IsOn=1")->is_on.value);
    assert_false(decode(state, "IsOn=0")->is_on.value);
    assert_true(decode(state, "IsOn=0")->is_on.is_set);
}

static void test_depth(void **state)
{
    struct rig *r = *state;
    char form[1024] = "";
    void *in;

    (void)memcpy(form, "Leaf", 4);
    for (size_t i = 0; i < 100; i++) {
        (void)memcpy(form + 4 + 5 * i, ".Next", 5);
    }
    (void)memcpy(form + 504, ".Name=x", 8);
    assert_int_equal(rig_query(r, rig_op("form", "Echo")->input, form, &in), IAM_FAULT);
}

/* Whatever the size of the arena, the outcome is a result or an orderly failure, and both occur. */
static void test_small_arena(void **state)
{
    const struct api_shape *shape = rig_op("form", "Echo")->input;
    size_t failures = 0;
    size_t answers = 0;

    (void)state;
    for (size_t bytes = shape->c_size + 512; bytes < 8192; bytes += 16) {
        struct iam_arena arena;
        struct iam_form form;
        struct api_fault fault;
        iam_arena_init(&arena, iam_heap(), bytes);
        void *in = iam_arena_zalloc(&arena, 1, shape->c_size);
        assert_non_null(in);
        assert_int_equal(
            iam_form_read(&arena, IAM_STR("Names.member.1=a&Leaf.Next.Name=b&Count=x"), 10, &form),
            IAM_OK);
        enum iam_status status = api_decode_query(&arena, &form, shape, in, &fault);
        assert_true(status == IAM_FAULT || status == IAM_NOMEM);
        failures += status == IAM_NOMEM ? 1 : 0;
        answers += status == IAM_FAULT ? 1 : 0;
        iam_arena_done(&arena);
    }
    assert_true(failures > 10 && answers > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scalars, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_lists_in_any_order, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_nesting, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_maps, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_empty_list, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_long_list, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_is_ignored, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_misplaced_is_refused, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_left_out_items_are_empty, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_other_spellings, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_huge_index_costs_nothing, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_contradictions, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_wrong_types, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_depth, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_small_arena, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
