/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the API's codecs share: an arena per test, helpers that turn a text into a
 * decoded and validated struct, and the synthetic services of tests/api.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/codec.h"

struct rig {
    struct iam_arena arena;
    struct api_fault fault; /* of the last call that returned IAM_FAULT */
};

/* cmocka's set-up and tear-down of a test: *state is a struct rig. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* Returns the operation, which must exist. */
const struct api_op *rig_op(const char *service, const char *name);
/* Returns zeroed memory for a struct of the shape. */
void *rig_struct(struct rig *r, const struct api_shape *shape);
/* Returns the tree of a JSON text, which must be valid. */
const struct iam_json *rig_json(struct rig *r, const char *text);

/* Decodes a form body into shape's struct at *ret. */
enum iam_status rig_query(struct rig *r, const struct api_shape *shape, const char *form,
                          void **ret);
/* Decodes a JSON body into shape's struct at *ret. */
enum iam_status rig_body(struct rig *r, const struct api_shape *shape, const char *text,
                         void **ret);
/* Fails the test unless the last fault has this code and exactly this message. */
void rig_assert_fault(const struct rig *r, const char *code, const char *message);
void rig_assert_str(struct iam_str s, const char *want);
/* Returns the parameters of a Query request that mean the same as the JSON value. */
struct iam_form rig_form_of(struct rig *r, const struct api_shape *shape,
                            const struct iam_json *value);
