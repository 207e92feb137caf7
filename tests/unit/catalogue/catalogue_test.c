/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's policies: the file that is delivered, indexes that are none, and an operator's directory.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/heap.h"
#include "catalogue/parts_int.h"
#include "iam/policy.h"
#include "model/arn.h"
#include "model/id.h"

#define DELIVERED "share/aws-policies/aws-policies.iamd"
#define TEMPLATES "share/aws-policies/templates.jsonl"
#define POWER_TEXT "arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1"
#define POWER IAM_STR(POWER_TEXT)
#define AWS(tail) IAM_STR(IAM_AWS_POLICY_PREFIX tail)
#define DOCUMENT                                       \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Eff" \
    "ect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\"}}"

static struct iam_catalogue *open_with(const char *file, const char *dir)
{
    const struct iam_catalogue_options options = { .file = file, .dir = dir };
    char error[IAM_CATALOGUE_ERROR_MAX];
    struct iam_catalogue *c = NULL;

    if (iam_catalogue_open(&options, &c, error) != IAM_OK) {
        fail_msg("%s", error);
    }
    return c;
}

static enum iam_status open_fails(const char *file, const char *dir, const char *why)
{
    const struct iam_catalogue_options options = { .file = file, .dir = dir };
    char error[IAM_CATALOGUE_ERROR_MAX];
    struct iam_catalogue *c = NULL;
    enum iam_status st = iam_catalogue_open(&options, &c, error);

    iam_catalogue_close(c);
    assert_non_null(strstr(error, why));
    return st;
}

static const struct iam_catalogue_policy *need(struct iam_catalogue *c, struct iam_str arn)
{
    const struct iam_catalogue_policy *policy = NULL;

    assert_int_equal(iam_catalogue_find(c, arn, &policy), IAM_OK);
    assert_true(iam_str_eq(policy->arn, arn));
    return policy;
}

/*
 * Tells whether nobody can have the policy for whom decisions are made: it is for sts:AssumeRoot,
 * or it is the one that is too long, which is for a role of a service.
 */
static bool is_for_nobody(const struct iam_catalogue_policy *policy)
{
    return iam_str_eq(policy->path, IAM_STR("/root-task/")) ||
           iam_str_eq(policy->name, IAM_STR("AWSSupportServiceRolePolicy"));
}

/* Parses the document of a version as decisions do. */
static void expect_parses(struct iam_catalogue *c, const struct iam_catalogue_policy *policy,
                          const struct iam_catalogue_version *version)
{
    struct iam_policy *parsed = NULL;
    struct iam_arena arena;
    struct iam_str text;

    iam_arena_init(&arena, iam_heap(), (size_t)4 << 20);
    assert_int_equal(iam_catalogue_document(c, &arena, policy, version, &text), IAM_OK);
    if (iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, text, &parsed, NULL) != IAM_OK &&
        !is_for_nobody(policy)) {
        fail_msg("%.*s v%lld is no policy", IAM_STR_ARG(policy->arn), (long long)version->number);
    }
    iam_policy_unref(parsed);
    iam_arena_done(&arena);
}

static void every_delivered_policy_can_be_decided(void **state)
{
    struct iam_catalogue *c = open_with(DELIVERED, NULL);
    struct iam_catalogue_list all;

    (void)state;
    assert_int_equal(iam_catalogue_list(c, &all), IAM_OK);
    assert_true(all.count > 1500);
    for (size_t i = 0; i < all.count; i++) {
        const struct iam_catalogue_policy *policy = need(c, all.items[i].arn);

        assert_ptr_equal(policy, &all.items[i]);
        assert_true(policy->versions[0].created_ms >= policy->created_ms);
        expect_parses(c, policy, &policy->versions[0]);
    }
    iam_catalogue_close(c);
}

static void older_versions_are_there(void **state)
{
    struct iam_catalogue *c = open_with(DELIVERED, NULL);
    const struct iam_catalogue_policy *policy = need(c, AWS("/ReadOnlyAccess"));

    (void)state;
    assert_true(policy->version_count > 100);
    for (size_t i = 0; i < policy->version_count; i++) {
        expect_parses(c, policy, &policy->versions[i]);
    }
    iam_catalogue_close(c);
}

static void ids_are_all_different(void **state)
{
    struct iam_catalogue *c = open_with(DELIVERED, NULL);
    struct iam_catalogue_list all;

    (void)state;
    assert_int_equal(iam_catalogue_list(c, &all), IAM_OK);
    for (size_t i = 0; i < all.count; i++) {
        struct iam_unique_id a = iam_id_of_aws_policy(all.items[i].arn);
        enum iam_kind kind = IAM_KIND_NONE;

        assert_int_equal(iam_id_parse(iam_id_str(&a), &kind), IAM_OK);
        assert_int_equal(kind, IAM_KIND_POLICY);
        for (size_t j = 0; j < i; j++) {
            struct iam_unique_id b = iam_id_of_aws_policy(all.items[j].arn);
            assert_memory_not_equal(a.text, b.text, a.len);
        }
    }
    iam_catalogue_close(c);
}

static void only_the_exact_arn_is_found(void **state)
{
    static const struct iam_str NONE[] = {
        IAM_STR_INIT(IAM_AWS_POLICY_PREFIX "/administratoraccess"),
        IAM_STR_INIT(IAM_AWS_POLICY_PREFIX "/x/AdministratorAccess"),
        IAM_STR_INIT(IAM_AWS_POLICY_PREFIX "/"),
        IAM_STR_INIT("AdministratorAccess"),
        IAM_STR_INIT(""),
    };
    struct iam_catalogue *c = open_with(DELIVERED, NULL);
    const struct iam_catalogue_policy *policy = need(c, AWS("/job-function/Billing"));

    (void)state;
    assert_true(iam_str_eq(policy->path, IAM_STR("/job-function/")));
    assert_true(iam_str_eq(policy->name, IAM_STR("Billing")));
    for (size_t i = 0; i < IAM_COUNT(NONE); i++) {
        assert_int_equal(iam_catalogue_find(c, NONE[i], &policy), IAM_NOT_FOUND);
    }
    iam_catalogue_close(c);
}

static void without_a_file_there_are_none(void **state)
{
    struct iam_catalogue *c = open_with(NULL, NULL);
    const struct iam_catalogue_policy *policy;
    struct iam_catalogue_list all;

    (void)state;
    assert_int_equal(iam_catalogue_list(c, &all), IAM_OK);
    assert_int_equal(all.count, 0);
    assert_int_equal(iam_catalogue_find(c, AWS("/AdministratorAccess"), &policy), IAM_NOT_FOUND);
    iam_catalogue_close(c);
    assert_int_equal(iam_catalogue_list(NULL, &all), IAM_OK);
    assert_int_equal(all.count, 0);
    assert_int_equal(iam_catalogue_find(NULL, AWS("/AdministratorAccess"), &policy), IAM_NOT_FOUND);
}

/* ---- files ---- */

struct files {
    char dir[64];
    char file[128];
    char *bytes; /* of the delivered file */
    size_t size;
};

static void setup(struct files *f)
{
    FILE *in = fopen(DELIVERED, "rb");

    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/iamd-catalogue-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->file, sizeof(f->file), "%s/f.json", f->dir);
    f->bytes = test_malloc((size_t)4 << 20);
    f->size = fread(f->bytes, 1, (size_t)4 << 20, in);
    assert_true(f->size > 1000);
    (void)fclose(in);
}

static void put(const char *path, const char *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

static void teardown(struct files *f)
{
    (void)unlink(f->file);
    (void)rmdir(f->dir);
    test_free(f->bytes);
}

static void damage_is_told(void **state)
{
    struct iam_catalogue_list all;
    struct files f;

    (void)state;
    setup(&f);
    for (size_t at = 64; at < 2000; at += 97) {
        f.bytes[at] ^= 1;
        put(f.file, f.bytes, f.size);
        struct iam_catalogue *c = open_with(f.file, NULL);
        assert_int_equal(iam_catalogue_list(c, &all), IAM_CORRUPT);
        assert_int_equal(iam_catalogue_list(c, &all), IAM_CORRUPT);
        iam_catalogue_close(c);
        f.bytes[at] ^= 1;
    }
    put(f.file, f.bytes, 5000);
    struct iam_catalogue *c = open_with(f.file, NULL);
    assert_int_equal(iam_catalogue_list(c, &all), IAM_CORRUPT);
    iam_catalogue_close(c);
    put(f.file, f.bytes, 30);
    assert_int_equal(open_fails(f.file, NULL, "no file of AWS's policies"), IAM_SYNTAX);
    f.bytes[0] ^= 1;
    put(f.file, f.bytes, f.size);
    assert_int_equal(open_fails(f.file, NULL, "no file of AWS's policies"), IAM_SYNTAX);
    assert_int_equal(open_fails("/nowhere/x", NULL, "/nowhere/x"), IAM_IO);
    teardown(&f);
}

static void a_damaged_document_is_told(void **state)
{
    const struct iam_catalogue_policy *policy;
    struct iam_arena arena;
    struct iam_str text;
    struct files f;

    (void)state;
    setup(&f);
    memset(f.bytes + f.size / 2, 0, f.size / 2);
    put(f.file, f.bytes, f.size);
    struct iam_catalogue *c = open_with(f.file, NULL);
    iam_arena_init(&arena, iam_heap(), (size_t)4 << 20);
    policy = need(c, AWS("/ReadOnlyAccess"));
    assert_int_equal(iam_catalogue_document(c, &arena, policy,
                                            &policy->versions[policy->version_count - 1], &text),
                     IAM_CORRUPT);
    iam_arena_done(&arena);
    iam_catalogue_close(c);
    teardown(&f);
}

static void a_directory_adds_and_replaces(void **state)
{
    const struct iam_catalogue_policy *policy;
    struct iam_catalogue_list before;
    struct iam_catalogue_list all;
    struct files f;
    char path[128];

    (void)state;
    setup(&f);
    struct iam_catalogue *c = open_with(DELIVERED, NULL);
    assert_int_equal(iam_catalogue_list(c, &before), IAM_OK);
    size_t count = before.count;
    iam_catalogue_close(c);
    put(f.file, DOCUMENT, sizeof(DOCUMENT) - 1);
    (void)snprintf(path, sizeof(path), "%s/ReadOnlyAccess.json", f.dir);
    put(path, DOCUMENT, sizeof(DOCUMENT) - 1);
    c = open_with(DELIVERED, f.dir);
    assert_int_equal(iam_catalogue_list(c, &all), IAM_OK);
    assert_int_equal(all.count, count + 1);
    policy = need(c, AWS("/f"));
    assert_ptr_equal(policy, &all.items[count]);
    expect_parses(c, policy, &policy->versions[0]);
    policy = need(c, AWS("/ReadOnlyAccess"));
    assert_ptr_equal(policy, &all.items[2]);
    assert_int_equal(policy->version_count, 1);
    assert_true(iam_str_eq(policy->document, IAM_STR(DOCUMENT)));
    iam_catalogue_close(c);
    (void)unlink(path);
    put(f.file, "{}", 2);
    assert_int_equal(open_fails(NULL, f.dir, "f.json: this is no policy document"), IAM_SYNTAX);
    (void)unlink(f.file);
    assert_int_equal(mkdir(f.file, 0700), 0);
    assert_int_equal(open_fails(NULL, f.dir, "f.json: no file"), IAM_SYNTAX);
    (void)rmdir(f.file);
    assert_int_equal(open_fails(NULL, "/nowhere", "/nowhere"), IAM_IO);
    teardown(&f);
}

/* Whether files end before what fstat said. */
static bool has_shrunk;

/* In place of the one of the C library. */
ssize_t read(int fd, void *to, size_t bytes)
{
    return has_shrunk ? 0 : (ssize_t)syscall(SYS_read, fd, to, bytes);
}

static void a_text_is_read_whole_or_not(void **state)
{
    struct iam_arena arena;
    struct iam_str text;
    struct files f;
    int64_t ms;

    (void)state;
    setup(&f);
    put(f.file, f.bytes, 100);
    iam_arena_init(&arena, iam_heap(), 96);
    assert_int_equal(iam_catalogue_text(AT_FDCWD, f.file, 100, &arena, &text, &ms), IAM_NOMEM);
    iam_arena_done(&arena);
    iam_arena_init(&arena, iam_heap(), 1000);
    assert_int_equal(iam_catalogue_text(AT_FDCWD, f.file, 99, &arena, &text, &ms), IAM_SYNTAX);
    assert_int_equal(iam_catalogue_text(AT_FDCWD, f.file, 100, &arena, &text, &ms), IAM_OK);
    assert_true(iam_str_eq(text, (struct iam_str){ f.bytes, 100 }));
    has_shrunk = true;
    assert_int_equal(iam_catalogue_text(AT_FDCWD, f.file, 100, &arena, &text, &ms), IAM_IO);
    has_shrunk = false;
    iam_arena_done(&arena);
    teardown(&f);
}

/* Makes the directory "parent/name" and returns its path, in path. */
static const char *make_dir(char path[1024], const char *parent, const char *name)
{
    assert_in_range(snprintf(path, 1024, "%s/%s", parent, name), 1, 1023);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

static void what_is_wrong_is_told_with_its_path(void **state)
{
    char outer[1024];
    char inner[1024];
    char path[1100];
    struct files f;

    (void)state;
    setup(&f);
    (void)make_dir(inner, make_dir(outer, f.dir, "a"), "b");
    (void)snprintf(path, sizeof(path), "%s/f.json", inner);
    put(path, "{}", 2);
    const struct iam_catalogue_options options = { .dir = f.dir };
    char error[IAM_CATALOGUE_ERROR_MAX];
    struct iam_catalogue *c = NULL;
    assert_int_equal(iam_catalogue_open(&options, &c, error), IAM_SYNTAX);
    assert_ptr_equal(strstr(error, "a/b/f.json: this is no policy document"), error);
    iam_catalogue_close(c);
    (void)unlink(path);
    (void)rmdir(inner);
    (void)rmdir(outer);
    teardown(&f);
}

/* A path has at most 512 characters: "/", a name of 255 with its slash, and what is left. */
static void a_path_has_an_end(void **state)
{
    char name[256];
    char outer[1024];
    char inner[1024];
    struct files f;

    (void)state;
    setup(&f);
    memset(name, 'a', 255);
    name[255] = '\0';
    (void)make_dir(outer, f.dir, name);
    (void)make_dir(inner, outer, name + 1);
    iam_catalogue_close(open_with(NULL, f.dir));
    (void)rmdir(inner);
    (void)make_dir(inner, outer, name);
    assert_int_equal(open_fails(NULL, f.dir, "aaa: the path is too long"), IAM_LIMIT);
    (void)rmdir(inner);
    (void)rmdir(outer);
    teardown(&f);
}

static void services_that_cannot_be_read_are_told(void **state)
{
    char path[1024];
    struct files f;

    (void)state;
    setup(&f);
    (void)make_dir(path, f.dir, "services.tsv");
    assert_int_equal(open_fails(NULL, f.dir, "services.tsv: it cannot be read"), IAM_SYNTAX);
    (void)rmdir(path);
    teardown(&f);
}

/* ---- indexes ---- */

#define FRAMES "frame\t10\t100\t0\nframe\t10\t100\t1\n"
#define POLICY "policy\t/a/B\t1\t2\n"

static enum iam_status parse(const char *text, struct iam_catalogue_index *ret)
{
    struct iam_arena arena;

    iam_arena_init(&arena, iam_heap(), (size_t)1 << 20);
    enum iam_status st = iam_catalogue_parse(iam_str_c(text), 1000, &arena, ret);
    if (st == IAM_OK && ret->policy_count > 0) {
        assert_true(iam_str_eq(ret->policies[0].arn, AWS("/a/B")));
        assert_int_equal(ret->policies[0].created_ms, 1000);
        assert_int_equal(ret->policies[0].updated_ms, 2000);
        assert_int_equal(ret->frames[1].offset, 1010);
    }
    iam_arena_done(&arena);
    return st;
}

static void reads_an_index(void **state)
{
    struct iam_catalogue_index index;

    (void)state;
    assert_int_equal(parse("source\tx\n" FRAMES POLICY
                           "version\t2\t5\t0\t0\t100\nversion\t1\t5\t1\t99\t1\n",
                           &index),
                     IAM_OK);
    assert_int_equal(index.policy_count, 1);
    assert_int_equal(index.frame_count, 2);
    assert_int_equal(parse("", &index), IAM_OK);
    assert_int_equal(index.policy_count, 0);
}

static void reads_services(void **state)
{
    static const struct {
        const char *text;
        size_t line; /* that is wrong; 0: none */
    } ROWS[] = {
        {"# none\n\nx.example\tRole\t/a/B,/C\t1\t\ny.example\tR2\t/C\t0\tDoes y.\n", 0},
        { "x.example\tRole\t/a/B\t1\n",                                              1},
        { "# one\nx.example\tRole\ta/B\t1\t\n",                                      2},
        { "x.example\tRole\t/a/B,\t1\t\n",                                           1},
        { "x.example\tRole\t\t1\t\n",                                                1},
        { "x.example\tRole\t/a/B\t2\t\n",                                            1},
        { "x/y\tRole\t/a/B\t1\t\n",                                                  1},
        { "x.example\tRo/le\t/a/B\t1\t\n",                                           1},
        { "\tRole\t/a/B\t1\t\n",                                                     1},
        { "x.example\t\t/a/B\t1\t\n",                                                1},
        { "x.example\tRole\t/a/B\t1\t\nrest",                                        2},
    };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        struct iam_catalogue_index index = { .service_count = 0 };
        struct iam_arena arena;
        size_t line = 0;

        iam_arena_init(&arena, iam_heap(), (size_t)1 << 20);
        enum iam_status st = iam_catalogue_services(iam_str_c(ROWS[i].text), &arena, &index, &line);
        assert_int_equal(st, ROWS[i].line == 0 ? IAM_OK : IAM_SYNTAX);
        if (ROWS[i].line != 0) {
            assert_int_equal(line, ROWS[i].line);
        } else {
            assert_int_equal(index.service_count, 2);
            assert_true(iam_str_eq(index.services[0].policies, IAM_STR("/a/B,/C")));
            assert_true(index.services[0].takes_suffix && !index.services[1].takes_suffix);
            assert_false(iam_str_is_set(index.services[0].description));
            assert_true(iam_str_eq(index.services[1].description, IAM_STR("Does y.")));
        }
        iam_arena_done(&arena);
    }
}

static void finds_services(void **state)
{
    struct iam_catalogue *c = open_with(DELIVERED, NULL);
    const struct iam_catalogue_service *service;

    (void)state;
    assert_int_equal(iam_catalogue_service(c, IAM_STR("rds.amazonaws.com"), &service), IAM_OK);
    assert_true(iam_str_eq(service->role_name, IAM_STR("AWSServiceRoleForRDS")));
    assert_int_equal(iam_catalogue_service(c, IAM_STR("RDS.amazonaws.com"), &service),
                     IAM_NOT_FOUND);
    assert_int_equal(iam_catalogue_service(NULL, IAM_STR("rds.amazonaws.com"), &service),
                     IAM_NOT_FOUND);
    iam_catalogue_close(c);
}

static void refuses_what_is_no_index(void **state)
{
    static const char *const NONE[] = {
        "x\n",
        "frame\n",
        "frames\t1\t1\t0\n",
        "frame\t1\t1\n",
        "frame\t1\t1\t2\n",
        "frame\t1\t1\t0\t\n",
        "frame\t1048577\t1\t0\n",
        "frame\t1\t1048577\t0\n",
        "frame\t-1\t1\t0\n",
        FRAMES POLICY,                                                    /* no version */
        FRAMES "version\t1\t5\t0\t0\t1\n",                                /* of no policy */
        POLICY "version\t1\t5\t0\t0\t1\n",                                /* in no frame */
        FRAMES POLICY "version\t1\t5\t2\t0\t1\n",                         /* nor here */
        FRAMES POLICY "version\t1\t5\t0\t0\t101\n",                       /* beyond its end */
        FRAMES POLICY "version\t1\t5\t0\t101\t0\n",                       /* likewise */
        FRAMES POLICY "version\t1\t5\t1\t0\t1\n",                         /* needs another */
        FRAMES POLICY "version\t0\t5\t0\t0\t1\n",                         /* no number */
        FRAMES POLICY "version\t1\t5\t0\t0\t1\nversion\t1\t5\t0\t0\t1\n", /* twice */
        FRAMES "policy\t/a/B\t1\n",                                       /* no second date */
        FRAMES "policy\ta/B\t1\t2\nversion\t1\t5\t0\t0\t1\n",             /* no path */
        FRAMES "policy\t/a/\t1\t2\nversion\t1\t5\t0\t0\t1\n",             /* no name */
        FRAMES POLICY "version\t1\t5\t0\t0\t1",                           /* no end */
        FRAMES POLICY "version\t1\t99999999999\t0\t0\t1\n",               /* too late */
    };
    struct iam_catalogue_index index;

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(NONE); i++) {
        if (parse(NONE[i], &index) != IAM_SYNTAX) {
            fail_msg("%zu: %s", i, NONE[i]);
        }
    }
}

/* Whatever the memory is that there is not: it is told, and nothing else happens. */
static void an_index_in_too_little_memory(void **state)
{
    static const char text[] =
        FRAMES POLICY "version\t1\t5\t0\t0\t100\nservice\tx.example\tRole\t/a/B\t1\t\n";
    struct iam_catalogue_index index;
    enum iam_status st = IAM_NOMEM;
    size_t bytes = 0;

    (void)state;
    for (; st != IAM_OK && bytes < 100000; bytes += 16) {
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), bytes);
        st = iam_catalogue_parse(iam_str_c(text), 1000, &arena, &index);
        iam_arena_done(&arena);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
    }
    assert_int_equal(st, IAM_OK);
    assert_true(bytes > 512);
}

/* ---- templates ---- */

static struct iam_catalogue *open_templates(const char *dir)
{
    const struct iam_catalogue_options options = { .templates = TEMPLATES, .dir = dir };
    char error[IAM_CATALOGUE_ERROR_MAX];
    struct iam_catalogue *c = NULL;

    if (iam_catalogue_open(&options, &c, error) != IAM_OK) {
        fail_msg("%s", error);
    }
    return c;
}

static void delivered_templates_are_read(void **state)
{
    struct iam_catalogue *c = open_templates(NULL);
    const struct iam_role_template *t = NULL;
    const struct iam_policy_template *p = NULL;
    const int64_t minors[] = { 0, 1, -1 };

    (void)state;
    assert_int_equal(iam_catalogue_role_template(c, POWER, NULL, &t), IAM_OK);
    assert_true(iam_str_eq(t->name, IAM_STR("PowerUserRoleTemplate")));
    assert_int_equal(t->created_ms, INT64_C(1781233028000));
    assert_int_equal(t->managed_count, 1);
    assert_int_equal(t->parameters.count, 2);
    assert_true(t->parameters.items[0].is_required);
    assert_true(iam_str_eq(t->parameters.items[1].default_value, IAM_STR("PowerUserRole")));
    assert_false(iam_str_is_set(t->path_pattern));
    assert_int_equal(iam_catalogue_role_template(c, POWER, &minors[0], &t), IAM_OK);
    assert_int_equal(iam_catalogue_role_template(c, POWER, &minors[1], &t), IAM_NOT_FOUND);
    assert_int_equal(iam_catalogue_role_template(c, POWER, &minors[2], &t), IAM_NOT_FOUND);
    assert_int_equal(iam_catalogue_role_template(NULL, POWER, NULL, &t), IAM_NOT_FOUND);
    assert_int_equal(iam_catalogue_policy_template(c, POWER, &p), IAM_NOT_FOUND);
    iam_catalogue_close(c);
}

/* Writes a file of templates into a new directory, whose name is in dir. */
static void write_templates(char dir[32], const char *text)
{
    char path[64];

    (void)snprintf(dir, 32, "/tmp/iamd-templates-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "%s/templates.jsonl", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_templates(const char *dir)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/templates.jsonl", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

#define ROLE_LINE(arn, minor, more)                                                                  \
    "{\"RoleTemplateVersion\":{\"TemplateArn\":\"" arn "\",\"TemplateName\":\"n\","                  \
    "\"MajorVersion\":1,\"DefaultMinorVersion\":2,\"Enabled\":true,\"MinorVersion\":" minor          \
    ",\"RoleNamePattern\":\"r\",\"AssumeRolePolicyDocumentTemplate\":{},\"VersionEnabled\":true,"    \
    "\"CreateTimestamp\":\"2026-01-02T03:04:05Z\",\"UpdateTimestamp\":\"2026-01-02T03:04:05Z\"" more \
    "}}\n"

static void an_operators_templates_come_first(void **state)
{
    char dir[32];
    const struct iam_role_template *t = NULL;
    const struct iam_policy_template *p = NULL;
    const int64_t one = 1;

    (void)state;
    write_templates(
        dir,
        "# ours\n\n" ROLE_LINE("a:1", "1", ",\"MaxSessionDuration\":43200")
            ROLE_LINE("a:1", "2", "") ROLE_LINE(
                POWER_TEXT, "2",
                ",\"Later\":[]") "{\"PolicyTemplate\":{\"PolicyTemplateArn\":\"p\",\"RequestorName\":\"Acme\","
                                 "\"PolicyDocumentTemplate\":{\"Statement\":[]}}}");
    struct iam_catalogue *c = open_templates(dir);
    assert_int_equal(iam_catalogue_role_template(c, IAM_STR("a:1"), NULL, &t), IAM_OK);
    assert_int_equal(t->minor, 2);
    assert_int_equal(iam_catalogue_role_template(c, IAM_STR("a:1"), &one, &t), IAM_OK);
    assert_int_equal(t->minor, 1);
    assert_int_equal(t->max_session_seconds, 43200);
    assert_int_equal(iam_catalogue_role_template(c, POWER, NULL, &t), IAM_OK);
    assert_true(iam_str_eq(t->name, IAM_STR("n")));
    assert_int_equal(iam_catalogue_policy_template(c, IAM_STR("p"), &p), IAM_OK);
    assert_true(iam_str_eq(p->requestor_name, IAM_STR("Acme")));
    iam_catalogue_close(c);
    remove_templates(dir);
}

static void what_is_no_template_is_told(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } rows[] = {
        {"{",                                                     "line 1 is no template: the line"},
        { "\n{}",                                                 "line 2 is no template"          },
        { "{\"RoleTemplateVersion\":{}}",                         "TemplateArn is missing or wrong"},
        { ROLE_LINE("a",                                          "-1",                              ""), "MinorVersion is" },
        { ROLE_LINE("a",                                      "\"1\"",                                                                      ""), "MinorVersion is" },
        { ROLE_LINE("a",           "1",",\"MaxSessionDuration\":43201"), "MaxSessionDuration is" },
        { ROLE_LINE("a",                                                      "1",                                                                          ",\"ManagedPolicyArns\":[1]"), "ManagedPolicyArns is" },
        { ROLE_LINE("a",                       "1",                                                              ",\"ManagedPolicyArns\":\"a\""), "ManagedPolicyArns is" },
        { ROLE_LINE("a",                                          "1",                   ",\"InlinePolicyTemplates\":[{\"PolicyName\":\"a\"}]"),
         "InlinePolicyTemplates is" },
        { ROLE_LINE("a",                                 "1",                                                                 ",\"RoleTagsTemplate\":[{\"Key\":\"a\"}]"), "RoleTagsTemplate is" },
        { ROLE_LINE("a",                              "1",",\"ParametersDefinition\":[{\"Name\":\"a\",\"Type\":\"Text\"}]"),
         "Type is" },
        { ROLE_LINE("a",                                                      "1",                                                                          ",\"ParametersDefinition\":{}"), "ParametersDefinition is" },
        { "{\"PolicyTemplate\":{\"PolicyTemplateArn\":\"p\"}}", "PolicyDocumentTemplate is"                                                                },
    };
    char dir[32];

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        write_templates(dir, rows[i].text);
        assert_int_equal(open_fails(NULL, dir, rows[i].why), IAM_SYNTAX);
        remove_templates(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_delivered_policy_can_be_decided),
        cmocka_unit_test(older_versions_are_there),
        cmocka_unit_test(ids_are_all_different),
        cmocka_unit_test(only_the_exact_arn_is_found),
        cmocka_unit_test(without_a_file_there_are_none),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(a_damaged_document_is_told),
        cmocka_unit_test(a_directory_adds_and_replaces),
        cmocka_unit_test(a_text_is_read_whole_or_not),
        cmocka_unit_test(what_is_wrong_is_told_with_its_path),
        cmocka_unit_test(a_path_has_an_end),
        cmocka_unit_test(services_that_cannot_be_read_are_told),
        cmocka_unit_test(reads_an_index),
        cmocka_unit_test(an_index_in_too_little_memory),
        cmocka_unit_test(reads_services),
        cmocka_unit_test(finds_services),
        cmocka_unit_test(refuses_what_is_no_index),
        cmocka_unit_test(delivered_templates_are_read),
        cmocka_unit_test(an_operators_templates_come_first),
        cmocka_unit_test(what_is_no_template_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
