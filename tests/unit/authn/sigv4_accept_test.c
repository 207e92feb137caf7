/* SPDX-License-Identifier: Apache-2.0 */
/* What must be accepted: requests as real clients sign them, up to each limit. */
#include "rig.h"

#include "authn/sigv4_int.h"

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_init(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_done(&rig);
    return 0;
}

static void post(const char *content_type)
{
    rig.request.method = IAM_STR("POST");
    rig.request.body = IAM_STR("Action=ListUsers&Version=2010-05-08");
    rig_add(&rig, "Content-Type", iam_str_c(content_type));
}

static void test_identity(void **state)
{
    (void)state;
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_ok(&rig);
    const struct iam_identity *id = &rig.result.identity;
    assert_int_equal(id->kind, IAM_KIND_USER);
    assert_str(id->account, "111122223333");
    assert_str(id->principal_id, "AIDAIOSFODNN7EXAMPLE1");
    assert_str(id->access_key_id, RIG_ID);
    assert_null(id->session);
    assert_str(id->signed_region, "us-east-1");
    assert_str(id->signed_service, "iam");
    assert_str(rig.result.path, "/");
    assert_false(rig.result.is_presigned);
    rig.record.kind = IAM_KIND_ACCOUNT;
    rig_assert_ok(&rig);
    assert_int_equal(rig.result.identity.kind, IAM_KIND_ACCOUNT);
}

/* botocore and the AWS CLI: content type, host, date. */
static void test_as_botocore(void **state)
{
    (void)state;
    post("application/x-www-form-urlencoded; charset=utf-8");
    rig_add(&rig, "User-Agent", IAM_STR("aws-cli/2.9.19 Python/3.11"));
    rig_add(&rig, "Content-Length", IAM_STR("35"));
    rig_add(&rig, "Accept-Encoding", IAM_STR("identity"));
    rig_sign(&rig, "content-type;host;x-amz-date");
    rig_assert_ok(&rig);
}

/* The SDK for JavaScript signs much more, and sends the hash. */
static void test_as_javascript(void **state)
{
    (void)state;
    post("application/x-www-form-urlencoded");
    rig_add(&rig, "content-length", IAM_STR("35"));
    rig_add(&rig, "x-amz-user-agent", IAM_STR("aws-sdk-js/3.1169.0"));
    rig_add(&rig, "amz-sdk-invocation-id", IAM_STR("a-b-c"));
    rig_add(&rig, "amz-sdk-request", IAM_STR("attempt=1; max=3"));
    char hash[IAM_SHA256_HEX_LEN + 1];
    assert_int_equal(iam_sha256_hex(rig.request.body, hash), IAM_OK);
    rig_set(&rig, "x-amz-content-sha256", iam_str_c(hash));
    rig_sign(&rig, "amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;"
                   "x-amz-content-sha256;x-amz-date;x-amz-user-agent");
    rig_assert_ok(&rig);
}

/* curl with a presigned URL adds headers that nobody signed. */
static void test_presigned_with_curl(void **state)
{
    (void)state;
    rig.canonical_query = IAM_STR("Action=GetCallerIdentity&Version=2011-06-15");
    rig_presign(&rig, "host", "900", NULL);
    rig_add(&rig, "User-Agent", IAM_STR("curl/7.88.1"));
    rig_add(&rig, "Accept", IAM_STR("*/*"));
    rig_add(&rig, "Content-Type", IAM_STR("text/plain"));
    rig_assert_ok(&rig);
    assert_true(rig.result.is_presigned);
}

static void test_presigned_post(void **state)
{
    (void)state;
    post("application/x-www-form-urlencoded");
    rig_presign(&rig, "content-type;host", "60", NULL);
    rig_assert_ok(&rig);
}

/* The order of the parameters does not matter, nor do lower-case escapes. */
static void test_presigned_in_any_order(void **state)
{
    (void)state;
    rig_presign(&rig, "host", "60", NULL);
    struct iam_str q = rig.request.query;
    size_t last = q.len;
    while (q.p[last - 1] != '&') {
        last--;
    }
    rig.request.query =
        rig_fmt(&rig, "&&%.*s&%.*s&", (int)(q.len - last), q.p + last, (int)last - 1, q.p);
    rig_assert_ok(&rig);
}

static void test_date_header(void **state)
{
    (void)state;
    rig_add(&rig, "Date", rig.date);
    rig_authorize(&rig, "date;host");
    rig_assert_ok(&rig);
    /* X-Amz-Date goes before Date. */
    rig_set(&rig, "Date", IAM_STR("Sun, 30 Aug 2015 12:36:00 GMT"));
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_ok(&rig);
}

static void test_authorization_without_spaces(void **state)
{
    (void)state;
    rig_set(&rig, "X-Amz-Date", rig.date);
    struct iam_str signature = rig_signature(&rig, "host;x-amz-date");
    rig_set(&rig, "Authorization",
            rig_fmt(&rig,
                    "  AWS4-HMAC-SHA256   Signature=%.*s,SignedHeaders=host;x-amz-date,"
                    "Credential=" RIG_ID "/20150830/us-east-1/iam/aws4_request ",
                    IAM_STR_ARG(signature)));
    rig_assert_ok(&rig);
}

static void test_any_region(void **state)
{
    (void)state;
    static const char *const regions[] = { "us-east-1", "eu-west-1", "cn-north-1", "local", "x" };
    for (size_t i = 0; i < IAM_COUNT(regions); i++) {
        rig.region = iam_str_c(regions[i]);
        rig_sign(&rig, "host;x-amz-date");
        rig_assert_ok(&rig);
        assert_same_str(rig.result.identity.signed_region, rig.region);
    }
}

/* S11: the window to the millisecond. */
static void test_times(void **state)
{
    (void)state;
    rig_sign(&rig, "host;x-amz-date");
    rig.request.now_ms = RIG_NOW_MS + 15 * 60 * 1000;
    rig_assert_ok(&rig);
    rig.request.now_ms = RIG_NOW_MS - 15 * 60 * 1000;
    rig_assert_ok(&rig);
    rig_remove(&rig, "authorization");
    rig_remove(&rig, "x-amz-date");
    rig_presign(&rig, "host", "604800", NULL);
    rig.request.now_ms = RIG_NOW_MS + INT64_C(604800) * 1000;
    rig_assert_ok(&rig);
}

/* S08: '+' means a space here as it does for the reader of the parameters. */
static void test_plus_is_space(void **state)
{
    (void)state;
    rig.canonical_query = IAM_STR("UserName=a%20b");
    rig.request.query = IAM_STR("UserName=a+b");
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_ok(&rig);
    rig.request.query = IAM_STR("UserName=a%2Bb");
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "UserName=a%2Bb");
}

static void test_repeated_parameters(void **state)
{
    (void)state;
    rig.canonical_query = IAM_STR("a=&a=1&a=2&b=");
    rig.request.query = IAM_STR("b&a=2&a=1&a");
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_ok(&rig);
}

/* S08: the request is routed by what was signed. */
static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *sent;
        const char *routed;
        const char *signed_as;
    } rows[] = {
        {"/",               "/",              "/"                 },
        { "//",             "/",              "/"                 },
        { "/a/b",           "/a/b",           "/a/b"              },
        { "/a//b/",         "/a/b/",          "/a/b/"             },
        { "/./a/./b",       "/a/b",           "/a/b"              },
        { "/a/../b",        "/b",             "/b"                },
        { "/a/..",          "/",              "/"                 },
        { "/a/b/..",        "/a",             "/a"                },
        { "/a/b/../",       "/a/",            "/a/"               },
        { "/../../etc",     "/etc",           "/etc"              },
        { "/..",            "/",              "/"                 },
        { "/...",           "/...",           "/..."              },
        { "/a%2Fb",         "/a%2Fb",         "/a%252Fb"          },
        { "/%2e%2e/b",      "/%2e%2e/b",      "/%252e%252e/b"     },
        { "/a+b",           "/a+b",           "/a%2Bb"            },
        { "/arn%3Aaws%3Ax", "/arn%3Aaws%3Ax", "/arn%253Aaws%253Ax"},
    };
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        rig.request.path = iam_str_c(rows[i].sent);
        rig.path = iam_str_c(rows[i].signed_as);
        rig_sign(&rig, "host;x-amz-date");
        rig_assert_ok(&rig);
        assert_same_str(rig.result.path, iam_str_c(rows[i].routed));
    }
}

static void test_is_signed(void **state)
{
    (void)state;
    assert_false(iam_authn_is_signed(&rig.request));
    rig.request.query = IAM_STR("Action=AssumeRoleWithSAML&X-Amz-Foo=1");
    assert_false(iam_authn_is_signed(&rig.request));
    static const char *const queries[] = { "X-Amz-Signature=1", "a=b&x-amz-credential",
                                           "%58-amz-Algorithm=1", "X-Amz-Security-Token=x",
                                           "a&&X-AMZ-EXPIRES=1&c=d" };
    for (size_t i = 0; i < IAM_COUNT(queries); i++) {
        rig.request.query = iam_str_c(queries[i]);
        assert_true(iam_authn_is_signed(&rig.request));
    }
    rig.request.query = iam_str_absent();
    rig_set(&rig, "AUTHORIZATION", IAM_STR(""));
    assert_true(iam_authn_is_signed(&rig.request));
}

static void test_claimed_service(void **state)
{
    (void)state;
    assert_false(iam_str_is_set(iam_authn_claimed_service(&rig.request)));
    rig_sign(&rig, "host;x-amz-date");
    assert_str(iam_authn_claimed_service(&rig.request), "iam");
    rig_set(&rig, "Authorization", IAM_STR("AWS4-HMAC-SHA256 Credential=a/b"));
    assert_false(iam_str_is_set(iam_authn_claimed_service(&rig.request)));
    rig_set(&rig, "Authorization", IAM_STR("Credential="));
    assert_false(iam_str_is_set(iam_authn_claimed_service(&rig.request)));
    rig_remove(&rig, "authorization");
    rig_presign(&rig, "host", "60", NULL);
    assert_str(iam_authn_claimed_service(&rig.request), "iam");
    rig.request.query = IAM_STR("X-Amz-Credential=a%2fb%2fc%2fsts");
    assert_str(iam_authn_claimed_service(&rig.request), "sts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_as_botocore, setup, teardown),
        cmocka_unit_test_setup_teardown(test_as_javascript, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presigned_with_curl, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presigned_post, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presigned_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_date_header, setup, teardown),
        cmocka_unit_test_setup_teardown(test_authorization_without_spaces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_region, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times, setup, teardown),
        cmocka_unit_test_setup_teardown(test_plus_is_space, setup, teardown),
        cmocka_unit_test_setup_teardown(test_repeated_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_claimed_service, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
