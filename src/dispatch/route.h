/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the service and the operation that a request addresses. The action is read once, from one
 * place, so that what is authorized is what runs (S19).
 */
#pragma once

#include "authn/authn.h"
#include "codec/form.h"
#include "wire/fault.h"
#include "wire/op.h"

struct api_route {
    const struct api_service *service; /* NULL: nothing matched; fault is set */
    const struct api_op *op;           /* NULL: unknown action; fault is set */
    struct iam_form form;              /* Query: all parameters except those of the signature */
};

/*
 * Routes a request. IAM_OK: service and op are set. IAM_FAULT: *fault says why they are not; *ret
 * holds what is known, and if the service is set, the caller must be authenticated before being
 * told the fault. IAM_NOMEM, IAM_LIMIT.
 */
enum iam_status api_route(const struct api_catalog *catalog,
                          const struct iam_authn_request *request, struct iam_arena *arena,
                          struct api_route *ret, struct api_fault *fault) IAM_MUST_USE;
