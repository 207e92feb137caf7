/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published SigV4 test suite, from tests/vectors/sigv4.jsonl: for every case, with the header
 * and with the query, the canonical request, the string to sign and the signature are exactly the
 * suite's, and the signed request verifies.
 *
 * Where a correct verifier must refuse, the test says so: paths that were signed without being
 * normalised (only Amazon S3 does that), and session tokens that are not ours.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "authn/sigv4_int.h"
#include "base/heap.h"
#include "codec/json.h"
#include "request_text.h"

#define VECTORS "tests/vectors/sigv4.jsonl"
#define CASES 38

struct vector {
    const struct iam_json *root;
    struct iam_str name;
    bool is_normalized;
    bool has_token;
    bool is_token_unsigned;
};

static struct iam_str text_of(const struct iam_json *object, const char *name)
{
    const struct iam_json *m = iam_json_member(object, iam_str_c(name));
    assert_non_null(m);
    return m->text;
}

static void read_request(struct rig *rig, struct iam_str text)
{
    request_text_read(text, rig->headers, RIG_HEADERS, &rig->request);
    rig->request.service = IAM_STR("service");
}

static void signing_key(struct rig *rig, const struct vector *v, struct iam_signing_key *ret)
{
    const struct iam_json *context = iam_json_member(v->root, IAM_STR("context"));
    const struct iam_json *credentials = iam_json_member(context, IAM_STR("credentials"));
    const struct iam_key_scope scope = { IAM_STR("20150830"), text_of(context, "region"),
                                         text_of(context, "service") };
    struct iam_str sealed;
    assert_int_equal(iam_keeper_seal_given_secret(rig->keeper, IAM_STR(RIG_ID),
                                                  text_of(credentials, "secret_access_key"),
                                                  &rig->arena, &sealed),
                     IAM_OK);
    assert_int_equal(iam_keeper_signing_key(rig->keeper, IAM_STR(RIG_ID), sealed, &scope, ret),
                     IAM_OK);
}

static struct iam_str expected(struct rig *rig, const struct vector *v, const char *kind,
                               const char *what)
{
    return text_of(v->root, rig_fmt(rig, "%s-%s", kind, what).p);
}

/* Step by step, with the path as the case wants it. */
static void check_steps(struct rig *rig, const struct vector *v, const char *kind)
{
    struct iam_authn_failure failure;
    struct sigv4_call call = { .request = &rig->request,
                               .arena = &rig->arena,
                               .failure = &failure };
    struct iam_str path = rig->request.path;
    struct iam_str canonical;
    struct iam_str text;
    struct iam_signing_key key;
    bool is_equal = false;

    assert_int_equal(sigv4_parse(&call), IAM_OK);
    assert_int_equal(sigv4_check(&call), v->is_token_unsigned ? IAM_DENIED : IAM_OK);
    assert_int_equal(iam_sha256_hex(rig->request.body, call.body_hash), IAM_OK);
    if (v->is_normalized) {
        assert_int_equal(sigv4_normal_path(&rig->arena, rig->request.path, &path), IAM_OK);
    }
    signing_key(rig, v, &key);
    assert_int_equal(sigv4_compare(&call, path, &key, &is_equal, &canonical, &text), IAM_OK);
    assert_same_str(canonical, expected(rig, v, kind, "canonical-request"));
    assert_same_str(text, expected(rig, v, kind, "string-to-sign"));
    assert_same_str(call.claim.signature, expected(rig, v, kind, "signature"));
    assert_true(is_equal);
}

/* Through the front door. */
static void check_verified(struct rig *rig, const struct vector *v)
{
    struct iam_str path;
    assert_int_equal(sigv4_normal_path(&rig->arena, rig->request.path, &path), IAM_OK);
    if (v->is_token_unsigned && !iam_str_is_set(rig->request.query)) {
        rig_assert_denied(rig, IAM_AUTHN_SIGNATURE_MISMATCH, "not signed");
    } else if (v->has_token) {
        rig_assert_denied(rig, IAM_AUTHN_INVALID_TOKEN, "security token");
    } else if (!v->is_normalized && !iam_str_eq(path, rig->request.path)) {
        rig_assert_denied(rig, IAM_AUTHN_SIGNATURE_MISMATCH, "The Canonical String");
    } else {
        rig_assert_ok(rig);
        assert_str(rig->result.identity.access_key_id, RIG_ID);
        assert_same_str(rig->result.path, path);
    }
}

static void check_kind(const struct vector *v, const char *kind)
{
    struct rig rig;
    rig_init(&rig);
    read_request(&rig, expected(&rig, v, kind, "signed-request"));
    /* A token added to the query after signing leaves no canonical request that both could share.
     */
    if (!(v->is_token_unsigned && strcmp(kind, "query") == 0)) {
        check_steps(&rig, v, kind);
    }
    check_verified(&rig, v);
    rig_done(&rig);
}

static bool flag(const struct iam_json *object, const char *name)
{
    const struct iam_json *m = iam_json_member(object, iam_str_c(name));
    return m != NULL && m->boolean;
}

static void check_line(struct iam_str line, struct iam_arena *arena)
{
    static const struct iam_json_limits limits = { 1 << 16, 8, 256 };
    struct vector v = { 0 };
    struct iam_diag diag;
    assert_int_equal(iam_json_read(arena, line, &limits, &v.root, &diag), IAM_OK);
    const struct iam_json *context = iam_json_member(v.root, IAM_STR("context"));
    const struct iam_json *credentials = iam_json_member(context, IAM_STR("credentials"));
    v.name = text_of(v.root, "case");
    v.is_normalized = flag(context, "normalize");
    v.is_token_unsigned = flag(context, "omit_session_token");
    v.has_token = iam_json_member(credentials, IAM_STR("token")) != NULL;
    /* Says which case it was when one fails. */
    print_message("%.*s\n", IAM_STR_ARG(v.name));
    check_kind(&v, "header");
    check_kind(&v, "query");
}

static void test_suite(void **state)
{
    (void)state;
    FILE *f = fopen(VECTORS, "r");
    assert_non_null(f);
    char *line = NULL;
    size_t cap = 0;
    size_t count = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, f)) > 1) {
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), 1 << 20);
        check_line((struct iam_str){ line, (size_t)n - 1 }, &arena);
        iam_arena_done(&arena);
        count++;
    }
    free(line);
    (void)fclose(f);
    assert_int_equal(count, CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_suite) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
