/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition keys of a request, made from verified sources only: the caller's view and session,
 * the transport, the clock, the operation's input and the resolved resource.
 */
#pragma once

#include "dispatch/call.h"

/* A growing list of entries; sticky: a failed add makes finish fail. */
struct api_context {
    struct iam_arena *arena;
    struct iam_context_entry *entries;
    struct iam_str *values; /* room for those of entries with one value, at the entry's index */
    size_t count;
    size_t cap;
    bool failed;
};

void api_context_init(struct api_context *c, struct iam_arena *arena);
/* Absent values are left out. key and value must live as long as the arena. */
void api_context_add(struct api_context *c, struct iam_str key, struct iam_str value);
/* A multivalued key; values may be empty. */
void api_context_add_list(struct api_context *c, struct iam_str key, const struct iam_str *values,
                          size_t count);
/* prefix followed by suffix as the key: "aws:PrincipalTag/" and a tag's key. */
void api_context_add_tagged(struct api_context *c, struct iam_str prefix, struct iam_str suffix,
                            struct iam_str value);

/* aws:PrincipalArn, aws:userid, aws:PrincipalTag/… and what else follows from the principal at that
 * time (milliseconds since 1970): the age of its second factor. */
void api_context_add_principal(struct api_context *c, const struct api_subject *subject,
                               int64_t now_ms);
/* aws:CurrentTime and aws:EpochTime. */
void api_context_add_time(struct api_context *c, int64_t now_ms);
/*
 * Everything that a decision about one permission of a call sees: principal, transport, time, and
 * the keys of the permission from the input and target, whose tags are read when a key needs them.
 * IAM_LIMIT: too many keys; or what the store fails with.
 */
enum iam_status api_context_of_call(struct iam_call *call, const void *input,
                                    const struct api_permission *permission,
                                    struct api_target *target,
                                    struct api_context *ret) IAM_MUST_USE;
