/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the generated structs through their descriptors. The layout that tools/apigen.py gives
 * to C types is mirrored here and nowhere else.
 */
#include "wire/value_int.h"

/* The value of a map entry follows its key; no generated type has a stricter alignment. */
#define ENTRY_VALUE_OFFSET sizeof(struct iam_str)
#define ENTRY_ALIGN _Alignof(struct iam_str)

bool api_member_is_set(const struct api_member *member, const void *slot)
{
    switch (member->shape->kind) {
    case API_STRING:
    case API_BLOB:
        return iam_str_is_set(*(const struct iam_str *)slot);
    case API_BOOLEAN:
        return ((const struct api_opt_bool *)slot)->is_set;
    case API_INTEGER:
        return ((const struct api_opt_int *)slot)->is_set;
    case API_DOUBLE:
        return ((const struct api_opt_double *)slot)->is_set;
    case API_TIMESTAMP:
        return ((const struct api_opt_time *)slot)->is_set;
    case API_LIST:
    case API_MAP:
        return ((const struct api_list *)slot)->is_set;
    case API_STRUCTURE:
    case API_UNION:
    case API_DOCUMENT:
        return *(const void *const *)slot != NULL;
    }
    return false;
}

const struct api_member *api_member_find(const struct api_shape *shape, struct iam_str name)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        if (iam_str_eq(shape->members[i].name, name)) {
            return &shape->members[i];
        }
    }
    return NULL;
}

size_t api_item_size(const struct api_shape *shape)
{
    size_t size = shape->item->c_size;

    if (shape->kind == API_MAP) {
        size += ENTRY_VALUE_OFFSET;
        size = (size + ENTRY_ALIGN - 1) / ENTRY_ALIGN * ENTRY_ALIGN;
    }
    return size;
}

void *api_item(const struct api_shape *shape, const struct api_list *list, size_t i)
{
    return (char *)list->items + i * api_item_size(shape);
}

void *api_entry_value(void *entry)
{
    return (char *)entry + ENTRY_VALUE_OFFSET;
}

size_t api_set_count(const struct api_shape *shape, const void *record)
{
    size_t count = 0;

    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        count += api_member_is_set(member, api_slot_const(record, member)) ? 1 : 0;
    }
    return count;
}

enum iam_status api_list_make(struct iam_arena *arena, const struct api_shape *shape, size_t count,
                              struct api_list *ret)
{
    void *items = iam_arena_zalloc(arena, count, api_item_size(shape));

    IAM_ENSURE(items != NULL, IAM_NOMEM);
    *ret = (struct api_list){ .items = items, .count = count, .is_set = true };
    return IAM_OK;
}

bool api_map_has_twins(const struct api_shape *shape, const struct api_list *map)
{
    for (size_t i = 1; i < map->count; i++) {
        const struct iam_str *key = api_item(shape, map, i);
        for (size_t j = 0; j < i; j++) {
            if (iam_str_eq(*key, *(const struct iam_str *)api_item(shape, map, j))) {
                return true;
            }
        }
    }
    return false;
}
