/* SPDX-License-Identifier: Apache-2.0 */
#include "api/member.h"

#include "api/value_int.h"

static const void *at(const void *value, uint32_t offset)
{
    return (const char *)value + offset;
}

struct iam_str api_member_string(const struct api_shape *shape, const void *value,
                                 struct iam_str name)
{
    const struct api_member *m = api_member_find(shape, name);
    if (m == NULL || m->shape->kind != API_STRING) {
        return iam_str_absent();
    }
    return *(const struct iam_str *)at(value, m->offset);
}

static const struct api_list *find_list(const struct api_shape *shape, const void *value,
                                        struct iam_str name, enum api_kind item_kind,
                                        const struct api_shape **ret_item)
{
    const struct api_member *m = api_member_find(shape, name);
    if (m == NULL || m->shape->kind != API_LIST || m->shape->item->kind != item_kind) {
        return NULL;
    }
    const struct api_list *list = at(value, m->offset);
    *ret_item = m->shape->item;
    return list->is_set ? list : NULL;
}

bool api_member_strings(const struct api_shape *shape, const void *value, struct iam_str name,
                        struct iam_str_list *ret)
{
    const struct api_shape *item;
    const struct api_list *list = find_list(shape, value, name, API_STRING, &item);
    if (list == NULL) {
        return false;
    }
    *ret = (struct iam_str_list){ list->items, list->count };
    return true;
}

bool api_member_tags(const struct api_shape *shape, const void *value, struct iam_str name,
                     struct api_tags *ret)
{
    const struct api_shape *item;
    const struct api_list *list = find_list(shape, value, name, API_STRUCTURE, &item);
    if (list == NULL) {
        return false;
    }
    const struct api_member *key = api_member_find(item, IAM_STR("Key"));
    const struct api_member *val = api_member_find(item, IAM_STR("Value"));
    if (key == NULL || val == NULL) {
        return false;
    }
    *ret = (struct api_tags){ list, item, key->offset, val->offset, list->count };
    return true;
}

struct iam_tag api_tags_get(const struct api_tags *tags, size_t i)
{
    const char *p = (const char *)tags->list->items + i * tags->item->c_size;
    return (struct iam_tag){ *(const struct iam_str *)at(p, tags->key_offset),
                             *(const struct iam_str *)at(p, tags->value_offset) };
}
