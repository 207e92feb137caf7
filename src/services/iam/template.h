/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rendering of templates: "@{Name}" in a string is replaced by a value of the parameter Name, and
 * "@Enabled": "NAME" in an object of a list keeps that object only while the parameter NAME is
 * "true". SPEC: IAM User Guide, "Policy templates"; recorded on AWS: stackd, role_templates.
 */
#pragma once

#include "catalogue/template.h"
#include "dispatch/call.h"

/* LIMIT: bytes of the names and values that are given for one template, all together. */
#define IAM_TEMPLATE_VALUES_MAX 16384

/* What is given for a parameter. */
struct iam_template_value {
    struct iam_str name;
    const struct iam_str *items;
    size_t count; /* 1 or more */
};

/* A template and what is given for it. */
struct iam_render {
    struct iam_call *call;
    const struct iam_template_parameters *parameters;
    const struct iam_template_value *values;
    size_t value_count;
};

/*
 * Checks that every value is one of a parameter: InvalidInput for an unknown one, or one that is
 * not of its type; ValidationError for several values where one is meant.
 */
enum iam_status iam_render_check(const struct iam_render *r) IAM_MUST_USE;
/* Renders a text. InvalidInput for a parameter without a value. Absent for an absent pattern. */
enum iam_status iam_render_text(const struct iam_render *r, struct iam_str pattern,
                                struct iam_str *ret) IAM_MUST_USE;
/*
 * Renders a policy document, as compact JSON; absent when no statement of it is left. Otherwise as
 * above.
 */
enum iam_status iam_render_document(const struct iam_render *r, const struct iam_json *document,
                                    struct iam_str *ret) IAM_MUST_USE;
/*
 * Tells whether two policy documents say the same, whatever the order of members and of what is in
 * lists; a value and a list of it are the same. False for what is no JSON.
 */
bool iam_documents_agree(struct iam_arena *arena, struct iam_str a, struct iam_str b);
