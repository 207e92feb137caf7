/* SPDX-License-Identifier: Apache-2.0 */
/* Session tokens: good for one access key ID, under one master key, in one text. */
#include "lib/test.h"

#include "base/ct.h"
#include "base/heap.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "lib/failing_alloc.h"
#include "session_fixture.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID IAM_STR("ASIAIOSFODNN7EXAMPLE")

static const struct iam_key_scope SCOPE = { IAM_STR_INIT("20150830"), IAM_STR_INIT("us-east-1"),
                                            IAM_STR_INIT("sts") };

struct fixture {
    struct iam_keeper *keeper;
    struct iam_arena arena;
    struct iam_str token;
    struct iam_secret_text secret;
};

static struct iam_keeper *keeper_with(const char *key)
{
    char error[128];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = key };
    assert_int_equal(iam_keeper_new(&config, &k, error, sizeof(error)), IAM_OK);
    return k;
}

static enum iam_status open_token(struct fixture *f, struct iam_str id, struct iam_str token)
{
    const struct iam_session *session;
    struct iam_signing_key key;
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), 64 * 1024);
    enum iam_status st =
        iam_keeper_open_session(f->keeper, id, token, &SCOPE, &arena, &session, &key);
    iam_arena_done(&arena);
    return st;
}

static void test_round_trip(void **state)
{
    struct fixture *f = *state;
    const struct iam_session *s;
    struct iam_signing_key key;
    assert_int_equal(iam_keeper_open_session(f->keeper, ID, f->token, &SCOPE, &f->arena, &s, &key),
                     IAM_OK);
    assert_str(s->access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_str(s->role_name, "deploy+x");
    assert_int_equal(s->tag_count, 2);
    assert_true(f->token.len <= IAM_SESSION_TOKEN_MAX);
    assert_int_equal(strlen(f->secret.text), IAM_SECRET_TEXT_LEN);
    assert_int_equal(iam_keeper_open_session(f->keeper, ID, f->token, NULL, &f->arena, &s, NULL),
                     IAM_OK);
}

/* The signing key of the token is the one that its secret makes, derived and cached. */
static void test_signing_key(void **state)
{
    struct fixture *f = *state;
    const struct iam_session *s;
    struct iam_str sealed;
    struct iam_signing_key want;
    assert_int_equal(
        iam_keeper_seal_given_secret(f->keeper, ID, iam_str_c(f->secret.text), &f->arena, &sealed),
        IAM_OK);
    assert_int_equal(iam_keeper_signing_key(f->keeper, ID, sealed, &SCOPE, &want), IAM_OK);
    for (int i = 0; i < 2; i++) {
        struct iam_signing_key key;
        assert_int_equal(
            iam_keeper_open_session(f->keeper, ID, f->token, &SCOPE, &f->arena, &s, &key), IAM_OK);
        assert_memory_equal(&key, &want, sizeof(key));
    }
}

/*
 * A secret that is presented as such, and not by a signature, is told from another by what the
 * keeper shows: signing keys for a scope that no request has.
 */
static void test_presented_secret(void **state)
{
    const struct iam_key_scope scope = { IAM_STR("20150830"), IAM_STR("us-east-1"),
                                         IAM_STR("signin") };
    struct fixture *f = *state;
    const struct iam_session *s;
    struct iam_signing_key of_token;
    assert_ok(iam_keeper_open_session(f->keeper, ID, f->token, &scope, &f->arena, &s, &of_token));
    for (size_t i = 0; i <= IAM_SECRET_TEXT_LEN; i++) {
        struct iam_secret_text presented = f->secret;
        struct iam_signing_key key;
        struct iam_str sealed;
        bool is_it = i == IAM_SECRET_TEXT_LEN;
        if (!is_it) {
            presented.text[i] = presented.text[i] == 'A' ? 'B' : 'A';
        }
        assert_ok(iam_keeper_seal_given_secret(f->keeper, ID, iam_str_c(presented.text), &f->arena,
                                               &sealed));
        assert_ok(iam_keeper_signing_key(f->keeper, ID, sealed, &scope, &key));
        assert_true(iam_ct_equal(&key, &of_token, sizeof(key)) == is_it);
    }
}

/* Every bit of every character; what is no base64 character included. */
static void test_every_character_counts(void **state)
{
    struct fixture *f = *state;
    char text[IAM_SESSION_TOKEN_MAX];
    assert_int_equal(open_token(f, ID, f->token), IAM_OK);
    for (size_t i = 0; i < f->token.len * 8; i++) {
        memcpy(text, f->token.p, f->token.len);
        text[i / 8] = (char)(text[i / 8] ^ (1 << (i % 8)));
        assert_int_equal(open_token(f, ID, (struct iam_str){ text, f->token.len }), IAM_CORRUPT);
    }
}

static void test_truncated_and_extended(void **state)
{
    struct fixture *f = *state;
    char text[IAM_SESSION_TOKEN_MAX + 4];
    for (size_t n = 0; n < f->token.len; n++) {
        assert_int_equal(open_token(f, ID, iam_str_sub(f->token, 0, n)), IAM_CORRUPT);
    }
    assert_int_equal(open_token(f, ID, iam_str_absent()), IAM_CORRUPT);
    memset(text, 'A', sizeof(text));
    memcpy(text, f->token.p, f->token.len);
    assert_int_equal(open_token(f, ID, (struct iam_str){ text, f->token.len + 4 }), IAM_CORRUPT);
    assert_int_equal(open_token(f, ID, (struct iam_str){ text, IAM_SESSION_TOKEN_MAX }),
                     IAM_CORRUPT);
    assert_int_equal(open_token(f, ID, (struct iam_str){ text, sizeof(text) }), IAM_CORRUPT);
}

/* Other texts of the same bytes. */
static void test_one_text_only(void **state)
{
    struct fixture *f = *state;
    char text[IAM_SESSION_TOKEN_MAX];
    static const char *const tails[] = { "\n\n\n\n", "====", "    " };
    for (size_t i = 0; i < IAM_COUNT(tails); i++) {
        memcpy(text, f->token.p, f->token.len);
        memcpy(text + f->token.len, tails[i], 4);
        assert_int_equal(open_token(f, ID, (struct iam_str){ text, f->token.len + 4 }),
                         IAM_CORRUPT);
        memcpy(text, tails[i], 4);
        memcpy(text + 4, f->token.p, f->token.len);
        assert_int_equal(open_token(f, ID, (struct iam_str){ text, f->token.len + 4 }),
                         IAM_CORRUPT);
    }
    /* A reader that takes padding anywhere reads '=' as the zero bits of 'A'. */
    for (size_t i = 0; i < f->token.len; i++) {
        if (f->token.p[i] == 'A') {
            memcpy(text, f->token.p, f->token.len);
            text[i] = '=';
            assert_int_equal(open_token(f, ID, (struct iam_str){ text, f->token.len }),
                             IAM_CORRUPT);
        }
    }
}

/* S18: with another access key ID; under another master key. */
static void test_other_key(void **state)
{
    struct fixture *f = *state;
    const struct iam_session *s;
    assert_int_equal(open_token(f, IAM_STR("ASIAIOSFODNN7EXAMPLF"), f->token), IAM_CORRUPT);
    assert_int_equal(open_token(f, ID, f->token), IAM_OK); /* and is remembered */
    assert_int_equal(open_token(f, IAM_STR("ASIAIOSFODNN7EXAMPLF"), f->token), IAM_CORRUPT);
    assert_int_equal(iam_keeper_open_session(f->keeper, IAM_STR("ASIAIOSFODNN7EXAMPLF"), f->token,
                                             NULL, &f->arena, &s, NULL),
                     IAM_CORRUPT);
    assert_int_equal(open_token(f, IAM_STR(""), f->token), IAM_CORRUPT);
    struct iam_keeper *other = keeper_with(KEY_B);
    assert_int_equal(iam_keeper_open_session(other, ID, f->token, NULL, &f->arena, &s, NULL),
                     IAM_CORRUPT);
    iam_keeper_free(other);
    struct iam_keeper *same = keeper_with(KEY_A);
    assert_int_equal(iam_keeper_open_session(same, ID, f->token, NULL, &f->arena, &s, NULL),
                     IAM_OK);
    iam_keeper_free(same);
}

static void test_seal_limits(void **state)
{
    struct fixture *f = *state;
    static char policy[8192];
    struct iam_str token;
    struct iam_secret_text secret;
    struct iam_session s = fixture_session();
    s.issuer_id = IAM_STR("nobody");
    assert_int_equal(iam_keeper_seal_session(f->keeper, &s, 0, &f->arena, &token, &secret),
                     IAM_RANGE);
    s = fixture_session();
    s.access_key_id = iam_str_absent();
    assert_int_equal(iam_keeper_seal_session(f->keeper, &s, 0, &f->arena, &token, &secret),
                     IAM_RANGE);
    s = fixture_session();
    struct iam_str text;
    const struct iam_session_layer layer = { .inline_policies = &text, .inline_policy_count = 1 };
    s.layers = &layer;
    s.layer_count = 1;
    s.scope_count = 0;
    memset(policy, 'p', sizeof(policy));
    /* The largest that fits opens again; one step more is refused, never cut. */
    size_t len = sizeof(policy);
    enum iam_status st = IAM_LIMIT;
    while (st == IAM_LIMIT && len > 0) {
        text = (struct iam_str){ policy, --len };
        st = iam_keeper_seal_session(f->keeper, &s, 0, &f->arena, &token, &secret);
    }
    assert_int_equal(st, IAM_OK);
    assert_true(len > 4096);
    assert_true(token.len <= IAM_SESSION_TOKEN_MAX && token.len > IAM_SESSION_TOKEN_MAX - 8);
    assert_int_equal(open_token(f, ID, token), IAM_OK);
}

static enum iam_status seal_and_open(const struct iam_alloc *alloc, void *ctx)
{
    struct fixture *f = ctx;
    struct iam_arena arena;
    struct iam_str token;
    struct iam_secret_text secret;
    struct iam_session s = fixture_session();
    const struct iam_session *back;
    iam_arena_init(&arena, alloc, 64 * 1024);
    enum iam_status st = iam_keeper_seal_session(f->keeper, &s, 0, &arena, &token, &secret);
    if (st == IAM_OK) {
        st = iam_keeper_open_session(f->keeper, ID, token, NULL, &arena, &back, NULL);
    }
    iam_arena_done(&arena);
    return st;
}

static void test_out_of_memory(void **state)
{
    assert_true(torture(seal_and_open, *state) >= 1);
}

/* The arena's cap at every size: IAM_NOMEM, never a half-read session. */
static void test_small_arenas(void **state)
{
    struct fixture *f = *state;
    bool is_done = false;
    for (size_t cap = 0; !is_done; cap += 16) {
        const struct iam_session *s;
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), cap);
        enum iam_status st =
            iam_keeper_open_session(f->keeper, ID, f->token, NULL, &arena, &s, NULL);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        is_done = st == IAM_OK;
        iam_arena_done(&arena);
        assert_true(cap < 64 * 1024);
    }
}

static int setup(void **state)
{
    static struct fixture f;
    struct iam_session s = fixture_session();
    f.keeper = keeper_with(KEY_A);
    iam_arena_init(&f.arena, iam_heap(), 1 << 20);
    *state = &f;
    return iam_keeper_seal_session(f.keeper, &s, 0, &f.arena, &f.token, &f.secret) == IAM_OK ? 0
                                                                                             : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    iam_arena_done(&f->arena);
    iam_keeper_free(f->keeper);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signing_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_presented_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_character_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated_and_extended, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_text_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seal_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_small_arenas, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
