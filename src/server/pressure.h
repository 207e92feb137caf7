/* SPDX-License-Identifier: Apache-2.0 */
/* Reports what the HTTP layer refused and closed, in few lines however much that is. */
#pragma once

#include "http/http.h"

/* LIMIT: there is at most one line in this many calls. */
#define PRESSURE_PERIOD 10

struct pressure {
    struct iam_http_stats reported; /* the counters that the log has */
    unsigned silent_calls;          /* to come */
};

/*
 * Logs how often each thing has happened since the last line, when there is news and it is time.
 * To be called every second or so. Returns whether it did.
 */
bool pressure_report(struct pressure *p, const struct iam_http_stats *stats);
