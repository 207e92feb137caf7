/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is calling: AWS Signature Version 4 with the Authorization header or a presigned query, and
 * the session tokens that go with temporary keys. No HTTP types, no clock, no store: the caller
 * passes the parts of the request, the instant, and callbacks that look keys and roles up.
 *
 * INVARIANT: no flag skips any of it. A request is either verified in full, or denied with AWS's
 * own code and message.
 * SPEC: IAM User Guide, "AWS Signature Version 4 for API requests".
 */
#pragma once

#include "base/arena.h"
#include "keeper/keeper.h"
#include "model/identity.h"

struct iam_authn_header {
    struct iam_str name; /* any case */
    struct iam_str value;
};

/* A request as it came over the wire. Everything must live as long as the result is used. */
struct iam_authn_request {
    struct iam_str method;
    struct iam_str path;  /* up to '?', as sent, still percent-encoded; starts with '/' */
    struct iam_str query; /* after '?', as sent; absent without one */
    const struct iam_authn_header *headers;
    size_t header_count;
    struct iam_str body;    /* the complete body */
    struct iam_str service; /* signing name of the service that is addressed: "iam" */
    int64_t now_ms;         /* the time that signatures and sessions are judged by */
};

/* What the directory knows of a long-term access key. Slices live as long as the given arena. */
struct iam_key_record {
    struct iam_str account;
    enum iam_kind kind; /* IAM_KIND_ACCOUNT or IAM_KIND_USER */
    struct iam_str principal_id;
    bool is_active;
    struct iam_str sealed_secret; /* by iam_keeper_make_secret for this ID */
};

/*
 * Finds an access key ID (1..128 bytes of letters, digits and '_'). IAM_OK, IAM_NOT_FOUND, or a
 * failure, which denies.
 */
struct iam_key_source {
    enum iam_status (*find)(void *ctx, struct iam_str access_key_id, struct iam_arena *arena,
                            struct iam_key_record *ret);
    void *ctx;
};

/*
 * Tells whether all that a session stems from still is there: the principal that issued it, in its
 * account, the access key that asked for it, and the identity provider that vouched. A session of a
 * deleted role or user, of a key that is gone or inactive, is no longer valid. IAM_OK: it is;
 * IAM_NOT_FOUND; or a failure, which denies. arena is for what is read.
 */
struct iam_origin_source {
    enum iam_status (*find)(void *ctx, const struct iam_session *session, struct iam_arena *arena);
    void *ctx;
};

/* What verification needs besides the request. Shared by all threads. */
struct iam_authn {
    struct iam_keeper *keeper;
    struct iam_key_source keys;
    struct iam_origin_source origins;
};

enum iam_authn_error {
    IAM_AUTHN_MISSING_TOKEN,        /* MissingAuthenticationToken */
    IAM_AUTHN_INCOMPLETE_SIGNATURE, /* IncompleteSignature */
    IAM_AUTHN_INVALID_TOKEN,        /* InvalidClientTokenId */
    IAM_AUTHN_SIGNATURE_MISMATCH,   /* SignatureDoesNotMatch */
    IAM_AUTHN_EXPIRED_TOKEN,        /* ExpiredToken */
    IAM_AUTHN_REQUEST_EXPIRED,      /* RequestExpired */
    IAM_AUTHN_ERROR_COUNT
};

/* Why a request was denied. Both texts are static or in the arena. */
struct iam_authn_failure {
    enum iam_authn_error error;
    struct iam_str message;       /* for the client; may quote the request */
    struct iam_str short_message; /* for logs and audit records: nothing of the request but times */
    struct iam_str
        access_key_id; /* that was named: checked for strange bytes, not verified; or absent */
};

struct iam_authn_result {
    struct iam_identity identity;
    struct iam_str path; /* to route by: what was signed, dot segments and empty segments removed,
                            still percent-encoded */
    bool is_presigned;
};

/*
 * Tells whether the request carries anything of a signature: an Authorization header or one of the
 * query parameters of a presigned request. An operation that takes unsigned requests must not serve
 * one that is signed without verifying it.
 */
bool iam_authn_is_signed(const struct iam_authn_request *request);

/*
 * Returns the value of the only header of that name (any case); absent when there is none or more
 * than one, which *ret_count tells apart. Borrows the request.
 */
struct iam_str iam_authn_header(const struct iam_authn_request *request, struct iam_str name,
                                size_t *ret_count);

/*
 * Returns the service that the request claims to be signed for, not verified, to choose by where
 * nothing else tells; absent when there is none. Borrows the request.
 */
struct iam_str iam_authn_claimed_service(const struct iam_authn_request *request);

/*
 * Verifies a request. IAM_OK: *ret is the caller. IAM_DENIED: *ret_failure says why. IAM_NOMEM,
 * IAM_LIMIT (the arena's cap), IAM_IO, IAM_CORRUPT (a stored secret does not open): our own
 * failure; the request is denied too. Memory comes from arena, which must outlive both results.
 * service must be set.
 */
enum iam_status iam_authn_verify(const struct iam_authn *authn,
                                 const struct iam_authn_request *request, struct iam_arena *arena,
                                 struct iam_authn_result *ret,
                                 struct iam_authn_failure *ret_failure) IAM_MUST_USE;

/*
 * Returns AWS's sentence about a key or a session token that is none. Static.
 * SPEC: recorded on AWS: a request with a session token is answered without the full stop.
 */
struct iam_str iam_authn_says_invalid(bool has_token);
