/* SPDX-License-Identifier: Apache-2.0 */
/* The root user's access key, as the first start and reset-root make it. */
#pragma once

#include "keeper/keeper.h"
#include "server/config.h"

#define ROOT_KEY_FILE "root-credentials"
/* What the key of environment or chance must be, for a message. */
#define ROOT_KEY_RULE                                                                            \
    "cannot use the root key: its ID must have 16 to 128 letters and digits and must not begin " \
    "with ASIA, its secret must have 16 to 128 printable characters"

struct root_key {
    struct iam_str id;
    struct iam_str sealed;
    struct iam_secret_text secret; /* set only when the key was made here; to be wiped */
    bool is_made;
};

/*
 * Takes the key of the environment, or makes one. Texts live in arena or are config's. IAM_RANGE
 * for a given key that is no key, IAM_NOMEM, IAM_IO.
 */
enum iam_status root_key_choose(const struct server_config *config, struct iam_keeper *keeper,
                                struct iam_arena *arena, struct root_key *ret) IAM_MUST_USE;
/*
 * Writes a key that was made to the file name in dir, for its owner alone, whole and to disk. What
 * has the name is replaced. IAM_IO, IAM_LIMIT.
 */
enum iam_status root_key_write(const char *dir, const char *name,
                               const struct root_key *key) IAM_MUST_USE;
