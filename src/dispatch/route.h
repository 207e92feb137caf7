/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which service and operation a request addresses. The action is read from one place, once: what is
 * authorized is what runs (S19).
 */
#pragma once

#include "authn/authn.h"
#include "codec/form.h"
#include "wire/fault.h"
#include "wire/op.h"

struct api_route {
    const struct api_service *service; /* set unless the fault says that nothing matched */
    const struct api_op *op;           /* NULL: unknown action; fault is set */
    struct iam_form form;              /* Query: all parameters without those of the signature */
};

/*
 * IAM_OK: service and op are set. IAM_FAULT: *fault says why not; *ret holds what is known, and
 * when the service is set the caller must still be authenticated before it is told. IAM_NOMEM,
 * IAM_LIMIT.
 */
enum iam_status api_route(const struct api_catalog *catalog,
                          const struct iam_authn_request *request, struct iam_arena *arena,
                          struct api_route *ret, struct api_fault *fault) IAM_MUST_USE;
