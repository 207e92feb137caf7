/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:GetWebIdentityToken: a token about the caller that others verify with the keys of its
 * account. SPEC: STS API Reference, "GetWebIdentityToken"; IAM User Guide, "Understanding token
 * claims"; RFC 7515 and 7519. What was recorded on AWS is in docs/conformance.md.
 */
#include <stdio.h>

#include "api_sts.gen.h"
#include "base/time.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "dispatch/call.h"
#include "keeper/token_signer.h"
#include "model/arn.h"
#include "model/id.h"
#include "store/token_key.h"

#define DEFAULT_SECONDS 300
/* LIMIT: bytes of the claims; recorded on AWS. */
#define CLAIMS_MAX 14984
#define HEADER_MAX 128
/* Claims, header and signature in base64url, and what is between them. */
#define TOKEN_MAX (2 * CLAIMS_MAX)
/* Where claims are that are not of OpenID Connect. */
#define AWS_CLAIMS IAM_STR("https://sts.amazonaws.com/")

static int64_t seconds_of(const struct api_sts_get_web_identity_token_in *in)
{
    return in->duration_seconds.is_set ? in->duration_seconds.value : DEFAULT_SECONDS;
}

/* ---- what is asked for ---- */

/* Tells whether the subject is not the caller but whom its session acts for. */
static bool is_of_origin(const struct api_sts_get_web_identity_token_in *in)
{
    return iam_str_eq(in->subject_mode, IAM_STR("OriginIdentity"));
}

static bool has_text(const struct iam_str *items, size_t count, struct iam_str text)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(items[i], text)) {
            return true;
        }
    }
    return false;
}

/* Splits a scope, whose form was checked, into its values, of which no two may be equal. */
static enum iam_status read_scopes(struct iam_call *call, struct iam_str scope,
                                   struct api_fact_text *ret)
{
    struct iam_str *items = iam_arena_zalloc(call->arena, scope.len / 2 + 1, sizeof(*items));
    size_t count = 0;
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t at = 0; at < scope.len;) {
        size_t end = iam_str_find(scope, ' ', at);
        struct iam_str value = iam_str_sub(scope, at, end - at);
        if (has_text(items, count, value)) {
            return api_fail(call, API_ERR_VALIDATION_ERROR, "Scope must not repeat a value");
        }
        items[count++] = value;
        at = end + 1;
    }
    *ret = (struct api_fact_text){ IAM_STR("scopes"), iam_str_absent(), items, count };
    return IAM_OK;
}

static enum iam_status check_scope(struct iam_call *call,
                                   const struct api_sts_get_web_identity_token_in *in,
                                   struct api_fact_text *ret)
{
    if (!iam_str_is_set(in->scope)) {
        return IAM_OK;
    }
    if (!is_of_origin(in) || in->audience.count != 1) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Scope can be specified only with the SubjectMode OriginIdentity and "
                        "exactly one audience");
    }
    return read_scopes(call, in->scope, ret);
}

static enum iam_status check_input(struct iam_call *call,
                                   const struct api_sts_get_web_identity_token_in *in)
{
    enum iam_token_algorithm algorithm;
    /* What SDKs write of an empty list is nothing on AWS. */
    if (in->audience.count == 0) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "1 validation error detected: Value null at 'audience' failed to satisfy "
                        "constraint: Member must not be null");
    }
    if (!iam_token_algorithm_of(in->signing_algorithm, &algorithm)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Requested SigningAlgorithm is not supported. See the GetWebIdentityToken "
                        "documentation for supported algorithms");
    }
    return IAM_OK;
}

/*
 * Resolves to the account as an issuer. What is wrong with the input is told before permissions are
 * asked; what is not given is there for conditions.
 */
enum iam_status api_sts_resolve_token_issuer(struct iam_call *call, const void *in,
                                             const struct api_reference *ref,
                                             struct api_target *ret)
{
    const struct api_sts_get_web_identity_token_in *input = in;
    struct iam_str duration;
    (void)ref;
    IAM_TRY(check_input(call, input));
    IAM_TRY(iam_arena_fmt(call->arena, &duration, "%lld", (long long)seconds_of(input)));
    ret->facts[0] = (struct api_fact_text){ .name = IAM_STR("duration"), .text = duration };
    ret->facts[1] =
        (struct api_fact_text){ .name = IAM_STR("subject_mode"),
                                .text = iam_str_or(input->subject_mode, IAM_STR("AWSIdentity")) };
    IAM_TRY(check_scope(call, input, &ret->facts[2]));
    return iam_arena_fmt(call->arena, &ret->arn, "arn:" IAM_PARTITION ":sts::%.*s:self",
                         IAM_STR_ARG(api_account(call)));
}

/* ---- whom it is about ---- */

static struct iam_str context_of(const struct iam_session *session, struct iam_str key)
{
    for (size_t i = 0; session != NULL && i < session->context_count; i++) {
        if (iam_str_eq_nocase(session->context[i].key, key)) {
            return session->context[i].value;
        }
    }
    return iam_str_absent();
}

static bool is_blank(struct iam_str text)
{
    return iam_str_trim(text).len == 0;
}

/* Control, format and separator characters of Unicode, but the space. */
static const struct {
    uint32_t first;
    uint32_t last;
} UNSEEN[] = {
    {0x0,      0x1f   },
    { 0x7f,    0xa0   },
    { 0xad,    0xad   },
    { 0x600,   0x605  },
    { 0x61c,   0x61c  },
    { 0x6dd,   0x6dd  },
    { 0x70f,   0x70f  },
    { 0x890,   0x891  },
    { 0x8e2,   0x8e2  },
    { 0x1680,  0x1680 },
    { 0x180e,  0x180e },
    { 0x2000,  0x200f },
    { 0x2028,  0x202f },
    { 0x205f,  0x206f },
    { 0x3000,  0x3000 },
    { 0xfeff,  0xfeff },
    { 0xfff9,  0xfffb },
    { 0x110bd, 0x110bd},
    { 0x110cd, 0x110cd},
    { 0x13430, 0x1343f},
    { 0x1bca0, 0x1bca3},
    { 0x1d173, 0x1d17a},
    { 0xe0000, 0xe0fff},
};

static bool is_unseen(struct iam_str character)
{
    static const uint8_t masks[] = { 0x7f, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t code = (uint8_t)character.p[0] & masks[character.len];
    for (size_t i = 1; i < character.len; i++) {
        code = code << 6 | ((uint8_t)character.p[i] & 0x3f);
    }
    for (size_t i = 0; i < IAM_COUNT(UNSEEN); i++) {
        if (code >= UNSEEN[i].first && code <= UNSEEN[i].last) {
            return true;
        }
    }
    return false;
}

/* Tells whether a subject passes for none of AWS's, and shows as it is. */
static bool is_plain(struct iam_str subject)
{
    bool ok = !iam_str_starts_nocase(subject, IAM_STR("arn:")) && iam_utf8_is_valid(subject) &&
              iam_str_trim(subject).len == subject.len;
    for (size_t at = 0; ok && at < subject.len;) {
        size_t len = iam_utf8_first(iam_str_sub(subject, at, subject.len));
        ok = !is_unseen(iam_str_sub(subject, at, len));
        at += len;
    }
    return ok;
}

/* Finds whom the calling session acts for. */
static enum iam_status origin_of(struct iam_call *call, struct iam_str *ret)
{
    const struct iam_session *session = call->caller->session;
    struct iam_str subject = context_of(session, IAM_STR("aws:OriginIdentity/Subject"));
    bool has_issuer =
        iam_str_is_set(context_of(session, IAM_STR("aws:OriginIdentity/Issuer"))) ||
        iam_str_is_set(context_of(session, IAM_STR("aws:OriginIdentity/FederatedProviderArn")));
    if (!has_issuer || is_blank(subject)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "The calling session has no origin identity for the SubjectMode "
                        "OriginIdentity");
    }
    if (!is_plain(subject)) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "The subject of the origin identity cannot be that of a token");
    }
    *ret = subject;
    return IAM_OK;
}

/* ---- claims ---- */

static void add_text(struct iam_buf *b, bool *first, const char *name, struct iam_str value)
{
    if (iam_str_is_set(value)) {
        iam_json_add_name(b, first, iam_str_c(name));
        iam_json_add_string(b, value);
    }
}

static void add_number(struct iam_buf *b, bool *first, const char *name, int64_t value)
{
    iam_json_add_name(b, first, iam_str_c(name));
    iam_buf_add_i64(b, value);
}

static void add_time(struct iam_buf *b, bool *first, const char *name, int64_t ms)
{
    char text[IAM_TIME_ISO_LEN + 1];
    iam_time_to_iso(ms, text);
    add_text(b, first, name, iam_str_c(text));
}

/* Writes one audience as it is, several as a list. */
static void add_audience(struct iam_buf *b, bool *first,
                         const struct api_sts_web_identity_token_audience_list *list)
{
    iam_json_add_name(b, first, IAM_STR("aud"));
    iam_buf_add_c(b, list->count > 1 ? "[" : "");
    for (size_t i = 0; i < list->count; i++) {
        iam_buf_add_c(b, i > 0 ? "," : "");
        iam_json_add_string(b, list->items[i]);
    }
    iam_buf_add_c(b, list->count > 1 ? "]" : "");
}

/* Writes tags of which no two have the same key. */
static void add_tags(struct iam_buf *b, bool *first, const struct iam_tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        iam_json_add_name(b, first, tags[i].key);
        iam_json_add_string(b, tags[i].value);
    }
}

/* Writes the tags as aws:PrincipalTag has them: those of a session before the role's. */
static void add_principal_tags(struct iam_buf *b, bool *first, const struct api_subject *s)
{
    const struct iam_tag *own = s->session != NULL ? s->session->tags : NULL;
    size_t own_count = s->session != NULL ? s->session->tag_count : 0;
    bool is_first = true;
    if (s->view->tag_count + own_count == 0) {
        return;
    }
    iam_json_add_name(b, first, IAM_STR("principal_tags"));
    iam_buf_add_char(b, '{');
    add_tags(b, &is_first, own, own_count);
    for (size_t i = 0; i < s->view->tag_count; i++) {
        if (iam_tag_find(own, own_count, s->view->tags[i].key) == NULL) {
            add_tags(b, &is_first, &s->view->tags[i], 1);
        }
    }
    iam_buf_add_char(b, '}');
}

static void add_request_tags(struct iam_buf *b, bool *first, const struct api_sts_tag_list *tags)
{
    bool is_first = true;
    if (tags->count == 0) {
        return;
    }
    iam_json_add_name(b, first, IAM_STR("request_tags"));
    iam_buf_add_char(b, '{');
    for (size_t i = 0; i < tags->count; i++) {
        iam_json_add_name(b, &is_first, tags->items[i].key);
        iam_json_add_string(b, tags->items[i].value);
    }
    iam_buf_add_char(b, '}');
}

/* Writes where the caller's session comes from, as far as it has one. */
static void add_session(struct iam_buf *b, bool *first, const struct iam_session *session)
{
    if (session == NULL) {
        return;
    }
    if (iam_str_is_set(session->role_name)) {
        add_time(b, first, "original_session_exp", session->expires_ms);
    }
    add_text(b, first, "federated_provider", session->federated_provider);
    add_text(b, first, "source_identity", session->source_identity);
}

static void add_aws_claims(struct iam_buf *b, bool *first, const struct iam_call *call,
                           struct iam_str organization,
                           const struct api_sts_get_web_identity_token_in *in)
{
    bool is_first = true;
    iam_json_add_name(b, first, AWS_CLAIMS);
    iam_buf_add_char(b, '{');
    add_text(b, &is_first, "aws_account", api_account(call));
    add_text(b, &is_first, "source_region", call->caller->signed_region);
    add_text(b, &is_first, "org_id", organization);
    add_text(b, &is_first, "principal_id", call->subject.view->arn);
    add_text(b, &is_first, "subject_mode", is_of_origin(in) ? in->subject_mode : iam_str_absent());
    add_session(b, &is_first, call->caller->session);
    add_principal_tags(b, &is_first, &call->subject);
    add_request_tags(b, &is_first, &in->tags);
    iam_buf_add_char(b, '}');
}

static enum iam_status token_id(struct iam_call *call, struct iam_str *ret)
{
    uint8_t bytes[IAM_UUID_BYTES];
    char text[IAM_UUID_CHARS + 1];
    IAM_TRY(iam_keeper_random(bytes, sizeof(bytes)));
    iam_uuid_set_version(bytes);
    iam_uuid_print(bytes, text);
    return iam_arena_dup(call->arena, iam_str_c(text), ret);
}

/* Finds the ID of the organization that the account manages; absent when it manages none. */
static enum iam_status find_organization(struct iam_call *call, struct iam_str *ret)
{
    struct iam_organization organization;
    enum iam_status st =
        iam_store_organization_get(call->txn, call->arena, api_account(call), &organization);
    *ret = st == IAM_OK ? organization.id : iam_str_absent();
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

static enum iam_status write_claims(struct iam_call *call, struct iam_str issuer, int64_t expires_s,
                                    const struct api_sts_get_web_identity_token_in *in,
                                    struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    struct iam_str id;
    struct iam_str organization;
    bool first = true;
    struct iam_str subject = call->subject.view->arn;
    IAM_TRY(is_of_origin(in) ? origin_of(call, &subject) : IAM_OK);
    IAM_TRY(token_id(call, &id));
    IAM_TRY(find_organization(call, &organization));
    iam_buf_init(&b, &alloc, CLAIMS_MAX);
    iam_buf_add_char(&b, '{');
    add_text(&b, &first, "iss", issuer);
    add_text(&b, &first, "sub", subject);
    add_audience(&b, &first, &in->audience);
    add_number(&b, &first, "iat", expires_s - seconds_of(in));
    add_number(&b, &first, "exp", expires_s);
    add_text(&b, &first, "jti", id);
    add_text(&b, &first, "scope", in->scope);
    add_aws_claims(&b, &first, call, organization, in);
    iam_buf_add_char(&b, '}');
    enum iam_status st = iam_buf_finish(&b, ret);
    if (st == IAM_LIMIT) {
        return api_fail(call, API_ERR_JWT_PAYLOAD_SIZE_EXCEEDED_EXCEPTION,
                        "The requested token payload size exceeds the maximum allowed size.");
    }
    return st;
}

/* ---- the token ---- */

/* Writes the token without its signature, which is over that. */
static void add_parts(struct iam_buf *b, const struct iam_token_key *key, struct iam_str claims)
{
    char header[HEADER_MAX];
    struct iam_str algorithm = iam_token_algorithm_name((enum iam_token_algorithm)key->algorithm);
    int len =
        snprintf(header, sizeof(header), "{\"kid\":\"%.*s\",\"typ\":\"JWT\",\"alg\":\"%.*s\"}",
                 IAM_STR_ARG(key->id), IAM_STR_ARG(algorithm));
    iam_base64url_add(b, header, (size_t)len);
    iam_buf_add_char(b, '.');
    iam_base64url_add(b, claims.p, claims.len);
}

static enum iam_status seal(struct iam_call *call, const struct iam_token_key *key,
                            struct iam_str claims, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    struct iam_str text;
    struct iam_str signature;
    iam_buf_init(&b, &alloc, TOKEN_MAX);
    add_parts(&b, key, claims);
    IAM_TRY(iam_buf_finish(&b, &text));
    IAM_TRY(iam_keeper_sign_token(call->env->keeper, key, text, call->arena, &signature));
    iam_buf_add_char(&b, '.');
    iam_base64url_add(&b, signature.p, signature.len);
    return iam_buf_finish(&b, ret);
}

/* Finds the key to sign with. An account of an earlier version gets its keys after the start. */
static enum iam_status find_key(struct iam_call *call,
                                const struct api_sts_get_web_identity_token_in *in,
                                const struct iam_token_key **ret)
{
    struct iam_token_key_list keys = { 0 };
    enum iam_token_algorithm algorithm = IAM_TOKEN_RS256;
    bool is_ours = iam_token_algorithm_of(in->signing_algorithm, &algorithm);
    IAM_ASSERT(is_ours);
    IAM_TRY(iam_store_token_key_list(call->txn, call->arena, api_account(call), &keys));
    *ret = iam_token_key_signing(keys.items, keys.count, algorithm, call->high_ms);
    if (!is_ours || *ret == NULL) {
        return api_fail(call, API_ERR_SERVICE_UNAVAILABLE,
                        "The keys of the account are being made; try again later.");
    }
    return IAM_OK;
}

/* Finds the issuer of an account that issues tokens. */
static enum iam_status need_issuer(struct iam_call *call, struct iam_str *ret)
{
    struct iam_account_settings settings = { 0 };
    enum iam_status st =
        iam_store_account_settings_get(call->txn, call->arena, api_account(call), &settings);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    if (st == IAM_NOT_FOUND || !settings.is_issuing) {
        return api_fail(call, API_ERR_OUTBOUND_WEB_IDENTITY_FEDERATION_DISABLED_EXCEPTION,
                        "OutboundWebIdentityFederation is disabled.");
    }
    return iam_arena_fmt(call->arena, ret, "%.*s/oidc/%.*s", IAM_STR_ARG(call->env->base_url),
                         IAM_STR_ARG(settings.issuer));
}

static enum iam_status check_caller(struct iam_call *call, int64_t expires_s)
{
    const struct iam_session *session = call->caller->session;
    if (session != NULL && expires_s * 1000 > session->expires_ms) {
        return api_fail(call, API_ERR_SESSION_DURATION_ESCALATION_EXCEPTION,
                        "Requested token expiry time must be before the original session's expiry "
                        "time.");
    }
    return IAM_OK;
}

enum iam_status api_sts_get_web_identity_token(struct iam_call *call,
                                               const struct api_sts_get_web_identity_token_in *in,
                                               struct api_sts_get_web_identity_token_out *out)
{
    int64_t expires_s = call->high_ms / 1000 + seconds_of(in);
    const struct iam_token_key *key;
    struct iam_str issuer;
    struct iam_str claims;
    IAM_TRY(need_issuer(call, &issuer));
    IAM_TRY(check_caller(call, expires_s));
    IAM_TRY(find_key(call, in, &key));
    IAM_TRY(write_claims(call, issuer, expires_s, in, &claims));
    /* A signature takes about a millisecond: never on a thread where others wait. */
    IAM_ENSURE(api_work_spend(&call->work, API_STEPS_SHORT), IAM_LIMIT);
    IAM_TRY(seal(call, key, claims, &out->web_identity_token));
    out->expiration = api_time(expires_s * 1000);
    return IAM_OK;
}
