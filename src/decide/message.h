/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence of a denial for services that name resources in words of their own. */
#pragma once

#include "iam/decide.h"

/*
 * Writes the sentence as iam_decision_message does, with resource as what it says of the resource;
 * absent or empty: nothing. Without with_reason it ends there.
 */
size_t iam_denial_write(const struct iam_decision *decision, const struct iam_request *request,
                        struct iam_str resource, bool with_reason, char *out, size_t cap);
