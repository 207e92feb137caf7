/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of policies are called, wherever one is named. */
#pragma once

#include "base/str.h"
#include "iam/policy.h"

struct iam_policy_kind_row {
    struct iam_str word;    /* as options and cases write it: "identity" */
    struct iam_str type;    /* as the authorization endpoint answers it: "identity-based" */
    struct iam_str missing; /* in denials: "because no <missing> allows the <action> action" */
    struct iam_str denying; /* in denials: "with an explicit deny in <denying>" */
    bool is_named;          /* an explicit denial says which policy it was, by its ARN */
};

/* Returns the row of kind, which must be one of the enum. Static. */
const struct iam_policy_kind_row *iam_policy_kind_get(enum iam_policy_kind kind);
/* Finds the kind with that word; false when there is none. */
bool iam_policy_kind_find(struct iam_str word, enum iam_policy_kind *ret);
