/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition keys of a request, made from verified sources only: the caller's view and session,
 * the transport, the clock, the operation's input and the resolved resource.
 */
#pragma once

#include "dispatch/call.h"

/* A growing list of entries. Failures are sticky: an add that fails sets failed. */
struct api_context {
    struct iam_arena *arena;
    struct iam_context_entry *entries;
    struct iam_str *values; /* at an entry's index, the value of an entry that has only one */
    size_t count;
    size_t cap;
    bool failed;
};

void api_context_init(struct api_context *c, struct iam_arena *arena);
/*
 * Adds a key with one value; an absent value is left out. key and value must live as long as the
 * arena.
 */
void api_context_add(struct api_context *c, struct iam_str key, struct iam_str value);
/* Adds a multivalued key; there may be no values. */
void api_context_add_list(struct api_context *c, struct iam_str key, const struct iam_str *values,
                          size_t count);
/* Adds a key made of prefix and suffix: "aws:PrincipalTag/" and a tag's key. */
void api_context_add_tagged(struct api_context *c, struct iam_str prefix, struct iam_str suffix,
                            struct iam_str value);

/*
 * Tells whether tags of the target whose keys differ only in case are two tags: a matter of its
 * kind, which its ARN tells also where the entity does not exist yet.
 */
bool api_target_has_exact_tag_keys(const struct api_target *target);
/*
 * Adds a key for each tag, made of prefix and the tag's key. Of tags with the same key the last one
 * counts; keys that differ only in case are the same but where they are exact: there the condition
 * key, which has no case, has both values, so that no operator for a single value matches it.
 */
void api_context_add_tags(struct api_context *c, struct iam_str prefix, const struct iam_tag *tags,
                          size_t count, bool is_exact);

/*
 * Adds aws:PrincipalArn, aws:userid, aws:PrincipalTag/… and whatever else depends on the principal,
 * including the age of its second factor at now_ms (milliseconds since 1970).
 */
void api_context_add_principal(struct api_context *c, const struct api_subject *subject,
                               int64_t now_ms);
/* Adds aws:CurrentTime and aws:EpochTime. */
void api_context_add_time(struct api_context *c, int64_t now_ms);
/*
 * Collects everything that a decision about one permission of a call sees: principal, transport,
 * time, and the permission's keys from the input and from target, whose tags are read if a key
 * needs them. IAM_LIMIT: too many keys; or the store's error.
 */
enum iam_status api_context_of_call(struct iam_call *call, const void *input,
                                    const struct api_permission *permission,
                                    struct api_target *target,
                                    struct api_context *ret) IAM_MUST_USE;
