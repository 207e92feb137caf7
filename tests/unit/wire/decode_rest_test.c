/* SPDX-License-Identifier: Apache-2.0 */
/* REST-JSON input: members from the path, the query string, headers and the body. */
#include "unit/wire/rig.h"

#include "api_rest.gen.h"

#define PATH "/thing/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx/part/a%20b"

static struct iam_str header(void *ctx, struct iam_str name)
{
    return iam_str_eq(name, IAM_STR("Retry-After")) ? iam_str_c(ctx) : iam_str_absent();
}

static struct iam_str every_header(void *ctx, struct iam_str name)
{
    (void)name;
    return iam_str_c(ctx);
}

static enum iam_status decode(void **state, const char *path, const char *query, const char *body,
                              char *retry_after, struct api_rest_get_thing_in **ret)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("rest", "GetThing");
    struct api_rest_input input = {
        .path = iam_str_c(path),
        .query = iam_str_c(query),
        .body = body != NULL ? rig_json(r, body) : NULL,
        .header = header,
        .header_ctx = retry_after,
    };

    *ret = rig_struct(r, op->input);
    return api_decode_rest(&r->arena, &input, op, *ret, &r->fault);
}

static void test_all_locations(void **state)
{
    char retry[] = "17";
    struct api_rest_get_thing_in *in;

    assert_int_equal(decode(state, PATH,
                            "maxResults=5&isDeep=true&tagKeys=a&&tagKeys=b%26&tagKeys=c+d"
                            "&X-Amz-Date=20261123T230213Z",
                            "{\"token\":\"t\",\"document\":{\"a\":[1]},\"open\":{\"known\":\"k\","
                            "\"other\":1},\"when\":\"2026-11-23T23:02:13.5Z\"}",
                            retry, &in),
                     IAM_OK);
    rig_assert_str(in->thing_arn, "arn:aws:iam::1:role/x");
    rig_assert_str(in->part_name, "a b");
    assert_int_equal(in->limit.value, 5);
    assert_true(in->is_deep.value);
    assert_int_equal(in->keys.count, 3);
    rig_assert_str(in->keys.items[1], "b&");
    rig_assert_str(in->keys.items[2], "c d");
    assert_int_equal(in->retry_after.value, 17);
    rig_assert_str(in->token, "t");
    assert_int_equal(in->document->type, IAM_JSON_OBJECT);
    rig_assert_str(in->open->known, "k");
    assert_int_equal(in->when.ms, 1795474933500LL);
}

static void test_nothing_optional(void **state)
{
    struct api_rest_get_thing_in *in;

    assert_int_equal(decode(state, PATH, NULL, NULL, NULL, &in), IAM_OK);
    assert_false(in->limit.is_set);
    assert_false(in->keys.is_set);
    assert_null(in->document);
}

/* Who gives no way to ask for headers has none; members of other places never come from one. */
static void test_headers(void **state)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("rest", "GetThing");
    char retry[] = "17";
    struct api_rest_input input = { .path = IAM_STR(PATH), .header = NULL };
    struct api_rest_get_thing_in *in = rig_struct(r, op->input);

    assert_int_equal(api_decode_rest(&r->arena, &input, op, in, &r->fault), IAM_OK);
    assert_false(in->retry_after.is_set);
    input.header = every_header;
    input.header_ctx = retry;
    in = rig_struct(r, op->input);
    assert_int_equal(api_decode_rest(&r->arena, &input, op, in, &r->fault), IAM_OK);
    assert_int_equal(in->retry_after.value, 17);
    assert_false(in->limit.is_set);
    assert_false(iam_str_is_set(in->token));
    rig_assert_str(in->part_name, "a b");
}

static void test_refusals(void **state)
{
    static const struct {
        const char *path;
        const char *query;
        const char *body;
        const char *message;
    } rows[] = {
        {PATH,                 "maxresults=5",              NULL,                   "The parameter is not recognized: maxresults" },
        { PATH,                "limit=5",                   NULL,                   "The parameter is not recognized: limit"      },
        { PATH,                "maxResults=x",              NULL,                   "The parameter has the wrong type: maxResults"},
        { PATH,                "maxResults=1&maxResults=2", NULL,                   "The parameter is given twice: maxResults"    },
        { PATH,                "tagKeys=%",                 NULL,                   "The query string is malformed: tagKeys=%"    },
        { PATH,                "%9d=1",                     NULL,                   "The parameter is not recognized: (not UTF-8)"},
        { PATH,                "tagKeys=%ff",               NULL,                   "The parameter has the wrong type: tagKeys"   },
        { PATH,                NULL,                        "{\"thingArn\":\"a\"}", "The member is not recognized: thingArn"      },
        { PATH,                NULL,                        "{\"maxResults\":1}",   "The member is not recognized: maxResults"    },
        { "/thing/%zz/part/a", NULL,                        NULL,                   "The path is malformed: %zz"                  },
        { "/thing/%ff/part/a", NULL,                        NULL,                   "The parameter has the wrong type: thingArn"  },
    };
    struct rig *r = *state;

    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct api_rest_get_thing_in *in;
        assert_int_equal(decode(state, rows[i].path, rows[i].query, rows[i].body, NULL, &in),
                         IAM_FAULT);
        rig_assert_fault(r, "SerializationException", rows[i].message);
    }
}

static void test_bad_header(void **state)
{
    char retry[] = "soon";
    struct rig *r = *state;
    struct api_rest_get_thing_in *in;

    assert_int_equal(decode(state, PATH, NULL, NULL, retry, &in), IAM_FAULT);
    rig_assert_fault(r, "SerializationException", "The parameter has the wrong type: Retry-After");
}

static void test_many_values(void **state)
{
    struct rig *r = *state;
    struct iam_alloc alloc = iam_arena_allocator(&r->arena);
    struct api_rest_get_thing_in *in;
    struct iam_buf b;
    struct iam_str text;

    iam_buf_init(&b, &alloc, 65536);
    for (size_t i = 0; i < 1001; i++) {
        iam_buf_add_c(&b, i == 0 ? "tagKeys=a" : "&tagKeys=a");
    }
    iam_buf_add_char(&b, '\0');
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    assert_int_equal(decode(state, PATH, text.p, NULL, NULL, &in), IAM_FAULT);
    assert_int_equal(decode(state, PATH, text.p + strlen("tagKeys=a&"), NULL, NULL, &in), IAM_OK);
    assert_int_equal(in->keys.count, 1000);
    rig_assert_str(in->keys.items[0], "a");
    rig_assert_str(in->keys.items[999], "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_locations, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_optional, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_headers, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_bad_header, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_many_values, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
