/* SPDX-License-Identifier: Apache-2.0 */
/* Which service and operation a request is for, and that it may name them only once. */
#include "dispatch/route.h"

#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "model/version.h"

#define FORM "application/x-www-form-urlencoded"
#define HEADERS 4

static const struct api_service one;
static const struct api_service two;
static const struct api_service rest;

static const struct api_op one_ops[] = {
    {.name = IAM_STR_INIT("Get"),   .service = &one},
    { .name = IAM_STR_INIT("Only"), .service = &one},
};
static const struct api_op two_ops[] = {
    {.name = IAM_STR_INIT("Get"), .service = &two}
};
static const struct api_op rest_ops[] = {
    {.name = IAM_STR_INIT("GetThing"),
     .service = &rest,
     .http_method = IAM_STR_INIT("GET"),
     .http_path = IAM_STR_INIT("/thing/{name}")},
};
static const struct iam_str one_not_yet[] = { IAM_STR_INIT("Later"), IAM_STR_INIT("Never") };
static const struct api_service one = { .name = IAM_STR_INIT("one"),
                                        .signing_name = IAM_STR_INIT("sign-one"),
                                        .version = IAM_STR_INIT("2001-01-01"),
                                        .protocol = API_PROTOCOL_QUERY,
                                        .ops = one_ops,
                                        .op_count = 2,
                                        .not_yet = one_not_yet,
                                        .not_yet_count = 2 };
static const struct api_service two = { .name = IAM_STR_INIT("two"),
                                        .signing_name = IAM_STR_INIT("sign-two"),
                                        .version = IAM_STR_INIT("2002-02-02"),
                                        .protocol = API_PROTOCOL_QUERY,
                                        .is_fallback = true,
                                        .ops = two_ops,
                                        .op_count = 1 };
static const struct api_service rest = { .name = IAM_STR_INIT("rest"),
                                         .signing_name = IAM_STR_INIT("sign-rest"),
                                         .version = IAM_STR_INIT("2003-03-03"),
                                         .protocol = API_PROTOCOL_REST_JSON,
                                         .ops = rest_ops,
                                         .op_count = 1 };
static const struct api_service *const services[] = { &rest, &one, &two };
static const struct api_catalog catalog = { services, IAM_COUNT(services) };

static struct {
    struct iam_arena arena;
    struct iam_authn_header headers[HEADERS];
    struct iam_authn_request request;
    struct api_route route;
    struct api_fault fault;
} rig;

static int setup(void **state)
{
    (void)state;
    memset(&rig, 0, sizeof(rig));
    iam_arena_init(&rig.arena, iam_heap(), (size_t)8 << 20);
    rig.request = (struct iam_authn_request){
        .method = IAM_STR("POST"), .path = IAM_STR("/"), .headers = rig.headers, .body = IAM_STR("")
    };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&rig.arena);
    return 0;
}

static void header(const char *name, const char *value)
{
    assert_true(rig.request.header_count < HEADERS);
    rig.headers[rig.request.header_count++] =
        (struct iam_authn_header){ iam_str_c(name), iam_str_c(value) };
}

static enum iam_status route(void)
{
    return api_route(&catalog, &rig.request, &rig.arena, &rig.route, &rig.fault);
}

static enum iam_status post(const char *body)
{
    rig.request.header_count = 0;
    header("Content-Type", FORM);
    rig.request.body = iam_str_c(body);
    return route();
}

static enum iam_status get(const char *query)
{
    rig.request.method = IAM_STR("GET");
    rig.request.query = iam_str_c(query);
    return route();
}

static void expect(enum iam_status st, const struct api_service *service, const char *op)
{
    assert_ok(st);
    assert_ptr_equal(rig.route.service, service);
    assert_ptr_equal(rig.route.op->service, service);
    assert_same_str(rig.route.op->name, iam_str_c(op));
}

/* Expects a refusal. service is the one that must authenticate the caller first; NULL: none. */
static void expect_fault(enum iam_status st, enum api_error error,
                         const struct api_service *service)
{
    assert_int_equal(st, IAM_FAULT);
    assert_int_equal(rig.fault.error, error);
    assert_true(rig.fault.message.len > 0);
    assert_ptr_equal(rig.route.service, service);
    assert_null(rig.route.op);
}

/* ---- the service ---- */

static void test_the_version_decides(void **state)
{
    (void)state;
    expect(post("Action=Get&Version=2001-01-01"), &one, "Get");
    expect(post("Action=Get&Version=2002-02-02"), &two, "Get");
    expect(post("Version=2001-01-01&Action=Only"), &one, "Only");
    rig.request.body = IAM_STR("");
    expect(get("Action=Get&Version=2001-01-01"), &one, "Get");
}

/* Without a version nothing is served; what refuses is the service that it is signed for, if any.
 */
static void test_a_version_is_needed(void **state)
{
    (void)state;
    rig.request.body = IAM_STR("Action=Only");
    header("Content-Type", FORM);
    header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/sign-one/"
                            "aws4_request, SignedHeaders=host, Signature=00");
    expect_fault(route(), API_ERR_INVALID_ACTION, &one);
    assert_str(rig.fault.message, "Could not find operation Only for version NO_VERSION_SPECIFIED");
    rig.request.header_count = 0;
    expect_fault(post("Action=Get"), API_ERR_INVALID_ACTION, &two);
    expect_fault(get("Action=Get"), API_ERR_MALFORMED_INPUT, &two);
    rig.request.body = IAM_STR("");
    expect_fault(get("Action=Get"), API_ERR_INVALID_ACTION, &two);
}

/* What AWS has and this version does not is told apart from what nobody has. */
static void test_an_operation_that_is_not_built(void **state)
{
    (void)state;
    expect_fault(post("Action=Never&Version=2001-01-01"), API_ERR_INVALID_ACTION, &one);
    assert_str(rig.fault.message, "iamd " IAMD_VERSION " does not implement Never yet");
    expect_fault(post("Action=never&Version=2001-01-01"), API_ERR_INVALID_ACTION, &one);
    assert_str(rig.fault.message, "Could not find operation never for version 2001-01-01");
    expect_fault(post("Action=Later&Version=2002-02-02"), API_ERR_INVALID_ACTION, &two);
    assert_str(rig.fault.message, "Could not find operation Later for version 2002-02-02");
    expect_fault(post("Action=Later&Version=1999-09-09"), API_ERR_INVALID_ACTION, &two);
    assert_str(rig.fault.message, "Could not find operation Later for version 1999-09-09");
}

/* A version that no service has is refused, not taken for another. */
static void test_an_unknown_version(void **state)
{
    (void)state;
    expect_fault(post("Action=Get&Version=1999-09-09"), API_ERR_INVALID_ACTION, &two);
    assert_str(rig.fault.message, "Could not find operation Get for version 1999-09-09");
    expect_fault(post("Action=Get&Version="), API_ERR_INVALID_ACTION, &two);
    expect_fault(post("Action=Nothing&Version=2001-01-01"), API_ERR_INVALID_ACTION, &one);
    expect_fault(post("Action=get&Version=2001-01-01"), API_ERR_INVALID_ACTION, &one);
}

static void test_no_action(void **state)
{
    (void)state;
    expect_fault(post("Version=2001-01-01"), API_ERR_MISSING_ACTION, &one);
    expect_fault(post("Action=&Version=2001-01-01"), API_ERR_MISSING_ACTION, &one);
    expect_fault(post(""), API_ERR_MISSING_ACTION, &two);
}

/* ---- REST ---- */

static void test_a_path(void **state)
{
    (void)state;
    rig.request.method = IAM_STR("GET");
    rig.request.path = IAM_STR("/thing/a%2Fb");
    expect(route(), &rest, "GetThing");
    rig.request.method = IAM_STR("PUT");
    expect_fault(route(), API_ERR_UNKNOWN_OPERATION_EXCEPTION, NULL);
    rig.request.method = IAM_STR("GET");
    rig.request.path = IAM_STR("/thing/a/b");
    expect_fault(route(), API_ERR_UNKNOWN_OPERATION_EXCEPTION, NULL);
    rig.request.path = IAM_STR("/other");
    expect_fault(route(), API_ERR_UNKNOWN_OPERATION_EXCEPTION, NULL);
    rig.request.path = IAM_STR("//");
    expect_fault(route(), API_ERR_UNKNOWN_OPERATION_EXCEPTION, NULL);
}

static void test_methods_of_query(void **state)
{
    static const struct iam_str others[] = { IAM_STR_INIT("PUT"), IAM_STR_INIT("DELETE"),
                                             IAM_STR_INIT("HEAD"), IAM_STR_INIT("post") };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(others); i++) {
        rig.request.method = others[i];
        expect_fault(route(), API_ERR_METHOD_NOT_ALLOWED, NULL);
    }
}

/* ---- one place, once (S05, S19) ---- */

static void test_a_parameter_is_given_once(void **state)
{
    (void)state;
    expect_fault(post("Action=Get&Action=Only"), API_ERR_MALFORMED_QUERY_STRING, &two);
    rig.request.query = IAM_STR("Action=Get&Version=2001-01-01");
    expect_fault(post("Action=Only"), API_ERR_MALFORMED_QUERY_STRING, &two);
    expect_fault(post("Version=2002-02-02"), API_ERR_MALFORMED_QUERY_STRING, &two);
    expect_fault(post("%41ction=Only"), API_ERR_MALFORMED_QUERY_STRING, &two);
    expect(post("Name=x"), &one, "Get");
    assert_str(iam_form_get(&rig.route.form, IAM_STR("Name")), "x");
}

static void test_the_signature_is_no_parameter(void **state)
{
    (void)state;
    expect(get("Action=Get&Version=2002-02-02&X-Amz-Date=1&Name=n&x-amz-signature=2"), &two, "Get");
    assert_int_equal(rig.route.form.count, 3);
    assert_absent(iam_form_get(&rig.route.form, IAM_STR("X-Amz-Date")));
    assert_absent(iam_form_get(&rig.route.form, IAM_STR("x-amz-signature")));
}

static void test_content_types(void **state)
{
    static const char *const good[] = { FORM, (FORM "; charset=utf-8"), ("  " FORM " "),
                                        "APPLICATION/x-www-form-urlencoded" };
    static const char *const bad[] = { "application/json", "", (FORM "2"), ("text/plain; " FORM) };
    (void)state;
    rig.request.body = IAM_STR("Action=Get&Version=2002-02-02");
    for (size_t i = 0; i < IAM_COUNT(good); i++) {
        rig.request.header_count = 0;
        header("content-TYPE", good[i]);
        expect(route(), &two, "Get");
    }
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        rig.request.header_count = 0;
        header("Content-Type", bad[i]);
        expect_fault(route(), API_ERR_UNSUPPORTED_MEDIA_TYPE, &two);
    }
    rig.request.header_count = 0;
    expect_fault(route(), API_ERR_UNSUPPORTED_MEDIA_TYPE, &two);
    header("Content-Type", FORM);
    header("content-type", FORM);
    expect_fault(route(), API_ERR_MALFORMED_INPUT, &two);
}

static void test_a_get_has_no_body(void **state)
{
    (void)state;
    rig.request.body = IAM_STR("Action=Only&Version=2001-01-01");
    expect_fault(get("Action=Get"), API_ERR_MALFORMED_INPUT, &two);
}

static void test_too_many_parameters(void **state)
{
    static char body[4097 * 8 + 64] = "Action=Get&Version=2002-02-02";
    size_t n = strlen(body);
    (void)state;
    for (int i = 1; i <= 4095; i++) {
        n += (size_t)snprintf(body + n, sizeof(body) - n, "&p%d=", i);
        if (i == 4094) {
            expect(post(body), &two, "Get");
        }
    }
    expect_fault(post(body), API_ERR_MALFORMED_INPUT, &two);
}

static void test_a_form_that_is_none(void **state)
{
    (void)state;
    expect_fault(post("Action=Get&a=%zz"), API_ERR_MALFORMED_QUERY_STRING, &two);
}

static void test_memory_runs_out(void **state)
{
    (void)state;
    for (size_t bytes = 0;; bytes += 16) {
        struct iam_arena small;
        iam_arena_init(&small, iam_heap(), bytes);
        rig.request.header_count = 0;
        header("Content-Type", FORM);
        rig.request.body = IAM_STR("Action=Get&Name=a%20b&Version=2001-01-01");
        enum iam_status st = api_route(&catalog, &rig.request, &small, &rig.route, &rig.fault);
        iam_arena_done(&small);
        if (st == IAM_OK) {
            assert_true(bytes > 0);
            break;
        }
        assert_int_equal(st, IAM_NOMEM);
        assert_null(rig.route.op);
    }
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_version_decides),
        TEST(test_a_version_is_needed),
        TEST(test_an_operation_that_is_not_built),
        TEST(test_an_unknown_version),
        TEST(test_no_action),
        TEST(test_a_path),
        TEST(test_methods_of_query),
        TEST(test_a_parameter_is_given_once),
        TEST(test_the_signature_is_no_parameter),
        TEST(test_content_types),
        TEST(test_a_get_has_no_body),
        TEST(test_too_many_parameters),
        TEST(test_a_form_that_is_none),
        TEST(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
