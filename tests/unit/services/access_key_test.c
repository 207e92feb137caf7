/* SPDX-License-Identifier: Apache-2.0 */
/* When a key was last used: told of the account's own keys, and nothing of others. */
#include "rig.h"

#include "api_iam.gen.h"
#include "store/access_key.h"

#define ALICE "AIDAAAAAAAAAAAAAAAAAA"
#define BOB "AIDABBBBBBBBBBBBBBBBB"
#define OWN_KEY IAM_STR("AKIAAAAAAAAAAAAAAAAA")
#define FOREIGN_KEY IAM_STR("AKIABBBBBBBBBBBBBBBB")
#define ROOT_ARN "arn:aws:iam::111122223333:root"
#define DENIED(key)                                                                          \
    "User: " ROOT_ARN " is not authorized to perform iam:GetAccessKeyLastUsed on resource: " \
    "access key " key

static void add_key(struct rig *r, struct iam_str account, const char *owner, struct iam_str id)
{
    struct iam_access_key key = { .id = id,
                                  .account = account,
                                  .owner_id = iam_str_c(owner),
                                  .is_active = true,
                                  .created_ms = 1,
                                  .sealed_secret = IAM_STR("sealed") };
    assert_ok(iam_store_access_key_add(r->call.txn, &key));
    assert_ok(iam_store_access_key_touch(r->call.txn, id, INT64_C(1700000000000),
                                         IAM_STR("eu-west-1"), IAM_STR("sts")));
}

static int setup(void **state)
{
    static const struct iam_view root = { .arn = IAM_STR_INIT(ROOT_ARN) };
    (void)rig_setup(state);
    struct rig *r = *state;
    rig_add_user(r, ACCOUNT, ALICE, "/", "alice");
    rig_add_user(r, OTHER_ACCOUNT, BOB, "/", "bob");
    add_key(r, ACCOUNT, ALICE, OWN_KEY);
    add_key(r, OTHER_ACCOUNT, BOB, FOREIGN_KEY);
    r->call.subject.view = &root;
    return 0;
}

static enum iam_status last_used(struct rig *r, struct iam_str id,
                                 struct api_iam_get_access_key_last_used_out *out)
{
    struct api_iam_get_access_key_last_used_in in = { .access_key_id = id };
    *out = (struct api_iam_get_access_key_last_used_out){ 0 };
    return api_iam_get_access_key_last_used(&r->call, &in, out);
}

static void test_own_key(void **state)
{
    struct api_iam_get_access_key_last_used_out out;
    assert_ok(last_used(*state, OWN_KEY, &out));
    assert_true(out.access_key_last_used->last_used_date.is_set);
    assert_int_equal(out.access_key_last_used->last_used_date.ms, INT64_C(1700000000000));
    assert_str(out.access_key_last_used->region, "eu-west-1");
    assert_str(out.access_key_last_used->service_name, "sts");
}

/* Nothing distinguishes a key of another account from one that does not exist. */
static void test_foreign_key(void **state)
{
    struct api_iam_get_access_key_last_used_out out;
    rig_assert_fault(*state, last_used(*state, FOREIGN_KEY, &out), API_ERR_ACCESS_DENIED,
                     DENIED("AKIABBBBBBBBBBBBBBBB"));
    assert_null(out.access_key_last_used);
    assert_false(iam_str_is_set(out.user_name));
    rig_assert_fault(*state, last_used(*state, IAM_STR("AKIACCCCCCCCCCCCCCCC"), &out),
                     API_ERR_ACCESS_DENIED, DENIED("AKIACCCCCCCCCCCCCCCC"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_own_key, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_foreign_key, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
