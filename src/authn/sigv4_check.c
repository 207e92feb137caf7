/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for a signed request, apart from the signature itself: what must be signed, the
 * credential scope, the time, the hash of the body. None depends on whether the access key exists.
 */
#include "authn/sigv4_int.h"
#include "base/buf.h"
#include "base/ct.h"
#include "base/time.h"

#define MESSAGE_MAX 1024
#define REGION_MAX 64

static enum iam_status mismatch(struct sigv4_call *call, struct iam_str message)
{
    return sigv4_deny(call, IAM_AUTHN_SIGNATURE_MISMATCH, message);
}

static bool is_signed(const struct sigv4_claim *claim, struct iam_str name)
{
    for (size_t i = 0; i < claim->signed_count; i++) {
        if (iam_str_eq_nocase(claim->signed_names[i], name)) {
            return true;
        }
    }
    return false;
}

/*
 * Tells of headers that change what a request means; with the Authorization header also of the
 * content type.
 */
static bool must_be_signed(const struct sigv4_claim *claim, struct iam_str name)
{
    if (iam_str_starts_nocase(name, IAM_STR("x-amz-"))) {
        return true;
    }
    return !claim->is_presigned && (iam_str_eq_nocase(name, IAM_STR("content-type")) ||
                                    iam_str_eq_nocase(name, IAM_STR("host")));
}

/* Tells of headers that would be ambiguous if there were two. */
static bool must_be_single(struct iam_str name)
{
    return iam_str_starts_nocase(name, IAM_STR("x-amz-")) ||
           iam_str_eq_nocase(name, IAM_STR("host")) || iam_str_eq_nocase(name, IAM_STR("date")) ||
           iam_str_eq_nocase(name, IAM_STR("content-type"));
}

/*
 * Checks the headers.
 * SPEC: IAM User Guide, "Create a signed AWS API request": the host header and every x-amz-* header
 * must be signed, and content-type if it is in the request.
 */
static enum iam_status check_headers(struct sigv4_call *call)
{
    const struct iam_authn_request *r = call->request;
    if (!is_signed(&call->claim, IAM_STR("host"))) {
        return mismatch(call, IAM_STR("'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                                      "Authorization."));
    }
    for (size_t i = 0; i < r->header_count; i++) {
        struct iam_str name = r->headers[i].name;
        size_t count = 1;
        if (must_be_single(name)) {
            (void)iam_authn_header(r, name, &count);
        }
        if (count > 1) {
            return sigv4_deny(call, IAM_AUTHN_INCOMPLETE_SIGNATURE,
                              IAM_STR("The request holds a header twice that the signature "
                                      "depends on."));
        }
        if (must_be_signed(&call->claim, name) && !is_signed(&call->claim, name)) {
            return mismatch(call, IAM_STR("There were headers present in the request which were "
                                          "not signed."));
        }
    }
    return IAM_OK;
}

/*
 * Checks a Date header, which counts only where it is signed; X-Amz-Date is covered by the rule
 * above.
 */
static enum iam_status check_date_is_signed(struct sigv4_call *call)
{
    size_t count;
    (void)iam_authn_header(call->request, IAM_STR("x-amz-date"), &count);
    if (call->claim.is_presigned || count > 0 || is_signed(&call->claim, IAM_STR("date"))) {
        return IAM_OK;
    }
    return mismatch(call, IAM_STR("'Date' must be a 'SignedHeader' in the AWS Authorization."));
}

static bool is_region(struct iam_str s)
{
    bool ok = s.len >= 1 && s.len <= REGION_MAX;
    for (size_t i = 0; ok && i < s.len; i++) {
        ok = (s.p[i] >= 'a' && s.p[i] <= 'z') || iam_ascii_is_digit(s.p[i]) || s.p[i] == '-';
    }
    return ok;
}

/*
 * Checks the scope.
 * SPEC: IAM User Guide, "Troubleshoot signed requests", "Credential scope errors".
 */
static enum iam_status check_scope(struct sigv4_call *call)
{
    const struct sigv4_claim *c = &call->claim;
    struct iam_str service = call->request->service;
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MESSAGE_MAX);
    if (!is_region(c->scope.region)) {
        iam_buf_add_c(&b, "Credential should be scoped to a valid region. ");
    }
    if (service.len == 0 || !iam_str_eq(c->scope.service, service)) {
        iam_buf_add_fmt(&b, "Credential should be scoped to correct service: '%.*s'. ",
                        IAM_STR_ARG(service));
    }
    if (!iam_str_eq(c->terminator, IAM_STR(SIGV4_TERMINATOR))) {
        iam_buf_add_c(&b, "Credential should be scoped with a valid terminator: "
                          "'" SIGV4_TERMINATOR "'. ");
    }
    if (!iam_str_eq(c->scope.date, iam_str_sub(c->date, 0, 8))) {
        iam_buf_add_c(&b, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version "
                          "of date from HTTP. ");
    }
    struct iam_str message;
    IAM_TRY(iam_buf_finish(&b, &message));
    return message.len == 0 ? IAM_OK : mismatch(call, iam_str_trim(message));
}

static enum iam_status deny_early(struct sigv4_call *call)
{
    char date[IAM_TIME_BASIC_LEN + 1];
    char now[IAM_TIME_BASIC_LEN + 1];
    char edge[IAM_TIME_BASIC_LEN + 1];
    struct iam_str message;
    iam_time_to_basic(call->claim.signed_ms, date);
    iam_time_to_basic(call->request->now_ms, now);
    iam_time_to_basic(call->request->now_ms + SIGV4_SKEW_MS, edge);
    IAM_TRY(iam_arena_fmt(call->arena, &message,
                          "Signature not yet current: %s is still later than %s (%s + 15 min.)",
                          date, edge, now));
    return mismatch(call, message);
}

static enum iam_status deny_late(struct sigv4_call *call)
{
    char date[IAM_TIME_BASIC_LEN + 1];
    char now[IAM_TIME_BASIC_LEN + 1];
    char edge[IAM_TIME_BASIC_LEN + 1];
    struct iam_str message;
    iam_time_to_basic(call->claim.signed_ms, date);
    iam_time_to_basic(call->request->now_ms, now);
    iam_time_to_basic(call->request->now_ms - SIGV4_SKEW_MS, edge);
    IAM_TRY(iam_arena_fmt(call->arena, &message,
                          "Signature expired: %s is now earlier than %s (%s - 15 min.)", date, edge,
                          now));
    return mismatch(call, message);
}

/*
 * Checks the age. A presigned request is valid for as long as it says, or for 15 minutes when it
 * does not say.
 */
static enum iam_status check_presigned_age(struct sigv4_call *call, int64_t age_ms)
{
    int64_t life_ms = SIGV4_SKEW_MS;
    if (iam_str_is_set(call->claim.expires)) {
        uint64_t seconds;
        if (iam_str_to_u64(call->claim.expires, SIGV4_EXPIRES_MAX_S, &seconds) != IAM_OK ||
            seconds == 0) {
            return sigv4_deny(call, IAM_AUTHN_INCOMPLETE_SIGNATURE,
                              IAM_STR("X-Amz-Expires must be a number of seconds from 1 to "
                                      "604800."));
        }
        life_ms = (int64_t)seconds * 1000;
    }
    return age_ms <= life_ms
               ? IAM_OK
               : sigv4_deny(call, IAM_AUTHN_REQUEST_EXPIRED, IAM_STR("Request has expired."));
}

static enum iam_status check_time(struct sigv4_call *call)
{
    int64_t age_ms = call->request->now_ms - call->claim.signed_ms;
    if (age_ms < -SIGV4_SKEW_MS) {
        return deny_early(call);
    }
    if (call->claim.is_presigned) {
        return check_presigned_age(call, age_ms);
    }
    return age_ms <= SIGV4_SKEW_MS ? IAM_OK : deny_late(call);
}

static enum iam_status check_hash(struct sigv4_call *call, struct iam_str given)
{
    if (iam_str_eq(given, (struct iam_str){ call->body_hash, IAM_SHA256_HEX_LEN })) {
        return IAM_OK;
    }
    if (iam_str_starts_nocase(given, IAM_STR("UNSIGNED-")) ||
        iam_str_starts_nocase(given, IAM_STR("STREAMING-"))) {
        return mismatch(call, IAM_STR("The body of the request must be signed: "
                                      "'x-amz-content-sha256' must be the hash of the body."));
    }
    return mismatch(call, IAM_STR("The provided 'x-amz-content-sha256' header does not match what "
                                  "was computed."));
}

/*
 * Checks the body. The canonical request always takes the hash that we computed; one that was sent
 * must agree with it.
 */
static enum iam_status check_body(struct sigv4_call *call)
{
    size_t count;
    IAM_TRY(iam_sha256_hex(call->request->body, call->body_hash));
    struct iam_str given = iam_authn_header(call->request, IAM_STR("x-amz-content-sha256"), &count);
    if (count > 0) {
        IAM_TRY(check_hash(call, given));
    }
    for (size_t i = 0; i < call->pair_count; i++) {
        if (iam_str_eq(call->pairs[i].name, sigv4_param_names[SIGV4_PARAM_CONTENT_SHA256])) {
            IAM_TRY(check_hash(call, call->pairs[i].value));
        }
    }
    return IAM_OK;
}

enum iam_status sigv4_check(struct sigv4_call *call)
{
    IAM_TRY(check_headers(call));
    IAM_TRY(check_date_is_signed(call));
    IAM_TRY(check_scope(call));
    IAM_TRY(check_time(call));
    return check_body(call);
}
