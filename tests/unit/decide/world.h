/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies and requests for the tests of deciding: made from text, or at random from a small
 * selection.
 */
#pragma once

#include <stdio.h>

#include "base/heap.h"
#include "lib/test.h"

#include "iam/decide.h"

#define WORLD_USER "arn:aws:iam::111122223333:user/ann"
#define WORLD_ALLOW_ALL                                                                 \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"," \
    "\"Resource\":\"*\"}}"
#define WORLD_DENY_ALL                                                                 \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\"," \
    "\"Resource\":\"*\"}}"

static inline struct iam_policy *world_policy(enum iam_policy_kind kind, const char *text)
{
    struct iam_policy *p = NULL;
    struct iam_diag d;
    if (iam_policy_parse(iam_heap(), kind, iam_str_c(text), &p, &d) != IAM_OK) {
        fail_msg("%s: %u:%u: %s", text, d.line, d.column, d.message);
    }
    return p;
}

/* Makes a set of the given documents, in that order. */
static inline struct iam_policy_set *world_set(enum iam_policy_kind kind, const char *const *texts,
                                               size_t count)
{
    struct iam_set_entry entries[64] = { 0 };
    struct iam_policy_set *set = NULL;
    assert_true(count <= IAM_COUNT(entries));
    for (size_t i = 0; i < count; i++) {
        entries[i].policy = world_policy(kind, texts[i]);
        entries[i].name = IAM_STR("p");
    }
    assert_ok(iam_policy_set_new(iam_heap(), entries, count, &set));
    for (size_t i = 0; i < count; i++) {
        iam_policy_unref(entries[i].policy);
    }
    return set;
}

/* Drops a set that is held by a pointer to const. */
static inline void world_drop(const struct iam_policy_set *set)
{
    struct iam_policy_set *own;
    memcpy(&own, &set, sizeof(set));
    iam_policy_set_unref(own);
}

static inline struct iam_request world_request(const char *action, const char *resource)
{
    return (struct iam_request){
        .principal = {.kind = IAM_PRINCIPAL_USER,
                      .account = IAM_STR("111122223333"),
                      .arn = IAM_STR(WORLD_USER)},
        .action = iam_str_c(action),
        .resource = iam_str_c(resource),
        .resource_account = IAM_STR("111122223333"),
    };
}

/* ---- chance -----------------------------------------------------------------------------------
 */

static uint32_t world_seed = 20121017;

static inline uint32_t world_random(uint32_t below)
{
    world_seed = world_seed * 1664525u + 1013904223u;
    return (world_seed >> 10) % below;
}

#define WORLD_PICK(array) (array)[world_random((uint32_t)IAM_COUNT(array))]

static const char *const world_actions[] = { "s3:GetObject", "s3:PutObject", "ec2:StartInstances",
                                             "S3:getobject", "iam:PassRole" };
static const char *const world_resources[] = {
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::b",
    "arn:aws:s3:::logs/2026/x",
    "*",
    "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
    "arn:aws:s3:::bb/k/ann",
};
static const char *const world_action_patterns[] = {
    "*",          "s3:*",  "s3:Get*", "s3:GetObject", "s3:PutObject", "ec2:*", "s3:?etObject",
    "s3:*Object", "iam:*", "s3:Put*", "s3:getobject",
};
static const char *const world_resource_patterns[] = {
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*/k",
    "arn:aws:s3:::b*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:s3:::bb/k/${aws:username}",
    "arn:*:s3:::logs/*",
    "arn:aws:s3:::b/?",
};
static const char *const world_conditions[] = {
    "",
    "",
    "",
    "",
    ",\"Condition\":{\"StringEquals\":{\"app:a\":\"x\"}}",
    ",\"Condition\":{\"StringNotEquals\":{\"app:a\":[\"x\",\"y\"]}}",
    ",\"Condition\":{\"Null\":{\"app:a\":\"true\"}}",
    ",\"Condition\":{\"StringLikeIfExists\":{\"app:a\":\"x*\"}}",
    ",\"Condition\":{\"ForAllValues:StringEquals\":{\"app:l\":[\"x\",\"y\"]}}",
    ",\"Condition\":{\"ForAnyValue:StringNotEquals\":{\"app:l\":\"x\"}}",
};

/* Writes one statement to out; allow_only is for the law about adding an Allow. */
static inline size_t world_statement(char *out, size_t cap, bool allow_only)
{
    bool deny = !allow_only && world_random(4) == 0;
    int n = snprintf(
        out, cap, "{\"Effect\":\"%s\",\"%s\":[\"%s\",\"%s\"],\"%s\":[\"%s\",\"%s\"]%s}",
        deny ? "Deny" : "Allow", world_random(6) == 0 ? "NotAction" : "Action",
        WORLD_PICK(world_action_patterns), WORLD_PICK(world_action_patterns),
        world_random(6) == 0 ? "NotResource" : "Resource", WORLD_PICK(world_resource_patterns),
        WORLD_PICK(world_resource_patterns), WORLD_PICK(world_conditions));
    assert_true(n > 0 && (size_t)n < cap);
    return (size_t)n;
}

/* Writes a document of one to three statements to out. */
static inline void world_document(char *out, size_t cap, bool allow_only)
{
    size_t n = (size_t)snprintf(out, cap, "{\"Version\":\"2012-10-17\",\"Statement\":[");
    for (uint32_t i = world_random(3) + 1; i > 0; i--) {
        n += world_statement(out + n, cap - n, allow_only);
        n += (size_t)snprintf(out + n, cap - n, i > 1 ? "," : "]}");
    }
    assert_true(n < cap);
}
