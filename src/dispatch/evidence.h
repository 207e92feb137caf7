/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the evidence of an unsigned request proves: a token or an assertion of an identity provider.
 * The verifier of an operation makes it (api_verify_fn); decisions about the request see it.
 */
#pragma once

#include "dispatch/call.h"

/* What was verified; nothing in it is taken from elsewhere in the request. */
struct api_evidence {
    enum iam_kind kind;         /* IAM_KIND_WEB_IDENTITY, IAM_KIND_SAML */
    struct iam_str account;     /* of the provider, or which uses it */
    struct iam_str provider_id; /* unique ID of the provider; absent: it is built in */
    struct iam_str principal;   /* as policies name the provider: its ARN, or its domain */
    struct iam_str user_id;     /* the value of aws:userid */
    /* For the audit record: */
    struct iam_str user_name;             /* what the provider calls it */
    struct iam_str trail_id;              /* principalId; absent: user_id */
    struct iam_str trail_provider;        /* identityProvider; absent: principal */
    const struct iam_context_entry *keys; /* condition keys that the provider vouches for */
    size_t key_count;
    const struct iam_tag *tags; /* of the session that is asked for */
    size_t tag_count;
    const struct iam_str *transitive_keys;
    size_t transitive_count;
    struct iam_str source_identity; /* likewise; absent: none */
};

/*
 * Makes whom the evidence proves the caller of the request; evidence must live as long as the
 * request's arena. IAM_DENIED: there is no such account; IAM_FAULT: the call carries the fault;
 * IAM_NOMEM.
 */
enum iam_status api_evidence_accept(struct iam_call *call,
                                    const struct api_evidence *evidence) IAM_MUST_USE;
/* Forgets the caller: the request is as nobody's again. */
void api_evidence_forget(struct iam_call *call);
