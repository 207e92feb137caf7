/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every operation says when it is denied, beside what AWS says (tests/vectors/denials.tsv,
 * whose rows name their source), and on what the lists of a path are decided.
 */
#include "lib/inproc.h"

#include <stdio.h>
#include <stdlib.h>

#define ARN "arn:aws:iam::111122223333:"
#define VECTORS "tests/vectors/denials.tsv"
#define FEWEST_ROWS 100
#define DENY(action) STATEMENT("Deny", action, ",\"Resource\":\"*\"")

static struct inproc *s;
static struct inproc_caller alice;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    alice = inproc_user(s, "alice", NULL);
    return 0;
}

/* Returns the text of a file, for a form. */
static const char *form_of(const char *path)
{
    char text[1024] = "";
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_in_range(fread(text, 1, sizeof(text), f), 1, sizeof(text) - 1);
    assert_int_equal(fclose(f), 0);
    return inproc_form(s, text);
}

/* The entities that the rows are about. */
static void make_entities(void)
{
    inproc_must(s, &s->root, "iam", "Action=CreateUser&Path=/team/&UserName=Una");
    inproc_must(s, &s->root, "iam", "Action=CreateGroup&Path=/team/&GroupName=Gus");
    inproc_must(s, &s->root, "iam",
                "Action=CreateRole&Path=/team/&RoleName=Rio&AssumeRolePolicyDocument=%s",
                inproc_form(s, TRUST(ARN "root", "sts:AssumeRole")));
    inproc_must(s, &s->root, "iam",
                "Action=CreatePolicy&Path=/team/&PolicyName=Pol&PolicyDocument=%s",
                inproc_form(s, ALLOW("s3:*")));
    inproc_must(s, &s->root, "iam",
                "Action=CreateInstanceProfile&Path=/team/&InstanceProfileName=Ivo");
    inproc_must(s, &s->root, "iam",
                "Action=CreateVirtualMFADevice&Path=/team/&VirtualMFADeviceName=Mia");
    inproc_must(s, &s->root, "iam",
                "Action=UploadServerCertificate&Path=/team/&ServerCertificateName=Sven"
                "&CertificateBody=%s&PrivateKey=%s",
                form_of("tests/vectors/pki/ec.pem"), form_of("tests/vectors/pki/ec.key"));
}

/* ---- every operation ---- */

enum column { SERVICE, OPERATION, PARAMETERS, ALLOWED, SENTENCE, KIND, SOURCE, COLUMNS };

struct row {
    char *columns[COLUMNS];
};

struct table {
    struct row rows[256];
    size_t count;
    char *text;
};

static void read_table(struct table *t)
{
    FILE *f = fopen(VECTORS, "rb");
    size_t cap = 0;
    char *rest;
    char *line;
    assert_non_null(f);
    *t = (struct table){ 0 };
    assert_true(getdelim(&t->text, &cap, '\0', f) > 0);
    assert_int_equal(fclose(f), 0);
    rest = t->text;
    (void)strsep(&rest, "\n"); /* the names of the columns */
    while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
        assert_true(t->count < IAM_COUNT(t->rows));
        for (size_t i = 0; i < COLUMNS; i++) {
            t->rows[t->count].columns[i] = strsep(&line, "\t");
            assert_non_null(t->rows[t->count].columns[i]);
        }
        t->count++;
    }
    assert_true(t->count >= FEWEST_ROWS);
}

/* allowed: "-", actions with a comma between two, or these and a resource. */
static void allow(char *allowed)
{
    char *actions = strsep(&allowed, " ");
    const char *resource = allowed != NULL ? allowed : "*";
    const char *list = "\"s3:None\"";
    for (const char *one = strsep(&actions, ","); one != NULL && strcmp(one, "-") != 0;
         one = strsep(&actions, ",")) {
        list = signer_fmt(&s->arena, "%s,\"%s\"", list, one).p;
    }
    struct iam_str policy =
        signer_fmt(&s->arena,
                   "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                   "\"Action\":[%s],\"Resource\":\"%s\"}}",
                   list, resource);
    inproc_put_user_policy(s, "alice", policy.p);
}

static void test_every_sentence(void **state)
{
    struct table t;
    (void)state;
    make_entities();
    read_table(&t);
    for (size_t i = 0; i < t.count; i++) {
        char **row = t.rows[i].columns;
        allow(row[ALLOWED]);
        int status =
            inproc_ask(s, &alice, row[SERVICE], "Action=%s&%s", row[OPERATION], row[PARAMETERS]);
        if (status != 403) {
            fail_msg("%s: %d %.*s", row[SENTENCE], status, IAM_STR_ARG(s->body));
        }
        assert_str(inproc_text(s, "Code"), "AccessDenied");
        assert_same_str(inproc_text(s, "Message"), iam_str_c(row[SENTENCE]));
    }
    free(t.text);
}

static bool has_row(const struct table *t, const struct api_op *op, struct iam_str action)
{
    struct iam_str wanted =
        signer_fmt(&s->arena, "not authorized to perform: %.*s ", IAM_STR_ARG(action));
    for (size_t i = 0; i < t->count; i++) {
        if (iam_str_eq(op->name, iam_str_c(t->rows[i].columns[OPERATION])) &&
            strstr(t->rows[i].columns[SENTENCE], wanted.p) != NULL) {
            return true;
        }
    }
    return false;
}

/* An operation that comes later needs a row for each of its permissions. */
static void test_every_permission_has_a_row(void **state)
{
    struct table t;
    size_t permissions = 0;
    (void)state;
    read_table(&t);
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_service *service = api_catalog.services[i];
        for (size_t j = 0; j < service->op_count && service->protocol == API_PROTOCOL_QUERY; j++) {
            const struct api_op *op = &service->ops[j];
            /* none of the rows denies explicitly, or has evidence */
            bool asks =
                op->rule->access == API_ACCESS_POLICY || op->rule->access == API_ACCESS_TRUST;
            for (size_t k = 0; asks && k < op->rule->permission_count; k++) {
                struct iam_str action = op->rule->permissions[k].action;
                if (!has_row(&t, op, action)) {
                    fail_msg("no row for %.*s and %.*s", IAM_STR_ARG(op->name),
                             IAM_STR_ARG(action));
                }
                permissions++;
            }
        }
    }
    assert_true(permissions > 70);
    free(t.text);
}

/* ---- explicit denials ---- */

static void expect_denied(const struct inproc_caller *who, const char *form, const char *sentence)
{
    assert_int_equal(inproc_ask(s, who, "iam", "%s", form), 403);
    assert_same_str(inproc_text(s, "Message"), iam_str_c(sentence));
}

static void make_policy(const char *name, const char *document)
{
    inproc_must(s, &s->root, "iam", "Action=CreatePolicy&PolicyName=%s&PolicyDocument=%s", name,
                inproc_form(s, document));
}

#define ROLE_DENIED                                                                            \
    "User: " ARN "user/alice is not authorized to perform: iam:GetRole on resource: role Rio " \
    "with an explicit deny in "

/* An inline policy has no ARN; a managed one is named however it came to the user. */
static void test_which_policy_denied(void **state)
{
    (void)state;
    inproc_put_user_policy(s, "alice", DENY("iam:GetRole"));
    expect_denied(&alice, "Action=GetRole&RoleName=Rio", ROLE_DENIED "an identity-based policy");

    inproc_put_user_policy(s, "alice", ALLOW("iam:*"));
    make_policy("guard", DENY("iam:GetRole"));
    inproc_must(s, &s->root, "iam",
                "Action=AttachUserPolicy&UserName=alice&PolicyArn=" ARN "policy/guard");
    expect_denied(&alice, "Action=GetRole&RoleName=Rio",
                  ROLE_DENIED "an identity-based policy: " ARN "policy/guard");

    inproc_must(s, &s->root, "iam",
                "Action=DetachUserPolicy&UserName=alice&PolicyArn=" ARN "policy/guard");
    inproc_must(s, &s->root, "iam", "Action=CreateGroup&GroupName=all");
    inproc_must(s, &s->root, "iam", "Action=AddUserToGroup&GroupName=all&UserName=alice");
    inproc_must(s, &s->root, "iam",
                "Action=PutGroupPolicy&GroupName=all&PolicyName=p&PolicyDocument=%s",
                inproc_form(s, DENY("iam:GetRole")));
    expect_denied(&alice, "Action=GetRole&RoleName=Rio", ROLE_DENIED "an identity-based policy");
    inproc_must(s, &s->root, "iam", "Action=DeleteGroupPolicy&GroupName=all&PolicyName=p");
    inproc_must(s, &s->root, "iam",
                "Action=AttachGroupPolicy&GroupName=all&PolicyArn=" ARN "policy/guard");
    expect_denied(&alice, "Action=GetRole&RoleName=Rio",
                  ROLE_DENIED "an identity-based policy: " ARN "policy/guard");
}

static void test_which_boundary_denied(void **state)
{
    (void)state;
    inproc_put_user_policy(s, "alice", ALLOW("iam:*"));
    make_policy("fence", DENY("iam:GetRole"));
    inproc_must(s, &s->root, "iam",
                "Action=PutUserPermissionsBoundary&UserName=alice&PermissionsBoundary=" ARN
                "policy/fence");
    expect_denied(&alice, "Action=GetRole&RoleName=Rio",
                  ROLE_DENIED "a permissions boundary: " ARN "policy/fence");
    expect_denied(&alice, "Action=GetUser&UserName=alice",
                  "User: " ARN "user/alice is not authorized to perform: iam:GetUser on resource: "
                  "user alice because no permissions boundary allows the iam:GetUser action");
}

/* Neither inline nor managed session policies are named. */
static void test_a_session_policy_is_not_named(void **state)
{
    static const char sentence[] =
        "User: arn:aws:sts::111122223333:assumed-role/r/one is not authorized to perform: "
        "iam:GetRole on resource: role Rio with an explicit deny in a session policy";
    (void)state;
    inproc_put_user_policy(s, "alice", ALLOW("sts:*"));
    make_policy("guard", DENY("iam:GetRole"));
    struct iam_str role = inproc_role(s, "r", TRUST(ARN "user/alice", "sts:*"), ALLOW("iam:*"));
    struct iam_str policy =
        signer_fmt(&s->arena, "&Policy=%s", inproc_form(s, DENY("iam:GetRole")));
    struct inproc_caller session = inproc_assume(s, &alice, role, "one", policy.p);
    expect_denied(&session, "Action=GetRole&RoleName=Rio", sentence);
    session = inproc_assume(s, &alice, role, "one", "&PolicyArns.member.1.arn=" ARN "policy/guard");
    expect_denied(&session, "Action=GetRole&RoleName=Rio", sentence);
}

/* What no policy has to allow is still denied by one that says so. */
static void test_undenied_is_denied(void **state)
{
    (void)state;
    make_entities();
    inproc_must(s, &alice, "sts", "Action=GetSessionToken");
    inproc_put_user_policy(s, "alice",
                           STATEMENT("Deny", "sts:GetSessionToken", ",\"Resource\":\"*\""));
    inproc_ask(s, &alice, "sts", "Action=GetSessionToken");
    inproc_expect(s, 403,
                  "User: " ARN "user/alice is not authorized to perform: sts:GetSessionToken on "
                  "resource: * with an explicit deny in an identity-based policy");
}

/* Whatever the reason, a denial of AssumeRole says none. */
static void test_a_role_does_not_say_why(void **state)
{
    static const char *const policies[] = { ALLOW("s3:*"), DENY("sts:*"), ALLOW("sts:*") };
    static const char *const roles[] = { "closed", "barred", "missing" };
    (void)state;
    (void)inproc_role(s, "closed", TRUST("arn:aws:iam::444455556666:root", "sts:AssumeRole"), NULL);
    (void)inproc_role(
        s, "barred",
        STATEMENT("Deny", "sts:AssumeRole", ",\"Principal\":{\"AWS\":\"" ARN "root\"}"), NULL);
    for (size_t i = 0; i < IAM_COUNT(policies); i++) {
        inproc_put_user_policy(s, "alice", policies[i]);
        for (size_t j = 0; j < IAM_COUNT(roles); j++) {
            struct iam_str sentence = signer_fmt(
                &s->arena,
                "User: " ARN "user/alice is not authorized to perform: sts:AssumeRole on "
                "resource: " ARN "role/%s",
                roles[j]);
            assert_int_equal(inproc_ask(s, &alice, "sts",
                                        "Action=AssumeRole&RoleSessionName=night&RoleArn=" ARN
                                        "role/%s",
                                        roles[j]),
                             403);
            assert_same_str(inproc_text(s, "Message"), sentence);
        }
    }
}

/* ---- lists of a path ---- */

static void test_lists_are_decided_on_their_path(void **state)
{
    static const struct {
        const char *operation;
        const char *type;
    } lists[] = {
        {"ListUsers",             "user"            },
        { "ListRoles",            "role"            },
        { "ListGroups",           "group"           },
        { "ListPolicies",         "policy"          },
        { "ListInstanceProfiles", "instance-profile"},
    };
    static const struct {
        const char *resource; /* after the type */
        const char *prefix;
        int status;
    } cases[] = {
        {"/*",       "",                     200},
        { "/",       "",                     200},
        { "/",       "&PathPrefix=/",        200},
        { "/*",      "&PathPrefix=/team/",   200},
        { "/",       "&PathPrefix=/team/",   403},
        { "/team/*", "",                     403},
        { "/team/*", "&PathPrefix=/team/",   200},
        { "/team/*", "&PathPrefix=/team/a/", 200},
        { "/team/*", "&PathPrefix=/team",    403},
        { "/team*",  "&PathPrefix=/team",    200},
        { "/alice",  "",                     403},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(lists); i++) {
        for (size_t j = 0; j < IAM_COUNT(cases); j++) {
            struct iam_str policy =
                signer_fmt(&s->arena, ALLOW_ON("iam:%s", ARN "%s%s"), lists[i].operation,
                           lists[i].type, cases[j].resource);
            bool ends =
                cases[j].prefix[0] == '\0' || cases[j].prefix[strlen(cases[j].prefix) - 1] == '/';
            if (!ends && strcmp(lists[i].type, "policy") == 0) {
                continue; /* a path of policies ends with a slash */
            }
            inproc_put_user_policy(s, "alice", policy.p);
            int status =
                inproc_ask(s, &alice, "iam", "Action=%s%s", lists[i].operation, cases[j].prefix);
            if (status != cases[j].status) {
                fail_msg("%s%s: %d", policy.p, cases[j].prefix, status);
            }
        }
        struct iam_str policy = signer_fmt(&s->arena, ALLOW("iam:%s"), lists[i].operation);
        inproc_put_user_policy(s, "alice", policy.p);
        inproc_must(s, &alice, "iam", "Action=%s", lists[i].operation);
    }
}

/* ---- without a name ---- */

/* SPEC: what AWS answers a role session; there is no user to decide on, so no policy matters. */
static void test_only_a_user_may_leave_its_name_out(void **state)
{
    static const char *const forms[] = {
        "GetUser",
        "ListAccessKeys",
        "CreateAccessKey",
        "UpdateAccessKey&AccessKeyId=AKIAAAAAAAAAAAAAAAAA&Status=Active",
        "DeleteAccessKey&AccessKeyId=AKIAAAAAAAAAAAAAAAAA",
        "ListServiceSpecificCredentials",
        "ResetServiceSpecificCredential&ServiceSpecificCredentialId=ACCAAAAAAAAAAAAAAAAAA",
        "DeleteServiceSpecificCredential&ServiceSpecificCredentialId=ACCAAAAAAAAAAAAAAAAAA",
        "ListSigningCertificates",
        "DeleteSigningCertificate&CertificateId=AAAAAAAAAAAAAAAAAAAAAAAA",
        "ListMFADevices",
    };
    static const char *const policies[] = { ALLOW("iam:*"), DENY("iam:*"), ALLOW("s3:*") };
    (void)state;
    inproc_put_user_policy(s, "alice", ALLOW("*"));
    for (size_t i = 0; i < IAM_COUNT(policies); i++) {
        static const char *const names[] = { "r0", "r1", "r2" };
        struct iam_str role =
            inproc_role(s, names[i], TRUST(ARN "user/alice", "sts:*"), policies[i]);
        struct inproc_caller session = inproc_assume(s, &alice, role, "one", "");
        for (size_t j = 0; j < IAM_COUNT(forms); j++) {
            assert_int_equal(inproc_ask(s, &session, "iam", "Action=%s", forms[j]), 400);
            assert_str(inproc_text(s, "Code"), "ValidationError");
            assert_str(inproc_text(s, "Message"),
                       "Must specify userName when calling with non-User credentials");
        }
    }
    inproc_must(s, &alice, "iam", "Action=GetUser");
    assert_str(inproc_text(s, "UserName"), "alice");
    inproc_must(s, &s->root, "iam", "Action=GetUser");
    inproc_must(s, &s->root, "iam", "Action=ListAccessKeys");
}

/* ---- policies of others ---- */

/* AWS managed policies and those of other accounts, whether or not there are such policies. */
static void test_policies_of_others_are_not_changed(void **state)
{
    static const struct {
        const char *form;
        const char *sentence;
    } cases[] = {
        {"DeletePolicy",                               "Cannot delete policies outside your own account."},
        { "DeletePolicyVersion&VersionId=v1",
         "Cannot delete policy versions for policies outside your own account."                          },
        { "SetDefaultPolicyVersion&VersionId=v1",
         "Cannot update policies outside your own account."                                              },
        { "CreatePolicyVersion&PolicyDocument=%7B%7D",
         "Cannot create versions for policies outside your own account."                                 },
    };
    (void)state;
    inproc_put_user_policy(s, "alice", ALLOW("iam:*"));
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        assert_int_equal(inproc_ask(s, &alice, "iam",
                                    "Action=%s&PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess",
                                    cases[i].form),
                         403);
        assert_str(inproc_text(s, "Code"), "AccessDenied");
        assert_same_str(inproc_text(s, "Message"), iam_str_c(cases[i].sentence));
        /* Another account owns its policies, and has no policy that lets others in. */
        assert_int_equal(inproc_ask(s, &alice, "iam",
                                    "Action=%s&PolicyArn=arn:aws:iam::444455556666:policy/theirs",
                                    cases[i].form),
                         403);
        assert_str(inproc_text(s, "Code"), "AccessDenied");
        assert_true(inproc_says(s, "because no resource-based policy allows the iam:"));
    }
    assert_int_equal(inproc_ask(s, &alice, "iam", "Action=DeletePolicy&PolicyArn=" ARN "policy/x"),
                     404);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_every_sentence),
        TEST(test_every_permission_has_a_row),
        TEST(test_undenied_is_denied),
        TEST(test_which_policy_denied),
        TEST(test_which_boundary_denied),
        TEST(test_a_session_policy_is_not_named),
        TEST(test_a_role_does_not_say_why),
        TEST(test_lists_are_decided_on_their_path),
        TEST(test_only_a_user_may_leave_its_name_out),
        TEST(test_policies_of_others_are_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
