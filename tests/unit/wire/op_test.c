/* SPDX-License-Identifier: Apache-2.0 */
/* Finding operations, and what the generator wrote for the synthetic services. */
#include "unit/wire/rig.h"

#include "dispatch/rule.h"
#include "wire/path_int.h"

static const struct api_service *service(const char *name, const char *op)
{
    return rig_op(name, op)->service;
}

static void test_find(void **state)
{
    const struct api_service *form = service("form", "Echo");

    (void)state;
    rig_assert_str(api_op_find(form, IAM_STR("Drop"))->name, "Drop");
    rig_assert_str(api_op_find(form, IAM_STR("Empty"))->name, "Empty");
    assert_null(api_op_find(form, IAM_STR("echo")));
    assert_null(api_op_find(form, IAM_STR("Ech")));
    assert_null(api_op_find(form, IAM_STR("EchoX")));
    assert_null(api_op_find(form, IAM_STR("")));
}

static void test_route(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *op;
    } rows[] = {
        {"PUT",   "/thing/a/part/b",       "GetThing"},
        { "PUT",  "/thing/a%2Fb/part/%20", "GetThing"},
        { "GET",  "/thing/plain",          "GetPlain"},
        { "GET",  "/thing/other",          "GetNamed"},
        { "POST", "/thing/a/part/b",       NULL      },
        { "put",  "/thing/a/part/b",       NULL      },
        { "PUT",  "/thing/a/part/",        NULL      },
        { "PUT",  "/thing//part/b",        NULL      },
        { "PUT",  "/thing/a/part/b/",      NULL      },
        { "PUT",  "/thing/a/part/b/c",     NULL      },
        { "PUT",  "/thing/a/part",         NULL      },
        { "PUT",  "thing/a/part/b",        NULL      },
        { "GET",  "/Thing/plain",          NULL      },
        { "GET",  "",                      NULL      },
        { "GET",  "/",                     NULL      },
    };
    const struct api_service *rest = service("rest", "GetThing");

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        const struct api_op *op =
            api_op_route(rest, iam_str_c(rows[i].method), iam_str_c(rows[i].path));
        if (rows[i].op == NULL) {
            assert_null(op);
        } else {
            assert_non_null(op);
            rig_assert_str(op->name, rows[i].op);
        }
    }
}

static void test_labels(void **state)
{
    (void)state;
    assert_true(api_path_is_label(IAM_STR("{a}")));
    assert_true(api_path_is_label(IAM_STR("{thingArn}")));
    assert_false(api_path_is_label(IAM_STR("{}"))); /* it has no name */
    assert_false(api_path_is_label(IAM_STR("thing")));
    assert_false(api_path_is_label(IAM_STR("")));
}

static void test_rows(void **state)
{
    const struct api_op *echo = rig_op("form", "Echo");
    const struct api_op *thing = rig_op("rest", "GetThing");

    (void)state;
    assert_int_equal(echo->rule->access, API_ACCESS_POLICY);
    assert_int_equal(echo->rule->txn, API_TXN_WRITE);
    assert_false(echo->rule->is_read_only);
    assert_int_equal(echo->error_count, 2);
    rig_assert_str(echo->errors[0], "InvalidInput");
    rig_assert_str(echo->service->version, "2001-02-03");
    assert_int_equal(rig_op("form", "Drop")->rule->access, API_ACCESS_AUTHENTICATED);
    assert_null(rig_op("form", "Drop")->output);
    assert_int_equal(rig_op("form", "Empty")->rule->access, API_ACCESS_EVIDENCE);
    assert_non_null(rig_op("form", "Empty")->output);
    assert_int_equal(thing->rule->access, API_ACCESS_TRUST);
    assert_int_equal(thing->http_status, 202);
    rig_assert_str(thing->http_method, "PUT");
    assert_true(thing->rule->is_read_only);
    assert_int_equal(rig_op("rest", "GetPlain")->rule->access, API_ACCESS_PUBLIC);
    rig_assert_str(rig_op("target", "Echo")->service->target_prefix, "Target_20010203");
}

/* What a definition says about permissions, in the order of the definition. */
static void test_permissions(void **state)
{
    static const struct {
        const char *key;
        enum api_key_from from;
    } KEYS[] = {
        {"form:Color",        API_KEY_FROM_TEXT         },
        { "form:Count",       API_KEY_FROM_NUMBER       },
        { "form:Names",       API_KEY_FROM_TEXTS        },
        { "form:Part",        API_KEY_FROM_CONSTANT     },
        { "aws:ResourceTag/", API_KEY_FROM_RESOURCE_TAGS},
        { "form:Boundary",    API_KEY_FROM_RESOURCE_FACT},
    };
    const struct api_rule *rule = rig_op("form", "Echo")->rule;
    const struct api_permission *p = rule->permissions;

    (void)state;
    assert_int_equal(rule->permission_count, 3);
    rig_assert_str(p[0].action, "form:Echo");
    assert_non_null(p[0].resolve);
    rig_assert_str(p[0].name->name, "Name");
    rig_assert_str(p[0].path->name, "Path");
    assert_int_equal(p[0].when_count, 0);
    assert_int_equal(p[0].key_count, IAM_COUNT(KEYS));
    for (size_t i = 0; i < IAM_COUNT(KEYS); i++) {
        rig_assert_str(p[0].keys[i].key, KEYS[i].key);
        assert_int_equal(p[0].keys[i].from, KEYS[i].from);
    }
    rig_assert_str(p[0].keys[0].member->name, "Color");
    rig_assert_str(p[0].keys[3].value, "part");
    rig_assert_str(p[1].action, "form:Paint");
    assert_null(p[1].resolve);
    assert_ptr_equal(p[1].keys, p[0].keys);
    assert_int_equal(p[1].when_count, 2);
    rig_assert_str(p[1].when[0].member->name, "Color");
    assert_int_equal(p[1].when[1].fact, API_FACT_SOURCE_IDENTITY);
    rig_assert_str(p[2].action, "form:Read");
    assert_int_equal(p[2].key_count, 0);
}

/* The adapter calls the typed handler, here a stub that returns IAM_UNSUPPORTED. */
static void test_adapter(void **state)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("form", "Drop");

    assert_int_equal(op->rule->handler(NULL, rig_struct(r, op->input), NULL), IAM_UNSUPPORTED);
    op = rig_op("form", "Echo");
    assert_int_equal(op->rule->handler(NULL, rig_struct(r, op->input), rig_struct(r, op->output)),
                     IAM_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_route),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test_setup_teardown(test_adapter, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
