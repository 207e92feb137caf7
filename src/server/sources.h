/* SPDX-License-Identifier: Apache-2.0 */
/* The directory as the source of keys and of what sessions stem from for authentication. */
#pragma once

#include "authn/authn.h"
#include "directory/directory.h"

/*
 * Makes the sources of authentication; borrows both. A look-up that fails, and so does not tell
 * whether there is such a key, role or provider, is IAM_IO or IAM_NOMEM. For threads that hold no
 * transaction.
 */
struct iam_authn sources_authn(struct iam_keeper *keeper, struct iam_directory *directory);
