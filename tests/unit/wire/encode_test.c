/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses: the exact text of every construct, decoded values written again, and both kinds of
 * faults.
 */
#include "unit/wire/rig.h"

#include "api_form.gen.h"

#include "base/heap.h"

#define XML_HEAD "<EchoResponse xmlns=\"https://form.example/doc/2001-02-03/\"><EchoResult>"
#define XML_TAIL                                                                   \
    "</EchoResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>" \
    "</EchoResponse>"

static void assert_xml(void **state, const char *form, const char *want)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("form", "Echo");
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    struct iam_buf b;
    struct iam_str text;
    void *out;

    if (rig_query(r, op->output, form, &out) != IAM_OK) {
        fail_msg("not decoded: %.*s", IAM_STR_ARG(r->fault.message));
    }
    iam_buf_init(&b, &alloc, 65536);
    api_encode_query(&b, op, out, IAM_STR("r-1"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, want);
}

static void assert_json(void **state, const char *service, const char *op_name, const char *in,
                        const char *want)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op(service, op_name);
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    struct iam_buf b;
    struct iam_str text;
    void *out;

    if (rig_body(r, op->output, in, &out) != IAM_OK) {
        fail_msg("not decoded: %.*s", IAM_STR_ARG(r->fault.message));
    }
    iam_buf_init(&b, &alloc, 65536);
    api_encode_json(&b, op->output, out);
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, want);
}

static void test_xml_scalars(void **state)
{
    assert_xml(state,
               "Name=%3Ca%26&Count=7&Big=-2147483648&Ratio=0.1&IsOn=false"
               "&When=2026-11-23T23:02:13.9Z&Bytes=AAEC&Path=",
               XML_HEAD
               "<Name>&lt;a&amp;</Name><Path></Path><Count>7</Count>"
               "<Big>-2147483648</Big><Ratio>0.1</Ratio><IsOn>false</IsOn>"
               "<When>2026-11-23T23:02:13Z</When><Bytes>AAEC</Bytes><Names></Names>" XML_TAIL);
}

static void test_xml_composed(void **state)
{
    assert_xml(state,
               "Names.member.1=a&Names.member.2=b&Leaf.Next.Name=n&Leaves.member.1.Name=x"
               "&Matrix.member.1.member.1=1&Attributes.entry.1.key=k&Attributes.entry.1.value=v"
               "&LeafMap.entry.1.key=m&LeafMap.entry.1.value.Size=1&Choice.Number=3"
               "&FlatNames.1=p&FlatNames.2=q&FlatAttributes.1.key=f&FlatAttributes.1.value=g"
               "&Colors=",
               XML_HEAD
               "<Colors></Colors><Names><member>a</member><member>b</member></Names>"
               "<Leaf><Next><Name>n</Name></Next></Leaf>"
               "<Leaves><member><Name>x</Name></member></Leaves>"
               "<Matrix><member><member>1</member></member></Matrix>"
               "<Attributes><entry><key>k</key><value>v</value></entry></Attributes>"
               "<LeafMap><entry><key>m</key><value><Size>1</Size></value></entry></LeafMap>"
               "<Choice><Number>3</Number></Choice>"
               "<FlatNames>p</FlatNames><FlatNames>q</FlatNames>"
               "<FlatAttributes><key>f</key><value>g</value></FlatAttributes>" XML_TAIL);
}

static void assert_whole(void **state, const char *op_name, const char *want)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("form", op_name);
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    char nothing[1] = { 0 };
    struct iam_buf b;
    struct iam_str text;

    iam_buf_init(&b, &alloc, 65536);
    api_encode_query(&b, op, nothing, IAM_STR("r"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, want);
}

static void test_xml_without_result(void **state)
{
    assert_whole(state, "Drop",
                 "<DropResponse xmlns=\"https://form.example/doc/2001-02-03/\"><ResponseMetadata>"
                 "<RequestId>r</RequestId></ResponseMetadata></DropResponse>");
    assert_whole(state, "Empty",
                 "<EmptyResponse xmlns=\"https://form.example/doc/2001-02-03/\"><EmptyResult>"
                 "</EmptyResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
                 "</EmptyResponse>");
}

/* What STS was seen to answer clients that accept JSON. */
static void test_query_in_json(void **state)
{
    struct rig *r = *state;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    const struct api_op *op = rig_op("form", "Echo");
    const struct api_fault fault = { API_ERR_INVALID_CLIENT_TOKEN_ID, IAM_STR("No \"token\".") };
    char nothing[1] = { 0 };
    struct iam_buf b;
    struct iam_str text;
    void *out;

    iam_buf_init(&b, &alloc, 65536);
    assert_int_equal(rig_query(r, op->output, "Name=a&When=2026-11-23T23:02:13Z", &out), IAM_OK);
    api_encode_query_json(&b, op, out, IAM_STR("r"));
    api_encode_query_json(&b, rig_op("form", "Drop"), nothing, IAM_STR("s"));
    api_encode_query_json_fault(&b, &fault, IAM_STR("t"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, "{\"EchoResponse\":{\"EchoResult\":{\"Name\":\"a\",\"When\":1795474933,"
                         "\"Names\":[]},\"ResponseMetadata\":{\"RequestId\":\"r\"}}}"
                         "{\"DropResponse\":{\"ResponseMetadata\":{\"RequestId\":\"s\"}}}"
                         "{\"Error\":{\"Code\":\"InvalidClientTokenId\",\"Message\":"
                         "\"No \\\"token\\\".\",\"Type\":\"Sender\"},\"RequestId\":\"t\"}");
}

static void test_json_kinds(void **state)
{
    static const char all[] =
        "{\"Email\":\"a\\\"b\",\"Count\":-3,\"Ratio\":0.1,\"IsOn\":true,\"When\":1795474933.250,"
        "\"Bytes\":\"AAEC\",\"Root\":{\"Id\":\"r\",\"Nodes\":[{\"Id\":\"a\"},{\"Id\":\"b\","
        "\"Nodes\":[]}]},\"Attributes\":{\"k\":[\"v\",\"w\"],\"l\":[]},\"Choice\":{\"Text\":\"t\"}}";

    assert_json(state, "target", "Echo", all, all);
    assert_json(state, "target", "Echo", "{\"When\":1795474933}", "{\"When\":1795474933}");
    assert_json(state, "target", "Echo", "{\"When\":-0.5}", "{\"When\":-0.500}");
    assert_json(state, "target", "Echo", "{\"When\":-1.25}", "{\"When\":-1.250}");
    assert_json(state, "target", "Echo", "{}", "{}");
}

static void test_rest_kinds(void **state)
{
    assert_json(state, "rest", "GetThing",
                "{\"document\":{\"a\":[1,null,{\"b\":1.50}]},\"when\":\"2026-11-23T23:02:13.5Z\"}",
                "{\"document\":{\"a\":[1,null,{\"b\":1.50}]},\"when\":\"2026-11-23T23:02:13.500Z\","
                "\"keys\":[]}");
    assert_json(state, "rest", "GetThing", "{\"when\":\"2026-11-23T23:02:13Z\",\"keys\":[\"k\"]}",
                "{\"when\":\"2026-11-23T23:02:13Z\",\"keys\":[\"k\"]}");
}

static void test_faults(void **state)
{
    const struct api_service *service = rig_op("form", "Echo")->service;
    struct api_fault fault = { API_ERR_NO_SUCH_ENTITY, IAM_STR("no <user>") };
    struct rig *r = *state;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    struct iam_buf b;
    struct iam_str text;

    iam_buf_init(&b, &alloc, 65536);
    api_encode_query_fault(&b, service, &fault, IAM_STR("r-2"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, "<ErrorResponse xmlns=\"https://form.example/doc/2001-02-03/\"><Error>"
                         "<Type>Sender</Type><Code>NoSuchEntity</Code>"
                         "<Message>no &lt;user&gt;</Message></Error>"
                         "<RequestId>r-2</RequestId></ErrorResponse>");
    iam_buf_clear(&b);
    fault.error = API_ERR_SERVICE_FAILURE;
    api_encode_query_fault(&b, service, &fault, IAM_STR("r-3"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    assert_non_null(strstr(text.p, "<Type>Receiver</Type><Code>ServiceFailure</Code>"));
    iam_buf_clear(&b);
    fault.message = IAM_STR("");
    api_encode_query_fault(&b, service, &fault, IAM_STR("r-4"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    assert_non_null(strstr(text.p, "<Code>ServiceFailure</Code></Error>"));
    fault.message = IAM_STR("no <user>");
    iam_buf_clear(&b);
    api_encode_json_fault(&b, &fault);
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, "{\"__type\":\"InternalServerException\",\"message\":\"no <user>\"}");
}

/* A value nested more deeply than any definition needs is an error, not a crash. */
static void test_depth(void **state)
{
    struct rig *r = *state;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    struct api_form_echo_out out = { .name = IAM_STR_INIT("a") };
    struct api_form_leaf leaf = { .name = IAM_STR_INIT("l") };
    struct iam_buf b;
    struct iam_str text;

    leaf.next = &leaf;
    out.leaf = &leaf;
    iam_buf_init(&b, &alloc, 65536);
    api_encode_query(&b, rig_op("form", "Echo"), &out, IAM_STR("r"));
    assert_int_equal(iam_buf_finish(&b, &text), IAM_LIMIT);
    iam_buf_clear(&b);
    api_encode_json(&b, rig_op("form", "Echo")->output, &out);
    assert_int_equal(iam_buf_finish(&b, &text), IAM_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_xml_scalars, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_xml_composed, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_xml_without_result, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_query_in_json, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_json_kinds, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_rest_kinds, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_faults, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_depth, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
