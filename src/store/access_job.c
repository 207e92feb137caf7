/* SPDX-License-Identifier: Apache-2.0 */
#include "store/access_job.h"

#include "store/table_int.h"

/* Jobs that are looked at in one step of making room. */
#define STEP 100

enum { SQL_PENDING, SQL_OLDEST, SQL_TOTALS, SQL_END };

const char *const iam_access_job_sql[] = {
    [SQL_PENDING] = "SELECT @columns FROM @from WHERE t.completed_ms = 0"
                    " ORDER BY t.created_ms, t.job_id LIMIT $1",
    [SQL_OLDEST] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.completed_ms > 0"
                   " ORDER BY t.created_ms, t.job_id LIMIT $2",
    [SQL_TOTALS] = "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM access_job WHERE account_id = $1",
    [SQL_END] = NULL,
};

static struct iam_entity_ref account_of(const struct iam_access_job *job)
{
    return iam_ref(IAM_KIND_ACCOUNT, job->account, job->account);
}

/* Makes the key of a text. */
static enum iam_status name_part(struct iam_arena *arena, const struct iam_access_job *job,
                                 enum iam_access_part part, struct iam_str *ret)
{
    static const char *const names[IAM_ACCESS_PART_COUNT] = {
        [IAM_ACCESS_SERVICES] = "services", [IAM_ACCESS_ENTITIES] = "entities"
    };

    return iam_arena_fmt(arena, ret, "%.*s/%s", IAM_STR_ARG(job->id), names[part]);
}

/* ---- making room ---- */

static enum iam_status delete_job(struct iam_txn *txn, struct iam_arena *arena,
                                  const struct iam_access_job *job)
{
    struct iam_entity_ref account = account_of(job);

    for (int part = 0; part < IAM_ACCESS_PART_COUNT; part++) {
        struct iam_access_text text = { 0 };

        IAM_TRY(name_part(arena, job, (enum iam_access_part)part, &text.part));
        enum iam_status status = iam_table_delete(txn, IAM_TABLE_ACCESS_JOB_TEXT, &account, &text);
        IAM_ENSURE(status == IAM_OK || status == IAM_NOT_FOUND, status);
    }
    return iam_table_delete(txn, IAM_TABLE_ACCESS_JOB, &account, job);
}

/* What an account has. */
struct totals {
    int64_t jobs;
    int64_t bytes;
};

static enum iam_status read_totals(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct totals *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_INT(NULL, 0, struct totals, jobs),
        IAM_INT(NULL, 0, struct totals, bytes),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct totals);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_JOB, SQL_TOTALS);
    iam_query_text(&q, account);
    return iam_query_one(&q, arena, &SHAPE, ret);
}

static bool is_too_much(const struct totals *totals)
{
    return totals->jobs >= IAM_ACCESS_JOBS_MAX || totals->bytes >= IAM_ACCESS_BYTES_MAX;
}

/* Deletes the oldest jobs of the account that are done, as long as they are too old or too many. */
static enum iam_status make_room(struct iam_txn *txn, struct iam_arena *arena,
                                 struct iam_str account, int64_t now_ms)
{
    struct iam_access_job_list list = { 0 };
    struct totals totals;
    struct iam_query q;

    IAM_TRY(read_totals(txn, arena, account, &totals));
    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_JOB, SQL_OLDEST);
    iam_query_text(&q, account);
    IAM_TRY(iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_ACCESS_JOB].shape, STEP, &list.rows));
    for (size_t i = 0; i < list.count; i++) {
        const struct iam_access_job *job = &list.items[i];

        if (job->created_ms > now_ms - IAM_ACCESS_JOB_MS && !is_too_much(&totals)) {
            break;
        }
        IAM_TRY(delete_job(txn, arena, job));
        totals.jobs--;
        totals.bytes -= job->bytes;
    }
    return is_too_much(&totals) ? IAM_LIMIT : IAM_OK;
}

/* ---- jobs ---- */

enum iam_status iam_store_access_job_ask(struct iam_txn *txn, struct iam_arena *arena,
                                         const struct iam_access_job *job)
{
    struct iam_entity_ref account = account_of(job);

    IAM_TRY(make_room(txn, arena, job->account, job->created_ms));
    return iam_table_add(txn, IAM_TABLE_ACCESS_JOB, &account, job);
}

enum iam_status iam_store_access_job_get(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str account, struct iam_str id,
                                         struct iam_access_job *ret)
{
    return iam_table_get(txn, arena, IAM_TABLE_ACCESS_JOB, account, id, ret);
}

enum iam_status iam_store_access_job_text(struct iam_txn *txn, struct iam_arena *arena,
                                          const struct iam_access_job *job,
                                          enum iam_access_part part, struct iam_str *ret)
{
    struct iam_access_text text = { 0 };
    struct iam_str key;

    IAM_TRY(name_part(arena, job, part, &key));
    IAM_TRY(iam_table_get(txn, arena, IAM_TABLE_ACCESS_JOB_TEXT, job->account, key, &text));
    *ret = text.content;
    return IAM_OK;
}

enum iam_status iam_store_access_job_pending(struct iam_txn *txn, struct iam_arena *arena,
                                             size_t limit, struct iam_access_job_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_JOB, SQL_PENDING);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_ACCESS_JOB].shape, limit, &ret->rows);
}

enum iam_status iam_store_access_job_finish(struct iam_txn *txn, struct iam_arena *arena,
                                            const struct iam_access_job *job, int64_t completed_ms,
                                            const struct iam_str *texts)
{
    struct iam_access_job done = *job;
    struct iam_entity_ref account = account_of(job);

    done.completed_ms = completed_ms;
    for (int part = 0; texts != NULL && part < IAM_ACCESS_PART_COUNT; part++) {
        struct iam_access_text text = { .content = texts[part] };

        IAM_TRY(name_part(arena, job, (enum iam_access_part)part, &text.part));
        IAM_TRY(iam_table_add(txn, IAM_TABLE_ACCESS_JOB_TEXT, &account, &text));
        done.bytes += (int64_t)texts[part].len;
    }
    return iam_table_update(txn, IAM_TABLE_ACCESS_JOB, &account, &done);
}
