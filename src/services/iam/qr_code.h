/* SPDX-License-Identifier: Apache-2.0 */
/* A text as a picture that telephones read. */
#pragma once

#include "base/arena.h"

/* LIMIT: bytes of the text. */
#define IAM_QR_TEXT_MAX 1024

/*
 * Draws text (1..IAM_QR_TEXT_MAX bytes, IAM_RANGE) as a QR code, black on white with the margin
 * that readers need, and returns it as a PNG in arena. IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_qr_png(struct iam_arena *arena, struct iam_str text,
                           struct iam_str *ret) IAM_MUST_USE;
