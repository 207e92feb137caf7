/* SPDX-License-Identifier: Apache-2.0 */
/* Reading members of a decoded input by name, for what all operations share. */
#pragma once

#include "api/shape.h"
#include "model/identity.h"

struct iam_str_list {
    const struct iam_str *items;
    size_t count;
};

/* A list of structures with Key and Value members, whichever service's. */
struct api_tags {
    const struct api_list *list;
    const struct api_shape *item;
    uint32_t key_offset;
    uint32_t value_offset;
    size_t count;
};

/* Value of a string member; absent when the shape has no such member or it is not set. */
struct iam_str api_member_string(const struct api_shape *shape, const void *value,
                                 struct iam_str name);
/* A list of strings; false when there is no such member or it is not set. */
bool api_member_strings(const struct api_shape *shape, const void *value, struct iam_str name,
                        struct iam_str_list *ret);
/* A list of tags; false when there is no such member or it is not set. */
bool api_member_tags(const struct api_shape *shape, const void *value, struct iam_str name,
                     struct api_tags *ret);
struct iam_tag api_tags_get(const struct api_tags *tags, size_t i);
