/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that leave the server sealed, and come back from who was given them: what they say is not
 * for the eyes of who carries them. Functions may be called from any thread.
 */
#pragma once

#include "base/arena.h"

struct iam_keeper;

/* What a text is for; one of one use does not open as another. */
enum iam_sealed_use {
    IAM_SEALED_MESSAGE, /* details of a denial, for those who may decode them */
    IAM_SEALED_TRADE_IN /* the right to credentials of a delegated session */
};

/* LIMIT: bytes of a text, and of what it is sealed to. */
#define IAM_SEALED_TEXT_MAX 8000
#define IAM_SEALED_OVERHEAD 57

/*
 * Seals text (1..IAM_SEALED_TEXT_MAX bytes) for an account and until that time, which comes with
 * it. *ret is in arena, binary, IAM_SEALED_OVERHEAD bytes longer. A text opens as long as the
 * generation of keys lives that sealed it: at least IAM_SESSION_MAX_MS. IAM_RANGE, IAM_NOMEM,
 * IAM_IO.
 */
enum iam_status iam_keeper_seal_text(struct iam_keeper *k, enum iam_sealed_use use,
                                     struct iam_str account, int64_t expires_ms,
                                     struct iam_str text, struct iam_arena *arena,
                                     struct iam_str *ret) IAM_MUST_USE;
/*
 * Opens what was sealed for that use and account. The caller has to check the time. *ret is in
 * arena. IAM_CORRUPT when this keeper has not made it, whatever the reason; IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_keeper_open_text(struct iam_keeper *k, enum iam_sealed_use use,
                                     struct iam_str account, struct iam_str sealed,
                                     struct iam_arena *arena, int64_t *ret_expires_ms,
                                     struct iam_str *ret) IAM_MUST_USE;
