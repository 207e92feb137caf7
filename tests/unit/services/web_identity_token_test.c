/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens about whom a session acts for: whose subject may be in one, and what else is. */
#include "api_sts.gen.h"
#include "base/heap.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "directory/directory.h"
#include "keeper/token_signer.h"
#include "rig.h"
#include "services/sts/web_identity.h"
#include "store/token_key.h"

#define ROLE_ARN "arn:aws:iam::111122223333:role/r"
#define NO_ORIGIN "The calling session has no origin identity for the SubjectMode OriginIdentity"
#define BAD_SUBJECT "The subject of the origin identity cannot be that of a token"

static struct iam_str audience = IAM_STR_INIT("https://api.example.com");
static struct api_sts_get_web_identity_token_in input;
static struct api_sts_get_web_identity_token_out output;
static struct iam_view view;
static struct iam_session session;
static struct iam_tag context[2];

static int setup(void **state)
{
    (void)rig_setup(state);
    struct rig *r = *state;
    const struct iam_entity_ref account = { IAM_KIND_ACCOUNT, ACCOUNT, ACCOUNT };
    const struct iam_account_settings settings = { .token_version = 1,
                                                   .issuer = IAM_STR("i"),
                                                   .is_issuing = true };
    struct iam_token_key key = {
        .id = IAM_STR("EC384_0"), .account = ACCOUNT, .algorithm = IAM_TOKEN_ES384, .created_ms = 1
    };
    assert_ok(iam_store_account_settings_add(r->call.txn, &account, &settings));
    assert_ok(iam_keeper_make_token_key(r->keeper, &r->arena, &key));
    assert_ok(iam_store_token_key_add(r->call.txn, &key));
    r->env.base_url = IAM_STR("https://iam.example.com");
    r->call.work.left = API_STEPS_MAX;
    input = (struct api_sts_get_web_identity_token_in){
        .audience = {&audience, 1, true},
          .signing_algorithm = IAM_STR("ES384")
    };
    view = (struct iam_view){ .arn = IAM_STR(ROLE_ARN), .account = ACCOUNT };
    context[0] = (struct iam_tag){ IAM_STR("aws:OriginIdentity/Subject"), IAM_STR("jane") };
    context[1] = (struct iam_tag){ IAM_STR("aws:OriginIdentity/Issuer"), IAM_STR("https://idp") };
    session = (struct iam_session){ .kind = IAM_KIND_WEB_IDENTITY_SESSION,
                                    .role_name = IAM_STR("r"),
                                    .federated_provider = IAM_STR("arn:p"),
                                    .expires_ms = r->call.high_ms + 3600000,
                                    .context = context,
                                    .context_count = 2 };
    r->caller.session = &session;
    r->call.subject = (struct api_subject){ .view = &view, .session = &session };
    return 0;
}

static enum iam_status get(struct rig *r)
{
    return api_sts_get_web_identity_token(&r->call, &input, &output);
}

static enum iam_status resolve(struct rig *r, struct api_target *ret)
{
    const struct api_reference ref = { .round = 0 };
    *ret = (struct api_target){ .account = ACCOUNT };
    return api_sts_resolve_token_issuer(&r->call, &input, &ref, ret);
}

/* Reads the claims of the token that was issued. */
static const struct iam_json *claims(struct rig *r)
{
    static const struct iam_json_limits limits = { 1 << 16, 8, 256 };
    const struct iam_json *root;
    struct iam_str text;
    struct iam_str token = output.web_identity_token;
    size_t first = iam_str_find(token, '.', 0) + 1;
    size_t second = iam_str_find(token, '.', first);
    assert_ok(iam_base64url_decode(&r->arena, iam_str_sub(token, first, second - first), &text));
    assert_ok(iam_json_read(&r->arena, text, &limits, &root, NULL));
    return root;
}

static struct iam_str claim(const struct iam_json *of, const char *name)
{
    const struct iam_json *node = iam_json_member(of, iam_str_c(name));
    return node != NULL ? node->text : iam_str_absent();
}

static void test_the_caller_is_the_subject(void **state)
{
    struct rig *r = *state;
    assert_ok(get(r));
    const struct iam_json *all = claims(r);
    const struct iam_json *aws = iam_json_member(all, IAM_STR("https://sts.amazonaws.com/"));
    assert_str(claim(all, "sub"), ROLE_ARN);
    assert_str(claim(all, "iss"), "https://iam.example.com/oidc/i");
    assert_absent(claim(all, "scope"));
    assert_absent(claim(aws, "subject_mode"));
    assert_str(claim(aws, "federated_provider"), "arn:p");
}

/* How long a token lives when nobody says, and when somebody does; each has an ID of its own. */
static void test_times_and_id(void **state)
{
    struct rig *r = *state;
    struct iam_str ids[2];
    for (size_t i = 0; i < IAM_COUNT(ids); i++) {
        int64_t issued = 0;
        int64_t expires = 0;
        input.duration_seconds = i == 0 ? (struct api_opt_int){ 0 } : api_int(61);
        assert_ok(get(r));
        const struct iam_json *all = claims(r);
        assert_ok(iam_str_to_i64(claim(all, "iat"), 0, INT64_MAX, &issued));
        assert_ok(iam_str_to_i64(claim(all, "exp"), 0, INT64_MAX, &expires));
        assert_int_equal(expires - issued, i == 0 ? 300 : 61);
        assert_int_equal(output.expiration.ms, expires * 1000);
        ids[i] = claim(all, "jti");
        assert_int_equal(ids[i].len, 36);
    }
    assert_false(iam_str_eq(ids[0], ids[1]));
}

/* What a session has beside its name; its tags come before those of the role. */
static void test_what_the_session_carries(void **state)
{
    static struct iam_tag own[] = {
        {IAM_STR_INIT("Team"), IAM_STR_INIT("red")}
    };
    static struct iam_tag of_role[] = {
        {IAM_STR_INIT("team"),   IAM_STR_INIT("blue")},
        { IAM_STR_INIT("Stage"), IAM_STR_INIT("prod")}
    };
    struct rig *r = *state;
    const char *const absent[] = { "source_identity", "org_id", "principal_tags", "request_tags" };
    assert_ok(get(r));
    const struct iam_json *aws = iam_json_member(claims(r), IAM_STR("https://sts.amazonaws.com/"));
    for (size_t i = 0; i < IAM_COUNT(absent); i++) {
        assert_null(iam_json_member(aws, iam_str_c(absent[i])));
    }
    session.source_identity = IAM_STR("me");
    session.tags = own;
    session.tag_count = IAM_COUNT(own);
    view.tags = of_role;
    view.tag_count = IAM_COUNT(of_role);
    assert_ok(get(r));
    aws = iam_json_member(claims(r), IAM_STR("https://sts.amazonaws.com/"));
    assert_str(claim(aws, "source_identity"), "me");
    assert_str(claim(aws, "aws_account"), "111122223333");
    assert_int_equal(claim(aws, "original_session_exp").len, 20);
    const struct iam_json *tags = iam_json_member(aws, IAM_STR("principal_tags"));
    assert_int_equal(tags->child_count, 2);
    assert_str(claim(tags, "Team"), "red");
    assert_str(claim(tags, "Stage"), "prod");
}

static void test_the_origin_is_the_subject(void **state)
{
    struct rig *r = *state;
    input.subject_mode = IAM_STR("OriginIdentity");
    input.scope = IAM_STR("read write");
    assert_ok(get(r));
    const struct iam_json *all = claims(r);
    const struct iam_json *aws = iam_json_member(all, IAM_STR("https://sts.amazonaws.com/"));
    assert_str(claim(all, "sub"), "jane");
    assert_str(claim(all, "scope"), "read write");
    assert_str(claim(aws, "subject_mode"), "OriginIdentity");
    assert_str(claim(aws, "principal_id"), ROLE_ARN);
}

static void test_without_an_origin(void **state)
{
    struct rig *r = *state;
    input.subject_mode = IAM_STR("OriginIdentity");
    session.context_count = 1;
    rig_assert_fault(r, get(r), API_ERR_VALIDATION_ERROR, NO_ORIGIN);
    session.context_count = 2;
    context[0].value = IAM_STR(" ");
    rig_assert_fault(r, get(r), API_ERR_VALIDATION_ERROR, NO_ORIGIN);
    context[1].key = IAM_STR("aws:OriginIdentity/FederatedProviderArn");
    context[0].value = IAM_STR("x");
    assert_ok(get(r));
    r->caller.session = NULL;
    rig_assert_fault(r, get(r), API_ERR_VALIDATION_ERROR, NO_ORIGIN);
}

static void test_subjects_that_pass_for_others(void **state)
{
    static const char *const bad[] = { "arn:aws:iam::111122223333:root",
                                       "ARN:x",
                                       " x",
                                       "x ",
                                       "a\tb",
                                       "a\x7f",
                                       "a\xc2\xa0z",
                                       "a\xe2\x80\x8bz",
                                       "a\xf3\xa0\x81\x81z" };
    static const char *const good[] = { "a b", "J\xc3\xa9r\xc3\xb4me",
                                        "xarn:", "\xf0\x9f\x98\x80" };
    struct rig *r = *state;
    input.subject_mode = IAM_STR("OriginIdentity");
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        context[0].value = iam_str_c(bad[i]);
        rig_assert_fault(r, get(r), API_ERR_ACCESS_DENIED, BAD_SUBJECT);
    }
    for (size_t i = 0; i < IAM_COUNT(good); i++) {
        context[0].value = iam_str_c(good[i]);
        assert_ok(get(r));
        assert_same_str(claim(claims(r), "sub"), iam_str_c(good[i]));
    }
}

/* What conditions see, and which scopes cannot be asked for. */
static void test_facts(void **state)
{
    static const char ONLY[] = "Scope can be specified only with the SubjectMode OriginIdentity "
                               "and exactly one audience";
    struct iam_str two[] = { audience, audience };
    struct rig *r = *state;
    struct api_target target;
    assert_ok(resolve(r, &target));
    assert_str(target.arn, "arn:aws:sts::111122223333:self");
    assert_str(target.facts[0].text, "300");
    assert_str(target.facts[1].text, "AWSIdentity");
    assert_absent(target.facts[2].name);
    input.scope = IAM_STR("a b A");
    rig_assert_fault(r, resolve(r, &target), API_ERR_VALIDATION_ERROR, ONLY);
    input.subject_mode = IAM_STR("OriginIdentity");
    assert_ok(resolve(r, &target));
    assert_int_equal(target.facts[2].count, 3);
    assert_str(target.facts[2].values[2], "A");
    input.scope = IAM_STR("a b a");
    rig_assert_fault(r, resolve(r, &target), API_ERR_VALIDATION_ERROR,
                     "Scope must not repeat a value");
    input.scope = IAM_STR("a");
    input.audience.items = two;
    input.audience.count = 2;
    rig_assert_fault(r, resolve(r, &target), API_ERR_VALIDATION_ERROR, ONLY);
}

/* ---- tokens that say nothing by themselves ---- */

static struct iam_str no_endpoint(void *ctx, struct iam_str domain)
{
    (void)ctx;
    (void)domain;
    return iam_str_absent();
}

/* Without memory nobody is asked, and nobody is let in. */
static void test_opaque_without_memory(void **state)
{
    const struct api_outside outside = { .endpoint = no_endpoint };
    struct rig *r = *state;
    r->env.outside = &outside;
    r->call.wait.documents[0] = IAM_STR("{\"id\":\"app\"}");
    r->call.wait.documents[1] = IAM_STR("{\"id\":\"user\"}");
    for (size_t i = 0; i < 2; i++) {
        enum iam_status want = i == 0 ? IAM_FAULT : IAM_OK;
        enum iam_status st = IAM_NOMEM;
        r->call.wait.is_over = i == 1;
        for (size_t cap = 0; st != want; cap += 16) {
            struct sts_web_identity identity = { .audience = iam_str_absent() };
            struct iam_arena small;
            iam_arena_init(&small, iam_heap(), cap);
            r->call.arena = &small;
            st = sts_web_opaque_verify(&r->call, IAM_STR("graph.facebook.com"), IAM_STR("t"),
                                       &identity);
            assert_true(st == want || st == IAM_NOMEM);
            assert_int_equal(identity.subject.len, st == IAM_OK ? 4 : 0);
            iam_arena_done(&small);
            assert_true(cap < 16384);
        }
    }
    r->call.arena = &r->arena;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_caller_is_the_subject, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_times_and_id, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_opaque_without_memory, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_the_session_carries, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_the_origin_is_the_subject, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_without_an_origin, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_subjects_that_pass_for_others, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_facts, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
