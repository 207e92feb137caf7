/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every operation, run with an arena of 0, 16, 32, ... bytes until it is enough. Wherever memory
 * runs out, a request that would be denied is never allowed, the answer is either complete or a
 * failure of ours, a write that was not answered with success changed nothing, and each request
 * leaves an audit record.
 */
#include "lib/inproc.h"

#include <stdio.h>

#include "dispatch/rule.h"
#include "server/record.h"
#include "store/report.h"

/* Arenas round to this; smaller steps would not reach anything new. */
#define STEP_BYTES 16
/* Larger for denied requests, because allowed ones pass through the same code in smaller steps. */
#define DENIED_STEP_BYTES (3 * STEP_BYTES)
/* More than any row needs. */
#define ENOUGH_BYTES ((size_t)1 << 20)

#define DOCUMENT                                                                    \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A" \
    "%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
#define TRUSTS_ALICE                                                                               \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C"     \
    "%22Principal%22%3A%7B%22AWS%22%3A%22arn%3Aaws%3Aiam%3A%3A111122223333%3Auser%2Falice%22%7D%2" \
    "C%22Action%22%3A%5B%22sts%3AAssumeRole%22%2C%22sts%3ATagSession%22%2C"                        \
    "%22sts%3ASetSourceIdentity%22%5D%7D%7D"
#define POLICY "PolicyArn=arn:aws:iam::111122223333:policy/p"
#define TAGS "Tags.member.1.Key=k&Tags.member.1.Value=v"
#define QUESTION                                                                    \
    "{\"subject\":{\"type\":\"user\",\"id\":\"arn:aws:iam::111122223333:user/u\"}," \
    "\"action\":{\"name\":\"s3:GetObject\"},"                                       \
    "\"resource\":{\"type\":\"s3\",\"id\":\"arn:aws:s3:::b/k\"}}"

/* In an order in which every request succeeds. */
static const struct row {
    const char *service;
    const char *op;
    const char *path; /* of a JSON request; NULL: Query */
    const char *input;
} rows[] = {
    {"iam",   "CreateUser",                      NULL,                                 "UserName=u&Path=/a/&" TAGS                                 },
    { "iam",  "GetUser",                         NULL,                                 "UserName=u"                                                },
    { "iam",  "ListUsers",                       NULL,                                 "MaxItems=1"                                                },
    { "iam",  "UpdateUser",                      NULL,                                 "UserName=u&NewPath=/"                                      },
    { "iam",  "TagUser",                         NULL,                                 "UserName=u&" TAGS                                          },
    { "iam",  "ListUserTags",                    NULL,                                 "UserName=u&MaxItems=1"                                     },
    { "iam",  "UntagUser",                       NULL,                                 "UserName=u&TagKeys.member.1=k"                             },
    { "iam",  "PutUserPolicy",                   NULL,                                 "UserName=u&PolicyName=q&PolicyDocument=" DOCUMENT          },
    { "iam",  "GetUserPolicy",                   NULL,                                 "UserName=u&PolicyName=q"                                   },
    { "iam",  "ListUserPolicies",                NULL,                                 "UserName=u"                                                },
    { "iam",  "DeleteUserPolicy",                NULL,                                 "UserName=u&PolicyName=q"                                   },
    { "iam",  "CreateLoginProfile",              NULL,                                 "UserName=u&Password=correct-Horse1"                        },
    { "iam",  "GetLoginProfile",                 NULL,                                 "UserName=u"                                                },
    { "iam",  "UpdateLoginProfile",              NULL,                                 "UserName=u&Password=correct-Horse2"                        },
    { "iam",  "DeleteLoginProfile",              NULL,                                 "UserName=u"                                                },
    { "iam",  "CreateServiceSpecificCredential", NULL,
     "UserName=keys&ServiceName=bedrock.amazonaws.com&CredentialAgeDays=1"                                                                         },
    { "iam",  "ListServiceSpecificCredentials",  NULL,                                 "UserName=keys&MaxItems=1"                                  },
    { "iam",  "ListServiceSpecificCredentials",  NULL,                                 "AllUsers=true"                                             },
    { "iam",  "ResetServiceSpecificCredential",  NULL,
     "UserName=keys&ServiceSpecificCredentialId=CREDENTIAL"                                                                                        },
    { "iam",  "UpdateServiceSpecificCredential", NULL,
     "UserName=keys&Status=Inactive&ServiceSpecificCredentialId=CREDENTIAL"                                                                        },
    { "iam",  "DeleteServiceSpecificCredential", NULL,
     "UserName=keys&ServiceSpecificCredentialId=CREDENTIAL"                                                                                        },
    { "iam",  "CreateLoginProfile",              NULL,                                 "UserName=alice&Password=correct-Horse1"                    },
    { "iam",  "ChangePassword",                  NULL,                                 "OldPassword=correct-Horse1&NewPassword=correct-Horse2"     },
    { "iam",  "CreatePolicy",                    NULL,                                 "PolicyName=p&PolicyDocument=" DOCUMENT "&" TAGS            },
    { "iam",  "GetPolicy",                       NULL,                                 POLICY                                                      },
    { "iam",  "ListPolicies",                    NULL,                                 "Scope=Local&MaxItems=1"                                    },
    { "iam",  "TagPolicy",                       NULL,                                 POLICY "&" TAGS                                             },
    { "iam",  "ListPolicyTags",                  NULL,                                 POLICY                                                      },
    { "iam",  "UntagPolicy",                     NULL,                                 POLICY "&TagKeys.member.1=k"                                },
    { "iam",  "CreatePolicyVersion",             NULL,                                 POLICY "&PolicyDocument=" DOCUMENT                          },
    { "iam",  "GetPolicyVersion",                NULL,                                 POLICY "&VersionId=v2"                                      },
    { "iam",  "ListPolicyVersions",              NULL,                                 POLICY "&MaxItems=1"                                        },
    { "iam",  "SetDefaultPolicyVersion",         NULL,                                 POLICY "&VersionId=v2"                                      },
    { "iam",  "DeletePolicyVersion",             NULL,                                 POLICY "&VersionId=v1"                                      },
    { "iam",  "AttachUserPolicy",                NULL,                                 "UserName=u&" POLICY                                        },
    { "iam",  "ListAttachedUserPolicies",        NULL,                                 "UserName=u"                                                },
    { "iam",  "ListEntitiesForPolicy",           NULL,                                 POLICY                                                      },
    { "iam",  "PutUserPermissionsBoundary",      NULL,
     "UserName=u&PermissionsBoundary=arn:aws:iam::111122223333:policy/p"                                                                           },
    { "iam",  "DeleteUserPermissionsBoundary",   NULL,                                 "UserName=u"                                                },
    { "iamd", "Evaluate",                        "/access/v1/evaluation",              QUESTION                                                    },
    { "iamd", "EvaluateBatch",                   "/access/v1/evaluations",             "{\"evaluations\":[" QUESTION "]}"                          },
    { "iamd", "GetConfiguration",                "/.well-known/authzen-configuration", NULL                                                        },
    { "iam",  "DetachUserPolicy",                NULL,                                 "UserName=u&" POLICY                                        },
    { "iam",  "CreateGroup",                     NULL,                                 "GroupName=g&Path=/a/"                                      },
    { "iam",  "AddUserToGroup",                  NULL,                                 "GroupName=g&UserName=u"                                    },
    { "iam",  "GetGroup",                        NULL,                                 "GroupName=g"                                               },
    { "iam",  "ListGroups",                      NULL,                                 ""                                                          },
    { "iam",  "ListGroupsForUser",               NULL,                                 "UserName=u"                                                },
    { "iam",  "RemoveUserFromGroup",             NULL,                                 "GroupName=g&UserName=u"                                    },
    { "iam",  "UpdateGroup",                     NULL,                                 "GroupName=g&NewPath=/"                                     },
    { "iam",  "PutGroupPolicy",                  NULL,                                 "GroupName=g&PolicyName=q&PolicyDocument=" DOCUMENT         },
    { "iam",  "GetGroupPolicy",                  NULL,                                 "GroupName=g&PolicyName=q"                                  },
    { "iam",  "ListGroupPolicies",               NULL,                                 "GroupName=g"                                               },
    { "iam",  "DeleteGroupPolicy",               NULL,                                 "GroupName=g&PolicyName=q"                                  },
    { "iam",  "AttachGroupPolicy",               NULL,                                 "GroupName=g&" POLICY                                       },
    { "iam",  "ListAttachedGroupPolicies",       NULL,                                 "GroupName=g"                                               },
    { "iam",  "DetachGroupPolicy",               NULL,                                 "GroupName=g&" POLICY                                       },
    { "iam",  "DeleteGroup",                     NULL,                                 "GroupName=g"                                               },
    { "iam",  "CreateRole",                      NULL,                                 "RoleName=r&AssumeRolePolicyDocument=" TRUSTS_ALICE "&" TAGS},
    { "iam",  "GetRole",                         NULL,                                 "RoleName=r"                                                },
    { "iam",  "ListRoles",                       NULL,                                 ""                                                          },
    { "iam",  "UpdateRole",                      NULL,                                 "RoleName=r&Description=d"                                  },
    { "iam",  "UpdateRoleDescription",           NULL,                                 "RoleName=r&Description=e"                                  },
    { "iam",  "UpdateAssumeRolePolicy",          NULL,                                 "RoleName=r&PolicyDocument=" TRUSTS_ALICE                   },
    { "iam",  "TagRole",                         NULL,                                 "RoleName=r&" TAGS                                          },
    { "iam",  "ListRoleTags",                    NULL,                                 "RoleName=r"                                                },
    { "sts",  "AssumeRole",                      NULL,
     "RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=session&SourceIdentity=ida&" TAGS
      "&TransitiveTagKeys.member.1=k&Policy=" DOCUMENT                                                                                             },
    { "sts",  "GetCallerIdentity",               NULL,                                 ""                                                          },
    { "iam",  "UntagRole",                       NULL,                                 "RoleName=r&TagKeys.member.1=k"                             },
    { "iam",  "PutRolePolicy",                   NULL,                                 "RoleName=r&PolicyName=q&PolicyDocument=" DOCUMENT          },
    { "iam",  "GetRolePolicy",                   NULL,                                 "RoleName=r&PolicyName=q"                                   },
    { "iam",  "ListRolePolicies",                NULL,                                 "RoleName=r"                                                },
    { "iam",  "DeleteRolePolicy",                NULL,                                 "RoleName=r&PolicyName=q"                                   },
    { "iam",  "AttachRolePolicy",                NULL,                                 "RoleName=r&" POLICY                                        },
    { "iam",  "ListAttachedRolePolicies",        NULL,                                 "RoleName=r"                                                },
    { "iam",  "DetachRolePolicy",                NULL,                                 "RoleName=r&" POLICY                                        },
    { "iam",  "PutRolePermissionsBoundary",      NULL,
     "RoleName=r&PermissionsBoundary=arn:aws:iam::111122223333:policy/p"                                                                           },
    { "iam",  "DeleteRolePermissionsBoundary",   NULL,                                 "RoleName=r"                                                },
    { "iam",  "CreateAccountAlias",              NULL,                                 "AccountAlias=an-alias"                                     },
    { "iam",  "ListAccountAliases",              NULL,                                 ""                                                          },
    { "iam",  "DeleteAccountAlias",              NULL,                                 "AccountAlias=an-alias"                                     },
    { "iam",  "UpdateAccountPasswordPolicy",     NULL,                                 "RequireNumbers=true"                                       },
    { "iam",  "GetAccountPasswordPolicy",        NULL,                                 ""                                                          },
    { "iam",  "DeleteAccountPasswordPolicy",     NULL,                                 ""                                                          },
    { "iam",  "GetAccountAuthorizationDetails",  NULL,                                 "Filter.member.1=User&MaxItems=1"                           },
    { "iam",  "GetAccountSummary",               NULL,                                 ""                                                          },
    { "iam",  "GenerateCredentialReport",        NULL,                                 ""                                                          },
    { "iam",  "GetCredentialReport",             NULL,                                 ""                                                          },
    { "iam",  "CreateInstanceProfile",           NULL,                                 "InstanceProfileName=i&Path=/a/&" TAGS                      },
    { "iam",  "GetInstanceProfile",              NULL,                                 "InstanceProfileName=i"                                     },
    { "iam",  "ListInstanceProfiles",            NULL,                                 "MaxItems=1"                                                },
    { "iam",  "AddRoleToInstanceProfile",        NULL,                                 "InstanceProfileName=i&RoleName=r"                          },
    { "iam",  "ListInstanceProfilesForRole",     NULL,                                 "RoleName=r"                                                },
    { "iam",  "RemoveRoleFromInstanceProfile",   NULL,                                 "InstanceProfileName=i&RoleName=r"                          },
    { "iam",  "TagInstanceProfile",              NULL,                                 "InstanceProfileName=i&" TAGS                               },
    { "iam",  "ListInstanceProfileTags",         NULL,                                 "InstanceProfileName=i"                                     },
    { "iam",  "UntagInstanceProfile",            NULL,                                 "InstanceProfileName=i&TagKeys.member.1=k"                  },
    { "iam",  "DeleteInstanceProfile",           NULL,                                 "InstanceProfileName=i"                                     },
    { "iam",  "DeleteRole",                      NULL,                                 "RoleName=r"                                                },
    { "iam",  "DeletePolicy",                    NULL,                                 POLICY                                                      },
    { "iam",  "DeleteUser",                      NULL,                                 "UserName=u"                                                },
    { "iam",  "CreateAccessKey",                 NULL,                                 "UserName=keys"                                             },
    { "iam",  "ListAccessKeys",                  NULL,                                 "UserName=keys"                                             },
    { "iam",  "GetAccessKeyLastUsed",            NULL,                                 "AccessKeyId=KEY"                                           },
    { "iam",  "UpdateAccessKey",                 NULL,                                 "UserName=keys&AccessKeyId=KEY&Status=Inactive"             },
    { "iam",  "DeleteAccessKey",                 NULL,                                 "UserName=keys&AccessKeyId=KEY"                             },
};

struct rig {
    struct inproc *server;
    struct inproc_caller alice;  /* may do everything */
    struct inproc_caller nobody; /* may do nothing */
    struct iam_str key;          /* replaces KEY */
    struct iam_str credential;   /* replaces CREDENTIAL */
    const struct row *row;       /* that is being run */
    size_t bytes;                /* of its arena */
    size_t fail_at;              /* the first allocation of the arena's memory to fail; 0: none */
    bool is_persistent;          /* all that follow fail too */
    size_t failed;               /* how many did */
    char answer[512];            /* the beginning of its last body */
};

static struct rig rig;

/* Makes a credential report, as a thread of the server does. */
static void make_report(struct inproc *s)
{
    const struct iam_entity_ref account = { IAM_KIND_ACCOUNT, INPROC_ACCOUNT, INPROC_ACCOUNT };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_report_ask(txn, &s->arena, &account));
    assert_ok(iam_store_report_finish(txn, &account, IAM_STR("user,arn"), INPROC_NOW_MS));
    assert_ok(iam_txn_commit(txn));
}

static int setup(void **state)
{
    (void)inproc_setup(state);
    struct inproc *s = *state;
    rig.server = s;
    rig.alice = inproc_user(s, "alice", ALLOW("*"));
    rig.nobody = inproc_user(s, "nobody", NULL);
    rig.key = inproc_user(s, "keys", NULL).id;
    inproc_must(s, &s->root, "iam",
                "Action=CreateServiceSpecificCredential&UserName=keys&"
                "ServiceName=codecommit.amazonaws.com");
    assert_ok(
        iam_arena_dup(&s->arena, inproc_text(s, "ServiceSpecificCredentialId"), &rig.credential));
    make_report(s);
    return 0;
}

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("%s in %zu bytes: not " #condition ": %d %s", rig.row->op, rig.bytes, status, \
                     rig.answer);                                                                  \
        }                                                                                          \
    } while (0)

static struct inproc_request request_of(const struct inproc_caller *who)
{
    struct inproc *s = rig.server;
    const struct row *row = rig.row;
    if (row->path != NULL) {
        return inproc_make(s, who, row->service, row->input != NULL ? "POST" : "GET", row->path,
                           "application/json", row->input);
    }
    bool is_key = strstr(row->input, "CREDENTIAL") == NULL;
    const char *word = is_key ? "KEY" : "CREDENTIAL";
    struct iam_str value = is_key ? rig.key : rig.credential;
    const char *at = strstr(row->input, word);
    int len = (int)(at != NULL ? (size_t)(at - row->input) : strlen(row->input));
    struct iam_str text =
        signer_fmt(&s->arena, "Action=%s&%.*s%.*s%s", row->op, len, row->input,
                   at != NULL ? (int)value.len : 0, value.p, at != NULL ? at + strlen(word) : "");
    return inproc_query(s, who, row->service, text.p);
}

/* As the server does after each request. */
static void check_record(const struct api_request *r, int status)
{
    struct iam_buf brief;
    struct iam_str record;
    iam_buf_init(&brief, iam_heap(), RECORD_BRIEF_BYTES);
    if (record_whole(r, &record) != IAM_OK) {
        assert_ok(record_brief(r, &brief, &record));
    }
    bool has_error = memmem(record.p, record.len, "\"errorCode\":", 12) != NULL;
    EXPECT(has_error == (status != 200));
    EXPECT(record.len > 2 && memcmp(record.p + record.len - 2, "}\n", 2) == 0);
    if (r->call.op != NULL) {
        EXPECT(memmem(record.p, record.len, rig.row->op, strlen(rig.row->op)) != NULL);
    }
    iam_buf_done(&brief);
}

/* A success is complete; a failure may have lost its whole body, but not a part of it. */
static void check_body(const struct api_request *r, int status)
{
    struct iam_str body = r->response.body;
    char end[64];
    if (body.len == 0) {
        EXPECT(status != 200);
    } else if (rig.row->path != NULL) {
        EXPECT(body.p[0] == '{' && body.p[body.len - 1] == '}');
    } else {
        (void)snprintf(end, sizeof(end), "</%s%s>", status == 200 ? rig.row->op : "Error",
                       "Response");
        body = iam_str_trim(body);
        EXPECT(body.len > strlen(end));
        EXPECT(memcmp(body.p + body.len - strlen(end), end, strlen(end)) == 0);
    }
}

/* Runs q once in an arena of rig.bytes; returns the status after checking what must always hold. */
static int run(const struct inproc_request *q, enum api_access *ret_access)
{
    struct failing_alloc heap;
    struct iam_arena arena;
    struct api_request r;
    int64_t before = inproc_last_change(rig.server);
    failing_alloc_init(&heap, rig.fail_at, rig.is_persistent);
    iam_arena_init(&arena, &heap.alloc, rig.bytes);
    inproc_open(rig.server, q, &arena, &r);
    if (!r.is_done) {
        api_request_run(&r);
    }
    int status = r.response.status;
    (void)snprintf(rig.answer, sizeof(rig.answer), "%.*s", IAM_STR_ARG(r.response.body));
    EXPECT(r.is_done && r.response.content_type.len > 0);
    check_body(&r, status);
    check_record(&r, status);
    EXPECT(status == 200 || inproc_last_change(rig.server) == before);
    *ret_access = r.call.op != NULL ? r.call.op->rule->access : API_ACCESS_NONE;
    api_request_close(&r);
    iam_arena_done(&arena);
    EXPECT(heap.live == 0);
    rig.failed = heap.failed;
    return status;
}

/* Tells whether the status means a failure of ours or too little room, and not a decision. */
static bool is_shortage(int status)
{
    return status == 413 || status == 500 || status == 503;
}

/* Runs a denied request in larger and larger arenas, until there is room to deny it. */
static void run_denied(const struct row *row)
{
    enum api_access access;
    rig.row = row;
    struct inproc_request q = request_of(&rig.nobody);
    rig.bytes = ENOUGH_BYTES;
    int status = run(&q, &access);
    if (access != API_ACCESS_POLICY && access != API_ACCESS_TRUST) {
        return;
    }
    EXPECT(status == 403);
    for (rig.bytes = 0, status = 0; status != 403; rig.bytes += DENIED_STEP_BYTES) {
        status = run(&q, &access);
        EXPECT(is_shortage(status) || status == 403);
        EXPECT(rig.bytes < ENOUGH_BYTES);
    }
}

static void run_allowed(const struct row *row)
{
    enum api_access access;
    int status = 0;
    rig.row = row;
    struct inproc_request q = request_of(&rig.alice);
    for (rig.bytes = 0; status != 200; rig.bytes += STEP_BYTES) {
        status = run(&q, &access);
        EXPECT(is_shortage(status) || status == 200);
        EXPECT(rig.bytes < ENOUGH_BYTES);
    }
}

/* Fails the arena's allocations one after another. For operations that can run again. */
static void run_without_heap(const struct row *row)
{
    enum api_access access;
    rig.row = row;
    rig.bytes = ENOUGH_BYTES;
    struct inproc_request q = request_of(&rig.alice);
    do {
        rig.fail_at++;
        int status = run(&q, &access);
        EXPECT(is_shortage(status) || status == 200);
        EXPECT(rig.failed > 0 || status == 200);
        EXPECT(rig.fail_at < 1000);
    } while (rig.failed > 0);
    rig.fail_at = 0;
}

static bool is_write(const struct row *row)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_op *op = api_op_find(api_catalog.services[i], iam_str_c(row->op));
        if (op != NULL) {
            return op->rule->txn == API_TXN_WRITE;
        }
    }
    return true;
}

static void test_every_operation_in_every_arena(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        run_denied(&rows[i]);
        run_allowed(&rows[i]);
        for (int mode = 0; mode < 2 && !is_write(&rows[i]); mode++) {
            rig.is_persistent = mode == 1;
            run_without_heap(&rows[i]);
        }
    }
}

/* The table has a row for every operation that the server offers. */
static void test_no_operation_is_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_service *service = api_catalog.services[i];
        for (size_t j = 0; j < service->op_count; j++) {
            size_t k = 0;
            while (k < IAM_COUNT(rows) &&
                   !(iam_str_eq(service->name, iam_str_c(rows[k].service)) &&
                     iam_str_eq(service->ops[j].name, iam_str_c(rows[k].op)))) {
                k++;
            }
            if (k == IAM_COUNT(rows)) {
                fail_msg("no row for %.*s", IAM_STR_ARG(service->ops[j].name));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_operation_is_left_out),
        cmocka_unit_test_setup_teardown(test_every_operation_in_every_arena, setup,
                                        inproc_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
