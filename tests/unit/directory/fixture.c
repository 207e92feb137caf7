/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this directory share. */
#include "fixture.h"
#include "lib/row_sealer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void open_store(struct fixture *f, const struct iam_store_options *options)
{
    char error[IAM_STORE_ERROR_MAX];

    failing_alloc_init(&f->failing, 0, false);
    iam_arena_init(&f->arena, iam_heap(), (size_t)16 << 20);
    assert_ok(iam_store_open(options, &f->store, error));
    begin(f);
    assert_ok(iam_store_account_add(
        f->txn, &(struct iam_account){ .id = ACCOUNT, .name = IAM_STR("one"), .created_ms = 1 }));
    assert_ok(iam_store_account_add(
        f->txn,
        &(struct iam_account){ .id = OTHER_ACCOUNT, .name = IAM_STR("two"), .created_ms = 1 }));
    commit(f);
}

static struct fixture storage;

int fixture_setup(void **state)
{
    const struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = ":memory:", .wait_ms = 200
    };

    storage = (struct fixture){ .path = "" };
    open_store(&storage, &options);
    *state = &storage;
    return 0;
}

int fixture_setup_on_disk(void **state)
{
    const struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = storage.path, .max_connections = 64, .wait_ms = 20000
    };

    storage = (struct fixture){ .path = "/tmp/iamd-directory-XXXXXX" };
    assert_non_null(mkdtemp(storage.path));
    memcpy(storage.path + strlen(storage.path), "/db", sizeof("/db"));
    open_store(&storage, &options);
    *state = &storage;
    return 0;
}

static void remove_files(const struct fixture *f)
{
    static const char *const suffixes[] = { "", "-wal", "-shm" };
    char path[sizeof(f->path) + 8];

    for (size_t i = 0; i < IAM_COUNT(suffixes); i++) {
        snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
        (void)unlink(path);
    }
    snprintf(path, sizeof(path), "%.*s", (int)strlen(f->path) - 3, f->path);
    (void)rmdir(path);
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    iam_directory_free(f->dir);
    assert_int_equal(f->failing.live, 0);
    iam_arena_done(&f->arena);
    iam_store_close(f->store);
    if (f->path[0] != '\0') {
        remove_files(f);
    }
    return 0;
}

enum iam_status try_open(struct fixture *f)
{
    const struct iam_directory_options options = { .alloc = &f->failing.alloc,
                                                   .store = f->store,
                                                   .catalogue = f->catalogue,
                                                   .seed = 42,
                                                   .max_bytes = f->max_bytes };

    return iam_directory_new(&options, &f->dir);
}

void open_directory(struct fixture *f)
{
    assert_ok(try_open(f));
    assert_true(iam_directory_is_ready(f->dir));
}

void begin(struct fixture *f)
{
    assert_ok(iam_store_begin(f->store, IAM_TXN_WRITE, &f->txn));
}

void commit(struct fixture *f)
{
    assert_ok(iam_txn_commit(f->txn));
    f->txn = NULL;
}

void commit_refresh(struct fixture *f)
{
    commit(f);
    assert_ok(iam_directory_refresh(f->dir));
    assert_true(iam_directory_is_ready(f->dir));
}

struct iam_entity_ref ref_of(enum iam_kind kind, struct iam_str id)
{
    return (struct iam_entity_ref){ kind, ACCOUNT, id };
}

void add_user(struct fixture *f, struct iam_str id, struct iam_str name)
{
    const struct iam_user user = {
        .id = id, .account = ACCOUNT, .name = name, .path = IAM_STR("/"), .created_ms = 1
    };

    assert_ok(iam_store_user_add(f->txn, &user));
}

void add_role(struct fixture *f, struct iam_str id, struct iam_str name, struct iam_str trust)
{
    const struct iam_role role = {
        .id = id,
        .account = ACCOUNT,
        .name = name,
        .path = IAM_STR("/r/"),
        .created_ms = 1,
        .trust_document = trust,
        .max_session_seconds = 3600,
    };

    assert_ok(iam_store_role_add(f->txn, &role, NULL, 0));
}

void add_group(struct fixture *f, struct iam_str id, struct iam_str name)
{
    const struct iam_group group = {
        .id = id, .account = ACCOUNT, .name = name, .path = IAM_STR("/"), .created_ms = 1
    };

    assert_ok(iam_store_group_add(f->txn, &group));
}

void add_policy(struct fixture *f, struct iam_str id, struct iam_str name, struct iam_str document)
{
    const struct iam_managed_policy policy = {
        .id = id, .account = ACCOUNT, .name = name, .path = IAM_STR("/"), .created_ms = 1
    };

    assert_ok(iam_store_policy_add(f->txn, &policy, document));
}

void add_key(struct fixture *f, struct iam_str id, struct iam_str owner)
{
    const struct iam_access_key key = {
        .id = id,
        .account = ACCOUNT,
        .owner_id = owner,
        .is_active = true,
        .created_ms = 1,
        .sealed_secret = IAM_STR("sealed"),
    };

    assert_ok(iam_store_access_key_add(f->txn, &key));
}

void put_inline(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str name,
                struct iam_str document)
{
    const struct iam_entity_ref ref = ref_of(kind, id);

    assert_ok(iam_store_inline_put(f->txn, &ref, name, document));
}

void drop_inline(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str name)
{
    const struct iam_entity_ref ref = ref_of(kind, id);

    assert_ok(iam_store_inline_delete(f->txn, &ref, name));
}

void attach(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str policy_id)
{
    const struct iam_entity_ref ref = ref_of(kind, id);

    assert_ok(iam_store_policy_attach(f->txn, &ref, policy_id));
}

void detach(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str policy_id)
{
    const struct iam_entity_ref ref = ref_of(kind, id);

    assert_ok(iam_store_policy_detach(f->txn, &ref, policy_id));
}

void new_default(struct fixture *f, struct iam_str policy_id, struct iam_str document)
{
    int64_t number;

    assert_ok(iam_store_version_add(f->txn, ACCOUNT, policy_id, document, true, 2, &number));
}

void put_tag(struct fixture *f, enum iam_kind kind, struct iam_str id, struct iam_str key,
             struct iam_str value)
{
    const struct iam_entity_ref ref = ref_of(kind, id);
    const struct iam_tag tag = { key, value };

    assert_ok(iam_store_tag_put(f->txn, &ref, &tag, 1));
}

bool view_can(const struct iam_view *view, const char *action)
{
    const struct iam_policies policies = { .identity = view->identity, .boundary = view->boundary };
    const struct iam_request request = {
        .principal = {
            .kind = view->kind == IAM_KIND_ROLE ? IAM_PRINCIPAL_ASSUMED_ROLE : IAM_PRINCIPAL_USER,
            .account = view->account,
            .arn = view->arn,
            .id = view->id,
        },
        .action = iam_str_c(action),
        .resource = IAM_STR("*"),
    };
    struct iam_decision decision;

    iam_decide(&policies, &request, &decision);
    return decision.effect == IAM_ALLOW;
}

const struct iam_view *by_id(struct fixture *f, struct iam_str id)
{
    const struct iam_view *view = NULL;
    enum iam_status st = iam_directory_by_id(f->dir, NULL, id, &view);

    assert_true(st == IAM_OK || st == IAM_NOT_FOUND);
    return view;
}

const struct iam_view *by_arn(struct fixture *f, struct iam_str arn)
{
    const struct iam_view *view = NULL;
    enum iam_status st = iam_directory_by_arn(f->dir, NULL, arn, &view);

    assert_true(st == IAM_OK || st == IAM_NOT_FOUND);
    return view;
}

struct iam_policy *managed(struct fixture *f, struct iam_str arn)
{
    struct iam_unique_id id;
    struct iam_policy *policy = NULL;
    enum iam_status st = iam_directory_managed_policy(f->dir, NULL, arn, &id, &policy);

    assert_true(st == IAM_OK || st == IAM_NOT_FOUND);
    return policy;
}

struct iam_directory_stats stats_of(struct fixture *f)
{
    struct iam_directory_stats stats;

    iam_directory_stats(f->dir, &stats);
    return stats;
}

bool can(struct fixture *f, struct iam_str id, const char *action)
{
    const struct iam_view *view = by_id(f, id);
    bool answer = view != NULL && !view->is_broken && view_can(view, action);

    iam_view_unref(view);
    return answer;
}

bool trusts(const struct iam_view *role, struct iam_str user_arn, struct iam_str user_id)
{
    const struct iam_policies policies = { .resource = role->trust, .resource_must_allow = true };
    const struct iam_request request = {
        .principal = {
            .kind = IAM_PRINCIPAL_USER,
            .account = ACCOUNT,
            .arn = user_arn,
            .id = user_id,
        },
        .action = IAM_STR("sts:AssumeRole"),
        .resource = role->arn,
        .resource_account = role->account,
    };
    struct iam_decision decision;

    iam_decide(&policies, &request, &decision);
    return decision.effect == IAM_ALLOW;
}

static bool found(const struct iam_view *view)
{
    iam_view_unref(view);
    return view != NULL;
}

bool has_id(struct fixture *f, struct iam_str id)
{
    return found(by_id(f, id));
}

bool has_arn(struct fixture *f, struct iam_str arn)
{
    return found(by_arn(f, arn));
}

bool has_key(struct fixture *f, struct iam_str id)
{
    struct iam_directory_key key;
    enum iam_status st = iam_directory_key(f->dir, NULL, id, &f->arena, &key);

    assert_true(st == IAM_OK || st == IAM_NOT_FOUND);
    return st == IAM_OK;
}

bool has_policy(struct fixture *f, struct iam_str arn)
{
    struct iam_policy *policy = managed(f, arn);

    iam_policy_unref(policy);
    return policy != NULL;
}
