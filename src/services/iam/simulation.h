/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulation while it is made: the policies with what is shown of them, and the request that is
 * imagined. Everything that is answered lives in the call's arena.
 */
#pragma once

#include "api_iam.gen.h"
#include "dispatch/call.h"
#include "iam/simulate.h"

/* ---- policies, simulation_source.c ----------------------------------------------------------- */

/* One policy that is simulated. */
struct sim_policy {
    struct iam_policy *policy; /* a reference */
    struct iam_str id;         /* SourcePolicyId */
    struct iam_str name;       /* of an inline or a managed policy; absent for a document given */
    enum iam_kind owner_kind;  /* of an inline policy: user, group or role; NONE otherwise */
    struct iam_str owner;
    struct iam_str account;          /* of a managed policy; absent otherwise */
    struct api_iam_statement *shown; /* all statements; NULL: none has been shown yet */
    uint32_t *seen; /* of each statement the number of the action that showed it last */
};

/* The policies that count as one kind. */
struct sim_layer {
    struct iam_str type; /* SourcePolicyType */
    struct sim_policy *policies;
    size_t count;
    size_t cap;
    struct iam_policy_set *set; /* a reference; NULL: there is no such policy, or not yet a set */
};

/* What a principal has. */
struct sim_source {
    struct iam_str arn;          /* as it is stored */
    const struct iam_view *view; /* a reference; NULL for a group */
    struct sim_layer identity;
    struct sim_layer boundary;
};

/* Adds a policy, of which a reference is taken over, also when it fails: IAM_NOMEM. */
enum iam_status sim_add(struct iam_call *call, struct sim_layer *layer,
                        const struct sim_policy *policy) IAM_MUST_USE;
/*
 * Reads and adds a document that the client gives. item is its number from 1 in the list that
 * what names, 0 for none. Fails with InvalidInput. The work is charged: IAM_LIMIT.
 */
enum iam_status sim_add_document(struct iam_call *call, struct sim_layer *layer,
                                 enum iam_policy_kind kind, struct iam_str document,
                                 struct iam_str id, const char *what, size_t item) IAM_MUST_USE;
/* Makes the set of a layer; one without policies allows nothing. The work is charged: IAM_LIMIT. */
enum iam_status sim_compile(struct iam_call *call, struct sim_layer *layer) IAM_MUST_USE;
/*
 * Loads what the resolved user, group or role has; arn is what the client sent. Fails with
 * InvalidInput for what is none of them or of another account, NoSuchEntity, or PolicyEvaluation
 * when a policy cannot be read. To be closed also after a failure.
 */
enum iam_status sim_source_open(struct iam_call *call, struct iam_str arn,
                                struct sim_source *ret) IAM_MUST_USE;
/* Leaves out what exclusions name. The work is charged: IAM_LIMIT. */
enum iam_status
sim_source_exclude(struct iam_call *call, struct sim_source *source,
                   const struct api_iam_policy_exclusion_list *exclusions) IAM_MUST_USE;
/* Drops the references; a zeroed one is fine. */
void sim_layer_close(struct sim_layer *layer);
void sim_source_close(struct sim_source *source);

/* ---- condition keys, simulation_keys.c ------------------------------------------------------- */

/* Keys in the arena, sorted and each once. */
struct sim_keys {
    const struct iam_str *items;
    size_t count;
};

/* Finds the keys that the policies of the layers name, but for those that context has. */
enum iam_status sim_missing_keys(struct iam_call *call, const struct sim_layer *const *layers,
                                 size_t count, const struct iam_context_entry *context,
                                 size_t context_count, struct sim_keys *ret) IAM_MUST_USE;

/* ---- the request, simulation_request.c ------------------------------------------------------- */

/* What is imagined, the same for all actions and resources. */
struct sim_request {
    struct iam_request request; /* without action and resource */
    size_t given_count;         /* the first entries of its context are those that were given */
    bool has_caller;
    struct iam_str owner; /* account of the owner that was given; absent: none */
};

/*
 * Checks and reads the entries, the caller (absent: none) and the owner of the resources. Fails
 * with InvalidInput.
 */
enum iam_status sim_request_read(struct iam_call *call,
                                 const struct api_iam_simulate_custom_policy_in *in,
                                 struct sim_request *ret) IAM_MUST_USE;
/*
 * Returns st, or fails with InvalidInput when it is that the work did not suffice and the call does
 * not begin again elsewhere.
 */
enum iam_status sim_worked(struct iam_call *call, enum iam_status st) IAM_MUST_USE;
/* Tells whether the key is one of the first count entries, in any case. */
bool sim_has_key(const struct iam_context_entry *entries, size_t count, struct iam_str key);
/* Checks the actions, the resources and the ResourceHandlingOption. Fails with InvalidInput. */
enum iam_status sim_check_subjects(struct iam_call *call,
                                   const struct api_iam_simulate_custom_policy_in *in) IAM_MUST_USE;
/* Tells whether resources are named: none, or "*" alone, is every resource. */
bool sim_names_resources(const struct api_iam_resource_name_list *resources);
/*
 * Tells whether a resource can be one of the action's service. True also where that is not known.
 */
bool sim_fits(struct iam_str action, struct iam_str resource);
/*
 * Returns what AWS calls the resources of an action when several are named, without
 * "arn:PARTITION:"; absent where that was not recorded.
 */
struct iam_str sim_resource_template(struct iam_str action);

/* ---- results, simulation_result.c ------------------------------------------------------------ */

struct simulation {
    struct iam_call *call;
    const struct api_iam_resource_name_list *resources;
    struct sim_request request;
    struct sim_layer identity;
    struct sim_layer boundary; /* set NULL: none */
    struct sim_layer resource; /* set NULL: none */
    struct iam_policies policies;
    struct sim_keys missing;
    bool knows_missing; /* missing has been found */
    uint32_t action;    /* number of the action that is asked about, from 1 */
};

/*
 * Simulates an action on all resources. The work is charged: IAM_LIMIT when it does not suffice;
 * IAM_FAULT.
 */
enum iam_status sim_evaluate(struct simulation *sim, struct iam_str action,
                             struct api_iam_evaluation_result *ret) IAM_MUST_USE;
