/* SPDX-License-Identifier: Apache-2.0 */
/* The directory as authentication's source of keys and roles. */
#pragma once

#include "authn/authn.h"
#include "directory/directory.h"

/* Borrows both. */
struct iam_authn sources_authn(struct iam_keeper *keeper, struct iam_directory *directory);
