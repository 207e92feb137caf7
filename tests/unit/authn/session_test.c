/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and sessions: unknown, inactive, expired, somebody else's, of a role that is gone (S14, S17,
 * S18), or altered; every field of a signed request altered; every allocation failing.
 */
#include "rig.h"

#include "base/heap.h"
#include "keeper/digest.h"
#include "lib/failing_alloc.h"
#include "lib/residue.h"

#define SESSION_ID "ASIAIOSFODNN7EXAMPLE"
#define HOUR_MS INT64_C(3600000)
#define INVALID "The security token included in the request is invalid."
/* with a session token AWS leaves the full stop out */
#define INVALID_SESSION "The security token included in the request is invalid"

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_init(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_done(&rig);
    return 0;
}

static void sign_session(struct iam_str token)
{
    rig_set(&rig, "X-Amz-Security-Token", token);
    rig_sign(&rig, "host;x-amz-date;x-amz-security-token");
}

static struct iam_str new_session(void)
{
    return rig_session(&rig, SESSION_ID, RIG_NOW_MS - HOUR_MS, RIG_NOW_MS + HOUR_MS);
}

static void test_unknown_key(void **state)
{
    (void)state;
    rig.sign_id = IAM_STR("AKIDNOBODY");
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID);
    assert_int_equal(rig.key_calls, 1);
    assert_str(rig.failure.access_key_id, "AKIDNOBODY");
}

/* S17: a deactivated key, with a right and with a wrong signature, answers as an unknown one. */
static void test_inactive_key(void **state)
{
    (void)state;
    rig_sign(&rig, "host;x-amz-date");
    rig.record.is_active = false;
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID);
    rig.sign_secret = IAM_STR("not the secret, not at all");
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID);
    rig.record.is_active = true;
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH,
                      "The request signature we calculated does not match the signature you "
                      "provided.");
}

/* The old secret of a key is of no use once another is stored, cached or not. */
static void test_replaced_secret(void **state)
{
    (void)state;
    struct iam_secret_text secret;
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_ok(&rig);
    assert_int_equal(iam_keeper_make_secret(rig.keeper, rig.key_id, &rig.arena,
                                            &rig.record.sealed_secret, &secret),
                     IAM_OK);
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
    rig.sign_secret = iam_str_c(secret.text);
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_ok(&rig);
}

/* A store that fails, or that holds a blob of another key, denies: with a status of our own. */
static void test_failing_store(void **state)
{
    (void)state;
    rig_sign(&rig, "host;x-amz-date");
    rig.key_status = IAM_IO;
    assert_int_equal(rig_verify(&rig), IAM_IO);
    rig.key_status = IAM_OK;
    assert_int_equal(iam_keeper_seal_given_secret(rig.keeper, IAM_STR("AKIDOTHER"),
                                                  IAM_STR(RIG_SECRET), &rig.arena,
                                                  &rig.record.sealed_secret),
                     IAM_OK);
    assert_int_equal(rig_verify(&rig), IAM_CORRUPT);
    rig.record.kind = IAM_KIND_NONE;
    assert_int_equal(rig_verify(&rig), IAM_CORRUPT);
}

static void test_session(void **state)
{
    (void)state;
    struct iam_str token = new_session();
    sign_session(token);
    rig_assert_ok(&rig);
    const struct iam_identity *id = &rig.result.identity;
    assert_int_equal(id->kind, IAM_KIND_ROLE_SESSION);
    assert_str(id->account, "111122223333");
    assert_str(id->principal_id, "AROAIOSFODNN7EXAMPLE1");
    assert_str(id->access_key_id, SESSION_ID);
    assert_str(id->session->session_name, "ann");
    assert_int_equal(rig.key_calls, 0);
    assert_int_equal(rig.role_calls, 1);
}

static void test_session_presigned(void **state)
{
    (void)state;
    struct iam_str token = new_session();
    rig_presign(&rig, "host", "60", token.p);
    rig_assert_ok(&rig);
    assert_int_equal(rig.result.identity.kind, IAM_KIND_ROLE_SESSION);
}

/* S18 */
static void test_session_without_token(void **state)
{
    (void)state;
    (void)new_session();
    rig_sign(&rig, "host;x-amz-date");
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID);
    rig_set(&rig, "X-Amz-Security-Token", IAM_STR(""));
    rig_sign(&rig, "host;x-amz-date;x-amz-security-token");
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID);
}

static void test_session_with_token_of_another(void **state)
{
    (void)state;
    struct iam_str other =
        rig_session(&rig, "ASIAIOSFODNN7EXAMPLF", RIG_NOW_MS - HOUR_MS, RIG_NOW_MS + HOUR_MS);
    (void)new_session();
    sign_session(other);
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID_SESSION);
}

static void test_permanent_key_with_token(void **state)
{
    (void)state;
    struct iam_str token = new_session();
    rig.sign_id = IAM_STR(RIG_ID);
    rig.sign_secret = IAM_STR(RIG_SECRET);
    sign_session(token);
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID_SESSION);
    sign_session(IAM_STR(""));
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID);
}

/* A token with any one character altered, or cut short, is none of ours. */
static void test_session_changed_token(void **state)
{
    (void)state;
    struct iam_str token = new_session();
    char *copy = iam_arena_alloc(&rig.arena, token.len);
    for (size_t i = 0; i < token.len; i++) {
        memcpy(copy, token.p, token.len);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        sign_session((struct iam_str){ copy, token.len });
        rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID_SESSION);
    }
    sign_session(iam_str_sub(token, 0, token.len - 4));
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID_SESSION);
}

static void test_session_of_another_cluster(void **state)
{
    (void)state;
    struct rig other;
    rig_init(&other);
    struct iam_str token =
        rig_session(&other, SESSION_ID, RIG_NOW_MS - HOUR_MS, RIG_NOW_MS + HOUR_MS);
    rig.sign_id = IAM_STR(SESSION_ID);
    rig.sign_secret = other.sign_secret;
    sign_session(token);
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID_SESSION);
    rig_done(&other);
}

static void test_session_times(void **state)
{
    (void)state;
    static const struct {
        int64_t issued_ms;
        int64_t expires_ms;
        int error; /* -1: accepted */
    } rows[] = {
        {-HOUR_MS,            1,       -1                     },
        { -HOUR_MS,           0,       IAM_AUTHN_EXPIRED_TOKEN},
        { -HOUR_MS,           -1,      IAM_AUTHN_EXPIRED_TOKEN},
        { 15 * 60 * 1000,     HOUR_MS, -1                     },
        { 15 * 60 * 1000 + 1, HOUR_MS, IAM_AUTHN_INVALID_TOKEN},
    };
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        sign_session(rig_session(&rig, SESSION_ID, RIG_NOW_MS + rows[i].issued_ms,
                                 RIG_NOW_MS + rows[i].expires_ms));
        if (rows[i].error < 0) {
            rig_assert_ok(&rig);
        } else {
            rig_assert_denied(&rig, (enum iam_authn_error)rows[i].error, "security token");
        }
    }
}

/* Only the owner of a session is told that it has ended. */
static void test_expired_session_wrong_signature(void **state)
{
    (void)state;
    struct iam_str token = rig_session(&rig, SESSION_ID, RIG_NOW_MS - HOUR_MS, RIG_NOW_MS - 1);
    sign_session(token);
    rig_assert_denied(&rig, IAM_AUTHN_EXPIRED_TOKEN,
                      "The security token included in the request is expired");
    rig.sign_secret = IAM_STR("not the secret, not at all");
    sign_session(token);
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
}

static void test_role_gone(void **state)
{
    (void)state;
    sign_session(new_session());
    rig.role_status = IAM_NOT_FOUND;
    rig_assert_denied(&rig, IAM_AUTHN_INVALID_TOKEN, INVALID_SESSION);
    rig.role_status = IAM_IO;
    assert_int_equal(rig_verify(&rig), IAM_IO);
}

/* Tampering: each part of this well-signed request is altered in turn. */
static void sign_post(void)
{
    rig.request.method = IAM_STR("POST");
    rig.request.path = IAM_STR("/a/b");
    rig.path = rig.request.path;
    rig.request.query = IAM_STR("k=v&l=w");
    rig.canonical_query = rig.request.query;
    rig.request.body = IAM_STR("Action=ListUsers&Version=2010-05-08");
    rig_set(&rig, "Content-Type", IAM_STR("application/x-www-form-urlencoded"));
    rig_set(&rig, "X-Custom", IAM_STR("one"));
    rig_sign(&rig, "content-type;host;x-amz-date;x-custom");
}

static void assert_tampered(struct iam_str *field, const char *text)
{
    struct iam_str old = *field;
    rig_assert_ok(&rig);
    *field = iam_str_c(text);
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "The String-to-Sign should have been");
    *field = old;
    rig_assert_ok(&rig);
}

static struct iam_str *header_value(const char *name)
{
    for (size_t i = 0; i < rig.request.header_count; i++) {
        if (iam_str_eq_nocase(rig.headers[i].name, iam_str_c(name))) {
            return &rig.headers[i].value;
        }
    }
    fail_msg("no header %s", name);
    return NULL;
}

static void test_tampered_request(void **state)
{
    (void)state;
    sign_post();
    assert_tampered(&rig.request.method, "PUT");
    assert_tampered(&rig.request.path, "/a/c");
    assert_tampered(&rig.request.path, "/a/b/");
    assert_tampered(&rig.request.path, "/a%2Fb");
    assert_tampered(&rig.request.query, "k=v");
    assert_tampered(&rig.request.query, "k=v&l=x");
    assert_tampered(&rig.request.query, "k=v&l=w&l=w");
    assert_tampered(&rig.request.query, "k=v&m=w");
    assert_tampered(&rig.request.query, "K=v&l=w");
    assert_tampered(&rig.request.body, "Action=ListUsers&Version=2010-05-09");
    assert_tampered(&rig.request.body, "");
    assert_tampered(header_value("host"), "sts.example.com");
    assert_tampered(header_value("content-type"), "application/json");
    assert_tampered(header_value("x-custom"), "two");
    assert_tampered(header_value("x-amz-date"), "20150830T123601Z");
    rig.request.query = IAM_STR("l=w&k=v"); /* the order of parameters is not part of it */
    rig_assert_ok(&rig);
}

/* One character of each part of the Authorization header. */
static void test_tampered_authorization(void **state)
{
    (void)state;
    sign_post();
    struct iam_str *value = header_value("authorization");
    struct iam_str good = *value;
    char *copy = iam_arena_alloc(&rig.arena, good.len);
    size_t accepted = 0;
    for (size_t i = 0; i < good.len; i++) {
        memcpy(copy, good.p, good.len);
        copy[i] = copy[i] == '0' ? '1' : '0';
        *value = (struct iam_str){ copy, good.len };
        accepted += rig_verify(&rig) != IAM_DENIED;
    }
    *value = good;
    rig_assert_ok(&rig);
    assert_int_equal(accepted, 0);
    *value = iam_str_sub(good, 0, good.len - 1);
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
    *value = rig_fmt(&rig, "%.*s0", IAM_STR_ARG(good));
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
}

/* Upper-case hexadecimal is another signature: there is one form. */
static void test_signature_case(void **state)
{
    (void)state;
    sign_post();
    struct iam_str *value = header_value("authorization");
    char *copy = iam_arena_alloc(&rig.arena, value->len);
    memcpy(copy, value->p, value->len);
    for (size_t i = value->len - 64; i < value->len; i++) {
        copy[i] = copy[i] >= 'a' ? (char)(copy[i] - 32) : copy[i];
    }
    value->p = copy;
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
}

/* S17: every character of the query of a presigned request, and what could be added to it. */
static void test_tampered_presigned(void **state)
{
    (void)state;
    rig.canonical_query = IAM_STR("Action=GetCallerIdentity");
    rig_presign(&rig, "host", "60", NULL);
    struct iam_str good = rig.request.query;
    char *copy = iam_arena_alloc(&rig.arena, good.len);
    for (size_t i = 0; i < good.len; i++) {
        memcpy(copy, good.p, good.len);
        copy[i] = copy[i] == '0' ? '1' : '0';
        rig.request.query = (struct iam_str){ copy, good.len };
        assert_int_equal(rig_verify(&rig), IAM_DENIED);
    }
    rig.request.query = rig_fmt(&rig, "%.*s&UserName=x", IAM_STR_ARG(good));
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "UserName=x");
    rig.request.query = good;
    rig_assert_ok(&rig);
    rig.request.method = IAM_STR("POST");
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
    rig.request.method = IAM_STR("GET");
    rig.request.body = IAM_STR("x");
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH, "does not match");
}

/* The message shows what we computed; the log's message does not. */
static void test_mismatch_message(void **state)
{
    (void)state;
    sign_post();
    rig.request.query = IAM_STR("k=changed");
    rig_assert_denied(&rig, IAM_AUTHN_SIGNATURE_MISMATCH,
                      "The Canonical String for this request should have been\n'POST\n/a/b\n"
                      "k=changed\ncontent-type:");
    assert_true(rig_holds(rig.failure.message,
                          "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" RIG_DATE
                          "\n20150830/us-east-1/iam/aws4_request\n"));
    assert_false(rig_holds(rig.failure.short_message, "changed"));
    assert_false(rig_holds(rig.failure.message, RIG_SECRET));
}

static enum iam_status verify_with(const struct iam_alloc *alloc, void *ctx)
{
    (void)ctx;
    struct iam_arena arena;
    struct iam_authn_result result;
    struct iam_authn_failure failure;
    iam_arena_init(&arena, alloc, 1 << 20);
    enum iam_status st = iam_authn_verify(&rig.authn, &rig.request, &arena, &result, &failure);
    iam_arena_done(&arena);
    /* The scenario of the denied request counts as done. */
    return st == IAM_DENIED ? IAM_OK : st;
}

/* ---- what is left on the stack ---- */

static struct iam_signing_key signing_key;
static enum iam_status verified;

static void verify(void)
{
    verified = rig_verify(&rig);
}

/* The key of a caller is not there when the request was judged, nor is the signature it makes. */
static void assert_leaves_nothing(enum iam_status want)
{
    uint8_t mac[IAM_SHA256_BYTES];
    struct iam_str right;
    residue_of(verify);
    assert_int_equal(verified, want);
    right = rig_signature(&rig, "host;x-amz-date;x-amz-security-token");
    for (size_t i = 0; i < sizeof(mac); i++) {
        mac[i] = (uint8_t)(iam_ascii_hex_value(right.p[2 * i]) * 16 +
                           iam_ascii_hex_value(right.p[2 * i + 1]));
    }
    assert_false(residue_has(signing_key.bytes, 16));
    assert_false(residue_has(mac, 16));
    assert_false(residue_has(right.p, 16));
}

static void test_leaves_nothing(void **state)
{
    const struct iam_key_scope scope = { IAM_STR("20150830"), rig.region, rig.service };
    const struct iam_session *session;
    (void)state;
    struct iam_str token = new_session();
    assert_ok(iam_keeper_open_session(rig.keeper, IAM_STR(SESSION_ID), token, &scope, &rig.arena,
                                      &session, &signing_key));
    sign_session(token);
    assert_leaves_nothing(IAM_OK);
    rig.role_status = IAM_IO;
    assert_leaves_nothing(IAM_IO);
    rig.role_status = IAM_OK;
    /* a request that was changed: its right signature is nobody's to know */
    rig_set(&rig, "Host", IAM_STR("sts.example.com"));
    assert_leaves_nothing(IAM_DENIED);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    sign_session(new_session());
    assert_true(torture(verify_with, NULL) >= 1);
    rig_presign(&rig, "host", "60", NULL);
    assert_true(torture(verify_with, NULL) >= 1);
}

/* In an arena of any size the request is judged as in a large one, or not at all. */
static void assert_small_arenas(enum iam_status want)
{
    enum iam_status st = IAM_NOMEM;
    for (size_t cap = 0; st != want; cap += 8) {
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), cap);
        st = iam_authn_verify(&rig.authn, &rig.request, &arena, &rig.result, &rig.failure);
        assert_true(st == want || st == IAM_NOMEM || st == IAM_LIMIT);
        assert_true(st != IAM_DENIED || rig_holds(rig.failure.message, "String-to-Sign"));
        iam_arena_done(&arena);
        assert_true(cap < 64 * 1024);
    }
}

static void test_small_arenas(void **state)
{
    (void)state;
    sign_session(new_session());
    assert_small_arenas(IAM_OK);
    rig_set(&rig, "Host", IAM_STR("sts.example.com"));
    assert_small_arenas(IAM_DENIED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_unknown_key),
        T(test_inactive_key),
        T(test_replaced_secret),
        T(test_failing_store),
        T(test_session),
        T(test_session_presigned),
        T(test_session_without_token),
        T(test_session_with_token_of_another),
        T(test_permanent_key_with_token),
        T(test_session_changed_token),
        T(test_session_of_another_cluster),
        T(test_session_times),
        T(test_expired_session_wrong_signature),
        T(test_role_gone),
        T(test_tampered_request),
        T(test_tampered_authorization),
        T(test_signature_case),
        T(test_tampered_presigned),
        T(test_mismatch_message),
        T(test_out_of_memory),
        T(test_small_arenas),
        T(test_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
