/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong for the client: a row of the errors table (generated from api/errors.json) and a
 * message. Lower layers return a status; only the API layer makes faults.
 */
#pragma once

#include "base/arena.h"

/* Codes as enum api_error, API_ERR_NO_SUCH_ENTITY and so on, and the table behind them: generated.
 */
#include "api_errors.gen.h"

struct api_error_row {
    struct iam_str code; /* on the wire: "NoSuchEntity" */
    int http_status;
    bool is_sender; /* Sender, or Receiver for our own failures */
};

extern const struct api_error_row api_errors[API_ERR_COUNT];

struct api_fault {
    enum api_error error;
    struct iam_str message; /* for the client; lives in the call's arena or is static */
};
