/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must be decided before the handler of an operation runs, as const data that tools/apigen.py
 * writes from "authorize" in api/. The dispatcher decides all of it: handlers do not check
 * permissions.
 */
#pragma once

#include "iam/policy.h"
#include "wire/fault.h"
#include "wire/op.h"

struct iam_call;
struct api_target;

/* How a request to an operation is permitted. There is no default: the generator refuses a
 * definition without one. */
enum api_access {
    API_ACCESS_NONE = 0, /* not a valid row; the dispatcher denies */
    API_ACCESS_PUBLIC,   /* no authentication and no change of state (metadata documents) */
    API_ACCESS_EVIDENCE, /* unsigned; the rule's verifier finds the caller in the evidence in the
                            input, and the permissions are checked as for TRUST */
    API_ACCESS_AUTHENTICATED, /* any authenticated caller, no policy can deny (GetCallerIdentity) */
    API_ACCESS_UNDENIED, /* any authenticated caller whom no policy denies it: one that does not
                            allow it is none (GetSessionToken) */
    API_ACCESS_POLICY,   /* the caller's policies must allow every permission of the rule */
    API_ACCESS_TRUST     /* the trust policy of the resource, a role, must allow as well */
};

enum api_txn { API_TXN_NONE, API_TXN_READ, API_TXN_WRITE };

typedef enum iam_status api_handler_fn(struct iam_call *call, const void *in, void *out);

/* The values of the input members that name a resource; absent when not given. */
struct api_reference {
    struct iam_str name;    /* a name, an ARN or an ID, as the resolver takes it */
    struct iam_str path;    /* or a prefix of paths */
    struct iam_str current; /* what is called so now, when name is what it will be called */
    size_t round;           /* how often the permission was asked in this call */
};

/*
 * Finds the resource that ref names, in call->txn. On entry ret has the ARN "*" and the caller's
 * account. A resource that does not exist gets the ARN that it would have, so that it is denied
 * like any other, or the caller is told that it does not exist. IAM_FAULT: the reference is
 * malformed and the call carries the fault.
 * Of a further permission it may also say that it is not needed (is_moot), or that it is needed
 * once more, about another resource or with other facts (has_more): a resolver that says so ends
 * by itself.
 */
typedef enum iam_status api_resolve_fn(struct iam_call *call, const void *in,
                                       const struct api_reference *ref, struct api_target *ret);

/*
 * Establishes who sent an unsigned request from the evidence in its input (a token, an assertion)
 * with api_evidence_accept, in call->txn. IAM_FAULT: the call carries the fault. Anything but
 * IAM_OK denies. A write is judged before it waits, and again in its transaction: what takes long
 * is done the first time only, charged to call->work and left in call->examined; the second time
 * looks at what may have changed since.
 */
typedef enum iam_status api_verify_fn(struct iam_call *call, const void *in);

/*
 * Does what takes too long for the transaction of a write, such as hashing a password: runs before
 * the request is queued for it, for a caller who was authorized in call->txn, which reads. Ends
 * call->txn (api_end_reading) before anything slow, and leaves its result in call->prepared. The
 * request is authorized again when it runs. IAM_FAULT: the call carries the fault.
 */
typedef enum iam_status api_prepare_fn(struct iam_call *call, const void *in);

/*
 * Tells whether the account grants the permission that was just denied for want of a policy, as its
 * own rules say: what AWS "applies at the account level". It counts as an identity policy that
 * allows the action; denies, the boundary and session policies bind as ever. Reads call->txn and
 * call->target. Anything but IAM_OK denies.
 */
typedef enum iam_status api_grant_fn(struct iam_call *call, bool *ret);

enum api_key_from {
    API_KEY_FROM_TEXT,     /* a string member */
    API_KEY_FROM_NUMBER,   /* an integer member */
    API_KEY_FROM_TEXTS,    /* a list of strings: a key with several values */
    API_KEY_FROM_TAGS,     /* a list of tags: key is the prefix of each tag's key */
    API_KEY_FROM_TAG_KEYS, /* the keys of a list of tags, as values */
    API_KEY_FROM_CONSTANT,
    API_KEY_FROM_CONSTANT_LIST,  /* of a key that has several values: one */
    API_KEY_FROM_MAP,            /* like _TAGS, from a map */
    API_KEY_FROM_MAP_KEYS,       /* like _TAG_KEYS, from a map */
    API_KEY_FROM_MAP_NAMESPACES, /* what is before the first slash of the keys of a map */
    API_KEY_FROM_RESOURCE_TAGS,  /* key is a prefix */
    API_KEY_FROM_RESOURCE_TAG_KEYS,
    API_KEY_FROM_EVIDENCE_TAGS, /* like _TAGS, from what the evidence says of the session */
    API_KEY_FROM_EVIDENCE_TAG_KEYS,
    API_KEY_FROM_EVIDENCE_TRANSITIVE_KEYS,
    API_KEY_FROM_EVIDENCE_SOURCE_IDENTITY,
    API_KEY_FROM_RESOURCE_FACT /* value is the name of a fact that the resolver finds */
};

/* One condition key besides the global ones. It is left out when its member is not given. */
struct api_key_source {
    struct iam_str key;
    enum api_key_from from;
    const struct api_member *member; /* of the input; NULL for a key from elsewhere */
    struct iam_str value;            /* API_KEY_FROM_CONSTANT, _CONSTANT_LIST, _RESOURCE_FACT */
};

/* Facts of the calling session, and of the evidence of an unsigned request. */
enum api_fact {
    API_FACT_NONE,
    API_FACT_TRANSITIVE_TAGS, /* it passes tags on to the sessions made from it */
    API_FACT_SOURCE_IDENTITY,
    API_FACT_EVIDENCE_TAGS, /* it gives the session tags */
    API_FACT_EVIDENCE_SOURCE_IDENTITY
};

/* Holds when the member is given, with that entry if there is a key, or the caller has the fact. */
struct api_condition {
    const struct api_member *member; /* or NULL */
    enum api_fact fact;
    struct iam_str key;   /* of a map of strings; or absent */
    struct iam_str value; /* that the key must have */
};

/* What a part of the text of a denial is. */
enum api_denial_from {
    API_DENIAL_TEXT,
    API_DENIAL_MEMBER,        /* as the request spells it */
    API_DENIAL_RESOURCE,      /* the ARN that was decided on */
    API_DENIAL_RESOURCE_NAME, /* what is after its last slash */
    API_DENIAL_CALLER,        /* the caller's ARN */
    API_DENIAL_CALLER_NAME,   /* the name of a user, the ARN of any other caller */
    API_DENIAL_ACTION
};

struct api_denial_part {
    enum api_denial_from from;
    struct iam_str text;             /* API_DENIAL_TEXT */
    const struct api_member *member; /* API_DENIAL_MEMBER: a string of the input */
};

struct api_denial_text {
    const struct api_denial_part *parts;
    size_t part_count;
};

/* The sentence says why, whatever the reason. Other values: a bit for each kind of policy. */
#define API_DENIAL_EVERY_REASON UINT32_MAX

/* What the client is told when a permission is denied. */
struct api_denial {
    const struct api_denial_text *texts; /* the first whose members are all given is used */
    size_t text_count;
    enum api_error error;
    bool is_sentence; /* the text is all that is said, not what the usual sentence calls the
                         resource; there an empty text names none */
    uint32_t reasons; /* which explicit denials the usual sentence tells */
};

/* A permission that the caller must have. */
struct api_permission {
    struct iam_str action;         /* "iam:CreateUser" */
    api_resolve_fn *resolve;       /* NULL: "*" for the first permission, its resource for others */
    const struct api_member *name; /* of the input, or NULL */
    const struct api_member *path;
    const struct api_member *current;
    struct api_denial denial;
    api_grant_fn *grant; /* NULL: only policies allow it */
    const struct api_key_source *keys;
    size_t key_count;
    const struct api_condition *when; /* needed if one of them holds; none: always */
    size_t when_count;
};

/* Kinds of credentials, as bits. */
enum api_caller {
    API_CALLER_ROOT = 1 << 0, /* of the root user, sessions of it included */
    API_CALLER_LONG_TERM = 1 << 1,
    API_CALLER_SESSION = 1 << 2, /* any temporary credentials */
    API_CALLER_USER_SESSION = 1 << 3,
    API_CALLER_USER_SESSION_WITHOUT_MFA = 1 << 4,
    API_CALLER_FEDERATED_USER = 1 << 5,
    API_CALLER_ROLE_SESSION = 1 << 6
};

/* What callers with one of these kinds of credentials are told, whatever the policies say. */
struct api_refusal {
    uint32_t callers; /* bits of enum api_caller */
    enum api_error error;
    struct iam_str message;
};

struct api_rule {
    enum api_access access;
    enum api_txn txn;
    bool creates;                             /* makes something new: waits on a full disk */
    bool has_secret;                          /* input or output has a sensitive member */
    bool has_free_tag_keys;                   /* of the input: what AWS reserves is permitted */
    bool is_read_only;                        /* access level Read or List: CloudTrail's readOnly */
    const struct api_permission *permissions; /* API_ACCESS_UNDENIED and those after it: at least
                                                 one */
    size_t permission_count;
    const struct api_refusal *refusals; /* the first that fits is told */
    size_t refusal_count;
    /* Of the input: what brings a second factor, checked before anything is decided, which it then
     * is part of. NULL: nothing does. With a code the operation writes: it is used up. */
    const struct api_member *serial;
    const struct api_member *code;
    api_verify_fn *verify;   /* API_ACCESS_EVIDENCE */
    api_prepare_fn *prepare; /* of a write; NULL: nothing takes long */
    api_handler_fn *handler; /* generated adapter around the typed handler; never NULL */
};
