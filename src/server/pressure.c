/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pressure.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/log.h"

#define NUMBER_CAP 24

enum { EVICTED, FULL, SOURCE, PENALTY, DESCRIPTORS, MEMORY, COUNTERS };

static void list(const struct iam_http_stats *s, uint64_t ret[COUNTERS])
{
    ret[EVICTED] = s->evicted;
    ret[FULL] = s->refused_full;
    ret[SOURCE] = s->refused_source;
    ret[PENALTY] = s->refused_penalty;
    ret[DESCRIPTORS] = s->refused_descriptors;
    ret[MEMORY] = s->refused_memory;
}

bool pressure_report(struct pressure *p, const struct iam_http_stats *stats)
{
    static const char *const NAMES[COUNTERS] = {
        [EVICTED] = "closedForOthers",   [FULL] = "refusedFull",
        [SOURCE] = "refusedPerSource",   [PENALTY] = "refusedPenalised",
        [DESCRIPTORS] = "refusedNoFile", [MEMORY] = "refusedNoMemory",
    };
    uint64_t before[COUNTERS];
    uint64_t now[COUNTERS];
    char numbers[COUNTERS][NUMBER_CAP];
    struct log_field fields[COUNTERS + 1];
    size_t count = 0;
    list(&p->reported, before);
    list(stats, now);
    for (int i = 0; i < COUNTERS; i++) {
        if (now[i] != before[i]) {
            (void)snprintf(numbers[i], NUMBER_CAP, "%" PRIu64, now[i] - before[i]);
            fields[count++] = (struct log_field){ NAMES[i], iam_str_c(numbers[i]) };
        }
    }
    if (p->silent_calls > 0) {
        p->silent_calls--;
        return false;
    }
    if (count == 0) {
        return false;
    }
    if (stats->last_source[0] != '\0') {
        fields[count++] = (struct log_field){ "lastSource", iam_str_c(stats->last_source) };
    }
    log_write(LOG_LEVEL_WARN, "connections or requests were refused", fields, count);
    p->reported = *stats;
    p->silent_calls = PRESSURE_PERIOD - 1;
    return true;
}
