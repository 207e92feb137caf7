/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of reports about used services, as their caller sees them, and the entities that they are
 * about. Recorded: docs/conformance.md, "Last accessed information".
 */
#include "keeper/random.h"
#include "model/arn.h"
#include "services/iam/last_accessed.h"

/* What reading and encoding bytes of a text costs, in steps of libiam: an eighth of its size. */
#define BYTES_PER_STEP 8
/* LIMIT: digits of the number at which a page begins. */
#define MAX_PAGE_DIGITS 9

/* ---- the entity ------------------------------------------------------------------------------ */

/* Finds the entity by its name. */
static enum iam_status resolve(struct iam_call *call, struct iam_str arn,
                               const struct iam_entity_arn *parts, struct api_target *ret)
{
    const struct api_reference by_name = { .name = parts->name };
    const struct api_reference by_arn = { .name = arn };
    switch (parts->kind) {
    case IAM_KIND_USER:
        return api_iam_resolve_user(call, NULL, &by_name, ret);
    case IAM_KIND_GROUP:
        return api_iam_resolve_group(call, NULL, &by_name, ret);
    case IAM_KIND_ROLE:
        return api_iam_resolve_role(call, NULL, &by_name, ret);
    case IAM_KIND_POLICY:
        return api_iam_resolve_policy(call, NULL, &by_arn, ret);
    default:
        return IAM_OK;
    }
}

/* Tells whether it is the account's own, or AWS's. */
static bool is_here(const struct iam_call *call, const struct iam_entity_arn *parts)
{
    bool is_aws = parts->kind == IAM_KIND_POLICY && iam_str_eq(parts->account, IAM_ACCOUNT_AWS);
    return is_aws || iam_str_eq(parts->account, api_account(call));
}

/*
 * Resolves to the entity, or to the ARN that was sent when there is none. For what is no such ARN,
 * or is one of another account, there is nothing to decide on: the handler refuses it.
 */
enum iam_status api_iam_resolve_access_source(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct iam_entity_arn parts;
    (void)in;
    if (iam_entity_arn_parse(ref->name, &parts) != IAM_OK || !is_here(call, &parts)) {
        return IAM_OK;
    }
    IAM_TRY(resolve(call, ref->name, &parts, ret));
    if (ret->entity == NULL) {
        iam_set_sent_arn(ref->name, ret);
    }
    return IAM_OK;
}

static enum iam_status fail_unsupported(struct iam_call *call, struct iam_str arn)
{
    return api_fail(call, API_ERR_INVALID_INPUT, "Invalid Entity Arn: %.*s is not supported.",
                    API_QUOTED(arn));
}

/* Refuses a text that is no ARN of an entity of IAM. */
static enum iam_status fail_arn(struct iam_call *call, struct iam_str arn)
{
    struct iam_str partition = iam_arn_partition(arn);
    if (!iam_str_is_set(partition)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid ARN:  Could not be parsed!");
    }
    if (!iam_str_eq(partition, IAM_STR(IAM_PARTITION))) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid ARN partition");
    }
    if (!iam_str_starts(arn, IAM_STR("arn:" IAM_PARTITION ":iam:"))) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid service in ARN");
    }
    return fail_unsupported(call, arn);
}

static enum iam_status check_kind(struct iam_call *call, struct iam_str arn, enum iam_kind kind,
                                  bool with_policies)
{
    if (kind == IAM_KIND_ACCOUNT && !with_policies) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Could not extract entity from ARN : %.*s",
                        API_QUOTED(arn));
    }
    bool is_right = kind == IAM_KIND_USER || kind == IAM_KIND_GROUP || kind == IAM_KIND_ROLE ||
                    (kind == IAM_KIND_POLICY && with_policies);
    return is_right ? IAM_OK : fail_unsupported(call, arn);
}

enum iam_status access_source_need(struct iam_call *call, struct iam_str arn, bool with_policies,
                                   struct access_source *ret)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK ||
        !iam_str_starts(arn, IAM_STR("arn:" IAM_PARTITION ":iam:"))) {
        return fail_arn(call, arn);
    }
    IAM_TRY(check_kind(call, arn, parts.kind, with_policies));
    if (!is_here(call, &parts)) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "User: %.*s is not authorized to perform the operation on %.*s",
                        IAM_STR_ARG(api_subject_arn(&call->subject)), API_QUOTED(arn));
    }
    if (call->target.entity == NULL) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "ARN %.*s does not exist.", API_QUOTED(arn));
    }
    ret->ref = call->target.ref;
    ret->id = iam_arn_is_aws_policy(call->target.arn) ? call->target.arn : ret->ref.id;
    ret->name = parts.name;
    return IAM_OK;
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static enum iam_status fail_no_job(struct iam_call *call, struct iam_str id)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Job %.*s does not exist.", API_QUOTED(id));
}

enum iam_status access_job_need(struct iam_call *call, struct iam_str id, bool of_organization,
                                struct iam_access_job *ret)
{
    struct iam_access_job job;
    enum iam_status st =
        iam_store_access_job_get(call->txn, call->arena, api_account(call), id, &job);
    if (st == IAM_NOT_FOUND) {
        return fail_no_job(call, id);
    }
    IAM_TRY(st);
    bool is_right = (job.kind == IAM_KIND_ACCOUNT) == of_organization;
    if (!is_right || !iam_str_eq(job.owner, call->subject.user_id) ||
        job.created_ms <= call->now_ms - IAM_ACCESS_JOB_MS) {
        return fail_no_job(call, id);
    }
    *ret = job;
    return IAM_OK;
}

enum iam_status access_job_ask(struct iam_call *call, struct iam_access_job *job)
{
    uint8_t uuid[IAM_UUID_BYTES];
    char id[IAM_UUID_CHARS + 1];
    IAM_TRY(iam_keeper_random(uuid, sizeof(uuid)));
    iam_uuid_set_version(uuid);
    iam_uuid_print(uuid, id);
    IAM_TRY(iam_arena_dup(call->arena, iam_str_c(id), &job->id));
    job->account = api_account(call);
    job->owner = call->subject.user_id;
    job->created_ms = call->now_ms;
    enum iam_status st = iam_store_access_job_ask(call->txn, call->arena, job);
    if (st == IAM_LIMIT) {
        return api_fail(call, API_ERR_THROTTLING, "Rate exceeded");
    }
    return st;
}

enum iam_status access_job_read(struct iam_call *call, const struct iam_access_job *job,
                                enum iam_access_part part, struct iam_cur *ret)
{
    struct iam_str text;
    if (!api_work_spend(&call->work, (uint64_t)job->bytes / BYTES_PER_STEP)) {
        return IAM_LIMIT;
    }
    enum iam_status st = iam_store_access_job_text(call->txn, call->arena, job, part, &text);
    IAM_ENSURE(st != IAM_NOT_FOUND, IAM_CORRUPT);
    IAM_TRY(st);
    *ret = iam_cur_of(text);
    return IAM_OK;
}

enum iam_status access_state_of(struct iam_call *call, const struct iam_access_job *job,
                                struct access_state *ret)
{
    *ret = (struct access_state){ .status = IAM_STR("IN_PROGRESS") };
    if (job->completed_ms == 0) {
        return IAM_OK;
    }
    ret->completed = api_time_exact(job->completed_ms);
    ret->has_result = !iam_str_is_set(job->error_code);
    ret->status = ret->has_result ? IAM_STR("COMPLETED") : IAM_STR("FAILED");
    if (ret->has_result) {
        return IAM_OK;
    }
    ret->error = iam_arena_zalloc(call->arena, 1, sizeof(*ret->error));
    IAM_ENSURE(ret->error != NULL, IAM_NOMEM);
    ret->error->code = job->error_code;
    ret->error->message = job->error_text;
    return IAM_OK;
}

/* ---- pages ----------------------------------------------------------------------------------- */

enum iam_status access_page_open(struct iam_call *call, struct iam_str marker,
                                 struct api_opt_int max_items, struct access_page *ret)
{
    struct iam_page page;
    uint64_t first = 0;
    IAM_TRY(api_page_open(call, marker, max_items.is_set ? max_items : api_int(ACCESS_PAGE_ITEMS),
                          &page));
    struct iam_cur c = iam_cur_of(iam_str_or(page.after, IAM_STR("0")));
    IAM_ENSURE(iam_cur_digits(&c, MAX_PAGE_DIGITS, &first) && iam_cur_at_end(&c), IAM_CORRUPT);
    *ret = (struct access_page){ .first = (size_t)first, .limit = page.limit };
    return IAM_OK;
}

enum iam_status access_page_close(struct iam_call *call, const struct access_page *page,
                                  struct api_opt_bool *ret_is_truncated, struct iam_str *ret_marker)
{
    size_t next = page->first + page->limit;
    struct iam_str text;
    IAM_TRY(iam_arena_fmt(call->arena, &text, "%zu", next));
    return api_page_close(call, next < page->seen, text, ret_is_truncated, ret_marker);
}
