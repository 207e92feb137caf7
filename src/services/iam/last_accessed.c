/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports about when users, groups, roles and the entities of a policy last used services; a thread
 * of the server makes them (server/reports.h). SPEC: IAM API Reference,
 * "GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails",
 * "GetServiceLastAccessedDetailsWithEntities"; recorded: docs/conformance.md.
 */
#include "services/iam/last_accessed.h"

#include "model/service.h"

enum iam_status api_iam_generate_service_last_accessed_details(
    struct iam_call *call, const struct api_iam_generate_service_last_accessed_details_in *in,
    struct api_iam_generate_service_last_accessed_details_out *out)
{
    struct access_source source;
    IAM_TRY(access_source_need(call, in->arn, true, &source));
    struct iam_access_job job = { .kind = source.ref.kind,
                                  .entity_id = source.id,
                                  .arn = call->target.arn,
                                  .has_actions =
                                      iam_str_eq(in->granularity, IAM_STR("ACTION_LEVEL")) };
    IAM_TRY(access_job_ask(call, &job));
    out->job_id = job.id;
    return IAM_OK;
}

/* ---- services -------------------------------------------------------------------------------- */

static struct iam_str text_or_absent(struct iam_str text)
{
    return text.len > 0 ? text : iam_str_absent();
}

static struct api_opt_time time_or_none(int64_t ms)
{
    return ms != 0 ? api_time(ms) : (struct api_opt_time){ 0 };
}

static enum iam_status count_actions(struct iam_cur actions, size_t *ret)
{
    struct iam_access_use action;
    enum iam_status st;
    *ret = 0;
    while ((st = iam_access_next_action(&actions, &action)) == IAM_OK) {
        ++*ret;
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* Shows the actions of a service whose actions are told. */
static enum iam_status show_actions(struct iam_call *call, struct iam_cur actions,
                                    struct api_iam_tracked_actions_last_accessed *ret)
{
    size_t count;
    IAM_TRY(count_actions(actions, &count));
    ret->items = iam_arena_zalloc(call->arena, count + 1, sizeof(*ret->items));
    IAM_ENSURE(ret->items != NULL, IAM_NOMEM);
    ret->is_set = count > 0;
    for (; ret->count < count; ret->count++) {
        struct api_iam_tracked_action_last_accessed *to = &ret->items[ret->count];
        struct iam_access_use action;
        IAM_TRY(iam_access_next_action(&actions, &action));
        to->action_name = action.name;
        to->last_accessed_entity = text_or_absent(action.entity);
        to->last_accessed_time = time_or_none(action.used_ms);
        to->last_accessed_region = text_or_absent(action.region);
    }
    return IAM_OK;
}

static enum iam_status show_service(struct iam_call *call, const struct iam_access_use *service,
                                    struct iam_cur actions,
                                    struct api_iam_service_last_accessed *ret)
{
    ret->service_name = service->name;
    ret->service_namespace = service->space;
    ret->last_authenticated = time_or_none(service->used_ms);
    ret->last_authenticated_entity = text_or_absent(service->entity);
    ret->last_authenticated_region = text_or_absent(service->region);
    ret->total_authenticated_entities = api_int((int64_t)service->total);
    return show_actions(call, actions, &ret->tracked_actions_last_accessed);
}

static enum iam_status show_services(struct iam_call *call, const struct iam_access_job *job,
                                     struct access_page *page,
                                     struct api_iam_services_last_accessed *ret)
{
    struct iam_access_use service;
    struct iam_cur actions;
    struct iam_cur text;
    enum iam_status st;
    IAM_TRY(access_job_read(call, job, IAM_ACCESS_SERVICES, &text));
    ret->items = iam_arena_zalloc(call->arena, page->limit, sizeof(*ret->items));
    IAM_ENSURE(ret->items != NULL, IAM_NOMEM);
    ret->is_set = true;
    while ((st = iam_access_next_service(&text, &service, &actions)) == IAM_OK) {
        if (access_page_takes(page)) {
            IAM_TRY(show_service(call, &service, actions, &ret->items[ret->count++]));
        }
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

enum iam_status api_iam_get_service_last_accessed_details(
    struct iam_call *call, const struct api_iam_get_service_last_accessed_details_in *in,
    struct api_iam_get_service_last_accessed_details_out *out)
{
    struct iam_access_job job;
    struct access_state state;
    struct access_page page;
    IAM_TRY(access_job_need(call, in->job_id, false, &job));
    IAM_TRY(access_state_of(call, &job, &state));
    out->job_status = state.status;
    out->job_creation_date = api_time_exact(job.created_ms);
    out->job_completion_date = state.completed;
    out->error = state.error;
    out->is_truncated = api_bool(false);
    IAM_TRY(access_page_open(call, in->marker, in->max_items, &page));
    if (!state.has_result) {
        return IAM_OK;
    }
    out->job_type = job.has_actions ? IAM_STR("ACTION_LEVEL") : IAM_STR("SERVICE_LEVEL");
    IAM_TRY(show_services(call, &job, &page, &out->services_last_accessed));
    return access_page_close(call, &page, &out->is_truncated, &out->marker);
}

/* ---- entities -------------------------------------------------------------------------------- */

/* The entities of a job, and when each used a service; 0: it has not. */
struct entities {
    struct iam_access_entity *items;
    int64_t *used_ms;
    size_t count;
};

static enum iam_status count_entities(struct iam_cur text, size_t *ret)
{
    struct iam_access_entity entity;
    enum iam_status st;
    *ret = 0;
    while ((st = iam_access_next_entity(&text, &entity)) == IAM_OK) {
        ++*ret;
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

static enum iam_status read_entities(struct iam_call *call, struct iam_cur *text,
                                     struct entities *ret)
{
    size_t count;
    IAM_TRY(count_entities(*text, &count));
    *ret = (struct entities){ .count = count };
    ret->items = iam_arena_zalloc(call->arena, count + 1, sizeof(*ret->items));
    ret->used_ms = iam_arena_zalloc(call->arena, count + 1, sizeof(*ret->used_ms));
    IAM_ENSURE(ret->items != NULL && ret->used_ms != NULL, IAM_NOMEM);
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(iam_access_next_entity(text, &ret->items[i]));
    }
    return IAM_OK;
}

static enum iam_status show_entity(struct iam_call *call, const struct iam_access_entity *entity,
                                   int64_t used_ms, struct api_iam_entity_details *ret)
{
    struct api_iam_entity_info *info = iam_arena_zalloc(call->arena, 1, sizeof(*info));
    IAM_ENSURE(info != NULL, IAM_NOMEM);
    *info =
        (struct api_iam_entity_info){ .arn = entity->arn,
                                      .name = entity->name,
                                      .type = entity->is_role ? IAM_STR("ROLE") : IAM_STR("USER"),
                                      .id = entity->id,
                                      .path = entity->path };
    ret->entity_info = info;
    ret->last_authenticated = time_or_none(used_ms);
    return IAM_OK;
}

static enum iam_status take_entity(struct iam_call *call, const struct entities *all, size_t at,
                                   struct access_page *page,
                                   struct api_iam_entity_details_list *ret)
{
    if (!access_page_takes(page)) {
        return IAM_OK;
    }
    return show_entity(call, &all->items[at], all->used_ms[at], &ret->items[ret->count++]);
}

/* Shows those who have used the service, the latest first, as the text has them. */
static enum iam_status show_users(struct iam_call *call, struct iam_cur *text, struct iam_str space,
                                  struct entities *all, struct access_page *page,
                                  struct api_iam_entity_details_list *ret)
{
    struct iam_access_entity_use use;
    enum iam_status st;
    while ((st = iam_access_next_entity_use(text, &use)) == IAM_OK) {
        IAM_ENSURE(use.entity < all->count, IAM_CORRUPT);
        if (iam_str_eq(use.space, space)) {
            all->used_ms[use.entity] = use.used_ms;
            IAM_TRY(take_entity(call, all, (size_t)use.entity, page, ret));
        }
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

static enum iam_status show_entities(struct iam_call *call, const struct iam_access_job *job,
                                     struct iam_str space, struct access_page *page,
                                     struct api_iam_entity_details_list *ret)
{
    struct entities all;
    struct iam_cur text;
    IAM_TRY(access_job_read(call, job, IAM_ACCESS_ENTITIES, &text));
    IAM_TRY(read_entities(call, &text, &all));
    IAM_TRY(show_users(call, &text, space, &all, page, ret));
    for (size_t i = 0; i < all.count; i++) {
        IAM_TRY(all.used_ms[i] == 0 ? take_entity(call, &all, i, page, ret) : IAM_OK);
    }
    return IAM_OK;
}

/* Tells whether the report has the service. */
static enum iam_status has_service(struct iam_call *call, const struct iam_access_job *job,
                                   struct iam_str space, bool *ret)
{
    struct iam_access_use service;
    struct iam_cur actions;
    struct iam_cur text;
    enum iam_status st;
    IAM_TRY(access_job_read(call, job, IAM_ACCESS_SERVICES, &text));
    *ret = false;
    while (!*ret && (st = iam_access_next_service(&text, &service, &actions)) == IAM_OK) {
        *ret = iam_str_eq(service.space, space);
    }
    return *ret || st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* Shows who can use the service: nobody, when the policies do not let them. */
static enum iam_status show_result(struct iam_call *call, const struct iam_access_job *job,
                                   struct iam_str space, struct access_page *page,
                                   struct api_iam_entity_details_list *ret)
{
    bool is_there;
    IAM_TRY(has_service(call, job, space, &is_there));
    if (!is_there && iam_service_find(space) == NULL) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Service namepace %.*s is either invalid or unsupported.",
                        API_QUOTED(space));
    }
    ret->items = iam_arena_zalloc(call->arena, page->limit, sizeof(*ret->items));
    IAM_ENSURE(ret->items != NULL, IAM_NOMEM);
    ret->is_set = true;
    return is_there ? show_entities(call, job, space, page, ret) : IAM_OK;
}

enum iam_status api_iam_get_service_last_accessed_details_with_entities(
    struct iam_call *call,
    const struct api_iam_get_service_last_accessed_details_with_entities_in *in,
    struct api_iam_get_service_last_accessed_details_with_entities_out *out)
{
    struct iam_access_job job;
    struct access_state state;
    struct access_page page;
    IAM_TRY(access_job_need(call, in->job_id, false, &job));
    IAM_TRY(access_state_of(call, &job, &state));
    out->job_status = state.status;
    out->job_creation_date = api_time_exact(job.created_ms);
    out->job_completion_date = state.completed;
    out->error = state.error;
    out->is_truncated = api_bool(false);
    IAM_TRY(access_page_open(call, in->marker, in->max_items, &page));
    if (!state.has_result) {
        return IAM_OK;
    }
    IAM_TRY(show_result(call, &job, in->service_namespace, &page, &out->entity_details_list));
    return access_page_close(call, &page, &out->is_truncated, &out->marker);
}
