/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes that commit together: the result of a batch is as if one write had come after the other,
 * also where an earlier one takes away a permission that a later one needs.
 */
#include "dispatch/batch.h"
#include "dispatch/serve.h"

#include "../directory/fixture.h"
#include "../store/breaking.h"
#include "api_iam.gen.h"
#include "server/sources.h"

#define MAX_REQUESTS 8
#define ALICE_KEY IAM_STR("AKIA2222222222222ALI")
#define BOB_KEY IAM_STR("AKIA2222222222222BOB")

/* The callers; keys are as the store has them. */
static const struct iam_identity root = { .kind = IAM_KIND_ACCOUNT,
                                          .account = IAM_STR_INIT("111122223333"),
                                          .principal_id = IAM_STR_INIT("111122223333"),
                                          .access_key_id = IAM_STR_INIT("AKIA2222222222222KEY") };
static const struct iam_identity bob = { .kind = IAM_KIND_USER,
                                         .account = IAM_STR_INIT("111122223333"),
                                         .principal_id = IAM_STR_INIT("AIDA22222222222222BOB"),
                                         .access_key_id = IAM_STR_INIT("AKIA2222222222222BOB") };

struct world {
    struct fixture *f;
    struct iam_keeper *keeper;
    struct api_env env;
    struct iam_quotas quotas;
    struct iam_authn authn;
    struct api_request requests[MAX_REQUESTS];
    struct api_request *queue[MAX_REQUESTS];
    size_t count;
};

static struct world world;

static int64_t now_ms(void)
{
    return INT64_C(1700000000000);
}

static struct iam_keeper *new_keeper(void)
{
    struct iam_keeper_config config = { .alloc = iam_heap() };
    struct iam_keeper *k = NULL;
    char error[256];
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

/* Bob may do what POLICY, attached to him, and GROUP permit; Alice may do nothing. */
static int setup(void **state)
{
    struct world *w = &world;

    *w = (struct world){ 0 };
    (void)fixture_setup((void **)&w->f);
    begin(w->f);
    add_user(w->f, ALICE, IAM_STR("alice"));
    add_user(w->f, BOB, IAM_STR("bob"));
    add_group(w->f, GROUP, IAM_STR("g"));
    add_policy(w->f, POLICY, IAM_STR("p"), ALLOW("iam:*"));
    add_policy(w->f, POLICY2, IAM_STR("p2"), ALLOW("iam:*"));
    add_role(w->f, ROLE, IAM_STR("r"), TRUST("*"));
    attach(w->f, IAM_KIND_ROLE, ROLE, POLICY);
    add_key(w->f, KEY, ACCOUNT);
    add_key(w->f, ALICE_KEY, ALICE);
    add_key(w->f, BOB_KEY, BOB);
    attach(w->f, IAM_KIND_USER, BOB, POLICY);
    commit(w->f);
    open_directory(w->f);
    w->keeper = new_keeper();
    iam_quotas_default(&w->quotas);
    w->env = (struct api_env){ .store = w->f->store,
                               .keeper = w->keeper,
                               .directory = w->f->dir,
                               .quotas = &w->quotas,
                               .region = IAM_STR("us-east-1"),
                               .now_ms = now_ms,
                               .high_ms = now_ms };
    w->authn = sources_authn(w->keeper, w->f->dir);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < w->count; i++) {
        api_request_close(&w->requests[i]);
    }
    iam_keeper_free(w->keeper);
    return fixture_teardown((void **)&w->f);
}

static const struct api_service *iam_service(void)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        if (iam_str_eq(api_catalog.services[i]->name, IAM_STR("iam"))) {
            return api_catalog.services[i];
        }
    }
    fail_msg("no service");
    return NULL;
}

static const struct api_iam_delete_user_in NO_INPUT;

/* Opens a request and puts it in the queue. */
static struct api_request *put_op(struct world *w, const struct iam_identity *who,
                                  const struct api_op *op, const void *input)
{
    struct api_request *r = &w->requests[w->count];
    assert_true(w->count < MAX_REQUESTS);
    w->queue[w->count++] = r;
    *r = (struct api_request){ .authn = &w->authn, .service = iam_service(), .identity = *who };
    r->call = (struct iam_call){ .env = &w->env,
                                 .arena = &w->f->arena,
                                 .op = op,
                                 .input = input != NULL ? input : &NO_INPUT,
                                 .request_id = IAM_STR("id"),
                                 .now_ms = now_ms(),
                                 .high_ms = now_ms(),
                                 .caller = &r->identity };
    return r;
}

static struct api_request *put(struct world *w, const struct iam_identity *who, const char *op,
                               const void *input)
{
    return put_op(w, who, api_op_find(iam_service(), iam_str_c(op)), input);
}

static struct api_request *put_create(struct world *w, const struct iam_identity *who,
                                      const char *name)
{
    struct api_iam_create_user_in *in = iam_arena_zalloc(&w->f->arena, 1, sizeof(*in));
    in->user_name = iam_str_c(name);
    return put(w, who, "CreateUser", in);
}

static void run(struct world *w, size_t from, size_t expected)
{
    assert_int_equal(api_batch_run(&w->queue[from], w->count - from), expected);
}

static bool has_user_named(struct world *w, const char *name)
{
    struct iam_txn *txn;
    struct iam_user user;
    assert_ok(iam_store_begin(w->f->store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_user_get(txn, &w->f->arena, ACCOUNT, iam_str_c(name), &user);
    iam_txn_rollback(txn);
    assert_true(st == IAM_OK || st == IAM_NOT_FOUND);
    return st == IAM_OK;
}

static void assert_answer(const struct api_request *r, int status)
{
    assert_true(r->is_done);
    assert_int_equal(r->response.status, status);
    assert_null(r->call.txn);
}

/* ---- together ---- */

static void writes_of_one_batch_commit_together(void **state)
{
    struct world *w = *state;
    const char *const names[] = { "one", "two", "three" };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        (void)put_create(w, i == 1 ? &bob : &root, names[i]);
    }
    run(w, 0, 3);
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        assert_answer(&w->requests[i], 200);
        assert_true(has_user_named(w, names[i]));
    }
    assert_true(has_arn(w->f, IAM_STR("arn:aws:iam::111122223333:user/three")));
}

static void one_that_fails_takes_none_along(void **state)
{
    struct world *w = *state;
    (void)put_create(w, &root, "one");
    const struct api_request *taken = put_create(w, &root, "ONE"); /* sees the write before it */
    (void)put_create(w, &root, "two");
    run(w, 0, 3);
    assert_answer(&w->requests[0], 200);
    assert_answer(taken, 409);
    assert_answer(&w->requests[2], 200);
    assert_true(has_user_named(w, "one"));
    assert_true(has_user_named(w, "two"));
}

/* The quota is checked after the attachment was written: only the attachment is undone. */
static void a_fault_after_a_write_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct api_iam_put_user_policy_in *in = iam_arena_zalloc(&w->f->arena, 1, sizeof(*in));
    struct api_iam_tag tags[2] = {
        {IAM_STR("k"),  IAM_STR("1")},
        { IAM_STR("K"), IAM_STR("2")}
    };
    struct api_iam_create_user_in twice = {
        .user_name = IAM_STR("twice"), .tags = {tags, 2, true}
    };
    *in = (struct api_iam_put_user_policy_in){ IAM_STR("alice"), IAM_STR("x"), ALLOW("s3:Get*") };
    (void)put(w, &root, "CreateUser", &twice);
    (void)put(w, &root, "PutUserPolicy", in);
    run(w, 0, 2);
    assert_answer(&w->requests[0], 400);
    assert_answer(&w->requests[1], 200);
    assert_false(has_user_named(w, "twice"));
    assert_true(can(w->f, ALICE, "s3:GetObject"));
}

static void refusals_alone_commit_nothing(void **state)
{
    struct world *w = *state;
    static const struct iam_identity alice = { .kind = IAM_KIND_USER,
                                               .account = IAM_STR_INIT("111122223333"),
                                               .principal_id =
                                                   IAM_STR_INIT("AIDA2222222222222ALIC"),
                                               .access_key_id =
                                                   IAM_STR_INIT("AKIA2222222222222ALI") };
    (void)put_create(w, &alice, "one");
    (void)put_create(w, &alice, "two");
    run(w, 0, 2);
    assert_answer(&w->requests[0], 403);
    assert_answer(&w->requests[1], 403);
    assert_false(has_user_named(w, "one"));
}

/* ---- authorization between the requests of a batch ---- */

/*
 * Asserts that the last request, from a caller who loses a permission by the first one, does not
 * run together with it and is refused.
 */
static void assert_deprived(struct world *w, int status)
{
    run(w, 0, 1);
    assert_answer(&w->requests[0], 200);
    assert_false(w->requests[1].is_done);
    run(w, 1, 1);
    assert_answer(&w->requests[1], status);
    assert_false(has_user_named(w, "late"));
}

static void a_detached_policy_does_not_authorize(void **state)
{
    struct world *w = *state;
    struct api_iam_detach_user_policy_in in = { IAM_STR("bob"), POLICY_ARN };
    struct api_iam_attach_user_policy_in back = { IAM_STR("bob"), POLICY_ARN };
    (void)put(w, &root, "DetachUserPolicy", &in);
    (void)put(w, &bob, "AttachUserPolicy", &back);
    assert_deprived(w, 403);
    assert_false(can(w->f, BOB, "iam:CreateUser"));
}

static void a_new_default_version_does(void **state)
{
    struct world *w = *state;
    struct api_iam_create_policy_version_in in = {
        POLICY_ARN, DENY("iam:*"), {.is_set = true, .value = true}
    };
    (void)put(w, &root, "CreatePolicyVersion", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void a_new_inline_policy_does(void **state)
{
    struct world *w = *state;
    struct api_iam_put_user_policy_in in = { IAM_STR("bob"), IAM_STR("no"), DENY("iam:*") };
    (void)put(w, &root, "PutUserPolicy", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void a_new_boundary_does(void **state)
{
    struct world *w = *state;
    struct api_iam_put_user_permissions_boundary_in in = { IAM_STR("bob"), POLICY2_ARN };
    begin(w->f);
    new_default(w->f, POLICY2, ALLOW("s3:*"));
    commit_refresh(w->f);
    (void)put(w, &root, "PutUserPermissionsBoundary", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void a_changed_boundary_policy_does(void **state)
{
    struct world *w = *state;
    struct iam_entity_ref ref = ref_of(IAM_KIND_USER, BOB);
    struct api_iam_create_policy_version_in in = {
        POLICY2_ARN, DENY("iam:*"), {.is_set = true, .value = true}
    };
    begin(w->f);
    assert_ok(iam_store_user_set_boundary(w->f->txn, ACCOUNT, ref.id, POLICY2));
    commit_refresh(w->f);
    (void)put(w, &root, "CreatePolicyVersion", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void join_group(struct world *w)
{
    begin(w->f);
    assert_ok(iam_store_member_add(w->f->txn, ACCOUNT, GROUP, BOB));
    attach(w->f, IAM_KIND_GROUP, GROUP, POLICY2);
    commit_refresh(w->f);
}

static void a_policy_of_a_group_does(void **state)
{
    struct world *w = *state;
    struct api_iam_put_group_policy_in in = { IAM_STR("g"), IAM_STR("no"), DENY("iam:*") };
    join_group(w);
    (void)put(w, &root, "PutGroupPolicy", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void a_managed_policy_of_a_group_does(void **state)
{
    struct world *w = *state;
    struct api_iam_create_policy_version_in in = {
        POLICY2_ARN, DENY("iam:*"), {.is_set = true, .value = true}
    };
    join_group(w);
    (void)put(w, &root, "CreatePolicyVersion", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void joining_a_group_does(void **state)
{
    struct world *w = *state;
    struct api_iam_add_user_to_group_in in = { IAM_STR("g"), IAM_STR("bob") };
    begin(w->f);
    put_inline(w->f, IAM_KIND_GROUP, GROUP, IAM_STR("no"), DENY("iam:*"));
    commit_refresh(w->f);
    (void)put(w, &root, "AddUserToGroup", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void an_inactive_key_does_not_sign(void **state)
{
    struct world *w = *state;
    struct api_iam_update_access_key_in in = { IAM_STR("bob"), BOB_KEY, IAM_STR("Inactive") };
    (void)put(w, &root, "UpdateAccessKey", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void a_tag_that_a_condition_asks_for(void **state)
{
    struct world *w = *state;
    struct api_iam_tag tag = { IAM_STR("team"), IAM_STR("blue") };
    struct api_iam_tag_user_in in = {
        .user_name = IAM_STR("bob"), .tags = {&tag, 1, true}
    };
    begin(w->f);
    put_inline(w->f, IAM_KIND_USER, BOB, IAM_STR("no"),
               IAM_STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":"
                       "\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":"
                       "{\"aws:PrincipalTag/team\":\"blue\"}}}}"));
    commit_refresh(w->f);
    (void)put(w, &root, "TagUser", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

/* Bob takes away his own permission: what he sent after that is refused. */
static void a_caller_deprives_itself(void **state)
{
    struct world *w = *state;
    struct api_iam_detach_user_policy_in in = { IAM_STR("bob"), POLICY_ARN };
    (void)put(w, &bob, "DetachUserPolicy", &in);
    (void)put_create(w, &bob, "late");
    assert_deprived(w, 403);
}

static void a_permission_given_in_the_batch_counts(void **state)
{
    struct world *w = *state;
    static const struct iam_identity alice = { .kind = IAM_KIND_USER,
                                               .account = IAM_STR_INIT("111122223333"),
                                               .principal_id =
                                                   IAM_STR_INIT("AIDA2222222222222ALIC"),
                                               .access_key_id =
                                                   IAM_STR_INIT("AKIA2222222222222ALI") };
    struct api_iam_attach_user_policy_in in = { IAM_STR("alice"), POLICY_ARN };
    (void)put(w, &root, "AttachUserPolicy", &in);
    (void)put_create(w, &alice, "hers");
    run(w, 0, 1);
    run(w, 1, 1);
    assert_answer(&w->requests[1], 200);
    assert_true(has_user_named(w, "hers"));
}

/* The caller was refused when the batch began, and is looked up again after it. */
static void a_key_made_active_in_the_batch_signs(void **state)
{
    struct world *w = *state;
    struct api_iam_update_access_key_in in = { IAM_STR("bob"), BOB_KEY, IAM_STR("Active") };
    begin(w->f);
    assert_ok(iam_store_access_key_set_active(w->f->txn, ACCOUNT, BOB, BOB_KEY, false));
    commit_refresh(w->f);
    (void)put(w, &root, "UpdateAccessKey", &in);
    (void)put_create(w, &bob, "his");
    run(w, 0, 1);
    assert_false(api_fault_is_set(&w->requests[1].call.fault));
    run(w, 1, 1);
    assert_answer(&w->requests[1], 200);
    assert_false(api_fault_is_set(&w->requests[1].call.fault));
}

static void what_failed_has_changed_nothing(void **state)
{
    struct world *w = *state;
    struct api_iam_detach_user_policy_in in = { IAM_STR("bob"), POLICY2_ARN }; /* is not attached */
    (void)put(w, &root, "DetachUserPolicy", &in);
    (void)put_create(w, &bob, "his");
    run(w, 0, 2);
    assert_answer(&w->requests[0], 404);
    assert_answer(&w->requests[1], 200);
}

static void changes_of_others_do_not_matter(void **state)
{
    struct world *w = *state;
    struct api_iam_put_user_policy_in in = { IAM_STR("alice"), IAM_STR("x"), ALLOW("s3:Get*") };
    struct api_iam_create_policy_version_in other = {
        POLICY2_ARN, DENY("iam:*"), {.is_set = true, .value = true}
    };
    (void)put(w, &root, "PutUserPolicy", &in);
    (void)put(w, &root, "CreatePolicyVersion", &other);
    (void)put_create(w, &bob, "his");
    run(w, 0, 3);
    assert_answer(&w->requests[2], 200);
}

/* ---- sessions ---- */

static struct iam_identity session_of(const struct iam_session *session)
{
    return (struct iam_identity){ .kind = IAM_KIND_ROLE_SESSION,
                                  .account = ACCOUNT,
                                  .principal_id = ROLE,
                                  .access_key_id = session->access_key_id,
                                  .session = session };
}

static struct iam_session plain_session(void)
{
    return (struct iam_session){ .access_key_id = IAM_STR("ASIA2222222222222222"),
                                 .account = ACCOUNT,
                                 .kind = IAM_KIND_ROLE_SESSION,
                                 .issuer_id = ROLE,
                                 .role_name = IAM_STR("r"),
                                 .session_name = IAM_STR("s"),
                                 .expires_ms = INT64_MAX };
}

static void a_role_changed_does_not_authorize_its_sessions(void **state)
{
    struct world *w = *state;
    struct iam_session session = plain_session();
    struct iam_identity caller = session_of(&session);
    struct api_iam_detach_role_policy_in in = { IAM_STR("r"), POLICY_ARN };
    (void)put(w, &root, "DetachRolePolicy", &in);
    (void)put_create(w, &caller, "late");
    assert_deprived(w, 403);
}

/* The managed policies of a session are found by ARN: any change of a policy ends the batch. */
static void a_policy_of_a_session_does(void **state)
{
    struct world *w = *state;
    struct iam_str arn = POLICY2_ARN;
    struct iam_str id = POLICY2;
    struct iam_session session = plain_session();
    struct iam_identity caller = session_of(&session);
    struct api_iam_create_policy_version_in in = {
        POLICY2_ARN, DENY("iam:*"), {.is_set = true, .value = true}
    };
    const struct iam_session_layer layer = { .policy_arns = &arn,
                                             .policy_ids = &id,
                                             .policy_arn_count = 1 };
    session.layers = &layer;
    session.layer_count = 1;
    (void)put(w, &root, "CreatePolicyVersion", &in);
    (void)put_create(w, &caller, "late");
    assert_deprived(w, 403);
}

static void a_session_without_policies_goes_on(void **state)
{
    struct world *w = *state;
    struct iam_session session = plain_session();
    struct iam_identity caller = session_of(&session);
    struct api_iam_create_policy_version_in in = {
        POLICY2_ARN, DENY("iam:*"), {.is_set = true, .value = true}
    };
    (void)put(w, &root, "CreatePolicyVersion", &in);
    (void)put_create(w, &caller, "its");
    run(w, 0, 2);
    assert_answer(&w->requests[1], 200);
}

/* ---- operations of the tests' own ---- */

static enum iam_status lose_transaction(struct iam_call *call, const void *in, void *out)
{
    (void)in;
    (void)out;
    break_txn(call->txn);
    return IAM_IO;
}

static bool has_failed;

static enum iam_status fail_once(struct iam_call *call, const void *in, void *out)
{
    (void)in;
    (void)out;
    if (has_failed) {
        return IAM_OK;
    }
    has_failed = true;
    return api_fail(call, API_ERR_CONCURRENT_MODIFICATION, "once");
}

static enum iam_status forbid_commit(struct iam_call *call, const void *in, void *out)
{
    (void)in;
    (void)out;
    break_commit(call->txn);
    return IAM_OK;
}

static enum iam_status change_much(struct iam_call *call, const void *in, void *out)
{
    const struct iam_entity_ref user = ref_of(IAM_KIND_USER, ALICE);
    const struct iam_entity_ref group = ref_of(IAM_KIND_GROUP, GROUP);
    (void)in;
    (void)out;
    note_changes(call->txn, &user, &group, IAM_TXN_CHANGES_MAX + 1);
    return IAM_OK;
}

/* An operation made for a test: DeleteUser on "*", with another handler. */
struct made_op {
    struct api_op op;
    struct api_rule rule;
    struct api_permission permission;
};

static const struct api_op *make_op(struct made_op *made, api_handler_fn *handler,
                                    enum api_access access)
{
    made->op = *api_op_find(iam_service(), IAM_STR("DeleteUser"));
    made->rule = *made->op.rule;
    made->permission = (struct api_permission){ .action = made->rule.permissions[0].action };
    made->rule.access = access;
    made->rule.permissions = &made->permission;
    made->rule.handler = handler;
    made->op.rule = &made->rule;
    return &made->op;
}

static void a_lost_transaction_is_run_again_one_by_one(void **state)
{
    struct world *w = *state;
    struct made_op made;
    const struct api_op *op = make_op(&made, lose_transaction, API_ACCESS_POLICY);
    (void)put_create(w, &root, "one");
    (void)put_create(w, &root, "ONE");
    (void)put_op(w, &root, op, NULL);
    (void)put_create(w, &root, "two");
    run(w, 0, 3);
    assert_answer(&w->requests[0], 200);
    assert_answer(&w->requests[1], 409);
    assert_answer(&w->requests[2], 500);
    assert_false(w->requests[3].is_done);
    run(w, 3, 1);
    assert_answer(&w->requests[3], 200);
    assert_true(has_user_named(w, "one"));
    assert_true(has_user_named(w, "two"));
}

/* A fault that a request had in the lost transaction is forgotten. */
static void a_fault_of_a_lost_transaction_is_forgotten(void **state)
{
    struct world *w = *state;
    struct made_op failing;
    struct made_op losing;
    has_failed = false;
    (void)put_op(w, &root, make_op(&failing, fail_once, API_ACCESS_POLICY), NULL);
    (void)put_op(w, &root, make_op(&losing, lose_transaction, API_ACCESS_POLICY), NULL);
    run(w, 0, 2);
    assert_true(has_failed);
    assert_answer(&w->requests[0], 200);
    assert_false(api_fault_is_set(&w->requests[0].call.fault));
    assert_answer(&w->requests[1], 500);
}

/* No request is answered with success, nor with a fault that was never true. */
static void a_failed_commit_is_told_to_all(void **state)
{
    struct world *w = *state;
    struct made_op made;
    const struct api_op *op = make_op(&made, forbid_commit, API_ACCESS_POLICY);
    (void)put_create(w, &root, "one");
    (void)put_create(w, &root, "one");
    (void)put_op(w, &root, op, NULL);
    run(w, 0, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_answer(&w->requests[i], 500);
        assert_null(w->requests[i].output);
    }
    assert_false(has_user_named(w, "one"));
    assert_true(iam_directory_is_ready(w->f->dir));
}

/* What is committed is answered as committed, and later requests see it. */
static void a_refresh_without_memory_takes_nothing_back(void **state)
{
    struct world *w = *state;
    (void)put_create(w, &root, "one");
    (void)put_create(w, &root, "two");
    /* The caller is in memory, so only the refresh needs memory. */
    assert_true(has_id(w->f, root.principal_id) && has_key(w->f, root.access_key_id));
    w->f->failing.fail_at = w->f->failing.count + 1;
    w->f->failing.is_persistent = true;
    run(w, 0, 2);
    w->f->failing.fail_at = 0;
    assert_true(w->f->failing.failed > 0);
    assert_answer(&w->requests[0], 200);
    assert_answer(&w->requests[1], 200);
    assert_true(iam_directory_is_ready(w->f->dir));
    assert_true(has_user_named(w, "one"));
    assert_true(has_user_named(w, "two"));
}

/*
 * Requests that depend on more than the caller do not join a batch: those that also look at the
 * role that is assumed, and unsigned ones.
 */
static void what_depends_on_more_than_the_caller_waits(void **state)
{
    struct world *w = *state;
    static const struct iam_identity nobody = { .kind = IAM_KIND_NONE };
    struct made_op of_role;
    struct made_op of_evidence;
    (void)put_create(w, &root, "one");
    (void)put_op(w, &root, make_op(&of_role, change_much, API_ACCESS_TRUST), NULL);
    (void)put_create(w, &root, "two");
    (void)put_op(w, &nobody, make_op(&of_evidence, change_much, API_ACCESS_EVIDENCE), NULL);
    run(w, 0, 1);
    run(w, 2, 1);
}

static void more_changes_than_are_remembered_end_the_batch(void **state)
{
    struct world *w = *state;
    struct made_op made;
    const struct api_op *op = make_op(&made, change_much, API_ACCESS_POLICY);
    (void)put_op(w, &root, op, NULL);
    (void)put_create(w, &root, "next");
    run(w, 0, 1);
    run(w, 1, 1);
    assert_answer(&w->requests[1], 200);
}

int main(void)
{
#define BATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        BATCH_TEST(writes_of_one_batch_commit_together),
        BATCH_TEST(one_that_fails_takes_none_along),
        BATCH_TEST(a_fault_after_a_write_leaves_nothing),
        BATCH_TEST(refusals_alone_commit_nothing),
        BATCH_TEST(a_detached_policy_does_not_authorize),
        BATCH_TEST(a_new_default_version_does),
        BATCH_TEST(a_new_inline_policy_does),
        BATCH_TEST(a_new_boundary_does),
        BATCH_TEST(a_changed_boundary_policy_does),
        BATCH_TEST(a_policy_of_a_group_does),
        BATCH_TEST(a_managed_policy_of_a_group_does),
        BATCH_TEST(joining_a_group_does),
        BATCH_TEST(an_inactive_key_does_not_sign),
        BATCH_TEST(a_tag_that_a_condition_asks_for),
        BATCH_TEST(a_caller_deprives_itself),
        BATCH_TEST(a_permission_given_in_the_batch_counts),
        BATCH_TEST(a_key_made_active_in_the_batch_signs),
        BATCH_TEST(what_failed_has_changed_nothing),
        BATCH_TEST(changes_of_others_do_not_matter),
        BATCH_TEST(a_role_changed_does_not_authorize_its_sessions),
        BATCH_TEST(a_policy_of_a_session_does),
        BATCH_TEST(a_session_without_policies_goes_on),
        BATCH_TEST(a_lost_transaction_is_run_again_one_by_one),
        BATCH_TEST(a_fault_of_a_lost_transaction_is_forgotten),
        BATCH_TEST(a_failed_commit_is_told_to_all),
        BATCH_TEST(a_refresh_without_memory_takes_nothing_back),
        BATCH_TEST(what_depends_on_more_than_the_caller_waits),
        BATCH_TEST(more_changes_than_are_remembered_end_the_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
