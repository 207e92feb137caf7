/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/prepare.h"

#include "dispatch/authorize.h"
#include "dispatch/serve.h"

/* Authorizes in a transaction of its own, which reads. */
static enum iam_status judge(struct iam_call *call)
{
    IAM_TRY(iam_store_begin(call->env->store, IAM_TXN_READ, &call->txn));
    enum iam_status st = api_authorize(call, call->input);
    api_end_reading(call);
    return st;
}

bool api_request_judge(struct api_request *r, uint64_t steps)
{
    IAM_ASSERT(api_request_is_write(r) && !r->is_done);
    r->call.work = (struct api_work){ .left = steps };
    enum iam_status st = judge(&r->call);
    bool is_known = !r->call.work.is_out || steps == API_STEPS_MAX;
    if (st != IAM_OK && is_known) {
        api_request_answer(r, st);
    } else {
        api_request_rewind(r);
    }
    return is_known;
}

static enum iam_status prepare(struct iam_call *call)
{
    IAM_TRY(iam_store_begin(call->env->store, IAM_TXN_READ, &call->txn));
    enum iam_status st = api_authorize(call, call->input);
    if (st == IAM_OK) {
        st = call->op->rule->prepare(call, call->input);
    }
    api_end_reading(call);
    return st;
}

void api_request_prepare(struct api_request *r)
{
    IAM_ASSERT(api_request_needs_preparation(r) && api_request_is_write(r) && !r->is_done);
    enum iam_status st = prepare(&r->call);
    if (st != IAM_OK) {
        api_request_answer(r, st);
        return;
    }
    r->is_prepared = true;
    /* What was resolved may be different by the time the request runs. */
    api_request_rewind(r);
}
