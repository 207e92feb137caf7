/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out which kind of principal a text names. */
#pragma once

#include "base/arena.h"
#include "iam/decide.h"

/*
 * Fills kind, account, arn and session_arn from "*", an ARN of a root user, user, role, role
 * session or federated user, an identity provider's ARN or host name, or a service name. Its
 * beginning tells the kind; whether the rest has that kind's form is for iam_request_check. A role
 * session's role ARN is principal_arn (may be absent), else made without a path. IAM_SYNTAX when
 * text begins like none of these; IAM_NOMEM.
 */
enum iam_status iam_caller_parse(struct iam_arena *arena, struct iam_str text,
                                 struct iam_str principal_arn,
                                 struct iam_principal *ret) IAM_MUST_USE;
