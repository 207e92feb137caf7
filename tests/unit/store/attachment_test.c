/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments from both sides: what an entity has, and who has a policy. */
#include "support.h"

static void attaches_once_and_detaches(void **state)
{
    static const enum iam_kind KINDS[] = { IAM_KIND_USER, IAM_KIND_GROUP, IAM_KIND_ROLE };
    static const char *const IDS[] = { "AIDA1", "AGPA1", "AROA1" };
    struct fixture *f = *state;

    add_user(f, IDS[0], "u");
    add_group(f, IDS[1], "g");
    add_role(f, IDS[2], "r");
    add_policy(f, "ANPA1", "p");
    for (size_t i = 0; i < 3; i++) {
        struct iam_entity_ref ref = ref_of(KINDS[i], IDS[i]);
        int64_t count = 0;

        assert_ok(iam_store_policy_attach(f->txn, &ref, IAM_STR("ANPA1")));
        assert_ok(iam_store_policy_attach(f->txn, &ref, IAM_STR("ANPA1")));
        assert_ok(iam_store_attached_count(f->txn, &ref, &count));
        assert_int_equal(count, 1);
        assert_ok(iam_store_policy_detach(f->txn, &ref, IAM_STR("ANPA1")));
        assert_int_equal(iam_store_policy_detach(f->txn, &ref, IAM_STR("ANPA1")), IAM_NOT_FOUND);
    }
}

static void needs_both_sides(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_entity_ref foreign = { IAM_KIND_USER, OTHER_ACCOUNT, IAM_STR("AIDA1") };
    struct iam_entity_ref policy = ref_of(IAM_KIND_POLICY, "ANPA1");
    struct iam_managed_policy theirs = policy_named("ANPA2", "theirs");

    theirs.account = OTHER_ACCOUNT;
    assert_ok(iam_store_policy_add(f->txn, &theirs, DOCUMENT));
    add_user(f, "AIDA1", "u");
    add_policy(f, "ANPA1", "p");
    next_txn(f);
    assert_int_equal(iam_store_policy_attach(f->txn, &foreign, IAM_STR("ANPA1")), IAM_NOT_FOUND);
    assert_int_equal(iam_store_policy_attach(f->txn, &policy, IAM_STR("ANPA1")), IAM_NOT_FOUND);
    assert_int_equal(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPAx")), IAM_CONFLICT);
    abandon_txn(f);
    assert_int_equal(iam_store_policy_attach(f->txn, &user, iam_str_absent()), IAM_CONFLICT);
    abandon_txn(f);
    assert_int_equal(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA2")), IAM_CONFLICT);
}

#define AWS_SAME IAM_STR("arn:aws:iam::aws:policy/job/same")

static void detaches_what_aws_has(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_entity_ref policy = ref_of(IAM_KIND_POLICY, "ANPA1");
    struct iam_entity_parts parts;

    add_user(f, "AIDA1", "u");
    add_policy(f, "ANPA1", "p");
    assert_int_equal(iam_store_policy_attach(f->txn, &policy, AWS_SAME), IAM_NOT_FOUND);
    assert_ok(iam_store_policy_attach(f->txn, &user, AWS_SAME));
    assert_ok(iam_store_parts(f->txn, user.id, &parts));
    assert_int_equal(parts.attached_policies, 1);
    assert_int_equal(
        iam_store_policy_detach(f->txn, &user, IAM_STR("arn:aws:iam::aws:policy/same")),
        IAM_NOT_FOUND);
    assert_ok(iam_store_policy_detach(f->txn, &user, AWS_SAME));
    assert_int_equal(iam_store_policy_detach(f->txn, &user, AWS_SAME), IAM_NOT_FOUND);
    assert_ok(iam_store_policy_attach(f->txn, &user, AWS_SAME));
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, user.id));
    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_parts(f->txn, user.id, &parts));
    assert_int_equal(parts.attached_policies, 0);
}

static void lists_what_an_entity_has(void **state)
{
    static const char *const WANT[] = { "arn:aws:iam::111122223333:policy/alpha",
                                        "arn:aws:iam::111122223333:policy/Same",
                                        "arn:aws:iam::aws:policy/job/same",
                                        "arn:aws:iam::111122223333:policy/zulu" };
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_page page = { .limit = 1 };
    struct iam_attached_list list;
    size_t seen = 0;
    int64_t count = 0;

    add_user(f, "AIDA1", "u");
    add_policy(f, "ANPA1", "zulu");
    add_policy(f, "ANPA2", "alpha");
    add_policy(f, "ANPA3", "Same");
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA1")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA2")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA3")));
    assert_ok(iam_store_policy_attach(f->txn, &user, AWS_SAME));
    assert_ok(iam_store_policy_attach(f->txn, &user, AWS_SAME));
    do {
        assert_ok(
            iam_store_attached_list(f->txn, &f->arena, &user, iam_str_absent(), &page, &list));
        assert_int_equal(list.count, 1);
        assert_str(list.items[0].arn, WANT[seen++]);
        page.after = list.next;
    } while (list.is_truncated);
    assert_int_equal(seen, 4);
    assert_ok(iam_store_attached_list(f->txn, &f->arena, &user, IAM_STR("/job/"), NULL, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].policy_id, NULL);
    assert_str(list.items[0].name, "same");
    assert_ok(iam_store_attached_count(f->txn, &user, &count));
    assert_int_equal(count, 4);
    page.after = IAM_STR("Same");
    assert_ok(iam_store_attached_list(f->txn, &f->arena, &user, iam_str_absent(), &page, &list));
    assert_str(list.items[0].name, "zulu");
}

static void expect_entities_of(struct fixture *f, struct iam_str policy,
                               struct iam_policy_entity_filter filter, const char *const *ids,
                               size_t count)
{
    struct iam_page page = { .limit = 1 };
    struct iam_policy_entity_list list;
    size_t seen = 0;

    do {
        assert_ok(
            iam_store_policy_entities(f->txn, &f->arena, ACCOUNT, policy, &filter, &page, &list));
        for (size_t i = 0; i < list.count; i++) {
            assert_true(seen < count);
            assert_str(list.items[i].id, ids[seen++]);
        }
        page.after = list.next;
    } while (list.is_truncated);
    assert_int_equal(seen, count);
}

static void expect_entities(struct fixture *f, struct iam_policy_entity_filter filter,
                            const char *const *ids, size_t count)
{
    expect_entities_of(f, IAM_STR("ANPA1"), filter, ids, count);
}

/* Users zed (attached), amy (both), bob (boundary); group dev; role ops (boundary, path /x/). */
static void add_entities(struct fixture *f)
{
    struct iam_entity_ref zed = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_entity_ref amy = ref_of(IAM_KIND_USER, "AIDA2");
    struct iam_entity_ref dev = ref_of(IAM_KIND_GROUP, "AGPA1");
    struct iam_role role = role_named("AROA1", "ops");
    struct iam_str policy = IAM_STR("ANPA1");

    add_policy(f, "ANPA1", "p");
    add_policy(f, "ANPA2", "unused");
    add_user(f, "AIDA1", "zed");
    add_user(f, "AIDA2", "Amy");
    add_user(f, "AIDA3", "bob");
    add_user(f, "AIDA4", "none");
    add_group(f, "AGPA1", "dev");
    role.path = IAM_STR("/x/");
    role.boundary_policy_id = policy;
    assert_ok(iam_store_role_add(f->txn, &role, NULL, 0));
    assert_ok(iam_store_policy_attach(f->txn, &zed, policy));
    assert_ok(iam_store_policy_attach(f->txn, &amy, policy));
    assert_ok(iam_store_policy_attach(f->txn, &dev, policy));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, amy.id, policy));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA3"), policy));
}

static void lists_who_has_a_policy(void **state)
{
    static const char *const ALL[] = { "AIDA2", "AIDA3", "AIDA1", "AGPA1", "AROA1" };
    static const char *const ATTACHED[] = { "AIDA2", "AIDA1", "AGPA1" };
    static const char *const BOUNDED[] = { "AIDA2", "AIDA3", "AROA1" };
    struct fixture *f = *state;

    add_entities(f);
    expect_entities(f, (struct iam_policy_entity_filter){ 0 }, ALL, 5);
    expect_entities(f, (struct iam_policy_entity_filter){ .usage = IAM_USAGE_PERMISSIONS },
                    ATTACHED, 3);
    expect_entities(f, (struct iam_policy_entity_filter){ .usage = IAM_USAGE_BOUNDARY }, BOUNDED,
                    3);
    expect_entities(f, (struct iam_policy_entity_filter){ .kind = IAM_KIND_GROUP }, &ALL[3], 1);
    expect_entities(f, (struct iam_policy_entity_filter){ .kind = IAM_KIND_USER }, ALL, 3);
    expect_entities(f, (struct iam_policy_entity_filter){ .path_prefix = IAM_STR("/x/") }, &ALL[4],
                    1);
}

static void lists_who_has_a_policy_of_aws(void **state)
{
    static const char *const ALL[] = { "AIDA2", "AIDA1", "AROA1" };
    struct fixture *f = *state;
    struct iam_entity_ref zed = ref_of(IAM_KIND_USER, "AIDA1");

    add_entities(f);
    assert_ok(iam_store_policy_attach(f->txn, &zed, AWS_SAME));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA2"), AWS_SAME));
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, IAM_STR("AROA1"), AWS_SAME));
    expect_entities_of(f, AWS_SAME, (struct iam_policy_entity_filter){ 0 }, ALL, 3);
    expect_entities_of(f, AWS_SAME,
                       (struct iam_policy_entity_filter){ .usage = IAM_USAGE_PERMISSIONS }, &ALL[1],
                       1);
    expect_entities_of(f, AWS_SAME, (struct iam_policy_entity_filter){ .kind = IAM_KIND_ROLE },
                       &ALL[2], 1);
    expect_entities_of(f, IAM_STR("arn:aws:iam::aws:policy/same"),
                       (struct iam_policy_entity_filter){ 0 }, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(attaches_once_and_detaches), STORE_TEST(needs_both_sides),
        STORE_TEST(detaches_what_aws_has),      STORE_TEST(lists_what_an_entity_has),
        STORE_TEST(lists_who_has_a_policy),     STORE_TEST(lists_who_has_a_policy_of_aws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
