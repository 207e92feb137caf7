/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that every row of our own table must obey: a second check, after the generator's. */
#include "unit/wire/rig.h"

#include "api_iam.gen.h"
#include "dispatch/rule.h"

/* Whatever the input, there is a text: the last one needs nothing that may be absent. */
static void check_denial(const struct api_denial *denial)
{
    assert_true(denial->text_count > 0);
    assert_int_not_equal(denial->error, API_ERR_NONE);
    for (size_t i = 0; i < denial->text_count; i++) {
        const struct api_denial_text *text = &denial->texts[i];
        for (size_t j = 0; j < text->part_count; j++) {
            const struct api_denial_part *part = &text->parts[j];
            bool is_last = i + 1 == denial->text_count;
            assert_int_equal(part->member != NULL, part->from == API_DENIAL_MEMBER);
            assert_int_equal(part->text.len > 0, part->from == API_DENIAL_TEXT);
            assert_true(part->member == NULL || !is_last || part->member->is_required);
        }
    }
}

static void check_op(const struct api_service *service, const struct api_op *op)
{
    const struct api_rule *rule = op->rule;
    bool asks = rule->access == API_ACCESS_POLICY || rule->access == API_ACCESS_TRUST ||
                rule->access == API_ACCESS_UNDENIED || rule->access == API_ACCESS_EVIDENCE;

    assert_ptr_equal(op->service, service);
    assert_non_null(op->input);
    assert_non_null(rule->handler);
    assert_int_not_equal(rule->access, API_ACCESS_NONE);
    assert_int_equal(rule->permission_count > 0, asks);
    for (size_t i = 0; i < rule->permission_count; i++) {
        assert_true(rule->permissions[i].action.len > 0);
        assert_true(i > 0 || rule->permissions[i].when_count == 0);
        check_denial(&rule->permissions[i].denial);
    }
    assert_true(rule->access != API_ACCESS_PUBLIC || rule->txn != API_TXN_WRITE);
    assert_true((rule->serial == NULL) == (rule->code == NULL));
    assert_true(rule->code == NULL || rule->txn != API_TXN_NONE);
    /* AWS counts those that ask for a report among the readers. */
    assert_true(!rule->is_read_only || rule->txn != API_TXN_WRITE ||
                iam_str_starts(op->name, IAM_STR("Generate")));
    assert_true(op->http_status >= 200 && op->http_status < 300);
    for (size_t i = 1; i < op->error_count; i++) {
        assert_true(iam_str_cmp(op->errors[i - 1], op->errors[i]) < 0);
    }
}

static void test_rows(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_service *service = api_catalog.services[i];
        for (size_t j = 0; j < service->op_count; j++) {
            check_op(service, &service->ops[j]);
            assert_true(j == 0 || iam_str_cmp(service->ops[j - 1].name, service->ops[j].name) < 0);
            count++;
        }
    }
    assert_true(count >= 70);
}

/* The operations that may be called without a signature are listed here, by name. */
static void test_unsigned_operations(void **state)
{
    static const struct iam_str NAMES[] = {
        IAM_STR_INIT("GetConfiguration"),
        IAM_STR_INIT("GetIssuerConfiguration"),
        IAM_STR_INIT("GetIssuerKeys"),
        IAM_STR_INIT("AssumeRoleWithSAML"),
        IAM_STR_INIT("AssumeRoleWithWebIdentity"),
    };

    (void)state;
    for (size_t i = 0; i < api_catalog.count; i++) {
        for (size_t j = 0; j < api_catalog.services[i]->op_count; j++) {
            const struct api_op *op = &api_catalog.services[i]->ops[j];
            bool is_signed =
                op->rule->access != API_ACCESS_PUBLIC && op->rule->access != API_ACCESS_EVIDENCE;
            bool is_listed = false;

            for (size_t k = 0; k < IAM_COUNT(NAMES); k++) {
                is_listed = is_listed || iam_str_eq(op->name, NAMES[k]);
            }
            assert_int_equal(is_signed, !is_listed);
        }
    }
}

static void test_error_rows(void **state)
{
    (void)state;
    assert_int_equal(API_ERR_NONE, 0);
    for (size_t i = API_ERR_NONE + 1; i < API_ERR_COUNT; i++) {
        assert_true(api_errors[i].code.len > 0 && api_errors[i].json_code.len > 0);
        assert_true(api_errors[i].http_status >= 400 && api_errors[i].http_status < 600);
        assert_int_equal(api_errors[i].is_sender, api_errors[i].http_status < 500);
        assert_int_equal(api_errors[i].is_sender, api_errors[i].json_status < 500);
    }
}

/* SPEC: the common errors of the services with the Query and with the JSON protocols. */
static void test_names_of_both_protocols(void **state)
{
    static const struct {
        enum api_error error;
        const char *query;
        int query_status;
        const char *json;
        int json_status;
    } NAMES[] = {
        {API_ERR_MISSING_AUTHENTICATION_TOKEN, "MissingAuthenticationToken", 403,
         "MissingAuthenticationTokenException",                                                                   403},
        { API_ERR_INCOMPLETE_SIGNATURE,        "IncompleteSignature",        400, "IncompleteSignatureException",
         403                                                                                                         },
        { API_ERR_INVALID_CLIENT_TOKEN_ID,     "InvalidClientTokenId",       403,
         "UnrecognizedClientException",                                                                           403},
        { API_ERR_SIGNATURE_DOES_NOT_MATCH,    "SignatureDoesNotMatch",      403,
         "InvalidSignatureException",                                                                             403},
        { API_ERR_EXPIRED_TOKEN,               "ExpiredToken",               403, "ExpiredTokenException",        403},
        { API_ERR_REQUEST_EXPIRED,             "RequestExpired",             400, "InvalidSignatureException",    403},
        { API_ERR_ACCESS_DENIED,               "AccessDenied",               403, "AccessDeniedException",        403},
        { API_ERR_VALIDATION_ERROR,            "ValidationError",            400, "ValidationException",          400},
        { API_ERR_THROTTLING,                  "Throttling",                 400, "ThrottlingException",          429},
        { API_ERR_SERVICE_FAILURE,             "ServiceFailure",             500, "InternalServerException",      500},
        { API_ERR_NO_SUCH_ENTITY,              "NoSuchEntity",               404, "NoSuchEntity",                 404},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(NAMES); i++) {
        rig_assert_str(api_error_code(NAMES[i].error, false), NAMES[i].query);
        rig_assert_str(api_error_code(NAMES[i].error, true), NAMES[i].json);
        assert_int_equal(api_error_status(NAMES[i].error, false), NAMES[i].query_status);
        assert_int_equal(api_error_status(NAMES[i].error, true), NAMES[i].json_status);
    }
}

static void test_create_user(void **state)
{
    struct rig *r = *state;
    const struct api_op *op = rig_op("iam", "CreateUser");
    void *p;

    assert_int_equal(rig_query(r, op->input,
                               "Action=CreateUser&Version=2010-05-08&UserName=ann&Path=/a/"
                               "&Tags.member.1.Key=k&Tags.member.1.Value=",
                               &p),
                     IAM_OK);
    const struct api_iam_create_user_in *in = p;
    assert_int_equal(api_validate(&r->arena, op->service, op->input, in, &r->fault), IAM_OK);
    rig_assert_str(in->user_name, "ann");
    rig_assert_str(in->tags.items[0].value, "");

    assert_int_equal(rig_query(r, op->input, "UserName=a%20b", &p), IAM_OK);
    assert_int_equal(api_validate(&r->arena, op->service, op->input, p, &r->fault), IAM_FAULT);
    rig_assert_fault(r, "ValidationError",
                     "The specified value for userName is invalid. It must contain only "
                     "alphanumeric characters and/or the following: +=,.@_-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_unsigned_operations),
        cmocka_unit_test(test_error_rows),
        cmocka_unit_test(test_names_of_both_protocols),
        cmocka_unit_test_setup_teardown(test_create_user, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
