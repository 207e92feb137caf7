/* SPDX-License-Identifier: Apache-2.0 */
/* From an access key ID (and a token) to a signing key and the identity that it belongs to. */
#pragma once

#include "authn/sigv4_int.h"

/* What the look-up found out. The client learns it only after the signature was computed. */
enum session_verdict {
    SESSION_VALID = 1,
    SESSION_INVALID, /* no such key, not active, wrong or unneeded token, role gone */
    SESSION_EXPIRED
};

struct session_caller {
    enum session_verdict verdict;
    struct iam_signing_key key; /* of no value when the verdict is SESSION_INVALID */
    struct iam_identity identity;
};

/*
 * Looks the caller up. An invalid one costs the same derivation as a valid one. Statuses other than
 * IAM_OK are failures of our own. Wipe ret->key afterwards.
 */
enum iam_status session_find(const struct iam_authn *authn, const struct sigv4_call *call,
                             struct session_caller *ret) IAM_MUST_USE;
