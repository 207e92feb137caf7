/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of validation errors: every violation of a request becomes one clause of one message.
 * SPEC: as the services word them, "N validation errors detected: Value '...' at 'path' failed to
 * satisfy constraint: ...; ..."
 */
#pragma once

#include "base/buf.h"
#include "wire/fault.h"
#include "wire/shape.h"

/* Where a value stands: a chain on the stack from the value up to the input. */
struct api_place {
    const struct api_place *up; /* NULL: a member of the input itself */
    struct iam_str name;        /* of the member, or the key of a map entry */
    size_t index;               /* of a list item, from 1; 0: not a list item */
    bool is_entry;              /* name is a key */
};

struct api_violations {
    struct iam_buf text; /* the clauses */
    size_t count;
    const struct api_shape *special; /* whose own words stand in for a single clause */
    struct iam_str special_name;
};

/* A clause about value, of which nothing is shown when it is NULL or sensitive. */
void api_violation_add(struct api_violations *v, const struct api_place *place,
                       const struct api_shape *shape, const void *value, struct iam_str constraint);
/* The clause of a required member that is absent. */
void api_violation_add_null(struct api_violations *v, const struct api_place *place);

/* The constraint texts; each appends to b. */
void api_constraint_length(struct iam_buf *b, bool is_min, int64_t bound);
void api_constraint_value(struct iam_buf *b, bool is_min, int64_t bound);
void api_constraint_pattern(struct iam_buf *b, const struct api_shape *shape);
void api_constraint_enum(struct iam_buf *b, const struct api_shape *shape);
/* All constraints of a simple shape, comma-separated, as the items of lists are reported. */
void api_constraint_all(struct iam_buf *b, const struct api_shape *shape);

/* The whole message into the arena. Only when something was violated. */
enum iam_status api_violations_message(struct api_violations *v, struct iam_arena *arena,
                                       struct iam_str *ret) IAM_MUST_USE;
