/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AssumeRoleWithWebIdentity through the whole dispatcher: whose keys verify a token, whom a role
 * lets in, and that nobody waits twice. Providers are a table in memory.
 */
#include "lib/inproc.h"
#include "lib/test.h"
#include "unit/jose/issuer.h"

#define NOW_S "1767323045"
#define CLAIMS(iss, more)                                                                          \
    "{\"iss\":\"" iss "\",\"sub\":\"s\",\"aud\":\"app\",\"iat\":" NOW_S ",\"exp\":1767323345" more \
    "}"
#define HEADER "{\"alg\":\"ES256\",\"kid\":\"k\"}"
#define TRUST_OF(provider)                                                                        \
    STATEMENT("Allow", "sts:AssumeRoleWithWebIdentity",                                           \
              ",\"Principal\":{\"Federated\":\"arn:aws:iam::111122223333:oidc-provider/" provider \
              "\"}")
#define DENIED "Not authorized to perform sts:AssumeRoleWithWebIdentity"

/* Key 1 of each is that of a.example and of b.example, under the same name. */
static struct issuer issuer;
static struct issuer other;

static struct {
    struct api_outside outside;
    size_t asked;
    bool is_absent; /* nothing was fetched yet */
    enum api_outside_trouble trouble;
} world;

static enum iam_status find_keys(void *ctx, const struct api_issuer *of, struct iam_str kid,
                                 struct iam_jwks **ret, enum api_outside_trouble *ret_trouble)
{
    static const char *const more = "\"kid\":\"k\",\"use\":\"sig\",";
    (void)ctx;
    (void)kid;
    world.asked++;
    *ret_trouble = world.trouble;
    if (world.is_absent) {
        return IAM_NOT_FOUND;
    }
    if (world.trouble != API_OUTSIDE_NONE) {
        return IAM_DENIED;
    }
    struct issuer *asked = iam_str_eq(of->url, IAM_STR("a.example")) ? &issuer : &other;
    const char *member = issuer_jwk(asked, 1, more);
    *ret = issuer_jwks(asked, &member, 1);
    return IAM_OK;
}

static struct iam_str find_endpoint(void *ctx, struct iam_str domain)
{
    (void)ctx;
    (void)domain;
    return iam_str_absent();
}

static int setup(void **state)
{
    assert_int_equal(inproc_setup(state), 0);
    struct inproc *s = *state;
    memset(&world, 0, sizeof(world));
    world.outside = (struct api_outside){ .keys = find_keys, .endpoint = find_endpoint };
    s->env.outside = &world.outside;
    static const char *const urls[] = { "https://a.example", "https://b.example" };
    for (size_t i = 0; i < IAM_COUNT(urls); i++) {
        inproc_must(s, &s->root, "iam",
                    "Action=CreateOpenIDConnectProvider&Url=%s&ClientIDList.member.1=app",
                    inproc_form(s, urls[i]));
    }
    return 0;
}

static int open_issuers(void **state)
{
    (void)state;
    issuer_open(&issuer);
    issuer_open(&other);
    return 0;
}

static int close_issuers(void **state)
{
    (void)state;
    issuer_close(&issuer);
    issuer_close(&other);
    return 0;
}

/* Makes a request for role that is not signed. */
static struct inproc_request make_request(struct inproc *s, struct iam_str role,
                                          struct iam_str token)
{
    struct iam_str arn;
    struct iam_str body;
    assert_ok(iam_arena_dup(&s->arena, role, &arn));
    assert_ok(iam_arena_fmt(&s->arena, &body,
                            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%s"
                            "&RoleSessionName=session&WebIdentityToken=%.*s",
                            inproc_form(s, arn.p), IAM_STR_ARG(token)));
    return inproc_make(s, NULL, "sts", "POST", "/", "application/x-www-form-urlencoded", body.p);
}

static int assume(struct inproc *s, struct iam_str role, struct iam_str token)
{
    struct inproc_request q = make_request(s, role, token);
    return inproc_send(s, &q);
}

static void test_let_in(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    struct iam_str token =
        issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://a.example", ""));
    assert_int_equal(assume(s, role, token), 200);
    assert_true(inproc_says(s, "<SubjectFromWebIdentityToken>s<"));
    assert_true(inproc_says(s, "<Audience>app<"));
}

/* The key of one provider, in a token that names another: its own keys verify it, or nothing does.
 */
static void test_wrong_issuer_with_the_same_key(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("b.example"), NULL);
    struct iam_str token =
        issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://b.example", ""));
    (void)assume(s, role, token);
    inproc_expect(s, 400, "InvalidIdentityToken");
    token = issuer_sign(&other, 1, "ES256", HEADER, CLAIMS("https://b.example", ""));
    assert_int_equal(assume(s, role, token), 200);
}

static void test_issuer_is_exact(void **state)
{
    static const char *const claims[] = {
        CLAIMS("https://a.example/", ""), CLAIMS("https://A.example", ""),
        CLAIMS("http://a.example", ""),   CLAIMS("a.example", ""),
        CLAIMS("xxxxxxxxa.example", ""),  CLAIMS("https://c.example", "")
    };
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    for (size_t i = 0; i < IAM_COUNT(claims); i++) {
        (void)assume(s, role, issuer_sign(&issuer, 1, "ES256", HEADER, claims[i]));
        inproc_expect(s, 400, "No OpenIDConnect provider found in your account for ");
    }
    assert_int_equal(world.asked, 0);
}

/* Whom one provider calls s is not whom another calls s. */
static void test_role_of_another_provider(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("b.example"), NULL);
    struct iam_str token =
        issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://a.example", ""));
    (void)assume(s, role, token);
    inproc_expect(s, 403, DENIED);
    (void)assume(s, IAM_STR("arn:aws:iam::111122223333:role/none"), token);
    inproc_expect(s, 403, DENIED);
}

/* A provider of one account vouches for nobody in another. */
static void test_provider_of_another_account(void **state)
{
    struct inproc *s = *state;
    struct iam_str token =
        issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://a.example", ""));
    (void)assume(s, IAM_STR("arn:aws:iam::444455556666:role/r"), token);
    inproc_expect(s, 400, "No OpenIDConnect provider found in your account for ");
}

static void test_tags_need_permission(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    (void)assume(s, role,
                 issuer_sign(&issuer, 1, "ES256", HEADER,
                             CLAIMS("https://a.example",
                                    ",\"https://aws.amazon.com/tags/principal_tags/k\":\"v\"")));
    inproc_expect(s, 403, "Not authorized to perform sts:TagSession");
    (void)assume(s, role,
                 issuer_sign(&issuer, 1, "ES256", HEADER,
                             CLAIMS("https://a.example",
                                    ",\"https://aws.amazon.com/source_identity\":\"me\"")));
    inproc_expect(s, 403, "Not authorized to perform sts:SetSourceIdentity");
}

static void test_roles_of_the_token(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    (void)assume(s, role,
                 issuer_sign(&issuer, 1, "ES256", HEADER,
                             CLAIMS("https://a.example",
                                    ",\"https://aws.amazon.com/roles\":[\"arn:other\"]")));
    inproc_expect(s, 400, "InvalidIdentityToken");
}

/* ---- what is in the claims ---- */

#define TRUST_WITH_TAGS                                                                          \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"sts:Assume"  \
    "RoleWithWebIdentity\",\"sts:TagSession\",\"sts:SetSourceIdentity\"],\"Principal\":{\"Feder" \
    "ated\":\"arn:aws:iam::111122223333:oidc-provider/a.example\"}}]}"

/* Asks for role with one more claim. */
static int assume_with(struct inproc *s, struct iam_str role, struct iam_str name,
                       struct iam_str value)
{
    struct iam_str text;
    const struct iam_str parts[] = {
        IAM_STR("{\"iss\":\"https://a.example\",\"sub\":\"s\",\"aud\":\"app\","
                "\"iat\":" NOW_S ",\"exp\":1767323345,\""),
        name, IAM_STR("\":"), value, IAM_STR("}\0")
    };
    assert_ok(iam_arena_join(&s->arena, parts, IAM_COUNT(parts), &text));
    return assume(s, role, issuer_sign(&issuer, 1, "ES256", HEADER, text.p));
}

/* The role may be anywhere in the list, and is compared as a whole. */
static void test_lists_of_roles(void **state)
{
    static const struct {
        const char *text; /* R is the role */
        int status;
    } rows[] = {
        {"\"R\"",                    200},
        { "\"R;arn:other\"",         200},
        { "\"arn:other;R\"",         200},
        { "\"arn:a; R ;arn:b\"",     200},
        { "\"arn:other;;R;\"",       200},
        { "[\"R\"]",                 200},
        { "[7,\"arn:other\",\"R\"]", 200},
        { "\"\"",                    400},
        { "\"Rx\"",                  400},
        { "\"xR\"",                  400},
        { "\"arn:other;Rx\"",        400},
        { "[]",                      400},
        { "[\"R;arn:other\"]",       400},
        { "{\"R\":\"R\"}",           400},
        { "null",                    400},
        { "true",                    400},
    };
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_alloc alloc = iam_arena_allocator(&s->arena);
        struct iam_buf b;
        struct iam_str value;
        iam_buf_init(&b, &alloc, 4096);
        for (const char *p = rows[i].text; *p != '\0'; p++) {
            iam_buf_add(&b, *p == 'R' ? role : (struct iam_str){ p, 1 });
        }
        assert_ok(iam_buf_finish(&b, &value));
        int status = assume_with(s, role, IAM_STR("https://aws.amazon.com/roles"), value);
        if (status != rows[i].status) {
            fail_msg("%s: %d", rows[i].text, status);
        }
    }
}

/* Tags and which of them go on, as many as there may be and one more. */
static struct iam_str many_tags(struct inproc *s, size_t tags, size_t transitive)
{
    struct iam_alloc alloc = iam_arena_allocator(&s->arena);
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, 1 << 16);
    iam_buf_add_c(&b, "{\"principal_tags\":{");
    for (size_t i = 0; i < tags; i++) {
        iam_buf_add_fmt(&b, "%s\"k%zu\":[\"v\"]", i > 0 ? "," : "", i);
    }
    iam_buf_add_c(&b, "},\"transitive_tag_keys\":[");
    for (size_t i = 0; i < transitive; i++) {
        iam_buf_add_fmt(&b, "%s\"k%zu\"", i > 0 ? "," : "", i);
    }
    iam_buf_add_c(&b, "]}");
    assert_ok(iam_buf_finish(&b, &text));
    return text;
}

static void test_most_tags(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_WITH_TAGS, NULL);
    struct iam_str name = IAM_STR("https://aws.amazon.com/tags");
    assert_int_equal(assume_with(s, role, name, many_tags(s, 50, 50)), 200);
    (void)assume_with(s, role, name, many_tags(s, 51, 0));
    inproc_expect(s, 400, "Too many session tags");
    (void)assume_with(s, role, name, many_tags(s, 50, 51));
    inproc_expect(s, 400, "principal_tags passed in claim is not in correct format.");
}

static void test_forms_of_tags(void **state)
{
    static const char *const bad[] = { "[]",
                                       "\"k\"",
                                       "{\"principal_tags\":[]}",
                                       "{\"principal_tags\":{\"k\":\"v\"}}",
                                       "{\"principal_tags\":{\"k\":[]}}",
                                       "{\"principal_tags\":{\"k\":[\"v\",\"w\"]}}",
                                       "{\"principal_tags\":{\"k\":[7]}}",
                                       "{\"principal_tags\":{\"k\":[\"v\"],\"K\":[\"v\"]}}",
                                       "{\"transitive_tag_keys\":\"k\"}",
                                       "{\"transitive_tag_keys\":[7]}" };
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_WITH_TAGS, NULL);
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        (void)assume_with(s, role, IAM_STR("https://aws.amazon.com/tags"), iam_str_c(bad[i]));
        inproc_expect(s, 400, "principal_tags passed in claim is not in correct format.");
    }
    struct iam_str flat = IAM_STR("https://aws.amazon.com/tags/principal_tags/k");
    assert_int_equal(assume_with(s, role, flat, IAM_STR("\"v\"")), 200);
    assert_int_equal(assume_with(s, role, flat, IAM_STR("[\"v\"]")), 200);
    (void)assume_with(s, role, flat, IAM_STR("[\"v\",\"w\"]"));
    inproc_expect(s, 400, "principal_tags passed in claim is not in correct format.");
}

static void test_source_identity(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_WITH_TAGS, NULL);
    struct iam_str name = IAM_STR("https://aws.amazon.com/source_identity");
    assert_int_equal(assume_with(s, role, name, IAM_STR("\"me\"")), 200);
    assert_same_str(inproc_text(s, "SourceIdentity"), IAM_STR("me"));
    static const char *const bad[] = { "\"m\"", "7", "[\"me\"]", "null" };
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        (void)assume_with(s, role, name, iam_str_c(bad[i]));
        inproc_expect(s, 400, "InvalidIdentityToken");
    }
}

static void test_reserved_tags(void **state)
{
    static const char *const more[] = {
        ",\"https://aws.amazon.com/tags/principal_tags/aws:x\":\"v\"",
        ",\"https://aws.amazon.com/tags/principal_tags/*\":\"v\"",
        ",\"https://aws.amazon.com/tags/principal_tags/k\":\"${aws:username}\"",
        ",\"https://aws.amazon.com/tags/principal_tags/k\":\"*\"",
    };
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    for (size_t i = 0; i < IAM_COUNT(more); i++) {
        struct iam_str claims;
        const struct iam_str parts[] = {
            IAM_STR("{\"iss\":\"https://a.example\",\"sub\":\"s\",\"aud\":\"app\","
                    "\"iat\":" NOW_S ",\"exp\":1767323345"),
            iam_str_c(more[i]), IAM_STR("}")
        };
        assert_ok(iam_arena_join(&s->arena, parts, 3, &claims));
        (void)assume(s, role, issuer_sign(&issuer, 1, "ES256", HEADER, claims.p));
        inproc_expect(s, 400, "principal_tags passed in claim is not in correct format.");
    }
}

/* ---- waiting ---- */

static void test_waits_once(void **state)
{
    struct inproc *s = *state;
    struct api_request r;
    struct iam_arena arena;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    struct iam_str token =
        issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://a.example", ""));
    struct inproc_request q = make_request(s, role, token);
    iam_arena_init(&arena, iam_heap(), (size_t)8 << 20);
    inproc_open(s, &q, &arena, &r);
    world.is_absent = true;
    assert_false(api_request_run_short(&r));
    assert_true(r.call.wait.is_wanted);
    assert_str(r.call.wait.issuer->url, "a.example");
    assert_str(r.call.wait.kid, "k");
    assert_null(r.call.subject.view);
    assert_int_equal(r.call.caller->kind, IAM_KIND_NONE);
    /* What was waited for is not there, and it does not wait again. */
    r.call.wait.is_wanted = false;
    r.call.wait.is_over = true;
    assert_true(api_request_run_reading(&r));
    inproc_close(s, &r);
    inproc_expect(s, 400, "Couldn&apos;t retrieve verification key from your identity provider");
    iam_arena_done(&arena);
}

static void test_troubles(void **state)
{
    static const struct {
        enum api_outside_trouble trouble;
        const char *says;
    } rows[] = {
        {API_OUTSIDE_UNREACHABLE, "IDPCommunicationError"    },
        { API_OUTSIDE_THUMBPRINT, "HTTPS certificate doesn"  },
        { API_OUTSIDE_UNUSABLE,   "retrieve verification key"},
    };
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        world.trouble = rows[i].trouble;
        (void)assume(s, role,
                     issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://a.example", "")));
        inproc_expect(s, 400, rows[i].says);
    }
}

/* ---- tokens that say nothing by themselves ---- */

/* Asks with a token that Facebook answers for, with these documents. */
static void assume_opaque(struct inproc *s, struct iam_str role, const char *app, const char *user)
{
    struct iam_arena arena;
    struct api_request r;
    struct iam_str body;
    assert_ok(iam_arena_fmt(&s->arena, &body,
                            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%.*s"
                            "&RoleSessionName=session&WebIdentityToken=opaque"
                            "&ProviderId=graph.facebook.com",
                            IAM_STR_ARG(iam_str_c(inproc_form(s, role.p)))));
    struct inproc_request q =
        inproc_make(s, NULL, "sts", "POST", "/", "application/x-www-form-urlencoded", body.p);
    iam_arena_init(&arena, iam_heap(), (size_t)8 << 20);
    inproc_open(s, &q, &arena, &r);
    assert_false(api_request_run_short(&r));
    assert_true(r.call.wait.is_wanted);
    assert_str(r.call.wait.urls[0], "https://graph.facebook.com/app?access_token=opaque");
    assert_str(r.call.wait.urls[1], "https://graph.facebook.com/me?fields=id&access_token=opaque");
    r.call.wait.documents[0] = iam_str_c(app);
    r.call.wait.documents[1] = iam_str_c(user);
    r.call.wait.is_wanted = false;
    r.call.wait.is_over = true;
    assert_true(api_request_run_reading(&r));
    inproc_close(s, &r);
    iam_arena_done(&arena);
}

/* Both answers must say who it is. */
static void test_opaque_answers(void **state)
{
    static const char *const bad[] = {
        "", "{}", "[]", "{\"id\":\"\"}", "{\"id\":null}", "{\"id\":[\"1\"]}", "<html>"
    };
    static const char trust[] =
        STATEMENT("Allow", "sts:AssumeRoleWithWebIdentity",
                  ",\"Principal\":{\"Federated\":\"graph.facebook.com\"},"
                  "\"Condition\":{\"StringEquals\":{\"graph.facebook.com:app_id\":\"app\"}}");
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", trust, NULL);
    struct iam_str arn;
    assert_ok(iam_arena_dup(&s->arena, role, &arn));
    assume_opaque(s, arn, "{\"id\":\"app\"}", "{\"id\":\"user\"}");
    inproc_expect(s, 200, "<SubjectFromWebIdentityToken>user<");
    inproc_expect(s, 200, "<Audience>app<");
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        assume_opaque(s, arn, bad[i], "{\"id\":\"user\"}");
        inproc_expect(s, 400, "InvalidIdentityToken");
        assume_opaque(s, arn, "{\"id\":\"app\"}", bad[i]);
        inproc_expect(s, 400, "InvalidIdentityToken");
    }
}

/* A server that has nobody to ask. */
static void test_nobody_to_ask(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(s, "r", TRUST_OF("a.example"), NULL);
    s->env.outside = NULL;
    (void)assume(s, role,
                 issuer_sign(&issuer, 1, "ES256", HEADER, CLAIMS("https://a.example", "")));
    inproc_expect(s, 403, "AccessDenied");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, inproc_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_let_in),
        TEST(test_wrong_issuer_with_the_same_key),
        TEST(test_issuer_is_exact),
        TEST(test_role_of_another_provider),
        TEST(test_provider_of_another_account),
        TEST(test_tags_need_permission),
        TEST(test_roles_of_the_token),
        TEST(test_lists_of_roles),
        TEST(test_most_tags),
        TEST(test_forms_of_tags),
        TEST(test_source_identity),
        TEST(test_reserved_tags),
        TEST(test_waits_once),
        TEST(test_troubles),
        TEST(test_opaque_answers),
        TEST(test_nobody_to_ask),
    };
    return cmocka_run_group_tests(tests, open_issuers, close_issuers);
}
