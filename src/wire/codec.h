/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts between the wire and the generated structs: decoding for the three protocols,
 * validation, and encoding. Everything here walks the descriptors of shape.h; nothing knows about a
 * particular operation.
 */
#pragma once

#include "codec/form.h"
#include "wire/fault.h"
#include "wire/op.h"

/*
 * Decoders fill *out, which is shape's struct as c_size zeroed bytes, and allocate from arena. A
 * request that does not fit the shape is a fault in *fault and IAM_FAULT: duplicate or
 * contradictory parameters, list indexes that are none or leave out more than ten items, more than
 * 1000 items, text where a number belongs and so on, with AWS's code and wording (MalformedInput,
 * SerializationException ...). An unknown member is refused in JSON and ignored in the Query
 * protocol. IAM_NOMEM or IAM_LIMIT when the arena is exhausted.
 */
enum iam_status api_decode_query(struct iam_arena *arena, const struct iam_form *form,
                                 const struct api_shape *shape, void *out,
                                 struct api_fault *fault) IAM_MUST_USE;
enum iam_status api_decode_json(struct iam_arena *arena, const struct iam_json *body,
                                const struct api_shape *shape, void *out,
                                struct api_fault *fault) IAM_MUST_USE;

/* The parts of a REST-JSON request, apart from its signature. */
struct api_rest_input {
    struct iam_str path;         /* as sent: percent-encoded, without the query */
    struct iam_str query;        /* as sent, after the '?'; X-Amz-* parameters are skipped */
    const struct iam_json *body; /* NULL: none */
    /* Returns the value of the only header with that name, or an absent string. NULL: none. */
    struct iam_str (*header)(void *ctx, struct iam_str name);
    void *header_ctx;
};

/*
 * Does what api_decode_json does, and also reads members from the path, the query string and the
 * headers. path must match op's template, see api_op_route.
 */
enum iam_status api_decode_rest(struct iam_arena *arena, const struct api_rest_input *input,
                                const struct api_op *op, void *out,
                                struct api_fault *fault) IAM_MUST_USE;

/*
 * Checks every constraint and required member; up to ten violations are collected in one message:
 * "2 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must have
 * length less than or equal to 64; …". The error is ValidationError. Values are shown if it is the
 * way of the service, sensitive ones never.
 */
enum iam_status api_validate(struct iam_arena *arena, const struct api_service *service,
                             const struct api_shape *shape, const void *value,
                             struct api_fault *fault) IAM_MUST_USE;

/*
 * Compiles the patterns of all shapes. Called once at start, before there are other threads; until
 * then no value satisfies a pattern. IAM_NOMEM, or IAM_CORRUPT for a pattern that does not compile.
 */
enum iam_status api_validate_start(void) IAM_MUST_USE;
void api_validate_stop(void);

/* Encoders append the whole response body. */
void api_encode_query(struct iam_buf *b, const struct api_op *op, const void *out,
                      struct iam_str request_id);
void api_encode_query_fault(struct iam_buf *b, const struct api_service *service,
                            const struct api_fault *fault, struct iam_str request_id);
/*
 * Does the same in JSON, for clients that accept it: {"OpResponse":{"OpResult":{...},
 * "ResponseMetadata":{"RequestId":"..."}}} and {"Error":{"Code":...},"RequestId":"..."}. Times are
 * seconds since 1970.
 */
void api_encode_query_json(struct iam_buf *b, const struct api_op *op, const void *out,
                           struct iam_str request_id);
void api_encode_query_json_fault(struct iam_buf *b, const struct api_fault *fault,
                                 struct iam_str request_id);
void api_encode_json(struct iam_buf *b, const struct api_shape *shape, const void *out);
/*
 * Appends the JSON for the audit trail, as CloudTrail writes it: names begin in lower case, and
 * sensitive values are replaced by CloudTrail's placeholder.
 */
void api_encode_json_audit(struct iam_buf *b, const struct api_shape *shape, const void *value);
/* Appends {"__type":"Code","message":"…"}. */
void api_encode_json_fault(struct iam_buf *b, const struct api_fault *fault);
