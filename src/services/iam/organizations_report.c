/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports about when the accounts of an organization last used services. No account here is in an
 * organization: to AWS, every one is then somebody else's. SPEC: IAM API Reference,
 * "GenerateOrganizationsAccessReport", "GetOrganizationsAccessReport"; recorded:
 * docs/conformance.md, "Last accessed information".
 */
#include "base/sort.h"
#include "services/iam/last_accessed.h"

/* Resolves to the report about what has that path in its organization. */
enum iam_status api_iam_resolve_access_report(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    (void)in;
    return iam_arena_fmt(call->arena, &ret->arn,
                         "arn:" IAM_PARTITION ":iam::%.*s:access-report/%.*s",
                         IAM_STR_ARG(api_account(call)), IAM_STR_ARG(ref->name));
}

enum iam_status api_iam_generate_organizations_access_report(
    struct iam_call *call, const struct api_iam_generate_organizations_access_report_in *in,
    struct api_iam_generate_organizations_access_report_out *out)
{
    (void)in;
    (void)out;
    return api_fail(call, API_ERR_ACCESS_DENIED,
                    "User: %.*s is not authorized to perform: "
                    "iam:GenerateOrganizationsAccessReport on resource: %.*s",
                    IAM_STR_ARG(api_subject_arn(&call->subject)), IAM_STR_ARG(call->target.arn));
}

/* ---- what was found -------------------------------------------------------------------------- */

struct details {
    struct iam_access_use *items;
    const struct iam_access_use **sorted;
    size_t count;
    int64_t unused;
};

static int by_space(const void *a, const void *b)
{
    return iam_str_cmp(((const struct iam_access_use *)a)->space,
                       ((const struct iam_access_use *)b)->space);
}

static int by_space_descending(const void *a, const void *b)
{
    return by_space(b, a);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = ((const struct iam_access_use *)a)->used_ms;
    int64_t y = ((const struct iam_access_use *)b)->used_ms;
    return x < y ? -1 : x > y ? 1 : by_space(a, b);
}

static int by_time_descending(const void *a, const void *b)
{
    int64_t x = ((const struct iam_access_use *)a)->used_ms;
    int64_t y = ((const struct iam_access_use *)b)->used_ms;
    return x != y ? (x < y ? 1 : -1) : by_space(a, b);
}

static iam_order_fn *order_of(struct iam_str key)
{
    static const struct {
        struct iam_str key;
        iam_order_fn *order;
    } orders[] = {
        {IAM_STR_INIT("SERVICE_NAMESPACE_DESCENDING"),        by_space_descending},
        { IAM_STR_INIT("LAST_AUTHENTICATED_TIME_ASCENDING"),  by_time            },
        { IAM_STR_INIT("LAST_AUTHENTICATED_TIME_DESCENDING"), by_time_descending },
    };
    for (size_t i = 0; i < IAM_COUNT(orders); i++) {
        if (iam_str_eq(orders[i].key, key)) {
            return orders[i].order;
        }
    }
    return by_space;
}

static enum iam_status count_services(struct iam_cur text, size_t *ret)
{
    struct iam_access_use service;
    struct iam_cur actions;
    enum iam_status st;
    *ret = 0;
    while ((st = iam_access_next_service(&text, &service, &actions)) == IAM_OK) {
        ++*ret;
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

static enum iam_status read_details(struct iam_call *call, const struct iam_access_job *job,
                                    struct iam_str sort_key, struct details *ret)
{
    struct iam_cur actions;
    struct iam_cur text;
    IAM_TRY(access_job_read(call, job, IAM_ACCESS_SERVICES, &text));
    *ret = (struct details){ 0 };
    IAM_TRY(count_services(text, &ret->count));
    ret->items = iam_arena_zalloc(call->arena, ret->count + 1, sizeof(*ret->items));
    ret->sorted = iam_arena_zalloc(call->arena, ret->count + 1, sizeof(*ret->sorted));
    IAM_ENSURE(ret->items != NULL && ret->sorted != NULL, IAM_NOMEM);
    for (size_t i = 0; i < ret->count; i++) {
        IAM_TRY(iam_access_next_service(&text, &ret->items[i], &actions));
        ret->sorted[i] = &ret->items[i];
        ret->unused += ret->items[i].used_ms == 0 ? 1 : 0;
    }
    iam_sort((const void **)ret->sorted, ret->count, order_of(sort_key));
    return IAM_OK;
}

static void show_detail(const struct iam_access_use *from, struct api_iam_access_detail *to)
{
    to->service_name = from->name;
    to->service_namespace = from->space;
    if (from->used_ms == 0) {
        return;
    }
    to->region = from->region.len > 0 ? from->region : iam_str_absent();
    to->entity_path = from->entity;
    to->last_authenticated_time = api_time(from->used_ms);
    to->total_authenticated_entities = api_int((int64_t)from->total);
}

static enum iam_status show_details(struct iam_call *call, const struct iam_access_job *job,
                                    const struct api_iam_get_organizations_access_report_in *in,
                                    struct api_iam_get_organizations_access_report_out *out)
{
    struct api_iam_access_details *list = &out->access_details;
    struct access_page page;
    struct details all;
    IAM_TRY(access_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(read_details(call, job, in->sort_key, &all));
    out->number_of_services_accessible = api_int((int64_t)all.count);
    out->number_of_services_not_accessed = api_int(all.unused);
    list->items = iam_arena_zalloc(call->arena, all.count + 1, sizeof(*list->items));
    IAM_ENSURE(list->items != NULL, IAM_NOMEM);
    list->is_set = true;
    for (size_t i = 0; i < all.count; i++) {
        if (access_page_takes(&page)) {
            show_detail(all.sorted[i], &list->items[list->count++]);
        }
    }
    return access_page_close(call, &page, &out->is_truncated, &out->marker);
}

enum iam_status
api_iam_get_organizations_access_report(struct iam_call *call,
                                        const struct api_iam_get_organizations_access_report_in *in,
                                        struct api_iam_get_organizations_access_report_out *out)
{
    struct iam_access_job job;
    struct access_state state;
    IAM_TRY(access_job_need(call, in->job_id, true, &job));
    IAM_TRY(access_state_of(call, &job, &state));
    out->job_status = state.status;
    out->job_creation_date = api_time_exact(job.created_ms);
    out->job_completion_date = state.completed;
    out->error_details = state.error;
    out->is_truncated = api_bool(false);
    return state.has_result ? show_details(call, &job, in, out) : IAM_OK;
}
