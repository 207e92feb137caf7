/* SPDX-License-Identifier: Apache-2.0 */
/* Inline policies, tags and access keys. */
#include "support.h"

static void inline_policies_are_kept_as_given(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_entity_ref nobody = ref_of(IAM_KIND_USER, "AIDAx");
    struct iam_inline_policy policy;
    struct iam_inline_list list;

    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("Read"), IAM_STR("{ \"a\":1}\n")));
    assert_ok(iam_store_inline_get(f->txn, &f->arena, &user, IAM_STR("READ"), &policy));
    assert_str(policy.name, "Read");
    assert_str(policy.document, "{ \"a\":1}\n");
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("rEAD"), IAM_STR("{}")));
    assert_ok(iam_store_inline_load(f->txn, &f->arena, &user, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].name, "Read");
    assert_str(list.items[0].document, "{}");
    assert_int_equal(iam_store_inline_put(f->txn, &nobody, IAM_STR("x"), DOCUMENT), IAM_NOT_FOUND);
    assert_int_equal(iam_store_inline_get(f->txn, &f->arena, &user, IAM_STR("x"), &policy),
                     IAM_NOT_FOUND);
    assert_ok(iam_store_inline_delete(f->txn, &user, IAM_STR("read")));
    assert_int_equal(iam_store_inline_delete(f->txn, &user, IAM_STR("read")), IAM_NOT_FOUND);
}

static void inline_policies_are_listed_by_name(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref role = ref_of(IAM_KIND_ROLE, "AROA1");
    struct iam_page page = { .limit = 2 };
    struct iam_inline_list list;

    add_role(f, "AROA1", "r");
    assert_ok(iam_store_inline_put(f->txn, &role, IAM_STR("c"), DOCUMENT));
    assert_ok(iam_store_inline_put(f->txn, &role, IAM_STR("B"), DOCUMENT));
    assert_ok(iam_store_inline_put(f->txn, &role, IAM_STR("a"), DOCUMENT));
    assert_ok(iam_store_inline_list(f->txn, &f->arena, &role, &page, &list));
    assert_str(list.items[0].name, "a");
    assert_str(list.items[1].name, "B");
    assert_str(list.items[0].document, NULL);
    assert_true(list.is_truncated);
    page.after = list.next;
    assert_ok(iam_store_inline_list(f->txn, &f->arena, &role, &page, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].name, "c");
    assert_false(list.is_truncated);
}

static void tags_keep_their_order(void **state)
{
    static const struct iam_tag TAGS[] = {
        {IAM_STR_INIT("zone"),   IAM_STR_INIT("1")},
        { IAM_STR_INIT("Team"),  IAM_STR_INIT("a")},
        { IAM_STR_INIT("empty"), IAM_STR_INIT("") },
    };
    static const struct iam_tag AGAIN = { IAM_STR_INIT("ZONE"), IAM_STR_INIT("2") };
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_page page = { .limit = 2 };
    struct iam_tag_list list;
    int64_t count = 0;

    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_tag_put(f->txn, &user, TAGS, 3));
    assert_ok(iam_store_tag_put(f->txn, &user, &AGAIN, 1));
    assert_ok(iam_store_tag_list(f->txn, &f->arena, &user, &page, &list));
    assert_str(list.items[0].key, "ZONE");
    assert_str(list.items[0].value, "2");
    assert_str(list.items[1].key, "Team");
    assert_true(list.is_truncated);
    page.after = list.next;
    assert_ok(iam_store_tag_list(f->txn, &f->arena, &user, &page, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].key, "empty");
    assert_str(list.items[0].value, "");
    assert_ok(iam_store_tag_count(f->txn, &user, &count));
    assert_int_equal(count, 3);
    page.after = IAM_STR("nothing");
    assert_int_equal(iam_store_tag_list(f->txn, &f->arena, &user, &page, &list), IAM_RANGE);
}

static void tags_are_removed(void **state)
{
    static const struct iam_tag TAGS[] = {
        {IAM_STR_INIT("a"),  IAM_STR_INIT("1")},
        { IAM_STR_INIT("b"), IAM_STR_INIT("2")}
    };
    static const struct iam_str KEYS[] = { IAM_STR_INIT("A"), IAM_STR_INIT("unknown") };
    struct fixture *f = *state;
    struct iam_entity_ref role = ref_of(IAM_KIND_ROLE, "AROA1");
    struct iam_entity_ref nobody = ref_of(IAM_KIND_ROLE, "AROAx");
    struct iam_tag_list list;

    add_role(f, "AROA1", "r");
    assert_ok(iam_store_tag_put(f->txn, &role, TAGS, 2));
    assert_ok(iam_store_tag_remove(f->txn, &role, KEYS, 2));
    assert_ok(iam_store_tag_list(f->txn, &f->arena, &role, NULL, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].key, "b");
    assert_int_equal(iam_store_tag_put(f->txn, &nobody, TAGS, 2), IAM_NOT_FOUND);
    assert_int_equal(iam_store_tag_remove(f->txn, &nobody, KEYS, 2), IAM_NOT_FOUND);
}

static void keys_of_policy_tags_have_a_case(void **state)
{
    static const struct iam_tag TAGS[] = {
        {IAM_STR_INIT("a"),  IAM_STR_INIT("1")},
        { IAM_STR_INIT("A"), IAM_STR_INIT("2")}
    };
    struct fixture *f = *state;
    struct iam_entity_ref policy = ref_of(IAM_KIND_POLICY, "ANPA1");
    struct iam_tag_list list;

    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_tag_put(f->txn, &policy, TAGS, 2));
    assert_ok(iam_store_tag_remove(f->txn, &policy, &TAGS[1].key, 1));
    assert_ok(iam_store_tag_list(f->txn, &f->arena, &policy, NULL, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].value, "1");
}

static void keys_of_users_and_of_root(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key root = key_of("AKIAR", ACCOUNT, ACCOUNT);
    struct iam_access_key user = key_of("AKIAU", ACCOUNT, IAM_STR("AIDA1"));
    struct iam_access_key key;
    int64_t count = 0;

    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_access_key_add(f->txn, &root));
    assert_ok(iam_store_access_key_add(f->txn, &user));
    next_txn(f);
    assert_ok(iam_store_access_key_get(f->txn, &f->arena, IAM_STR("AKIAU"), &key));
    assert_str(key.account, "111122223333");
    assert_str(key.owner_id, "AIDA1");
    assert_true(key.is_active);
    assert_int_equal(key.sealed_secret.len, 9);
    assert_memory_equal(key.sealed_secret.p, "\0sealed\xFF\0", 9);
    assert_int_equal(key.last_used_ms, 0);
    assert_ok(iam_store_access_key_count(f->txn, ACCOUNT, ACCOUNT, &count));
    assert_int_equal(count, 1);
    user.id = IAM_STR("AKIA2");
    user.owner_id = IAM_STR("AIDAx");
    assert_int_equal(iam_store_access_key_add(f->txn, &user), IAM_NOT_FOUND);
    user.owner_id = IAM_STR("AIDA1");
    user.account = OTHER_ACCOUNT;
    assert_int_equal(iam_store_access_key_add(f->txn, &user), IAM_NOT_FOUND);
    assert_int_equal(iam_store_access_key_add(f->txn, &root), IAM_EXISTS);
}

static void keys_are_listed_by_age(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, IAM_STR("AIDA1"));
    struct iam_page page = { .limit = 1 };
    struct iam_access_key_list list;

    add_user(f, "AIDA1", "u");
    key.created_ms = 2000;
    assert_ok(iam_store_access_key_add(f->txn, &key));
    key.id = IAM_STR("AKIA2");
    key.created_ms = 1000;
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_ok(
        iam_store_access_key_list(f->txn, &f->arena, ACCOUNT, IAM_STR("AIDA1"), &page, &list));
    assert_str(list.items[0].id, "AKIA2");
    page.after = list.next;
    assert_ok(
        iam_store_access_key_list(f->txn, &f->arena, ACCOUNT, IAM_STR("AIDA1"), &page, &list));
    assert_str(list.items[0].id, "AKIA1");
    assert_false(list.is_truncated);
    page.after = IAM_STR("nonsense");
    assert_int_equal(
        iam_store_access_key_list(f->txn, &f->arena, ACCOUNT, IAM_STR("AIDA1"), &page, &list),
        IAM_RANGE);
    page.after = iam_str_absent();
    assert_ok(iam_store_access_key_scan(f->txn, &f->arena, &page, &list));
    assert_str(list.items[0].id, "AKIA1");
    assert_str(list.next, "AKIA1");
}

static void keys_belong_to_their_owner(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, IAM_STR("AIDA1"));
    struct iam_str id = IAM_STR("AKIA1");
    struct iam_str owner = IAM_STR("AIDA1");
    struct iam_str stranger = IAM_STR("AIDA2");

    add_user(f, "AIDA1", "u");
    add_user(f, "AIDA2", "v");
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_int_equal(iam_store_access_key_set_active(f->txn, ACCOUNT, stranger, id, false),
                     IAM_NOT_FOUND);
    assert_int_equal(iam_store_access_key_delete(f->txn, ACCOUNT, stranger, id), IAM_NOT_FOUND);
    assert_int_equal(iam_store_access_key_delete(f->txn, OTHER_ACCOUNT, owner, id), IAM_NOT_FOUND);
    assert_ok(iam_store_access_key_set_active(f->txn, ACCOUNT, owner, id, false));
    assert_ok(iam_store_access_key_get(f->txn, &f->arena, id, &key));
    assert_false(key.is_active);
    assert_ok(iam_store_access_key_touch(f->txn, id, 50, IAM_STR("eu-west-1"), IAM_STR("s3")));
    assert_ok(iam_store_access_key_touch(f->txn, id, 40, IAM_STR("us-east-1"), IAM_STR("iam")));
    assert_ok(iam_store_access_key_get(f->txn, &f->arena, id, &key));
    assert_int_equal(key.last_used_ms, 50);
    assert_str(key.last_used_region, "eu-west-1");
    assert_str(key.last_used_service, "s3");
    assert_ok(iam_store_access_key_delete(f->txn, ACCOUNT, owner, id));
    assert_int_equal(iam_store_access_key_get(f->txn, &f->arena, id, &key), IAM_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(inline_policies_are_kept_as_given),
        STORE_TEST(inline_policies_are_listed_by_name),
        STORE_TEST(tags_keep_their_order),
        STORE_TEST(tags_are_removed),
        STORE_TEST(keys_of_policy_tags_have_a_case),
        STORE_TEST(keys_of_users_and_of_root),
        STORE_TEST(keys_are_listed_by_age),
        STORE_TEST(keys_belong_to_their_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
