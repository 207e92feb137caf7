/* SPDX-License-Identifier: Apache-2.0 */
/* What users, groups, roles and policies have in common, for the files of this directory. */
#pragma once

#include "base/heap.h"
#include "store/change.h"
#include "store/query_int.h"

/* Most that a deletion may need to read of what hangs on the entity. */
#define IAM_STORE_WORK_BYTES (64u << 20)

/* ---- reading: named.c -------------------------------------------------------------------------
 */

/* The statements that stand first in the table of an entity with a name and a path. */
enum {
    IAM_SQL_GET,       /* account, key of the name */
    IAM_SQL_GET_BY_ID, /* ID */
    IAM_SQL_LIST,      /* account, key that stands before, prefix of the path, limit */
    IAM_SQL_SCAN,      /* ID that stands before, limit */
    IAM_SQL_OWN        /* the first of the file's own */
};

/* How entities of one kind are read. */
struct iam_entity_form {
    const char *const *sql;
    iam_row_fn *read;
    size_t item_bytes; /* of the struct that read fills */
    size_t id_at;      /* of its unique ID, a struct iam_str */
    size_t name_at;    /* likewise */
};

#define IAM_ENTITY_FORM(sql, read, type)                                  \
    {                                                                     \
        sql, read, sizeof(type), offsetof(type, id), offsetof(type, name) \
    }

/* A page of entities, as the list of their kind takes it over. */
struct iam_entity_rows {
    void *items;
    size_t count;
    bool is_truncated;
    struct iam_str next; /* where the list continues; set when is_truncated */
};

/* The entity of a query whose parameters are bound, into a struct of its kind. IAM_NOT_FOUND. */
enum iam_status iam_entity_one(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_entity_form *form, void *ret) IAM_MUST_USE;
enum iam_status iam_entity_get(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_entity_form *form, struct iam_str account,
                               struct iam_str name, void *ret) IAM_MUST_USE;
enum iam_status iam_entity_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_entity_form *form, struct iam_str id,
                                     void *ret) IAM_MUST_USE;
/* The entities of a query of which only the limit is not bound; continues by name. */
enum iam_status iam_entity_page(struct iam_query *q, struct iam_arena *arena,
                                const struct iam_entity_form *form, const struct iam_page *page,
                                struct iam_entity_rows *ret) IAM_MUST_USE;
enum iam_status iam_entity_list(struct iam_txn *txn, struct iam_arena *arena,
                                const struct iam_entity_form *form, struct iam_str account,
                                struct iam_str path_prefix, const struct iam_page *page,
                                struct iam_entity_rows *ret) IAM_MUST_USE;
/* Of all accounts, in the order of unique IDs. */
enum iam_status iam_entity_scan(struct iam_txn *txn, struct iam_arena *arena,
                                const struct iam_entity_form *form, const struct iam_page *page,
                                struct iam_entity_rows *ret) IAM_MUST_USE;

/* ---- writing, and what hangs on them: entity.c ------------------------------------------------
 */

/* IAM_NOT_FOUND unless the user, group, role, policy or account exists and is of its account. */
enum iam_status iam_entity_check(struct iam_txn *txn,
                                 const struct iam_entity_ref *entity) IAM_MUST_USE;
/*
 * Runs an UPDATE or DELETE of the row of entity, whose last two parameters are its ID and account,
 * and records op. IAM_NOT_FOUND.
 */
enum iam_status iam_entity_run(struct iam_query *q, const struct iam_entity_ref *entity,
                               enum iam_change_op op) IAM_MUST_USE;
/* Deletes the attachments, inline policies and tags of entity. */
enum iam_status iam_entity_delete_parts(struct iam_txn *txn,
                                        const struct iam_entity_ref *entity) IAM_MUST_USE;
/* Numbers of attached and of inline policies. */
enum iam_status iam_entity_count_parts(struct iam_txn *txn, struct iam_str id,
                                       int64_t *ret_attached, int64_t *ret_inline) IAM_MUST_USE;
/* IAM_CONFLICT unless policy_id is absent, or a policy of account or of AWS. Spoils txn then. */
enum iam_status iam_policy_check_usable(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str policy_id) IAM_MUST_USE;
/* Returns status, which must not be IAM_OK, and spoils txn. */
enum iam_status iam_txn_spoil(struct iam_txn *txn, enum iam_status status) IAM_MUST_USE;

/* For a write that found a contradiction. */
static inline enum iam_status iam_txn_conflict(struct iam_txn *txn)
{
    return iam_txn_spoil(txn, IAM_CONFLICT);
}

/* The ARN of a boundary from the columns account, path, name; absent when they are NULL. */
struct iam_str iam_read_policy_arn(struct iam_row *row);

static inline struct iam_entity_ref iam_ref(enum iam_kind kind, struct iam_str account,
                                            struct iam_str id)
{
    return (struct iam_entity_ref){ kind, account, id };
}
