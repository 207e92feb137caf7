/* SPDX-License-Identifier: Apache-2.0 */
/* Delegation requests. SPEC: IAM API Reference, "DelegationRequest". */
#pragma once

#include "base/str.h"

/* In their order; kept as numbers. That a request has expired is never written: expires_ms says it.
 */
enum iam_delegation_state {
    IAM_DELEGATION_UNASSIGNED = 1,
    IAM_DELEGATION_ASSIGNED,
    IAM_DELEGATION_PENDING_APPROVAL,
    IAM_DELEGATION_ACCEPTED,
    IAM_DELEGATION_FINALIZED,
    IAM_DELEGATION_REJECTED,
    IAM_DELEGATION_EXPIRED
};

/* SPEC: IAM User Guide, "Understanding the request lifecycle": of every state with an owner. */
#define IAM_DELEGATION_STATE_MS (INT64_C(7) * 24 * 3600 * 1000)

/* What an account asks of another one: to be permitted something for some time. */
struct iam_delegation_request {
    struct iam_str id;      /* a UUID */
    struct iam_str account; /* that asks */
    struct iam_str workflow_id;
    struct iam_str description;
    struct iam_str message; /* absent: none */
    struct iam_str template_arn;
    struct iam_str parameters; /* given for the template, as JSON */
    struct iam_str policy;     /* that came out of it: what is asked for */
    struct iam_str redirect_url;
    struct iam_str channel; /* the ARN of an SNS topic */
    int64_t session_seconds;
    bool only_owner_sends;
    int64_t created_ms;
    /* from here on: what becomes of it */
    int64_t state;                  /* enum iam_delegation_state */
    struct iam_str owner_account;   /* that is asked; absent: the account that takes it */
    struct iam_str owner_arn;       /* who has taken it; absent: nobody yet */
    struct iam_str owner_principal; /* its unique ID: another one of that name is not meant */
    struct iam_str approver_arn;    /* who has accepted it; absent: nobody */
    struct iam_str approver_principal;
    struct iam_str approver_key_id;  /* the access key that it used */
    struct iam_str approver_session; /* the token of that, sealed again; absent: a long-term key */
    struct iam_str notes;            /* absent: none */
    struct iam_str rejection;        /* absent: no reason */
    int64_t updated_ms;
    int64_t expires_ms;
};

/*
 * Returns when the delegated session of a finalized request ends: it began when the token was sent.
 * SPEC: IAM API Reference, "CreateDelegationRequest", SessionDuration.
 */
static inline int64_t iam_delegation_session_end(const struct iam_delegation_request *request)
{
    return request->expires_ms - IAM_DELEGATION_STATE_MS + request->session_seconds * 1000;
}
