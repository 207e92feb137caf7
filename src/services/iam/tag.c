/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of users, roles and managed policies: the same three operations for each.
 * SPEC: IAM API Reference, "TagUser", "UntagUser", "ListUserTags" (a list is sorted by key).
 * Recorded on AWS: for policies, shorter keys come first.
 */
#include "services/iam/convert.h"

#include "base/sort.h"
#include "keeper/digest.h"
#include "store/policy.h"

/*
 * LIMIT: bytes of a key that is its own mark; a longer key has a mark of at most this many bytes of
 * it, then its digest.
 */
#define MAX_MARK_BYTES 188
/* Hexadecimal digits of the digest: 128 bits, so that nobody finds two keys with the same mark. */
#define DIGEST_CHARS 32

/* ---- for every kind ---- */

enum iam_status iam_untag(struct iam_call *call, const struct iam_entity_ref *entity,
                          const struct api_iam_tag_key_list *keys)
{
    struct iam_str no_keys = iam_kind_get(entity->kind)->no_tag_keys;
    if (keys->count == 0 && iam_str_is_set(no_keys)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "%.*s", IAM_STR_ARG(no_keys));
    }
    return iam_store_tag_remove(call->txn, entity, keys->items, keys->count);
}

/* A tag and its mark, the text by which a list is ordered and continued. */
struct marked {
    struct iam_str mark;
    const struct iam_tag *tag;
};

static int by_mark(const void *a, const void *b)
{
    return iam_str_cmp(((const struct marked *)a)->mark, ((const struct marked *)b)->mark);
}

/*
 * Makes the mark of a key: the key itself, or as many whole characters of it as fit and a digest of
 * the whole key. Where shorter keys come first, its number of characters comes before that.
 */
static enum iam_status make_mark(struct iam_call *call, enum iam_kind kind, struct iam_str key,
                                 struct iam_str *ret)
{
    char digest[IAM_SHA256_HEX_LEN + 1];
    size_t len = MAX_MARK_BYTES;
    *ret = key;
    if (key.len > len) {
        while (len > 0 && ((unsigned char)key.p[len] & 0xC0) == 0x80) {
            len--;
        }
        IAM_TRY(iam_sha256_hex(key, digest));
        IAM_TRY(iam_arena_fmt(call->arena, ret, "%.*s%.*s", (int)len, key.p, DIGEST_CHARS, digest));
    }
    return iam_kind_get(kind)->lists_short_tag_keys_first
               ? iam_arena_fmt(call->arena, ret, "%03zu%.*s", iam_utf8_count(key),
                               IAM_STR_ARG(*ret))
               : IAM_OK;
}

/* Loads all tags, ordered by their marks; an entity has at most as many as the quota permits. */
static enum iam_status load_sorted(struct iam_call *call, const struct iam_entity_ref *entity,
                                   const void ***ret, size_t *ret_count)
{
    struct iam_tag_list tags = { 0 };
    IAM_TRY(iam_store_tag_list(call->txn, call->arena, entity, NULL, &tags));
    const void **sorted = iam_arena_zalloc(call->arena, tags.count + 1, sizeof(*sorted));
    struct marked *items = iam_arena_zalloc(call->arena, tags.count + 1, sizeof(*items));
    IAM_ENSURE(sorted != NULL && items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < tags.count; i++) {
        items[i].tag = &tags.items[i];
        IAM_TRY(make_mark(call, entity->kind, tags.items[i].key, &items[i].mark));
        sorted[i] = &items[i];
    }
    iam_sort(sorted, tags.count, by_mark);
    *ret = sorted;
    *ret_count = tags.count;
    return IAM_OK;
}

/* Reads one page of tags; *ret_next is absent for the last page. */
static enum iam_status read_page(struct iam_call *call, const struct iam_entity_ref *entity,
                                 const struct iam_page *page, struct api_iam_tag_list *ret,
                                 struct iam_str *ret_next)
{
    const void **tags;
    size_t total;
    size_t count = 0;
    struct iam_str last = iam_str_absent();
    bool is_more = false;
    IAM_TRY(load_sorted(call, entity, &tags, &total));
    struct api_iam_tag *items = iam_arena_zalloc(call->arena, total + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < total && !is_more; i++) {
        const struct marked *m = tags[i];
        if (iam_str_is_set(page->after) && iam_str_cmp(m->mark, page->after) <= 0) {
            continue;
        }
        is_more = count == page->limit;
        if (!is_more) {
            items[count++] = (struct api_iam_tag){ m->tag->key, m->tag->value };
            last = m->mark;
        }
    }
    *ret = (struct api_iam_tag_list){ items, count, true };
    *ret_next = is_more ? last : iam_str_absent();
    return IAM_OK;
}

enum iam_status iam_tag_page(struct iam_call *call, const struct iam_entity_ref *entity,
                             struct iam_str marker, struct api_opt_int max_items,
                             struct iam_tag_page *ret)
{
    struct iam_page page;
    struct iam_str next;
    IAM_TRY(api_page_open(call, marker, max_items, &page));
    IAM_TRY(read_page(call, entity, &page, &ret->tags, &next));
    return api_page_close(call, iam_str_is_set(next), next, &ret->is_truncated, &ret->marker);
}

enum iam_status iam_tags_by_key(struct iam_call *call, const struct iam_entity_ref *entity,
                                struct api_iam_tag_list *ret)
{
    const struct iam_page all = { .limit = SIZE_MAX };
    struct iam_str next;
    return read_page(call, entity, &all, ret, &next);
}

/* ---- users ---- */

enum iam_status api_iam_tag_user(struct iam_call *call, const struct api_iam_tag_user_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status api_iam_untag_user(struct iam_call *call, const struct api_iam_untag_user_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status api_iam_list_user_tags(struct iam_call *call,
                                       const struct api_iam_list_user_tags_in *in,
                                       struct api_iam_list_user_tags_out *out)
{
    const struct iam_user *user;
    struct iam_tag_page page = { 0 };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}

/* ---- roles ---- */

enum iam_status api_iam_tag_role(struct iam_call *call, const struct api_iam_tag_role_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status api_iam_untag_role(struct iam_call *call, const struct api_iam_untag_role_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status api_iam_list_role_tags(struct iam_call *call,
                                       const struct api_iam_list_role_tags_in *in,
                                       struct api_iam_list_role_tags_out *out)
{
    const struct iam_role *role;
    struct iam_tag_page page = { 0 };
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}

/* ---- managed policies ---- */

enum iam_status api_iam_tag_policy(struct iam_call *call, const struct api_iam_tag_policy_in *in)
{
    const struct iam_managed_policy *policy;
    IAM_TRY(iam_check_own_policy(call, in->policy_arn, "tag"));
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status api_iam_untag_policy(struct iam_call *call,
                                     const struct api_iam_untag_policy_in *in)
{
    const struct iam_managed_policy *policy;
    IAM_TRY(iam_check_own_policy(call, in->policy_arn, "untag"));
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status api_iam_list_policy_tags(struct iam_call *call,
                                         const struct api_iam_list_policy_tags_in *in,
                                         struct api_iam_list_policy_tags_out *out)
{
    const struct iam_managed_policy *policy;
    struct iam_tag_page page = { 0 };
    IAM_TRY(iam_need_policy(call, in->policy_arn, &policy));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}
