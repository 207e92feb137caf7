/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several entities have, read together: for each the same rows, in the same order and with the
 * same sum as when it is read alone, and none that somebody else has altered.
 */
#include "store/holdings.h"
#include "store/mfa_device.h"
#include "store/password.h"
#include "store/table_int.h"
#include "support.h"

/* More than are read together. */
#define USERS (IAM_OWNERS_MAX + 7)

#define AWS_POLICY IAM_STR("arn:aws:iam::aws:policy/job-function/Billing")

static const char *numbered(struct fixture *f, const char *prefix, unsigned n)
{
    struct iam_str ret;

    assert_ok(iam_arena_fmt(&f->arena, &ret, "%s%03u", prefix, n));
    return ret.p;
}

/* The IDs are in another order than the names. */
static struct iam_entity_ref user_ref(struct fixture *f, unsigned n)
{
    return ref_of(IAM_KIND_USER, numbered(f, "AIDA", (n * 37) % 1000));
}

static void add_tags(struct fixture *f, const struct iam_entity_ref *ref)
{
    static const struct iam_tag TAGS[] = {
        {IAM_STR_INIT("zone"),   IAM_STR_INIT("1")},
        { IAM_STR_INIT("Alpha"), IAM_STR_INIT("2")},
    };

    assert_ok(iam_store_tag_put(f->txn, ref, TAGS, 2));
}

/* Every third user has something of each kind, in an order that is not that of its list. */
static void add_holder(struct fixture *f, unsigned n)
{
    struct iam_entity_ref user = user_ref(f, n);

    add_user(f, user.id.p, numbered(f, "name", n));
    if (n % 3 != 0) {
        return;
    }
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("b"), DOCUMENT));
    assert_ok(iam_store_inline_put(f->txn, &user, IAM_STR("A"), IAM_STR("{}")));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA1")));
    assert_ok(iam_store_policy_attach(f->txn, &user, AWS_POLICY));
    assert_ok(iam_store_policy_attach(f->txn, &user, IAM_STR("ANPA2")));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), user.id));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA2"), user.id));
    add_tags(f, &user);
}

static void fill(struct fixture *f)
{
    add_policy(f, "ANPA1", "zulu");
    add_policy(f, "ANPA2", "alpha");
    add_group(f, "AGPA1", "zoo");
    add_group(f, "AGPA2", "Ants");
    for (unsigned n = 0; n < USERS; n++) {
        add_holder(f, n);
    }
}

static void read_users(struct fixture *f, struct iam_user_list *ret)
{
    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), NULL, ret));
    assert_int_equal(ret->count, USERS);
}

static void assert_sum(const struct iam_row_sum *got, const struct iam_row_sum *want)
{
    assert_memory_equal(got->lanes, want->lanes, sizeof(got->lanes));
}

static void assert_text(struct iam_str got, struct iam_str want)
{
    assert_true(iam_str_is_set(got) == iam_str_is_set(want) && iam_str_eq(got, want));
}

static void assert_inlines(struct fixture *f, const struct iam_entity_ref *ref,
                           const struct iam_rows *rows)
{
    const struct iam_inline_policy *got = rows->items;
    struct iam_inline_list want;

    assert_ok(iam_store_inline_load(f->txn, &f->arena, ref, &want));
    assert_int_equal(rows->count, want.count);
    assert_sum(&rows->sum, &want.sum);
    for (size_t i = 0; i < want.count; i++) {
        assert_text(got[i].name, want.items[i].name);
        assert_text(got[i].document, want.items[i].document);
    }
}

static void assert_attached(struct fixture *f, const struct iam_entity_ref *ref,
                            const struct iam_rows *rows)
{
    const struct iam_attached_policy *got = rows->items;
    struct iam_attached_list want;

    assert_ok(iam_store_attached_list(f->txn, &f->arena, ref, iam_str_absent(), NULL, &want));
    assert_int_equal(rows->count, want.count);
    assert_sum(&rows->sum, &want.sum);
    for (size_t i = 0; i < want.count; i++) {
        assert_text(got[i].name, want.items[i].name);
        assert_text(got[i].arn, want.items[i].arn);
        assert_text(got[i].policy_id, want.items[i].policy_id);
    }
}

static void assert_tags(struct fixture *f, const struct iam_entity_ref *ref,
                        const struct iam_rows *rows)
{
    const struct iam_tag *got = rows->items;
    struct iam_tag_list want;

    assert_ok(iam_store_tag_list(f->txn, &f->arena, ref, NULL, &want));
    assert_int_equal(rows->count, want.count);
    assert_sum(&rows->sum, &want.sum);
    for (size_t i = 0; i < want.count; i++) {
        assert_text(got[i].key, want.items[i].key);
        assert_text(got[i].value, want.items[i].value);
    }
}

static void assert_groups(struct fixture *f, const struct iam_entity_ref *ref,
                          const struct iam_rows *rows)
{
    const struct iam_str *got = rows->items;
    struct iam_group_list want;

    assert_ok(iam_store_user_groups(f->txn, &f->arena, ref->id, NULL, &want));
    assert_int_equal(rows->count, want.count);
    assert_sum(&rows->sum, &want.sum);
    for (size_t i = 0; i < want.count; i++) {
        assert_text(got[i], want.items[i].name);
    }
}

static void what_is_held_is_what_each_has_alone(void **state)
{
    struct fixture *f = *state;
    struct iam_holdings holdings;
    struct iam_user_list users;

    fill(f);
    read_users(f, &users);
    for (size_t n = 0; n < users.count; n++) {
        struct iam_entity_ref ref = ref_of(IAM_KIND_USER, users.items[n].id.p);
        size_t at = n % IAM_OWNERS_MAX;

        if (at == 0) {
            assert_ok(
                iam_store_holdings(f->txn, &f->arena, IAM_TABLE_USER, &users.rows, n, &holdings));
        }
        assert_int_equal(holdings.groups.of[at].count, n % 3 == 0 ? 2 : 0);
        assert_inlines(f, &ref, &holdings.inlines.of[at]);
        assert_attached(f, &ref, &holdings.attached.of[at]);
        assert_tags(f, &ref, &holdings.tags.of[at]);
        assert_groups(f, &ref, &holdings.groups.of[at]);
    }
}

static void the_orders_are_those_of_lists(void **state)
{
    struct fixture *f = *state;
    struct iam_holdings holdings;
    struct iam_user_list users;

    fill(f);
    read_users(f, &users);
    assert_ok(iam_store_holdings(f->txn, &f->arena, IAM_TABLE_USER, &users.rows, 0, &holdings));
    const struct iam_attached_policy *attached = holdings.attached.of[0].items;
    const struct iam_inline_policy *inlines = holdings.inlines.of[0].items;
    const struct iam_str *groups = holdings.groups.of[0].items;
    const struct iam_tag *tags = holdings.tags.of[0].items;
    assert_str(inlines[0].name, "A");
    assert_str(inlines[1].name, "b");
    assert_str(attached[0].name, "alpha");
    assert_str(attached[1].name, "Billing");
    assert_str(attached[2].name, "zulu");
    assert_str(attached[2].arn, "arn:aws:iam::111122223333:policy/zulu");
    assert_str(groups[0], "Ants");
    assert_str(groups[1], "zoo");
    assert_str(tags[0].key, "zone");
    assert_str(tags[1].key, "Alpha");
}

static void what_was_altered_is_not_returned(void **state)
{
    static const char *const ALTER[] = {
        "UPDATE inline_policy SET document = '[]' WHERE entity_id = 'AIDA111'",
        "UPDATE attachment SET account_id = '444455556666' WHERE entity_id = 'AIDA111'",
        "UPDATE aws_attachment SET name = 'x' WHERE entity_id = 'AIDA111'",
        "UPDATE membership SET account_id = '444455556666' WHERE user_id = 'AIDA111'",
        "UPDATE tag SET tag_value = '3' WHERE entity_id = 'AIDA111'",
        "UPDATE iam_group SET name = 'x' WHERE group_id = 'AGPA1'",
        "UPDATE iam_policy SET path = '/x/' WHERE policy_id = 'ANPA1'",
    };
    struct fixture *f = *state;
    struct iam_holdings holdings;
    struct iam_user_list users;

    fill(f);
    read_users(f, &users);
    for (size_t i = 0; i < IAM_COUNT(ALTER); i++) {
        assert_ok(iam_txn_save(f->txn));
        assert_int_equal(f->txn->driver->exec(f->txn->db, ALTER[i]), IAM_DB_OK);
        assert_int_equal(
            iam_store_holdings(f->txn, &f->arena, IAM_TABLE_USER, &users.rows, 0, &holdings),
            IAM_CORRUPT);
        assert_ok(iam_txn_undo(f->txn));
    }
    assert_ok(iam_store_holdings(f->txn, &f->arena, IAM_TABLE_USER, &users.rows, 0, &holdings));
}

static void add_device(struct fixture *f, const char *id, struct iam_str owner)
{
    struct iam_mfa_device device = { .id = iam_str_c(id),
                                     .account = ACCOUNT,
                                     .serial = iam_str_c(id),
                                     .name = iam_str_c(id),
                                     .form = IAM_MFA_HARDWARE,
                                     .created_ms = 1,
                                     .sealed_seed = IAM_STR("sealed") };

    assert_ok(iam_store_mfa_device_add(f->txn, &device));
    device.owner_id = owner;
    device.enabled_ms = 2;
    assert_ok(iam_store_mfa_device_set_state(f->txn, &device));
}

/* A user with everything, and one with nothing before and after it. */
static void add_credentials(struct fixture *f)
{
    const struct iam_login_profile profile = { .created_ms = 5, .password_hash = IAM_STR("h") };
    const struct iam_password_change change = { .changed_ms = 6 };
    const struct iam_signing_certificate cert = { .id = IAM_STR("C"), .body = IAM_STR("b") };
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, IAM_STR("AIDA1"));

    add_user(f, "AIDA2", "a");
    add_user(f, "AIDA1", "b");
    add_user(f, "AIDA0", "c");
    key.created_ms = 9;
    assert_ok(iam_store_access_key_add(f->txn, &key));
    key.id = IAM_STR("AKIA2");
    key.created_ms = 8;
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_ok(iam_store_login_profile_add(f->txn, &user, &profile));
    assert_ok(iam_store_password_change_add(f->txn, &user, &change));
    assert_ok(iam_store_signing_certificate_add(f->txn, &user, &cert));
    add_device(f, "AMFA1", IAM_STR("AIDA1"));
    add_device(f, "AMFA2", ACCOUNT);
}

static enum iam_status read_credentials(struct fixture *f, struct iam_credentials *ret)
{
    struct iam_user_list users;

    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), NULL, &users));
    return iam_store_credentials(f->txn, &f->arena, IAM_TABLE_USER, &users.rows, 0, ret);
}

static void credentials_are_those_of_their_owner(void **state)
{
    struct fixture *f = *state;
    struct iam_account account = { .id = ACCOUNT };
    const struct iam_rows root = { .items = &account, .count = 1 };
    struct iam_credentials got;

    add_credentials(f);
    assert_ok(read_credentials(f, &got));
    assert_int_equal(got.keys.of[1].count, 2);
    const struct iam_access_key *keys = got.keys.of[1].items;
    assert_str(keys[0].id, "AKIA2");
    assert_str(keys[1].id, "AKIA1");
    assert_int_equal(((struct iam_login_profile *)got.profiles.of[1].items)->created_ms, 5);
    assert_int_equal(((struct iam_password_change *)got.password_changes.of[1].items)->changed_ms,
                     6);
    assert_str(((struct iam_signing_certificate *)got.certificates.of[1].items)->id, "C");
    assert_str(((struct iam_mfa_device *)got.devices.of[1].items)->id, "AMFA1");
    for (size_t i = 0; i < 3; i += 2) {
        assert_int_equal(got.keys.of[i].count + got.profiles.of[i].count +
                             got.password_changes.of[i].count + got.certificates.of[i].count +
                             got.devices.of[i].count,
                         0);
    }
    assert_ok(iam_store_credentials(f->txn, &f->arena, IAM_TABLE_ACCOUNT, &root, 0, &got));
    assert_int_equal(got.devices.of[0].count, 1);
    assert_str(((struct iam_mfa_device *)got.devices.of[0].items)->id, "AMFA2");
}

static void an_altered_credential_is_not_returned(void **state)
{
    static const char *const ALTER[] = {
        "UPDATE access_key SET is_active = 0 WHERE key_id = 'AKIA1'",
        "UPDATE access_key SET owner_id = 'AIDA2' WHERE key_id = 'AKIA1'",
        "UPDATE login_profile SET created_ms = 4",
        "UPDATE password_change SET changed_ms = 4",
        "UPDATE signing_certificate SET created_ms = 4",
        "UPDATE mfa_device SET owner_id = 'AIDA2' WHERE device_id = 'AMFA1'",
        "UPDATE mfa_device SET used_step = 4 WHERE device_id = 'AMFA1'",
    };
    struct fixture *f = *state;
    struct iam_credentials got;

    add_credentials(f);
    for (size_t i = 0; i < IAM_COUNT(ALTER); i++) {
        assert_ok(iam_txn_save(f->txn));
        assert_int_equal(f->txn->driver->exec(f->txn->db, ALTER[i]), IAM_DB_OK);
        assert_int_equal(read_credentials(f, &got), IAM_CORRUPT);
        assert_ok(iam_txn_undo(f->txn));
    }
    assert_ok(read_credentials(f, &got));
}

static void owners_are_in_the_order_of_ids(void **state)
{
    struct iam_user users[] = { { .id = IAM_STR("x") },
                                { .id = IAM_STR("b") },
                                { .id = IAM_STR("c") },
                                { .id = IAM_STR("a") } };
    const struct iam_rows list = { .items = users, .count = IAM_COUNT(users) };
    struct iam_owners owners;

    (void)state;
    iam_table_owners(IAM_TABLE_USER, &list, 1, &owners);
    assert_int_equal(owners.count, 3);
    assert_str(owners.ids[0], "a");
    assert_str(owners.ids[1], "b");
    assert_str(owners.ids[2], "c");
    assert_int_equal(owners.places[0], 2);
    assert_int_equal(owners.places[1], 0);
    assert_int_equal(owners.places[2], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_is_held_is_what_each_has_alone),
        STORE_TEST(the_orders_are_those_of_lists),
        STORE_TEST(what_was_altered_is_not_returned),
        STORE_TEST(credentials_are_those_of_their_owner),
        STORE_TEST(an_altered_credential_is_not_returned),
        cmocka_unit_test(owners_are_in_the_order_of_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
