/* SPDX-License-Identifier: Apache-2.0 */
/* What authentication reads: an access key, as a directory hands it out. */
#pragma once

#include "base/base.h"

/* An access key as authentication needs it. */
struct iam_directory_key {
    struct iam_str account;
    struct iam_str owner_id; /* user ID, or the account ID for the root user */
    bool is_active;
    struct iam_str sealed_secret;
};
