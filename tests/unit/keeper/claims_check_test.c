/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule for claims, each broken once. */
#include "lib/test.h"

#include "keeper/claims_int.h"
#include "session_fixture.h"

static char LONG_TEXT[4 * 2048 + 1];

/* The first layer of the fixture, to be made wrong. */
static struct iam_session_layer LAYER;

static struct iam_session_layer *use_layer(struct iam_session *s)
{
    LAYER = s->layers[0];
    s->layers = &LAYER;
    s->layer_count = 1;
    s->scope_count = 0;
    return &LAYER;
}

static void spoil_account(struct iam_session *s)
{
    s->account = IAM_STR("11112222333a");
}

static void spoil_account_length(struct iam_session *s)
{
    s->account = IAM_STR("1111222233334");
}

static void spoil_issuer_id(struct iam_session *s)
{
    s->issuer_id = IAM_STR("AIDAIOSFODNN7EXAMPLE1");
}

static void spoil_issuer_id_absent(struct iam_session *s)
{
    s->issuer_id = iam_str_absent();
}

static void spoil_issuer_id_account(struct iam_session *s)
{
    s->issuer_id = s->account;
}

static void spoil_issuer_id_text(struct iam_session *s)
{
    s->issuer_id = IAM_STR("AROAIOSFODNN7EXAMPLE/");
}

static void spoil_issuer_id_short(struct iam_session *s)
{
    s->issuer_id = IAM_STR("AROAIOSFODNN7EX");
}

static void spoil_kind_none(struct iam_session *s)
{
    s->kind = IAM_KIND_NONE;
}

static void spoil_kind_entity(struct iam_session *s)
{
    s->kind = IAM_KIND_ROLE;
}

static void spoil_kind_unknown(struct iam_session *s)
{
    s->kind = (enum iam_kind)255;
}

static void spoil_mfa(struct iam_session *s)
{
    s->mfa_ms = s->issued_ms + 1;
}

static void spoil_mfa_negative(struct iam_session *s)
{
    s->mfa_ms = -1;
}

static void spoil_mfa_kind(struct iam_session *s)
{
    s->kind = IAM_KIND_SAML_SESSION;
}

static void spoil_policy_count(struct iam_session *s)
{
    static struct iam_str policies[11];
    for (size_t i = 0; i < IAM_COUNT(policies); i++) {
        policies[i] = IAM_STR("{}");
    }
    use_layer(s)->inline_policies = policies;
    LAYER.inline_policy_count = IAM_COUNT(policies);
}

static void spoil_user_session_name(struct iam_session *s)
{
    make_user_session(s);
    s->session_name = IAM_STR("ann");
}

static void spoil_user_session_issuer(struct iam_session *s)
{
    make_user_session(s);
    s->issuer_id = IAM_STR("AROAIOSFODNN7EXAMPLE1");
}

static void spoil_user_session_root(struct iam_session *s)
{
    make_user_session(s);
    s->issuer_id = IAM_STR("222222222222");
}

static void spoil_federated_name(struct iam_session *s)
{
    make_federated_user(s);
    s->session_name = (struct iam_str){ LONG_TEXT, 33 };
}

static void spoil_federated_role(struct iam_session *s)
{
    make_federated_user(s);
    s->role_name = IAM_STR("deploy");
}

static void spoil_role_name(struct iam_session *s)
{
    s->role_name = IAM_STR("a/b");
}

static void spoil_session_name(struct iam_session *s)
{
    s->session_name = IAM_STR("x");
}

static void spoil_session_name_length(struct iam_session *s)
{
    s->session_name = (struct iam_str){ LONG_TEXT, 65 };
}

/* A session without an end. */
static void spoil_expiry(struct iam_session *s)
{
    s->expires_ms = 0;
}

static void spoil_duration(struct iam_session *s)
{
    s->expires_ms = s->issued_ms + IAM_SESSION_MAX_MS + 1;
}

static void spoil_order(struct iam_session *s)
{
    s->expires_ms = s->issued_ms;
}

static void spoil_issue(struct iam_session *s)
{
    s->issued_ms = -1;
}

static void spoil_policy(struct iam_session *s)
{
    static struct iam_str policy;
    policy = (struct iam_str){ LONG_TEXT, sizeof(LONG_TEXT) };
    use_layer(s)->inline_policies = &policy;
    LAYER.inline_policy_count = 1;
}

static void spoil_policy_empty(struct iam_session *s)
{
    static const struct iam_str policies[] = { IAM_STR_INIT("{}"), IAM_STR_INIT("") };
    use_layer(s)->inline_policies = policies;
}

static void spoil_arn(struct iam_session *s)
{
    static const struct iam_str arns[] = { IAM_STR_INIT("policy/ReadOnlyAccess-long") };
    use_layer(s)->policy_arns = arns;
    LAYER.policy_arn_count = 1;
}

static void spoil_arn_count(struct iam_session *s)
{
    static struct iam_str arns[11];
    static struct iam_str ids[11];
    for (size_t i = 0; i < IAM_COUNT(arns); i++) {
        arns[i] = IAM_STR("arn:aws:iam::aws:policy/ReadOnlyAccess");
        ids[i] = IAM_STR("ANPAIOSFODNN7EXAMPLE1");
    }
    use_layer(s)->policy_arns = arns;
    LAYER.policy_ids = ids;
    LAYER.policy_arn_count = IAM_COUNT(arns);
}

static void spoil_policy_id(struct iam_session *s)
{
    static const struct iam_str ids[] = { IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE1"),
                                          IAM_STR_INIT("AROAIOSFODNN7EXAMPLE1") };
    use_layer(s)->policy_ids = ids;
}

static void spoil_policy_id_absent(struct iam_session *s)
{
    static const struct iam_str ids[] = { IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE1"), IAM_STR_INIT("") };
    use_layer(s)->policy_ids = ids;
}

static void spoil_layer_empty(struct iam_session *s)
{
    use_layer(s)->inline_policy_count = 0;
    LAYER.policy_arn_count = 0;
}

static void spoil_layer_count(struct iam_session *s)
{
    static struct iam_session_layer layers[IAM_SESSION_LAYERS_MAX + 1];
    for (size_t i = 0; i < IAM_COUNT(layers); i++) {
        layers[i] = s->layers[1];
    }
    s->layers = layers;
    s->layer_count = IAM_COUNT(layers);
    s->scope_count = IAM_SESSION_LAYERS_MAX;
}

/* Two layers that no GetScopedCredentials added. */
static void spoil_scope_count(struct iam_session *s)
{
    s->scope_count = 0;
}

static void spoil_scope_count_layers(struct iam_session *s)
{
    s->scope_count = 3;
}

/* ---- what it stems from ---- */

static void spoil_parent_key(struct iam_session *s)
{
    s->parent_key_id = IAM_STR("AKIAIOSFODNN7EXAMPLE");
}

static void spoil_parent_key_absent(struct iam_session *s)
{
    make_user_session(s);
    s->parent_key_id = iam_str_absent();
}

static void spoil_parent_key_kind(struct iam_session *s)
{
    make_federated_user(s);
    s->parent_key_id = IAM_STR("ASIAIOSFODNN7EXAMPLE");
}

static void spoil_provider(struct iam_session *s)
{
    s->provider_id = IAM_STR("OIDCIOSFODNN7EXAMPLE1");
}

static void spoil_provider_absent(struct iam_session *s)
{
    make_saml(s);
    s->provider_id = iam_str_absent();
}

static void spoil_provider_kind(struct iam_session *s)
{
    make_web_identity(s);
    s->provider_id = IAM_STR("SAMLSPIOSFODNN7EXAMPLE");
}

static void spoil_federated_provider(struct iam_session *s)
{
    s->federated_provider = IAM_STR("accounts.google.com");
}

static void spoil_federated_provider_length(struct iam_session *s)
{
    make_web_identity(s);
    s->federated_provider = (struct iam_str){ LONG_TEXT, 2049 };
}

/* ---- context ---- */

static void use_context(struct iam_session *s, const char *key, const char *value)
{
    static struct iam_tag pair;
    pair = (struct iam_tag){ iam_str_c(key), iam_str_c(value) };
    s->context = &pair;
    s->context_count = 1;
}

/* Keys that every request has its own truth of. */
static void spoil_context_aws(struct iam_session *s)
{
    use_context(s, "aws:PrincipalTag/admin", "true");
}

static void spoil_context_aws_case(struct iam_session *s)
{
    use_context(s, "AWS:userid", "x");
}

static void spoil_context_sts(struct iam_session *s)
{
    use_context(s, "sts:ExternalId", "x");
}

static void spoil_context_iam(struct iam_session *s)
{
    use_context(s, "iam:ResourceTag/x", "x");
}

static void spoil_context_no_namespace(struct iam_session *s)
{
    use_context(s, "sub", "x");
}

static void spoil_context_utf8(struct iam_session *s)
{
    use_context(s, "saml:sub", "\xff");
}

static void spoil_context_apart(struct iam_session *s)
{
    static const struct iam_tag pairs[] = {
        {IAM_STR_INIT("saml:sub"),  IAM_STR_INIT("1")},
        { IAM_STR_INIT("saml:iss"), IAM_STR_INIT("2")},
        { IAM_STR_INIT("SAML:sub"), IAM_STR_INIT("3")},
    };
    s->context = pairs;
    s->context_count = 3;
}

static void spoil_context_count(struct iam_session *s)
{
    static struct iam_tag pairs[41];
    for (size_t i = 0; i < IAM_COUNT(pairs); i++) {
        pairs[i] = (struct iam_tag){ IAM_STR("saml:sub"), IAM_STR("x") };
    }
    s->context = pairs;
    s->context_count = IAM_COUNT(pairs);
}

static void spoil_tag_twice(struct iam_session *s)
{
    static const struct iam_tag tags[] = {
        {IAM_STR_INIT("a"),  IAM_STR_INIT("1")},
        { IAM_STR_INIT("A"), IAM_STR_INIT("2")}
    };
    s->tags = tags;
    s->tag_count = 2;
    s->transitive_count = 0;
}

static void spoil_tag_utf8(struct iam_session *s)
{
    static const struct iam_tag tags[] = {
        {IAM_STR_INIT("a\xff"), IAM_STR_INIT("1")}
    };
    s->tags = tags;
    s->tag_count = 1;
    s->transitive_count = 0;
}

static void spoil_tag_nul(struct iam_session *s)
{
    static const struct iam_tag tags[] = {
        {IAM_STR_INIT("a"), { "1\0002", 3 }}
    };
    s->tags = tags;
    s->tag_count = 1;
    s->transitive_count = 0;
}

static void spoil_transitive(struct iam_session *s)
{
    static const struct iam_str keys[] = { IAM_STR_INIT("nobody") };
    s->transitive_keys = keys;
}

static void spoil_source_identity(struct iam_session *s)
{
    s->source_identity = IAM_STR("ann smith");
}

static void test_rules(void **state)
{
    (void)state;
    static fixture_change_fn *const spoils[] = {
        spoil_account,
        spoil_account_length,
        spoil_issuer_id,
        spoil_issuer_id_absent,
        spoil_role_name,
        spoil_session_name,
        spoil_expiry,
        spoil_session_name_length,
        spoil_duration,
        spoil_order,
        spoil_issue,
        spoil_policy,
        spoil_policy_empty,
        spoil_arn,
        spoil_arn_count,
        spoil_policy_id,
        spoil_policy_id_absent,
        spoil_tag_twice,
        spoil_tag_utf8,
        spoil_tag_nul,
        spoil_transitive,
        spoil_source_identity,
        spoil_issuer_id_account,
        spoil_issuer_id_text,
        spoil_issuer_id_short,
        spoil_kind_none,
        spoil_kind_entity,
        spoil_kind_unknown,
        spoil_mfa,
        spoil_mfa_negative,
        spoil_mfa_kind,
        spoil_policy_count,
        spoil_user_session_name,
        spoil_user_session_issuer,
        spoil_user_session_root,
        spoil_federated_name,
        spoil_federated_role,
        spoil_layer_empty,
        spoil_layer_count,
        spoil_scope_count,
        spoil_scope_count_layers,
        spoil_parent_key,
        spoil_parent_key_absent,
        spoil_parent_key_kind,
        spoil_provider,
        spoil_provider_absent,
        spoil_provider_kind,
        spoil_federated_provider,
        spoil_federated_provider_length,
        spoil_context_aws,
        spoil_context_aws_case,
        spoil_context_sts,
        spoil_context_iam,
        spoil_context_no_namespace,
        spoil_context_utf8,
        spoil_context_apart,
        spoil_context_count,
    };
    static const uint8_t SECRET[CLAIMS_SECRET_BYTES] = { 1 };
    static const struct claims_padding BARE = { .extra = 0 };
    uint8_t out[CLAIMS_MAX];
    size_t len;
    memset(LONG_TEXT, 'x', sizeof(LONG_TEXT));
    struct iam_session good = fixture_session();
    assert_int_equal(claims_check(&good), IAM_OK);
    for (size_t i = 0; i < IAM_COUNT(spoils); i++) {
        struct iam_session s = fixture_session();
        spoils[i](&s);
        if (claims_check(&s) != IAM_RANGE) {
            fail_msg("rule %zu is not kept", i);
        }
        assert_int_equal(claims_write(&s, SECRET, &BARE, out, &len), IAM_RANGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
