/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/pressure.h"

static char text[4096];

/* Reports, and leaves in text what the log got; returns whether that was a line. */
static bool report(struct pressure *p, const struct iam_http_stats *stats)
{
    char path[] = "/tmp/iam_pressure_XXXXXX";
    int fd = mkstemp(path);
    int saved = dup(STDERR_FILENO);
    assert_true(fd >= 0 && saved >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    bool is_line = pressure_report(p, stats);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    assert_int_equal(n > 0, is_line);
    (void)close(fd);
    (void)close(saved);
    assert_int_equal(unlink(path), 0);
    return is_line;
}

static void only_news_and_in_few_lines(void **state)
{
    struct pressure p = { 0 };
    struct iam_http_stats stats = { .connections = 7, .memory_bytes = 9 };
    (void)state;
    assert_false(report(&p, &stats));
    stats.evicted = 3;
    stats.refused_penalty = 2;
    (void)memcpy(stats.last_source, "192.0.2.1", sizeof("192.0.2.1"));
    assert_true(report(&p, &stats));
    assert_non_null(strstr(text, "\"closedForOthers\":\"3\""));
    assert_non_null(strstr(text, "\"refusedPenalised\":\"2\""));
    assert_non_null(strstr(text, "\"lastSource\":\"192.0.2.1\""));
    assert_null(strstr(text, "refusedFull"));
    for (int i = 1; i < PRESSURE_PERIOD; i++) {
        stats.evicted++;
        assert_false(report(&p, &stats));
    }
    /* What happened meanwhile is told together. */
    assert_true(report(&p, &stats));
    assert_non_null(strstr(text, "\"closedForOthers\":\"9\""));
    assert_null(strstr(text, "refusedPenalised"));
    for (int i = 0; i < 3 * PRESSURE_PERIOD; i++) {
        assert_false(report(&p, &stats));
    }
}

/* Each counter is told under its name. */
static void every_counter(void **state)
{
    struct pressure p = { 0 };
    const struct iam_http_stats stats = { .evicted = 1,
                                          .refused_full = 2,
                                          .refused_source = 3,
                                          .refused_penalty = 4,
                                          .refused_descriptors = 5,
                                          .refused_memory = 6 };
    (void)state;
    assert_true(report(&p, &stats));
    assert_non_null(strstr(text, "\"closedForOthers\":\"1\",\"refusedFull\":\"2\","
                                 "\"refusedPerSource\":\"3\",\"refusedPenalised\":\"4\","
                                 "\"refusedNoFile\":\"5\",\"refusedNoMemory\":\"6\""));
    assert_null(strstr(text, "lastSource"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_news_and_in_few_lines),
        cmocka_unit_test(every_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
