/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structured log: one JSON object per line on stderr. Only the server logs, and never a secret.
 * Between log_start and log_stop a thread of its own writes, so that nothing else ever waits for
 * the reader: lines that find no room are counted, and a line says how many once there is some.
 */
#pragma once

#include "base/str.h"

/* LIMIT: bytes of lines that wait for the reader. */
#define LOG_RING_BYTES (256u << 10)
/* LIMIT: lines with one text in a second: of warnings and errors, of others, of LOG_LEVEL_EACH. */
#define LOG_FAULTS_PER_SECOND 1u
#define LOG_INFOS_PER_SECOND 20u
#define LOG_EACH_PER_SECOND 64u

enum log_level {
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_EACH /* an error that the caller tells once of each thing, and of few things */
};

struct log_field {
    const char *name;
    struct iam_str value;
};

/*
 * Writes {"time":…,"level":…,"msg":msg, fields…}. msg lives as long as the process (a literal),
 * begins in lower case and has no full stop. A line longer than 4 KiB loses its last fields. After
 * log_start, lines beyond those that a second allows for msg are left out; the next line with that
 * msg, or one within about a second, has their number as "leftOut". Thread-safe, never blocks after
 * log_start.
 */
void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count);

/*
 * Starts the thread. On failure (IAM_NOMEM, IAM_IO) log_write goes on writing by itself. May be
 * called again after log_stop.
 */
enum iam_status log_start(void);
/*
 * Waits at most wait_ms for the lines to be written, and ends the thread if they were. A thread
 * that still waits for the reader is left to the end of the process, and further lines are dropped:
 * nobody would read them. Without log_start nothing happens.
 */
void log_stop(unsigned wait_ms);

#define LOG_FIELDS(...)                        \
    (const struct log_field[]){ __VA_ARGS__ }, \
        IAM_COUNT(((const struct log_field[]){ __VA_ARGS__ }))
