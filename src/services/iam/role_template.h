/* SPDX-License-Identifier: Apache-2.0 */
/* What a role keeps of the template that it was made of. */
#pragma once

#include "api_iam.gen.h"
#include "model/entity.h"
#include "services/iam/template.h"

/* Which version of which template, and what was given for it. */
struct iam_template_use {
    struct iam_str arn;
    int64_t minor;
    const struct iam_template_value *values;
    size_t value_count;
};

/* Makes the text that is kept of a use. */
enum iam_status iam_template_use_print(struct iam_arena *arena, const struct iam_template_use *use,
                                       struct iam_str *ret) IAM_MUST_USE;
/* Reads what is kept. IAM_CORRUPT for what iam_template_use_print does not make. */
enum iam_status iam_template_use_read(struct iam_arena *arena, struct iam_str text,
                                      struct iam_template_use *ret) IAM_MUST_USE;
/* Makes what GetRole shows of it; NULL for a role that was made of no template. */
enum iam_status iam_template_use_out(struct iam_call *call, const struct iam_role *role,
                                     struct api_iam_source_role_template **ret) IAM_MUST_USE;
