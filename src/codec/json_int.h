/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the JSON reader share: the reader's state, and the lexical productions. */
#pragma once

#include "codec/json.h"

struct json_reader {
    const char *p; /* next byte to read */
    const char *end;
    struct iam_str text;
    struct iam_arena *arena;
    struct iam_diag *diag;
    uint32_t nodes_left;
};

/*
 * Returns the first byte at or after p that a JSON string must escape or that is not ASCII; end
 * when there is none.
 */
const char *iam_json_skip_plain(const char *p, const char *end);
/* Returns the first byte at or after p that is not U+0020; end when there is none. */
const char *iam_json_skip_blanks(const char *p, const char *end);
/* Records the failure at the given place, and returns status. */
enum iam_status iam_json_fail(const struct json_reader *r, enum iam_status status, const char *at,
                              const char *message);
/* Reads a string, p at its opening quote: decoded, borrowing the text when there was no escape. */
enum iam_status iam_json_read_string(struct json_reader *r, struct iam_str *ret) IAM_MUST_USE;
/* Reads a number, p at its first byte: the text as written. */
enum iam_status iam_json_read_number(struct json_reader *r, struct iam_str *ret) IAM_MUST_USE;
