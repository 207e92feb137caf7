/* SPDX-License-Identifier: Apache-2.0 */
/* MFA devices: names and serial numbers, owners, what is known of codes, lists. */
#include "support.h"

#include <stdio.h>

#include "store/mfa_device.h"

static struct iam_mfa_device device_named(const char *id, const char *serial, const char *name,
                                          enum iam_mfa_form form)
{
    return (struct iam_mfa_device){ .id = iam_str_c(id),
                                    .account = ACCOUNT,
                                    .serial = iam_str_c(serial),
                                    .name = iam_str_c(name),
                                    .form = form,
                                    .created_ms = 1000,
                                    .sealed_seed = IAM_STR("sealed") };
}

static void add(struct fixture *f, const char *id, const char *serial, const char *name,
                enum iam_mfa_form form)
{
    struct iam_mfa_device device = device_named(id, serial, name, form);
    assert_ok(iam_store_mfa_device_add(f->txn, &device));
}

static struct iam_mfa_device get(struct fixture *f, const char *serial)
{
    struct iam_mfa_device device;
    assert_ok(iam_store_mfa_device_get(f->txn, &f->arena, ACCOUNT, iam_str_c(serial), &device));
    return device;
}

static void give(struct fixture *f, const char *serial, struct iam_str owner, int64_t enabled_ms)
{
    struct iam_mfa_device device = get(f, serial);
    device.owner_id = owner;
    device.enabled_ms = enabled_ms;
    assert_ok(iam_store_mfa_device_set_state(f->txn, &device));
}

static int64_t used(struct fixture *f)
{
    int64_t count;
    assert_ok(iam_store_mfa_device_count_used(f->txn, ACCOUNT, &count));
    return count;
}

static void a_new_device_is_nobodys(void **state)
{
    struct fixture *f = *state;
    struct iam_mfa_device device = device_named("AMFA1", "arn:1", "Phone", IAM_MFA_VIRTUAL);
    int64_t count;
    device.owner_id = IAM_STR("AIDA1");
    device.used_step = 9;
    device.pair_step = 9;
    assert_ok(iam_store_mfa_device_add(f->txn, &device));
    next_txn(f);
    device = get(f, "arn:1");
    assert_str(device.name, "Phone");
    assert_str(device.sealed_seed, "sealed");
    assert_null(device.owner_id.p);
    assert_null(device.certifications.p);
    assert_int_equal(device.form, IAM_MFA_VIRTUAL);
    assert_int_equal(device.used_step + device.pair_step + device.enabled_ms, 0);
    assert_ok(iam_store_mfa_device_count(f->txn, ACCOUNT, &count));
    assert_int_equal(count, 1);
    assert_int_equal(used(f), 0);
    assert_int_equal(
        iam_store_mfa_device_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ARN:1"), &device),
        IAM_NOT_FOUND);
    assert_int_equal(
        iam_store_mfa_device_get(f->txn, &f->arena, OTHER_ACCOUNT, IAM_STR("arn:1"), &device),
        IAM_NOT_FOUND);
}

static void names_and_serial_numbers_are_unique(void **state)
{
    struct fixture *f = *state;
    struct iam_mfa_device again = device_named("AMFA9", "arn:2", "PHONE", IAM_MFA_VIRTUAL);
    add(f, "AMFA1", "arn:1", "Phone", IAM_MFA_VIRTUAL);
    next_txn(f);
    assert_int_equal(iam_store_mfa_device_add(f->txn, &again), IAM_EXISTS);
    abandon_txn(f);
    again = device_named("AMFA9", "arn:1", "other", IAM_MFA_VIRTUAL);
    assert_int_equal(iam_store_mfa_device_add(f->txn, &again), IAM_EXISTS);
    abandon_txn(f);
    /* a token has the name of its serial number, whatever virtual devices are called */
    add(f, "AMFA2", "phone", "phone", IAM_MFA_HARDWARE);
    add(f, "AMFA3", "PHONE", "PHONE", IAM_MFA_HARDWARE);
}

static void owners_are_users_or_the_account(void **state)
{
    struct fixture *f = *state;
    static const char *const NOBODIES[] = { "AIDA9", "AGPA1", "444455556666", "" };
    add_user(f, "AIDA1", "u");
    add(f, "AMFA1", "arn:1", "phone", IAM_MFA_VIRTUAL);
    next_txn(f);
    for (size_t i = 0; i < IAM_COUNT(NOBODIES); i++) {
        struct iam_mfa_device device = get(f, "arn:1");
        device.owner_id = iam_str_c(NOBODIES[i]);
        device.enabled_ms = 5;
        assert_int_equal(iam_store_mfa_device_set_state(f->txn, &device), IAM_CONFLICT);
        abandon_txn(f);
    }
    give(f, "arn:1", IAM_STR("AIDA1"), 5);
    assert_int_equal(used(f), 1);
    give(f, "arn:1", ACCOUNT, 6);
    give(f, "arn:1", iam_str_absent(), 0);
    assert_int_equal(used(f), 0);
    struct iam_mfa_device gone = get(f, "arn:1");
    assert_ok(iam_store_mfa_device_delete(f->txn, ACCOUNT, gone.id));
    assert_int_equal(iam_store_mfa_device_set_state(f->txn, &gone), IAM_NOT_FOUND);
}

static void the_state_is_kept(void **state)
{
    struct fixture *f = *state;
    add(f, "AMFA1", "arn:1", "phone", IAM_MFA_VIRTUAL);
    struct iam_mfa_device device = get(f, "arn:1");
    device.drift_steps = -7;
    device.pair_step = 11;
    device.used_step = 12;
    device.used_mask = INT64_MIN | 5;
    assert_ok(iam_store_mfa_device_set_state(f->txn, &device));
    next_txn(f);
    device = get(f, "arn:1");
    assert_int_equal(device.drift_steps, -7);
    assert_int_equal(device.pair_step, 11);
    assert_int_equal(device.used_step, 12);
    assert_true(device.used_mask == (INT64_MIN | 5));
    assert_ok(iam_store_mfa_device_reseal(f->txn, &device, IAM_STR("again")));
    device = get(f, "arn:1");
    assert_str(device.sealed_seed, "again");
    assert_int_equal(device.drift_steps, -7);
    /* and back to 0 */
    device.drift_steps = 0;
    assert_ok(iam_store_mfa_device_set_state(f->txn, &device));
    assert_int_equal(get(f, "arn:1").drift_steps, 0);
}

static size_t listed(struct fixture *f, enum iam_mfa_assignment assignment, const char *want)
{
    struct iam_page page = { .limit = 1 };
    struct iam_mfa_device_list list = { .is_truncated = true };
    char names[64] = "";
    size_t count = 0;
    while (list.is_truncated) {
        assert_ok(iam_store_mfa_device_list_virtual(f->txn, &f->arena, ACCOUNT, assignment, &page,
                                                    &list));
        for (size_t i = 0; i < list.count; i++, count++) {
            strncat(names, list.items[i].name.p, list.items[i].name.len);
        }
        page.after = list.next;
    }
    assert_string_equal(names, want);
    return count;
}

static void lists(void **state)
{
    struct fixture *f = *state;
    struct iam_mfa_device_list list;
    int64_t count;
    add_user(f, "AIDA1", "u");
    add(f, "AMFA1", "arn:c", "c", IAM_MFA_VIRTUAL);
    add(f, "AMFA2", "arn:b", "B", IAM_MFA_VIRTUAL);
    add(f, "AMFA3", "arn:a", "a", IAM_MFA_VIRTUAL);
    add(f, "AMFA4", "GAHT12345678", "GAHT12345678", IAM_MFA_HARDWARE);
    give(f, "arn:b", IAM_STR("AIDA1"), 9);
    give(f, "GAHT12345678", IAM_STR("AIDA1"), 5);
    assert_int_equal(listed(f, IAM_MFA_ANY, "aBc"), 3);
    assert_int_equal(listed(f, IAM_MFA_ASSIGNED, "B"), 1);
    assert_int_equal(listed(f, IAM_MFA_UNASSIGNED, "ac"), 2);
    assert_ok(
        iam_store_mfa_device_list_of(f->txn, &f->arena, ACCOUNT, IAM_STR("AIDA1"), NULL, &list));
    assert_int_equal(list.count, 2);
    assert_str(list.items[0].serial, "GAHT12345678");
    assert_str(list.items[1].serial, "arn:b");
    const struct iam_page page = { .limit = 1 };
    assert_ok(
        iam_store_mfa_device_list_of(f->txn, &f->arena, ACCOUNT, IAM_STR("AIDA1"), &page, &list));
    assert_true(list.is_truncated);
    const struct iam_page rest = { .after = list.next, .limit = 1 };
    assert_ok(
        iam_store_mfa_device_list_of(f->txn, &f->arena, ACCOUNT, IAM_STR("AIDA1"), &rest, &list));
    assert_false(list.is_truncated);
    assert_str(list.items[0].serial, "arn:b");
    assert_ok(iam_store_mfa_device_count_of(f->txn, ACCOUNT, IAM_STR("AIDA1"), &count));
    assert_int_equal(count, 2);
    assert_int_equal(used(f), 2);
}

static void a_user_that_is_deleted_leaves_its_devices(void **state)
{
    struct fixture *f = *state;
    add_user(f, "AIDA1", "u");
    add(f, "AMFA1", "arn:1", "phone", IAM_MFA_VIRTUAL);
    give(f, "arn:1", IAM_STR("AIDA1"), 9);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1")));
    next_txn(f);
    struct iam_mfa_device device = get(f, "arn:1");
    assert_null(device.owner_id.p);
    assert_int_equal(device.enabled_ms, 0);
}

static void a_change_is_told(void **state)
{
    struct fixture *f = *state;
    struct iam_change_list changes;
    add(f, "AMFA1", "arn:1", "phone", IAM_MFA_VIRTUAL);
    next_txn(f);
    int64_t before = 0;
    assert_ok(iam_store_change_last(f->txn, &before));
    give(f, "arn:1", ACCOUNT, 9);
    assert_ok(iam_store_change_list(f->txn, &f->arena, before, 10, &changes));
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.items[0].kind, IAM_KIND_MFA_DEVICE);
    assert_str(changes.items[0].id, "AMFA1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_device_is_nobodys),
        STORE_TEST(names_and_serial_numbers_are_unique),
        STORE_TEST(owners_are_users_or_the_account),
        STORE_TEST(the_state_is_kept),
        STORE_TEST(lists),
        STORE_TEST(a_user_that_is_deleted_leaves_its_devices),
        STORE_TEST(a_change_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
