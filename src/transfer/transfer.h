/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole accounts in AWS's form: the answers of GetAccountAuthorizationDetails as the AWS CLI prints
 * them. An account that comes from elsewhere is read, checked as a whole, and stored in one
 * transaction; one that is here is written in the same form. docs/TRANSFER.md says what each
 * member becomes. Nothing here logs or prints.
 */
#pragma once

#include "base/arena.h"
#include "catalogue/catalogue.h"
#include "model/quota.h"
#include "store/store.h"

/* LIMITS: of all files together; of one page; of the memory for all that is read. */
#define IAM_TRANSFER_MAX_BYTES ((size_t)256 << 20)
#define IAM_TRANSFER_MAX_NODES (16u << 20)
#define IAM_TRANSFER_MAX_PAGES 100000u
#define IAM_TRANSFER_ARENA_BYTES ((size_t)3 << 30)
/* LIMIT: findings that are told; the others are counted. */
#define IAM_TRANSFER_MAX_TOLD 1000u
#define IAM_TRANSFER_MESSAGE_MAX 1500

enum iam_transfer_level {
    IAM_TRANSFER_ERROR, /* nothing can be carried over */
    IAM_TRANSFER_LEFT,  /* this is not carried over, or not as it was */
    IAM_TRANSFER_NOTE,  /* it is, and the operator should know */
    IAM_TRANSFER_LEVELS
};

struct iam_transfer_finding {
    enum iam_transfer_level level;
    const char *file; /* NULL: of no place */
    unsigned line;    /* from 1 */
    unsigned column;  /* from 1, in bytes */
    const char *text; /* printable, one line */
};

/* Is told of what was found; finding is borrowed for the call. */
typedef void iam_transfer_told_fn(void *ctx, const struct iam_transfer_finding *finding);

struct iam_transfer_file {
    const char *name;
    struct iam_str text; /* less than 4 GiB */
};

struct iam_transfer_options {
    struct iam_catalogue *catalogue; /* of AWS's policies; NULL: there are none */
    const struct iam_quotas *quotas; /* in force: what exceeds them is a note */
    uint64_t seed;                   /* of hash tables: unpredictable */
    iam_transfer_told_fn *told;
    void *ctx;
};

/* What was carried over, or would be. */
struct iam_transfer_counts {
    size_t users;
    size_t groups;
    size_t roles;
    size_t policies;
    size_t instance_profiles;
};

struct iam_transfer;

/*
 * Reads and checks an account, which files have together, and tells of everything that is found.
 * IAM_OK with *ret in arena, which also has everything that it refers to, unless there was an
 * error: then IAM_SYNTAX. IAM_NOMEM, and the failures of the catalogue. arena has a cap of
 * IAM_TRANSFER_ARENA_BYTES or less; it, files and options must live as long as *ret.
 */
enum iam_status iam_transfer_read(struct iam_arena *arena,
                                  const struct iam_transfer_options *options,
                                  const struct iam_transfer_file *files, size_t count,
                                  struct iam_transfer **ret) IAM_MUST_USE;
/* Returns the 12 digits of the account that was read. */
struct iam_str iam_transfer_account(const struct iam_transfer *t);
struct iam_transfer_counts iam_transfer_counts(const struct iam_transfer *t);
/* Returns how much of a level was found so far. */
size_t iam_transfer_found(const struct iam_transfer *t, enum iam_transfer_level level);
/*
 * Stores what was read in its account, which txn must have and which must have no users, groups,
 * roles, policies and instance profiles: IAM_CONFLICT otherwise, and IAM_NOT_FOUND without the
 * account, both with nothing told. IAM_EXISTS when another account has one of the IDs, which is
 * told. After any failure txn is to be rolled back.
 */
enum iam_status iam_transfer_store(struct iam_transfer *t, struct iam_txn *txn) IAM_MUST_USE;

/* Takes a part of the text; a failure ends the writing. */
typedef enum iam_status iam_transfer_sink_fn(void *ctx, struct iam_str part);

struct iam_transfer_export {
    struct iam_catalogue *catalogue; /* NULL: there are no policies of AWS */
    bool is_encoded; /* documents are strings, percent-encoded, with their white space */
    iam_transfer_told_fn
        *told; /* of what the account has and the form does not: IAM_TRANSFER_LEFT */
    iam_transfer_sink_fn *sink;
    void *ctx; /* of both */
};

/*
 * Writes an account of the store, with a line feed at the end. arena is for the work, and cleared
 * on the way. *ret_left is the number of findings that were told. The failures of the store, the
 * catalogue and the sink.
 */
enum iam_status iam_transfer_write(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account,
                                   const struct iam_transfer_export *options,
                                   size_t *ret_left) IAM_MUST_USE;
