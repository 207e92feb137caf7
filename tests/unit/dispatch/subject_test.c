/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A principal as decisions see it: the policies of its session are one layer, and none is omitted.
 */
#include "dispatch/authorize.h"

#include "lib/inproc.h"

#define ROLE_ARN "arn:aws:iam::111122223333:role/r"
#define POLICY_ARN "arn:aws:iam::111122223333:policy/p"

#define SESSION_OF_ROLE                                                     \
    .kind = IAM_KIND_ROLE_SESSION, .account = IAM_STR_INIT("111122223333"), \
    .issuer_id = IAM_STR_INIT("AROAIOSFODNN7EXAMPLE1"), .role_name = IAM_STR_INIT("r")

static struct inproc *s;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    (void)inproc_role(s, "r", TRUST("arn:aws:iam::111122223333:root", "sts:AssumeRole"),
                      ALLOW("*"));
    inproc_must(s, &s->root, "iam", "Action=CreatePolicy&PolicyName=p&PolicyDocument=%s",
                inproc_form(s, ALLOW("s3:Get*")));
    return 0;
}

static const struct iam_view *view_of(const char *arn)
{
    const struct iam_view *view;
    assert_ok(iam_directory_by_arn(s->directory, NULL, iam_str_c(arn), &view));
    return view;
}

static enum iam_status open_view(struct iam_arena *arena, const char *arn,
                                 const struct iam_session *session, struct api_subject *ret)
{
    struct iam_call call = { .env = &s->env, .arena = arena };
    return api_subject_open(&call, arena, view_of(arn), session, ret);
}

static enum iam_status open_subject(const struct iam_session *session, struct api_subject *ret)
{
    return open_view(&s->arena, ROLE_ARN, session, ret);
}

/* Returns the unique ID of the policy that has the ARN now, in the arena of the test. */
static struct iam_str id_of_policy(const char *arn)
{
    struct iam_unique_id id;
    struct iam_policy *policy;
    struct iam_str copy;
    assert_ok(iam_directory_managed_policy(s->directory, NULL, iam_str_c(arn), &id, &policy));
    iam_policy_unref(policy);
    assert_ok(iam_arena_dup(&s->arena, iam_id_str(&id), &copy));
    return copy;
}

static bool may(const struct api_subject *subject, const char *action)
{
    struct iam_decision decision;
    struct iam_request request;
    struct api_work work = { .left = API_STEPS_MAX };
    struct api_question question = { .subject = subject,
                                     .action = iam_str_c(action),
                                     .resource = IAM_STR("*"),
                                     .resource_account = INPROC_ACCOUNT,
                                     .work = &work };
    assert_ok(api_decide(&question, &decision, &request));
    return decision.effect == IAM_ALLOW;
}

static void test_without_a_session(void **state)
{
    struct api_subject subject;
    (void)state;
    assert_ok(open_view(&s->arena, "arn:aws:iam::111122223333:root", NULL, &subject));
    assert_absent(subject.session_arn);
    assert_int_equal(subject.layer_count, 0);
    assert_str(api_subject_arn(&subject), "arn:aws:iam::111122223333:root");
    assert_true(may(&subject, "s3:GetObject"));
    api_subject_close(&subject);
    assert_null(subject.view);
    api_subject_close(&subject); /* closing it twice is fine */
}

static void test_a_session_without_policies(void **state)
{
    const struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night") };
    struct api_subject subject;
    (void)state;
    assert_ok(open_subject(&session, &subject));
    assert_int_equal(subject.layer_count, 0);
    assert_str(api_subject_arn(&subject), "arn:aws:sts::111122223333:assumed-role/r/night");
    assert_true(may(&subject, "iam:ListUsers"));
    api_subject_close(&subject);
}

/* Either the inline document or a managed one may allow; both narrow the role. */
static void test_policies_of_a_session(void **state)
{
    const struct iam_str arn = IAM_STR(POLICY_ARN);
    const struct iam_str document = IAM_STR(ALLOW("iam:ListUsers"));
    struct iam_session_layer layer = { .inline_policies = &document, .inline_policy_count = 1 };
    const struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night"),
                                         .layers = &layer, .layer_count = 1 };
    struct api_subject subject;
    (void)state;
    assert_ok(open_subject(&session, &subject));
    assert_true(may(&subject, "iam:ListUsers"));
    assert_false(may(&subject, "s3:GetObject"));
    api_subject_close(&subject);

    const struct iam_str id = id_of_policy(POLICY_ARN);
    layer.policy_arns = &arn;
    layer.policy_ids = &id;
    layer.policy_arn_count = 1;
    assert_ok(open_subject(&session, &subject));
    assert_true(may(&subject, "iam:ListUsers"));
    assert_true(may(&subject, "s3:GetObject"));
    assert_false(may(&subject, "s3:PutObject"));
    api_subject_close(&subject);
}

/* Each layer narrows what those before it allow; none widens it. */
static void test_layers_of_a_session(void **state)
{
    const struct iam_str documents[] = { IAM_STR(ALLOW("iam:*")), IAM_STR(ALLOW("*")),
                                         IAM_STR(ALLOW("iam:ListUsers")), IAM_STR(ALLOW("s3:*")) };
    struct iam_session_layer layers[IAM_SESSION_LAYERS_MAX];
    struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night"),
                                   .layers = layers };
    struct api_subject subject;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(layers); i++) {
        layers[i] = (struct iam_session_layer){ .inline_policies = &documents[i],
                                                .inline_policy_count = 1 };
        session.layer_count = i + 1;
        session.scope_count = i;
        assert_ok(open_subject(&session, &subject));
        assert_int_equal(subject.layer_count, i + 1);
        assert_false(may(&subject, "s3:GetObject"));
        assert_int_equal(may(&subject, "iam:ListUsers"), i < 3);
        assert_int_equal(may(&subject, "iam:GetUser"), i < 2);
        api_subject_close(&subject);
    }
}

/* A federated user has what both policies allow, and nothing without one of the session. */
static void test_a_federated_user(void **state)
{
    struct iam_session session = { .kind = IAM_KIND_FEDERATED_USER,
                                   .account = IAM_STR("111122223333"),
                                   .session_name = IAM_STR("bob") };
    const struct iam_str policy = IAM_STR(ALLOW("s3:GetObject"));
    const struct iam_session_layer layer = { .inline_policies = &policy, .inline_policy_count = 1 };
    const char *user_arn = "arn:aws:iam::111122223333:user/ann";
    struct api_subject subject;
    (void)state;
    (void)inproc_user(s, "ann", ALLOW("*"));
    assert_ok(open_view(&s->arena, user_arn, &session, &subject));
    assert_str(api_subject_arn(&subject), "arn:aws:sts::111122223333:federated-user/bob");
    assert_false(may(&subject, "s3:GetObject"));
    api_subject_close(&subject);

    /* what narrows the session does not give it anything */
    session.layers = &layer;
    session.layer_count = 1;
    session.scope_count = 1;
    assert_ok(open_view(&s->arena, user_arn, &session, &subject));
    assert_int_equal(subject.layer_count, 2);
    assert_false(may(&subject, "s3:GetObject"));
    api_subject_close(&subject);

    session.scope_count = 0;
    assert_ok(open_view(&s->arena, user_arn, &session, &subject));
    assert_true(may(&subject, "s3:GetObject"));
    assert_false(may(&subject, "s3:PutObject"));
    api_subject_close(&subject);
}

/* What a deleted policy denied is no longer known, so nothing is allowed. */
static void test_a_managed_policy_that_is_gone(void **state)
{
    const struct iam_str arns[] = { IAM_STR(POLICY_ARN),
                                    IAM_STR("arn:aws:iam::111122223333:policy/gone") };
    const struct iam_str ids[] = { id_of_policy(POLICY_ARN), IAM_STR("ANPAIOSFODNN7EXAMPLE1") };
    const struct iam_str document = IAM_STR(ALLOW("*"));
    struct iam_session_layer layer = { &document, 1, arns, ids, 2 };
    const struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night"),
                                         .layers = &layer, .layer_count = 1 };
    struct api_subject subject;
    (void)state;
    assert_ok(open_subject(&session, &subject));
    assert_int_equal(subject.layer_count, 1);
    assert_false(may(&subject, "s3:GetObject"));
    assert_false(may(&subject, "iam:ListUsers"));
    api_subject_close(&subject);
    layer.policy_arn_count = 1;
    assert_ok(open_subject(&session, &subject));
    assert_true(may(&subject, "s3:GetObject"));
    api_subject_close(&subject);
}

/* A policy that was made later under the same name is not the one that the session was given. */
static void test_a_managed_policy_that_was_made_again(void **state)
{
    const struct iam_str arn = IAM_STR(POLICY_ARN);
    const struct iam_str old = id_of_policy(POLICY_ARN);
    struct iam_session_layer layer = { .policy_arns = &arn,
                                       .policy_ids = &old,
                                       .policy_arn_count = 1 };
    const struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night"),
                                         .layers = &layer, .layer_count = 1 };
    struct api_subject subject;
    (void)state;
    inproc_must(s, &s->root, "iam", "Action=DeletePolicy&PolicyArn=%s", POLICY_ARN);
    inproc_must(s, &s->root, "iam", "Action=CreatePolicy&PolicyName=p&PolicyDocument=%s",
                inproc_form(s, ALLOW("*")));
    assert_ok(open_subject(&session, &subject));
    assert_int_equal(subject.layer_count, 1);
    assert_false(may(&subject, "s3:GetObject"));
    assert_false(may(&subject, "iam:ListUsers"));
    api_subject_close(&subject);

    const struct iam_str fresh = id_of_policy(POLICY_ARN);
    layer.policy_ids = &fresh;
    assert_ok(open_subject(&session, &subject));
    assert_true(may(&subject, "iam:ListUsers"));
    api_subject_close(&subject);
}

static void test_a_document_that_does_not_parse(void **state)
{
    const struct iam_str document = IAM_STR("{\"Version\":");
    const struct iam_session_layer layer = { .inline_policies = &document,
                                             .inline_policy_count = 1 };
    const struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night"),
                                         .layers = &layer, .layer_count = 1 };
    struct api_subject subject = { .session_arn = IAM_STR("untouched") };
    (void)state;
    assert_int_equal(open_subject(&session, &subject), IAM_CORRUPT);
    assert_str(subject.session_arn, "untouched");
}

/* With a view that could not be read completely there is no decision. */
static void test_a_broken_view(void **state)
{
    const struct iam_view *view = view_of(ROLE_ARN);
    struct iam_view broken = *view;
    struct api_subject subject = { .view = &broken, .kind = IAM_KIND_ROLE };
    struct iam_decision decision;
    struct iam_request request;
    struct api_work work = { .left = API_STEPS_MAX };
    struct api_question question = { .subject = &subject,
                                     .action = IAM_STR("s3:GetObject"),
                                     .resource = IAM_STR("*"),
                                     .resource_account = INPROC_ACCOUNT,
                                     .work = &work };
    (void)state;
    assert_ok(api_decide(&question, &decision, &request));
    assert_int_equal(decision.effect, IAM_ALLOW);
    broken.is_broken = true;
    assert_int_equal(api_decide(&question, &decision, &request), IAM_CORRUPT);
    iam_view_unref(view);
}

/* The reference to the view is dropped on every failure; the teardown finds any that is not. */
static void test_memory_runs_out(void **state)
{
    const struct iam_str arn = IAM_STR(POLICY_ARN);
    const struct iam_str id = id_of_policy(POLICY_ARN);
    const struct iam_str document = IAM_STR(ALLOW("iam:*"));
    const struct iam_session_layer layer = { &document, 1, &arn, &id, 1 };
    const struct iam_session session = { SESSION_OF_ROLE, .session_name = IAM_STR("night"),
                                         .layers = &layer, .layer_count = 1 };
    (void)state;
    for (size_t bytes = 0;; bytes += 16) {
        struct iam_arena arena;
        struct api_subject subject;
        iam_arena_init(&arena, iam_heap(), bytes);
        enum iam_status st = open_view(&arena, ROLE_ARN, &session, &subject);
        if (st == IAM_OK) {
            assert_true(may(&subject, "iam:ListUsers"));
            assert_true(may(&subject, "s3:GetObject"));
            api_subject_close(&subject);
        }
        iam_arena_done(&arena);
        if (st == IAM_OK) {
            break;
        }
        assert_int_equal(st, IAM_NOMEM);
    }
}

/* Without memory for the empty layer there is no subject, not one that may what its user may. */
static void test_memory_runs_out_for_a_federated_user(void **state)
{
    struct iam_session session = { .kind = IAM_KIND_FEDERATED_USER,
                                   .account = IAM_STR("111122223333"),
                                   .session_name = IAM_STR("bob") };
    size_t failures = 0;
    enum iam_status st = IAM_NOMEM;
    (void)state;
    (void)inproc_user(s, "ann", ALLOW("*"));
    for (size_t bytes = 0; st != IAM_OK; bytes += 8, failures++) {
        struct iam_arena arena;
        struct api_subject subject;
        iam_arena_init(&arena, iam_heap(), bytes);
        st = open_view(&arena, "arn:aws:iam::111122223333:user/ann", &session, &subject);
        if (st == IAM_OK) {
            assert_int_equal(subject.layer_count, 1);
            assert_false(may(&subject, "s3:GetObject"));
            api_subject_close(&subject);
        } else {
            assert_int_equal(st, IAM_NOMEM);
        }
        iam_arena_done(&arena);
    }
    assert_true(failures > 2);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_session),
        TEST(test_a_session_without_policies),
        TEST(test_policies_of_a_session),
        TEST(test_layers_of_a_session),
        TEST(test_a_federated_user),
        TEST(test_a_managed_policy_that_is_gone),
        TEST(test_a_managed_policy_that_was_made_again),
        TEST(test_a_document_that_does_not_parse),
        TEST(test_a_broken_view),
        TEST(test_memory_runs_out),
        TEST(test_memory_runs_out_for_a_federated_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
