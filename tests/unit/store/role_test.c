/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: trust policy and pins, and everything else that a role has. */
#include "support.h"

static const struct iam_pinned_principal PINS[] = {
    {IAM_STR_INIT("arn:aws:iam::111122223333:user/b"),  IAM_STR_INIT("AIDAB")},
    { IAM_STR_INIT("arn:aws:iam::111122223333:role/a"), IAM_STR_INIT("AROAA")},
};

static void keeps_what_it_was_given(void **state)
{
    struct fixture *f = *state;
    struct iam_role role = role_named("AROA1", "Deploy");
    struct iam_role got;

    role.description = IAM_STR("caf\xC3\xA9 'quoted'");
    role.max_session_seconds = 7200;
    role.path = IAM_STR("/ci/");
    role.trust_document = IAM_STR("{\n\t\"a\" : \"\\u00e9\" }\r\n");
    assert_ok(iam_store_role_add(f->txn, &role, NULL, 0));
    next_txn(f);
    assert_ok(iam_store_role_get(f->txn, &f->arena, ACCOUNT, IAM_STR("DEPLOY"), &got));
    assert_str(got.name, "Deploy");
    assert_str(got.arn, "arn:aws:iam::111122223333:role/ci/Deploy");
    assert_str(got.description, "caf\xC3\xA9 'quoted'");
    assert_str(got.trust_document, "{\n\t\"a\" : \"\\u00e9\" }\r\n");
    assert_int_equal(got.max_session_seconds, 7200);
    assert_int_equal(got.last_used_ms, 0);
    assert_str(got.last_used_region, NULL);
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, IAM_STR("AROA1"), &got));
    assert_int_equal(iam_store_role_get_by_id(f->txn, &f->arena, IAM_STR("AROAx"), &got),
                     IAM_NOT_FOUND);
    assert_int_equal(iam_store_role_add(f->txn, &role, NULL, 0), IAM_EXISTS);
}

static void lists_and_scans(void **state)
{
    struct fixture *f = *state;
    struct iam_page page = { .limit = 1 };
    struct iam_role_list list;

    add_role(f, "AROA1", "Zed");
    add_role(f, "AROA2", "abc");
    assert_ok(iam_store_role_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/"), &page, &list));
    assert_str(list.items[0].name, "abc");
    page.after = list.next;
    assert_ok(iam_store_role_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/"), &page, &list));
    assert_str(list.items[0].name, "Zed");
    assert_false(list.is_truncated);
    assert_ok(iam_store_role_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/x/"), NULL, &list));
    assert_int_equal(list.count, 0);
    page.after = iam_str_absent();
    assert_ok(iam_store_role_scan(f->txn, &f->arena, &page, &list));
    assert_str(list.items[0].id, "AROA1");
    page.after = list.next;
    assert_ok(iam_store_role_scan(f->txn, &f->arena, &page, &list));
    assert_str(list.items[0].id, "AROA2");
    assert_false(list.is_truncated);
}

static void trust_and_pins_change_together(void **state)
{
    struct fixture *f = *state;
    struct iam_role role = role_named("AROA1", "r");
    struct iam_pin_list pins;

    assert_ok(iam_store_role_add(f->txn, &role, PINS, 2));
    assert_ok(iam_store_role_pins(f->txn, &f->arena, role.id, &pins));
    assert_int_equal(pins.count, 2);
    assert_str(pins.items[0].principal_arn, "arn:aws:iam::111122223333:role/a");
    assert_str(pins.items[0].unique_id, "AROAA");
    assert_str(pins.items[1].unique_id, "AIDAB");
    assert_ok(iam_store_role_set_trust(f->txn, ACCOUNT, role.id, IAM_STR("{}"), PINS, 1));
    assert_ok(iam_store_role_get(f->txn, &f->arena, ACCOUNT, IAM_STR("r"), &role));
    assert_str(role.trust_document, "{}");
    assert_ok(iam_store_role_pins(f->txn, &f->arena, role.id, &pins));
    assert_int_equal(pins.count, 1);
    assert_str(pins.items[0].unique_id, "AIDAB");
    assert_int_equal(
        iam_store_role_set_trust(f->txn, OTHER_ACCOUNT, role.id, IAM_STR("[]"), NULL, 0),
        IAM_NOT_FOUND);
    assert_ok(iam_store_role_pins(f->txn, &f->arena, role.id, &pins));
    assert_int_equal(pins.count, 1);
}

static void updates_only_what_is_given(void **state)
{
    struct fixture *f = *state;
    struct iam_role role;
    struct iam_str id = IAM_STR("AROA1");

    add_role(f, "AROA1", "r");
    assert_ok(iam_store_role_update(f->txn, ACCOUNT, id, IAM_STR("text"), 0));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, id, &role));
    assert_str(role.description, "text");
    assert_int_equal(role.max_session_seconds, 3600);
    assert_ok(iam_store_role_update(f->txn, ACCOUNT, id, iam_str_absent(), 43200));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, id, &role));
    assert_str(role.description, "text");
    assert_int_equal(role.max_session_seconds, 43200);
    assert_ok(iam_store_role_update(f->txn, ACCOUNT, id, IAM_STR(""), 0));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, id, &role));
    assert_str(role.description, "");
    assert_int_equal(iam_store_role_update(f->txn, OTHER_ACCOUNT, id, IAM_STR("x"), 0),
                     IAM_NOT_FOUND);
}

static void has_a_boundary(void **state)
{
    struct fixture *f = *state;
    struct iam_role role;
    struct iam_str id = IAM_STR("AROA1");

    add_role(f, "AROA1", "r");
    add_policy(f, "ANPA1", "limits");
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, id, IAM_STR("ANPA1")));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, id, &role));
    assert_str(role.boundary_arn, "arn:aws:iam::111122223333:policy/limits");
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, id, iam_str_absent()));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, id, &role));
    assert_str(role.boundary_arn, NULL);
    assert_int_equal(iam_store_role_set_boundary(f->txn, ACCOUNT, id, IAM_STR("ANPAx")),
                     IAM_CONFLICT);
}

static void last_use_never_goes_back(void **state)
{
    struct fixture *f = *state;
    struct iam_role role;
    struct iam_str id = IAM_STR("AROA1");

    add_role(f, "AROA1", "r");
    assert_ok(iam_store_role_touch(f->txn, id, 500, IAM_STR("eu-west-1")));
    assert_ok(iam_store_role_touch(f->txn, id, 400, IAM_STR("us-east-1")));
    assert_ok(iam_store_role_touch(f->txn, IAM_STR("AROAx"), 400, IAM_STR("us-east-1")));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, id, &role));
    assert_int_equal(role.last_used_ms, 500);
    assert_str(role.last_used_region, "eu-west-1");
}

static void is_deleted_with_all_its_parts(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref ref = ref_of(IAM_KIND_ROLE, "AROA1");
    struct iam_role role = role_named("AROA1", "r");
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };
    struct iam_entity_parts parts;
    struct iam_pin_list pins;
    int64_t tags = 1;

    assert_ok(iam_store_role_add(f->txn, &role, PINS, 2));
    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_policy_attach(f->txn, &ref, IAM_STR("ANPA1")));
    assert_ok(iam_store_inline_put(f->txn, &ref, IAM_STR("i"), DOCUMENT));
    assert_ok(iam_store_tag_put(f->txn, &ref, &tag, 1));
    assert_ok(iam_store_parts(f->txn, ref.id, &parts));
    assert_int_equal(parts.attached_policies, 1);
    assert_int_equal(parts.inline_policies, 1);
    assert_int_equal(iam_store_role_delete(f->txn, OTHER_ACCOUNT, ref.id), IAM_NOT_FOUND);
    assert_ok(iam_store_role_delete(f->txn, ACCOUNT, ref.id));
    assert_ok(iam_store_parts(f->txn, ref.id, &parts));
    assert_int_equal(parts.attached_policies + parts.inline_policies, 0);
    assert_ok(iam_store_role_pins(f->txn, &f->arena, ref.id, &pins));
    assert_int_equal(pins.count, 0);
    assert_ok(iam_store_tag_count(f->txn, &ref, &tags));
    assert_int_equal(tags, 0);
    next_txn(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(keeps_what_it_was_given),
        STORE_TEST(lists_and_scans),
        STORE_TEST(trust_and_pins_change_together),
        STORE_TEST(updates_only_what_is_given),
        STORE_TEST(has_a_boundary),
        STORE_TEST(last_use_never_goes_back),
        STORE_TEST(is_deleted_with_all_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
