/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys that clients have given into keeping: sealed under a key for this purpose, each for
 * the unique ID of what it belongs to. There is no function that returns one.
 */
#pragma once

#include "base/arena.h"
#include "keeper/types.h"

struct iam_keeper;

/* Seals key (1..IAM_PRIVATE_KEY_MAX bytes) for id (1..128). IAM_RANGE, IAM_NOMEM, IAM_IO. */
enum iam_status iam_keeper_seal_private_key(struct iam_keeper *k, struct iam_str id,
                                            struct iam_str key, struct iam_arena *arena,
                                            struct iam_str *ret_sealed) IAM_MUST_USE;
/* Returns IAM_OK when sealed opens for id, IAM_CORRUPT when it does not; IAM_IO. */
enum iam_status iam_keeper_check_private_key(struct iam_keeper *k, struct iam_str id,
                                             struct iam_str sealed) IAM_MUST_USE;
/*
 * Seals what is in sealed again, under the newest generation. IAM_EXISTS when that has sealed it
 * already; then *ret_sealed, which lives in arena, is untouched. IAM_CORRUPT, IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_reseal_private_key(struct iam_keeper *k, struct iam_str id,
                                              struct iam_str sealed, struct iam_arena *arena,
                                              struct iam_str *ret_sealed) IAM_MUST_USE;
