/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where a decision is asked for: for iam:CreateUser of our own API and for
 * somebody's s3:GetObject alike.
 */
#pragma once

#include "api/context.h"

/* A question about a principal. */
struct api_question {
    const struct api_subject *subject;
    struct iam_str action;
    struct iam_str resource;
    struct iam_str resource_account;
    const struct iam_context_entry *context;
    size_t context_count;
    const struct iam_policy_set *resource_policy; /* NULL: none */
    bool resource_must_allow;
};

/*
 * Decides. IAM_OK: *ret_decision is the answer and *ret_request the question as libiam saw it, for
 * its message; it borrows from question. Anything else: there is no answer, the caller must deny.
 */
enum iam_status api_decide(const struct api_question *question, struct iam_decision *ret_decision,
                           struct iam_request *ret_request) IAM_MUST_USE;

/* The sentence of a denial, in arena. */
enum iam_status api_denial_message(struct iam_arena *arena, const struct iam_decision *decision,
                                   const struct iam_request *request,
                                   struct iam_str *ret) IAM_MUST_USE;

/*
 * Authorizes a call as its row says, on call->target. IAM_OK: go on. IAM_FAULT: AccessDenied is
 * set. Every access that is not known denies.
 */
enum iam_status api_authorize(struct iam_call *call, const void *input) IAM_MUST_USE;
/* The same question about a further action on the same resource: sts:TagSession beside
 * sts:AssumeRole. */
enum iam_status api_authorize_also(struct iam_call *call, const void *input,
                                   struct iam_str action) IAM_MUST_USE;

/* As above, when the input has tags: making an entity with tags needs the permission to tag it too.
 */
enum iam_status api_authorize_tags(struct iam_call *call, const void *input,
                                   struct iam_str action) IAM_MUST_USE;
/*
 * The same action on the ARN that a change of name or path gives the target. SPEC: IAM API
 * Reference, "UpdateUser": permission is needed on the source and on the target.
 */
enum iam_status api_authorize_rename(struct iam_call *call, const void *input,
                                     struct iam_str new_arn) IAM_MUST_USE;

/* Resolves call->target from the operation's row and input, in call->txn. */
enum iam_status api_resolve_target(struct iam_call *call, const void *input) IAM_MUST_USE;
