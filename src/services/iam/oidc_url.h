/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of OpenID Connect providers. SPEC: IAM API Reference, "CreateOpenIDConnectProvider": they
 * begin with https://, and have neither a query nor a port; that a port of 443 is taken and left
 * out, and that case is kept, was seen on AWS.
 */
#pragma once

#include "base/arena.h"

/*
 * Reads the URL as it is kept: host and path, without https:// and the port 443. *ret lives in
 * arena, or borrows from url. IAM_SYNTAX: it is no URL; IAM_UNSUPPORTED: it is one of another
 * scheme; IAM_RANGE: it has a query, a fragment, a user, another port, or a character that no host
 * or path has; IAM_NOMEM.
 */
enum iam_status iam_oidc_url_read(struct iam_arena *arena, struct iam_str url,
                                  struct iam_str *ret) IAM_MUST_USE;
