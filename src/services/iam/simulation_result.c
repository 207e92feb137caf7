/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is answered about one action: libiam says what each kind of policy says by itself, and here
 * it becomes the decision of AWS's simulator, which is not always that of a call.
 * SPEC: IAM API Reference, "EvaluationResult"; recorded: docs/conformance.md, "Simulation".
 */
#include "services/iam/simulation.h"

#include "model/arn.h"
#include "policy/compiled.h"

/* Steps of a result, of a statement in it, and of a byte of text. */
#define STEPS_RESULT API_STEPS_QUESTION
#define STEPS_STATEMENT 4096
#define STEPS_BYTE 16

/* What was decided about one resource, or about all of them. */
struct verdict {
    enum iam_effect effect;
    enum iam_effect identity;
    enum iam_effect boundary;
    enum iam_effect resource;
    bool is_cross;        /* caller and owner are of different accounts, which are told apart */
    bool by_organization; /* the organization allows it */
    const struct iam_said *said[3]; /* whose statements decided; unused: NULL */
};

static struct iam_str name_of(enum iam_effect effect)
{
    return effect == IAM_ALLOW ? IAM_STR("allowed") : iam_str_c(iam_effect_name(effect));
}

/* Returns what both together mean where both must allow. */
static enum iam_effect both(enum iam_effect a, enum iam_effect b)
{
    if (a == IAM_EXPLICIT_DENY || b == IAM_EXPLICIT_DENY) {
        return IAM_EXPLICIT_DENY;
    }
    return a == IAM_ALLOW ? b : a;
}

static enum iam_status charge(struct simulation *sim, uint64_t steps)
{
    return api_work_spend(&sim->call->work, steps) ? IAM_OK : IAM_LIMIT;
}

/* ---- the decision ---------------------------------------------------------------------------- */

static bool is_cross_account(const struct simulation *sim, struct iam_str resource)
{
    struct iam_str owner = iam_str_or(sim->request.owner, iam_arn_account(resource));
    return sim->policies.resource != NULL && iam_str_is_set(owner) &&
           !iam_str_eq(owner, sim->request.request.principal.account);
}

/*
 * Combines what nobody denies: in one account the policy of the resource is enough, across two
 * both sides must allow.
 */
static enum iam_effect combine(const struct simulation *sim, const struct verdict *v)
{
    enum iam_effect own = v->identity;
    if (sim->policies.boundary != NULL) {
        own = both(own, v->boundary);
    }
    if (v->is_cross) {
        return both(own, v->resource);
    }
    return v->resource == IAM_ALLOW ? IAM_ALLOW : own;
}

static enum iam_effect decide(const struct simulation *sim, const struct iam_simulated *s,
                              const struct verdict *v)
{
    if (sim->policies.scp_count > 0 && s->scp != IAM_ALLOW) {
        return s->scp;
    }
    if (v->identity == IAM_EXPLICIT_DENY || v->boundary == IAM_EXPLICIT_DENY ||
        v->resource == IAM_EXPLICIT_DENY) {
        return IAM_EXPLICIT_DENY;
    }
    return combine(sim, v);
}

/* Finds whose statements are shown: those that deny, or that grant; what only limits does not. */
static void find_said(const struct iam_simulated *s, struct verdict *v)
{
    const struct iam_said *all[] = { &s->identity, &s->resource, &s->boundary };
    size_t count = v->effect == IAM_ALLOW ? 2 : IAM_COUNT(all);
    for (size_t i = 0; i < IAM_COUNT(all); i++) {
        bool decided = v->by_organization && v->effect != IAM_IMPLICIT_DENY && i < count &&
                       all[i]->effect == v->effect;
        v->said[i] = decided ? all[i] : NULL;
    }
}

/* Refuses what libiam refuses: the limits of its requests. */
static enum iam_status refuse(struct simulation *sim, const struct iam_request *request,
                              const struct iam_request_fault *fault)
{
    char text[256];
    size_t n = iam_request_fault_text(fault, request, text, sizeof(text));
    return api_fail(sim->call, API_ERR_INVALID_INPUT, "Invalid simulation: %.*s.", (int)n, text);
}

static enum iam_status ask(struct simulation *sim, struct iam_str action, struct iam_str resource,
                           struct iam_simulated *said, struct verdict *ret)
{
    struct iam_request request = sim->request.request;
    request.action = action;
    request.resource = resource;
    if (!iam_simulate_within(&sim->policies, &request, &sim->call->work.left, said)) {
        sim->call->work.is_out = true;
        return IAM_LIMIT;
    }
    if (said->refused.member != IAM_MEMBER_NONE) {
        return refuse(sim, &request, &said->refused);
    }
    if (!sim_fits(action, resource)) {
        said->identity.effect = IAM_IMPLICIT_DENY;
        said->boundary.effect = IAM_IMPLICIT_DENY;
        said->resource.effect = IAM_IMPLICIT_DENY;
    }
    *ret = (struct verdict){ .identity = said->identity.effect,
                             .boundary = said->boundary.effect,
                             .resource = said->resource.effect,
                             .is_cross = is_cross_account(sim, resource),
                             .by_organization =
                                 sim->policies.scp_count == 0 || said->scp == IAM_ALLOW };
    ret->effect = decide(sim, said, ret);
    find_said(said, ret);
    return IAM_OK;
}

/* ---- statements ------------------------------------------------------------------------------ */

static struct sim_layer *layer_of(struct simulation *sim, enum iam_policy_kind kind)
{
    return kind == IAM_POLICY_IDENTITY   ? &sim->identity
           : kind == IAM_POLICY_BOUNDARY ? &sim->boundary
                                         : &sim->resource;
}

static void set_position(struct api_iam_position *to, struct iam_position from)
{
    *to = (struct api_iam_position){ api_int(from.line), api_int(from.column) };
}

/* Makes what is shown of the statements of a policy, once for all results. */
static enum iam_status make_shown(struct simulation *sim, const struct sim_layer *layer,
                                  struct sim_policy *p)
{
    struct iam_arena *arena = sim->call->arena;
    size_t n = iam_policy_statement_count(p->policy);
    struct iam_span *spans = iam_arena_zalloc(arena, n, sizeof(*spans));
    struct api_iam_position *positions = iam_arena_zalloc(arena, 2 * n, sizeof(*positions));
    struct api_iam_statement *shown = iam_arena_zalloc(arena, n, sizeof(*shown));
    p->seen = iam_arena_zalloc(arena, n, sizeof(*p->seen));
    IAM_ENSURE(spans != NULL && positions != NULL && shown != NULL && p->seen != NULL, IAM_NOMEM);
    IAM_TRY(charge(sim, iam_policy_text(p->policy).len));
    iam_policy_spans(p->policy, spans, n);
    for (size_t i = 0; i < n; i++) {
        set_position(&positions[2 * i], spans[i].start);
        set_position(&positions[2 * i + 1], spans[i].end);
        shown[i] = (struct api_iam_statement){ p->id, layer->type, &positions[2 * i],
                                               &positions[2 * i + 1] };
    }
    p->shown = shown;
    return IAM_OK;
}

/* A list of statements that is being made. */
struct shown_list {
    struct api_iam_statement *items;
    size_t count;
    size_t cap;
    uint32_t number; /* of the action about which it is, where a statement may come again; else 0 */
};

/* Tells whether a statement is in the list already, and marks it as being there. */
static bool is_shown(const struct shown_list *list, uint32_t *seen)
{
    bool is_there = list->number != 0 && *seen == list->number;
    *seen = list->number != 0 ? list->number : *seen;
    return is_there;
}

static enum iam_status grow(struct simulation *sim, struct shown_list *list)
{
    size_t cap = list->cap == 0 ? 4 : 2 * list->cap;
    if (list->count < list->cap) {
        return IAM_OK;
    }
    struct api_iam_statement *items = iam_arena_zalloc(sim->call->arena, cap, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof(*items));
    }
    list->items = items;
    list->cap = cap;
    return IAM_OK;
}

static enum iam_status show(struct simulation *sim, const struct iam_matched *m,
                            struct shown_list *list)
{
    struct sim_layer *layer = layer_of(sim, m->layer);
    struct sim_policy *p = &layer->policies[m->entry];
    if (p->shown == NULL) {
        IAM_TRY(make_shown(sim, layer, p));
    }
    if (is_shown(list, &p->seen[m->statement])) {
        return IAM_OK;
    }
    IAM_TRY(charge(sim, STEPS_STATEMENT + p->id.len * STEPS_BYTE));
    IAM_TRY(grow(sim, list));
    list->items[list->count++] = p->shown[m->statement];
    return IAM_OK;
}

static enum iam_status show_said(struct simulation *sim, const struct verdict *v,
                                 struct shown_list *list)
{
    for (size_t i = 0; i < IAM_COUNT(v->said); i++) {
        const struct iam_said *said = v->said[i];
        size_t n = said == NULL                                     ? 0
                   : said->matched_count < IAM_DECISION_MAX_MATCHED ? said->matched_count
                                                                    : IAM_DECISION_MAX_MATCHED;
        for (size_t k = 0; k < n; k++) {
            IAM_TRY(show(sim, &said->matched[k], list));
        }
    }
    return IAM_OK;
}

static struct api_iam_statement_list statements_of(const struct shown_list *list)
{
    return (struct api_iam_statement_list){ list->items, list->count, list->count > 0 };
}

/* ---- the other members ----------------------------------------------------------------------- */

/* Finds the keys that are missing, when for want of them it may be that nothing allows. */
static enum iam_status missing_of(struct simulation *sim, const struct verdict *v,
                                  struct api_iam_context_key_names_result_list *ret)
{
    const struct sim_layer *layers[] = { &sim->identity, &sim->boundary, &sim->resource };
    *ret = (struct api_iam_context_key_names_result_list){ 0 };
    if (v->effect != IAM_IMPLICIT_DENY || !v->by_organization) {
        return IAM_OK;
    }
    if (!sim->knows_missing) {
        IAM_TRY(sim_missing_keys(sim->call, layers, IAM_COUNT(layers), sim->request.request.context,
                                 sim->request.given_count, &sim->missing));
        sim->knows_missing = true;
    }
    for (size_t i = 0; i < sim->missing.count; i++) {
        IAM_TRY(charge(sim, 512 + sim->missing.items[i].len * STEPS_BYTE));
    }
    /* The items are only read. */
    memcpy(&ret->items, &sim->missing.items, sizeof(ret->items));
    ret->count = sim->missing.count;
    ret->is_set = ret->count > 0;
    return IAM_OK;
}

static enum iam_status boundary_of(struct simulation *sim, const struct verdict *v,
                                   struct api_iam_permissions_boundary_decision_detail **ret)
{
    *ret = NULL;
    if (sim->policies.boundary == NULL) {
        return IAM_OK;
    }
    *ret = iam_arena_zalloc(sim->call->arena, 1, sizeof(**ret));
    IAM_ENSURE(*ret != NULL, IAM_NOMEM);
    (*ret)->allowed_by_permissions_boundary = api_bool(v->boundary == IAM_ALLOW);
    return IAM_OK;
}

static enum iam_status organizations_of(struct simulation *sim, const struct verdict *v,
                                        struct api_iam_organizations_decision_detail **ret)
{
    *ret = NULL;
    if (sim->policies.scp_count == 0) {
        return IAM_OK;
    }
    *ret = iam_arena_zalloc(sim->call->arena, 1, sizeof(**ret));
    IAM_ENSURE(*ret != NULL, IAM_NOMEM);
    (*ret)->allowed_by_organizations = api_bool(v->by_organization);
    return IAM_OK;
}

/* Makes what each kind of policy says, which is told apart across accounts. */
static enum iam_status details_of(struct simulation *sim, const struct verdict *v,
                                  struct api_iam_eval_decision_details *ret)
{
    struct api_iam_eval_decision_details_entry *items;
    size_t n = 0;
    *ret = (struct api_iam_eval_decision_details){ 0 };
    if (!v->is_cross || !v->by_organization) {
        return IAM_OK;
    }
    items = iam_arena_zalloc(sim->call->arena, 3, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    items[n++] =
        (struct api_iam_eval_decision_details_entry){ sim->identity.type, name_of(v->identity) };
    items[n++] =
        (struct api_iam_eval_decision_details_entry){ sim->resource.type, name_of(v->resource) };
    if (sim->policies.boundary != NULL) {
        items[n++] = (struct api_iam_eval_decision_details_entry){ sim->boundary.type,
                                                                   name_of(v->boundary) };
    }
    *ret = (struct api_iam_eval_decision_details){ items, n, true };
    return IAM_OK;
}

/* ---- results --------------------------------------------------------------------------------- */

static enum iam_status resource_result(struct simulation *sim, struct iam_str resource,
                                       const struct verdict *v,
                                       struct api_iam_resource_specific_result *ret)
{
    struct shown_list list = { 0 };
    IAM_TRY(show_said(sim, v, &list));
    ret->eval_resource_name = resource;
    ret->eval_resource_decision = name_of(v->effect);
    ret->matched_statements = statements_of(&list);
    IAM_TRY(missing_of(sim, v, &ret->missing_context_values));
    IAM_TRY(boundary_of(sim, v, &ret->permissions_boundary_decision_detail));
    return details_of(sim, v, &ret->eval_decision_details);
}

/* Adds what was decided about one more resource. */
static void add_verdict(struct verdict *all, const struct verdict *one, bool is_first)
{
    if (is_first) {
        *all = *one;
        return;
    }
    all->effect = both(all->effect, one->effect);
    all->identity = both(all->identity, one->identity);
    all->boundary = both(all->boundary, one->boundary);
    all->resource = both(all->resource, one->resource);
    all->is_cross |= one->is_cross;
    all->by_organization &= one->by_organization;
}

/* What is added up over the resources of an action. */
struct total {
    struct verdict verdict;
    struct shown_list shown;
    struct api_iam_context_key_names_result_list missing;
};

static enum iam_status add_resource(struct simulation *sim, struct iam_str action, size_t at,
                                    struct total *total,
                                    struct api_iam_resource_specific_result *ret)
{
    struct iam_simulated said;
    struct verdict v;
    struct api_iam_context_key_names_result_list missing;
    struct iam_str resource = sim->resources->count > 0 ? sim->resources->items[at] : IAM_STR("*");
    IAM_TRY(charge(sim, STEPS_RESULT + resource.len * STEPS_BYTE));
    IAM_TRY(ask(sim, action, resource, &said, &v));
    if (ret != NULL) {
        IAM_TRY(resource_result(sim, resource, &v, ret));
        missing = ret->missing_context_values;
    } else {
        IAM_TRY(missing_of(sim, &v, &missing));
    }
    IAM_TRY(show_said(sim, &v, &total->shown));
    if (missing.is_set) {
        total->missing = missing;
    }
    add_verdict(&total->verdict, &v, at == 0);
    return IAM_OK;
}

/* Makes the name for all resources together. */
static enum iam_status resource_name(struct simulation *sim, struct iam_str action,
                                     struct iam_str *ret)
{
    const struct api_iam_resource_name_list *resources = sim->resources;
    *ret = resources->count == 1 ? resources->items[0] : IAM_STR("*");
    if (resources->count < 2) {
        return IAM_OK;
    }
    struct iam_str partition = iam_str_or(iam_arn_partition(resources->items[0]), IAM_STR("aws"));
    struct iam_str template = sim_resource_template(action);
    *ret = iam_str_absent();
    return iam_str_is_set(template) ? iam_arena_fmt(sim->call->arena, ret, "arn:%.*s:%.*s",
                                                    IAM_STR_ARG(partition), IAM_STR_ARG(template))
                                    : IAM_OK;
}

static enum iam_status fill(struct simulation *sim, const struct total *total,
                            struct api_iam_evaluation_result *ret)
{
    ret->eval_decision = name_of(total->verdict.effect);
    ret->matched_statements = statements_of(&total->shown);
    ret->matched_statements.is_set = true;
    ret->missing_context_values = total->missing;
    ret->missing_context_values.is_set = true;
    IAM_TRY(boundary_of(sim, &total->verdict, &ret->permissions_boundary_decision_detail));
    IAM_TRY(organizations_of(sim, &total->verdict, &ret->organizations_decision_detail));
    IAM_TRY(details_of(sim, &total->verdict, &ret->eval_decision_details));
    ret->eval_decision_details.is_set |= sim_names_resources(sim->resources);
    return IAM_OK;
}

enum iam_status sim_evaluate(struct simulation *sim, struct iam_str action,
                             struct api_iam_evaluation_result *ret)
{
    size_t count = sim->resources->count > 0 ? sim->resources->count : 1;
    bool named = sim_names_resources(sim->resources);
    struct api_iam_resource_specific_result *results =
        named ? iam_arena_zalloc(sim->call->arena, count, sizeof(*results)) : NULL;
    struct total total = { .shown.number = ++sim->action };
    IAM_ENSURE(!named || results != NULL, IAM_NOMEM);
    ret->eval_action_name = action;
    IAM_TRY(resource_name(sim, action, &ret->eval_resource_name));
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(add_resource(sim, action, i, &total, named ? &results[i] : NULL));
    }
    if (named) {
        ret->resource_specific_results =
            (struct api_iam_resource_specific_result_list){ results, count, true };
    }
    return fill(sim, &total, ret);
}
