/* SPDX-License-Identifier: Apache-2.0 */
/* The fault of a call. */
#include "dispatch/call.h"

enum iam_status api_fail(struct iam_call *call, enum api_error error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    enum iam_status st = api_fault_vfmt(&call->fault, call->arena, error, fmt, args);
    va_end(args);
    return st;
}

enum iam_status api_fail_look_up(struct iam_call *call, enum iam_status st)
{
    if (st == IAM_NOMEM) {
        return st;
    }
    return api_fail(call, API_ERR_SERVICE_UNAVAILABLE,
                    "The request has failed due to a temporary failure of the server.");
}
