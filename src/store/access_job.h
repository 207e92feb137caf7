/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports about when an entity last used services. A job is kept from when it is asked for, so that
 * it is made after a restart too, with its two texts once it is made: the services, and the
 * entities that can use them.
 */
#pragma once

#include "store/entity.h"

/* LIMITS: jobs of an account, and the bytes of their texts. What is done goes, the oldest first. */
#define IAM_ACCESS_JOBS_MAX 1000
#define IAM_ACCESS_BYTES_MAX (INT64_C(64) << 20)
/* LIMIT: of one text. */
#define IAM_ACCESS_TEXT_MAX ((size_t)4 << 20)
/* How long a job can be read after it was asked for. */
#define IAM_ACCESS_JOB_MS (INT64_C(24) * 3600 * 1000)

/* A report about when an entity last used services: asked for, or made. */
struct iam_access_job {
    struct iam_str account; /* whose it is */
    struct iam_str id;      /* a UUID */
    struct iam_str owner;   /* aws:userid of who asked, and alone may read it */
    int64_t kind;           /* enum iam_kind: user, group, role or policy */
    struct iam_str entity_id;
    struct iam_str arn; /* of the entity, as it was then */
    bool has_actions;   /* ACTION_LEVEL */
    int64_t created_ms;
    int64_t completed_ms;      /* 0: it is to be made */
    int64_t bytes;             /* of its texts */
    struct iam_str error_code; /* absent: it has not failed */
    struct iam_str error_text;
};

/* What a job has found out: access_text.h. */
struct iam_access_text {
    struct iam_str part; /* the ID of the job, a slash, and which text it is */
    struct iam_str content;
};

enum iam_access_part { IAM_ACCESS_SERVICES, IAM_ACCESS_ENTITIES, IAM_ACCESS_PART_COUNT };

struct iam_access_job_list {
    IAM_LIST_OF(struct iam_access_job);
};

/*
 * Adds a job of an account that is to be made, and makes room for it: jobs that are too old go, and
 * then as many of those that are done as the limits demand. IAM_LIMIT: too many are to be made.
 */
enum iam_status iam_store_access_job_ask(struct iam_txn *txn, struct iam_arena *arena,
                                         const struct iam_access_job *job) IAM_MUST_USE;
/* Reads a job. IAM_NOT_FOUND. */
enum iam_status iam_store_access_job_get(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str account, struct iam_str id,
                                         struct iam_access_job *ret) IAM_MUST_USE;
/* Reads a text of a job that was made. IAM_NOT_FOUND. */
enum iam_status iam_store_access_job_text(struct iam_txn *txn, struct iam_arena *arena,
                                          const struct iam_access_job *job,
                                          enum iam_access_part part,
                                          struct iam_str *ret) IAM_MUST_USE;
/* Lists at most limit jobs of all accounts that are to be made, the oldest first. */
enum iam_status iam_store_access_job_pending(struct iam_txn *txn, struct iam_arena *arena,
                                             size_t limit,
                                             struct iam_access_job_list *ret) IAM_MUST_USE;
/*
 * Keeps what became of a job at completed_ms (not 0): the texts, or of one that has failed, for
 * which texts is NULL, the members error_code and error_text of job. IAM_NOT_FOUND.
 */
enum iam_status iam_store_access_job_finish(struct iam_txn *txn, struct iam_arena *arena,
                                            const struct iam_access_job *job, int64_t completed_ms,
                                            const struct iam_str *texts) IAM_MUST_USE;
