/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/member.h"

#include "wire/value_int.h"

bool api_member_is_given(const struct api_member *member, const void *record)
{
    return member != NULL && api_member_is_set(member, api_slot_const(record, member));
}

const struct api_list *api_member_list(const struct api_member *member, const void *record)
{
    return api_slot_const(record, member);
}

struct iam_str api_member_entry(const struct api_member *member, const void *record,
                                struct iam_str key)
{
    const struct api_list *map = api_member_list(member, record);
    const struct api_map_entry *entries = map->items;
    for (size_t i = 0; i < map->count; i++) {
        if (iam_str_eq(entries[i].key, key)) {
            return entries[i].value;
        }
    }
    return iam_str_absent();
}

struct iam_str api_member_text(const struct api_member *member, const void *record)
{
    if (member == NULL) {
        return iam_str_absent();
    }
    return *(const struct iam_str *)api_slot_const(record, member);
}

struct iam_str_list api_member_texts(const struct api_member *member, const void *record)
{
    const struct api_list *list = api_member_list(member, record);
    return (struct iam_str_list){ list->items, list->count };
}

struct api_tags api_member_tags(const struct api_member *member, const void *record)
{
    const struct api_list *list = api_member_list(member, record);
    const struct api_shape *item = member->shape->item;
    const struct api_member *key = api_member_find(item, IAM_STR("Key"));
    const struct api_member *value = api_member_find(item, IAM_STR("Value"));
    if (key == NULL || value == NULL) {
        return (struct api_tags){ 0 };
    }
    return (struct api_tags){ list, item, key->offset, value->offset, list->count };
}

struct iam_tag api_tags_get(const struct api_tags *tags, size_t i)
{
    const char *p = (const char *)tags->list->items + i * tags->item->c_size;
    return (struct iam_tag){ *(const struct iam_str *)(p + tags->key_offset),
                             *(const struct iam_str *)(p + tags->value_offset) };
}
