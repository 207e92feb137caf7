/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fault is an error that the client is told about: a row of the errors table (generated from
 * api/errors.json) and a message. Lower layers return a status; only the API layer makes faults.
 * For some errors the JSON protocols have a code and a status of their own; the encoder picks the
 * right ones.
 */
#pragma once

#include <stdarg.h>

#include "base/arena.h"

/* Generated: enum api_error (API_ERR_NO_SUCH_ENTITY and so on), which indexes the table below. */
#include "api_errors.gen.h"

struct api_error_row {
    struct iam_str code;      /* on the wire: "SignatureDoesNotMatch" */
    struct iam_str json_code; /* in the JSON protocols: "InvalidSignatureException" */
    int http_status;
    int json_status;
    bool is_sender; /* true: the Sender is at fault; false: the Receiver, that is, the server */
};

extern const struct api_error_row api_errors[API_ERR_COUNT];

static inline struct iam_str api_error_code(enum api_error error, bool is_json)
{
    return is_json ? api_errors[error].json_code : api_errors[error].code;
}

static inline int api_error_status(enum api_error error, bool is_json)
{
    return is_json ? api_errors[error].json_status : api_errors[error].http_status;
}

/* Zero: not set. */
struct api_fault {
    enum api_error error; /* API_ERR_NONE: not set */
    /* For the client; lives in the call's arena or is static. Empty or absent: it is told the code
     * alone. */
    struct iam_str message;
};

static inline bool api_fault_is_set(const struct api_fault *fault)
{
    return fault->error != API_ERR_NONE;
}

/* LIMIT: bytes of one thing that a client sent, as far as a message quotes it. */
#define API_QUOTED_BYTES 256

/* Returns what a message may quote of s, well-formed UTF-8: its beginning. */
static inline struct iam_str api_quoted(struct iam_str s)
{
    return iam_utf8_clip(s, API_QUOTED_BYTES);
}

/* The same as two arguments for "%.*s". */
#define API_QUOTED(s) IAM_STR_ARG(api_quoted(s))

/* Sets *fault to error with message, which must live as long as the fault. Returns IAM_FAULT. */
enum iam_status api_fault_text(struct api_fault *fault, enum api_error error,
                               struct iam_str message);
/*
 * Sets *fault to error with a formatted message, made in arena and cut to at most 4,095 bytes at a
 * character boundary. If memory runs out, the message is empty and only the code remains. Returns
 * IAM_FAULT.
 */
enum iam_status api_fault_fmt(struct api_fault *fault, struct iam_arena *arena,
                              enum api_error error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
enum iam_status api_fault_vfmt(struct api_fault *fault, struct iam_arena *arena,
                               enum api_error error, const char *fmt, va_list args)
    __attribute__((format(printf, 4, 0)));
