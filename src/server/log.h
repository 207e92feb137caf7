/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structured log: one JSON object per line on stderr. Only the server logs, and never a secret.
 */
#pragma once

#include "base/str.h"

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field {
    const char *name;
    struct iam_str value;
};

/*
 * Writes {"time":…,"level":…,"msg":msg, fields…} in one write. msg begins in lower case and has no
 * full stop. A line longer than 4 KiB loses its last fields. Thread-safe.
 */
void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count);

#define LOG_FIELDS(...)                        \
    (const struct log_field[]){ __VA_ARGS__ }, \
        IAM_COUNT(((const struct log_field[]){ __VA_ARGS__ }))
