/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store in memory, a directory on it, and short words for what the tests do: change something in
 * a transaction of its own, refresh, and ask who may do what.
 */
#pragma once

#include "lib/test.h"

#include "base/heap.h"
#include "directory/directory.h"
#include "lib/failing_alloc.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/change.h"
#include "store/group.h"
#include "store/inline_policy.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"

#define ACCOUNT IAM_STR("111122223333")
#define OTHER_ACCOUNT IAM_STR("444455556666")
#define ALICE IAM_STR("AIDA2222222222222ALIC")
#define BOB IAM_STR("AIDA22222222222222BOB")
#define CAROL IAM_STR("AIDA2222222222222CARO")
#define ROLE IAM_STR("AROA22222222222222ROL")
#define GROUP IAM_STR("AGPA22222222222222GRP")
#define POLICY IAM_STR("ANPA22222222222222POL")
#define POLICY2 IAM_STR("ANPA22222222222222PL2")
#define KEY IAM_STR("AKIA2222222222222KEY")
#define POLICY_ARN IAM_STR("arn:aws:iam::111122223333:policy/p")
#define POLICY2_ARN IAM_STR("arn:aws:iam::111122223333:policy/p2")

#define ALLOW(action)                                                                     \
    IAM_STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":" \
            "\"" action "\",\"Resource\":\"*\"}}")
#define DENY(action)                                                                     \
    IAM_STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":" \
            "\"" action "\",\"Resource\":\"*\"}}")
#define TRUST(principal)                                                                  \
    IAM_STR("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":" \
            "\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"" principal "\"}}}")
#define BROKEN IAM_STR("{\"Version\":\"2012-10-17\",\"Statement\":[{}")

struct fixture {
    char path[64]; /* of the database; empty: it is in memory */
    struct iam_store *store;
    struct iam_catalogue *catalogue; /* set before the directory is opened */
    struct iam_directory *dir;
    struct iam_txn *txn;
    struct iam_arena arena;
    struct failing_alloc failing; /* of the directory; one thread only */
    size_t max_bytes;             /* of the directory; set before it is opened */
};

/* A store with the two accounts, and no directory yet. For cmocka. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* The same in a file, where several threads can read at once. */
int fixture_setup_on_disk(void **state);

/* The directory, opened now; it has read nobody yet. */
void open_directory(struct fixture *f);
/* The same where it may fail. */
enum iam_status try_open(struct fixture *f);
void begin(struct fixture *f);
void commit(struct fixture *f);
/* Commits and refreshes, which must succeed. */
void commit_refresh(struct fixture *f);

/* Each within the open transaction. */
void add_user(struct fixture *f, struct iam_str id, struct iam_str name);
void add_role(struct fixture *f, struct iam_str id, struct iam_str name, struct iam_str trust);
void add_group(struct fixture *f, struct iam_str id, struct iam_str name);
void add_policy(struct fixture *f, struct iam_str id, struct iam_str name, struct iam_str document);
void add_key(struct fixture *f, struct iam_str id, struct iam_str owner);
void put_inline(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str name,
                struct iam_str document);
void drop_inline(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str name);
void attach(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str policy_id);
void detach(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str policy_id);
void new_default(struct fixture *f, struct iam_str policy_id, struct iam_str document);
void put_tag(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str key,
             struct iam_str value);
struct iam_entity_ref ref_of(enum iam_kind kind, struct iam_str id);

/* The decision on identity and boundary alone; false also when there is no such principal. */
bool view_can(const struct iam_view *view, const char *action);
bool can(struct fixture *f, struct iam_str id, const char *action);
/* Whether the trust policy of the role lets a user of that ARN and ID in. */
bool trusts(const struct iam_view *role, struct iam_str user_arn, struct iam_str user_id);
/* Look-ups that must not fail; NULL when there is none. */
const struct iam_view *by_id(struct fixture *f, struct iam_str id);
const struct iam_view *by_arn(struct fixture *f, struct iam_str arn);
struct iam_policy *managed(struct fixture *f, struct iam_str arn);
struct iam_directory_stats stats_of(struct fixture *f);
/* Whether a look-up finds something. */
bool has_id(struct fixture *f, struct iam_str id);
bool has_arn(struct fixture *f, struct iam_str arn);
bool has_key(struct fixture *f, struct iam_str id);
bool has_policy(struct fixture *f, struct iam_str arn);
