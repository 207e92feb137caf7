/* SPDX-License-Identifier: Apache-2.0 */
/* See rig.h. */
#include "rig.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "base/heap.h"

static enum iam_status find_key(void *ctx, struct iam_str id, struct iam_arena *arena,
                                struct iam_key_record *ret)
{
    struct rig *rig = ctx;
    (void)arena;
    rig->key_calls++;
    if (rig->key_status != IAM_OK) {
        return rig->key_status;
    }
    if (!iam_str_eq(id, rig->key_id)) {
        return IAM_NOT_FOUND;
    }
    *ret = rig->record;
    return IAM_OK;
}

static enum iam_status find_role(void *ctx, struct iam_str account, struct iam_str role_id)
{
    struct rig *rig = ctx;
    rig->role_calls++;
    assert_str(account, "111122223333");
    assert_str(role_id, "AROAIOSFODNN7EXAMPLE1");
    return rig->role_status;
}

static struct iam_keeper *new_keeper(void)
{
    char error[128];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap() };
    assert_int_equal(iam_keeper_new(&config, &k, error, sizeof(error)), IAM_OK);
    return k;
}

void rig_init(struct rig *rig)
{
    *rig = (struct rig){
        .keeper = new_keeper(),
        .key_id = IAM_STR(RIG_ID),
        .record = {IAM_STR("111122223333"),
                   IAM_KIND_USER, IAM_STR("AIDAIOSFODNN7EXAMPLE1"),
                   true, { NULL, 0 }},
        .sign_id = IAM_STR(RIG_ID),
        .sign_secret = IAM_STR(RIG_SECRET),
        .region = IAM_STR("us-east-1"),
        .service = IAM_STR("iam"),
        .date = IAM_STR(RIG_DATE),
        .path = IAM_STR("/"),
        .canonical_query = IAM_STR(""),
    };
    iam_arena_init(&rig->arena, iam_heap(), 8 << 20);
    assert_int_equal(iam_keeper_seal_given_secret(rig->keeper, rig->key_id, IAM_STR(RIG_SECRET),
                                                  &rig->arena, &rig->record.sealed_secret),
                     IAM_OK);
    rig->authn = (struct iam_authn){
        rig->keeper, {find_key,   rig},
         { find_role, rig}
    };
    rig->request = (struct iam_authn_request){
        .method = IAM_STR("GET"),
        .path = IAM_STR("/"),
        .headers = rig->headers,
        .body = IAM_STR(""),
        .service = IAM_STR("iam"),
        .now_ms = RIG_NOW_MS,
    };
    rig_add(rig, "Host", IAM_STR("iam.example.com"));
}

void rig_done(struct rig *rig)
{
    iam_arena_done(&rig->arena);
    iam_keeper_free(rig->keeper);
}

struct iam_str rig_fmt(struct rig *rig, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert_true(n >= 0);
    char *p = iam_arena_alloc(&rig->arena, (size_t)n + 1);
    assert_non_null(p);
    va_start(args, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    return (struct iam_str){ p, (size_t)n };
}

void rig_add(struct rig *rig, const char *name, struct iam_str value)
{
    assert_true(rig->request.header_count < RIG_HEADERS);
    rig->headers[rig->request.header_count++] = (struct iam_authn_header){ iam_str_c(name), value };
}

void rig_set(struct rig *rig, const char *name, struct iam_str value)
{
    for (size_t i = 0; i < rig->request.header_count; i++) {
        if (iam_str_eq_nocase(rig->headers[i].name, iam_str_c(name))) {
            rig->headers[i].value = value;
            return;
        }
    }
    rig_add(rig, name, value);
}

void rig_remove(struct rig *rig, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < rig->request.header_count; i++) {
        if (!iam_str_eq_nocase(rig->headers[i].name, iam_str_c(name))) {
            rig->headers[n++] = rig->headers[i];
        }
    }
    rig->request.header_count = n;
}

static struct iam_str header_of(const struct rig *rig, struct iam_str name)
{
    for (size_t i = 0; i < rig->request.header_count; i++) {
        if (iam_str_eq_nocase(rig->headers[i].name, name)) {
            return rig->headers[i].value;
        }
    }
    return IAM_STR("");
}

static struct iam_str hex_of(struct rig *rig, const unsigned char *bytes, size_t n)
{
    struct iam_str s = IAM_STR("");
    for (size_t i = 0; i < n; i++) {
        s = rig_fmt(rig, "%.*s%02x", IAM_STR_ARG(s), bytes[i]);
    }
    return s;
}

static struct iam_str sha256_of(struct rig *rig, struct iam_str s)
{
    unsigned char hash[32];
    assert_non_null(SHA256((const unsigned char *)s.p, s.len, hash));
    return hex_of(rig, hash, sizeof(hash));
}

static void mac_of(const void *key, size_t key_len, struct iam_str s, unsigned char ret[32])
{
    unsigned len = 0;
    assert_non_null(
        HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)s.p, s.len, ret, &len));
    assert_int_equal(len, 32);
}

static struct iam_str canonical_of(struct rig *rig, const char *signed_headers)
{
    struct iam_str text = rig_fmt(rig, "%.*s\n%.*s\n%.*s\n", IAM_STR_ARG(rig->request.method),
                                  IAM_STR_ARG(rig->path), IAM_STR_ARG(rig->canonical_query));
    struct iam_str rest = iam_str_c(signed_headers);
    while (rest.len > 0) {
        struct iam_str name = iam_str_sub(rest, 0, iam_str_find(rest, ';', 0));
        struct iam_str value = header_of(rig, name);
        text = rig_fmt(rig, "%.*s%.*s:%.*s\n", IAM_STR_ARG(text), IAM_STR_ARG(name),
                       IAM_STR_ARG(value));
        rest = iam_str_sub(rest, name.len + 1, rest.len);
    }
    struct iam_str hash = sha256_of(rig, rig->request.body);
    return rig_fmt(rig, "%.*s\n%s\n%.*s", IAM_STR_ARG(text), signed_headers, IAM_STR_ARG(hash));
}

static struct iam_str scope_of(struct rig *rig)
{
    return rig_fmt(rig, "%.8s/%.*s/%.*s/aws4_request", rig->date.p, IAM_STR_ARG(rig->region),
                   IAM_STR_ARG(rig->service));
}

struct iam_str rig_signature(struct rig *rig, const char *signed_headers)
{
    struct iam_str hash = sha256_of(rig, canonical_of(rig, signed_headers));
    struct iam_str scope = scope_of(rig);
    struct iam_str text = rig_fmt(rig, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%.*s", IAM_STR_ARG(rig->date),
                                  IAM_STR_ARG(scope), IAM_STR_ARG(hash));
    struct iam_str first = rig_fmt(rig, "AWS4%.*s", IAM_STR_ARG(rig->sign_secret));
    unsigned char a[32];
    unsigned char b[32];
    mac_of(first.p, first.len, iam_str_sub(rig->date, 0, 8), a);
    mac_of(a, 32, rig->region, b);
    mac_of(b, 32, rig->service, a);
    mac_of(a, 32, IAM_STR("aws4_request"), b);
    mac_of(b, 32, text, a);
    return hex_of(rig, a, 32);
}

void rig_authorize(struct rig *rig, const char *signed_headers)
{
    struct iam_str scope = scope_of(rig);
    struct iam_str signature = rig_signature(rig, signed_headers);
    rig_set(rig, "Authorization",
            rig_fmt(rig, "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%s, Signature=%.*s",
                    IAM_STR_ARG(rig->sign_id), IAM_STR_ARG(scope), signed_headers,
                    IAM_STR_ARG(signature)));
}

void rig_sign(struct rig *rig, const char *signed_headers)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    rig_authorize(rig, signed_headers);
}

/* Slashes and semicolons are the only characters here that a query escapes. */
static struct iam_str escape(struct rig *rig, struct iam_str s)
{
    struct iam_str out = IAM_STR("");
    for (size_t i = 0; i < s.len; i++) {
        bool is_plain = iam_ascii_is_alnum(s.p[i]) || strchr("-._~", s.p[i]) != NULL;
        out = is_plain ? rig_fmt(rig, "%.*s%c", IAM_STR_ARG(out), s.p[i])
                       : rig_fmt(rig, "%.*s%%%02X", IAM_STR_ARG(out), (unsigned char)s.p[i]);
    }
    return out;
}

void rig_presign(struct rig *rig, const char *signed_headers, const char *expires,
                 const char *token)
{
    struct iam_str scope = scope_of(rig);
    struct iam_str credential =
        rig_fmt(rig, "%.*s/%.*s", IAM_STR_ARG(rig->sign_id), IAM_STR_ARG(scope));
    credential = escape(rig, credential);
    struct iam_str names = escape(rig, iam_str_c(signed_headers));
    struct iam_str q = rig->canonical_query;
    q = rig_fmt(rig, "%.*s%sX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%.*s&X-Amz-Date=%.*s",
                IAM_STR_ARG(q), q.len > 0 ? "&" : "", IAM_STR_ARG(credential),
                IAM_STR_ARG(rig->date));
    if (expires != NULL) {
        struct iam_str value = escape(rig, iam_str_c(expires));
        q = rig_fmt(rig, "%.*s&X-Amz-Expires=%.*s", IAM_STR_ARG(q), IAM_STR_ARG(value));
    }
    if (token != NULL) {
        struct iam_str value = escape(rig, iam_str_c(token));
        q = rig_fmt(rig, "%.*s&X-Amz-Security-Token=%.*s", IAM_STR_ARG(q), IAM_STR_ARG(value));
    }
    rig->canonical_query =
        rig_fmt(rig, "%.*s&X-Amz-SignedHeaders=%.*s", IAM_STR_ARG(q), IAM_STR_ARG(names));
    struct iam_str signature = rig_signature(rig, signed_headers);
    rig->request.query = rig_fmt(rig, "%.*s&X-Amz-Signature=%.*s",
                                 IAM_STR_ARG(rig->canonical_query), IAM_STR_ARG(signature));
}

struct iam_str rig_session(struct rig *rig, const char *access_key_id, int64_t issued_ms,
                           int64_t expires_ms)
{
    struct iam_session session = {
        .access_key_id = iam_str_c(access_key_id),
        .account = IAM_STR("111122223333"),
        .kind = IAM_KIND_ROLE_SESSION,
        .issuer_id = IAM_STR("AROAIOSFODNN7EXAMPLE1"),
        .role_name = IAM_STR("deploy"),
        .session_name = IAM_STR("ann"),
        .issued_ms = issued_ms,
        .expires_ms = expires_ms,
    };
    struct iam_str token;
    struct iam_secret_text secret;
    assert_int_equal(iam_keeper_seal_session(rig->keeper, &session, &rig->arena, &token, &secret),
                     IAM_OK);
    rig->sign_id = iam_str_c(access_key_id);
    rig->sign_secret = rig_fmt(rig, "%s", secret.text);
    return token;
}

enum iam_status rig_verify(struct rig *rig)
{
    return iam_authn_verify(&rig->authn, &rig->request, &rig->arena, &rig->result, &rig->failure);
}

bool rig_holds(struct iam_str text, const char *part)
{
    return memmem(text.p, text.len, part, strlen(part)) != NULL;
}

void rig_assert_denied(struct rig *rig, enum iam_authn_error error, const char *part)
{
    enum iam_status st = rig_verify(rig);
    if (st != IAM_DENIED || rig->failure.error != error || !rig_holds(rig->failure.message, part)) {
        print_error("status %d, error %d (wanted %d), message \"%.*s\" (wanted \"%s\")\n", (int)st,
                    st == IAM_DENIED ? (int)rig->failure.error : -1, (int)error,
                    IAM_STR_ARG(rig->failure.message), part);
        fail();
    }
    assert_true(rig->failure.short_message.len > 0);
}

void rig_assert_ok(struct rig *rig)
{
    enum iam_status st = rig_verify(rig);
    if (st != IAM_OK) {
        print_error("status %d, error %d: %.*s\n", (int)st,
                    st == IAM_DENIED ? (int)rig->failure.error : -1,
                    st == IAM_DENIED ? (int)rig->failure.message.len : 0, rig->failure.message.p);
        fail();
    }
}
