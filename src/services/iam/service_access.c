/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which policies let a user, group or role use services: its own, and those of its groups; neither
 * boundaries nor sessions nor resources count. SPEC: IAM API Reference,
 * "ListPoliciesGrantingServiceAccess"; recorded: docs/conformance.md.
 */
#include "services/iam/last_accessed.h"

#include "decide/service.h"
#include "directory/held.h"
#include "model/service.h"

/* Bytes of a policy that are looked at for one service in the time of a step of libiam. */
#define BYTES_PER_STEP 4

/* ---- the services ---------------------------------------------------------------------------- */

struct search {
    struct iam_str space;
    bool is_named;
};

static bool is_it(void *ctx, struct iam_str space)
{
    struct search *s = ctx;
    s->is_named = s->is_named || iam_str_eq(space, s->space);
    return !s->is_named;
}

/* Tells whether there is such a service: one of AWS, or one of its own that a policy names. */
static bool is_service(const struct iam_held *held, struct iam_str space)
{
    struct search search = { .space = space, .is_named = iam_service_find(space) != NULL };
    for (size_t i = 0; i < held->count && !search.is_named; i++) {
        (void)iam_policy_each_service(held->items[i].policy, is_it, &search);
    }
    return search.is_named;
}

static bool is_among(const struct api_iam_service_namespace_list *list, size_t count,
                     struct iam_str space)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(list->items[i], space)) {
            return true;
        }
    }
    return false;
}

/* Fails with all namespaces of the request that are none. */
static enum iam_status check_services(struct iam_call *call, const struct iam_held *held,
                                      const struct api_iam_service_namespace_list *list)
{
    struct iam_str bad = IAM_STR("");
    for (size_t i = 0; i < list->count; i++) {
        if (!is_service(held, list->items[i])) {
            IAM_TRY(iam_arena_fmt(call->arena, &bad, "%.*s%s%.*s", IAM_STR_ARG(bad),
                                  bad.len > 0 ? ", " : "", IAM_STR_ARG(list->items[i])));
        }
    }
    if (bad.len > 0) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Invalid service namespace: [%.*s]",
                        IAM_STR_ARG(bad));
    }
    return IAM_OK;
}

/* ---- the policies ---------------------------------------------------------------------------- */

static bool is_denied(const struct iam_held *held, struct iam_str space)
{
    for (size_t i = 0; i < held->count; i++) {
        if (iam_policy_denies_service(held->items[i].policy, space)) {
            return true;
        }
    }
    return false;
}

static struct iam_str owner_type(enum iam_kind kind)
{
    switch (kind) {
    case IAM_KIND_USER:
        return IAM_STR("USER");
    case IAM_KIND_GROUP:
        return IAM_STR("GROUP");
    default:
        return IAM_STR("ROLE");
    }
}

static void show_policy(const struct iam_held_policy *from,
                        struct api_iam_policy_granting_service_access *to)
{
    bool is_inline = !iam_str_is_set(from->arn);
    to->policy_name = from->name;
    to->policy_type = is_inline ? IAM_STR("INLINE") : IAM_STR("MANAGED");
    to->policy_arn = from->arn;
    if (is_inline) {
        to->entity_type = owner_type(from->owner_kind);
        to->entity_name = from->owner_name;
    }
}

static enum iam_status show_entry(struct iam_call *call, const struct iam_held *held,
                                  struct iam_str space, struct api_iam_service_access_entry *ret)
{
    struct api_iam_policy_granting_service_access_list *list = &ret->policies;
    ret->service_namespace = space;
    list->items = iam_arena_zalloc(call->arena, held->count + 1, sizeof(*list->items));
    IAM_ENSURE(list->items != NULL, IAM_NOMEM);
    list->is_set = true;
    if (is_denied(held, space)) {
        return IAM_OK;
    }
    for (size_t i = 0; i < held->count; i++) {
        if (iam_policy_allows_service(held->items[i].policy, space)) {
            show_policy(&held->items[i], &list->items[list->count++]);
        }
    }
    return IAM_OK;
}

/* Charges what looking at the policies costs, once for each service, and their names twice. */
static enum iam_status charge(struct iam_call *call, const struct iam_held *held, size_t services)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < held->count; i++) {
        bytes += iam_policy_text(held->items[i].policy).len;
    }
    return api_work_spend(&call->work, services * bytes / BYTES_PER_STEP) ? IAM_OK : IAM_LIMIT;
}

static enum iam_status list_all(struct iam_call *call, const struct iam_held *held,
                                const struct api_iam_list_policies_granting_service_access_in *in,
                                struct api_iam_list_policies_granting_service_access_out *out)
{
    const struct api_iam_service_namespace_list *asked = &in->service_namespaces;
    struct api_iam_service_access_list *list = &out->policies_granting_service_access;
    struct access_page page;
    IAM_TRY(charge(call, held, asked->count));
    IAM_TRY(check_services(call, held, asked));
    IAM_TRY(access_page_open(call, in->marker, (struct api_opt_int){ 0 }, &page));
    list->items = iam_arena_zalloc(call->arena, asked->count + 1, sizeof(*list->items));
    IAM_ENSURE(list->items != NULL, IAM_NOMEM);
    list->is_set = true;
    for (size_t i = 0; i < asked->count; i++) {
        if (!is_among(asked, i, asked->items[i]) && access_page_takes(&page)) {
            IAM_TRY(show_entry(call, held, asked->items[i], &list->items[list->count++]));
        }
    }
    return access_page_close(call, &page, &out->is_truncated, &out->marker);
}

enum iam_status api_iam_list_policies_granting_service_access(
    struct iam_call *call, const struct api_iam_list_policies_granting_service_access_in *in,
    struct api_iam_list_policies_granting_service_access_out *out)
{
    struct access_source source;
    struct iam_held held;
    IAM_TRY(access_source_need(call, in->arn, false, &source));
    enum iam_status st = iam_directory_held(call->env->directory, call->txn, call->arena,
                                            &source.ref, source.name, &held);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? IAM_NOMEM : api_fail_look_up(call, st));
    st = list_all(call, &held, in, out);
    iam_held_drop(&held);
    return st;
}
