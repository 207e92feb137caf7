/* SPDX-License-Identifier: Apache-2.0 */
/* Claims come back as they went in; nothing else is read as claims. */
#include "lib/test.h"

#include <stdlib.h>

#include "base/heap.h"
#include "keeper/claims_int.h"
#include "session_fixture.h"

static const uint8_t SECRET[CLAIMS_SECRET_BYTES] = "thirty bytes of secret, about.";

static enum iam_status read_copy(const uint8_t *bytes, size_t len, struct iam_arena *arena,
                                 struct iam_session *ret)
{
    uint8_t secret[CLAIMS_SECRET_BYTES];
    uint8_t *copy = iam_arena_alloc(arena, len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    return claims_read((struct iam_str){ (const char *)copy, len }, arena, ret, secret);
}

static size_t write_fixture(uint8_t out[CLAIMS_MAX])
{
    struct iam_session s = fixture_session();
    size_t len = 0;
    assert_int_equal(claims_write(&s, SECRET, 49, out, &len), IAM_OK);
    return len;
}

static void test_round_trip(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    uint8_t secret[CLAIMS_SECRET_BYTES];
    struct iam_session want = fixture_session();
    struct iam_session got;
    size_t len = write_fixture(out);
    assert_int_equal((len + 49) % 3, 0);
    assert_int_equal(claims_read((struct iam_str){ (const char *)out, len }, arena, &got, secret),
                     IAM_OK);
    assert_memory_equal(secret, SECRET, sizeof(secret));
    assert_false(iam_str_is_set(got.access_key_id));
    assert_same_str(got.account, want.account);
    assert_same_str(got.issuer_id, want.issuer_id);
    assert_same_str(got.role_name, want.role_name);
    assert_same_str(got.session_name, want.session_name);
    assert_int_equal(got.kind, IAM_KIND_ROLE_SESSION);
    assert_int_equal(got.inline_policy_count, 2);
    assert_same_str(got.inline_policies[0], want.inline_policies[0]);
    assert_same_str(got.inline_policies[1], want.inline_policies[1]);
    assert_same_str(got.source_identity, want.source_identity);
    assert_true(got.issued_ms == want.issued_ms && got.expires_ms == want.expires_ms);
    assert_true(got.mfa_ms == want.mfa_ms);
    assert_int_equal(got.policy_arn_count, 2);
    assert_same_str(got.policy_arns[1], want.policy_arns[1]);
    assert_same_str(got.policy_ids[0], want.policy_ids[0]);
    assert_same_str(got.policy_ids[1], want.policy_ids[1]);
    assert_int_equal(got.tag_count, 2);
    assert_same_str(got.tags[1].key, want.tags[1].key);
    assert_str(got.tags[1].value, "");
    assert_int_equal(got.transitive_count, 1);
    assert_str(got.transitive_keys[0], "project");
}

static void test_optional_claims_stay_absent(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session s = fixture_session();
    struct iam_session got;
    size_t len = 0;
    s.inline_policy_count = 0;
    s.source_identity = iam_str_absent();
    s.mfa_ms = 0;
    s.policy_arn_count = s.tag_count = s.transitive_count = 0;
    assert_int_equal(claims_write(&s, SECRET, 0, out, &len), IAM_OK);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_int_equal(got.inline_policy_count, 0);
    assert_false(iam_str_is_set(got.source_identity));
    assert_true(got.mfa_ms == 0);
    assert_int_equal(got.policy_arn_count + got.tag_count + got.transitive_count, 0);
}

static void test_truncated_and_padded(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX + 3];
    struct iam_session got;
    struct iam_session s = fixture_session();
    size_t len = 0;
    assert_int_equal(claims_write(&s, SECRET, 0, out, &len), IAM_OK);
    while (out[len - 1] == 0) {
        len--;
    }
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(read_copy(out, n, arena, &got), IAM_CORRUPT);
    }
    memset(out + len, 0, 3);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_int_equal(read_copy(out, len + 2, arena, &got), IAM_OK);
    assert_int_equal(read_copy(out, len + 3, arena, &got), IAM_CORRUPT);
    out[len + 1] = 1;
    assert_int_equal(read_copy(out, len + 2, arena, &got), IAM_CORRUPT);
}

static void test_version_and_kind(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session got;
    size_t len = write_fixture(out);
    for (unsigned v = 0; v < 256; v++) {
        out[0] = (uint8_t)v;
        assert_int_equal(read_copy(out, len, arena, &got), v == 3 ? IAM_OK : IAM_CORRUPT);
    }
    out[0] = 3;
    /* The fixture has a second factor, which of the ways into a role AssumeRole alone may have. */
    for (unsigned kind = 0; kind < 256; kind++) {
        out[1] = (uint8_t)kind;
        assert_int_equal(read_copy(out, len, arena, &got),
                         kind == IAM_KIND_ROLE_SESSION ? IAM_OK : IAM_CORRUPT);
    }
}

typedef void spoil_fn(struct iam_session *s);

static char LONG_TEXT[4 * 2048 + 1];

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
    s->inline_policies = policies;
    s->inline_policy_count = IAM_COUNT(policies);
}

/* A user session acts as the user: it has no names of its own. */
static void make_user_session(struct iam_session *s)
{
    s->kind = IAM_KIND_USER_SESSION;
    s->issuer_id = IAM_STR("AIDAIOSFODNN7EXAMPLE1");
    s->role_name = iam_str_absent();
    s->session_name = iam_str_absent();
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

static void make_federated_user(struct iam_session *s)
{
    make_user_session(s);
    s->kind = IAM_KIND_FEDERATED_USER;
    s->session_name = IAM_STR("bob");
    s->mfa_ms = 0;
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

static void make_web_identity(struct iam_session *s)
{
    s->kind = IAM_KIND_WEB_IDENTITY_SESSION;
    s->mfa_ms = 0;
}

static void make_saml(struct iam_session *s)
{
    s->kind = IAM_KIND_SAML_SESSION;
    s->mfa_ms = 0;
}

static void make_root_session(struct iam_session *s)
{
    make_user_session(s);
    s->issuer_id = s->account;
}

static void make_nothing(struct iam_session *s)
{
    (void)s;
}

/* Every kind of session, and how it shows itself once it was opened. */
static void test_every_kind_round_trips(void **state)
{
    static const struct {
        spoil_fn *make;
        enum iam_kind kind;
        const char *arn; /* NULL: that of the issuer */
        const char *user_id;
    } KINDS[] = {
        {make_nothing,         IAM_KIND_ROLE_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_web_identity,   IAM_KIND_WEB_IDENTITY_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_saml,           IAM_KIND_SAML_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_user_session,   IAM_KIND_USER_SESSION,         NULL,         "AIDAIOSFODNN7EXAMPLE1"                },
        { make_root_session,   IAM_KIND_USER_SESSION,         NULL,         "111122223333"                         },
        { make_federated_user, IAM_KIND_FEDERATED_USER,
         "arn:aws:sts::111122223333:federated-user/bob",                    "111122223333:bob"                     },
    };
    struct iam_arena *arena = *state;
    for (size_t i = 0; i < IAM_COUNT(KINDS); i++) {
        uint8_t out[CLAIMS_MAX];
        size_t len = 0;
        struct iam_session want = fixture_session();
        struct iam_session got;
        struct iam_str text;
        KINDS[i].make(&want);
        assert_int_equal(claims_write(&want, SECRET, 0, out, &len), IAM_OK);
        assert_int_equal(out[1], KINDS[i].kind);
        assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
        assert_int_equal(got.kind, KINDS[i].kind);
        assert_same_str(got.issuer_id, want.issuer_id);
        assert_int_equal(iam_str_is_set(got.session_name), iam_str_is_set(want.session_name));
        assert_true(got.mfa_ms == want.mfa_ms);
        assert_int_equal(iam_session_arn(arena, &got, &text), IAM_OK);
        if (KINDS[i].arn != NULL) {
            assert_same_str(text, iam_str_c(KINDS[i].arn));
        } else {
            assert_absent(text);
        }
        assert_int_equal(iam_session_user_id(arena, &got, &text), IAM_OK);
        assert_same_str(text, iam_str_c(KINDS[i].user_id));
    }
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
    s->inline_policies = &policy;
    s->inline_policy_count = 1;
}

static void spoil_policy_empty(struct iam_session *s)
{
    static const struct iam_str policies[] = { IAM_STR_INIT("{}"), IAM_STR_INIT("") };
    s->inline_policies = policies;
}

static void spoil_arn(struct iam_session *s)
{
    static const struct iam_str arns[] = { IAM_STR_INIT("policy/ReadOnlyAccess-long") };
    s->policy_arns = arns;
    s->policy_arn_count = 1;
}

static void spoil_arn_count(struct iam_session *s)
{
    static struct iam_str arns[11];
    static struct iam_str ids[11];
    for (size_t i = 0; i < IAM_COUNT(arns); i++) {
        arns[i] = IAM_STR("arn:aws:iam::aws:policy/ReadOnlyAccess");
        ids[i] = IAM_STR("ANPAIOSFODNN7EXAMPLE1");
    }
    s->policy_arns = arns;
    s->policy_ids = ids;
    s->policy_arn_count = IAM_COUNT(arns);
}

static void spoil_policy_id(struct iam_session *s)
{
    static const struct iam_str ids[] = { IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE1"),
                                          IAM_STR_INIT("AROAIOSFODNN7EXAMPLE1") };
    s->policy_ids = ids;
}

static void spoil_policy_id_absent(struct iam_session *s)
{
    static const struct iam_str ids[] = { IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE1"), IAM_STR_INIT("") };
    s->policy_ids = ids;
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
    static spoil_fn *const spoils[] = {
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
    };
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
        assert_int_equal(claims_write(&s, SECRET, 0, out, &len), IAM_RANGE);
    }
}

/* The reader applies the rules too: a claim of the wrong alphabet, put in by hand. */
static void test_reader_checks(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session got;
    size_t len = write_fixture(out);
    uint8_t *account = memmem(out, len, "111122223333", 12);
    assert_non_null(account);
    account[3] = 'x';
    assert_int_equal(read_copy(out, len, arena, &got), IAM_CORRUPT);
}

static void test_too_large(void **state)
{
    (void)state;
    uint8_t out[CLAIMS_MAX];
    size_t len;
    struct iam_session s = fixture_session();
    memset(LONG_TEXT, 'x', sizeof(LONG_TEXT));
    struct iam_str policy = { LONG_TEXT, sizeof(LONG_TEXT) - 1 };
    s.inline_policies = &policy;
    s.inline_policy_count = 1;
    assert_int_equal(claims_write(&s, SECRET, 0, out, &len), IAM_LIMIT);
}

static int setup(void **state)
{
    static struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), 4 << 20);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    iam_arena_done(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_optional_claims_stay_absent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated_and_padded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_version_and_kind, setup, teardown),
        cmocka_unit_test(test_rules),
        cmocka_unit_test_setup_teardown(test_every_kind_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_checks, setup, teardown),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
