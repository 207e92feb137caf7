/* SPDX-License-Identifier: Apache-2.0 */
/* See script.h. */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/row_sealer.h"
#include "server/sources.h"
#include "store/change.h"
#include "vfs_shim.h"
#include "wire/codec.h"

#define MAX_STEPS 32
/* LIMIT: of the power cuts in a run, one after each write that was not acknowledged; then one more
 * at its end. */
#define MAX_CUTS 4
#define DIRECTORY_BYTES ((size_t)64 << 20)
#define ARENA_BYTES ((size_t)512 << 20)

static struct {
    char dir[64];
    char template_path[96];
    char path[96];
    char image_path[96];
    struct inproc s;
    struct inproc_caller alice; /* may list users, by an inline policy */
    struct inproc_caller bob;   /* may list groups, by a managed policy */
    struct inproc_caller carol; /* may list roles, by a policy of a group */
    struct inproc_caller dave;  /* may list policies, with a boundary of everything */
    char texts[8][128];
    size_t text_count;
} world;

/* ---- the steps ------------------------------------------------------------------------- */

enum who { ROOT, ALICE, BOB, CAROL, DAVE };

/* A write, and the question whose answer tells whether it is in force. */
struct step {
    const char *write;
    enum who who; /* asks */
    const char *question;
    int status_after;   /* when it is in force */
    int status_before;  /* when it is not */
    const char *needle; /* NULL, or what the answer holds when it is in force and not before; with
                           a '!' in front the other way round */
};

#define MANAGED "arn:aws:iam::111122223333:policy/managed"
#define OTHER "arn:aws:iam::111122223333:policy/other"
#define VALUE "valuevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevaluevalue"
#define TAG(n) "&Tags.member." n ".Key=key" n "&Tags.member." n ".Value=" VALUE
/* { "Version": "2012-10-17", "Statement": [ { "Effect": E, "Action": A, "Resource": "*" } ] } */
#define DOCUMENT(effect, action)                                                              \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22" effect \
    "%22%2C%22Action%22%3A%22iam%3A" action "%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"

static const struct step STEPS[] = {
    {"Action=CreateUser&UserName=new" TAG("1") TAG("2") TAG("3"),                           ROOT,
     "Action=ListUserTags&UserName=new",                                                                                                                                              200,                                                 404,                                                                                                                             "key3"                                                                                                                                                                                            },
    { "Action=DeleteUserPolicy&UserName=alice&PolicyName=p",                                ALICE,   "Action=ListUsers",                                                              403,                                                 200,
     NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     },
    { "Action=CreateGroup&GroupName=fresh",                                                 ROOT,    "Action=GetGroup&GroupName=fresh",                                               200,                                                 404,
     NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     },
    { "Action=DetachUserPolicy&UserName=bob&PolicyArn=" MANAGED,                            BOB,     "Action=ListGroups",                                                             403,                                                 200,
     NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     },
    { "Action=PutRolePolicy&RoleName=worker&PolicyName=q&PolicyDocument=" DOCUMENT("Allow", "Get*"),
     ROOT,                                                                                                                                                                            "Action=GetRolePolicy&RoleName=worker&PolicyName=q", 200,                                                                                                                             404,                                                                                                                                                                                                NULL },
    { "Action=RemoveUserFromGroup&UserName=carol&GroupName=team",                                                                                    CAROL,                                 "Action=ListRoles",                        403,
     200,                                                                                                                              NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      },
    { "Action=PutUserPolicy&UserName=dave&PolicyName=no&PolicyDocument=" DOCUMENT("Deny",                                                                                    "*"),
     DAVE, "Action=ListPolicies",                                                                                                                                                                                                                                 403,                                                                                                                                                                                                                                                                                                                                           200,                                                                                                                                                                                                                                                                                                          NULL },
    { "Action=CreatePolicyVersion&PolicyArn=" OTHER
      "&SetAsDefault=true&PolicyDocument=" DOCUMENT("Deny",                                                                                 "ListUsers"),
     ROOT,                                                                                                             "Action=GetPolicy&PolicyArn=" OTHER,                                                                    200,                                                                                                                                                                                                                                                                                                                                                                  200,
     "<DefaultVersionId>v2</DefaultVersionId>" },
    { "Action=AttachUserPolicy&UserName=plain&PolicyArn=" MANAGED,                                                                                  ROOT,
     "Action=ListAttachedUserPolicies&UserName=plain",                                                                                                                                    200,                                                                                                                            200,                                                                                                                                                                      "managed"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         },
    { "Action=CreateAccessKey&UserName=plain",                                                                                  ROOT,                                                                                "Action=ListAccessKeys&UserName=plain",                                                                                                                                                              200,
     200,"AKIA"},
    { "Action=DeleteUser&UserName=leaver",                                                                                   ROOT,                                                                                    "Action=GetUser&UserName=leaver",                                                                                                                                                                  404,                                                                                                                                                                                  200,                                                                                                                                                                                                                                                                                                        NULL                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               },
    { "Action=UntagUser&UserName=tagged&TagKeys.member.1=key1&TagKeys.member.2=key2",                                                                                  ROOT,
     "Action=ListUserTags&UserName=tagged",                                                                                                                                                                   200,200,"!key"                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    },
    { "Action=CreateRole&RoleName=novel&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17"
      "%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A"
      "%22111122223333%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D" TAG("1") TAG("2"),
     ROOT,                                                                                   "Action=ListRoleTags&RoleName=novel",                                                                                                                                                                 200,                                                                                                                                                               404,                                                                                                                                                                                                                                                                                                                                                                  "key2"                                                                                                                                                                                                                                                                                                                                                                                                                                             },
};
#define STEP_COUNT IAM_COUNT(STEPS)
_Static_assert(STEP_COUNT <= MAX_STEPS, "outcomes have room");

/* What the answer to a write said. */
enum outcome { NOT_ASKED, ACKNOWLEDGED, REFUSED, UNKNOWN };

struct run {
    const struct script_fault *fault;
    size_t n;
    bool is_persistent;
    const char *place; /* where the state is looked at, for messages */
    enum outcome outcomes[MAX_STEPS];
    size_t asked;
    struct script_figures *figures;
};

#define RUN_FAIL(r, ...)                                                       \
    do {                                                                       \
        char what_[4096];                                                      \
        snprintf(what_, sizeof(what_), __VA_ARGS__);                           \
        fail_msg("%s %zu %s, %s: %s", (r)->fault->name, (r)->n,                \
                 (r)->is_persistent ? "for good" : "once", (r)->place, what_); \
    } while (0)

/* ---- a server on a file ----------------------------------------------------------------- */

static void open_on(struct inproc *s, const char *path)
{
    /* a short log, which is copied to the database now and then within the script */
    const struct iam_store_options options = { .sealer = TEST_ROW_SEALER,
                                               .path = path,
                                               .wait_ms = 50,
                                               .max_connections = 3,
                                               .max_log_pages = 40 };
    char error[IAM_STORE_ERROR_MAX] = "";

    if (iam_store_open(&options, &s->store, error) != IAM_OK) {
        fail_msg("cannot open %s: %s", path, error);
    }
    const struct iam_directory_options directory = {
        .alloc = iam_heap(), .store = s->store, .seed = 1, .max_bytes = DIRECTORY_BYTES
    };
    assert_ok(iam_directory_new(&directory, &s->directory));
    s->env.store = s->store;
    s->env.directory = s->directory;
    s->authn = sources_authn(s->keeper, s->directory);
}

static void close_parts(struct inproc *s)
{
    iam_directory_free(s->directory);
    iam_store_close(s->store);
    s->directory = NULL;
    s->store = NULL;
}

static const struct inproc_caller *caller(enum who who)
{
    const struct inproc_caller *callers[] = { &world.s.root, &world.alice, &world.bob, &world.carol,
                                              &world.dave };
    return callers[who];
}

static void copy_file(const char *from, const char *to)
{
    char part[65536];
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");

    assert_non_null(in);
    assert_non_null(out);
    for (size_t n = fread(part, 1, sizeof(part), in); n > 0; n = fread(part, 1, sizeof(part), in)) {
        assert_int_equal(fwrite(part, 1, n, out), n);
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

static void remove_database(const char *path)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-reserve" };

    for (size_t i = 0; i < IAM_COUNT(suffixes); i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        (void)remove(name);
    }
}

/* ---- what is in force ------------------------------------------------------------------- */

/* 1: in force, 0: not, -1: the server could not say. */
static int look(struct run *r, struct inproc *s, const struct step *step)
{
    int status = inproc_ask(s, caller(step->who), "iam", "%s", step->question);
    if (status >= 500) {
        return -1;
    }
    bool is_negative = step->needle != NULL && step->needle[0] == '!';
    bool is_found = step->needle != NULL && inproc_says(s, step->needle + (is_negative ? 1 : 0));
    bool has_all = step->needle == NULL || is_found != is_negative;
    if (status == step->status_after && has_all) {
        return 1;
    }
    if (status == step->status_before &&
        (step->status_before != step->status_after || step->needle == NULL || !has_all)) {
        return 0;
    }
    RUN_FAIL(r, "%s\nafter %s: %d %.*s", step->question, step->write, status, IAM_STR_ARG(s->body));
    return -1;
}

/* may_fail: the server may say that it cannot answer, but nothing wrong. */
static void check(struct run *r, struct inproc *s, bool may_fail)
{
    for (size_t i = 0; i < STEP_COUNT; i++) {
        int is_there = look(r, s, &STEPS[i]);
        enum outcome outcome = r->outcomes[i];
        if (is_there < 0 && may_fail) {
            continue;
        }
        if (is_there < 0) {
            RUN_FAIL(r, "%s: %d %.*s", STEPS[i].question, s->status, IAM_STR_ARG(s->body));
        }
        if (outcome != UNKNOWN && (is_there == 1) != (outcome == ACKNOWLEDGED)) {
            RUN_FAIL(r, "%s\nwas %s and is%s in force", STEPS[i].write,
                     outcome == ACKNOWLEDGED ? "acknowledged"
                     : outcome == REFUSED    ? "refused"
                                             : "not asked for",
                     is_there == 1 ? "" : " not");
        }
    }
}

/* Looks at what a power cut now would leave. */
static void check_images(struct run *r)
{
    static const char *const names[] = { "a cut with all written", "a cut with what was synced",
                                         "a cut with a part of it" };
    const char *place = r->place;
    struct inproc image = world.s;

    r->fault->pause(r->fault->ctx, true);
    for (unsigned i = 0; i < SHIM_IMAGES; i++) {
        r->place = names[i];
        remove_database(world.image_path);
        shim_copy(world.path, world.image_path, i, (unsigned)r->n + i);
        open_on(&image, world.image_path);
        check(r, &image, false);
        close_parts(&image);
        r->figures->images++;
    }
    /* what it made meanwhile is in the arena that it shares */
    world.s.arena = image.arena;
    r->fault->pause(r->fault->ctx, false);
    r->place = place;
}

/* ---- a run ------------------------------------------------------------------------------ */

static enum outcome outcome_of(struct run *r, struct inproc *s, const char *write)
{
    if (s->status == 200) {
        r->figures->acknowledged++;
        return ACKNOWLEDGED;
    }
    if (s->status < 500) {
        RUN_FAIL(r, "%s: %d %.*s", write, s->status, IAM_STR_ARG(s->body));
    }
    if (s->status == 500 && inproc_says(s, "outcome of the request is unknown")) {
        assert_int_equal(iam_store_state(s->store), IAM_STORE_FAILED);
        r->figures->unknown++;
        return UNKNOWN;
    }
    r->figures->refused++;
    return REFUSED;
}

/* Somebody reads an old state from step 3 to step 8, so that the log can be copied in part only. */
static void read_along(struct inproc *s, size_t step, struct iam_txn **reader)
{
    if (step == 3 && iam_store_begin(s->store, IAM_TXN_READ, reader) == IAM_OK) {
        int64_t seq = 0;
        enum iam_status st = iam_store_change_last(*reader, &seq); /* may fail like all else */
        (void)st;
    }
    if (step == 8) {
        iam_txn_rollback(*reader);
        *reader = NULL;
    }
}

static void run_steps(struct run *r)
{
    struct iam_txn *reader = NULL;
    size_t failures = 0;

    for (size_t i = 0; i < STEP_COUNT; i++) {
        read_along(&world.s, i, &reader);
        r->place = "running";
        (void)inproc_ask(&world.s, &world.s.root, "iam", "%s", STEPS[i].write);
        r->outcomes[i] = outcome_of(r, &world.s, STEPS[i].write);
        if (r->outcomes[i] == ACKNOWLEDGED) {
            continue;
        }
        if (failures++ < MAX_CUTS) {
            check_images(r);
        }
        check(r, &world.s, true);
    }
}

/* Turns what was unknown into what the running server says, which must stay so. */
static void settle(struct run *r)
{
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (r->outcomes[i] == UNKNOWN) {
            r->outcomes[i] = look(r, &world.s, &STEPS[i]) == 1 ? ACKNOWLEDGED : REFUSED;
        }
    }
}

/* The fault is gone: the server goes on, and everything is as it was said. */
static void recover(struct run *r)
{
    r->place = "after the fault";
    check(r, &world.s, false);
    iam_store_tend(world.s.store);
    int status = inproc_ask(&world.s, &world.s.root, "iam", "Action=CreateUser&UserName=later");
    if (status != 200) {
        RUN_FAIL(r, "a write: %d %.*s", status, IAM_STR_ARG(world.s.body));
    }
    assert_int_equal(iam_store_state(world.s.store), IAM_STORE_GOOD);
    settle(r);
    check(r, &world.s, false);
    check_images(r);
    close_parts(&world.s);
    open_on(&world.s, world.path);
    r->place = "after a restart";
    check(r, &world.s, false);
    assert_int_equal(inproc_ask(&world.s, &world.s.root, "iam", "Action=GetUser&UserName=later"),
                     200);
}

bool script_run(const struct script_fault *fault, size_t n, bool is_persistent,
                struct script_figures *figures)
{
    struct run r = { .fault = fault, .n = n, .is_persistent = is_persistent, .figures = figures };

    fault->pause(fault->ctx, true);
    iam_arena_clear(&world.s.arena);
    remove_database(world.path);
    shim_reset();
    copy_file(world.template_path, world.path);
    open_on(&world.s, world.path);
    fault->pause(fault->ctx, false);
    fault->arm(fault->ctx, n, is_persistent);
    run_steps(&r);
    size_t failed = fault->failed(fault->ctx);
    fault->disarm(fault->ctx);
    fault->pause(fault->ctx, true);
    recover(&r);
    close_parts(&world.s);
    figures->runs++;
    return failed > 0;
}

static void run_all(const struct script_fault *fault, size_t first, size_t step, bool is_persistent,
                    struct script_figures *figures)
{
    size_t n = first;

    while (script_run(fault, n, is_persistent, figures)) {
        n += step;
        assert_true(n < 10000000);
    }
    print_message("%s, %s: up to call %zu\n", fault->name, is_persistent ? "for good" : "once", n);
}

void script_run_all(const struct script_fault *fault, size_t first, size_t step,
                    struct script_figures *figures)
{
    const char *form = getenv("IAMD_TORTURE");

    if (form != NULL && strcmp(form, "long") != 0) {
        (void)script_run(fault, strtoul(form, NULL, 10), false, figures);
        (void)script_run(fault, strtoul(form, NULL, 10), true, figures);
        return;
    }
    first = form != NULL ? 1 : first;
    step = form != NULL ? 1 : step;
    run_all(fault, first, step, false, figures);
    run_all(fault, first + step / 2, step, true, figures);
}

/* ---- the beginning ---------------------------------------------------------------------- */

/* Copies text out of the arena, which is cleared for each run. */
static struct iam_str keep(struct iam_str text)
{
    char *to = world.texts[world.text_count++];

    assert_true(world.text_count <= IAM_COUNT(world.texts) && text.len < sizeof(world.texts[0]));
    memcpy(to, text.p, text.len);
    return (struct iam_str){ to, text.len };
}

static struct inproc_caller user(const char *name, const char *policy)
{
    struct inproc_caller made = inproc_user(&world.s, name, policy);

    made.id = keep(made.id);
    made.secret = keep(made.secret);
    return made;
}

static void make_entities(void)
{
    struct inproc *s = &world.s;
    const struct inproc_caller *root = &s->root;

    world.alice = user("alice", ALLOW("iam:ListUsers"));
    world.bob = user("bob", NULL);
    world.carol = user("carol", NULL);
    world.dave = user("dave", ALLOW("iam:ListPolicies"));
    inproc_must(s, root, "iam", "Action=CreatePolicy&PolicyName=managed&PolicyDocument=%s",
                inproc_form(s, ALLOW("iam:ListGroups")));
    inproc_must(s, root, "iam", "Action=CreatePolicy&PolicyName=other&PolicyDocument=%s",
                inproc_form(s, ALLOW("iam:ListGroups")));
    inproc_must(s, root, "iam", "Action=CreatePolicy&PolicyName=all&PolicyDocument=%s",
                inproc_form(s, ALLOW("*")));
    inproc_must(s, root, "iam", "Action=AttachUserPolicy&UserName=bob&PolicyArn=" MANAGED);
    inproc_must(s, root, "iam", "Action=CreateGroup&GroupName=team");
    inproc_must(s, root, "iam",
                "Action=PutGroupPolicy&GroupName=team&PolicyName=p&PolicyDocument=%s",
                inproc_form(s, ALLOW("iam:ListRoles")));
    inproc_must(s, root, "iam", "Action=AddUserToGroup&GroupName=team&UserName=carol");
    inproc_must(s, root, "iam",
                "Action=PutUserPermissionsBoundary&UserName=dave&PermissionsBoundary="
                "arn:aws:iam::111122223333:policy/all");
    (void)inproc_role(s, "worker", TRUST("111122223333", "sts:AssumeRole"), NULL);
    inproc_must(s, root, "iam", "Action=CreateUser&UserName=plain");
    inproc_must(s, root, "iam", "Action=CreateUser&UserName=leaver");
    inproc_must(s, root, "iam", "Action=CreateUser&UserName=tagged" TAG("1") TAG("2"));
}

static void *plain_alloc(void *ctx, size_t bytes)
{
    (void)ctx;
    return malloc(bytes > 0 ? bytes : 1);
}

static void plain_free(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

/* The test's own memory, which never fails. */
static const struct iam_alloc plain = { plain_alloc, plain_free, NULL };

void script_begin(void)
{
    snprintf(world.dir, sizeof(world.dir), "/tmp/iamd-torture-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.template_path, sizeof(world.template_path), "%s/template.db", world.dir);
    snprintf(world.path, sizeof(world.path), "%s/iamd.db", world.dir);
    snprintf(world.image_path, sizeof(world.image_path), "%s/image.db", world.dir);
    inproc_setup_at(&world.s, world.template_path);
    iam_arena_done(&world.s.arena);
    iam_arena_init(&world.s.arena, &plain, ARENA_BYTES);
    make_entities();
    close_parts(&world.s);
}

void script_end(void)
{
    char reserve[128];

    iam_keeper_free(world.s.keeper);
    iam_arena_done(&world.s.arena);
    api_validate_stop();
    shim_reset();
    remove_database(world.template_path);
    remove_database(world.path);
    remove_database(world.image_path);
    (void)snprintf(reserve, sizeof(reserve), "%s", world.dir);
    assert_int_equal(rmdir(reserve), 0);
}
