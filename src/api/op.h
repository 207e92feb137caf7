/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services and operations as const tables, generated from api/. The dispatcher finds the row,
 * decodes, validates, authorizes as the row says, runs the handler and encodes the result.
 */
#pragma once

#include "api/shape.h"

struct iam_call;

enum api_protocol { API_PROTOCOL_QUERY, API_PROTOCOL_JSON_1_1, API_PROTOCOL_REST_JSON };

/* How a request to an operation is permitted. There is no default: the generator refuses a
 * definition without one. */
enum api_access {
    API_ACCESS_NONE = 0,      /* not a valid row; the dispatcher denies */
    API_ACCESS_PUBLIC,        /* no authentication, no state is changed (metadata documents) */
    API_ACCESS_EVIDENCE,      /* unsigned; the handler verifies the evidence in the request
                                 (AssumeRoleWith...) */
    API_ACCESS_AUTHENTICATED, /* any authenticated caller, no policy can deny (GetCallerIdentity) */
    API_ACCESS_POLICY,        /* the caller's policies must allow action on resource */
    API_ACCESS_TRUST /* sts:AssumeRole: the handler's resolver brings the role's trust policy as
                        resource policy */
};

enum api_txn { API_TXN_NONE, API_TXN_READ, API_TXN_WRITE };

/* What the resource of a request is; resolved in api/resource.c. */
enum api_resource {
    API_RESOURCE_NONE, /* "*" */
    API_RESOURCE_USER, /* member names a user; absent: the caller's own user */
    API_RESOURCE_GROUP,
    API_RESOURCE_ROLE,
    API_RESOURCE_POLICY,   /* member is a policy ARN */
    API_RESOURCE_NEW_USER, /* made from the Path and name members of the input */
    API_RESOURCE_NEW_GROUP,
    API_RESOURCE_NEW_ROLE,
    API_RESOURCE_NEW_POLICY,
    API_RESOURCE_ROLE_ARN,         /* member is a role ARN (AssumeRole) */
    API_RESOURCE_ACCESS_KEY_OWNER, /* member is an access key ID; the resource is its user */
    API_RESOURCE_ACCOUNT /* the arn:aws:iamd::<account>:... of the authorization endpoint */
};

/* Condition keys that an operation's authorization carries besides the global ones; bits. */
enum api_context_key {
    API_KEY_REQUEST_TAGS = 1u << 0,         /* aws:RequestTag/x and aws:TagKeys from Tags */
    API_KEY_TAG_KEYS = 1u << 1,             /* aws:TagKeys from TagKeys (untagging) */
    API_KEY_POLICY_ARN = 1u << 2,           /* iam:PolicyARN from PolicyArn */
    API_KEY_BOUNDARY_OF_REQUEST = 1u << 3,  /* iam:PermissionsBoundary from PermissionsBoundary */
    API_KEY_BOUNDARY_OF_RESOURCE = 1u << 4, /* iam:PermissionsBoundary from the user or role */
    API_KEY_RESOURCE_TAGS =
        1u << 5 /* aws:ResourceTag/x and iam:ResourceTag/x from the user, role or policy */
};

typedef enum iam_status api_handler_fn(struct iam_call *call, const void *in, void *out);

struct api_service;

struct api_op {
    struct iam_str name; /* "CreateUser" */
    const struct api_service *service;
    const struct api_shape *input;  /* structure; never NULL (may have no members) */
    const struct api_shape *output; /* structure, or NULL: no Result element */
    enum api_access access;
    enum api_txn txn;
    bool is_read_only; /* access level Read or List: CloudTrail's readOnly */
    struct iam_str
        action; /* "iam:CreateUser"; empty unless API_ACCESS_POLICY or API_ACCESS_TRUST */
    enum api_resource resource;
    const struct api_member *resource_member; /* of input, or NULL */
    const struct api_member *path_member;     /* for API_RESOURCE_NEW_*: the Path member, or NULL */
    uint32_t context_keys;
    const struct iam_str *errors; /* wire codes that the definition declares, sorted */
    size_t error_count;
    struct iam_str http_method; /* REST-JSON */
    struct iam_str http_path;   /* REST-JSON: "/analyzer/{analyzerName}" */
    int http_status;            /* on success: 200 unless the definition says otherwise */
    api_handler_fn *handler;    /* generated adapter around the typed handler; never NULL */
};

struct api_service {
    struct iam_str name;         /* "iam": directory under api/ */
    struct iam_str signing_name; /* in the credential scope */
    struct iam_str version;      /* "2010-05-08" */
    struct iam_str xml_namespace;
    struct iam_str target_prefix; /* JSON 1.1: "AWSOrganizationsV20161128" */
    enum api_protocol protocol;
    const struct api_op *ops; /* sorted by name */
    size_t op_count;
};

/* All services, generated. */
extern const struct api_service *const api_services[];
extern const size_t api_service_count;

/* The operation with exactly that name, or NULL. */
const struct api_op *api_op_find(const struct api_service *service, struct iam_str name);
/* The REST-JSON operation whose method and path template match, or NULL. path is as sent:
 * percent-encoded, without the query. */
const struct api_op *api_op_route(const struct api_service *service, struct iam_str method,
                                  struct iam_str path);
