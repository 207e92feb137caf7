/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded and query strings, to name-value pairs. */
#pragma once

#include "base/arena.h"

struct iam_form_pair {
    struct iam_str name;
    struct iam_str value; /* empty when there was no '=' */
};

struct iam_form {
    struct iam_form_pair *pairs; /* in the order of the text */
    size_t count;
    const void **by_name; /* the count pairs, sorted by name; NULL before iam_form_index */
};

/*
 * Decodes text ('+' is a space, %XX a byte). IAM_SYNTAX for a broken escape, a name or value that
 * is not UTF-8 or holds a NUL, an empty name with a value, two pairs of one name (parameter names
 * are compared byte for byte). IAM_LIMIT for more than max_pairs. Empty segments ("a=1&&b=2") are
 * skipped. Unescaped parts borrow text.
 */
enum iam_status iam_form_read(struct iam_arena *arena, struct iam_str text, size_t max_pairs,
                              struct iam_form *ret) IAM_MUST_USE;
/*
 * Makes iam_form_get take logarithmic time on a form whose pairs the caller put together, as it
 * does after iam_form_read. IAM_SYNTAX when a name occurs twice; IAM_NOMEM.
 */
enum iam_status iam_form_index(struct iam_arena *arena, struct iam_form *form) IAM_MUST_USE;
/* Returns the value of the pair with that name, or an absent string. */
struct iam_str iam_form_get(const struct iam_form *form, struct iam_str name);
