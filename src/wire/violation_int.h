/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wording of validation errors: every violation of a request becomes one clause of one message.
 * SPEC: as the services word them, "N validation errors detected: Value '...' at 'path' failed to
 * satisfy constraint: ...; ..."
 */
#pragma once

#include "base/buf.h"
#include "wire/fault.h"
#include "wire/shape.h"

/* Where a value is: a chain on the stack from the value up to the input. */
struct api_place {
    const struct api_place *up; /* NULL: a member of the input itself */
    struct iam_str name;        /* of the member, or the key of a map entry */
    size_t index;               /* of a list item, from 1; 0: not a list item */
    bool is_entry;              /* name is a key */
};

struct api_violations {
    struct iam_buf text; /* the clauses */
    bool quotes_values;  /* as the service does, see wire/op.h */
    size_t count;
    const struct api_shape *special; /* its own message replaces a single clause */
    struct iam_str special_name;
};

/*
 * Adds a clause about value, which is not quoted when it is NULL or sensitive. No more than ten are
 * counted and told.
 */
void api_violation_add(struct api_violations *v, const struct api_place *place,
                       const struct api_shape *shape, const void *value, struct iam_str constraint);
/* Adds the clause about a required member that is absent. */
void api_violation_add_null(struct api_violations *v, const struct api_place *place);

/* Appends the text of one constraint to b, as do the three functions that follow. */
void api_constraint_length(struct iam_buf *b, bool is_min, int64_t bound);
void api_constraint_value(struct iam_buf *b, bool is_min, int64_t bound);
void api_constraint_pattern(struct iam_buf *b, const struct api_shape *shape);
void api_constraint_enum(struct iam_buf *b, const struct api_shape *shape);
/*
 * Appends all constraints of a simple shape, separated by commas, as they are reported for the
 * items of lists.
 */
void api_constraint_all(struct iam_buf *b, const struct api_shape *shape);

/* Writes the whole message into *ret, in the arena. Called only when something was violated. */
enum iam_status api_violations_message(struct api_violations *v, struct iam_arena *arena,
                                       struct iam_str *ret) IAM_MUST_USE;
