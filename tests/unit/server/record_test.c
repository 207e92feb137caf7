/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who acted, in the record of a request by a session. SPEC: CloudTrail User Guide, "CloudTrail
 * userIdentity element"; IAM User Guide, "Track privileged tasks in CloudTrail".
 */
#include "server/record.h"

#include "base/heap.h"
#include "lib/test.h"

#define S(text) IAM_STR_INIT(text)
#define ISSUED INT64_C(1764500000000)
#define ISSUED_TEXT "2025-11-30T10:53:20Z"
#define PROVIDER "arn:aws:iam::111122223333:oidc-provider/idp.example.com"

static struct iam_arena arena;
static struct api_env env = { .region = S("us-east-1") };

static const struct iam_view role = { .kind = IAM_KIND_ROLE,
                                      .account = S("111122223333"),
                                      .id = S("AROAROLE"),
                                      .name = S("door"),
                                      .arn = S("arn:aws:iam::111122223333:role/door") };
static const struct iam_view root = { .kind = IAM_KIND_ACCOUNT,
                                      .account = S("222233334444"),
                                      .id = S("222233334444"),
                                      .name = S(""),
                                      .arn = S("arn:aws:iam::222233334444:root") };

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

/* Makes the record of a request by session, which acts as kind, and looks for its identity. */
static void check(const struct iam_session *session, const struct iam_view *view,
                  enum iam_kind kind, const char *expected)
{
    struct iam_str text;
    struct api_request r = {
        .call = {.env = &env,
                 .arena = &arena,
                 .request_id = S("r"),
                 .now_ms = ISSUED,
                 .subject = { .kind = kind, .view = view, .session = session } },
        .identity = { .access_key_id = S("ASIAKEY")},
    };
    assert_ok(iam_session_arn(&arena, session, &r.call.subject.session_arn));
    assert_ok(iam_session_user_id(&arena, session, &r.call.subject.user_id));
    assert_ok(record_whole(&r, &text));
    struct iam_str rest = iam_str_sub(text, iam_str_find(text, '{', 1), text.len);
    assert_same_str(iam_str_sub(rest, 0, strlen(expected)), iam_str_c(expected));
}

#define ROLE_IDENTITY                                                                              \
    "{\"type\":\"AssumedRole\",\"principalId\":\"AROAROLE:night\","                                \
    "\"arn\":\"arn:aws:sts::111122223333:assumed-role/door/night\","                               \
    "\"accountId\":\"111122223333\",\"accessKeyId\":\"ASIAKEY\",\"sessionContext\":{"              \
    "\"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"AROAROLE\","                           \
    "\"arn\":\"arn:aws:iam::111122223333:role/door\",\"accountId\":\"111122223333\",\"userName\":" \
    "\"door\"},"

static struct iam_session session_of_role(enum iam_kind kind)
{
    return (struct iam_session){ .kind = kind,
                                 .account = S("111122223333"),
                                 .issuer_id = S("AROAROLE"),
                                 .role_name = S("door"),
                                 .session_name = S("night"),
                                 .issued_ms = ISSUED };
}

static void test_web_identity(void **state)
{
    static const struct iam_tag context[] = {
        {S("idp.example.com:aud"),  S("app")    },
        { S("idp.example.com:sub"), S("subject")},
        { S("idp.example.com:amr"), S("pwd")    },
        { S("idp.example.com:amr"), S("mfa")    },
    };
    struct iam_session session = session_of_role(IAM_KIND_WEB_IDENTITY_SESSION);
    (void)state;
    session.federated_provider = (struct iam_str)S(PROVIDER);
    session.source_identity = (struct iam_str)S("alice");
    session.context = context;
    session.context_count = IAM_COUNT(context);
    check(&session, &role, IAM_KIND_WEB_IDENTITY_SESSION,
          ROLE_IDENTITY "\"webIdFederationData\":{\"federatedProvider\":\"" PROVIDER "\","
                        "\"attributes\":{\"idp.example.com:aud\":\"app\","
                        "\"idp.example.com:sub\":\"subject\"}},"
                        "\"attributes\":{\"creationDate\":\"" ISSUED_TEXT
                        "\",\"mfaAuthenticated\":\"false\"},\"sourceIdentity\":\"alice\"}},");
}

/* The keys of SAML are for policies; CloudTrail names web identities alone. */
static void test_saml(void **state)
{
    static const struct iam_tag context[] = {
        {S("saml:sub"), S("alice")}
    };
    struct iam_session session = session_of_role(IAM_KIND_SAML_SESSION);
    (void)state;
    session.context = context;
    session.context_count = IAM_COUNT(context);
    check(&session, &role, IAM_KIND_SAML_SESSION,
          ROLE_IDENTITY "\"attributes\":{\"creationDate\":\"" ISSUED_TEXT
                        "\",\"mfaAuthenticated\":\"false\"}}},");
}

static void test_second_factor(void **state)
{
    struct iam_session session = session_of_role(IAM_KIND_ROLE_SESSION);
    (void)state;
    session.mfa_ms = ISSUED - 1;
    check(&session, &role, IAM_KIND_ROLE_SESSION,
          ROLE_IDENTITY "\"attributes\":{\"creationDate\":\"" ISSUED_TEXT
                        "\",\"mfaAuthenticated\":\"true\"}}},");
}

static void test_assumed_root(void **state)
{
    const struct iam_session session = { .kind = IAM_KIND_ROOT_SESSION,
                                         .account = S("222233334444"),
                                         .issuer_id = S("222233334444"),
                                         .issued_ms = ISSUED,
                                         .source_identity = S("alice") };
    (void)state;
    check(&session, &root, IAM_KIND_ACCOUNT,
          "{\"type\":\"Root\",\"principalId\":\"222233334444\","
          "\"arn\":\"arn:aws:iam::222233334444:root\",\"accountId\":\"222233334444\","
          "\"accessKeyId\":\"ASIAKEY\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Root\","
          "\"principalId\":\"222233334444\",\"arn\":\"arn:aws:iam::222233334444:root\","
          "\"accountId\":\"222233334444\"},\"attributes\":{\"creationDate\":\"" ISSUED_TEXT
          "\",\"mfaAuthenticated\":\"false\"},\"sourceIdentity\":\"alice\","
          "\"assumedRoot\":\"true\"}},");
}

#define CASE(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(web_identity),
        CASE(saml),
        CASE(second_factor),
        CASE(assumed_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
