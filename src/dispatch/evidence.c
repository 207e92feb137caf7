/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/evidence.h"

enum iam_status api_evidence_accept(struct iam_call *call, const struct api_evidence *evidence)
{
    const struct iam_view *view;
    struct iam_identity *caller = iam_arena_alloc(call->arena, sizeof(*caller));
    IAM_ENSURE(caller != NULL, IAM_NOMEM);
    enum iam_status st =
        iam_directory_by_id(call->env->directory, call->txn, evidence->account, &view);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? IAM_DENIED : api_fail_look_up(call, st);
    }
    *caller = (struct iam_identity){ .kind = evidence->kind,
                                     .account = evidence->account,
                                     .principal_id = evidence->user_id };
    api_subject_close(&call->subject); /* of a signature, which does not matter here */
    call->caller = caller;
    call->evidence = evidence;
    call->subject = (struct api_subject){ .kind = evidence->kind,
                                          .view = view,
                                          .provider = evidence->principal,
                                          .user_id = evidence->user_id };
    return IAM_OK;
}

void api_evidence_forget(struct iam_call *call)
{
    static const struct iam_identity nobody = { .kind = IAM_KIND_NONE };
    if (call->evidence != NULL) {
        api_subject_close(&call->subject);
        call->caller = &nobody;
        call->evidence = NULL;
    }
}
