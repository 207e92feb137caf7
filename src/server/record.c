/* SPDX-License-Identifier: Apache-2.0 */
#include "server/record.h"

#include "base/time.h"
#include "codec/json.h"
#include "dispatch/evidence.h"
#include "model/id.h"
#include "server/audit.h"
#include "server/request_id.h"
#include "wire/codec.h"

/* LIMIT: bytes of one event. SPEC: CloudTrail User Guide, "Quotas": 256 KB. */
#define MAX_EVENT_BYTES (256u << 10)
/* The initial size of the buffer: it does not have to grow for most events. */
#define USUAL_EVENT_BYTES 2048

/* LIMIT: bytes that a client can put into a record with its User-Agent, as in CloudTrail. */
#define MAX_USER_AGENT 1024
/* LIMIT: bytes of an error's message, which may quote the request. */
#define MAX_ERROR_MESSAGE 4096
/* LIMIT: the same of the record of a stranger. */
#define MAX_SHORT_USER_AGENT 64
#define MAX_SHORT_MESSAGE 256

/* Access key IDs have 20 characters; secrets have 40. */
#define MAX_KEY_ID 32

/* What a record has of that which a client can make large. */
struct form {
    struct iam_str omitted; /* why parameters are missing; absent: they are not */
    size_t max_user_agent;
    size_t max_message;
    bool has_parameters;
};

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

/* Adds who issued the session: its role, its user, or the root user, who has no name. */
static void add_issuer(struct iam_buf *b, bool *first, const struct iam_view *view)
{
    open_object(b, first, IAM_STR("sessionIssuer"));
    add(b, first, IAM_STR("type"), iam_kind_get(view->kind)->identity_type);
    add(b, first, IAM_STR("principalId"), view->id);
    add(b, first, IAM_STR("arn"), view->arn);
    add(b, first, IAM_STR("accountId"), view->account);
    add(b, first, IAM_STR("userName"), view->name.len > 0 ? view->name : iam_str_absent());
    close_object(b, first);
}

/*
 * Adds which provider of web identities vouched for the session, and the application and the person
 * that it named: the context without how that person was authenticated, a list.
 */
static void add_federation(struct iam_buf *b, bool *first, const struct iam_session *session)
{
    if (session->kind != IAM_KIND_WEB_IDENTITY_SESSION) {
        return;
    }
    open_object(b, first, IAM_STR("webIdFederationData"));
    add(b, first, IAM_STR("federatedProvider"), session->federated_provider);
    open_object(b, first, IAM_STR("attributes"));
    for (size_t i = 0; i < session->context_count; i++) {
        if (!iam_str_ends(session->context[i].key, IAM_STR(":amr"))) {
            add(b, first, session->context[i].key, session->context[i].value);
        }
    }
    close_object(b, first);
    close_object(b, first);
}

/* Adds the session. SPEC: CloudTrail User Guide, "CloudTrail userIdentity element". */
static void add_session(struct iam_buf *b, bool *first, const struct api_subject *subject)
{
    const struct iam_session *session = subject->session;

    open_object(b, first, IAM_STR("sessionContext"));
    add_issuer(b, first, subject->view);
    add_federation(b, first, session);
    open_object(b, first, IAM_STR("attributes"));
    add_time(b, first, IAM_STR("creationDate"), session->issued_ms);
    add(b, first, IAM_STR("mfaAuthenticated"),
        session->mfa_ms > 0 ? IAM_STR("true") : IAM_STR("false"));
    close_object(b, first);
    add(b, first, IAM_STR("sourceIdentity"), session->source_identity);
    if (session->kind == IAM_KIND_ROOT_SESSION) {
        add(b, first, IAM_STR("assumedRoot"), IAM_STR("true"));
    }
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

/* Adds whom a provider vouches for. SPEC: CloudTrail User Guide, "CloudTrail userIdentity
 * element": WebIdentityUser, SAMLUser. */
static void add_vouched(struct iam_buf *b, bool *first, const struct api_evidence *evidence)
{
    add(b, first, IAM_STR("type"), iam_kind_get(evidence->kind)->identity_type);
    add(b, first, IAM_STR("principalId"), iam_str_or(evidence->trail_id, evidence->user_id));
    add(b, first, IAM_STR("userName"), evidence->user_name);
    add(b, first, IAM_STR("identityProvider"),
        iam_str_or(evidence->trail_provider, evidence->principal));
}

static void add_identity(struct iam_buf *b, bool *first, const struct api_request *r)
{
    const struct api_subject *subject = &r->call.subject;
    open_object(b, first, IAM_STR("userIdentity"));
    if (subject->view == NULL) {
        add(b, first, IAM_STR("type"), iam_kind_get(IAM_KIND_NONE)->identity_type);
        add(b, first, IAM_STR("accessKeyId"),
            is_key_id(r->named_access_key_id) ? r->named_access_key_id : iam_str_absent());
    } else if (r->call.evidence != NULL) {
        add_vouched(b, first, r->call.evidence);
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

/* Adds what is known beyond CloudTrail's members. */
static void add_more(struct iam_buf *b, bool *first, const struct api_request *r,
                     const struct form *form)
{
    if (iam_str_is_set(form->omitted) || iam_str_is_set(r->call.explanation)) {
        open_object(b, first, IAM_STR("additionalEventData"));
        add(b, first, IAM_STR("omitted"), form->omitted);
        add(b, first, IAM_STR("explanation"), r->call.explanation);
        close_object(b, first);
    }
}

static void add_outcome(struct iam_buf *b, bool *first, const struct api_request *r,
                        const struct form *form)
{
    struct iam_str message =
        iam_str_is_set(r->audit_message) ? r->audit_message : r->call.fault.message;
    add_more(b, first, r, form);
    if (api_fault_is_set(&r->call.fault)) {
        add(b, first, IAM_STR("errorCode"),
            api_error_code(r->call.fault.error, api_request_is_json(r)));
        add(b, first, IAM_STR("errorMessage"), iam_str_sub(message, 0, form->max_message));
    }
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

/* Adds the caller's words, as far as the form has them. */
static void add_words(struct iam_buf *b, bool *first, const struct api_request *r,
                      const struct form *form)
{
    if (form->max_user_agent > 0) {
        add(b, first, IAM_STR("userAgent"),
            iam_str_sub(r->call.origin.user_agent, 0, form->max_user_agent));
    }
    if (form->has_parameters) {
        add_parameters(b, first, r);
    }
}

static void add_event(struct iam_buf *b, const struct api_request *r, const struct form *form)
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
    add_words(b, &first, r, form);
    add_outcome(b, &first, r, form);
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

enum iam_status record_whole(const struct api_request *r, struct iam_str *ret)
{
    static const struct form form = { .max_user_agent = MAX_USER_AGENT,
                                      .max_message = MAX_ERROR_MESSAGE,
                                      .has_parameters = true };
    struct iam_alloc alloc = iam_arena_allocator(r->call.arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MAX_EVENT_BYTES);
    (void)iam_buf_reserve(&b, USUAL_EVENT_BYTES);
    add_event(&b, r, &form);
    return iam_buf_finish(&b, ret);
}

enum iam_status record_brief(const struct api_request *r, struct iam_buf *b, struct iam_str *ret)
{
    static const struct form form = { .omitted = IAM_STR_INIT("too large"),
                                      .max_message = MAX_ERROR_MESSAGE };
    add_event(b, r, &form);
    return iam_buf_finish(b, ret);
}

enum iam_status record_short(const struct api_request *r, struct iam_buf *b, struct iam_str *ret)
{
    static const struct form form = { .omitted = IAM_STR_INIT("caller not authenticated"),
                                      .max_user_agent = MAX_SHORT_USER_AGENT,
                                      .max_message = MAX_SHORT_MESSAGE };
    add_event(b, r, &form);
    return iam_buf_finish(b, ret);
}

/* ---- events of the server itself ---- */

static void add_number(struct iam_buf *b, bool *first, struct iam_str name, uint64_t value)
{
    iam_json_add_name(b, first, name);
    iam_buf_add_u64(b, value);
}

static void add_codes(struct iam_buf *b, bool *first, const struct record_missing *m)
{
    if (m->code_count == 0) {
        return;
    }
    open_object(b, first, IAM_STR("errorCodes"));
    for (size_t i = 0; i < m->code_count; i++) {
        add_number(b, first, m->codes[i].code, m->codes[i].count);
    }
    close_object(b, first);
}

static void add_details(struct iam_buf *b, bool *first, const struct record_missing *m)
{
    open_object(b, first, IAM_STR("serviceEventDetails"));
    add_raw(b, first, IAM_STR("isSummary"), IAM_STR("true"));
    add(b, first, IAM_STR("reason"), m->reason);
    add_number(b, first, IAM_STR("count"), m->count);
    add_time(b, first, IAM_STR("firstTime"), m->first_ms);
    add_time(b, first, IAM_STR("lastTime"), m->last_ms);
    add_codes(b, first, m);
    close_object(b, first);
}

enum iam_status record_missing(const struct record_missing *m, int64_t now_ms, struct iam_buf *b,
                               struct iam_str *ret)
{
    char id[REQUEST_ID_CHARS + 1];
    bool first = true;
    IAM_TRY(request_id_make(id));
    iam_buf_add_char(b, '{');
    add(b, &first, IAM_STR("eventVersion"), IAM_STR(AUDIT_EVENT_VERSION));
    open_object(b, &first, IAM_STR("userIdentity"));
    add(b, &first, IAM_STR("type"), iam_kind_get(IAM_KIND_NONE)->identity_type);
    close_object(b, &first);
    add_time(b, &first, IAM_STR("eventTime"), now_ms);
    add(b, &first, IAM_STR("eventSource"), IAM_STR("iamd.amazonaws.com"));
    add(b, &first, IAM_STR("eventName"), IAM_STR("RequestsNotRecorded"));
    add(b, &first, IAM_STR("sourceIPAddress"), m->source);
    add(b, &first, IAM_STR("eventID"), iam_str_c(id));
    add_raw(b, &first, IAM_STR("readOnly"), IAM_STR("true"));
    add(b, &first, IAM_STR("eventType"), IAM_STR("AwsServiceEvent"));
    add_raw(b, &first, IAM_STR("managementEvent"), IAM_STR("true"));
    add_details(b, &first, m);
    add(b, &first, IAM_STR("eventCategory"), IAM_STR("Management"));
    iam_buf_add(b, IAM_STR("}\n"));
    return iam_buf_finish(b, ret);
}
