/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reference resolves to: the resource that is authorized is the one that the handler
 * touches, in its stored spelling; a name that does not exist is authorized under the ARN that it
 * would have.
 */
#include <stdio.h>

#include "lib/inproc.h"

#include "api_iam.gen.h"
#include "api_iamd.gen.h"
#include "api_sts.gen.h"
#include "model/entity.h"

#define ARN "arn:aws:iam::111122223333:"
#define OTHER_ARN "arn:aws:iam::444455556666:"

static struct inproc *s;
static struct api_request request;

/* Opens a call by who in a transaction that reads. */
static struct iam_call *open_call(const struct inproc_caller *who)
{
    struct inproc_request q = inproc_query(s, who, "iam", "Action=ListUsers");
    inproc_open(s, &q, &s->arena, &request);
    assert_false(request.is_done);
    assert_ok(iam_store_begin(s->store, IAM_TXN_READ, &request.call.txn));
    return &request.call;
}

static void close_call(void)
{
    iam_txn_rollback(request.call.txn);
    request.call.txn = NULL;
    inproc_close(s, &request);
}

static enum iam_status try_resolve(api_resolve_fn *resolve, const char *name, const char *path,
                                   struct api_target *ret)
{
    struct api_reference ref = { .name = iam_str_c(name), .path = iam_str_c(path) };
    *ret = (struct api_target){ .arn = IAM_STR("*"), .account = api_account(&request.call) };
    return resolve(&request.call, NULL, &ref, ret);
}

static struct api_target resolve_as(const struct inproc_caller *who, api_resolve_fn *resolve,
                                    const char *name, const char *path)
{
    struct api_target target;
    (void)open_call(who);
    assert_ok(try_resolve(resolve, name, path, &target));
    request.call.target.view = target.view; /* released with the call */
    close_call();
    return target;
}

static struct api_target resolved(api_resolve_fn *resolve, const char *name, const char *path)
{
    return resolve_as(&s->root, resolve, name, path);
}

static void expect(struct api_target target, const char *arn, int kind)
{
    assert_same_str(target.arn, iam_str_c(arn));
    assert_int_equal(target.ref.kind, kind);
    assert_int_equal(target.entity != NULL, kind != 0);
    assert_str(target.account, "111122223333");
    if (kind != 0) {
        assert_str(target.ref.account, "111122223333");
        assert_true(target.ref.id.len > 0);
    }
}

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=Alice&Path=/a/");
    inproc_must(s, &s->root, "iam", "Action=CreateGroup&GroupName=Admins&Path=/g/");
    inproc_must(s, &s->root, "iam", "Action=CreatePolicy&PolicyName=p&Path=/p/&PolicyDocument=%s",
                inproc_form(s, ALLOW("*")));
    (void)inproc_role(s, "Deploy", TRUST(ARN "root", "sts:AssumeRole"), NULL);
    return 0;
}

/* ---- by name ---- */

static void test_names_in_any_case(void **state)
{
    (void)state;
    expect(resolved(api_iam_resolve_user, "aLICE", NULL), ARN "user/a/Alice", IAM_KIND_USER);
    expect(resolved(api_iam_resolve_group, "ADMINS", NULL), ARN "group/g/Admins", IAM_KIND_GROUP);
    expect(resolved(api_iam_resolve_role, "deploy", NULL), ARN "role/Deploy", IAM_KIND_ROLE);
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    expect(resolved(api_iam_resolve_user, "bob", NULL), ARN "user/bob", 0);
    expect(resolved(api_iam_resolve_group, "g", NULL), ARN "group/g", 0);
    expect(resolved(api_iam_resolve_role, "r", NULL), ARN "role/r", 0);
    expect(resolved(api_iam_resolve_policy, ARN "policy/q", NULL), ARN "policy/q", 0);
}

/* Another account's entities are not found by name. */
static void test_in_the_callers_account(void **state)
{
    (void)state;
    struct api_target target = resolve_as(&s->other_root, api_iam_resolve_user, "Alice", NULL);
    assert_str(target.arn, OTHER_ARN "user/Alice");
    assert_null(target.entity);
    target = resolve_as(&s->other_root, api_iam_resolve_policy, ARN "policy/p/p", NULL);
    assert_null(target.entity);
    assert_str(target.arn, ARN "policy/p/p");
}

static void test_policies_by_arn(void **state)
{
    (void)state;
    expect(resolved(api_iam_resolve_policy, ARN "policy/p/p", NULL), ARN "policy/p/p",
           IAM_KIND_POLICY);
    expect(resolved(api_iam_resolve_policy, ARN "policy/p", NULL), ARN "policy/p", 0);
}

static void test_a_boundary_comes_along(void **state)
{
    (void)state;
    assert_absent(resolved(api_iam_resolve_user, "alice", NULL).facts[0].text);
    inproc_must(s, &s->root, "iam",
                "Action=PutUserPermissionsBoundary&UserName=alice&PermissionsBoundary=" ARN
                "policy/p/p");
    inproc_must(s, &s->root, "iam",
                "Action=PutRolePermissionsBoundary&RoleName=deploy&PermissionsBoundary=" ARN
                "policy/p/p");
    assert_str(resolved(api_iam_resolve_user, "alice", NULL).facts[0].text, ARN "policy/p/p");
    assert_str(resolved(api_iam_resolve_role, "deploy", NULL).facts[0].text, ARN "policy/p/p");
}

/* ---- without a name: the caller itself ---- */

static void test_the_caller_itself(void **state)
{
    (void)state;
    struct inproc_caller carol = inproc_user(s, "carol", NULL);
    struct api_target target = resolve_as(&carol, api_iam_resolve_user, NULL, NULL);
    expect(target, ARN "user/carol", IAM_KIND_USER);
    /* The root user is no IAM user; without a name it is asked about itself. */
    expect(resolved(api_iam_resolve_user, NULL, NULL), ARN "root", 0);
    struct inproc_caller dora = inproc_user(s, "dora", ALLOW("sts:*"));
    struct inproc_caller session = inproc_assume(s, &dora, IAM_STR(ARN "role/Deploy"), "night", "");
    /* A session is no user: nothing is left to decide on. */
    struct iam_call *call = open_call(&session);
    assert_int_equal(try_resolve(api_iam_resolve_user, NULL, NULL, &target), IAM_FAULT);
    assert_int_equal(call->fault.error, API_ERR_VALIDATION_ERROR);
    close_call();
}

/* ---- to be ---- */

static void test_entities_to_be(void **state)
{
    static const struct {
        api_resolve_fn *resolve;
        const char *kind;
    } all[] = {
        {api_iam_resolve_new_user,    "user"  },
        { api_iam_resolve_new_group,  "group" },
        { api_iam_resolve_new_role,   "role"  },
        { api_iam_resolve_new_policy, "policy"},
    };
    char arn[128];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(all); i++) {
        (void)snprintf(arn, sizeof(arn), ARN "%s/New", all[i].kind);
        expect(resolved(all[i].resolve, "New", NULL), arn, 0);
        (void)snprintf(arn, sizeof(arn), ARN "%s/x/y/New", all[i].kind);
        expect(resolved(all[i].resolve, "New", "/x/y/"), arn, 0);
    }
    /* A name that exists is authorized like a new one. */
    expect(resolved(api_iam_resolve_new_user, "alice", NULL), ARN "user/alice", 0);
}

static struct api_target renamed_user(const char *of, const char *name, const char *path)
{
    struct api_target target;
    struct iam_call *call = open_call(&s->root);
    assert_ok(try_resolve(api_iam_resolve_user, of, NULL, &call->target));
    assert_ok(try_resolve(api_iam_resolve_renamed_user, name, path, &target));
    close_call();
    return target;
}

static struct api_target renamed_group(const char *of, const char *name, const char *path)
{
    struct api_target target = { .arn = IAM_STR("*"), .account = INPROC_ACCOUNT };
    struct api_reference ref = { .name = iam_str_c(name),
                                 .path = iam_str_c(path),
                                 .current = iam_str_c(of) };
    assert_ok(api_iam_resolve_renamed_group(open_call(&s->root), NULL, &ref, &target));
    close_call();
    return target;
}

/*
 * A path that is not given stays as it was, a name that is not given is empty, and what is renamed
 * keeps its tags and its boundary. SPEC: dacut/scratchstack-e2e, tests/test_authz_write.py (run on
 * AWS): the new ARN is made "from the current path and an empty name".
 */
static void test_renamed(void **state)
{
    static const struct {
        const char *name;
        const char *path;
        const char *user;
        const char *group;
    } cases[] = {
        {"new",  NULL,  ARN "user/a/new", ARN "group/g/new"},
        { NULL,  "/z/", ARN "user/z/",    ARN "group/z/"   },
        { NULL,  NULL,  ARN "user/a/",    ARN "group/g/"   },
        { "new", "/",   ARN "user/new",   ARN "group/new"  },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        expect(renamed_user("alice", cases[i].name, cases[i].path), cases[i].user, IAM_KIND_USER);
        expect(renamed_group("admins", cases[i].name, cases[i].path), cases[i].group,
               IAM_KIND_GROUP);
    }
    /* There is nothing to rename: no entity, so that the handler can report that. */
    expect(renamed_user("bob", "new", NULL), ARN "user/bob", 0);
    expect(renamed_group("bobs", "new", NULL), ARN "group/new", 0);
}

/* ---- lists ---- */

static void test_the_path_that_is_listed(void **state)
{
    static const struct {
        api_resolve_fn *resolve;
        const char *kind;
    } all[] = {
        {api_iam_resolve_user_path,              "user"            },
        { api_iam_resolve_group_path,            "group"           },
        { api_iam_resolve_role_path,             "role"            },
        { api_iam_resolve_policy_path,           "policy"          },
        { api_iam_resolve_instance_profile_path, "instance-profile"},
    };
    static const char *const prefixes[] = { NULL, "/", "/a", "/a/b/" };
    static const char *const ends[] = { "/", "/", "/a", "/a/b/" };
    char arn[128];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(all); i++) {
        for (size_t j = 0; j < IAM_COUNT(prefixes); j++) {
            (void)snprintf(arn, sizeof(arn), ARN "%s%s", all[i].kind, ends[j]);
            expect(resolved(all[i].resolve, NULL, prefixes[j]), arn, 0);
        }
    }
}

/* ---- owners of access keys ---- */

static void test_owners_of_keys(void **state)
{
    (void)state;
    struct inproc_caller carol = inproc_user(s, "carol", NULL);
    const char *id = signer_fmt(&s->arena, "%.*s", IAM_STR_ARG(carol.id)).p;
    struct api_target target = resolved(api_iam_resolve_access_key_owner, id, NULL);
    expect(target, ARN "user/carol", IAM_KIND_USER);
    expect(resolved(api_iam_resolve_access_key_owner, s->root.id.p, NULL), ARN "root", 0);

    /* A key of another account and one that does not exist look the same. */
    struct api_target foreign =
        resolve_as(&s->other_root, api_iam_resolve_access_key_owner, id, NULL);
    struct api_target missing =
        resolve_as(&s->other_root, api_iam_resolve_access_key_owner, "AKIANOBODYNOBODYNOBO", NULL);
    assert_str(foreign.arn, OTHER_ARN "user/*");
    assert_same_str(missing.arn, foreign.arn);
    assert_null(foreign.entity);
    assert_null(missing.entity);
}

/* ---- STS and iamd ---- */

static void test_roles_by_arn(void **state)
{
    (void)state;
    struct api_target target = resolved(api_sts_resolve_role_arn, ARN "role/Deploy", NULL);
    expect(target, ARN "role/Deploy", IAM_KIND_ROLE);
    assert_non_null(target.view);
    /*
     * The role may be in any account: its trust policy decides who may assume it, and the target's
     * account is the role's.
     */
    target = resolve_as(&s->other_root, api_sts_resolve_role_arn, ARN "role/Deploy", NULL);
    expect(target, ARN "role/Deploy", IAM_KIND_ROLE);
}

static void test_no_role(void **state)
{
    static const char *const none[] = { ARN "role/nothing", ARN "role/x/Deploy",
                                        OTHER_ARN "role/Deploy" };
    static const char *const malformed[] = { "Deploy", ARN "user/a/Alice", ARN "root", "",
                                             "arn:aws:sts::111122223333:assumed-role/Deploy/n" };
    struct api_target target;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(none); i++) {
        target = resolved(api_sts_resolve_role_arn, none[i], NULL);
        assert_same_str(target.arn, iam_str_c(none[i]));
        assert_null(target.entity);
        assert_null(target.view);
    }
    for (size_t i = 0; i < IAM_COUNT(malformed); i++) {
        struct iam_call *call = open_call(&s->root);
        assert_int_equal(try_resolve(api_sts_resolve_role_arn, malformed[i], NULL, &target),
                         IAM_FAULT);
        assert_int_equal(call->fault.error, API_ERR_VALIDATION_ERROR);
        close_call();
    }
}

static void test_the_authorization_endpoint(void **state)
{
    (void)state;
    assert_str(resolved(api_iamd_resolve_evaluation, NULL, NULL).arn,
               "arn:aws:iamd::111122223333:evaluation");
    assert_str(resolve_as(&s->other_root, api_iamd_resolve_evaluation, NULL, NULL).arn,
               "arn:aws:iamd::444455556666:evaluation");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_names_in_any_case),
        TEST(test_what_is_not_there),
        TEST(test_in_the_callers_account),
        TEST(test_policies_by_arn),
        TEST(test_a_boundary_comes_along),
        TEST(test_the_caller_itself),
        TEST(test_entities_to_be),
        TEST(test_renamed),
        TEST(test_the_path_that_is_listed),
        TEST(test_owners_of_keys),
        TEST(test_roles_by_arn),
        TEST(test_no_role),
        TEST(test_the_authorization_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
