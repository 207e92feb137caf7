/* SPDX-License-Identifier: Apache-2.0 */
/* The fault of a call. */
#include <stdarg.h>

#include "base/buf.h"
#include "dispatch/call.h"

/* LIMIT: a message quotes names and ARNs, never a whole document. */
#define MAX_MESSAGE_BYTES 4096

enum iam_status api_fail(struct iam_call *call, enum api_error error, const char *fmt, ...)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    struct iam_str message = IAM_STR("");
    va_list args;

    iam_buf_init(&b, &alloc, MAX_MESSAGE_BYTES);
    va_start(args, fmt);
    iam_buf_add_vfmt(&b, fmt, args);
    va_end(args);
    if (iam_buf_finish(&b, &message) != IAM_OK) {
        message = IAM_STR("");
    }
    call->fault = (struct api_fault){ error, message };
    call->has_fault = true;
    return IAM_FAULT;
}

enum iam_status api_fail_look_up(struct iam_call *call, enum iam_status st)
{
    if (st == IAM_NOMEM) {
        return st;
    }
    return api_fail(call, API_ERR_SERVICE_UNAVAILABLE,
                    "The request has failed due to a temporary failure of the server.");
}
