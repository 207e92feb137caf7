/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document in which an identity provider says where its keys are. SPEC: OpenID Connect
 * Discovery 1.0, 3 and 4.
 */
#pragma once

#include "codec/json.h"

/* LIMITS: of the document, and of the URL in it. */
#define IAM_DISCOVERY_MAX_BYTES ((size_t)64 << 10)
#define IAM_DISCOVERY_MAX_URL 1024

/*
 * Finds the URL of the keys of issuer, a whole URL, of which the document must be: exactly. It has
 * the scheme https, and lives in arena. IAM_SYNTAX: no such document; IAM_DENIED: that of another
 * issuer, or the keys are not there over https; IAM_LIMIT, IAM_NOMEM.
 */
enum iam_status iam_discovery_read(struct iam_arena *arena, struct iam_str text,
                                   struct iam_str issuer, struct iam_str *ret_url) IAM_MUST_USE;
