/* SPDX-License-Identifier: Apache-2.0 */
/* See rig.h. */
#include "rig.h"

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

static enum iam_status find_role(void *ctx, const struct iam_session *session,
                                 struct iam_arena *arena)
{
    struct rig *rig = ctx;
    rig->role_calls++;
    (void)arena;
    assert_str(session->account, "111122223333");
    assert_str(session->issuer_id, "AROAIOSFODNN7EXAMPLE1");
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

static struct signer signer_of(struct rig *rig)
{
    return (struct signer){ .arena = &rig->arena,
                            .id = rig->sign_id,
                            .secret = rig->sign_secret,
                            .region = rig->region,
                            .service = rig->service,
                            .date = rig->date };
}

static struct signer_target target_of(const struct rig *rig)
{
    return (struct signer_target){ rig->path, rig->canonical_query };
}

struct iam_str rig_signature(struct rig *rig, const char *signed_headers)
{
    struct signer signer = signer_of(rig);
    struct signer_target target = target_of(rig);
    return signer_signature(&signer, &rig->request, &target, signed_headers);
}

void rig_authorize(struct rig *rig, const char *signed_headers)
{
    struct signer signer = signer_of(rig);
    struct signer_target target = target_of(rig);
    rig_set(rig, "Authorization",
            signer_authorization(&signer, &rig->request, &target, signed_headers));
}

void rig_sign(struct rig *rig, const char *signed_headers)
{
    rig_set(rig, "X-Amz-Date", rig->date);
    rig_authorize(rig, signed_headers);
}

void rig_presign(struct rig *rig, const char *signed_headers, const char *expires,
                 const char *token)
{
    struct signer signer = signer_of(rig);
    struct iam_str scope = signer_scope(&signer);
    struct iam_str credential =
        rig_fmt(rig, "%.*s/%.*s", IAM_STR_ARG(rig->sign_id), IAM_STR_ARG(scope));
    credential = signer_escape(&rig->arena, credential);
    struct iam_str names = signer_escape(&rig->arena, iam_str_c(signed_headers));
    struct iam_str q = rig->canonical_query;
    q = rig_fmt(rig, "%.*s%sX-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%.*s&X-Amz-Date=%.*s",
                IAM_STR_ARG(q), q.len > 0 ? "&" : "", IAM_STR_ARG(credential),
                IAM_STR_ARG(rig->date));
    if (expires != NULL) {
        struct iam_str value = signer_escape(&rig->arena, iam_str_c(expires));
        q = rig_fmt(rig, "%.*s&X-Amz-Expires=%.*s", IAM_STR_ARG(q), IAM_STR_ARG(value));
    }
    if (token != NULL) {
        struct iam_str value = signer_escape(&rig->arena, iam_str_c(token));
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
    assert_int_equal(
        iam_keeper_seal_session(rig->keeper, &session, 0, &rig->arena, &token, &secret), IAM_OK);
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
