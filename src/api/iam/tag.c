/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of users, roles and managed policies: the same three operations for each.
 * SPEC: IAM API Reference, "TagUser", "UntagUser", "ListUserTags" (a list is sorted by key).
 */
#include "api/iam/convert.h"

#include "base/sort.h"
#include "store/policy.h"

/* LIMIT: of a key in a Marker, in bytes; the API permits 320 characters and the marker is base64.
 */
#define MAX_MARK_BYTES 230

/* ---- for every kind ---- */

static enum iam_status untag(struct iam_call *call, const struct iam_entity_ref *entity,
                             const struct api_iam_tag_key_list *keys)
{
    return iam_store_tag_remove(call->txn, entity, keys->items, keys->count);
}

static int by_key(const void *a, const void *b)
{
    return iam_str_cmp(((const struct iam_tag *)a)->key, ((const struct iam_tag *)b)->key);
}

/* The part of a key by which a list continues: all of it, or as many whole characters as fit. */
static struct iam_str mark_of(struct iam_str key)
{
    size_t len = key.len;
    if (len > MAX_MARK_BYTES) {
        len = MAX_MARK_BYTES;
        while (len > 0 && ((unsigned char)key.p[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    return iam_str_sub(key, 0, len);
}

/* All tags by key; an entity has at most as many as the quota says. */
static enum iam_status load_sorted(struct iam_call *call, const struct iam_entity_ref *entity,
                                   const struct iam_tag ***ret, size_t *ret_count)
{
    struct iam_tag_list tags = { 0 };
    IAM_TRY(iam_store_tag_list(call->txn, call->arena, entity, NULL, &tags));
    const void **sorted = iam_arena_zalloc(call->arena, tags.count + 1, sizeof(*sorted));
    const struct iam_tag **out = iam_arena_zalloc(call->arena, tags.count + 1, sizeof(*out));
    IAM_ENSURE(sorted != NULL && out != NULL, IAM_NOMEM);
    for (size_t i = 0; i < tags.count; i++) {
        sorted[i] = &tags.items[i];
    }
    iam_sort(sorted, tags.count, by_key);
    for (size_t i = 0; i < tags.count; i++) {
        out[i] = sorted[i];
    }
    *ret = out;
    *ret_count = tags.count;
    return IAM_OK;
}

/* One page of tags; *ret_next is absent when it is the last. */
static enum iam_status list(struct iam_call *call, const struct iam_entity_ref *entity,
                            const struct iam_page *page, struct api_iam_tag_list *ret,
                            struct iam_str *ret_next)
{
    const struct iam_tag **tags;
    size_t total;
    size_t count = 0;
    struct iam_str next = iam_str_absent();
    IAM_TRY(load_sorted(call, entity, &tags, &total));
    struct api_iam_tag *items = iam_arena_zalloc(call->arena, total + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < total; i++) {
        if (iam_str_is_set(page->after) && iam_str_cmp(mark_of(tags[i]->key), page->after) <= 0) {
            continue;
        }
        if (count == page->limit) {
            next = mark_of(items[count - 1].key);
            break;
        }
        items[count++] = (struct api_iam_tag){ tags[i]->key, tags[i]->value };
    }
    *ret = (struct api_iam_tag_list){ items, count, true };
    *ret_next = next;
    return IAM_OK;
}

/* ---- users ---- */

enum iam_status api_iam_tag_user(struct iam_call *call, const struct api_iam_tag_user_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    struct iam_entity_ref ref = iam_ref_user(user);
    return iam_tags_put(call, &ref, &in->tags);
}

enum iam_status api_iam_untag_user(struct iam_call *call, const struct api_iam_untag_user_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    struct iam_entity_ref ref = iam_ref_user(user);
    return untag(call, &ref, &in->tag_keys);
}

enum iam_status api_iam_list_user_tags(struct iam_call *call,
                                       const struct api_iam_list_user_tags_in *in,
                                       struct api_iam_list_user_tags_out *out)
{
    const struct iam_user *user;
    struct iam_page page;
    struct iam_str next;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    struct iam_entity_ref ref = iam_ref_user(user);
    IAM_TRY(list(call, &ref, &page, &out->tags, &next));
    return api_page_close(call, iam_str_is_set(next), next, &out->is_truncated, &out->marker);
}

/* ---- roles ---- */

enum iam_status api_iam_tag_role(struct iam_call *call, const struct api_iam_tag_role_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    struct iam_entity_ref ref = iam_ref_role(role);
    return iam_tags_put(call, &ref, &in->tags);
}

enum iam_status api_iam_untag_role(struct iam_call *call, const struct api_iam_untag_role_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    struct iam_entity_ref ref = iam_ref_role(role);
    return untag(call, &ref, &in->tag_keys);
}

enum iam_status api_iam_list_role_tags(struct iam_call *call,
                                       const struct api_iam_list_role_tags_in *in,
                                       struct api_iam_list_role_tags_out *out)
{
    const struct iam_role *role;
    struct iam_page page;
    struct iam_str next;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    struct iam_entity_ref ref = iam_ref_role(role);
    IAM_TRY(list(call, &ref, &page, &out->tags, &next));
    return api_page_close(call, iam_str_is_set(next), next, &out->is_truncated, &out->marker);
}

/* ---- managed policies ---- */

enum iam_status api_iam_tag_policy(struct iam_call *call, const struct api_iam_tag_policy_in *in)
{
    const struct iam_managed_policy *policy;
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    IAM_TRY(iam_check_own_policy(call, policy));
    struct iam_entity_ref ref = iam_ref_policy(policy);
    return iam_tags_put(call, &ref, &in->tags);
}

enum iam_status api_iam_untag_policy(struct iam_call *call,
                                     const struct api_iam_untag_policy_in *in)
{
    const struct iam_managed_policy *policy;
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    IAM_TRY(iam_check_own_policy(call, policy));
    struct iam_entity_ref ref = iam_ref_policy(policy);
    return untag(call, &ref, &in->tag_keys);
}

enum iam_status api_iam_list_policy_tags(struct iam_call *call,
                                         const struct api_iam_list_policy_tags_in *in,
                                         struct api_iam_list_policy_tags_out *out)
{
    const struct iam_managed_policy *policy;
    struct iam_page page;
    struct iam_str next;
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    struct iam_entity_ref ref = iam_ref_policy(policy);
    IAM_TRY(list(call, &ref, &page, &out->tags, &next));
    return api_page_close(call, iam_str_is_set(next), next, &out->is_truncated, &out->marker);
}
