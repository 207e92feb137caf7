/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization endpoint.
 * SPEC: OpenID AuthZEN Authorization API 1.0, "Access Evaluation API", "Access Evaluations API",
 * "Policy Decision Point Metadata".
 */
#include "services/iamd/question.h"

#include "base/heap.h"

/* LIMIT: memory that one question of a batch needs while it is decided. */
#define MAX_SCRATCH_BYTES (8u << 20)

static bool wants_messages(const struct api_iamd_evaluations_options *options)
{
    return options != NULL && options->encode_denials.is_set && options->encode_denials.value;
}

enum iam_status api_iamd_evaluate(struct iam_call *call, const struct api_iamd_evaluate_in *in,
                                  struct api_iamd_evaluate_out *out)
{
    struct authzen_question q = { in->subject, in->action, in->resource, in->context,
                                  wants_messages(in->options) };
    out->decision.is_set = true;
    return authzen_decide(call, call->arena, &q, &out->decision.value, &out->context);
}

/* Takes the members that an evaluation leaves out from the request. */
static struct authzen_question merge(const struct api_iamd_evaluate_batch_in *in,
                                     const struct api_iamd_evaluation *e)
{
    return (struct authzen_question){ e->subject != NULL ? e->subject : in->subject,
                                      e->action != NULL ? e->action : in->action,
                                      e->resource != NULL ? e->resource : in->resource,
                                      e->context != NULL ? e->context : in->context,
                                      wants_messages(in->options) };
}

/* Tells whether the batch ends after this decision. */
static bool is_last(const struct api_iamd_evaluate_batch_in *in, bool decision)
{
    struct iam_str semantic =
        in->options != NULL ? in->options->evaluations_semantic : iam_str_absent();
    return decision ? iam_str_eq(semantic, IAM_STR("permit_on_first_permit"))
                    : iam_str_eq(semantic, IAM_STR("deny_on_first_deny"));
}

static enum iam_status decide_each(struct iam_call *call, struct iam_arena *scratch,
                                   const struct api_iamd_evaluate_batch_in *in,
                                   struct api_iamd_decision_list *ret)
{
    struct api_iamd_decision *items =
        iam_arena_zalloc(call->arena, in->evaluations.count, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    *ret = (struct api_iamd_decision_list){ .items = items, .is_set = true };
    for (size_t i = 0; i < in->evaluations.count; i++) {
        struct authzen_question q = merge(in, &in->evaluations.items[i]);
        items[i].decision.is_set = true;
        iam_arena_clear(scratch);
        IAM_TRY(authzen_decide(call, scratch, &q, &items[i].decision.value, &items[i].context));
        ret->count = i + 1;
        if (is_last(in, items[i].decision.value)) {
            break;
        }
    }
    return IAM_OK;
}

enum iam_status api_iamd_evaluate_batch(struct iam_call *call,
                                        const struct api_iamd_evaluate_batch_in *in,
                                        struct api_iamd_evaluate_batch_out *out)
{
    if (in->evaluations.count == 0) {
        struct authzen_question q = { in->subject, in->action, in->resource, in->context,
                                      wants_messages(in->options) };
        out->decision.is_set = true;
        return authzen_decide(call, call->arena, &q, &out->decision.value, &out->context);
    }
    /*
     * Only one question's context at a time: the memory does not grow with the number of questions.
     */
    struct iam_arena scratch;
    iam_arena_init(&scratch, iam_heap(), MAX_SCRATCH_BYTES);
    enum iam_status st = decide_each(call, &scratch, in, &out->evaluations);
    iam_arena_done(&scratch);
    return st;
}

enum iam_status api_iamd_get_configuration(struct iam_call *call,
                                           const struct api_iamd_get_configuration_in *in,
                                           struct api_iamd_get_configuration_out *out)
{
    (void)in;
    struct iam_str base = call->env->base_url;
    out->policy_decision_point = base;
    IAM_TRY(iam_arena_fmt(call->arena, &out->access_evaluation_endpoint,
                          "%.*s/access/v1/evaluation", IAM_STR_ARG(base)));
    return iam_arena_fmt(call->arena, &out->access_evaluations_endpoint,
                         "%.*s/access/v1/evaluations", IAM_STR_ARG(base));
}
