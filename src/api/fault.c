/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of a call, and those whose words many handlers share. */
#include <stdarg.h>

#include "api/call.h"
#include "base/buf.h"

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

enum iam_status api_fail_no_user(struct iam_call *call, struct iam_str name)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The user with name %.*s cannot be found.",
                    IAM_STR_ARG(name));
}

enum iam_status api_fail_no_group(struct iam_call *call, struct iam_str name)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The group with name %.*s cannot be found.",
                    IAM_STR_ARG(name));
}

enum iam_status api_fail_no_role(struct iam_call *call, struct iam_str name)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The role with name %.*s cannot be found.",
                    IAM_STR_ARG(name));
}

enum iam_status api_fail_no_policy(struct iam_call *call, struct iam_str arn)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "Policy %.*s does not exist or is not attachable.", IAM_STR_ARG(arn));
}
