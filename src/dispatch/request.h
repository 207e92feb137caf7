/* SPDX-License-Identifier: Apache-2.0 */
/* One request from the wire, filled in by the steps in serve.h and batch.h. */
#pragma once

#include "authn/authn.h"
#include "codec/form.h"
#include "dispatch/call.h"
#include "wire/member.h"

/* A request as the transport read it. Everything must live as long as the arena. */
struct api_wire {
    struct iam_str method;
    struct iam_str path;  /* up to '?', still percent-encoded */
    struct iam_str query; /* after '?'; absent without one */
    const struct iam_authn_header *headers;
    size_t header_count;
    struct iam_str body;
    struct iam_str source_ip;
    bool is_tls;
};

struct api_response {
    int status;
    struct iam_str content_type;
    struct iam_str body;
    struct iam_str cache_control; /* of what may be kept; absent: nothing is said */
    bool is_throttled;            /* the caller asks too often */
};

/* What is known about a request so far; audit records are made from it. */
struct api_request {
    struct iam_call call;
    struct api_wire wire;
    const struct iam_authn *authn;
    const struct api_service *service; /* NULL: no route matched */
    struct iam_form form;              /* of a Query service: what is not decoded yet */
    const void *output;                /* of a call that succeeded and has an output; else NULL */
    void *made;               /* the handler's output, before it is known to have succeeded */
    struct iam_str made_body; /* the same, encoded */
    struct iam_identity identity;
    struct iam_str named_access_key_id; /* of a request that failed authentication; may be absent */
    struct iam_str audit_message; /* of a denial that must not quote the request; else absent */
    struct iam_str log_error;     /* what failed on our side, for the log; never sent */
    bool is_prepared;             /* api_request_prepare has succeeded */
    bool wants_json;              /* of a Query service: the client accepts JSON */
    bool is_done;                 /* response is final */
    struct api_response response;
};

/*
 * Tells whether the protocol is one of the JSON protocols. It is if no route matched: XML is only
 * for services that use it.
 */
static inline bool api_request_is_json(const struct api_request *r)
{
    return r->service == NULL || r->service->protocol != API_PROTOCOL_QUERY;
}

/* Tells whether the request has a code of an MFA device, which is used up. */
static inline bool brings_code(const struct api_request *r)
{
    return r->call.input != NULL &&
           iam_str_is_set(api_member_text(r->call.op->rule->code, r->call.input));
}

/*
 * Tells whether the third step changes state; if so, only the thread that makes all changes may
 * run it.
 */
static inline bool api_request_is_write(const struct api_request *r)
{
    const struct api_rule *rule = r->call.op != NULL ? r->call.op->rule : NULL;

    return rule != NULL && (rule->txn == API_TXN_WRITE || brings_code(r));
}

/* Tells whether the request is a write that was answered as done. */
static inline bool api_request_is_committed(const struct api_request *r)
{
    return api_request_is_write(r) && !api_fault_is_set(&r->call.fault);
}

/* Tells whether api_request_prepare has to run before the third step. */
static inline bool api_request_needs_preparation(const struct api_request *r)
{
    return r->call.op != NULL && r->call.op->rule->prepare != NULL && !r->is_prepared;
}

/* Tells whether the request or its answer may hold a secret, whatever else is wrong with it. */
static inline bool api_request_has_secret(const struct api_request *r)
{
    return r->call.op != NULL && r->call.op->rule->has_secret;
}
