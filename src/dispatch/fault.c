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
