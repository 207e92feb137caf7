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
    assert_same_str(got.role_id, want.role_id);
    assert_same_str(got.role_name, want.role_name);
    assert_same_str(got.session_name, want.session_name);
    assert_same_str(got.inline_policy, want.inline_policy);
    assert_same_str(got.source_identity, want.source_identity);
    assert_true(got.issued_ms == want.issued_ms && got.expires_ms == want.expires_ms);
    assert_true(got.is_chained);
    assert_int_equal(got.policy_arn_count, 2);
    assert_same_str(got.policy_arns[1], want.policy_arns[1]);
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
    s.inline_policy = iam_str_absent();
    s.source_identity = iam_str_absent();
    s.is_chained = false;
    s.policy_arn_count = s.tag_count = s.transitive_count = 0;
    assert_int_equal(claims_write(&s, SECRET, 0, out, &len), IAM_OK);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_false(iam_str_is_set(got.inline_policy));
    assert_false(iam_str_is_set(got.source_identity));
    assert_false(got.is_chained);
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

static void test_version_and_flags(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session got;
    size_t len = write_fixture(out);
    for (unsigned v = 0; v < 256; v++) {
        out[0] = (uint8_t)v;
        assert_int_equal(read_copy(out, len, arena, &got), v == 1 ? IAM_OK : IAM_CORRUPT);
    }
    out[0] = 1;
    for (unsigned flags = 8; flags < 256; flags++) {
        out[1] = (uint8_t)flags;
        assert_int_equal(read_copy(out, len, arena, &got), IAM_CORRUPT);
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

static void spoil_role_id(struct iam_session *s)
{
    s->role_id = IAM_STR("AIDAIOSFODNN7EXAMPLE1");
}

static void spoil_role_id_absent(struct iam_session *s)
{
    s->role_id = iam_str_absent();
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
    s->inline_policy = (struct iam_str){ LONG_TEXT, sizeof(LONG_TEXT) };
}

static void spoil_policy_empty(struct iam_session *s)
{
    s->inline_policy = IAM_STR("");
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
    for (size_t i = 0; i < IAM_COUNT(arns); i++) {
        arns[i] = IAM_STR("arn:aws:iam::aws:policy/ReadOnlyAccess");
    }
    s->policy_arns = arns;
    s->policy_arn_count = IAM_COUNT(arns);
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
        spoil_account,      spoil_account_length,
        spoil_role_id,      spoil_role_id_absent,
        spoil_role_name,    spoil_session_name,
        spoil_expiry,       spoil_session_name_length,
        spoil_duration,     spoil_order,
        spoil_issue,        spoil_policy,
        spoil_policy_empty, spoil_arn,
        spoil_arn_count,    spoil_tag_twice,
        spoil_tag_utf8,     spoil_tag_nul,
        spoil_transitive,   spoil_source_identity,
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
    s.inline_policy = (struct iam_str){ LONG_TEXT, sizeof(LONG_TEXT) - 1 };
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
        cmocka_unit_test_setup_teardown(test_version_and_flags, setup, teardown),
        cmocka_unit_test(test_rules),
        cmocka_unit_test_setup_teardown(test_reader_checks, setup, teardown),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
