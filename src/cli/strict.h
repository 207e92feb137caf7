/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `iam lint --strict`: what is legal in a document and surely not meant, because the engine reads
 * it otherwise than it looks.
 */
#pragma once

#include "base/arena.h"
#include "iam/policy.h"

struct iam_strict_finding {
    const char *name;       /* of the kind of finding, such as "list-key"; static */
    const char *why;        /* one sentence without a final full stop; static */
    struct iam_str subject; /* the key or value that it is about */
    size_t offset;          /* of it in the text of the policy */
};

typedef void iam_strict_fn(void *ctx, const struct iam_strict_finding *finding);

/*
 * Calls each for everything that is found in policy, in the order of the text. Working memory comes
 * from arena. IAM_NOMEM, IAM_LIMIT.
 */
enum iam_status iam_strict_check(struct iam_arena *arena, const struct iam_policy *policy,
                                 iam_strict_fn *each, void *ctx) IAM_MUST_USE;
