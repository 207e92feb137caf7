/* SPDX-License-Identifier: Apache-2.0 */
/* The structured log: one JSON object a line on stderr. Only the server logs; never a secret. */
#pragma once

#include "base/str.h"

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field {
    const char *name;
    struct iam_str value;
};

/*
 * Writes {"time":…,"level":…,"msg":msg, fields…} in one write. msg is lower case without a full
 * stop. A line longer than 4 KiB loses its last fields. Thread-safe.
 */
void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count);

#define LOG_FIELDS(...)                        \
    (const struct log_field[]){ __VA_ARGS__ }, \
        IAM_COUNT(((const struct log_field[]){ __VA_ARGS__ }))
