/* SPDX-License-Identifier: Apache-2.0 */
#include "server/access_report.h"

#include "base/heap.h"
#include "base/sort.h"
#include "decide/service.h"
#include "directory/held.h"
#include "model/service.h"
#include "server/access_entities.h"
#include "store/service_use.h"

/* LIMIT: of everything that a report is made of, and of what is read of one entity. */
#define ARENA_BYTES ((size_t)128 << 20)
#define ENTITY_BYTES ((size_t)4 << 20)
/* LIMIT: services of policies that are not AWS's, and uses of services by entities. */
#define MAX_OWN_SERVICES 1000
#define MAX_USES 100000

/* The last use of a service or of an action. */
struct last {
    int64_t used_ms; /* 0: none */
    size_t entity;
    struct iam_str region;
};

struct service {
    struct iam_str space;
    const struct iam_service *known; /* NULL: it is not AWS's */
    uint64_t total;
    struct last last;
    struct last *actions; /* for each of known; NULL: they are not told */
};

struct use {
    const struct service *service;
    size_t entity;
    int64_t used_ms;
};

struct report {
    struct iam_txn *txn;
    const struct iam_access_job *job;
    const struct access_report_options *options;
    struct iam_arena arena;
    struct iam_held held;
    struct access_entities entities;
    struct iam_map by_space;         /* from a namespace to its service */
    const struct service **services; /* those that can be used, by namespace once that is done */
    size_t service_count;
    size_t own_count;
    const struct use **uses;
    size_t use_count;
    enum iam_status status; /* of a walk */
};

/* ---- what can be used ------------------------------------------------------------------------ */

/* Tells whether the policies allow something of a service, or the action, and do not deny it. */
static bool is_granted(const struct report *r, struct iam_str service)
{
    bool is_allowed = false;
    for (size_t i = 0; i < r->held.count; i++) {
        const struct iam_policy *policy = r->held.items[i].policy;
        if (iam_policy_denies_service(policy, service)) {
            return false;
        }
        is_allowed = is_allowed || iam_policy_allows_service(policy, service);
    }
    return is_allowed;
}

/* Adds a service that can be used. */
static enum iam_status add_service(struct report *r, struct iam_str space,
                                   const struct iam_service *known)
{
    struct service *s = iam_arena_zalloc(&r->arena, 1, sizeof(*s));
    IAM_ENSURE(s != NULL, IAM_NOMEM);
    s->space = space;
    s->known = known;
    if (r->job->has_actions && known != NULL && known->action_count > 0) {
        s->actions = iam_arena_zalloc(&r->arena, known->action_count, sizeof(*s->actions));
        IAM_ENSURE(s->actions != NULL, IAM_NOMEM);
    }
    r->services[r->service_count++] = s;
    return iam_map_put(&r->by_space, s->space, s, NULL);
}

/* Adds a service that a policy names and that is not AWS's; for iam_policy_each_service. */
static bool add_own_service(void *ctx, struct iam_str space)
{
    struct report *r = ctx;
    struct iam_str kept;
    if (iam_service_find(space) != NULL || iam_map_get(&r->by_space, space) != NULL ||
        space.len > IAM_SERVICE_MAX || r->own_count == MAX_OWN_SERVICES || !is_granted(r, space)) {
        return true;
    }
    r->status = iam_arena_dup(&r->arena, space, &kept);
    if (r->status == IAM_OK) {
        r->status = add_service(r, kept, NULL);
        r->own_count++;
    }
    return r->status == IAM_OK;
}

static int order_services(const void *a, const void *b)
{
    return iam_str_cmp(((const struct service *)a)->space, ((const struct service *)b)->space);
}

static enum iam_status find_services(struct report *r)
{
    size_t count;
    const struct iam_service *all = iam_service_list(&count);
    r->services = iam_arena_zalloc(&r->arena, count + MAX_OWN_SERVICES, sizeof(*r->services));
    IAM_ENSURE(r->services != NULL, IAM_NOMEM);
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(is_granted(r, all[i].space) ? add_service(r, all[i].space, &all[i]) : IAM_OK);
    }
    for (size_t i = 0; i < r->held.count; i++) {
        if (!iam_policy_each_service(r->held.items[i].policy, add_own_service, r)) {
            return r->status;
        }
    }
    iam_sort((const void **)r->services, r->service_count, order_services);
    return IAM_OK;
}

/* ---- what was used --------------------------------------------------------------------------- */

static enum iam_status keep_last(struct report *r, struct last *last, size_t entity,
                                 const struct iam_service_use *use)
{
    if (use->used_ms <= last->used_ms) {
        return IAM_OK;
    }
    *last = (struct last){ .used_ms = use->used_ms, .entity = entity };
    return iam_arena_dup(&r->arena, iam_str_or(use->region, IAM_STR("")), &last->region);
}

static enum iam_status keep_use(struct report *r, struct service *s, size_t entity, int64_t used_ms)
{
    IAM_ENSURE(r->use_count < MAX_USES, IAM_LIMIT);
    struct use *use = iam_arena_alloc(&r->arena, sizeof(*use));
    IAM_ENSURE(use != NULL, IAM_NOMEM);
    *use = (struct use){ .service = s, .entity = entity, .used_ms = used_ms };
    r->uses[r->use_count++] = use;
    s->total++;
    return IAM_OK;
}

static enum iam_status keep_action(struct report *r, struct service *s, size_t entity,
                                   const struct iam_service_use *use)
{
    for (size_t i = 0; s->actions != NULL && i < s->known->action_count; i++) {
        if (iam_str_eq(s->known->actions[i], use->action)) {
            return keep_last(r, &s->actions[i], entity, use);
        }
    }
    return IAM_OK;
}

static enum iam_status keep(struct report *r, size_t entity, const struct iam_service_use *use)
{
    struct service *s = iam_map_get(&r->by_space, use->service);
    if (s == NULL) {
        return IAM_OK;
    }
    if (use->action.len > 0) {
        return keep_action(r, s, entity, use);
    }
    IAM_TRY(keep_use(r, s, entity, use->used_ms));
    return keep_last(r, &s->last, entity, use);
}

static enum iam_status read_entity(struct report *r, size_t entity, struct iam_arena *arena)
{
    struct iam_service_use_list list = { 0 };
    iam_arena_clear(arena);
    IAM_TRY(iam_store_service_use_list(r->txn, arena, r->entities.items[entity].id,
                                       r->options->now_ms - IAM_SERVICE_USE_MS, &list));
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(keep(r, entity, &list.items[i]));
    }
    return IAM_OK;
}

/* Orders by service, the latest first, then in the order of the entities. */
static int order_uses(const void *a, const void *b)
{
    const struct use *x = a;
    const struct use *y = b;
    int order = iam_str_cmp(x->service->space, y->service->space);
    if (order == 0 && x->used_ms != y->used_ms) {
        order = x->used_ms > y->used_ms ? -1 : 1;
    }
    return order != 0 || x->entity == y->entity ? order : x->entity < y->entity ? -1 : 1;
}

static enum iam_status find_uses(struct report *r)
{
    struct iam_arena arena;
    enum iam_status st = IAM_OK;
    r->uses = iam_arena_zalloc(&r->arena, MAX_USES, sizeof(*r->uses));
    IAM_ENSURE(r->uses != NULL, IAM_NOMEM);
    iam_arena_init(&arena, iam_heap(), ENTITY_BYTES);
    for (size_t i = 0; i < r->entities.count && st == IAM_OK; i++) {
        st = r->options->goes_on(r->options->ctx) ? read_entity(r, i, &arena) : IAM_CONFLICT;
    }
    iam_arena_done(&arena);
    iam_sort((const void **)r->uses, r->use_count, order_uses);
    return st;
}

/* ---- the texts ------------------------------------------------------------------------------- */

static struct iam_access_use shown(const struct report *r, const struct last *last)
{
    bool is_used = last->used_ms != 0;
    return (struct iam_access_use){
        .used_ms = last->used_ms,
        .entity = is_used ? r->entities.items[last->entity].arn : IAM_STR(""),
        .region = is_used ? last->region : IAM_STR(""),
    };
}

/* Writes the actions of a service that can be used. */
static enum iam_status write_actions(struct report *r, const struct service *s, struct iam_buf *out)
{
    for (size_t i = 0; s->actions != NULL && i < s->known->action_count; i++) {
        struct iam_access_use use = shown(r, &s->actions[i]);
        char text[IAM_SERVICE_MAX + 1 + IAM_SERVICE_ACTION_MAX];
        size_t len = 0;
        use.name = s->known->actions[i];
        IAM_ENSURE(s->space.len + 1 + use.name.len <= sizeof(text), IAM_CORRUPT);
        memcpy(text, s->space.p, s->space.len);
        len = s->space.len;
        text[len++] = ':';
        for (size_t c = 0; c < use.name.len; c++) {
            text[len++] = iam_ascii_lower(use.name.p[c]);
        }
        if (is_granted(r, (struct iam_str){ text, len })) {
            iam_access_add_action(out, &use);
        }
    }
    return IAM_OK;
}

static enum iam_status write_services(struct report *r, struct iam_buf *out)
{
    for (size_t i = 0; i < r->service_count; i++) {
        const struct service *s = r->services[i];
        struct iam_access_use use = shown(r, &s->last);
        IAM_ENSURE(r->options->goes_on(r->options->ctx), IAM_CONFLICT);
        use.space = s->space;
        use.name = s->known != NULL ? s->known->name : s->space;
        use.total = s->total;
        iam_access_add_service(out, &use);
        IAM_TRY(write_actions(r, s, out));
    }
    return out->status;
}

static enum iam_status write_entities(const struct report *r, struct iam_buf *out)
{
    for (size_t i = 0; i < r->entities.count; i++) {
        iam_access_add_entity(out, &r->entities.items[i]);
    }
    for (size_t i = 0; i < r->use_count; i++) {
        const struct iam_access_entity_use use = { .space = r->uses[i]->service->space,
                                                   .entity = r->uses[i]->entity,
                                                   .used_ms = r->uses[i]->used_ms };
        iam_access_add_entity_use(out, &use);
    }
    return out->status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Reads the policies; those of a group are found by its ID, its name is not shown. */
static enum iam_status find_policies(struct report *r)
{
    const struct iam_access_job *job = r->job;
    const struct iam_entity_ref ref = { (enum iam_kind)job->kind, job->account, job->entity_id };
    return iam_directory_held(r->options->directory, r->txn, &r->arena, &ref, job->arn, &r->held);
}

static enum iam_status write_all(struct report *r, struct iam_buf texts[IAM_ACCESS_PART_COUNT])
{
    IAM_TRY(access_entities_find(r->txn, &r->arena, r->job, &r->entities));
    IAM_TRY(find_policies(r));
    IAM_TRY(find_services(r));
    IAM_TRY(find_uses(r));
    IAM_TRY(write_services(r, &texts[IAM_ACCESS_SERVICES]));
    return write_entities(r, &texts[IAM_ACCESS_ENTITIES]);
}

enum iam_status access_report_write(struct iam_txn *txn, const struct iam_access_job *job,
                                    const struct access_report_options *options,
                                    struct iam_buf texts[IAM_ACCESS_PART_COUNT])
{
    struct report r = { .txn = txn, .job = job, .options = options };
    iam_arena_init(&r.arena, iam_heap(), ARENA_BYTES);
    iam_map_init(&r.by_space, iam_heap(), 0);
    enum iam_status st = write_all(&r, texts);
    access_entities_done(&r.entities);
    iam_held_drop(&r.held);
    iam_map_done(&r.by_space);
    iam_arena_done(&r.arena);
    return st;
}
