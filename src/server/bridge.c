/* SPDX-License-Identifier: Apache-2.0 */
#include "server/bridge.h"

#include <stdatomic.h>

#include "base/heap.h"
#include "codec/xml.h"
#include "dispatch/serve.h"
#include "server/log.h"
#include "server/request_id.h"

#define MAX_ERROR_BYTES 2048
/* LIMIT: bytes of requests that are done and wait for the end of their round. */
#define MAX_ROUND_BYTES (1u << 20)
/* LIMIT: bytes of a request ID that the client chose and receives in the answer. */
#define MAX_CLIENT_ID 256

/* ---- answering ---- */

/*
 * Returns the client's own ID of the request, which the answer repeats; absent when there is none
 * or its length is out of bounds.
 * SPEC: OpenID AuthZEN Authorization API 1.0, "Request Identification".
 */
static struct iam_str client_request_id(const struct iam_http_request *http)
{
    for (size_t i = 0; i < http->header_count; i++) {
        struct iam_str value = http->headers[i].value;
        if (iam_str_eq_nocase(http->headers[i].name, IAM_STR("X-Request-ID"))) {
            return value.len > 0 && value.len <= MAX_CLIENT_ID ? value : iam_str_absent();
        }
    }
    return iam_str_absent();
}

typedef void send_fn(struct iam_http_exchange *x, const struct iam_http_response *response);

static void reply(struct iam_http_exchange *x, const struct api_response *response,
                  struct iam_str request_id, send_fn *send)
{
    struct iam_str client_id = client_request_id(iam_http_request(x));
    struct iam_http_header headers[4] = {
        {IAM_STR("Content-Type"),      response->content_type},
        { IAM_STR("x-amzn-RequestId"), request_id            },
    };
    size_t count = 2;
    if (iam_str_is_set(response->cache_control)) {
        headers[count++] =
            (struct iam_http_header){ IAM_STR("Cache-Control"), response->cache_control };
    }
    if (iam_str_is_set(client_id)) {
        headers[count++] = (struct iam_http_header){ IAM_STR("X-Request-ID"), client_id };
    }
    struct iam_http_response http = { .status = response->status,
                                      .headers = headers,
                                      .header_count = count,
                                      .body = response->body,
                                      .may_be_kept = iam_str_is_set(response->cache_control),
                                      .holds_client = response->is_throttled };
    send(x, &http);
}

static void reply_text(struct iam_http_exchange *x, int status, struct iam_str text)
{
    const struct iam_http_header headers[] = {
        {IAM_STR("Content-Type"), IAM_STR("text/plain; charset=utf-8")},
    };
    struct iam_http_response http = {
        .status = status, .headers = headers, .header_count = IAM_COUNT(headers), .body = text
    };
    iam_http_reply(x, &http);
}

/* ---- the server's own routes ---- */

/* Answers that the process lives, and nothing else: no state, no name, no number. */
static void handle_healthz(struct bridge *b, struct iam_http_exchange *x)
{
    (void)b;
    reply_text(x, 200, IAM_STR("ok\n"));
}

static void handle_readyz(struct bridge *b, struct iam_http_exchange *x)
{
    struct iam_alloc alloc = iam_arena_allocator(iam_http_arena(x));
    struct iam_buf text;
    struct iam_str body = IAM_STR("");

    (void)health_set(b->health, HEALTH_DIRECTORY_CLOSED,
                     !iam_directory_is_ready(b->env->directory));
    bool is_ready = health_is_ready(b->health);
    iam_buf_init(&text, &alloc, MAX_ERROR_BYTES);
    iam_buf_add(&text, is_ready ? IAM_STR("ready\n") : IAM_STR("not ready\n"));
    health_describe(b->health, &text);
    if (iam_buf_finish(&text, &body) != IAM_OK) {
        body = IAM_STR("");
    }
    reply_text(x, is_ready ? 200 : 503, body);
}

/* Every route that is not an operation of the API; operations are authorized by the dispatcher. */
static const struct {
    struct iam_str path;
    enum api_access access; /* only API_ACCESS_PUBLIC may be in this table */
    void (*handle)(struct bridge *b, struct iam_http_exchange *x);
} own_routes[] = {
    {IAM_STR_INIT("/healthz"), API_ACCESS_PUBLIC, handle_healthz},
    { IAM_STR_INIT("/readyz"), API_ACCESS_PUBLIC, handle_readyz },
};

static bool handle_own(struct bridge *b, struct iam_http_exchange *x)
{
    const struct iam_http_request *http = iam_http_request(x);
    bool is_get =
        iam_str_eq(http->method, IAM_STR("GET")) || iam_str_eq(http->method, IAM_STR("HEAD"));
    for (size_t i = 0; i < IAM_COUNT(own_routes); i++) {
        if (is_get && own_routes[i].access == API_ACCESS_PUBLIC &&
            iam_str_eq(http->path, own_routes[i].path)) {
            own_routes[i].handle(b, x);
            return true;
        }
    }
    return false;
}

/* ---- requests of the API ---- */

/* A request while it is handled; lives in the exchange's arena. */
struct trip {
    struct bridge *bridge;
    struct iam_http_exchange *exchange;
    const char *request_id;
    const struct iam_authn_header *headers;
    struct api_request request;
    struct lane_job job;
    struct trail_line line; /* of the audit trail */
    struct trip *next;      /* among those that are done */
};

/* What a worker has done in this round, in order. */
static _Thread_local struct {
    struct trip *first;
    struct trip *last;
    size_t bytes; /* of their arenas */
} done;

static void log_failure(const struct api_request *r)
{
    if (r->response.status < 500 && r->log_error.len == 0) {
        return;
    }
    log_write(LOG_LEVEL_ERROR, "request failed",
              LOG_FIELDS({ "requestId", r->call.request_id },
                         { "operation", r->call.op != NULL ? r->call.op->name : IAM_STR("") },
                         { "error", r->log_error }));
}

static void log_explanation(const struct api_request *r)
{
    if (!iam_str_is_set(r->call.explanation)) {
        return;
    }
    log_write(LOG_LEVEL_INFO, "request refused",
              LOG_FIELDS({ "requestId", r->call.request_id }, { "operation", r->call.op->name },
                         { "explanation", r->call.explanation }));
}

/*
 * Deals with a request whose record is lost: if the trail is required, its answer is withheld. What
 * was committed cannot be withheld and is answered as done; nothing more is done after it.
 */
static void answer_unrecorded(struct trip *t)
{
    struct api_request *r = &t->request;
    log_write(LOG_LEVEL_ERROR,
              api_request_is_committed(r) ? "a change has no audit record"
                                          : "a request has no audit record",
              LOG_FIELDS({ "requestId", r->call.request_id },
                         { "operation", r->call.op != NULL ? r->call.op->name : IAM_STR("") },
                         { "accessKeyId", r->identity.access_key_id }));
    if (trail_is_required(t->bridge->trail) && !api_request_is_committed(r)) {
        trail_refuse(r);
    }
}

/* Does everything but the answer, which is sent once the record is in the file. */
static void finish(struct trip *t)
{
    struct api_request *r = &t->request;
    log_failure(r);
    log_explanation(r);
    trail_record(t->bridge->trail, r, &t->line);
    api_request_close(r);
}

/*
 * Delivers up to AUDIT_BATCH_MAX trips of the list, which is not empty, and returns the rest. A
 * trip no longer exists once it is answered.
 */
static struct trip *deliver_some(struct trail *trail, struct trip *first)
{
    struct trip *trips[AUDIT_BATCH_MAX];
    struct trail_line *lines[AUDIT_BATCH_MAX];
    size_t count = 0;
    do {
        trips[count] = first;
        lines[count++] = &first->line;
        first = first->next;
    } while (first != NULL && count < AUDIT_BATCH_MAX);
    trail_write(trail, lines, count);
    for (size_t i = 0; i < count; i++) {
        struct trip *t = trips[i];
        if (t->line.is_lost) {
            answer_unrecorded(t);
        }
        trail_line_done(&t->line);
        reply(t->exchange, &t->request.response, t->request.call.request_id, iam_http_reply);
    }
    return first;
}

/*
 * Writes the records before it answers, so that a client that has the answer can find the record.
 */
static void deliver(struct bridge *b, struct trip *first)
{
    while (first != NULL) {
        first = deliver_some(b->trail, first);
    }
}

void bridge_round_end(void *ctx)
{
    struct trip *first = done.first;
    done.first = NULL;
    done.last = NULL;
    done.bytes = 0;
    deliver(ctx, first);
}

/* Finishes what is done on another thread and answers it, with one write for all the records. */
static void finish_and_deliver(struct lane_job *const *jobs, size_t count)
{
    struct trip *next = NULL;
    for (size_t i = count; i > 0; i--) {
        struct trip *t = jobs[i - 1]->owner;
        finish(t);
        t->next = next;
        next = t;
    }
    deliver(next->bridge, next);
}

/*
 * Answers a write that the writer is still at, in memory of its own. Its record follows when the
 * outcome is known.
 */
static void answer_unknown(struct lane_job *job)
{
    const struct trip *t = job->owner;
    struct api_response response;
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), MAX_ERROR_BYTES);
    api_request_tell_unknown(&t->request, &arena, &response);
    reply(t->exchange, &response, t->request.call.request_id, iam_http_reply_early);
    iam_arena_done(&arena);
}

_Static_assert(QUEUE_BATCH_MAX <= AUDIT_BATCH_MAX, "what commits together is recorded together");

enum iam_status bridge_start(struct bridge *b, unsigned workers, uint64_t seed)
{
    const struct lanes_options options = { .workers = workers,
                                           .seed = seed,
                                           .trail = b->trail,
                                           .health = b->health,
                                           .done = finish_and_deliver,
                                           .unknown = answer_unknown,
                                           .wait = b->wait,
                                           .wait_ctx = b->wait_ctx };
    return lanes_start(&b->lanes, &options);
}

/*
 * Finishes a trip on a worker: it is answered at the end of the round, with one write for all
 * records of the round.
 */
static void finish_in_round(struct trip *t)
{
    finish(t);
    if (done.last != NULL) {
        done.last->next = t;
    } else {
        done.first = t;
    }
    done.last = t;
    done.bytes += iam_http_arena(t->exchange)->used_bytes;
    if (done.bytes > MAX_ROUND_BYTES) {
        bridge_round_end(t->bridge);
    }
}

/* Runs the first two steps of a request; on a worker, or where the lanes call it. */
static void open_trip(void *owner)
{
    struct trip *t = owner;
    const struct iam_http_request *http = iam_http_request(t->exchange);
    struct api_wire wire = { .method = http->method,
                             .path = http->path,
                             .query = http->query,
                             .headers = t->headers,
                             .header_count = http->header_count,
                             .body = http->body,
                             .source_ip = http->peer_ip,
                             .is_tls = http->is_tls };
    api_request_open(&t->request, t->bridge->env, t->bridge->authn, &wire,
                     iam_http_arena(t->exchange), iam_str_c(t->request_id));
    if (!t->request.is_done && !trail_takes_records(t->bridge->trail)) {
        trail_refuse(&t->request);
    }
    if (!t->request.is_done && !lanes_turn_away(&t->job)) {
        api_request_read(&t->request);
    }
}

static enum iam_status make_trip(struct bridge *b, struct iam_http_exchange *x, struct trip **ret)
{
    const struct iam_http_request *http = iam_http_request(x);
    struct iam_arena *arena = iam_http_arena(x);
    struct trip *t = iam_arena_zalloc(arena, 1, sizeof(*t));
    struct iam_authn_header *headers =
        iam_arena_zalloc(arena, http->header_count + 1, sizeof(*headers));
    char *request_id = iam_arena_alloc(arena, REQUEST_ID_CHARS + 1);
    IAM_ENSURE(t != NULL && headers != NULL && request_id != NULL, IAM_NOMEM);
    IAM_TRY(request_id_make(request_id));
    for (size_t i = 0; i < http->header_count; i++) {
        headers[i] = (struct iam_authn_header){ http->headers[i].name, http->headers[i].value };
    }
    t->bridge = b;
    t->exchange = x;
    t->headers = headers;
    t->request_id = request_id;
    t->job = (struct lane_job){ &b->lanes, &t->request, t, open_trip };
    *ret = t;
    return IAM_OK;
}

/* Hands over what a worker has no time to read, to be opened elsewhere. It may hold a secret. */
static void run_later(struct trip *t)
{
    struct iam_http_exchange *x = t->exchange;
    iam_http_mark_secret(x);
    if (!lanes_open_later(&t->job, iam_http_request(x)->peer_ip)) {
        reply_text(x, 503, IAM_STR("too many large requests\n"));
    }
}

/* Tells the HTTP layer who asks: a caller, or somebody whose request was refused as nobody's. */
static void note_caller(struct trip *t)
{
    const struct api_request *r = &t->request;
    uint64_t caller = lanes_caller(&t->job);
    if (caller != 0 || (r->is_done && r->response.status < 500)) {
        iam_http_note_caller(t->exchange, caller);
    }
}

static void run(struct trip *t)
{
    if (iam_http_request(t->exchange)->body.len > LANES_SHORT_BODY) {
        run_later(t);
        return;
    }
    open_trip(t);
    if (api_request_has_secret(&t->request)) {
        iam_http_mark_secret(t->exchange);
    }
    note_caller(t);
    if (lanes_run(&t->job)) {
        finish_in_round(t);
    }
}

void bridge_handle(void *ctx, struct iam_http_exchange *x)
{
    struct bridge *b = ctx;
    struct trip *t = NULL;
    if (!atomic_load_explicit(&b->is_started, memory_order_acquire)) {
        reply_text(x, 503, IAM_STR("starting\n"));
        return;
    }
    if (handle_own(b, x)) {
        return;
    }
    if (make_trip(b, x, &t) != IAM_OK) {
        reply_text(x, 503, IAM_STR("out of memory\n"));
        return;
    }
    run(t);
}

void bridge_error(void *ctx, struct iam_arena *arena, int status, const char *message,
                  struct iam_http_response *ret)
{
    static const struct iam_http_header headers[] = {
        {IAM_STR_INIT("Content-Type"), IAM_STR_INIT("text/xml")},
    };
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    struct iam_str body = IAM_STR("");
    (void)ctx;

    iam_buf_init(&b, &alloc, MAX_ERROR_BYTES);
    iam_buf_add(&b, IAM_STR("<ErrorResponse><Error><Type>"));
    iam_buf_add(&b, status < 500 ? IAM_STR("Sender") : IAM_STR("Receiver"));
    iam_buf_add(&b, IAM_STR("</Type><Code>"));
    iam_buf_add(&b, status < 500 ? IAM_STR("BadRequest") : IAM_STR("ServiceUnavailable"));
    iam_buf_add(&b, IAM_STR("</Code>"));
    iam_xml_element(&b, IAM_STR("Message"), iam_str_c(message));
    iam_buf_add(&b, IAM_STR("</Error></ErrorResponse>"));
    if (iam_buf_finish(&b, &body) != IAM_OK) {
        body = IAM_STR("");
    }
    *ret = (struct iam_http_response){
        .status = status, .headers = headers, .header_count = IAM_COUNT(headers), .body = body
    };
}
