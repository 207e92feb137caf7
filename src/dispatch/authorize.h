/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place where decisions are made, for iam:CreateUser in our own API as well as for
 * s3:GetObject in another service.
 */
#pragma once

#include "dispatch/context.h"

/* A question: may this principal do this? */
struct api_question {
    const struct api_subject *subject;
    struct iam_str action;
    struct iam_str resource;
    struct iam_str resource_account;
    const struct iam_context_entry *context;
    size_t context_count;
    const struct iam_policy_set *identity;        /* NULL: those of the subject */
    const struct iam_policy_set *resource_policy; /* NULL: none */
    bool resource_must_allow;
    struct api_work *work; /* that the decision is charged to */
};

/*
 * Decides a question. IAM_OK: *ret_decision is the answer, and *ret_request is the question as
 * libiam saw it, for what a denial says; it borrows from question. When the work does not suffice,
 * the answer is a denial and the work is out. Anything else: there is no answer, and the caller
 * must deny.
 */
enum iam_status api_decide(const struct api_question *question, struct iam_decision *ret_decision,
                           struct iam_request *ret_request) IAM_MUST_USE;

/*
 * Makes all decisions that the call's rule demands: resolves the resource into call->target,
 * resolves any further resources, and checks every permission that is needed. IAM_OK: the handler
 * may run. IAM_FAULT: the call carries the fault. An unknown kind of access is denied.
 */
enum iam_status api_authorize(struct iam_call *call, const void *input) IAM_MUST_USE;
