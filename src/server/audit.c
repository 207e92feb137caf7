/* SPDX-License-Identifier: Apache-2.0 */
#include "server/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/time.h"
#include "codec/json.h"
#include "model/id.h"
#include "server/files.h"
#include "wire/codec.h"

/* LIMIT: bytes of one event. SPEC: CloudTrail User Guide, "Quotas": 256 KB. */
#define MAX_EVENT_BYTES (256u << 10)
/* The initial size of the buffer: it does not have to grow for most events. */
#define USUAL_EVENT_BYTES 2048

/* LIMIT: bytes that a client can put into a record with its User-Agent, as in CloudTrail. */
#define MAX_USER_AGENT 1024
/* LIMIT: bytes of an error's message, which may quote the request. */
#define MAX_ERROR_MESSAGE 4096

/* Access key IDs have 20 characters; secrets have 40. */
#define MAX_KEY_ID 32

struct audit {
    int fd;
    _Atomic bool is_torn; /* the last line in the file is incomplete: the disk was full */
    char path[PATH_MAX];
};

/* Returns -1 for a file that others may write, or a link, as for one that cannot be opened. */
static int open_file(const char *path)
{
    char error[FILES_ERROR_MAX];
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && files_check(fd, path, FILES_STREAM, error) != IAM_OK) {
        (void)close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

enum iam_status audit_open(const char *path, struct audit **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct audit *a = heap->alloc(heap->ctx, sizeof(*a));
    IAM_ENSURE(a != NULL, IAM_NOMEM);
    atomic_init(&a->is_torn, false);
    int n = snprintf(a->path, sizeof(a->path), "%s", path);
    a->fd = n >= 0 && (size_t)n < sizeof(a->path) ? open_file(path) : -1;
    if (a->fd < 0) {
        heap->free(heap->ctx, a);
        return IAM_IO;
    }
    *ret = a;
    return IAM_OK;
}

enum iam_status audit_reopen(struct audit *a)
{
    int fd = open_file(a->path);
    IAM_ENSURE(fd >= 0, IAM_IO);
    /*
     * The file descriptor keeps its number, so that a writer in another thread meets the old file
     * or the new one.
     */
    int st = dup3(fd, a->fd, O_CLOEXEC);
    (void)close(fd);
    return st >= 0 ? IAM_OK : IAM_IO;
}

void audit_close(struct audit *a)
{
    if (a != NULL) {
        (void)close(a->fd);
        iam_heap()->free(iam_heap()->ctx, a);
    }
}

/* ---- members ---- */

static void add(struct iam_buf *b, bool *first, struct iam_str name, struct iam_str value)
{
    if (iam_str_is_set(value)) {
        iam_json_add_name(b, first, name);
        iam_json_add_string(b, value);
    }
}

static void add_raw(struct iam_buf *b, bool *first, struct iam_str name, struct iam_str json)
{
    iam_json_add_name(b, first, name);
    iam_buf_add(b, json);
}

static void open_object(struct iam_buf *b, bool *first, struct iam_str name)
{
    add_raw(b, first, name, IAM_STR("{"));
    *first = true;
}

static void close_object(struct iam_buf *b, bool *first)
{
    iam_buf_add_char(b, '}');
    *first = false;
}

static void add_time(struct iam_buf *b, bool *first, struct iam_str name, int64_t ms)
{
    char text[IAM_TIME_ISO_LEN + 1];
    iam_time_to_iso(ms, text);
    add(b, first, name, iam_str_c(text));
}

/* ---- who ---- */

static void add_session(struct iam_buf *b, bool *first, const struct api_subject *subject)
{
    open_object(b, first, IAM_STR("sessionContext"));
    open_object(b, first, IAM_STR("sessionIssuer"));
    add(b, first, IAM_STR("type"), iam_kind_get(subject->view->kind)->identity_type);
    add(b, first, IAM_STR("principalId"), subject->view->id);
    add(b, first, IAM_STR("arn"), subject->view->arn);
    add(b, first, IAM_STR("accountId"), subject->view->account);
    add(b, first, IAM_STR("userName"), subject->view->name);
    close_object(b, first);
    open_object(b, first, IAM_STR("attributes"));
    add_time(b, first, IAM_STR("creationDate"), subject->session->issued_ms);
    add(b, first, IAM_STR("mfaAuthenticated"),
        subject->session->mfa_ms > 0 ? IAM_STR("true") : IAM_STR("false"));
    close_object(b, first);
    add(b, first, IAM_STR("sourceIdentity"), subject->session->source_identity);
    close_object(b, first);
}

/*
 * Tells whether s has the form of an access key ID. A key ID that did not authenticate is any text
 * that a stranger sends, and may be a secret in the wrong place, so nothing else is recorded.
 */
static bool is_key_id(struct iam_str s)
{
    enum iam_kind kind = s.len <= MAX_KEY_ID ? iam_kind_of_id(s) : IAM_KIND_NONE;
    return kind == IAM_KIND_ACCESS_KEY || kind == IAM_KIND_SESSION_KEY;
}

static void add_identity(struct iam_buf *b, bool *first, const struct api_request *r)
{
    const struct api_subject *subject = &r->call.subject;
    open_object(b, first, IAM_STR("userIdentity"));
    if (subject->view == NULL) {
        add(b, first, IAM_STR("type"), iam_kind_get(IAM_KIND_NONE)->identity_type);
        add(b, first, IAM_STR("accessKeyId"),
            is_key_id(r->named_access_key_id) ? r->named_access_key_id : iam_str_absent());
    } else {
        add(b, first, IAM_STR("type"), iam_kind_get(subject->kind)->identity_type);
        add(b, first, IAM_STR("principalId"), subject->user_id);
        add(b, first, IAM_STR("arn"), api_subject_arn(subject));
        add(b, first, IAM_STR("accountId"), subject->view->account);
        add(b, first, IAM_STR("accessKeyId"), r->identity.access_key_id);
        if (subject->kind == IAM_KIND_USER) {
            add(b, first, IAM_STR("userName"), subject->view->name);
        }
        if (subject->session != NULL) {
            add_session(b, first, subject);
        }
    }
    close_object(b, first);
}

/* ---- what ---- */

static void add_source(struct iam_buf *b, bool *first, const struct api_request *r)
{
    iam_json_add_name(b, first, IAM_STR("eventSource"));
    iam_buf_add_char(b, '"');
    iam_buf_add(b, r->service != NULL ? r->service->signing_name : IAM_STR("unknown"));
    iam_buf_add(b, IAM_STR(".amazonaws.com\""));
}

static bool is_read_only(const struct api_request *r)
{
    return r->call.op == NULL || r->call.op->rule->is_read_only;
}

static void add_outcome(struct iam_buf *b, bool *first, const struct api_request *r, bool is_brief)
{
    if (is_brief || iam_str_is_set(r->call.explanation)) {
        open_object(b, first, IAM_STR("additionalEventData"));
        add(b, first, IAM_STR("omitted"), is_brief ? IAM_STR("too large") : iam_str_absent());
        add(b, first, IAM_STR("explanation"), r->call.explanation);
        close_object(b, first);
    }
    if (!api_fault_is_set(&r->call.fault)) {
        return;
    }
    add(b, first, IAM_STR("errorCode"),
        api_error_code(r->call.fault.error, api_request_is_json(r)));
    add(b, first, IAM_STR("errorMessage"),
        iam_str_sub(iam_str_is_set(r->audit_message) ? r->audit_message : r->call.fault.message, 0,
                    MAX_ERROR_MESSAGE));
}

static void add_values(struct iam_buf *b, bool *first, struct iam_str name,
                       const struct api_shape *shape, const void *value)
{
    if (value == NULL) {
        add_raw(b, first, name, IAM_STR("null"));
        return;
    }
    iam_json_add_name(b, first, name);
    api_encode_json_audit(b, shape, value);
}

/*
 * Adds the parameters, and the answer unless the call only reads. SPEC: CloudTrail User Guide,
 * "responseElements".
 */
static void add_parameters(struct iam_buf *b, bool *first, const struct api_request *r)
{
    const struct api_op *op = r->call.op;
    add_values(b, first, IAM_STR("requestParameters"), op != NULL ? op->input : NULL,
               r->call.input);
    add_values(b, first, IAM_STR("responseElements"), op != NULL ? op->output : NULL,
               is_read_only(r) ? NULL : r->output);
}

/* Adds the whole event; a brief one leaves out what the client can make large. */
static void add_event(struct iam_buf *b, const struct api_request *r, bool is_brief)
{
    const struct iam_call *call = &r->call;
    struct iam_str region =
        iam_str_is_set(r->identity.signed_region) ? r->identity.signed_region : call->env->region;
    bool first = true;

    iam_buf_add_char(b, '{');
    add(b, &first, IAM_STR("eventVersion"), IAM_STR(AUDIT_EVENT_VERSION));
    add_identity(b, &first, r);
    add_time(b, &first, IAM_STR("eventTime"), call->now_ms);
    add_source(b, &first, r);
    add(b, &first, IAM_STR("eventName"), call->op != NULL ? call->op->name : IAM_STR("Unknown"));
    add(b, &first, IAM_STR("awsRegion"), region);
    add(b, &first, IAM_STR("sourceIPAddress"), call->origin.source_ip);
    if (!is_brief) {
        add(b, &first, IAM_STR("userAgent"),
            iam_str_sub(call->origin.user_agent, 0, MAX_USER_AGENT));
        add_parameters(b, &first, r);
    }
    add_outcome(b, &first, r, is_brief);
    add(b, &first, IAM_STR("requestID"), call->request_id);
    add(b, &first, IAM_STR("eventID"), call->request_id);
    add_raw(b, &first, IAM_STR("readOnly"), is_read_only(r) ? IAM_STR("true") : IAM_STR("false"));
    add(b, &first, IAM_STR("eventType"), IAM_STR("AwsApiCall"));
    add_raw(b, &first, IAM_STR("managementEvent"), IAM_STR("true"));
    if (call->subject.view != NULL) {
        add(b, &first, IAM_STR("recipientAccountId"), call->subject.view->account);
    }
    add(b, &first, IAM_STR("eventCategory"), IAM_STR("Management"));
    iam_buf_add(b, IAM_STR("}\n"));
}

enum iam_status audit_record(const struct api_request *r, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(r->call.arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MAX_EVENT_BYTES);
    (void)iam_buf_reserve(&b, USUAL_EVENT_BYTES);
    add_event(&b, r, false);
    return iam_buf_finish(&b, ret);
}

enum iam_status audit_record_brief(const struct api_request *r, struct iam_buf *b,
                                   struct iam_str *ret)
{
    add_event(b, r, true);
    return iam_buf_finish(b, ret);
}

/* ---- the file ---- */

/* Removes n bytes that were written from the pieces, of which *first is the first with any left. */
static void advance(struct iovec *pieces, size_t count, size_t n, size_t *first)
{
    while (*first < count && n >= pieces[*first].iov_len) {
        n -= pieces[*first].iov_len;
        (*first)++;
    }
    if (*first < count) {
        pieces[*first].iov_base = (char *)pieces[*first].iov_base + n;
        pieces[*first].iov_len -= n;
    }
}

/*
 * Ends a line that was cut off, so that the next one is not lost with it. False when the file takes
 * no more.
 */
static bool mend(struct audit *a)
{
    if (!atomic_load_explicit(&a->is_torn, memory_order_relaxed)) {
        return true;
    }
    if (write(a->fd, "\n", 1) != 1) {
        return false;
    }
    atomic_store_explicit(&a->is_torn, false, memory_order_relaxed);
    return true;
}

size_t audit_write(struct audit *a, const struct iam_str *lines, size_t count)
{
    struct iovec pieces[AUDIT_BATCH_MAX];
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        /* The pointer of struct iovec is not const, for readv's sake. */
        pieces[i] = (struct iovec){ (void *)(uintptr_t)lines[i].p, lines[i].len };
    }
    /* Empty lines count as written; for them alone writev would return 0, as for a failure. */
    advance(pieces, count, 0, &first);
    while (first < count && mend(a)) {
        ssize_t n = writev(a->fd, pieces + first, (int)(count - first));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        advance(pieces, count, (size_t)n, &first);
    }
    if (first < count && pieces[first].iov_len < lines[first].len) {
        atomic_store_explicit(&a->is_torn, true, memory_order_relaxed);
    }
    return first;
}
