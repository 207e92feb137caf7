/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libiam under an allocator that fails, through the public headers alone: parsing and compiling
 * with the first, second, ... allocation refused. Nothing may leak, results stay as they were, and
 * the status and the diagnosis say that memory was out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "iam/decide.h"
#include "lib/failing_alloc.h"

static struct iam_str str(const char *text)
{
    return (struct iam_str){ text, strlen(text) };
}

/* What a result points to before a call, and still after one that failed. */
static max_align_t nowhere;

/* ---- documents --------------------------------------------------------------------------------
 */

struct document {
    enum iam_policy_kind kind;
    enum iam_status status; /* with memory */
    const char *text;
};

/* Each element, operator family and kind of document; and refusals early and late in the text. */
static const struct document documents[] = {
    {IAM_POLICY_IDENTITY,  IAM_OK,
     "{\"Version\":\"2012-10-17\",\"Id\":\"x\",\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Allow\","
      "\"Action\":[\"s3:Get*\",\"ec2:?un*\",\"*\"],\"Resource\":[\"arn:aws:s3:::b/"
      "${aws:username}/*\",\"*\"]},{\"Sid\":\"B\",\"Effect\":\"Deny\",\"NotAction\":\"iam:*\","
      "\"NotResource\":\"arn:aws:s3:::${app:bucket, 'none'}/*\"}]}"                           },
    { IAM_POLICY_IDENTITY, IAM_OK,
     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:b\","
      "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"a:b\":[\"x\",\"y\"],\"a:c\":\"z\"},"
      "\"StringLikeIfExists\":{\"a:d\":\"${aws:username}*\"},\"NumericLessThan\":{\"a:n\":7},"
      "\"DateGreaterThan\":{\"a:t\":\"2026-01-01T00:00:00Z\"},\"Bool\":{\"a:f\":true},"
      "\"BinaryEquals\":{\"a:x\":\"AAEC\"},\"IpAddress\":{\"a:i\":[\"10.0.0.0/8\",\"::1\"]},"
      "\"ArnLike\":{\"a:r\":\"arn:aws:s3:::*\"},\"Null\":{\"a:u\":\"true\"},"
      "\"ForAllValues:StringEquals\":{\"a:l\":[\"x\"]},"
      "\"ForAnyValue:StringLike\":{\"a:m\":\"x?\"}}}}"                                        },
    { IAM_POLICY_RESOURCE, IAM_OK,
     "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"111122223333\","
      "\"arn:aws:iam::111122223333:user/ann\"],\"Service\":\"ec2.amazonaws.com\"},"
      "\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/*\"},{\"Effect\":\"Deny\","
      "\"NotPrincipal\":{\"AWS\":\"111122223333\"},\"Action\":\"ec2:*\",\"Resource\":\"*\"}]}"},
    { IAM_POLICY_TRUST,    IAM_OK,
     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":"
      "{\"AWS\":\"arn:aws:iam::111122223333:role/r\"},\"Action\":\"sts:AssumeRole\"}}"        },
    { IAM_POLICY_SCP,      IAM_OK,
     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"ec2:*\","
      "\"Resource\":\"*\"}}"                                                                  },
    { IAM_POLICY_IDENTITY, IAM_SYNTAX, "["                                                    },
    { IAM_POLICY_IDENTITY, IAM_SYNTAX,
     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
      "\"Resource\":\"*\"},{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"      },
    { IAM_POLICY_IDENTITY, IAM_SYNTAX,
     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
      "\"Resource\":\"*\",\"Condition\":{\"StringLikes\":{\"a:b\":\"c\"}}}]}"                 },
};

#define DOCUMENTS (sizeof(documents) / sizeof(documents[0]))

/* Parses one document; IAM_OK when it is taken or refused as it should. */
static enum iam_status parse_one(const struct iam_alloc *alloc, void *ctx)
{
    const struct document *d = ctx;
    struct iam_policy *const untouched = (struct iam_policy *)&nowhere;
    struct iam_policy *policy = untouched;
    struct iam_diag diag;
    memset(&diag, 0, sizeof(diag));
    enum iam_status st = iam_policy_parse(alloc, d->kind, str(d->text), &policy, &diag);
    if (st == IAM_OK) {
        assert_int_equal(d->status, IAM_OK);
        assert_int_equal(iam_policy_text(policy).len, strlen(d->text));
        assert_memory_equal(iam_policy_text(policy).p, d->text, strlen(d->text));
        iam_policy_unref(policy);
        return IAM_OK;
    }
    assert_ptr_equal(policy, untouched);
    assert_int_equal(diag.status, st);
    assert_true(diag.message[0] != '\0' && memchr(diag.message, 0, sizeof(diag.message)) != NULL);
    return st == d->status ? IAM_OK : st;
}

static void parsing_survives_every_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct document d = documents[i];
        size_t allocations = torture(parse_one, &d);
        if (d.status == IAM_OK && allocations < 2) {
            fail_msg("document %zu took %zu allocations", i, allocations);
        }
    }
}

static void a_failure_without_a_diagnosis(void **state)
{
    struct failing_alloc f;
    struct iam_policy *policy = NULL;
    (void)state;
    failing_alloc_init(&f, 1, true);
    assert_int_equal(
        iam_policy_parse(&f.alloc, documents[0].kind, str(documents[0].text), &policy, NULL),
        IAM_NOMEM);
    assert_null(policy);
    assert_int_equal(f.live, 0);
}

/* ---- sets -------------------------------------------------------------------------------------
 */

#define MANY 40

/* The policies that a set is made of; their own memory does not fail. */
struct stock {
    struct failing_alloc memory;
    struct iam_set_entry entries[MANY];
    char texts[MANY][160];
    size_t count;
};

static int make_stock(void **state)
{
    static struct stock s;
    static const struct iam_principal_pin pins[] = {
        {{ "arn:aws:iam::111122223333:user/ann", 34 }, { "AIDAANN", 7 }},
        { { "arn:aws:iam::111122223333:role/r", 32 },  { "AROAR", 5 }  },
    };
    failing_alloc_init(&s.memory, 0, false);
    s.count = MANY;
    for (size_t i = 0; i < s.count; i++) {
        struct iam_set_entry *e = &s.entries[i];
        const struct document *d = &documents[2];
        const char *text = d->text;
        if (i % 2 != 0) {
            (void)snprintf(s.texts[i], sizeof(s.texts[i]),
                           "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
                           "[\"s%zu:Get%zu*\",\"s%zu:*\"],\"Resource\":\"*\"}}",
                           i % 7, i, i);
            text = s.texts[i];
        }
        assert_int_equal(iam_policy_parse(&s.memory.alloc, d->kind, str(text), &e->policy, NULL),
                         IAM_OK);
        e->name = str("policy");
        e->pins = pins;
        e->pin_count = i % 3 == 0 ? sizeof(pins) / sizeof(pins[0]) : 0;
    }
    *state = &s;
    return 0;
}

static int drop_stock(void **state)
{
    struct stock *s = *state;
    for (size_t i = 0; i < s->count; i++) {
        iam_policy_unref(s->entries[i].policy);
    }
    /* A reference that a failed set had kept would show here. */
    assert_int_equal(s->memory.live, 0);
    return 0;
}

static void decide_once(const struct iam_policy_set *set)
{
    const struct iam_policies policies = { .resource = set };
    const struct iam_request request = {
        .principal = {.kind = IAM_PRINCIPAL_USER,
                      .account = str("111122223333"),
                      .arn = str("arn:aws:iam::111122223333:user/ann"),
                      .id = str("AIDAANN")},
        .action = str("s3:GetObject"),
        .resource = str("arn:aws:s3:::b/k"),
    };
    struct iam_decision decision;
    iam_decide(&policies, &request, &decision);
    assert_int_equal(decision.effect, IAM_ALLOW);
}

static enum iam_status compile_all(const struct iam_alloc *alloc, void *ctx)
{
    const struct stock *s = ctx;
    struct iam_policy_set *const untouched = (struct iam_policy_set *)&nowhere;
    struct iam_policy_set *set = untouched;
    enum iam_status st = iam_policy_set_new(alloc, s->entries, s->count, &set);
    if (st != IAM_OK) {
        assert_ptr_equal(set, untouched);
        return st;
    }
    assert_int_equal(iam_policy_set_count(set), s->count);
    if (s->count > 0) {
        decide_once(set);
    }
    iam_policy_set_unref(set);
    return IAM_OK;
}

static void compiling_survives_every_failure(void **state)
{
    assert_true(torture(compile_all, *state) >= 2);
}

static void compiling_nothing_survives_too(void **state)
{
    struct stock none = { .count = 0 };
    (void)state;
    assert_true(torture(compile_all, &none) >= 1);
}

/* A decision takes nothing from the allocator that made its set: here it could get nothing. */
static void deciding_allocates_nothing(void **state)
{
    const struct stock *s = *state;
    struct failing_alloc f;
    struct iam_policy_set *set = NULL;
    failing_alloc_init(&f, 0, true);
    assert_int_equal(iam_policy_set_new(&f.alloc, s->entries, s->count, &set), IAM_OK);
    size_t before = f.count;
    f.fail_at = before + 1;
    decide_once(set);
    assert_int_equal(f.count, before);
    iam_policy_set_unref(set);
    assert_int_equal(f.live, 0);
}

/* What is made keeps the allocator itself, not a pointer to the caller's structure. */
static void the_allocator_is_copied(void **state)
{
    const struct document *d = &documents[2];
    struct iam_set_entry entry = { .name = str("p") };
    struct iam_policy_set *set = NULL;
    struct failing_alloc f;
    (void)state;
    failing_alloc_init(&f, 0, false);
    assert_int_equal(iam_policy_parse(&f.alloc, d->kind, str(d->text), &entry.policy, NULL),
                     IAM_OK);
    assert_int_equal(iam_policy_set_new(&f.alloc, &entry, 1, &set), IAM_OK);
    memset(&f.alloc, 0, sizeof(f.alloc));
    iam_policy_unref(entry.policy);
    iam_policy_set_unref(set);
    assert_int_equal(f.live, 0);
}

/* ---- the whole way ----------------------------------------------------------------------------
 */

/* Parse, compile, let go of the policy, decide, let go of the set. */
static enum iam_status use_once(const struct iam_alloc *alloc, void *ctx)
{
    const struct document *d = ctx;
    struct iam_set_entry entry = { .name = str("p") };
    struct iam_policy_set *set = NULL;
    enum iam_status st = iam_policy_parse(alloc, d->kind, str(d->text), &entry.policy, NULL);
    if (st == IAM_OK) {
        st = iam_policy_set_new(alloc, &entry, 1, &set);
    }
    iam_policy_unref(entry.policy);
    if (st == IAM_OK) {
        decide_once(set);
    }
    iam_policy_set_unref(set);
    return st;
}

static void the_whole_way_survives_every_failure(void **state)
{
    struct document d = documents[2];
    (void)state;
    assert_true(torture(use_once, &d) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing_survives_every_failure),
        cmocka_unit_test(a_failure_without_a_diagnosis),
        cmocka_unit_test(compiling_survives_every_failure),
        cmocka_unit_test(compiling_nothing_survives_too),
        cmocka_unit_test(deciding_allocates_nothing),
        cmocka_unit_test(the_allocator_is_copied),
        cmocka_unit_test(the_whole_way_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, make_stock, drop_stock);
}
