/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quotas of an account that are too large to be reached end to end. One below the quota the
 * request fails because the name is taken; at the quota nothing is made, whatever the name.
 */
#include <stdio.h>

#include "rig.h"

#include "api_iam.gen.h"
#include "model/quota.h"
#include "store/group.h"

#define TRUST                                                          \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\"," \
    "\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}}"

typedef void add_fn(struct rig *r, const char *id, const char *name);
typedef enum iam_status create_fn(struct rig *r, struct iam_str name);

static void add_user(struct rig *r, const char *id, const char *name)
{
    rig_add_user(r, ACCOUNT, id, "/", name);
}

static void add_role(struct rig *r, const char *id, const char *name)
{
    rig_add_role(r, ACCOUNT, id, "/", name);
}

static void add_group(struct rig *r, const char *id, const char *name)
{
    struct iam_group group = { .id = iam_str_c(id),
                               .account = ACCOUNT,
                               .path = IAM_STR("/"),
                               .name = iam_str_c(name),
                               .created_ms = 1 };
    assert_ok(iam_store_group_add(r->call.txn, &group));
}

static enum iam_status create_user(struct rig *r, struct iam_str name)
{
    struct api_iam_create_user_in in = { .user_name = name };
    struct api_iam_create_user_out out = { 0 };
    return api_iam_create_user(&r->call, &in, &out);
}

static enum iam_status create_role(struct rig *r, struct iam_str name)
{
    struct api_iam_create_role_in in = { .role_name = name,
                                         .assume_role_policy_document = IAM_STR(TRUST) };
    struct api_iam_create_role_out out = { 0 };
    return api_iam_create_role(&r->call, &in, &out);
}

static enum iam_status create_group(struct rig *r, struct iam_str name)
{
    struct api_iam_create_group_in in = { .group_name = name };
    struct api_iam_create_group_out out = { 0 };
    return api_iam_create_group(&r->call, &in, &out);
}

/* Names are n1, n2, ...; stem is the prefix of the IDs. */
static void fill(struct rig *r, int64_t count, const char *stem, add_fn *add)
{
    char id[32];
    char name[32];
    for (int64_t i = 1; i <= count; i++) {
        (void)snprintf(id, sizeof(id), "%s%017lld", stem, (long long)i);
        (void)snprintf(name, sizeof(name), "n%lld", (long long)i);
        add(r, id, name);
    }
}

static void check(struct rig *r, enum iam_quota quota, const char *stem, add_fn *add,
                  create_fn *create)
{
    const struct iam_quota_row *row = iam_quota_get(quota);
    void *again = r;
    char words[128];
    fill(r, row->value, stem, add);
    (void)snprintf(words, sizeof(words), "Cannot exceed quota for %.*s: %lld",
                   IAM_STR_ARG(row->name), (long long)row->value);
    rig_assert_fault(r, create(r, IAM_STR("one-more")), API_ERR_LIMIT_EXCEEDED, words);
    (void)rig_teardown(&again);
    (void)rig_setup(&again);
    fill(r, row->value - 1, stem, add);
    assert_int_equal(create(r, IAM_STR("n1")), IAM_FAULT);
    assert_int_equal(r->call.fault.error, API_ERR_ENTITY_ALREADY_EXISTS);
}

static void test_users(void **state)
{
    check(*state, IAM_QUOTA_USERS, "AIDA", add_user, create_user);
}

static void test_roles(void **state)
{
    check(*state, IAM_QUOTA_ROLES, "AROA", add_role, create_role);
}

static void test_groups(void **state)
{
    check(*state, IAM_QUOTA_GROUPS, "AGPA", add_group, create_group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_users, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_roles, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_groups, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
