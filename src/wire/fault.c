/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to make a fault. */
#include "wire/fault.h"

#include <stdio.h>

/* LIMIT: a message quotes names and ARNs, never a whole document. */
#define MAX_MESSAGE_BYTES 4095

enum iam_status api_fault_text(struct api_fault *fault, enum api_error error,
                               struct iam_str message)
{
    *fault = (struct api_fault){ error, message };
    return IAM_FAULT;
}

enum iam_status api_fault_vfmt(struct api_fault *fault, struct iam_arena *arena,
                               enum api_error error, const char *fmt, va_list args)
{
    /*
     * One more character fits than the limit allows, so a character that crosses the limit is still
     * whole here and iam_utf8_clip can drop all of it.
     */
    char text[MAX_MESSAGE_BYTES + sizeof("....")];
    struct iam_str message = IAM_STR("");

    if (vsnprintf(text, sizeof(text), fmt, args) >= 0 &&
        iam_arena_dup(arena, iam_utf8_clip(iam_str_c(text), MAX_MESSAGE_BYTES), &message) !=
            IAM_OK) {
        message = IAM_STR("");
    }
    return api_fault_text(fault, error, message);
}

enum iam_status api_fault_fmt(struct api_fault *fault, struct iam_arena *arena,
                              enum api_error error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    enum iam_status st = api_fault_vfmt(fault, arena, error, fmt, args);
    va_end(args);
    return st;
}
