/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service only for tests, in an in-process server: one operation, "Run", whose rule each test
 * writes, in a Query service "toy" and a REST-JSON service "json". alice has a key and no policy.
 */
#pragma once

#include "lib/inproc.h"

#include "dispatch/rule.h"

struct toy_in {
    struct iam_str name;
    struct iam_str new_name;
    struct iam_str path;
    struct iam_str color;
    struct api_opt_int count;
    struct api_opt_bool is_on;
    struct api_list names;
    struct api_list tags;
    struct iam_str marker;
    struct api_opt_int max_items;
    struct api_list labels;
};

/* The members of the input, by their place in toy_members. */
enum {
    TOY_NAME,
    TOY_NEW_NAME,
    TOY_PATH,
    TOY_COLOR,
    TOY_COUNT,
    TOY_IS_ON,
    TOY_MARKER,
    TOY_MAX_ITEMS,
    TOY_NAMES, /* lists are last: toy_shape.member_count = TOY_NAMES leaves them out */
    TOY_TAGS,
    TOY_LABELS,
    TOY_MEMBER_COUNT
};

extern const struct api_member toy_members[TOY_MEMBER_COUNT];
/* The input's shape; reset by toy_setup. */
extern struct api_shape toy_shape;

#define TOY_PERMISSIONS 4
#define TOY_ASKED 8

struct toy {
    struct inproc *server;
    struct inproc_caller alice;

    /*
     * The rule of Run: API_ACCESS_POLICY of "toy:Run" on the thing in Name, without a transaction.
     */
    struct api_rule rule;
    struct api_permission permissions[TOY_PERMISSIONS];

    /*
     * What the resolver finds, by default with the ARN "arn:aws:toy::111122223333:thing/<name>",
     * and what it was asked.
     */
    struct api_target target;
    enum iam_status resolve_status;
    struct api_reference asked[TOY_ASKED];
    size_t asked_count;
    struct iam_str door; /* ARN of the role of toy_open_door; absent until then */

    /* What the handler answers (the member Answer), and how often it ran. */
    struct iam_str answer;
    enum iam_status run_status;
    size_t runs;
};

extern struct toy toy;

/* An api_verify_fn: accepts the signer, or the account's root user for an unsigned request. */
enum iam_status toy_vouch(struct iam_call *call, const void *in);

/* Makes the resource of Run a role that trusts the root user. Once per request, which drops it. */
void toy_open_door(void);

/* For cmocka; *state is the struct inproc. */
int toy_setup(void **state);
int toy_teardown(void **state);
/* Gives alice the policy and sends "Action=Run&" and more as her request. Returns the status. */
int toy_run(const char *policy, const char *more);
int toy_run_as(const struct inproc_caller *who, const char *more);
/* Sends a request to the services that are only for tests. */
int toy_send(const struct inproc_request *q);
/* Opens alice's request "Action=Run&" and more, which must pass the first two steps. End:
 * toy_close. */
void toy_open(struct api_request *r, const char *more);
void toy_open_as(struct api_request *r, const struct inproc_caller *who, const char *more);
void toy_close(struct api_request *r);
