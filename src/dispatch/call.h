/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of an operation: what the dispatcher established before the handler runs, and what the
 * handler needs. A handler holds domain logic only: the caller is authenticated, the input decoded
 * and validated, the action authorized, the transaction open.
 */
#pragma once

#include "directory/directory.h"
#include "dispatch/outside.h"
#include "dispatch/rule.h"
#include "dispatch/subject.h"
#include "dispatch/work.h"
#include "keeper/keeper.h"
#include "model/entity.h"
#include "model/identity.h"
#include "model/quota.h"
#include "store/store.h"
#include "store/tag.h"
#include "wire/fault.h"

/* That a principal asked to do something, whether or not it may. */
struct api_service_use {
    struct iam_str principal_id; /* of the user or role; the account ID of a root user */
    struct iam_str service;      /* the namespace of the action, in any case */
    struct iam_str action;       /* the rest of it, in any case */
    struct iam_str region;       /* absent: what the context says of it */
    const struct iam_context_entry *context;
    size_t context_count;
};

/* The parts of the server, the same for every call. Immutable after start. */
struct api_env {
    const struct api_catalog *catalog; /* the services that the server offers */
    struct iam_store *store;
    struct iam_keeper *keeper;
    struct iam_directory *directory;
    struct iam_catalogue *catalogue; /* of AWS's policies; NULL: there are none */
    const struct iam_quotas *quotas; /* in force */
    struct iam_str region;           /* aws:RequestedRegion for the global services: "us-east-1" */
    struct iam_str base_url;  /* where clients reach the server: never taken from a request */
    int64_t (*now_ms)(void);  /* the wall clock: what is recorded and shown */
    int64_t (*high_ms)(void); /* the highest time, not before it: what expires and what begins */
    /* Records that a key, and so its principal, was used; never fails the request. May be NULL. */
    void (*note_use)(void *ctx, const struct iam_identity *caller, struct iam_str service,
                     struct iam_str region, int64_t now_ms);
    void *note_use_ctx;
    /* Records which service was used; likewise. */
    void (*note_service)(void *ctx, const struct api_service_use *use, int64_t now_ms);
    void *note_service_ctx;
    const struct api_outside *outside; /* NULL: nothing can be asked of anybody */
};

/* What the transport knows about the request, for condition keys and the audit record. */
struct api_origin {
    struct iam_str source_ip;
    struct iam_str user_agent; /* absent: no header */
    struct iam_str referer;
    bool is_tls;
};

/* LIMIT: facts about one resource. */
#define API_MAX_FACTS 4

/* What a resolver finds out about a resource, under the name that definitions use. */
struct api_fact_text {
    struct iam_str name;
    struct iam_str text;          /* absent: the resource has none */
    const struct iam_str *values; /* of a key that has several; NULL: text is all */
    size_t count;
};

/* A resource that a permission is about, as its resolver found it. */
struct api_target {
    struct iam_str arn;          /* never empty; "*" without a resource */
    struct iam_str account;      /* its owner */
    struct iam_entity_ref ref;   /* kind 0: there is no such entity */
    const void *entity;          /* the struct of the kind, in the arena; NULL: no such entity */
    const struct iam_view *view; /* of a role that is assumed, held by the call; or NULL */
    struct api_fact_text facts[API_MAX_FACTS]; /* that condition keys come from; unused: zero */
    struct iam_tag_list tags;                  /* read when a condition key needs them */
    bool has_tags;
    bool is_moot;  /* of a further permission: it is not needed */
    bool has_more; /* likewise: it is needed once more, and resolved again */
};

struct iam_call {
    const struct api_env *env;
    struct iam_arena *arena; /* of the request: everything a handler makes */
    const struct api_op *op;
    const void *input; /* of op's input shape, decoded and validated; NULL before that */
    struct iam_str request_id;
    int64_t now_ms;  /* of the wall clock */
    int64_t high_ms; /* the highest time */
    struct api_origin origin;
    const struct iam_identity *caller; /* kind IAM_KIND_NONE for public operations */
    struct api_subject subject;        /* the caller as decisions see it; zero for IAM_KIND_NONE */
    const struct api_evidence *evidence; /* that proves the caller, see evidence.h; or NULL */
    struct iam_txn *txn;                 /* open as the rule says; NULL for API_TXN_NONE */
    struct api_target target;
    struct api_work work;
    struct api_wait wait;   /* for what comes from outside of the server */
    const void *examined;   /* what the verifier of evidence found out once and for all; or NULL */
    const void *prepared;   /* what the operation's preparation left for its handler, or NULL */
    struct api_fault fault; /* what the client will be told if the call fails */
    /* What else is known about a failure: for the audit record and the log, never for the client.
     */
    struct iam_str explanation;
};

/*
 * Records what the client will be told and returns IAM_FAULT, for "return api_fail(...)". The
 * message is AWS's own where it is known; it never contains a secret. Otherwise like api_fault_fmt.
 */
enum iam_status api_fail(struct iam_call *call, enum api_error error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Reports that a look-up in the directory failed with st: whether the entity exists is not known,
 * so the client should try again later. st must not be IAM_OK or IAM_NOT_FOUND. Returns IAM_FAULT,
 * but IAM_NOMEM if that is what st is.
 */
enum iam_status api_fail_look_up(struct iam_call *call, enum iam_status st);

/*
 * Returns the entity that the call's first permission is about; NULL when it is not of that kind or
 * does not exist.
 */
static inline const void *api_target_entity(const struct iam_call *call, enum iam_kind kind)
{
    return call->target.ref.kind == kind ? call->target.entity : NULL;
}

/* Ends the transaction of a preparation, which no longer holds up others. */
static inline void api_end_reading(struct iam_call *call)
{
    iam_txn_rollback(call->txn);
    call->txn = NULL;
}

/* ---- helpers of the handlers -------------------------------------------------------------------
 */

/* Returns the caller's account, in which IAM operations act. */
static inline struct iam_str api_account(const struct iam_call *call)
{
    return call->caller->account;
}

/* Returns the value of a quota. */
static inline int64_t api_quota(const struct iam_call *call, enum iam_quota quota)
{
    return call->env->quotas->values[quota];
}

/*
 * Turns the Marker and MaxItems members into a page of the store (default: 100 items). A Marker
 * that was not made here for this operation, this account and the same input (other than Marker and
 * MaxItems) is a ValidationError. The rows are charged to the call's work; the page is shorter when
 * that is not left. api_page_close sets IsTruncated and, if the list is truncated, the Marker that
 * continues it: at most 320 characters, made from the store's next, which has at most 223 bytes
 * (IAM_LIMIT). Where running out of work means "not here", a page that was made shorter is not
 * answered: IAM_LIMIT, with the work out.
 */
enum iam_status api_page_open(struct iam_call *call, struct iam_str marker,
                              struct api_opt_int max_items, struct iam_page *ret) IAM_MUST_USE;
enum iam_status api_page_close(struct iam_call *call, bool is_truncated, struct iam_str next,
                               struct api_opt_bool *ret_is_truncated,
                               struct iam_str *ret_marker) IAM_MUST_USE;

/*
 * Does the same for a list that is made of the input, one item after the other: a page begins with
 * item *ret_from and has at most *ret_limit items. Its Marker continues the list of whatever input
 * of the operation and the account. The work of the items is the handler's to charge; next is the
 * first item of the next page.
 */
enum iam_status api_page_open_made(struct iam_call *call, struct iam_str marker,
                                   struct api_opt_int max_items, size_t *ret_from,
                                   size_t *ret_limit) IAM_MUST_USE;
enum iam_status api_page_close_made(struct iam_call *call, bool is_truncated, size_t next,
                                    struct api_opt_bool *ret_is_truncated,
                                    struct iam_str *ret_marker) IAM_MUST_USE;

/*
 * Checks a document as IAM does on write: grammar and content for its kind
 * (MalformedPolicyDocument with AWS's sentence; the call's explanation says where and why) and its
 * size in characters other than white space against max_chars (LimitExceeded "Cannot exceed quota
 * for PolicySize: ..."; SIZE_MAX: the caller has already checked the size).
 */
enum iam_status api_check_document(struct iam_call *call, enum iam_policy_kind kind,
                                   struct iam_str document, size_t max_chars) IAM_MUST_USE;
/*
 * Parses a document and checks it like api_check_document, but not its size. The caller owns *ret
 * and must drop it before the arena is freed.
 */
enum iam_status api_read_document(struct iam_call *call, enum iam_policy_kind kind,
                                  struct iam_str document, struct iam_policy **ret) IAM_MUST_USE;
/*
 * Tells whether a document with this many characters, as iam_quota_document_chars counts them, and
 * this many bytes exceeds a quota of max characters.
 */
bool api_is_over_size(size_t chars, size_t bytes, size_t max);
/* Encodes the document with percent escapes (RFC 3986), as IAM returns it. */
enum iam_status api_encode_document(struct iam_call *call, struct iam_str document,
                                    struct iam_str *ret) IAM_MUST_USE;

static inline struct api_opt_time api_time(int64_t ms)
{
    return (struct api_opt_time){ .is_set = true, .ms = ms };
}

/* Returns a time that is shown with its milliseconds. */
static inline struct api_opt_time api_time_exact(int64_t ms)
{
    return (struct api_opt_time){ .is_set = true, .is_exact = true, .ms = ms };
}

static inline struct api_opt_int api_int(int64_t value)
{
    return (struct api_opt_int){ .is_set = true, .value = value };
}

static inline struct api_opt_bool api_bool(bool value)
{
    return (struct api_opt_bool){ .is_set = true, .value = value };
}
