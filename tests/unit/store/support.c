/* SPDX-License-Identifier: Apache-2.0 */
/* See support.h. */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/row_sealer.h"

/* For a turn at the store, which several threads share on a busy machine. */
#define PATIENCE_MS 100000

void make_dir(char dir[64])
{
    snprintf(dir, 64, "/tmp/iamd-store-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
}

void remove_dir(const char *dir)
{
    DIR *d = opendir(dir);

    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (e->d_name[0] != '.') {
            assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
        }
    }
    closedir(d);
    assert_int_equal(rmdir(dir), 0);
}

struct iam_store *open_store(const char *path, uint64_t max_bytes)
{
    struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = path, .max_bytes = max_bytes, .wait_ms = PATIENCE_MS
    };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX] = "";

    if (iam_store_open(&options, &store, error) != IAM_OK) {
        fail_msg("cannot open the store: %s", error);
    }
    return store;
}

struct iam_txn *begin(struct iam_store *store, enum iam_txn_mode mode)
{
    struct iam_txn *txn = NULL;

    assert_ok(iam_store_begin(store, mode, &txn));
    return txn;
}

static void add_account(struct fixture *f, struct iam_str id)
{
    struct iam_account account = { .id = id, .name = IAM_STR("test"), .created_ms = 5 };

    assert_ok(iam_store_account_add(f->txn, &account));
}

static int fixture_start(void **state, const char *dir, const char *path)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    snprintf(f->dir, sizeof(f->dir), "%s", dir);
    snprintf(f->path, sizeof(f->path), "%s%s", dir, path);
    iam_arena_init(&f->arena, iam_heap(), 64 << 20);
    f->store = open_store(f->path, 0);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    add_account(f, ACCOUNT);
    add_account(f, OTHER_ACCOUNT);
    next_txn(f);
    *state = f;
    return 0;
}

int fixture_memory(void **state)
{
    return fixture_start(state, "", ":memory:");
}

int fixture_file(void **state)
{
    char dir[64];

    make_dir(dir);
    return fixture_start(state, dir, "/store.db");
}

int fixture_end(void **state)
{
    struct fixture *f = *state;

    iam_txn_rollback(f->txn);
    iam_store_close(f->store);
    iam_arena_done(&f->arena);
    if (f->dir[0] != '\0') {
        remove_dir(f->dir);
    }
    free(f);
    return 0;
}

void next_txn(struct fixture *f)
{
    assert_ok(iam_txn_commit(f->txn));
    f->txn = begin(f->store, IAM_TXN_WRITE);
}

void abandon_txn(struct fixture *f)
{
    iam_txn_rollback(f->txn);
    f->txn = begin(f->store, IAM_TXN_WRITE);
}

struct iam_user user_named(const char *id, const char *name)
{
    return (struct iam_user){ .id = iam_str_c(id),
                              .account = ACCOUNT,
                              .name = iam_str_c(name),
                              .path = IAM_STR("/"),
                              .created_ms = 1000 };
}

struct iam_group group_named(const char *id, const char *name)
{
    return (struct iam_group){ .id = iam_str_c(id),
                               .account = ACCOUNT,
                               .name = iam_str_c(name),
                               .path = IAM_STR("/"),
                               .created_ms = 1000 };
}

struct iam_role role_named(const char *id, const char *name)
{
    return (struct iam_role){ .id = iam_str_c(id),
                              .account = ACCOUNT,
                              .name = iam_str_c(name),
                              .path = IAM_STR("/"),
                              .created_ms = 1000,
                              .trust_document = DOCUMENT,
                              .max_session_seconds = 3600 };
}

struct iam_managed_policy policy_named(const char *id, const char *name)
{
    return (struct iam_managed_policy){ .id = iam_str_c(id),
                                        .account = ACCOUNT,
                                        .name = iam_str_c(name),
                                        .path = IAM_STR("/"),
                                        .created_ms = 1000 };
}

struct iam_access_key key_of(const char *id, struct iam_str account, struct iam_str owner)
{
    return (struct iam_access_key){ .id = iam_str_c(id),
                                    .account = account,
                                    .owner_id = owner,
                                    .is_active = true,
                                    .created_ms = 1000,
                                    .sealed_secret = IAM_STR("\0sealed\xFF\0") };
}

struct iam_entity_ref ref_of(enum iam_kind kind, const char *id)
{
    return (struct iam_entity_ref){ kind, ACCOUNT, iam_str_c(id) };
}

void add_user(struct fixture *f, const char *id, const char *name)
{
    struct iam_user user = user_named(id, name);

    assert_ok(iam_store_user_add(f->txn, &user));
}

void add_group(struct fixture *f, const char *id, const char *name)
{
    struct iam_group group = group_named(id, name);

    assert_ok(iam_store_group_add(f->txn, &group));
}

void add_role(struct fixture *f, const char *id, const char *name)
{
    struct iam_role role = role_named(id, name);

    assert_ok(iam_store_role_add(f->txn, &role, NULL, 0));
}

void add_policy(struct fixture *f, const char *id, const char *name)
{
    struct iam_managed_policy policy = policy_named(id, name);

    assert_ok(iam_store_policy_add(f->txn, &policy, DOCUMENT));
}

void assert_str(struct iam_str got, const char *want)
{
    if (iam_str_is_set(got) != (want != NULL) || !iam_str_eq(got, iam_str_c(want))) {
        fail_msg("got '%.*s', want '%s'", IAM_STR_ARG(got), want != NULL ? want : "(absent)");
    }
}
