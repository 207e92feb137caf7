/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/serve.h"

#include "base/cur.h"
#include "dispatch/authorize.h"
#include "dispatch/caller.h"
#include "dispatch/evidence.h"
#include "dispatch/route.h"
#include "wire/codec.h"

/* LIMIT: bytes of an answer; the largest page of the API stays far below it. */
#define MAX_RESPONSE_BYTES (8u << 20)
/* LIMIT: of a JSON body, in addition to the transport's limits. */
#define MAX_JSON_DEPTH 32
#define MAX_JSON_NODES 65536

/* ---- answers ---- */

static struct iam_str content_type(const struct api_request *r)
{
    if (!api_request_is_json(r)) {
        return r->wants_json ? IAM_STR("application/json") : IAM_STR("text/xml");
    }
    bool is_1_1 = r->service != NULL && r->service->protocol == API_PROTOCOL_JSON_1_1;
    return is_1_1 ? IAM_STR("application/x-amz-json-1.1") : IAM_STR("application/json");
}

/* Sets the answer. body may be empty: if the arena has run out, an answer has only a status. */
static void finish(struct api_request *r, int status, struct iam_str body)
{
    r->response =
        (struct api_response){ .status = status, .content_type = content_type(r), .body = body };
    r->is_done = true;
}

static void answer_fault(struct api_request *r)
{
    struct iam_alloc alloc = iam_arena_allocator(r->call.arena);
    struct iam_buf b;
    struct iam_str body = IAM_STR("");

    iam_buf_init(&b, &alloc, MAX_RESPONSE_BYTES);
    if (api_request_is_json(r)) {
        api_encode_json_fault(&b, &r->call.fault);
    } else if (r->wants_json) {
        api_encode_query_json_fault(&b, &r->call.fault, r->call.request_id);
    } else {
        api_encode_query_fault(&b, r->service, &r->call.fault, r->call.request_id);
    }
    if (iam_buf_finish(&b, &body) != IAM_OK) {
        body = IAM_STR("");
    }
    finish(r, api_error_status(r->call.fault.error, api_request_is_json(r)), body);
    r->response.is_throttled = r->call.fault.error == API_ERR_THROTTLING;
}

void api_request_refuse(struct api_request *r, enum api_error error, const char *message)
{
    (void)api_fault_text(&r->call.fault, error, iam_str_c(message));
    answer_fault(r);
}

/* Answers a call that ended with a status rather than a fault. */
static void answer_status(struct api_request *r, enum iam_status st)
{
    r->log_error = iam_str_c(iam_status_text(st));
    if (st == IAM_DENIED) {
        api_request_refuse(r, API_ERR_ACCESS_DENIED, "Access denied.");
        return;
    }
    if (st == IAM_NOMEM) {
        api_request_refuse(r, API_ERR_SERVICE_UNAVAILABLE,
                           "The server has no memory left for this request; try again later.");
        return;
    }
    api_request_refuse(
        r, API_ERR_SERVICE_FAILURE,
        "The request processing has failed because of an unknown error, exception or failure.");
}

static void answer(struct api_request *r, enum iam_status st)
{
    if (st == IAM_FAULT && api_fault_is_set(&r->call.fault)) {
        answer_fault(r);
        return;
    }
    answer_status(r, st);
}

static enum iam_status encode(struct api_request *r, const void *out, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(r->call.arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MAX_RESPONSE_BYTES);
    if (api_request_is_json(r)) {
        api_encode_json(&b, r->call.op->output, out);
    } else if (r->wants_json) {
        api_encode_query_json(&b, r->call.op, out, r->call.request_id);
    } else {
        api_encode_query(&b, r->call.op, out, r->call.request_id);
    }
    return iam_buf_finish(&b, ret);
}

/* ---- first and second step ---- */

/* Reads the body of the JSON protocols; an empty one counts as an empty object. */
static enum iam_status read_json(struct api_request *r, const struct iam_json **ret)
{
    static const struct iam_json_limits limits = { .max_bytes = UINT32_MAX,
                                                   .max_depth = MAX_JSON_DEPTH,
                                                   .max_nodes = MAX_JSON_NODES };
    struct iam_str body = r->wire.body.len > 0 ? r->wire.body : IAM_STR("{}");
    struct iam_diag diag = { 0 };
    enum iam_status st = iam_json_read(r->call.arena, body, &limits, ret, &diag);
    if (st == IAM_SYNTAX || st == IAM_LIMIT) {
        return api_fail(&r->call, API_ERR_SERIALIZATION_EXCEPTION, "%s (line %u, column %u)",
                        diag.message, diag.line, diag.column);
    }
    return st;
}

/* Implements api_rest_input.header. If there are several headers of one name, none is used. */
static struct iam_str find_header(void *ctx, struct iam_str name)
{
    size_t count;
    return iam_authn_header(ctx, name, &count);
}

static enum iam_status decode_by_protocol(struct api_request *r, struct iam_authn_request *request,
                                          const struct iam_form *form, void *input)
{
    struct iam_arena *arena = r->call.arena;
    const struct iam_json *json;
    switch (r->service->protocol) {
    case API_PROTOCOL_QUERY:
        return api_decode_query(arena, form, r->call.op->input, input, &r->call.fault);
    case API_PROTOCOL_JSON_1_1:
        IAM_TRY(read_json(r, &json));
        return api_decode_json(arena, json, r->call.op->input, input, &r->call.fault);
    case API_PROTOCOL_REST_JSON: {
        IAM_TRY(read_json(r, &json));
        struct api_rest_input rest = { .path = request->path,
                                       .query = request->query,
                                       .body = json,
                                       .header = find_header,
                                       .header_ctx = request };
        return api_decode_rest(arena, &rest, r->call.op, input, &r->call.fault);
    }
    }
    return IAM_UNSUPPORTED;
}

static enum iam_status decode(struct api_request *r, struct iam_authn_request *request)
{
    const struct api_shape *shape = r->call.op->input;
    struct iam_arena *arena = r->call.arena;
    void *input = iam_arena_zalloc(arena, 1, shape->c_size);
    IAM_ENSURE(input != NULL, IAM_NOMEM);

    enum iam_status st = decode_by_protocol(r, request, &r->form, input);
    if (st == IAM_OK) {
        st = api_validate(arena, r->service, shape, input, &r->call.fault);
    }
    IAM_TRY(st);
    r->call.input = input;
    return IAM_OK;
}

/*
 * Tells whether an Accept header lists JSON and not XML. AWS was seen to answer so to Query
 * requests to STS.
 */
static bool accepts_json(struct iam_str accept)
{
    struct iam_cur c = iam_cur_of(accept);
    struct iam_str range;
    bool has_json = false;

    while (!iam_cur_at_end(&c)) {
        if (!iam_cur_until(&c, ',', iam_cur_left(&c), &range)) {
            range = iam_cur_rest(&c);
            c.p = c.end;
        }
        range = iam_str_trim(iam_str_sub(range, 0, iam_str_find(range, ';', 0)));
        if (iam_str_eq_nocase(range, IAM_STR("text/xml"))) {
            return false;
        }
        has_json = has_json || iam_str_eq_nocase(range, IAM_STR("application/json"));
    }
    return has_json;
}

static void read_headers(struct api_request *r, const struct iam_authn_request *request)
{
    struct api_origin *o = &r->call.origin;
    size_t count;
    o->source_ip = r->wire.source_ip;
    o->is_tls = r->wire.is_tls;
    /* If there are several such headers, none is used. */
    o->user_agent = iam_authn_header(request, IAM_STR("user-agent"), &count);
    o->referer = iam_authn_header(request, IAM_STR("referer"), &count);
    r->wants_json = accepts_json(iam_authn_header(request, IAM_STR("accept"), &count));
}

static enum iam_status find_caller(struct api_request *r, struct iam_authn_request *request)
{
    struct api_route route;
    enum iam_status routed =
        api_route(r->call.env->catalog, request, r->call.arena, &route, &r->call.fault);
    r->service = route.service;
    r->call.op = route.op;
    r->form = route.form;
    if (routed != IAM_OK && routed != IAM_FAULT) {
        return routed;
    }
    if (route.service == NULL) {
        return IAM_FAULT;
    }
    request->service = route.service->signing_name;
    /*
     * A stranger must not learn whether an operation exists: authentication fails before routing
     * does.
     */
    IAM_TRY(api_caller_authenticate(r, request));
    return routed;
}

/* Answers a request that could not be opened. */
static void answer_unopened(struct api_request *r, enum iam_status st)
{
    if (st == IAM_LIMIT) {
        r->log_error = iam_str_c(iam_status_text(st));
        api_request_refuse(r, API_ERR_REQUEST_ENTITY_TOO_LARGE, "The request is too large.");
    } else if (st != IAM_OK) {
        answer(r, st);
    }
}

/* Returns what authentication sees of the request. */
static struct iam_authn_request authn_request(const struct api_request *r)
{
    const struct api_wire *wire = &r->wire;
    return (struct iam_authn_request){ .method = wire->method,
                                       .path = wire->path,
                                       .query = wire->query,
                                       .headers = wire->headers,
                                       .header_count = wire->header_count,
                                       .body = wire->body,
                                       .now_ms = r->call.high_ms };
}

void api_request_open(struct api_request *r, const struct api_env *env,
                      const struct iam_authn *authn, const struct api_wire *wire,
                      struct iam_arena *arena, struct iam_str request_id)
{
    *r = (struct api_request){ .wire = *wire, .authn = authn };
    r->call.env = env;
    r->call.arena = arena;
    r->call.request_id = request_id;
    r->call.now_ms = env->now_ms();
    r->call.high_ms = env->high_ms();
    r->call.work.left = API_STEPS_MAX;
    struct iam_authn_request request = authn_request(r);
    read_headers(r, &request);
    answer_unopened(r, find_caller(r, &request));
    IAM_ASSERT(r->is_done || r->call.op != NULL);
}

void api_request_read(struct api_request *r)
{
    struct iam_authn_request request = authn_request(r);
    IAM_ASSERT(!r->is_done && r->call.op != NULL);
    answer_unopened(r, decode(r, &request));
    IAM_ASSERT(r->is_done || r->call.input != NULL);
}

/* ---- third step ---- */

/* Copies text; absent when there is no room. */
static struct iam_str copy_text(struct iam_arena *arena, const char *text)
{
    struct iam_str copy;
    return iam_arena_dup(arena, iam_str_c(text), &copy) == IAM_OK ? copy : iam_str_absent();
}

/*
 * Returns the database's own message for the log, if it was the store that failed; otherwise
 * absent.
 */
static struct iam_str store_error(const struct api_request *r, enum iam_status st)
{
    char text[IAM_STORE_ERROR_MAX];
    if (st != IAM_IO && st != IAM_CORRUPT) {
        return iam_str_absent();
    }
    iam_store_error_text(r->call.env->store, text);
    return copy_text(r->call.arena, text);
}

enum iam_status api_request_perform(struct api_request *r)
{
    struct iam_call *call = &r->call;
    IAM_ENSURE(!api_request_needs_preparation(r), IAM_UNSUPPORTED);
    if (call->op->output != NULL) {
        r->made = iam_arena_zalloc(call->arena, 1, call->op->output->c_size);
        IAM_ENSURE(r->made != NULL, IAM_NOMEM);
    }
    IAM_TRY(api_authorize(call, call->input));
    IAM_TRY(call->op->rule->handler(call, call->input, r->made));
    return encode(r, r->made, &r->made_body);
}

/* Says how long an answer may be kept; absent when it may not, or when memory is short. */
static struct iam_str cache_control(struct iam_arena *arena, int max_age)
{
    struct iam_str text;
    return max_age > 0 && iam_arena_fmt(arena, &text, "public, max-age=%d", max_age) == IAM_OK
               ? text
               : iam_str_absent();
}

void api_request_answer(struct api_request *r, enum iam_status st)
{
    struct iam_str detail = store_error(r, st);
    IAM_ASSERT(!r->is_done && r->call.op != NULL && r->call.input != NULL);
    if (st == IAM_OK) {
        r->output = r->made;
        finish(r, r->call.op->http_status, r->made_body);
        r->response.cache_control = cache_control(r->call.arena, r->call.op->http_max_age);
        return;
    }
    answer(r, st);
    if (detail.len > 0) {
        r->log_error = detail;
    }
}

static const char SAYS_UNKNOWN[] =
    "The outcome of the request is unknown: it may have been carried out, or may still take effect. "
    "Look at the present state before you repeat it.";

void api_request_answer_unknown(struct api_request *r)
{
    r->log_error = store_error(r, IAM_IO);
    api_request_refuse(r, API_ERR_SERVICE_FAILURE, SAYS_UNKNOWN);
}

void api_request_tell_unknown(const struct api_request *r, struct iam_arena *arena,
                              struct api_response *ret)
{
    struct api_request told = { .service = r->service, .wants_json = r->wants_json };
    told.call.arena = arena;
    told.call.request_id = r->call.request_id;
    api_request_refuse(&told, API_ERR_SERVICE_UNAVAILABLE, SAYS_UNKNOWN);
    *ret = told.response;
}

static void drop_target(struct iam_call *call)
{
    if (call->target.view != NULL) {
        iam_view_unref(call->target.view);
    }
    call->target = (struct api_target){ 0 };
}

void api_request_rewind(struct api_request *r)
{
    drop_target(&r->call);
    api_evidence_forget(&r->call);
    r->call.fault = (struct api_fault){ 0 };
    r->call.explanation = iam_str_absent();
    r->call.work = (struct api_work){ .left = API_STEPS_MAX };
    r->made = NULL;
    r->made_body = iam_str_absent();
}

/* Runs a read or a decision; the transaction is never committed. */
static enum iam_status run_reading(struct api_request *r)
{
    struct iam_call *call = &r->call;
    switch (call->op->rule->txn) {
    case API_TXN_NONE:
        break;
    case API_TXN_READ:
        IAM_TRY(iam_store_begin(call->env->store, IAM_TXN_READ, &call->txn));
        break;
    default:
        return IAM_UNSUPPORTED;
    }
    enum iam_status st = api_request_perform(r);
    iam_txn_rollback(call->txn);
    call->txn = NULL;
    return st;
}

/* Answers with the outcome st, unless the request has to be run again. Tells whether it has not. */
static bool answer_or_rewind(struct api_request *r, enum iam_status st, bool is_out)
{
    if (is_out || r->call.wait.is_wanted) {
        api_request_rewind(r);
        return false;
    }
    api_request_answer(r, st);
    return true;
}

bool api_request_run_reading(struct api_request *r)
{
    return answer_or_rewind(r, run_reading(r), false);
}

bool api_request_run_short(struct api_request *r)
{
    r->call.work = (struct api_work){ .left = API_STEPS_SHORT, .is_short = true };
    enum iam_status st = run_reading(r);
    return answer_or_rewind(r, st, r->call.work.is_out);
}

void api_request_close(struct api_request *r)
{
    api_subject_close(&r->call.subject);
    drop_target(&r->call);
}
