/* SPDX-License-Identifier: Apache-2.0 */
/* What an organization turns on: no operation makes one yet, so the store has it from the test. */
#include "rig.h"

#include "api_iam.gen.h"
#include "store/entity.h"

#define ID "o-abcdefghij"
#define CREDENTIALS "RootCredentialsManagement"
#define SESSIONS "RootSessions"

static const struct iam_entity_ref OWN = { IAM_KIND_ACCOUNT, IAM_STR_INIT("111122223333"),
                                           IAM_STR_INIT("111122223333") };

static void add(struct rig *r, bool has_all_features, bool trusts_iam)
{
    const struct iam_organization organization = { .id = IAM_STR(ID),
                                                   .has_all_features = has_all_features,
                                                   .trusts_iam = trusts_iam };
    assert_ok(iam_store_organization_add(r->call.txn, &OWN, &organization));
}

/* Compares what is on with the names, of which later ones may be NULL. */
static void expect(struct iam_str id, const struct api_iam_features_list *got, const char *first,
                   const char *second)
{
    assert_same_str(id, IAM_STR(ID));
    assert_true(got->is_set);
    assert_int_equal(got->count, (size_t)(first != NULL) + (second != NULL));
    if (first != NULL) {
        assert_same_str(got->items[0], iam_str_c(first));
    }
    if (second != NULL) {
        assert_same_str(got->items[1], iam_str_c(second));
    }
}

static void expect_listed(struct rig *r, const char *first, const char *second)
{
    const struct api_iam_list_organizations_features_in in = { 0 };
    struct api_iam_list_organizations_features_out out = { 0 };
    assert_ok(api_iam_list_organizations_features(&r->call, &in, &out));
    expect(out.organization_id, &out.enabled_features, first, second);
}

/* Calls an operation and compares its answer. */
#define CALL(r, operation, first, second)                                  \
    do {                                                                   \
        const struct api_iam_##operation##_in in = { 0 };                  \
        struct api_iam_##operation##_out out = { 0 };                      \
        assert_ok(api_iam_##operation(&(r)->call, &in, &out));             \
        expect(out.organization_id, &out.enabled_features, first, second); \
    } while (0)

/* Neither implies the other; twice is fine; sessions come first, as recorded on AWS. */
static void test_features(void **state)
{
    struct rig *r = *state;
    add(r, true, true);
    expect_listed(r, NULL, NULL);
    CALL(r, enable_organizations_root_credentials_management, CREDENTIALS, NULL);
    CALL(r, enable_organizations_root_credentials_management, CREDENTIALS, NULL);
    CALL(r, enable_organizations_root_sessions, SESSIONS, CREDENTIALS);
    expect_listed(r, SESSIONS, CREDENTIALS);
    CALL(r, disable_organizations_root_credentials_management, SESSIONS, NULL);
    CALL(r, disable_organizations_root_credentials_management, SESSIONS, NULL);
    expect_listed(r, SESSIONS, NULL);
    CALL(r, disable_organizations_root_sessions, NULL, NULL);
    CALL(r, enable_organizations_root_sessions, SESSIONS, NULL);
    expect_listed(r, SESSIONS, NULL);
}

/* Expects the same refusal of all five. */
static void expect_refused(struct rig *r, enum api_error error, const char *message)
{
    const struct api_iam_list_organizations_features_in list = { 0 };
    struct api_iam_list_organizations_features_out listed = { 0 };
    const struct api_iam_enable_organizations_root_sessions_in on = { 0 };
    struct api_iam_enable_organizations_root_sessions_out is_on = { 0 };
    const struct api_iam_disable_organizations_root_sessions_in off = { 0 };
    struct api_iam_disable_organizations_root_sessions_out is_off = { 0 };
    const struct api_iam_enable_organizations_root_credentials_management_in manage = { 0 };
    struct api_iam_enable_organizations_root_credentials_management_out managed = { 0 };
    const struct api_iam_disable_organizations_root_credentials_management_in leave = { 0 };
    struct api_iam_disable_organizations_root_credentials_management_out left = { 0 };
    struct iam_call *call = &r->call;
    rig_assert_fault(r, api_iam_list_organizations_features(call, &list, &listed), error, message);
    rig_assert_fault(r, api_iam_enable_organizations_root_sessions(call, &on, &is_on), error,
                     message);
    rig_assert_fault(r, api_iam_disable_organizations_root_sessions(call, &off, &is_off), error,
                     message);
    rig_assert_fault(
        r, api_iam_enable_organizations_root_credentials_management(call, &manage, &managed), error,
        message);
    rig_assert_fault(r,
                     api_iam_disable_organizations_root_credentials_management(call, &leave, &left),
                     error, message);
}

static void test_organizations_that_have_none(void **state)
{
    struct rig *r = *state;
    expect_refused(r, API_ERR_ORGANIZATION_NOT_FOUND_EXCEPTION,
                   "Organization not found for input account 111122223333.");
    add(r, false, false);
    expect_refused(r, API_ERR_ORGANIZATION_NOT_IN_ALL_FEATURES_MODE_EXCEPTION,
                   "Organization of input account 111122223333 is not in all features mode.");
    assert_ok(iam_store_organization_delete(r->call.txn, &OWN));
    add(r, true, false);
    expect_refused(r, API_ERR_SERVICE_ACCESS_NOT_ENABLED_EXCEPTION,
                   "Trusted Access for IAM not enabled by organization of input account "
                   "111122223333.");
}

/* The organization is known to the account that manages it alone. */
static void test_another_account_has_no_part_in_it(void **state)
{
    struct rig *r = *state;
    add(r, true, true);
    r->caller.account = OTHER_ACCOUNT;
    expect_refused(r, API_ERR_ORGANIZATION_NOT_FOUND_EXCEPTION,
                   "Organization not found for input account 444455556666.");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_features),
        TEST(test_organizations_that_have_none),
        TEST(test_another_account_has_no_part_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
