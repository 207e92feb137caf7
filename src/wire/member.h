/* SPDX-License-Identifier: Apache-2.0 */
/* Reads members of a decoded input through their descriptors, for what all operations share. */
#pragma once

#include "model/identity.h"
#include "wire/shape.h"

struct iam_str_list {
    const struct iam_str *items;
    size_t count;
};

/* An entry of a map of strings, with the layout that the generator gives it. */
struct api_map_entry {
    struct iam_str key;
    struct iam_str value;
};

/* A list of structures with Key and Value members, in any service. */
struct api_tags {
    const struct api_list *list;
    const struct api_shape *item;
    uint32_t key_offset;
    uint32_t value_offset;
    size_t count;
};

/* Tells whether record, a decoded structure, has the member; false for NULL. */
bool api_member_is_given(const struct api_member *member, const void *record);
/* Returns the items of a list or the entries of a map; none when it is not given. */
const struct api_list *api_member_list(const struct api_member *member, const void *record);
/* Returns the value of a key in a map of strings; absent when there is none. */
struct iam_str api_member_entry(const struct api_member *member, const void *record,
                                struct iam_str key);
/* Returns the value of a string member; absent when it is not given or member is NULL. */
struct iam_str api_member_text(const struct api_member *member, const void *record);
/* Returns the items of a list of strings; none when it is not given. */
struct iam_str_list api_member_texts(const struct api_member *member, const void *record);
/* Returns the tags in a list of structures; none when it is not given or lacks Key and Value. */
struct api_tags api_member_tags(const struct api_member *member, const void *record);
/* Returns tag number i, which must be below tags->count. The tag borrows from the record. */
struct iam_tag api_tags_get(const struct api_tags *tags, size_t i);
