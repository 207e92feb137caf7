/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one place where a decision is asked for: for iam:CreateUser of our own API and for
 * somebody's s3:GetObject alike.
 */
#pragma once

#include "dispatch/context.h"

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
 * Decides everything that the call's rule asks for: resolves the resource into call->target and
 * each further one, and asks for every permission that is needed. IAM_OK: the handler may run.
 * IAM_FAULT: the call carries the fault. Every access that is not known denies.
 */
enum iam_status api_authorize(struct iam_call *call, const void *input) IAM_MUST_USE;
