/* SPDX-License-Identifier: Apache-2.0 */
/* Finding operations, and what the generator wrote for the synthetic services. */
#include "unit/api/rig.h"

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

static void test_rows(void **state)
{
    const struct api_op *echo = rig_op("form", "Echo");
    const struct api_op *thing = rig_op("rest", "GetThing");

    (void)state;
    assert_int_equal(echo->access, API_ACCESS_POLICY);
    assert_int_equal(echo->txn, API_TXN_WRITE);
    assert_false(echo->is_read_only);
    rig_assert_str(echo->action, "form:Echo");
    assert_int_equal(echo->resource, API_RESOURCE_NEW_USER);
    rig_assert_str(echo->resource_member->name, "Name");
    rig_assert_str(echo->path_member->name, "Path");
    assert_int_equal(echo->context_keys, API_KEY_REQUEST_TAGS | API_KEY_RESOURCE_TAGS);
    assert_int_equal(echo->error_count, 2);
    rig_assert_str(echo->errors[0], "InvalidInput");
    rig_assert_str(echo->service->version, "2001-02-03");
    assert_int_equal(rig_op("form", "Drop")->access, API_ACCESS_AUTHENTICATED);
    assert_null(rig_op("form", "Drop")->output);
    assert_int_equal(rig_op("form", "Empty")->access, API_ACCESS_EVIDENCE);
    assert_non_null(rig_op("form", "Empty")->output);
    assert_int_equal(thing->access, API_ACCESS_TRUST);
    assert_int_equal(thing->http_status, 202);
    rig_assert_str(thing->http_method, "PUT");
    assert_true(thing->is_read_only);
    assert_int_equal(rig_op("rest", "GetPlain")->access, API_ACCESS_PUBLIC);
    rig_assert_str(rig_op("target", "Echo")->service->target_prefix, "Target_20010203");
}

/* The adapter calls the typed handler; the stub of the tests answers so. */
static void test_adapter(void **state)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("form", "Drop");

    assert_int_equal(op->handler(NULL, rig_struct(r, op->input), NULL), IAM_UNSUPPORTED);
    op = rig_op("form", "Echo");
    assert_int_equal(op->handler(NULL, rig_struct(r, op->input), rig_struct(r, op->output)),
                     IAM_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_route),
        cmocka_unit_test(test_rows),
        cmocka_unit_test_setup_teardown(test_adapter, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
