/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of a delegation request, with which who asked gets the delegated session. AWS sends it
 * to an SNS topic; here the operator reads it on the machine, and hands it over. It is made when it
 * is asked for, so that it is nowhere at rest.
 */
#pragma once

#include "keeper/keeper.h"
#include "server/data_dir.h"
#include "store/store.h"

/* LIMITS: of the ID of a request. */
#define DELEGATION_ID_MIN 16
#define DELEGATION_ID_MAX 128

/*
 * Makes the token of the request with that ID, whose token was sent. text (NUL-terminated) is the
 * token, to be wiped, or why there is none. IAM_NOT_FOUND: no such request; IAM_CONFLICT: it is in
 * another state, or its time is over; IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status delegation_token_make(struct iam_store *store, struct iam_keeper *keeper,
                                      struct iam_str id, int64_t high_ms,
                                      char text[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
