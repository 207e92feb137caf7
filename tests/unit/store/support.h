/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixture of the store's tests: an open store with two accounts and a write transaction. Every
 * test of a family runs on memory and on a file, through STORE_TEST.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
#define DOCUMENT IAM_STR("{\"Version\":\"2012-10-17\",\"Statement\":[]}")

struct fixture {
    struct iam_store *store;
    struct iam_txn *txn;
    struct iam_arena arena;
    char dir[64];
    char path[96]; /* of the file, or ":memory:" */
};

#define STORE_TEST(fn)                                          \
    { #fn " (memory)", fn, fixture_memory, fixture_end, NULL }, \
    {                                                           \
#fn " (file)", fn, fixture_file, fixture_end, NULL      \
    }

int fixture_memory(void **state);
int fixture_file(void **state);
int fixture_end(void **state);

/* Makes a private directory for the files of one test; it is removed with its contents. */
void make_dir(char dir[64]);
void remove_dir(const char *dir);
/* Opens a store, or fails the test. */
struct iam_store *open_store(const char *path, uint64_t max_bytes);
struct iam_txn *begin(struct iam_store *store, enum iam_txn_mode mode);
/* Commits the fixture's transaction and begins another. */
void next_txn(struct fixture *f);
/* Rolls back the fixture's transaction and begins another. */
void abandon_txn(struct fixture *f);

/* Entities of ACCOUNT whose ID is made of prefix and name; path "/". */
struct iam_user user_named(const char *id, const char *name);
struct iam_group group_named(const char *id, const char *name);
struct iam_role role_named(const char *id, const char *name);
struct iam_managed_policy policy_named(const char *id, const char *name);
struct iam_access_key key_of(const char *id, struct iam_str account, struct iam_str owner);
struct iam_entity_ref ref_of(enum iam_kind kind, const char *id);

void add_user(struct fixture *f, const char *id, const char *name);
void add_group(struct fixture *f, const char *id, const char *name);
void add_role(struct fixture *f, const char *id, const char *name);
void add_policy(struct fixture *f, const char *id, const char *name);

void assert_str(struct iam_str got, const char *want);
#define assert_ok(expr) assert_int_equal((expr), IAM_OK)
