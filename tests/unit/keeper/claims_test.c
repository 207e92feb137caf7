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

/* As a token is written: sealed afterwards, which takes 49 bytes; as claims alone; and longer. */
static const struct claims_padding SEALED = { .extra = 49 };
static const struct claims_padding BARE = { .extra = 0 };

static size_t write_fixture(uint8_t out[CLAIMS_MAX])
{
    struct iam_session s = fixture_session();
    size_t len = 0;
    assert_int_equal(claims_write(&s, SECRET, &SEALED, out, &len), IAM_OK);
    return len;
}

static void assert_same_layer(const struct iam_session_layer *got,
                              const struct iam_session_layer *want)
{
    assert_int_equal(got->inline_policy_count, want->inline_policy_count);
    for (size_t i = 0; i < got->inline_policy_count; i++) {
        assert_same_str(got->inline_policies[i], want->inline_policies[i]);
    }
    assert_int_equal(got->policy_arn_count, want->policy_arn_count);
    for (size_t i = 0; i < got->policy_arn_count; i++) {
        assert_same_str(got->policy_arns[i], want->policy_arns[i]);
        assert_same_str(got->policy_ids[i], want->policy_ids[i]);
    }
}

static void assert_same_optional(struct iam_str got, struct iam_str want)
{
    if (iam_str_is_set(want)) {
        assert_same_str(got, want);
    } else {
        assert_absent(got);
    }
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
    assert_int_equal(got.layer_count, 2);
    assert_int_equal(got.scope_count, 1);
    assert_same_layer(&got.layers[0], &want.layers[0]);
    assert_same_layer(&got.layers[1], &want.layers[1]);
    assert_int_equal(got.layers[1].inline_policy_count, 1);
    assert_absent(got.parent_key_id);
    assert_absent(got.provider_id);
    assert_absent(got.federated_provider);
    assert_same_str(got.source_identity, want.source_identity);
    assert_true(got.issued_ms == want.issued_ms && got.expires_ms == want.expires_ms);
    assert_true(got.mfa_ms == want.mfa_ms);
    assert_int_equal(got.tag_count, 2);
    assert_same_str(got.tags[1].key, want.tags[1].key);
    assert_str(got.tags[1].value, "");
    assert_int_equal(got.transitive_count, 1);
    assert_str(got.transitive_keys[0], "project");
    assert_int_equal(got.context_count, 3);
    for (size_t i = 0; i < got.context_count; i++) {
        assert_same_str(got.context[i].key, want.context[i].key);
        assert_same_str(got.context[i].value, want.context[i].value);
    }
}

static void test_optional_claims_stay_absent(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session s = fixture_session();
    struct iam_session got;
    size_t len = 0;
    s.layer_count = s.scope_count = 0;
    s.source_identity = iam_str_absent();
    s.mfa_ms = 0;
    s.context_count = s.tag_count = s.transitive_count = 0;
    assert_int_equal(claims_write(&s, SECRET, &BARE, out, &len), IAM_OK);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_int_equal(got.layer_count + got.context_count, 0);
    assert_false(iam_str_is_set(got.source_identity));
    assert_true(got.mfa_ms == 0);
    assert_int_equal(got.tag_count + got.transitive_count, 0);
}

static void test_truncated_and_padded(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX + 3];
    struct iam_session got;
    struct iam_session s = fixture_session();
    size_t len = 0;
    s.context_count = 1; /* the last claim must not end as padding does */
    assert_int_equal(claims_write(&s, SECRET, &BARE, out, &len), IAM_OK);
    while (out[len - 1] == 0) {
        len--;
    }
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(read_copy(out, n, arena, &got), IAM_CORRUPT);
    }
    memset(out + len, 0, CLAIMS_MAX - len);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_int_equal(read_copy(out, CLAIMS_MAX, arena, &got), IAM_OK);
    out[CLAIMS_MAX - 1] = 1;
    assert_int_equal(read_copy(out, CLAIMS_MAX, arena, &got), IAM_CORRUPT);
    out[len + 1] = 1;
    assert_int_equal(read_copy(out, len + 2, arena, &got), IAM_CORRUPT);
}

/* Without memory good claims are not called bad ones: who has them would be turned away for good.
 */
static void test_small_arenas(void **state)
{
    uint8_t out[CLAIMS_MAX];
    uint8_t secret[CLAIMS_SECRET_BYTES];
    size_t len = write_fixture(out);
    enum iam_status st = IAM_NOMEM;
    (void)state;
    for (size_t cap = 0; st != IAM_OK; cap += 8) {
        struct iam_arena small;
        struct iam_session got;
        iam_arena_init(&small, iam_heap(), cap);
        st = claims_read((struct iam_str){ (const char *)out, len }, &small, &got, secret);
        iam_arena_done(&small);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        assert_true(cap < 16384);
    }
}

/* Claims become as long as was asked for, and no longer than there is room. */
static void test_padding(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session got;
    struct iam_session s = fixture_session();
    size_t len = 0;
    for (size_t min = 0; min <= CLAIMS_MAX; min += 511) {
        const struct claims_padding padding = { .extra = 49, .min = min };
        assert_int_equal(claims_write(&s, SECRET, &padding, out, &len), IAM_OK);
        assert_true(len + 49 >= min && (len + 49) % 3 == 0);
        assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
        assert_int_equal(got.context_count, 3);
    }
    const struct claims_padding beyond = { .extra = 49, .min = CLAIMS_MAX + 50 };
    assert_int_equal(claims_write(&s, SECRET, &beyond, out, &len), IAM_LIMIT);
}

/* A token of version 3, byte for byte as 0.1 wrote it. */
static size_t write_old(uint8_t *out, bool has_policies)
{
    static const uint8_t TIMES[] = { 0,   0,   1,  79, 125, 77, 29, 128, 0, 0, 1, 79,
                                     125, 132, 12, 0,  0,   0,  0,  0,   0, 0, 0, 0 };
    static const char NAMES[] = "\0\x0c"
                                "111122223333"
                                "\0\x15"
                                "AROAIOSFODNN7EXAMPLE1"
                                "\0\x06"
                                "reader"
                                "\0\x05"
                                "night"
                                "\0";
    static const char NOTHING[] = "\0\0\0\0\0";
    static const char POLICIES[] = "\1\0\x02{}"
                                   "\1\0\x26"
                                   "arn:aws:iam::aws:policy/ReadOnlyAccess"
                                   "\1\0\x15"
                                   "ANPAIOSFODNN7EXAMPLE1"
                                   "\0\0";
    size_t n = 2;
    out[0] = 3;
    out[1] = IAM_KIND_ROLE_SESSION;
    memcpy(out + n, SECRET, sizeof(SECRET));
    n += sizeof(SECRET);
    memcpy(out + n, TIMES, sizeof(TIMES));
    n += sizeof(TIMES);
    memcpy(out + n, NAMES, sizeof(NAMES));
    n += sizeof(NAMES);
    memcpy(out + n, has_policies ? POLICIES : NOTHING,
           has_policies ? sizeof(POLICIES) - 1 : sizeof(NOTHING) - 1);
    return n + (has_policies ? sizeof(POLICIES) : sizeof(NOTHING)) - 1;
}

/* A session that began with the version before goes on. */
static void test_old_version(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX] = { 0 };
    struct iam_session got;
    size_t len = write_old(out, false);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_str(got.session_name, "night");
    assert_int_equal(got.layer_count + got.context_count, 0);
    assert_absent(got.source_identity);
    assert_int_equal(read_copy(out, len + 2, arena, &got), IAM_OK);
    assert_int_equal(read_copy(out, len + 3, arena, &got), IAM_CORRUPT);
    for (size_t n = 0; n < len; n++) {
        assert_int_equal(read_copy(out, n, arena, &got), IAM_CORRUPT);
    }
    len = write_old(out, true);
    assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
    assert_int_equal(got.layer_count, 1);
    assert_int_equal(got.layers[0].inline_policy_count, 1);
    assert_str(got.layers[0].policy_ids[0], "ANPAIOSFODNN7EXAMPLE1");
    /* there were no sessions of other kinds then, and those need more now */
    out[1] = IAM_KIND_SAML_SESSION;
    assert_int_equal(read_copy(out, len, arena, &got), IAM_CORRUPT);
}

static void test_version_and_kind(void **state)
{
    struct iam_arena *arena = *state;
    uint8_t out[CLAIMS_MAX];
    struct iam_session got;
    size_t len = write_fixture(out);
    for (unsigned v = 0; v < 256; v++) {
        out[0] = (uint8_t)v;
        assert_int_equal(read_copy(out, len, arena, &got), v == 4 ? IAM_OK : IAM_CORRUPT);
    }
    out[0] = 4;
    /* The fixture has a second factor, which of the ways into a role AssumeRole alone may have. */
    for (unsigned kind = 0; kind < 256; kind++) {
        out[1] = (uint8_t)kind;
        assert_int_equal(read_copy(out, len, arena, &got),
                         kind == IAM_KIND_ROLE_SESSION ? IAM_OK : IAM_CORRUPT);
    }
}

static void make_nothing(struct iam_session *s)
{
    (void)s;
}

/* Every kind of session, and how it shows itself once it was opened. */
static void test_every_kind_round_trips(void **state)
{
    static const struct {
        fixture_change_fn *make;
        enum iam_kind kind;
        const char *arn; /* NULL: that of the issuer */
        const char *user_id;
    } KINDS[] = {
        {make_nothing,          IAM_KIND_ROLE_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_web_identity,    IAM_KIND_WEB_IDENTITY_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_google,          IAM_KIND_WEB_IDENTITY_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_saml,            IAM_KIND_SAML_SESSION,
         "arn:aws:sts::111122223333:assumed-role/deploy+x/ann@example.com", "AROAIOSFODNN7EXAMPLE1:ann@example.com"},
        { make_user_session,    IAM_KIND_USER_SESSION,         NULL,        "AIDAIOSFODNN7EXAMPLE1"                },
        { make_session_of_root, IAM_KIND_USER_SESSION,         NULL,        "111122223333"                         },
        { make_root_session,    IAM_KIND_ROOT_SESSION,         NULL,        "111122223333"                         },
        { make_federated_user,  IAM_KIND_FEDERATED_USER,
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
        assert_int_equal(claims_write(&want, SECRET, &BARE, out, &len), IAM_OK);
        assert_int_equal(out[1], KINDS[i].kind);
        assert_int_equal(read_copy(out, len, arena, &got), IAM_OK);
        assert_int_equal(got.kind, KINDS[i].kind);
        assert_same_str(got.issuer_id, want.issuer_id);
        assert_same_optional(got.parent_key_id, want.parent_key_id);
        assert_same_optional(got.provider_id, want.provider_id);
        assert_same_optional(got.federated_provider, want.federated_provider);
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
    static char long_text[4 * 2048];
    memset(long_text, 'x', sizeof(long_text));
    const struct iam_str policy = { long_text, sizeof(long_text) };
    const struct iam_session_layer layer = { .inline_policies = &policy, .inline_policy_count = 1 };
    s.layers = &layer;
    s.layer_count = 1;
    s.scope_count = 0;
    assert_int_equal(claims_write(&s, SECRET, &BARE, out, &len), IAM_LIMIT);
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
        cmocka_unit_test_setup_teardown(test_padding, setup, teardown),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test_setup_teardown(test_old_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_version_and_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_kind_round_trips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader_checks, setup, teardown),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
