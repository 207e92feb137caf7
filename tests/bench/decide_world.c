/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the documents of the workloads and compiling them into sets. */
#include "bench/decide_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/heap.h"

#define SERVICES 10
#define STATEMENTS 10
#define DOCUMENT_MAX_BYTES (1u << 20)

struct service {
    const char *name;
    const char *read; /* actions, ready for a list */
    const char *write;
    const char *remove;
    const char *resource; /* a pattern; %s is the place of a name */
};

static const struct service services[SERVICES] = {
    {"ec2",             "\"ec2:Describe*\",\"ec2:Get*\"",
     "\"ec2:Start*\",\"ec2:Stop*\",\"ec2:RebootInstances\"",                                                                   "\"ec2:Terminate*\",\"ec2:Delete*\"",
     "arn:aws:ec2:*:123456789012:instance/%s"                                                                                                                                                                         },
    { "s3",             "\"s3:List*\",\"s3:Get*\"",                              "\"s3:PutObject*\",\"s3:RestoreObject\"",     "\"s3:Delete*\"",
     "arn:aws:s3:::%s"                                                                                                                                                                                                },
    { "dynamodb",       "\"dynamodb:Get*\",\"dynamodb:Query\"",
     "\"dynamodb:PutItem\",\"dynamodb:Update*\",\"dynamodb:Batch*\"",                                                          "\"dynamodb:Delete*\"",
     "arn:aws:dynamodb:*:123456789012:table/%s"                                                                                                                                                                       },
    { "sqs",            "\"sqs:Get*\",\"sqs:List*\"",                            "\"sqs:SendMessage\",\"sqs:ReceiveMessage\"",
     "\"sqs:Delete*\",\"sqs:PurgeQueue\"",                                                                                                                           "arn:aws:sqs:*:123456789012:%s"                  },
    { "lambda",         "\"lambda:Get*\",\"lambda:List*\"",
     "\"lambda:Invoke*\",\"lambda:UpdateFunctionCode\"",                                                                       "\"lambda:Delete*\"",
     "arn:aws:lambda:*:123456789012:function:%s"                                                                                                                                                                      },
    { "kms",            "\"kms:Describe*\",\"kms:List*\"",
     "\"kms:Encrypt\",\"kms:Decrypt\",\"kms:GenerateDataKey*\"",                                                               "\"kms:Disable*\"",
     "arn:aws:kms:*:123456789012:key/%s"                                                                                                                                                                              },
    { "rds",            "\"rds:Describe*\",\"rds:List*\"",                       "\"rds:Modify*\",\"rds:StartDBInstance\"",
     "\"rds:Delete*\"",                                                                                                                                              "arn:aws:rds:*:123456789012:db:%s"               },
    { "sns",            "\"sns:Get*\",\"sns:List*\"",                            "\"sns:Publish\",\"sns:Subscribe\"",          "\"sns:Delete*\"",
     "arn:aws:sns:*:123456789012:%s"                                                                                                                                                                                  },
    { "logs",           "\"logs:Describe*\",\"logs:Get*\"",                      "\"logs:PutLogEvents\",\"logs:Create*\"",
     "\"logs:Delete*\"",                                                                                                                                             "arn:aws:logs:*:123456789012:log-group:%s"       },
    { "secretsmanager", "\"secretsmanager:Describe*\",\"secretsmanager:List*\"",
     "\"secretsmanager:GetSecretValue\",\"secretsmanager:PutSecretValue\"",                                                    "\"secretsmanager:Delete*\"",         "arn:aws:secretsmanager:*:123456789012:secret:%s"},
};

#define NETWORK "\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/8\",\"192.0.2.0/24\"]}"
#define UNTIL "\"DateLessThan\":{\"aws:CurrentTime\":\"2030-01-01T00:00:00Z\"}"

static const char *const conditions[] = {
    "",
    ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/8\"]}}",
    ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalTag/project\":\"alpha\"}," UNTIL "}",
    "",
};

#define COMMON_CONTEXT                                                                \
    { "aws:SourceIp", "10.1.2.3" }, { "aws:CurrentTime", "2026-11-23T12:00:00Z" },    \
        { "aws:MultiFactorAuthPresent", "true" }, { "aws:SecureTransport", "true" },  \
        { "aws:PrincipalArn", "arn:aws:iam::123456789012:user/alice" },               \
        { "aws:PrincipalAccount", "123456789012" }, { "aws:username", "alice" },      \
        { "aws:PrincipalTag/project", "alpha" }, { "aws:PrincipalTag/team", "core" }, \
    {                                                                                 \
        "aws:RequestedRegion", "eu-west-1"                                            \
    }

static const char *const plain[][2] = { COMMON_CONTEXT };
static const char *const own[][2] = {
    COMMON_CONTEXT, {"aws:ResourceTag/project", "alpha"}
};
static const char *const foreign[][2] = {
    COMMON_CONTEXT, {"aws:ResourceTag/project", "beta"}
};
static const char *const outside[][2] = {
    {"aws:SourceIp",              "203.0.113.9"         },
    { "aws:CurrentTime",          "2026-11-23T12:00:00Z"},
    { "aws:RequestedRegion",      "eu-west-1"           },
    { "aws:PrincipalTag/project", "alpha"               },
    { "aws:ResourceTag/project",  "alpha"               },
};
#define CONTEXT(table) (table), IAM_COUNT(table)

static void or_die(bool ok)
{
    if (!ok) {
        (void)fputs("bench: no memory, or a document is refused\n", stderr);
        exit(1);
    }
}

/* ---- sets -------------------------------------------------------------------------------------
 */

struct documents {
    struct iam_set_entry *entries;
    size_t count;
    size_t room;
    struct iam_buf text;
    size_t text_bytes;
};

static void documents_init(struct documents *d, size_t room)
{
    d->entries = calloc(room, sizeof(*d->entries));
    or_die(d->entries != NULL);
    d->count = 0;
    d->room = room;
    d->text_bytes = 0;
    iam_buf_init(&d->text, iam_heap(), DOCUMENT_MAX_BYTES);
}

/* Parses d->text as the next policy. */
static void documents_take(struct documents *d)
{
    struct iam_str text;
    or_die(d->count < d->room && iam_buf_finish(&d->text, &text) == IAM_OK);
    d->text_bytes += text.len;
    or_die(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, text, &d->entries[d->count++].policy,
                            NULL) == IAM_OK);
    iam_buf_clear(&d->text);
}

static const struct iam_policy_set *documents_compile(struct documents *d)
{
    struct iam_policy_set *set = NULL;
    or_die(iam_policy_set_new(iam_heap(), d->entries, d->count, &set) == IAM_OK);
    for (size_t i = 0; i < d->count; i++) {
        iam_policy_unref(d->entries[i].policy);
    }
    free(d->entries);
    iam_buf_done(&d->text);
    return set;
}

static void open_document(struct documents *d)
{
    iam_buf_add_c(&d->text, "{\"Version\":\"2012-10-17\",\"Statement\":[");
}

static void close_document(struct documents *d)
{
    iam_buf_add_c(&d->text, "]}");
    documents_take(d);
}

/* One statement; resource is a pattern with %s for name. */
static void add_statement(struct documents *d, bool first, const char *effect, const char *actions,
                          const char *resource, const char *name, const char *condition)
{
    iam_buf_add_fmt(&d->text, "%s{\"Effect\":\"%s\",\"Action\":[%s],\"Resource\":[\"",
                    first ? "" : ",", effect, actions);
    for (const char *c = resource; *c != '\0'; c++) {
        if (c[0] == '%' && c[1] == 's') {
            iam_buf_add_c(&d->text, name);
            c++;
        } else {
            iam_buf_add_char(&d->text, *c);
        }
    }
    iam_buf_add_fmt(&d->text, "\"]%s}", condition);
}

static const struct iam_policy_set *one_document(const char *text)
{
    struct documents d;
    documents_init(&d, 1);
    iam_buf_add_c(&d.text, text);
    documents_take(&d);
    return documents_compile(&d);
}

/* ---- the workloads ----------------------------------------------------------------------------
 */

void bench_world_w1(struct bench_world *ret)
{
    *ret = (struct bench_world){ .name = "W1" };
    ret->policies.identity =
        one_document("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                     "\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::bucket/*\"}]}");
    ret->requests[0] = (struct bench_request){
        "allow", IAM_ALLOW, "s3:GetObject", "arn:aws:s3:::bucket/photos/2026/cat.jpg", NULL, 0
    };
    ret->requests[1] =
        (struct bench_request){ "nomatch",      IAM_IMPLICIT_DENY,
                                "s3:GetObject", "arn:aws:s3:::other/photos/2026/cat.jpg",
                                NULL,           0 };
    ret->request_count = 2;
}

/* Five statements: read all, attribute-based, all from the network, removal with MFA, deny outside.
 */
static void add_team_policy(struct documents *d, const struct service *s, size_t team,
                            const char *write, const char *abac)
{
    char name[3][64];
    char all[32];
    (void)snprintf(all, sizeof(all), "\"%s:*\"", s->name);
    (void)snprintf(name[0], sizeof(name[0]), "team-%zu-*", team);
    (void)snprintf(name[1], sizeof(name[1]), "team-%zu-shared/*", team);
    (void)snprintf(name[2], sizeof(name[2]), "*-%zu-tmp*", team);
    open_document(d);
    add_statement(d, true, "Allow", s->read, "*", "", "");
    add_statement(
        d, false, "Allow", write, s->resource, abac,
        abac[0] == 't'
            ? ""
            : ",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/project\":\"${aws:PrincipalTag/project}\"}}");
    add_statement(d, false, "Allow", all, s->resource, name[0],
                  ",\"Condition\":{" NETWORK "," UNTIL "}");
    add_statement(d, false, "Allow", all, s->resource, name[1],
                  ",\"Condition\":{" NETWORK "," UNTIL "}");
    add_statement(d, false, "Allow", s->remove, s->resource, name[2],
                  ",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}");
    add_statement(d, false, "Deny", all, "*", "",
                  ",\"Condition\":{\"NotIpAddress\":{\"aws:SourceIp\":[\"10.0.0.0/8\","
                  "\"172.16.0.0/12\",\"192.0.2.0/24\"]}}");
    close_document(d);
}

#define ALLOW_ALL "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"

static void add_limits(struct bench_world *w)
{
    w->policies.boundary = one_document(
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"ec2:*\","
        "\"s3:*\",\"dynamodb:*\",\"sqs:*\",\"lambda:*\",\"kms:*\",\"rds:*\",\"sns:*\",\"logs:*\","
        "\"secretsmanager:*\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":[\"iam:*\","
        "\"organizations:*\",\"account:*\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":["
        "\"kms:ScheduleKeyDeletion\",\"s3:DeleteBucket\"],\"Resource\":\"*\",\"Condition\":{"
        "\"Bool\":{\"aws:MultiFactorAuthPresent\":\"false\"}}}]}");
    w->scp[0] =
        one_document("{\"Version\":\"2012-10-17\",\"Statement\":[" ALLOW_ALL
                     ",{\"Effect\":\"Deny\",\"Action\":[\"organizations:LeaveOrganization\","
                     "\"account:CloseAccount\"],\"Resource\":\"*\"}]}");
    w->scp[1] = one_document(
        "{\"Version\":\"2012-10-17\",\"Statement\":[" ALLOW_ALL
        ",{\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"sts:*\",\"organizations:*\","
        "\"support:*\"],\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{"
        "\"aws:RequestedRegion\":[\"eu-west-1\",\"eu-central-1\",\"us-east-1\"]}}},{\"Effect\":"
        "\"Deny\",\"Action\":[\"cloudtrail:StopLogging\",\"cloudtrail:DeleteTrail\"],"
        "\"Resource\":\"*\"}]}");
    w->policies.scp = w->scp;
    w->policies.scp_count = 2;
}

void bench_world_w2(struct bench_world *ret)
{
    static const char instance[] =
        "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abcdef1234567890";
    struct documents d;
    *ret = (struct bench_world){ .name = "W2" };
    documents_init(&d, SERVICES);
    for (size_t i = 0; i < SERVICES; i++) {
        add_team_policy(&d, &services[i], i, services[i].write, "*");
    }
    ret->text_bytes = d.text_bytes;
    ret->policies.identity = documents_compile(&d);
    add_limits(ret);
    ret->requests[0] =
        (struct bench_request){ "allow", IAM_ALLOW, "ec2:StartInstances", instance, CONTEXT(own) };
    ret->requests[1] = (struct bench_request){ "nomatch", IAM_IMPLICIT_DENY, "ec2:StartInstances",
                                               instance, CONTEXT(foreign) };
    ret->requests[2] = (struct bench_request){ "explicit", IAM_EXPLICIT_DENY, "ec2:StartInstances",
                                               instance, CONTEXT(outside) };
    ret->request_count = 3;
}

void bench_world_w2s(struct bench_world *ret)
{
    struct documents d;
    *ret = (struct bench_world){ .name = "W2S" };
    documents_init(&d, SERVICES);
    for (size_t i = 0; i < SERVICES; i++) {
        char abac[32];
        struct service s3 = services[1];
        s3.read = "\"s3:ListBucket\",\"s3:GetBucket*\"";
        (void)snprintf(abac, sizeof(abac), "team-%zu-*/data/*", i);
        add_team_policy(&d, &s3, i, "\"s3:GetObject\",\"s3:PutObject*\"", abac);
    }
    ret->text_bytes = d.text_bytes;
    ret->policies.identity = documents_compile(&d);
    ret->requests[0] =
        (struct bench_request){ "allow", IAM_ALLOW, "s3:GetObject",
                                "arn:aws:s3:::team-7-main/data/2026/report.csv", CONTEXT(plain) };
    ret->requests[1] =
        (struct bench_request){ "nomatch", IAM_IMPLICIT_DENY, "s3:GetObject",
                                "arn:aws:s3:::team-77/data/2026/report.csv", CONTEXT(plain) };
    ret->requests[2] =
        (struct bench_request){ "explicit", IAM_EXPLICIT_DENY, "s3:GetObject",
                                "arn:aws:s3:::team-7-main/data/2026/report.csv", CONTEXT(outside) };
    ret->request_count = 3;
}

/* Ten statements, each for resources of its own. */
static void add_app_policy(struct documents *d, size_t app, bool one_service)
{
    open_document(d);
    for (size_t i = 0; i < STATEMENTS; i++) {
        const struct service *s = one_service ? &services[1] : &services[(app + i) % SERVICES];
        const char *actions = i % 3 == 0 ? s->read : s->write;
        char name[64];
        if (one_service) {
            actions = i % 3 == 0 ? "\"s3:ListBucket\",\"s3:GetBucket*\""
                                 : "\"s3:GetObject\",\"s3:PutObject*\"";
        }
        (void)snprintf(name, sizeof(name), i % 2 == 0 ? "app-%zu-%zu-*" : "app-%zu-%zu-*/obj/*",
                       app, i);
        add_statement(d, i == 0, "Allow", actions, s->resource, name,
                      conditions[(app + i) % IAM_COUNT(conditions)]);
    }
    char name[64];
    (void)snprintf(name, sizeof(name), "app-%zu-9-*", app);
    add_statement(d, false, "Deny", one_service ? "\"s3:DeleteObject*\"" : "\"logs:Delete*\"",
                  one_service ? services[1].resource : services[8].resource, name,
                  ",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"false\"}}");
    close_document(d);
}

static void app_world(struct bench_world *ret, size_t count, bool one_service)
{
    struct documents d;
    documents_init(&d, count);
    for (size_t i = 0; i < count; i++) {
        add_app_policy(&d, i, one_service);
    }
    ret->text_bytes = d.text_bytes;
    ret->policies.identity = documents_compile(&d);
    ret->request_count = 2;
}

void bench_world_w3(struct bench_world *ret, size_t count)
{
    *ret = (struct bench_world){ .name = "W3" };
    app_world(ret, count, false);
    /* Statement 5 of policy 77 is about service (77 + 5) % 10, dynamodb. */
    ret->requests[0] = (struct bench_request){
        "allow", IAM_ALLOW, "dynamodb:PutItem",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/app-77-5-orders/obj/1", CONTEXT(plain)
    };
    ret->requests[1] = (struct bench_request){
        "nomatch", IAM_IMPLICIT_DENY, "dynamodb:PutItem",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/zeta-77-5-orders/obj/1", CONTEXT(plain)
    };
}

void bench_world_w3s(struct bench_world *ret, size_t count)
{
    *ret = (struct bench_world){ .name = "W3S" };
    app_world(ret, count, true);
    ret->requests[0] =
        (struct bench_request){ "allow", IAM_ALLOW, "s3:GetObject",
                                "arn:aws:s3:::app-77-4-main/obj/2026/report.csv", CONTEXT(plain) };
    ret->requests[1] =
        (struct bench_request){ "nomatch", IAM_IMPLICIT_DENY, "s3:GetObject",
                                "arn:aws:s3:::zeta-77-4-main/obj/2026/report.csv", CONTEXT(plain) };
}

/* The sets were made here and belong to nobody else. */
static void drop(const struct iam_policy_set *set)
{
    struct iam_policy_set *own_set;
    memcpy(&own_set, &set, sizeof(set));
    iam_policy_set_unref(own_set);
}

void bench_world_done(struct bench_world *w)
{
    drop(w->policies.identity);
    drop(w->policies.boundary);
    drop(w->scp[0]);
    drop(w->scp[1]);
}
