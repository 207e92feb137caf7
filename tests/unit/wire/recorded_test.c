/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS was seen to answer to odd input of IAM and STS in 2025 and 2026, word for word, before
 * anything is authorized. The names of list members and their indexes were tried with TagUser.
 */
#include "unit/wire/rig.h"

#define ONE "1 validation error detected: "
#define NOT_NULL "' failed to satisfy constraint: Member must not be null"
#define EMPTY_TAG(n) \
    "Value at 'tags." n ".member.value" NOT_NULL "; Value at 'tags." n ".member.key" NOT_NULL
#define TAG_KEY                                                                                   \
    "Member must have length less than or equal to 128, Member must have length greater than or " \
    "equal to 1, Member must satisfy regular expression pattern: "                                \
    "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null"
#define SPARSE(n) "Excessively sparse input would skip " n " list elements"
#define PREFIX                                                                               \
    "The specified value for pathPrefix is invalid. It must begin with the / character and " \
    "contain only alphanumeric characters and/or / characters."

struct row {
    const char *service;
    const char *operation;
    const char *form;
    const char *code; /* NULL: accepted */
    const char *message;
};

/* clang-format off */
static const struct row ROWS[] = {
    /* unknown parameters */
    { "iam", "GetUser", "UserName=u&Path=/x/", NULL, NULL },
    { "iam", "TagUser", "UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.1.Other=x",
      NULL, NULL },
    /* indexes */
    { "iam", "TagUser", "UserName=u&Tags.member.01.Key=k&Tags.member.01.Value=v", NULL, NULL },
    { "iam", "TagUser", "UserName=u&Tags.member.1.Key=k&Tags.member.01.Value=v", NULL, NULL },
    { "iam", "TagUser", "UserName=u&Tags.member.2.Key=k&Tags.member.2.Value=v",
      "ValidationError", "2 validation errors detected: " EMPTY_TAG("1") },
    { "iam", "TagUser", "UserName=u&Tags.member.3.Key=k&Tags.member.3.Value=v",
      "ValidationError", "4 validation errors detected: " EMPTY_TAG("1") "; " EMPTY_TAG("2") },
    { "iam", "TagUser",
      "UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.3.Key=k&Tags.member.3.Value=v",
      "ValidationError", "2 validation errors detected: " EMPTY_TAG("2") },
    { "iam", "TagUser", "UserName=u&Tags.member.10.Key=k&Tags.member.10.Value=v",
      "ValidationError", "10 validation errors detected: " EMPTY_TAG("1") "; " EMPTY_TAG("2") "; "
      EMPTY_TAG("3") "; " EMPTY_TAG("4") "; " EMPTY_TAG("5") },
    { "iam", "TagUser", "UserName=u&Tags.member.11.Key=k&Tags.member.11.Value=v",
      "ValidationError", "10 validation errors detected: " EMPTY_TAG("1") "; " EMPTY_TAG("2") "; "
      EMPTY_TAG("3") "; " EMPTY_TAG("4") "; " EMPTY_TAG("5") },
    { "iam", "TagUser", "UserName=u&Tags.member.%2B1.Key=k&Tags.member.%2B1.Value=v",
      "ValidationError", "2 validation errors detected: " EMPTY_TAG("1") },
    { "iam", "TagUser", "UserName=u&Tags.member.one.Key=k&Tags.member.one.Value=v",
      "ValidationError", "2 validation errors detected: " EMPTY_TAG("1") },
    { "iam", "TagUser", "UserName=u&Tags.member.49.Key=k&Tags.member.49.Value=v",
      "MalformedInput", SPARSE("48") },
    { "iam", "TagUser", "UserName=u&Tags.member.50.Key=k&Tags.member.50.Value=v",
      "MalformedInput", SPARSE("49") },
    { "iam", "TagUser", "UserName=u&Tags.member.51.Key=k&Tags.member.51.Value=v",
      "MalformedInput", SPARSE("50") },
    { "iam", "TagUser", "UserName=u&Tags.member.0.Key=k&Tags.member.0.Value=v",
      "MalformedInput", "0 is not a valid index" },
    { "iam", "TagUser", "UserName=u&Tags.member.-1.Key=k&Tags.member.-1.Value=v",
      "MalformedInput", "Key -1 may not have a leading '-'" },
    { "iam", "TagUser", "UserName=u&Tags.member.1.0.Key=k&Tags.member.1.0.Value=v",
      "MalformedInput", "Two index elements may not occur back to back" },
    { "iam", "UntagUser", "UserName=u&TagKeys.member.01=k", NULL, NULL },
    { "iam", "UntagUser", "UserName=u&TagKeys.member.%2B1=k",
      "MalformedInput", "Start of list found where not expected" },
    { "iam", "UntagUser", "UserName=u&TagKeys.member.one=k",
      "MalformedInput", "Start of list found where not expected" },
    { "iam", "UntagUser", "UserName=u&TagKeys.member.0=k",
      "MalformedInput", "0 is not a valid index" },
    { "iam", "TagUser", "UserName=u&Tags=", NULL, NULL },
    /* numbers */
    { "iam", "ListUsers", "MaxItems=1", NULL, NULL },
    { "iam", "ListUsers", "MaxItems=01", NULL, NULL },
    { "iam", "ListUsers", "MaxItems=%2B1", NULL, NULL },
    { "iam", "ListUsers", "MaxItems=%201%20", "MalformedInput", NULL },
    { "iam", "ListUsers", "MaxItems=1.0", "MalformedInput", NULL },
    { "iam", "ListUsers", "MaxItems=1e0", "MalformedInput", NULL },
    { "iam", "ListUsers", "MaxItems=2147483648", "MalformedInput", NULL },
    { "iam", "ListUsers", "MaxItems=0", "ValidationError",
      ONE "Value at 'maxItems' failed to satisfy constraint: Member must have value greater than or "
      "equal to 1" },
    { "iam", "ListUsers", "MaxItems=1001", "ValidationError",
      ONE "Value at 'maxItems' failed to satisfy constraint: Member must have value less than or "
      "equal to 1000" },
    { "iam", "ListPolicies", "OnlyAttached=1", NULL, NULL },
    { "iam", "ListPolicies", "OnlyAttached=0", NULL, NULL },
    { "iam", "ListPolicies", "OnlyAttached=True", "MalformedInput", NULL },
    { "iam", "ListPolicies", "OnlyAttached=null", "MalformedInput", NULL },
    { "sts", "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=session&DurationSeconds=0900", NULL,
      NULL },
    { "sts", "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=session&DurationSeconds=%2B900",
      NULL, NULL },
    { "sts", "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=session&DurationSeconds=9e2",
      "MalformedInput", NULL },
    { "sts", "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=session&DurationSeconds=0",
      "ValidationError",
      ONE "Value '0' at 'durationSeconds' failed to satisfy constraint: Member must have value "
      "greater than or equal to 900" },
    /* constraints: IAM does not repeat the value, STS does */
    { "iam", "TagUser", "UserName=u&Tags.member.1.Key=k", "ValidationError",
      ONE "Value at 'tags.1.member.value" NOT_NULL },
    { "iam", "TagUser", "UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=%21", "ValidationError",
      ONE "Value at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular "
      "expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*" },
    { "iam", "UntagUser", "UserName=u&TagKeys.member.1=%21", "ValidationError",
      ONE "Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: ["
      TAG_KEY "]" },
    { "iam", "UntagUser", "UserName=u&TagKeys.member.2=k", "ValidationError",
      ONE "Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: ["
      TAG_KEY "]" },
    { "sts", "AssumeRole",
      "RoleArn=arn:aws:iam::123456789012:role/r&RoleSessionName=bad%20name", "ValidationError",
      ONE "Value 'bad name' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
      "regular expression pattern: [\\w+=,.@-]*" },
    { "sts", "AssumeRole", "RoleArn=arn:aws:iam::123456789012:role/r", "ValidationError",
      ONE "Value null at 'roleSessionName" NOT_NULL },
    /* path prefixes */
    { "iam", "ListPolicies", "PathPrefix=/a", "ValidationError", PREFIX },
    { "iam", "ListPolicies", "PathPrefix=/a/", NULL, NULL },
    { "iam", "ListUsers", "PathPrefix=/a", NULL, NULL },
    { "iam", "ListUsers", "PathPrefix=a", "ValidationError", PREFIX },
};
/* clang-format on */

static void check_row(struct rig *r, const struct row *row)
{
    const struct api_op *op = rig_op(row->service, row->operation);
    void *in;
    enum iam_status status = rig_query(r, op->input, row->form, &in);

    if (status == IAM_OK) {
        status = api_validate(&r->arena, op->service, op->input, in, &r->fault);
    }
    if (row->code == NULL && status == IAM_OK) {
        return;
    }
    if (row->code == NULL || status != IAM_FAULT ||
        !iam_str_eq(api_errors[r->fault.error].code, iam_str_c(row->code)) ||
        (row->message != NULL && !iam_str_eq(r->fault.message, iam_str_c(row->message)))) {
        fail_msg("%s %s: %.*s", row->operation, row->form, IAM_STR_ARG(r->fault.message));
    }
}

static void test_recorded(void **state)
{
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        check_row(*state, &ROWS[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recorded, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
