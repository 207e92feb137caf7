/* SPDX-License-Identifier: Apache-2.0 */
/* Reading everything: the scans of all families, part by part. */
#include "directory/pass_int.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/change.h"
#include "store/group.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/user.h"

/* Trust policies come with the roles of a part, so parts are not as long as they could be. */
#define PART_LENGTH 200
#define NEXT_MAX 64

/* Works off one part; *ret_next is absent when it was the last. */
typedef enum iam_status part_fn(struct iam_dir_pass *pass, const struct iam_page *page,
                                struct iam_str *ret_next);

static enum iam_status load_policies(struct iam_dir_pass *pass, const struct iam_page *page,
                                     struct iam_str *ret_next)
{
    struct iam_policy_list list;

    IAM_TRY(iam_store_policy_scan(pass->txn, &pass->list, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_arena_clear(&pass->entity);
        IAM_TRY(iam_dir_read_policy(pass, &list.items[i]));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status load_groups(struct iam_dir_pass *pass, const struct iam_page *page,
                                   struct iam_str *ret_next)
{
    struct iam_group_list list;

    IAM_TRY(iam_store_group_scan(pass->txn, &pass->list, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_arena_clear(&pass->entity);
        IAM_TRY(iam_dir_read_group(pass, &list.items[i]));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status load_accounts(struct iam_dir_pass *pass, const struct iam_page *page,
                                     struct iam_str *ret_next)
{
    struct iam_account_list list;

    IAM_TRY(iam_store_account_list(pass->txn, &pass->list, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_arena_clear(&pass->entity);
        IAM_TRY(iam_dir_read_account(pass, &list.items[i]));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status load_users(struct iam_dir_pass *pass, const struct iam_page *page,
                                  struct iam_str *ret_next)
{
    struct iam_user_list list;

    IAM_TRY(iam_store_user_scan(pass->txn, &pass->list, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_arena_clear(&pass->entity);
        IAM_TRY(iam_dir_read_user(pass, &list.items[i]));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status load_roles(struct iam_dir_pass *pass, const struct iam_page *page,
                                  struct iam_str *ret_next)
{
    struct iam_role_list list;

    IAM_TRY(iam_store_role_scan(pass->txn, &pass->list, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_arena_clear(&pass->entity);
        IAM_TRY(iam_dir_read_role(pass, &list.items[i]));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status load_keys(struct iam_dir_pass *pass, const struct iam_page *page,
                                 struct iam_str *ret_next)
{
    struct iam_access_key_list list;

    IAM_TRY(iam_store_access_key_scan(pass->txn, &pass->list, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(iam_dir_read_key(pass, &list.items[i]));
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status load_family(struct iam_dir_pass *pass, part_fn *load_part)
{
    struct iam_page page = { .limit = PART_LENGTH };
    char after[NEXT_MAX];
    struct iam_str next;

    do {
        iam_arena_clear(&pass->list);
        IAM_TRY(load_part(pass, &page, &next));
        if (iam_str_is_set(next)) {
            IAM_ENSURE(next.len <= sizeof(after), IAM_CORRUPT);
            memcpy(after, next.p, next.len);
            page.after = (struct iam_str){ after, next.len };
        }
    } while (iam_str_is_set(next));
    return IAM_OK;
}

enum iam_status iam_dir_load(struct iam_dir_pass *pass)
{
    /* What others refer to comes first. */
    static part_fn *const FAMILIES[] = { load_policies, load_groups, load_accounts,
                                         load_users,    load_roles,  load_keys };

    IAM_TRY(iam_store_change_last(pass->txn, &pass->state->seq));
    for (size_t i = 0; i < IAM_COUNT(FAMILIES); i++) {
        IAM_TRY(load_family(pass, FAMILIES[i]));
    }
    return IAM_OK;
}
