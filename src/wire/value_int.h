/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to the generated structs through their descriptors, shared by the decoders, the validator
 * and the encoders. Kinds other than structures and unions lie in their slot; those two are behind
 * a pointer as members, and inline as items of a list and values of a map.
 */
#pragma once

#include "wire/fault.h"
#include "wire/shape.h"

/* Nesting of values that is read, checked and written; deeper input is refused. */
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

/* The value behind a member's slot: a record is pointed to, anything else is the slot itself. */
static inline const void *api_member_value(const struct api_member *member, const void *slot)
{
    return api_is_record(member->shape) ? *(const void *const *)slot : slot;
}

/* Whether the member whose slot this is was given. */
bool api_member_is_set(const struct api_member *member, const void *slot);

/* The member with exactly that wire name, or NULL. */
const struct api_member *api_member_find(const struct api_shape *shape, struct iam_str name);

/* Bytes of one item of a list or one entry of a map. */
size_t api_item_size(const struct api_shape *shape);
/* Item or entry number i. */
void *api_item(const struct api_shape *shape, const struct api_list *list, size_t i);
/* The value in an entry of a map; the key is at the entry's start. */
void *api_entry_value(void *entry);

/* Members of a record that are set; a union must have exactly one. */
size_t api_set_count(const struct api_shape *shape, const void *record);

/*
 * Makes room for count zeroed items and marks the list as given. IAM_NOMEM when the arena is
 * exhausted; count is at most API_MAX_ITEMS.
 */
enum iam_status api_list_make(struct iam_arena *arena, const struct api_shape *shape, size_t count,
                              struct api_list *ret) IAM_MUST_USE;
/* True when two entries of a map have one key. */
bool api_map_has_twins(const struct api_shape *shape, const struct api_list *map);
