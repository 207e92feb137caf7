/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/route.h"

#include "model/version.h"

/* LIMIT: parameters of one Query request; the largest real input (a role with 50 tags) has about
 * 110. */
#define MAX_PARAMETERS 4096

/* ---- REST-JSON ---- */

static const struct api_op *find_rest(const struct api_catalog *catalog, struct iam_str method,
                                      struct iam_str path, const struct api_service **ret_service)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct api_service *service = catalog->services[i];
        const struct api_op *op = service->protocol == API_PROTOCOL_REST_JSON
                                      ? api_op_route(service, method, path)
                                      : NULL;
        if (op != NULL) {
            *ret_service = service;
            return op;
        }
    }
    return NULL;
}

/* ---- Query ---- */

static const struct api_service *query_service_by(const struct api_catalog *catalog,
                                                  struct iam_str value, bool by_version)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct api_service *service = catalog->services[i];
        struct iam_str have = by_version ? service->version : service->signing_name;
        if (service->protocol == API_PROTOCOL_QUERY && iam_str_eq(have, value)) {
            return service;
        }
    }
    return NULL;
}

/*
 * Tells whether a parameter belongs to the signature of a presigned URL rather than to the
 * operation.
 */
static bool is_signature_parameter(struct iam_str name)
{
    return iam_str_starts_nocase(name, IAM_STR("X-Amz-"));
}

static bool is_form(struct iam_str content_type)
{
    struct iam_str type =
        iam_str_trim(iam_str_sub(content_type, 0, iam_str_find(content_type, ';', 0)));
    return iam_str_eq_nocase(type, IAM_STR("application/x-www-form-urlencoded"));
}

/*
 * Returns the service for Query requests that name none; the generator makes sure that there is
 * one.
 */
static const struct api_service *fallback_service(const struct api_catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        if (catalog->services[i]->is_fallback) {
            return catalog->services[i];
        }
    }
    return NULL;
}

/* Merges the parameters of query string and body into one form, without those of the signature. */
static enum iam_status merge(struct iam_arena *arena, const struct iam_form *query,
                             const struct iam_form *body, struct iam_form *ret)
{
    struct iam_form all = { .pairs = iam_arena_zalloc(arena, query->count + body->count + 1,
                                                      sizeof(struct iam_form_pair)) };
    IAM_ENSURE(all.pairs != NULL, IAM_NOMEM);
    for (size_t i = 0; i < query->count; i++) {
        if (is_signature_parameter(query->pairs[i].name)) {
            continue;
        }
        /* The same name in both places would be two parameters with one name (S05, S19). */
        IAM_ENSURE(!iam_str_is_set(iam_form_get(body, query->pairs[i].name)), IAM_SYNTAX);
        all.pairs[all.count++] = query->pairs[i];
    }
    for (size_t i = 0; i < body->count; i++) {
        all.pairs[all.count++] = body->pairs[i];
    }
    *ret = all;
    return IAM_OK;
}

static enum iam_status read_parameters(const struct iam_authn_request *request,
                                       struct iam_arena *arena, struct iam_form *ret,
                                       struct api_fault *fault)
{
    struct iam_form query = { 0 };
    struct iam_form body = { 0 };
    size_t count;
    struct iam_str content_type = iam_authn_header(request, IAM_STR("content-type"), &count);
    bool is_post = iam_str_eq(request->method, IAM_STR("POST"));

    if (count > 1) {
        return api_fault_text(fault, API_ERR_MALFORMED_INPUT,
                              IAM_STR("There is more than one Content-Type header."));
    }
    if (is_post && request->body.len > 0 && !is_form(content_type)) {
        return api_fault_text(
            fault, API_ERR_UNSUPPORTED_MEDIA_TYPE,
            IAM_STR("The Content-Type must be application/x-www-form-urlencoded."));
    }
    if (!is_post && request->body.len > 0) {
        return api_fault_text(fault, API_ERR_MALFORMED_INPUT,
                              IAM_STR("A GET request must not have a body."));
    }
    enum iam_status st = iam_form_read(arena, request->query, MAX_PARAMETERS, &query);
    if (st == IAM_OK) {
        st = iam_form_read(arena, request->body, MAX_PARAMETERS, &body);
    }
    if (st == IAM_OK) {
        st = merge(arena, &query, &body, ret);
    }
    if (st == IAM_SYNTAX) {
        return api_fault_text(
            fault, API_ERR_MALFORMED_QUERY_STRING,
            IAM_STR("The parameters are not well-formed, or one is given twice."));
    }
    if (st == IAM_LIMIT) {
        return api_fault_text(fault, API_ERR_MALFORMED_INPUT,
                              IAM_STR("There are too many parameters."));
    }
    return st;
}

/*
 * Finds the service by the API version; if that is unknown, by the service that the request is
 * signed for. A request without a version of its service is refused, but by that service.
 */
static const struct api_service *query_service(const struct api_catalog *catalog,
                                               const struct iam_authn_request *request,
                                               struct iam_str version)
{
    const struct api_service *service = query_service_by(catalog, version, true);
    if (service == NULL) {
        service = query_service_by(catalog, iam_authn_claimed_service(request), false);
    }
    return service != NULL ? service : fallback_service(catalog);
}

static enum iam_status unknown_action(struct iam_arena *arena, struct iam_str action,
                                      struct iam_str version, struct api_fault *fault)
{
    return api_fault_fmt(fault, arena, API_ERR_INVALID_ACTION,
                         "Could not find operation %.*s for version %.*s", API_QUOTED(action),
                         API_QUOTED(version));
}

/* Says of an operation that AWS has and this version does not that this is so. */
static enum iam_status unknown_operation(struct iam_arena *arena, const struct api_service *service,
                                         struct iam_str action, struct iam_str version,
                                         struct api_fault *fault)
{
    if (!iam_str_eq(version, service->version) || !api_op_is_not_yet(service, action)) {
        return unknown_action(arena, action, version, fault);
    }
    return api_fault_fmt(fault, arena, API_ERR_INVALID_ACTION,
                         "iamd " IAMD_VERSION " does not implement %.*s yet", IAM_STR_ARG(action));
}

static enum iam_status route_query(const struct api_catalog *catalog,
                                   const struct iam_authn_request *request, struct iam_arena *arena,
                                   struct api_route *ret, struct api_fault *fault)
{
    ret->service = query_service(catalog, request, iam_str_absent());
    IAM_TRY(read_parameters(request, arena, &ret->form, fault));

    struct iam_str action = iam_form_get(&ret->form, IAM_STR("Action"));
    struct iam_str version = iam_form_get(&ret->form, IAM_STR("Version"));
    ret->service = query_service(catalog, request, version);
    if (action.len == 0) {
        return api_fault_text(fault, API_ERR_MISSING_ACTION, IAM_STR("Missing Action"));
    }
    if (!iam_str_is_set(version)) {
        return unknown_action(arena, action, IAM_STR("NO_VERSION_SPECIFIED"), fault);
    }
    bool is_its = iam_str_eq(version, ret->service->version);
    ret->op = is_its ? api_op_find(ret->service, action) : NULL;
    return ret->op != NULL ? IAM_OK
                           : unknown_operation(arena, ret->service, action, version, fault);
}

enum iam_status api_route(const struct api_catalog *catalog,
                          const struct iam_authn_request *request, struct iam_arena *arena,
                          struct api_route *ret, struct api_fault *fault)
{
    *ret = (struct api_route){ 0 };
    ret->op = find_rest(catalog, request->method, request->path, &ret->service);
    if (ret->op != NULL) {
        return IAM_OK;
    }
    if (!iam_str_eq(request->path, IAM_STR("/"))) {
        return api_fault_text(fault, API_ERR_UNKNOWN_OPERATION_EXCEPTION,
                              IAM_STR("There is no operation at this path."));
    }
    if (!iam_str_eq(request->method, IAM_STR("POST")) &&
        !iam_str_eq(request->method, IAM_STR("GET"))) {
        return api_fault_text(fault, API_ERR_METHOD_NOT_ALLOWED,
                              IAM_STR("The Query API accepts only GET and POST."));
    }
    return route_query(catalog, request, arena, ret, fault);
}
