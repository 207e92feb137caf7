/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the generated structs through their descriptors, shared by the decoders, the validator
 * and the encoders. A member's slot holds its value, except for structures and unions: their slot
 * holds a pointer to it. As items of a list or values of a map they too are stored inline.
 */
#pragma once

#include "wire/fault.h"
#include "wire/shape.h"

/* How deeply values may be nested to be read, checked and written; deeper input is refused. */
#define API_MAX_DEPTH 32u
/* Items of a list or entries of a map that are read, whatever the shape permits. */
#define API_MAX_ITEMS 1000u

static inline bool api_is_record(const struct api_shape *shape)
{
    return shape->kind == API_STRUCTURE || shape->kind == API_UNION;
}

static inline void *api_slot(void *record, const struct api_member *member)
{
    return (char *)record + member->offset;
}

static inline const void *api_slot_const(const void *record, const struct api_member *member)
{
    return (const char *)record + member->offset;
}

/*
 * Returns the value of a member from its slot: a record is what the slot points to, anything else
 * is the slot itself.
 */
static inline const void *api_member_value(const struct api_member *member, const void *slot)
{
    return api_is_record(member->shape) ? *(const void *const *)slot : slot;
}

/* Tells whether the member whose slot this is was given. */
bool api_member_is_set(const struct api_member *member, const void *slot);

/* Returns the member with exactly that wire name, or NULL. */
const struct api_member *api_member_find(const struct api_shape *shape, struct iam_str name);

/* Returns the size in bytes of one item of a list or one entry of a map. */
size_t api_item_size(const struct api_shape *shape);
/* Returns item or entry number i. */
void *api_item(const struct api_shape *shape, const struct api_list *list, size_t i);
/* Returns the value in an entry of a map; the key is at the entry's start. */
void *api_entry_value(void *entry);

/* Counts the members of a record that are set; a union must have exactly one. */
size_t api_set_count(const struct api_shape *shape, const void *record);

/*
 * Makes room for count zeroed items and marks the list as given. IAM_NOMEM when the arena is
 * exhausted; count is at most API_MAX_ITEMS.
 */
enum iam_status api_list_make(struct iam_arena *arena, const struct api_shape *shape, size_t count,
                              struct api_list *ret) IAM_MUST_USE;
/* Tells whether two entries of a map have the same key. */
bool api_map_has_twins(const struct api_shape *shape, const struct api_list *map);
