/* SPDX-License-Identifier: Apache-2.0 */
/* The resource of iamd's own actions. */
#include "api_iamd.gen.h"
#include "dispatch/call.h"
#include "model/arn.h"

/*
 * Resolves to the authorization endpoint of the caller's account:
 * arn:aws:iamd::<account>:evaluation.
 */
enum iam_status api_iamd_resolve_evaluation(struct iam_call *call, const void *in,
                                            const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    (void)ref;
    const struct iam_str parts[] = { IAM_STR("arn:" IAM_PARTITION ":iamd::"), api_account(call),
                                     IAM_STR(":evaluation") };
    return iam_arena_join(call->arena, parts, IAM_COUNT(parts), &ret->arn);
}
