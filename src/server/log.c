/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log.h"

#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/time.h"
#include "codec/json.h"
#include "server/clock.h"

#define LINE_MAX_BYTES 4096

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {
        [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_WARN] = "warn", [LOG_LEVEL_ERROR] = "error"
    };
    return names[level];
}

static void write_all(struct iam_str s)
{
    while (s.len > 0) {
        ssize_t n = write(STDERR_FILENO, s.p, s.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return; /* there is nowhere to report this */
        }
        s = iam_str_sub(s, (size_t)n, s.len);
    }
}

static void add_member(struct iam_buf *b, bool *first, const char *name, struct iam_str value)
{
    iam_json_add_name(b, first, iam_str_c(name));
    iam_json_add_string(b, value);
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count)
{
    char time_text[IAM_TIME_ISO_MS_LEN + 1];
    iam_time_to_iso_ms(clock_now_ms(), time_text);

    /* Fields are dropped from the end until the line fits; the message itself always does. */
    for (;;) {
        struct iam_buf b;
        struct iam_str line;
        bool first = true;
        iam_buf_init(&b, iam_heap(), LINE_MAX_BYTES);
        iam_buf_add_char(&b, '{');
        add_member(&b, &first, "time", iam_str_c(time_text));
        add_member(&b, &first, "level", iam_str_c(level_name(level)));
        add_member(&b, &first, "msg", iam_str_c(msg));
        for (size_t i = 0; i < count; i++) {
            add_member(&b, &first, fields[i].name, fields[i].value);
        }
        iam_buf_add(&b, IAM_STR("}\n"));
        bool ok = iam_buf_finish(&b, &line) == IAM_OK;
        if (ok) {
            write_all(line);
        }
        iam_buf_done(&b);
        if (ok || count == 0) {
            return;
        }
        count--;
    }
}
