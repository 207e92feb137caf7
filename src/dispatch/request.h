/* SPDX-License-Identifier: Apache-2.0 */
/* One request of the wire, as the steps of serve.h and batch.h fill it. */
#pragma once

#include "authn/authn.h"
#include "dispatch/call.h"

/* A request as the transport read it. Everything must live as long as the arena. */
struct api_wire {
    struct iam_str method;
    struct iam_str path;  /* up to '?', still percent-encoded */
    struct iam_str query; /* behind '?'; absent without one */
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
};

/* What is known of a request, filled as it goes on; what an audit record is made of. */
struct api_request {
    struct iam_call call;
    struct api_wire wire;
    const struct iam_authn *authn;
    const struct api_service *service; /* NULL: no route matched */
    const void *output;                /* of a call that succeeded and has one; else NULL */
    void *made;                        /* the handler's, before it is known to have succeeded */
    struct iam_str made_body;          /* the same, encoded */
    struct iam_identity identity;
    struct iam_str named_access_key_id; /* of a request that did not authenticate; may be absent */
    struct iam_str audit_message; /* of a denial that must not quote the request; else absent */
    struct iam_str log_error;     /* what failed on our side, for the log; never sent */
    bool is_done;                 /* response is final */
    struct api_response response;
};

/* Whether it is answered in JSON. What no route matches is: there is no service whose XML it could
 * be. */
static inline bool api_request_is_json(const struct api_request *r)
{
    return r->service == NULL || r->service->protocol != API_PROTOCOL_QUERY;
}

/* Whether the second step changes state: it must then run alone. */
static inline bool api_request_is_write(const struct api_request *r)
{
    return r->call.op != NULL && r->call.op->rule->txn == API_TXN_WRITE;
}
