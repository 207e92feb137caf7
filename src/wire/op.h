/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services and operations as const tables, generated from api/: their names on the wire and the
 * shapes of their inputs and outputs.
 */
#pragma once

#include "wire/fault.h"
#include "wire/shape.h"

enum api_protocol { API_PROTOCOL_QUERY, API_PROTOCOL_JSON_1_1, API_PROTOCOL_REST_JSON };

/* How an operation is authorized and run, and who is refused: dispatch/rule.h. */
struct api_rule;
struct api_refusal;
struct api_service;

struct api_op {
    struct iam_str name; /* "CreateUser" */
    const struct api_service *service;
    const struct api_shape *input;  /* structure; never NULL (may have no members) */
    const struct api_shape *output; /* structure, or NULL: no Result element */
    const struct iam_str *errors;   /* wire codes that the definition declares, sorted */
    size_t error_count;
    struct iam_str http_method; /* REST-JSON */
    struct iam_str http_path;   /* REST-JSON: "/analyzer/{analyzerName}" */
    int http_status;            /* on success: 200 unless the definition says otherwise */
    int http_max_age;           /* seconds that anybody may keep a success; 0: nobody may */
    const struct api_rule *rule;
};

struct api_service {
    struct iam_str name;         /* "iam": directory under api/ */
    struct iam_str signing_name; /* in the credential scope */
    struct iam_str version;      /* "2010-05-08" */
    struct iam_str xml_namespace;
    struct iam_str target_prefix; /* JSON 1.1: "AWSOrganizationsV20161128" */
    enum api_protocol protocol;
    bool is_fallback; /* Query: answers requests that name neither a version nor a service */
    bool is_global; /* its requests are made in env->region, whatever region they are signed for */
    bool quotes_values; /* validation messages repeat the values that break a constraint */
    bool
        explains_signatures; /* a wrong signature is answered with the text that was to be signed */
    enum api_error invalid_input;       /* for tags and paths that no client may choose */
    const struct api_refusal *refusals; /* what all its operations refuse, first of all */
    size_t refusal_count;
    const struct api_op *ops; /* sorted by name */
    size_t op_count;
    const struct iam_str *not_yet; /* operations of AWS that are not built, sorted by name */
    size_t not_yet_count;
};

/* The services that a server answers. */
struct api_catalog {
    const struct api_service *const *services;
    size_t count;
};

/* The services defined in api/; generated. */
extern const struct api_catalog api_catalog;

/* Returns the operation with exactly that name, or NULL. */
const struct api_op *api_op_find(const struct api_service *service, struct iam_str name);
/* Tells whether AWS has an operation with exactly that name that is not built here. */
bool api_op_is_not_yet(const struct api_service *service, struct iam_str name);
/*
 * Returns the REST-JSON operation whose method and path template match, or NULL. path is as sent:
 * percent-encoded, without the query.
 */
const struct api_op *api_op_route(const struct api_service *service, struct iam_str method,
                                  struct iam_str path);
