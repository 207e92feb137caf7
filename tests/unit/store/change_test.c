/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed is complete: each mutating function is called once on a store that has one of
 * everything, and must write exactly the changes of its row.
 */
#include <stdio.h>

#include "support.h"

#define S(text) IAM_STR_INIT(text)

static const struct iam_entity_ref USER = { IAM_KIND_USER, S("111122223333"), S("AIDA1") };
static const struct iam_entity_ref ROLE = { IAM_KIND_ROLE, S("111122223333"), S("AROA1") };
static const struct iam_entity_ref GROUP = { IAM_KIND_GROUP, S("111122223333"), S("AGPA1") };
static const struct iam_entity_ref POLICY = { IAM_KIND_POLICY, S("111122223333"), S("ANPA1") };
static const struct iam_tag TAG = { S("k"), S("v") };

/* u1 in g1 with a key, an attached policy p1 and an inline policy; r1; p2 unused, with v2. */
static void fill(struct fixture *f)
{
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, USER.id);
    int64_t number = 0;

    add_user(f, "AIDA1", "u1");
    add_user(f, "AIDA2", "u2");
    add_group(f, "AGPA1", "g1");
    add_role(f, "AROA1", "r1");
    add_policy(f, "ANPA1", "p1");
    add_policy(f, "ANPA2", "p2");
    assert_ok(
        iam_store_version_add(f->txn, ACCOUNT, IAM_STR("ANPA2"), DOCUMENT, false, 2, &number));
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP.id, USER.id));
    assert_ok(iam_store_policy_attach(f->txn, &USER, POLICY.id));
    assert_ok(iam_store_inline_put(f->txn, &USER, IAM_STR("i"), DOCUMENT));
    assert_ok(iam_store_tag_put(f->txn, &USER, &TAG, 1));
    assert_ok(iam_store_login_profile_add(
        f->txn, &USER, &(struct iam_login_profile){ .password_hash = IAM_STR("$") }));
    next_txn(f);
}

static enum iam_status account_add(struct fixture *f)
{
    struct iam_account account = { .id = IAM_STR("777788889999"), .name = IAM_STR("n") };

    return iam_store_account_add(f->txn, &account);
}

static enum iam_status user_add(struct fixture *f)
{
    struct iam_user user = user_named("AIDA9", "u9");

    return iam_store_user_add(f->txn, &user);
}

static enum iam_status user_update(struct fixture *f)
{
    return iam_store_user_update(f->txn, ACCOUNT, USER.id, IAM_STR("new"), iam_str_absent());
}

static enum iam_status user_set_boundary(struct fixture *f)
{
    return iam_store_user_set_boundary(f->txn, ACCOUNT, USER.id, POLICY.id);
}

static enum iam_status user_remove_boundary(struct fixture *f)
{
    return iam_store_user_set_boundary(f->txn, ACCOUNT, USER.id, iam_str_absent());
}

static enum iam_status user_delete(struct fixture *f)
{
    return iam_store_user_delete(f->txn, ACCOUNT, USER.id);
}

static enum iam_status group_add(struct fixture *f)
{
    struct iam_group group = group_named("AGPA9", "g9");

    return iam_store_group_add(f->txn, &group);
}

static enum iam_status group_update(struct fixture *f)
{
    return iam_store_group_update(f->txn, ACCOUNT, GROUP.id, iam_str_absent(), IAM_STR("/x/"));
}

static enum iam_status group_delete(struct fixture *f)
{
    return iam_store_group_delete(f->txn, ACCOUNT, GROUP.id);
}

static enum iam_status member_add(struct fixture *f)
{
    return iam_store_member_add(f->txn, ACCOUNT, GROUP.id, IAM_STR("AIDA2"));
}

static enum iam_status member_add_again(struct fixture *f)
{
    return iam_store_member_add(f->txn, ACCOUNT, GROUP.id, USER.id);
}

static enum iam_status member_remove(struct fixture *f)
{
    return iam_store_member_remove(f->txn, ACCOUNT, GROUP.id, USER.id);
}

static enum iam_status role_add(struct fixture *f)
{
    struct iam_role role = role_named("AROA9", "r9");

    return iam_store_role_add(f->txn, &role, NULL, 0);
}

static enum iam_status role_update(struct fixture *f)
{
    return iam_store_role_update(f->txn, ACCOUNT, ROLE.id, IAM_STR("d"), 0);
}

static enum iam_status role_set_trust(struct fixture *f)
{
    return iam_store_role_set_trust(f->txn, ACCOUNT, ROLE.id, DOCUMENT, NULL, 0);
}

static enum iam_status role_set_boundary(struct fixture *f)
{
    return iam_store_role_set_boundary(f->txn, ACCOUNT, ROLE.id, POLICY.id);
}

static enum iam_status role_touch(struct fixture *f)
{
    return iam_store_role_touch(f->txn, ROLE.id, 9, IAM_STR("eu-west-1"));
}

static enum iam_status role_delete(struct fixture *f)
{
    return iam_store_role_delete(f->txn, ACCOUNT, ROLE.id);
}

static enum iam_status policy_add(struct fixture *f)
{
    struct iam_managed_policy policy = policy_named("ANPA9", "p9");

    return iam_store_policy_add(f->txn, &policy, DOCUMENT);
}

static enum iam_status policy_delete(struct fixture *f)
{
    return iam_store_policy_delete(f->txn, ACCOUNT, IAM_STR("ANPA2"));
}

static enum iam_status version_add(struct fixture *f)
{
    int64_t number = 0;

    return iam_store_version_add(f->txn, ACCOUNT, POLICY.id, DOCUMENT, true, 3, &number);
}

static enum iam_status version_set_default(struct fixture *f)
{
    return iam_store_version_set_default(f->txn, ACCOUNT, IAM_STR("ANPA2"), 2, 5);
}

static enum iam_status version_delete(struct fixture *f)
{
    return iam_store_version_delete(f->txn, ACCOUNT, IAM_STR("ANPA2"), 2);
}

static enum iam_status attach_role(struct fixture *f)
{
    return iam_store_policy_attach(f->txn, &ROLE, POLICY.id);
}

static enum iam_status attach_group(struct fixture *f)
{
    return iam_store_policy_attach(f->txn, &GROUP, POLICY.id);
}

static enum iam_status attach_again(struct fixture *f)
{
    return iam_store_policy_attach(f->txn, &USER, POLICY.id);
}

static enum iam_status detach(struct fixture *f)
{
    return iam_store_policy_detach(f->txn, &USER, POLICY.id);
}

static enum iam_status inline_put(struct fixture *f)
{
    return iam_store_inline_put(f->txn, &GROUP, IAM_STR("j"), DOCUMENT);
}

static enum iam_status inline_replace(struct fixture *f)
{
    return iam_store_inline_put(f->txn, &USER, IAM_STR("i"), IAM_STR("{}"));
}

static enum iam_status inline_delete(struct fixture *f)
{
    return iam_store_inline_delete(f->txn, &USER, IAM_STR("i"));
}

static enum iam_status tag_put(struct fixture *f)
{
    return iam_store_tag_put(f->txn, &POLICY, &TAG, 1);
}

static enum iam_status tag_remove(struct fixture *f)
{
    return iam_store_tag_remove(f->txn, &USER, &TAG.key, 1);
}

static enum iam_status key_add(struct fixture *f)
{
    struct iam_access_key key = key_of("AKIA9", ACCOUNT, ACCOUNT);

    return iam_store_access_key_add(f->txn, &key);
}

static enum iam_status key_set_active(struct fixture *f)
{
    return iam_store_access_key_set_active(f->txn, ACCOUNT, USER.id, IAM_STR("AKIA1"), false);
}

static enum iam_status key_touch(struct fixture *f)
{
    return iam_store_access_key_touch(f->txn, IAM_STR("AKIA1"), 9, IAM_STR("r"), IAM_STR("s"));
}

static enum iam_status key_delete(struct fixture *f)
{
    return iam_store_access_key_delete(f->txn, ACCOUNT, USER.id, IAM_STR("AKIA1"));
}

static const struct iam_login_profile PROFILE = { .created_ms = 1, .password_hash = S("$") };

static enum iam_status login_add(struct fixture *f)
{
    return iam_store_login_profile_add(
        f->txn, &(struct iam_entity_ref){ IAM_KIND_USER, ACCOUNT, S("AIDA2") }, &PROFILE);
}

static enum iam_status login_update(struct fixture *f)
{
    return iam_store_login_profile_update(f->txn, &USER, &PROFILE);
}

static enum iam_status login_delete(struct fixture *f)
{
    return iam_store_login_profile_delete(f->txn, &USER);
}

struct mutation {
    const char *name;
    enum iam_status (*run)(struct fixture *f);
    const char *changes; /* kind, ID, + for put or - for delete */
};

#define ROW(fn, changes) \
    {                    \
#fn, fn, changes \
    }

static const struct mutation MUTATIONS[] = {
    ROW(account_add, "1:777788889999+ "),
    ROW(user_add, "2:AIDA9+ "),
    ROW(user_update, "2:AIDA1+ "),
    ROW(user_set_boundary, "2:AIDA1+ "),
    ROW(user_remove_boundary, "2:AIDA1+ "),
    ROW(user_delete, "6:AKIA1- 3:AGPA1+ 2:AIDA1+ 2:AIDA1- "),
    ROW(group_add, "3:AGPA9+ "),
    ROW(group_update, "3:AGPA1+ "),
    ROW(group_delete, "3:AGPA1+ 2:AIDA1+ 3:AGPA1- "),
    ROW(member_add, "3:AGPA1+ 2:AIDA2+ "),
    ROW(member_add_again, ""),
    ROW(member_remove, "3:AGPA1+ 2:AIDA1+ "),
    ROW(role_add, "4:AROA9+ "),
    ROW(role_update, "4:AROA1+ "),
    ROW(role_set_trust, "4:AROA1+ "),
    ROW(role_set_boundary, "4:AROA1+ "),
    ROW(role_touch, ""),
    ROW(role_delete, "4:AROA1- "),
    ROW(policy_add, "5:ANPA9+ "),
    ROW(policy_delete, "5:ANPA2- "),
    ROW(version_add, "5:ANPA1+ "),
    ROW(version_set_default, "5:ANPA2+ "),
    ROW(version_delete, "5:ANPA2+ "),
    ROW(attach_role, "4:AROA1+ "),
    ROW(attach_group, "3:AGPA1+ "),
    ROW(attach_again, ""),
    ROW(detach, "2:AIDA1+ "),
    ROW(inline_put, "3:AGPA1+ "),
    ROW(inline_replace, "2:AIDA1+ "),
    ROW(inline_delete, "2:AIDA1+ "),
    ROW(tag_put, "5:ANPA1+ "),
    ROW(tag_remove, "2:AIDA1+ "),
    ROW(key_add, "6:AKIA9+ "),
    ROW(key_set_active, "6:AKIA1+ "),
    ROW(key_touch, ""),
    ROW(key_delete, "6:AKIA1- "),
    ROW(login_add, "2:AIDA2+ "),
    ROW(login_update, "2:AIDA1+ "),
    ROW(login_delete, "2:AIDA1+ "),
};

static void print_changes(struct fixture *f, int64_t after, char *ret, size_t cap)
{
    struct iam_change_list list;
    size_t used = 0;

    assert_ok(iam_store_change_list(f->txn, &f->arena, after, 100, &list));
    ret[0] = '\0';
    for (size_t i = 0; i < list.count; i++) {
        const struct iam_change *change = &list.items[i];

        assert_int_equal(change->seq, after + 1 + (int64_t)i);
        if (change->kind != IAM_KIND_ACCOUNT) {
            assert_str(change->account, "111122223333");
        }
        used += (size_t)snprintf(ret + used, cap - used, "%d:%.*s%s ", (int)change->kind,
                                 IAM_STR_ARG(change->id), change->op == IAM_CHANGE_PUT ? "+" : "-");
        assert_true(used < cap);
    }
}

static void every_mutation_is_told(void **state)
{
    struct fixture *f = *state;

    fill(f);
    for (size_t i = 0; i < IAM_COUNT(MUTATIONS); i++) {
        char got[256];
        int64_t before = 0;

        assert_ok(iam_store_change_last(f->txn, &before));
        assert_ok(MUTATIONS[i].run(f));
        print_changes(f, before, got, sizeof(got));
        if (strcmp(got, MUTATIONS[i].changes) != 0) {
            fail_msg("%s: got '%s', want '%s'", MUTATIONS[i].name, got, MUTATIONS[i].changes);
        }
        abandon_txn(f);
    }
}

static void what_is_rolled_back_is_not_told(void **state)
{
    struct fixture *f = *state;
    int64_t before = 0;
    int64_t after = 0;

    assert_ok(iam_store_change_last(f->txn, &before));
    assert_int_equal(before, 2);
    assert_ok(user_add(f));
    assert_ok(iam_store_change_last(f->txn, &after));
    assert_int_equal(after, 3);
    abandon_txn(f);
    assert_ok(iam_store_change_last(f->txn, &after));
    assert_int_equal(after, before);
    assert_ok(user_add(f));
    next_txn(f);
    assert_ok(iam_store_change_last(f->txn, &after));
    assert_int_equal(after, 3);
}

static void is_read_in_parts(void **state)
{
    struct fixture *f = *state;
    struct iam_change_list list;

    fill(f);
    assert_ok(iam_store_change_list(f->txn, &f->arena, 0, 2, &list));
    assert_int_equal(list.count, 2);
    assert_true(list.is_truncated);
    assert_int_equal(list.items[0].seq, 1);
    assert_int_equal(list.items[1].seq, 2);
    assert_ok(iam_store_change_list(f->txn, &f->arena, 2, 10000, &list));
    assert_false(list.is_truncated);
    assert_int_equal(list.items[0].seq, 3);
    assert_ok(iam_store_change_list(f->txn, &f->arena, 1000000, 1, &list));
    assert_int_equal(list.count, 0);
    assert_int_equal(iam_store_change_list(f->txn, &f->arena, 0, 0, &list), IAM_RANGE);
    assert_int_equal(iam_store_change_list(f->txn, &f->arena, 0, 10001, &list), IAM_RANGE);
}

static void whoever_missed_trimmed_changes_is_told(void **state)
{
    struct fixture *f = *state;
    struct iam_change_list list;
    int64_t last = 0;

    fill(f);
    assert_ok(iam_store_change_trim(f->txn, 3));
    next_txn(f);
    assert_int_equal(iam_store_change_list(f->txn, &f->arena, 2, 10, &list), IAM_CONFLICT);
    assert_ok(iam_store_change_list(f->txn, &f->arena, 3, 10, &list));
    assert_int_equal(list.items[0].seq, 4);
    assert_ok(iam_store_change_trim(f->txn, 1));
    assert_int_equal(iam_store_change_list(f->txn, &f->arena, 2, 10, &list), IAM_CONFLICT);
    assert_ok(iam_store_change_last(f->txn, &last));
    assert_ok(iam_store_change_trim(f->txn, INT64_MAX));
    assert_ok(iam_store_change_list(f->txn, &f->arena, last, 10, &list));
    assert_int_equal(list.count, 0);
    assert_ok(user_add(f));
    assert_ok(iam_store_change_list(f->txn, &f->arena, last, 10, &list));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].seq, last + 1);
}

static void the_number_can_be_written_again(void **state)
{
    struct fixture *f = *state;
    int64_t before = 0;
    int64_t after = 0;

    fill(f);
    assert_ok(iam_store_change_last(f->txn, &before));
    assert_ok(iam_store_change_rewrite(f->txn));
    next_txn(f);
    assert_ok(iam_store_change_last(f->txn, &after));
    assert_int_equal(after, before);
    iam_txn_rollback(f->txn);
    f->txn = begin(f->store, IAM_TXN_READ);
    assert_int_equal(iam_store_change_rewrite(f->txn), IAM_CONFLICT);
}

static void a_read_transaction_writes_nothing(void **state)
{
    struct fixture *f = *state;

    fill(f);
    iam_txn_rollback(f->txn);
    for (size_t i = 0; i < IAM_COUNT(MUTATIONS); i++) {
        enum iam_status status;

        f->txn = begin(f->store, IAM_TXN_READ);
        status = MUTATIONS[i].run(f);
        if (status == IAM_OK) {
            assert_string_equal(MUTATIONS[i].changes, "");
        } else {
            assert_int_equal(status, IAM_CONFLICT);
            assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
            continue;
        }
        iam_txn_rollback(f->txn);
    }
    f->txn = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_mutation_is_told),
        STORE_TEST(what_is_rolled_back_is_not_told),
        STORE_TEST(is_read_in_parts),
        STORE_TEST(whoever_missed_trimmed_changes_is_told),
        STORE_TEST(the_number_can_be_written_again),
        STORE_TEST(a_read_transaction_writes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
