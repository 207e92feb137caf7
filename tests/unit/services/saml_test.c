/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AssumeRoleWithSAML through the whole dispatcher: until when an assertion counts, for whom, and
 * how often. What a response must be is tested in unit/authn.
 */
#include "lib/saml.h"

#include "base/time.h"
#include "dispatch/prepare.h"
#include "lib/inproc.h"

#define PROVIDER "arn:aws:iam::111122223333:saml-provider/idp"
#define ROLE "arn:aws:iam::111122223333:role/r"
#define TRUST_IF(condition)                      \
    STATEMENT("Allow", "sts:AssumeRoleWithSAML", \
              ",\"Principal\":{\"Federated\":\"" PROVIDER "\"}" condition)
#define TRUST_BEGIN                                                                \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":" \
    "\"sts:AssumeRoleWithSAML\",\"Principal\":{\"Federated\":\"" PROVIDER "\"},\"Condition\":{"
#define TRUST_END "}}]}"
#define SIGNING_IN ",\"Condition\":{\"StringEquals\":{\"saml:aud\":\"" SAML_SIGN_IN "\"}}"
#define AWS(name) "https://aws.amazon.com/SAML/Attributes/" name
#define WISHES(role) \
    SAML_ATTRIBUTE(AWS("Role"), role) SAML_ATTRIBUTE(AWS("RoleSessionName"), "alice")
#define CONDITIONS(times, inner) "<saml:Conditions" times ">" inner "</saml:Conditions>"
#define STATED(more) \
    "<saml:AuthnStatement AuthnInstant=\"" SAML_NOW "\"" more "></saml:AuthnStatement>"
#define REQUEST_BYTES ((size_t)8 << 20)
#define MINUTE_MS 60000

static struct inproc *s;
static struct iam_arena arena; /* of the provider */
static struct saml_party idp;
static int64_t now_ms; /* SAML_NOW */
static struct saml_texts good;

static int open_idp(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    saml_party_open(&idp, &arena, EVP_PKEY_EC);
    return 0;
}

static int close_idp(void **state)
{
    (void)state;
    saml_party_close(&idp);
    iam_arena_done(&arena);
    return 0;
}

/* The metadata of the provider, as long as IAM asks for; form-encoded. */
static const char *metadata(void)
{
    struct iam_str text;
    assert_ok(
        iam_arena_fmt(&arena, &text, "%.*s<!--%500s-->", IAM_STR_ARG(saml_metadata(&idp)), ""));
    return inproc_form(s, text.p);
}

static void add_provider(const char *name)
{
    inproc_must(s, &s->root, "iam", "Action=CreateSAMLProvider&Name=%s&SAMLMetadataDocument=%s",
                name, metadata());
}

static int setup(void **state)
{
    assert_int_equal(inproc_setup(state), 0);
    s = *state;
    assert_ok(iam_time_from_iso(IAM_STR(SAML_NOW), &now_ms));
    inproc_now_ms = now_ms;
    inproc_sign_ms = now_ms;
    good = saml_good;
    good.attributes = WISHES(ROLE "," PROVIDER);
    add_provider("idp");
    (void)inproc_role(s, "r", TRUST_IF(SIGNING_IN), NULL);
    return 0;
}

/* The request of who brings an assertion, for a role and a provider. */
static struct inproc_request bring_to(const char *role, const char *provider,
                                      const struct saml_texts *texts)
{
    struct iam_str text = saml_encode(&arena, saml_response(&arena, saml_signed(&idp, texts)));
    struct iam_str body;
    assert_ok(iam_arena_fmt(&arena, &text, "%.*s", IAM_STR_ARG(text)));
    assert_ok(iam_arena_fmt(&arena, &body,
                            "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=%s"
                            "&PrincipalArn=%s&SAMLAssertion=%s",
                            role, provider, inproc_form(s, text.p)));
    return inproc_make(s, NULL, "sts", "POST", "/", "application/x-www-form-urlencoded", body.p);
}

static void enter(const struct saml_texts *texts)
{
    struct inproc_request q = bring_to(ROLE, PROVIDER, texts);
    (void)inproc_send(s, &q);
}

static void expect_entry(const struct saml_texts *texts)
{
    enter(texts);
    inproc_expect(s, 200, "<Subject>alice</Subject>");
}

/* ---- one that waits for the writer ---- */

struct visit {
    struct iam_arena arena;
    struct inproc_request from;
    struct api_request request;
};

/* Verifies and judges a sign-on, which is not done then. */
static void begin(struct visit *v, const struct saml_texts *texts)
{
    iam_arena_init(&v->arena, iam_heap(), REQUEST_BYTES);
    v->from = bring_to(ROLE, PROVIDER, texts);
    inproc_open(s, &v->from, &v->arena, &v->request);
    assert_false(v->request.is_done);
    assert_true(api_request_judge(&v->request, API_STEPS_MAX));
    assert_false(v->request.is_done);
}

static void finish(struct visit *v)
{
    struct api_request *request = &v->request;
    assert_int_equal(api_batch_run(&request, 1), 1);
    inproc_close(s, &v->request);
    iam_arena_done(&v->arena);
}

/* ---- until when ---- */

#define EXPIRED "<Code>ExpiredTokenException</Code><Message>Response has expired</Message>"

/* Each of the times ends it, at its very instant. */
static void test_expired(void **state)
{
    const struct saml_texts ending[] = {
        { .confirmation = SAML_CONFIRMATION(SAML_SOON, SAML_SIGN_IN) },
        { .conditions = CONDITIONS(" NotOnOrAfter=\"" SAML_SOON "\"", "") },
        { .statement = STATED(" SessionNotOnOrAfter=\"" SAML_SOON "\"") },
    };
    int64_t end_ms;
    (void)state;
    assert_ok(iam_time_from_iso(IAM_STR(SAML_SOON), &end_ms));
    good.confirmation = SAML_CONFIRMATION(SAML_LATER, SAML_SIGN_IN);
    for (size_t i = 0; i < IAM_COUNT(ending); i++) {
        struct saml_texts t = good;
        const char *const ids[] = { "_1", "_2", "_3" };
        t.id = ids[i];
        t.confirmation = ending[i].confirmation != NULL ? ending[i].confirmation : t.confirmation;
        t.conditions = ending[i].conditions != NULL ? ending[i].conditions : t.conditions;
        t.statement = ending[i].statement != NULL ? ending[i].statement : t.statement;
        inproc_now_ms = end_ms;
        enter(&t);
        inproc_expect(s, 400, EXPIRED);
        inproc_now_ms = end_ms - 1;
        expect_entry(&t);
    }
}

/* Nobody lets it begin again by setting the clock back. */
static void test_expired_for_a_clock_set_back(void **state)
{
    (void)state;
    inproc_high_ms = now_ms + 5 * MINUTE_MS;
    enter(&good);
    inproc_expect(s, 400, EXPIRED);
}

static void test_expired_while_it_waits(void **state)
{
    struct visit v;
    (void)state;
    begin(&v, &good);
    inproc_now_ms = now_ms + 5 * MINUTE_MS;
    finish(&v);
    inproc_expect(s, 400, EXPIRED);
}

/* SPEC: recorded on AWS, docs/conformance.md, "SAML". */
static void test_what_decides_nothing(void **state)
{
    (void)state;
    good.conditions =
        CONDITIONS(" NotBefore=\"" SAML_LATER "\"",
                   "<saml:AudienceRestriction><saml:Audience>urn:another</saml:Audience>"
                   "</saml:AudienceRestriction>");
    expect_entry(&good);
}

/* The session ends with that at the provider. */
static void test_the_end_of_the_session(void **state)
{
    (void)state;
    expect_entry(&good);
    inproc_expect(s, 200, "<Expiration>2026-11-30T13:00:00Z</Expiration>");
    inproc_expect(s, 200, "<NameQualifier>w9623T/DM68QqX6yODhgW5uvh0U=</NameQualifier>");
    good.id = "_2";
    good.statement = STATED(" SessionNotOnOrAfter=\"2026-11-30T12:01:40Z\"");
    expect_entry(&good);
    inproc_expect(s, 200, "<Expiration>2026-11-30T12:01:40Z</Expiration>");
    good.id = "_3";
    good.statement = saml_good.statement;
    good.attributes = WISHES(ROLE "," PROVIDER) SAML_ATTRIBUTE(AWS("SessionDuration"), "900");
    expect_entry(&good);
    inproc_expect(s, 200, "<Expiration>2026-11-30T12:15:00Z</Expiration>");
}

/* ---- for whom ---- */

#define DENIED "Not authorized to perform sts:AssumeRoleWithSAML"

/* What the trust policy compares is who the assertion was sent to. */
static void test_recipient(void **state)
{
    (void)state;
    good.confirmation = SAML_CONFIRMATION(SAML_SOON, "https://wiki.example.com/saml");
    enter(&good);
    inproc_expect(s, 403, DENIED);
    good.confirmation = saml_good.confirmation;
    expect_entry(&good);
    inproc_expect(s, 200, "<Audience>" SAML_SIGN_IN "</Audience>");
}

/* It must name the role and the provider, together. */
static void test_roles(void **state)
{
    static const char *const roles[] = {
        WISHES(ROLE "2," PROVIDER),
        WISHES(ROLE "," PROVIDER "2"),
        WISHES(ROLE),
        WISHES(ROLE ",,"),
        WISHES(PROVIDER "," PROVIDER),
        WISHES(ROLE "," PROVIDER "," ROLE),
        WISHES("x" ROLE "," PROVIDER),
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(roles); i++) {
        good.attributes = roles[i];
        enter(&good);
        inproc_expect(s, 400, "contain the requested Role and Metadata in the attributes");
    }
    good.attributes = WISHES(" " PROVIDER " , " ROLE " ");
    expect_entry(&good);
}

/* What verified it must be the provider as it is when the session is made. */
static void test_a_provider_that_changes_meanwhile(void **state)
{
    struct visit v;
    (void)state;
    begin(&v, &good);
    inproc_must(s, &s->root, "iam",
                "Action=UpdateSAMLProvider&SAMLProviderArn=" PROVIDER "&SAMLMetadataDocument=%s",
                metadata());
    finish(&v);
    inproc_expect(s, 503, "The identity provider was changed at this moment");
    begin(&v, &good);
    inproc_must(s, &s->root, "iam", "Action=DeleteSAMLProvider&SAMLProviderArn=" PROVIDER);
    finish(&v);
    inproc_expect(s, 400, "AuthSamlManifestNotFoundException");
}

/* ---- what it asks for ---- */

static void expect_refused(const char *attributes, const char *why)
{
    good.attributes = attributes;
    enter(&good);
    inproc_expect(s, 400, "<Code>InvalidIdentityToken</Code>");
    inproc_expect(s, 400, why);
}

#define NAMED(name) SAML_ATTRIBUTE(AWS("RoleSessionName"), name)
#define OF_ROLE SAML_ATTRIBUTE(AWS("Role"), ROLE "," PROVIDER)
#define TAG(key, value) SAML_ATTRIBUTE(AWS("PrincipalTag:" key), value)
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_the_name_of_the_session(void **state)
{
    static const char *const bad[] = { NAMED("a"), NAMED("a b"), NAMED("a/b"), NAMED(X64 "x") };
    (void)state;
    expect_refused(OF_ROLE, "RoleSessionName is required in AuthnResponse");
    expect_refused(OF_ROLE NAMED("alice") NAMED("alice"), "must have one value");
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        struct iam_str text;
        assert_ok(iam_arena_fmt(&arena, &text, OF_ROLE "%s", bad[i]));
        expect_refused(text.p, "RoleSessionName in AuthnResponse must match");
    }
    good.attributes = OF_ROLE NAMED(X64);
    expect_entry(&good);
    inproc_expect(s, 200, "assumed-role/r/" X64 "</Arn>");
}

/* Tags need a permission of their own, and are those of AssumeRole. */
static void test_tags(void **state)
{
    static const struct {
        const char *tags;
        const char *why;
    } bad[] = {
        {OF_ROLE NAMED("alice") TAG("aws:x", "1"),                        "reserved for system use"},
        { OF_ROLE NAMED("alice") TAG("a",    "1") TAG("A",                "2"),                      "Duplicate tag keys found" },
        { OF_ROLE NAMED("alice") TAG("",                                 "1"),                               "tags.1.member.key"                   },
        { OF_ROLE NAMED("alice") TAG("a",                                 X64 X64 X64 X64 "x"),                              "tags.1.member.value"},
        { OF_ROLE NAMED("alice") SAML_ATTRIBUTE(AWS("PrincipalTag:a"),
         "1</saml:AttributeValue><saml:AttributeValue>2"),
         "PrincipalTag in AuthnResponse must"                                          },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        expect_refused(bad[i].tags, bad[i].why);
    }
    good.attributes = OF_ROLE NAMED("alice") TAG("team", "blue");
    enter(&good);
    inproc_expect(s, 403, "Not authorized to perform sts:TagSession");
}

static void test_the_source_identity(void **state)
{
    (void)state;
    good.attributes = OF_ROLE NAMED("alice") SAML_ATTRIBUTE(AWS("SourceIdentity"), "smith");
    enter(&good);
    inproc_expect(s, 403, "Not authorized to perform sts:SetSourceIdentity");
    expect_refused(OF_ROLE NAMED("alice") SAML_ATTRIBUTE(AWS("SourceIdentity"), "a b"),
                   "sourceIdentity");
}

static void test_the_length_of_the_session(void **state)
{
    (void)state;
    expect_refused(OF_ROLE NAMED("alice") SAML_ATTRIBUTE(AWS("SessionDuration"), "899"),
                   "must be between 900 and 43200");
    expect_refused(OF_ROLE NAMED("alice") SAML_ATTRIBUTE(AWS("SessionDuration"), "43201"),
                   "must be between 900 and 43200");
    expect_refused(OF_ROLE NAMED("alice") SAML_ATTRIBUTE(AWS("SessionDuration"), "900s"),
                   "must be between 900 and 43200");
}

/* ---- condition keys ---- */

#define CN "urn:oid:2.5.4.3"
#define UID "0.9.2342.19200300.100.1.1"
#define TWO(name, one, other) \
    SAML_ATTRIBUTE(name, one "</saml:AttributeValue><saml:AttributeValue>" other)

/* What is a list is one with one value too; what is none matches nothing when it has two. */
static void test_keys_of_attributes(void **state)
{
    static const struct {
        const char *condition;
        const char *attributes;
        bool is_let_in;
    } cases[] = {
        {"\"StringEquals\":{\"saml:uid\":\"a\"}",                 SAML_ATTRIBUTE(UID,                                   "a"),true },
        { "\"StringEquals\":{\"saml:uid\":\"a\"}",                                                      TWO(UID,                                                                   "a","b"), false },
        { "\"StringEquals\":{\"saml:uid\":\"a\"}",                                                   SAML_ATTRIBUTE("uid",                                                                                                  "a"),                                                                                           false },
        { "\"StringEquals\":{\"saml:cn\":\"a\"}",SAML_ATTRIBUTE(CN,"a"),false },
        { "\"ForAnyValue:StringEquals\":{\"saml:cn\":\"b\"}",                 TWO(CN,                                                                    "a", "b"), true },
        { "\"ForAnyValue:StringEquals\":{\"saml:cn\":\"b\"}",
         SAML_ATTRIBUTE(CN,                                                        "a") SAML_ATTRIBUTE(CN,"b"), true },
        { "\"ForAllValues:StringEquals\":{\"saml:cn\":\"b\"}",                                                   TWO(CN,                                                                                                   "a","b"), false },
        { "\"StringEquals\":{\"saml:givenName\":\"a\"}",                                       SAML_ATTRIBUTE("2.4.5.42",              "a"),true },
        { "\"StringEquals\":{\"saml:iss\":\"" SAML_IDP "\"}",                                                      "",                                                       true},
        { "\"StringEquals\":{\"saml:doc\":\"111122223333/idp\"}",                                                   "",                                                                                                  true},
        { "\"StringEquals\":{\"saml:sub_type\":\"persistent\"}","",                           true},
        { "\"StringEquals\":{\"sts:RoleSessionName\":\"alice\"}",     "",  true},
        { "\"StringEquals\":{\"aws:userid\":\"" PROVIDER "\"}", "", true},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        struct iam_str text;
        assert_ok(
            iam_arena_fmt(&arena, &text, "%s%s%s", TRUST_BEGIN, cases[i].condition, TRUST_END));
        inproc_must(s, &s->root, "iam",
                    "Action=UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=%s",
                    inproc_form(s, text.p));
        assert_ok(iam_arena_fmt(&arena, &text, "_k%zu", i));
        good.id = text.p;
        assert_ok(iam_arena_fmt(&arena, &text, OF_ROLE NAMED("alice") "%s", cases[i].attributes));
        good.attributes = text.p;
        enter(&good);
        if (s->status != (cases[i].is_let_in ? 200 : 403)) {
            fail_msg("%s, %s: %d", cases[i].condition, cases[i].attributes, s->status);
        }
    }
}

/* ---- once ---- */

#define USED "<Code>InvalidIdentityToken</Code><Message>Response has already been used</Message>"

static void test_replay(void **state)
{
    (void)state;
    expect_entry(&good);
    enter(&good);
    inproc_expect(s, 400, USED);
    good.attributes = WISHES(PROVIDER "," ROLE); /* other bytes, and the same assertion */
    enter(&good);
    inproc_expect(s, 400, USED);
    good.id = "_a2";
    expect_entry(&good);
}

/* Both are verified before one is used. */
static void test_replay_at_the_same_moment(void **state)
{
    struct visit one;
    struct visit other;
    (void)state;
    begin(&one, &good);
    begin(&other, &good);
    finish(&one);
    inproc_expect(s, 200, "<Subject>alice</Subject>");
    finish(&other);
    inproc_expect(s, 400, USED);
}

/* It is remembered as long as it counts, and while others come and go. */
static void test_replay_later(void **state)
{
    struct saml_texts other = good;
    (void)state;
    expect_entry(&good);
    inproc_now_ms = now_ms + 5 * MINUTE_MS - 1;
    other.id = "_2";
    expect_entry(&other);
    enter(&good);
    inproc_expect(s, 400, USED);
}

/* IDs are those of their provider: nobody uses up what another one will issue. */
static void test_another_provider_has_its_own(void **state)
{
    (void)state;
    add_provider("idp2");
    inproc_must(s, &s->root, "iam", "Action=CreateRole&RoleName=r2&AssumeRolePolicyDocument=%s",
                inproc_form(s, STATEMENT("Allow", "sts:AssumeRoleWithSAML",
                                         ",\"Principal\":{\"Federated\":\"" PROVIDER "2\"}")));
    expect_entry(&good);
    good.attributes = WISHES(ROLE "2," PROVIDER "2");
    struct inproc_request q = bring_to(ROLE "2", PROVIDER "2", &good);
    assert_int_equal(inproc_send(s, &q), 200);
}

/* What was refused for another reason was not used. */
static void test_what_was_refused_is_not_used(void **state)
{
    (void)state;
    (void)inproc_role(s, "r3", TRUST_IF(",\"Condition\":{\"StringEquals\":{\"saml:aud\":\"x\"}}"),
                      NULL);
    good.attributes = WISHES(ROLE "3," PROVIDER) SAML_ATTRIBUTE(AWS("Role"), ROLE "," PROVIDER);
    struct inproc_request q = bring_to(ROLE "3", PROVIDER, &good);
    assert_int_equal(inproc_send(s, &q), 403);
    expect_entry(&good);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_expired),
        TEST(test_expired_for_a_clock_set_back),
        TEST(test_expired_while_it_waits),
        TEST(test_what_decides_nothing),
        TEST(test_the_end_of_the_session),
        TEST(test_recipient),
        TEST(test_roles),
        TEST(test_a_provider_that_changes_meanwhile),
        TEST(test_the_name_of_the_session),
        TEST(test_tags),
        TEST(test_the_source_identity),
        TEST(test_the_length_of_the_session),
        TEST(test_keys_of_attributes),
        TEST(test_replay),
        TEST(test_replay_at_the_same_moment),
        TEST(test_replay_later),
        TEST(test_another_provider_has_its_own),
        TEST(test_what_was_refused_is_not_used),
    };
    return cmocka_run_group_tests(tests, open_idp, close_idp);
}
