/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SimulateCustomPolicy and SimulatePrincipalPolicy: what policies would decide, without doing
 * anything. A page ends after MaxItems actions, or when the work of the next one would not suffice.
 */
#include "services/iam/simulation.h"

#include "policy/compiled.h"

#define MAX_LEVELS 7

/* The sets of the levels of an organization. */
struct levels {
    struct sim_layer layers[MAX_LEVELS];
    const struct iam_policy_set *sets[MAX_LEVELS];
    size_t count;
};

static void levels_close(struct levels *l)
{
    for (size_t i = 0; i < MAX_LEVELS; i++) {
        sim_layer_close(&l->layers[i]);
    }
}

/* ---- policies -------------------------------------------------------------------------------- */

/*
 * Adds the documents to the identity policies. They may hold values that a policy which is written
 * may not: those of a session policy, the loosest kind.
 */
static enum iam_status add_inputs(struct iam_call *call, struct simulation *sim,
                                  const struct api_iam_simulation_policy_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct iam_str id;
        IAM_TRY(iam_arena_fmt(call->arena, &id, "PolicyInputList.%zu", i + 1));
        IAM_TRY(sim_add_document(call, &sim->identity, IAM_POLICY_SESSION, list->items[i], id,
                                 "Policy input list", i + 1));
    }
    if (list->count > 0) {
        iam_policy_set_unref(sim->identity.set);
        sim->identity.set = NULL;
    }
    return IAM_OK;
}

/* Reads the boundary that is given, which takes the place of the principal's own. */
static enum iam_status add_boundary(struct iam_call *call, struct simulation *sim,
                                    const struct api_iam_simulation_policy_list *list)
{
    struct iam_str type = sim->boundary.type;
    if (list->count == 0) {
        return IAM_OK;
    }
    sim_layer_close(&sim->boundary);
    sim->boundary.type = type;
    IAM_TRY(sim_add_document(call, &sim->boundary, IAM_POLICY_SESSION, list->items[0],
                             IAM_STR("PermissionsBoundaryPolicyInputList.1"),
                             "Permissions boundary policy input list", 1));
    return sim_compile(call, &sim->boundary);
}

static enum iam_status add_level(struct iam_call *call,
                                 const struct api_iam_simulation_policy_list *list, size_t number,
                                 struct levels *levels)
{
    struct sim_layer *layer = &levels->layers[levels->count];
    for (size_t i = 0; i < list->count; i++) {
        IAM_TRY(sim_add_document(call, layer, IAM_POLICY_SCP, list->items[i], iam_str_absent(),
                                 "Organization policy at index", number));
    }
    IAM_TRY(sim_compile(call, layer));
    levels->sets[levels->count++] = layer->set;
    return IAM_OK;
}

static enum iam_status add_levels(struct iam_call *call, struct simulation *sim,
                                  const struct api_iam_ordered_organization_policy_list *list,
                                  struct levels *levels)
{
    for (size_t i = 0; i < list->count; i++) {
        IAM_TRY(add_level(call, &list->items[i].service_control_policy_input_list, i + 1, levels));
    }
    sim->policies.scp = levels->sets;
    sim->policies.scp_count = levels->count;
    return IAM_OK;
}

/* Tells whether a statement of a document is about every resource. */
static bool names_every_resource(const struct iam_policy *policy)
{
    const struct iam_statement *statements = iam_policy_statements(policy);
    for (size_t i = 0; i < iam_policy_statement_count(policy); i++) {
        for (uint32_t k = 0; k < statements[i].resource_count; k++) {
            if (iam_statement_resources(&statements[i])[k].any) {
                return true;
            }
        }
    }
    return false;
}

static enum iam_status add_resource_policy(struct iam_call *call, struct simulation *sim,
                                           struct iam_str document)
{
    if (!iam_str_is_set(document)) {
        return IAM_OK;
    }
    if (!sim->request.has_caller) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Invalid caller - Caller cannot be null or empty.");
    }
    if (!sim_names_resources(sim->resources)) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Invalid Entity Arn: * does not clearly define entity type and name.");
    }
    IAM_TRY(sim_add_document(call, &sim->resource, IAM_POLICY_RESOURCE, document,
                             IAM_STR("ResourcePolicy"), "Resource policy", 0));
    if (names_every_resource(sim->resource.policies[0].policy)) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "ResourceNames are not in a valid ARN format: *.");
    }
    return sim_compile(call, &sim->resource);
}

/* ---- the simulation -------------------------------------------------------------------------- */

/* Checks what is refused before any document is read. */
static enum iam_status check_lists(struct iam_call *call,
                                   const struct api_iam_simulate_custom_policy_in *in)
{
    if (in->permissions_boundary_policy_input_list.count > 1) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "The list of Permissions Boundary policies cannot exceed 1 items.");
    }
    for (size_t i = 0; i < in->ordered_organization_policy_input_list.count; i++) {
        if (in->ordered_organization_policy_input_list.items[i]
                .service_control_policy_input_list.count == 0) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "Organization policy at index %zu must contain at least one service "
                            "control policy",
                            i + 1);
        }
    }
    return sim_check_subjects(call, in);
}

/* Reads everything that is given; sim may have policies already. */
static enum iam_status set_up(struct simulation *sim,
                              const struct api_iam_simulate_custom_policy_in *in,
                              struct levels *levels)
{
    struct iam_call *call = sim->call;
    sim->resources = &in->resource_arns;
    sim->identity.type = IAM_STR("IAM Policy");
    sim->boundary.type = IAM_STR("Permissions Boundary Policy");
    sim->resource.type = IAM_STR("Resource Policy");
    IAM_TRY(check_lists(call, in));
    IAM_TRY(sim_request_read(call, in, &sim->request));
    IAM_TRY(add_inputs(call, sim, &in->policy_input_list));
    if (sim->identity.set == NULL) {
        IAM_TRY(sim_compile(call, &sim->identity));
    }
    IAM_TRY(add_boundary(call, sim, &in->permissions_boundary_policy_input_list));
    IAM_TRY(add_levels(call, sim, &in->ordered_organization_policy_input_list, levels));
    IAM_TRY(add_resource_policy(call, sim, in->resource_policy));
    sim->policies.identity = sim->identity.set;
    sim->policies.boundary = sim->boundary.set;
    sim->policies.resource = sim->resource.set;
    return IAM_OK;
}

/*
 * Tells whether the work has run out after some of the page: then the page ends before the action
 * for which it did not suffice. Where running out means "not here" nothing of it is answered.
 */
static bool is_page_full(struct api_work *work, enum iam_status st, size_t done)
{
    if (st != IAM_LIMIT || !work->is_out || work->is_short || done == 0) {
        return false;
    }
    work->is_out = false;
    return true;
}

static enum iam_status evaluate_page(struct simulation *sim,
                                     const struct api_iam_action_name_list *actions, size_t from,
                                     size_t limit, struct api_iam_evaluation_result_list *ret)
{
    size_t left = from < actions->count ? actions->count - from : 0;
    size_t count = left < limit ? left : limit;
    struct api_iam_evaluation_result *items =
        iam_arena_zalloc(sim->call->arena, count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    *ret = (struct api_iam_evaluation_result_list){ items, 0, true };
    for (size_t i = 0; i < count; i++) {
        enum iam_status st = sim_evaluate(sim, actions->items[from + i], &items[i]);
        if (is_page_full(&sim->call->work, st, i)) {
            return IAM_OK;
        }
        IAM_TRY(st);
        ret->count = i + 1;
    }
    return IAM_OK;
}

static enum iam_status simulate(struct simulation *sim,
                                const struct api_iam_simulate_custom_policy_in *in,
                                struct api_iam_simulate_custom_policy_out *out)
{
    struct iam_call *call = sim->call;
    struct levels levels = { 0 };
    size_t from;
    size_t limit;
    enum iam_status st = api_page_open_made(call, in->marker, in->max_items, &from, &limit);
    if (st == IAM_FAULT) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Invalid marker for pagination.");
    }
    IAM_TRY(st);
    st = set_up(sim, in, &levels);
    if (st == IAM_OK) {
        st = evaluate_page(sim, &in->action_names, from, limit, &out->evaluation_results);
    }
    levels_close(&levels);
    IAM_TRY(st);
    size_t next = from + out->evaluation_results.count;
    return api_page_close_made(call, next < in->action_names.count, next, &out->is_truncated,
                               &out->marker);
}

static void simulation_close(struct simulation *sim)
{
    sim_layer_close(&sim->identity);
    sim_layer_close(&sim->boundary);
    sim_layer_close(&sim->resource);
}

enum iam_status api_iam_simulate_custom_policy(struct iam_call *call,
                                               const struct api_iam_simulate_custom_policy_in *in,
                                               struct api_iam_simulate_custom_policy_out *out)
{
    struct simulation sim = { .call = call };
    enum iam_status st = simulate(&sim, in, out);
    simulation_close(&sim);
    return sim_worked(call, st);
}

/* Takes the policies over from their source. */
static enum iam_status simulate_source(struct simulation *sim, struct sim_source *source,
                                       const struct api_iam_simulate_principal_policy_in *in,
                                       struct api_iam_simulate_custom_policy_out *out)
{
    const struct api_iam_simulate_custom_policy_in common = {
        .policy_input_list = in->policy_input_list,
        .permissions_boundary_policy_input_list = in->permissions_boundary_policy_input_list,
        .action_names = in->action_names,
        .resource_arns = in->resource_arns,
        .resource_policy = in->resource_policy,
        .resource_owner = in->resource_owner,
        .caller_arn = iam_str_or(in->caller_arn, source->arn),
        .context_entries = in->context_entries,
        .resource_handling_option = in->resource_handling_option,
        .max_items = in->max_items,
        .marker = in->marker,
    };
    sim->identity = source->identity;
    sim->boundary = source->boundary;
    source->identity = (struct sim_layer){ 0 };
    source->boundary = (struct sim_layer){ 0 };
    return simulate(sim, &common, out);
}

enum iam_status
api_iam_simulate_principal_policy(struct iam_call *call,
                                  const struct api_iam_simulate_principal_policy_in *in,
                                  struct api_iam_simulate_principal_policy_out *out)
{
    struct simulation sim = { .call = call };
    struct api_iam_simulate_custom_policy_out common = { 0 };
    struct sim_source source;
    enum iam_status st = sim_source_open(call, in->policy_source_arn, &source);
    if (st == IAM_OK) {
        st = sim_source_exclude(call, &source, &in->policy_exclusion_list);
    }
    if (st == IAM_OK) {
        st = simulate_source(&sim, &source, in, &common);
    }
    out->evaluation_results = common.evaluation_results;
    out->is_truncated = common.is_truncated;
    out->marker = common.marker;
    simulation_close(&sim);
    sim_source_close(&source);
    return sim_worked(call, st);
}
