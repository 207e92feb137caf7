/* SPDX-License-Identifier: Apache-2.0 */
/* The log with a pipe as stderr, which is read, or not. */
#include "server/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/test.h"
#include "server/repeats.h"

#define TEXTS 4000
#define WAIT_MS 10000

static int real_stderr;
static int reader;
static char texts[TEXTS][32]; /* live as long as the process */
static char got[4u << 20];
static size_t got_len;

static int open_pipe(void **state)
{
    int ends[2];
    (void)state;
    real_stderr = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    (void)close(ends[1]);
    reader = ends[0];
    return 0;
}

static int close_pipe(void **state)
{
    (void)state;
    (void)dup2(real_stderr, STDERR_FILENO);
    (void)close(real_stderr);
    (void)close(reader);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Adds to got what is in the pipe. */
static void read_more(void)
{
    (void)fcntl(reader, F_SETFL, O_NONBLOCK);
    ssize_t n = read(reader, got + got_len, sizeof(got) - 1 - got_len);
    got_len += n > 0 ? (size_t)n : 0;
    got[got_len] = '\0';
}

/* Reads what is in the pipe, until text was read or it is too late. Returns whether it was. */
static bool read_until(const char *text)
{
    int64_t deadline = now_ms() + WAIT_MS;
    got_len = 0;
    while (now_ms() < deadline) {
        read_more();
        if (strstr(got, text) != NULL) {
            return true;
        }
        (void)usleep(1000);
    }
    return false;
}

static size_t count_of(const char *text)
{
    size_t n = 0;
    for (const char *p = strstr(got, text); p != NULL; p = strstr(p + 1, text)) {
        n++;
    }
    return n;
}

static void log_many(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "text %zu", i);
        log_write(LOG_LEVEL_INFO, texts[i],
                  LOG_FIELDS({ "padding", IAM_STR("0123456789012345678901234567890123456789") }));
    }
}

static void a_line_comes_out_without_a_thread(void **state)
{
    (void)state;
    log_write(LOG_LEVEL_ERROR, "fatal", LOG_FIELDS({ "error", IAM_STR("why") }));
    assert_true(read_until("\"level\":\"error\",\"msg\":\"fatal\",\"error\":\"why\"}\n"));
}

static void lines_are_out_when_it_stops(void **state)
{
    (void)state;
    assert_ok(log_start());
    log_write(LOG_LEVEL_ERROR, "fatal", NULL, 0);
    log_stop(WAIT_MS);
    ssize_t n = read(reader, got, sizeof(got) - 1);
    assert_true(n > 0);
    got[n] = '\0';
    assert_non_null(strstr(got, "\"msg\":\"fatal\"}\n"));
}

/* Returns the sum of the numbers that follow a text in what was read. */
static size_t sum_after(const char *text)
{
    size_t sum = 0;
    for (const char *p = strstr(got, text); p != NULL; p = strstr(p + 1, text)) {
        sum += strtoul(p + strlen(text), NULL, 10);
    }
    return sum;
}

#define FAULTS 1000
#define FAULT "\"msg\":\"it fails\","

/* One line for a fault that repeats, and one that says how many more there were, each second. */
static void a_fault_that_repeats_is_one_line(void **state)
{
    (void)state;
    assert_ok(log_start());
    int64_t began = now_ms();
    for (int i = 0; i < FAULTS; i++) {
        log_write(LOG_LEVEL_ERROR, "it fails", LOG_FIELDS({ "each", IAM_STR("1") }));
    }
    size_t periods = 1 + (size_t)(now_ms() - began) / REPEATS_PERIOD_MS;
    assert_true(read_until(FAULT "\"leftOut\":"));
    /* Lines of the fault itself have the field. */
    int64_t deadline = now_ms() + WAIT_MS;
    while (count_of("\"each\"") + sum_after(FAULT "\"leftOut\":") < FAULTS && now_ms() < deadline) {
        read_more();
        (void)usleep(1000);
    }
    assert_int_equal(count_of("\"each\"") + sum_after(FAULT "\"leftOut\":"), FAULTS);
    assert_non_null(strstr(got, FAULT "\"each\":\"1\"}\n"));
    assert_in_range(count_of(FAULT), 2, periods + 1);
    log_stop(WAIT_MS);
}

static void a_line_that_is_too_long_loses_fields(void **state)
{
    static char large[8192];
    (void)state;
    memset(large, 'x', sizeof(large));
    assert_ok(log_start());
    log_write(LOG_LEVEL_INFO, "long",
              LOG_FIELDS(
                  {
                      "a", IAM_STR("1")
    },
                  { "b", { large, sizeof(large) } }));
    assert_true(read_until("\"msg\":\"long\",\"a\":\"1\"}\n"));
    log_stop(WAIT_MS);
}

#define DROPPED "lines of this log were dropped: its reader was too slow\",\"leftOut\":"

/* Nobody waits for the reader, and when it goes on, it is told how many lines it has missed. */
static void a_reader_that_stops_holds_up_nothing(void **state)
{
    (void)state;
    assert_ok(log_start());
    int64_t began = now_ms();
    log_many(0, TEXTS);
    assert_true(now_ms() - began < WAIT_MS);
    assert_true(read_until(DROPPED));
    size_t told = sum_after(DROPPED);
    size_t came = count_of("\"msg\":\"text ");
    assert_true(came > LOG_RING_BYTES / 256);
    assert_int_equal(came + told, TEXTS);
    assert_non_null(strstr(got, "\"text 0\""));
    log_stop(WAIT_MS);
}

static void *log_much(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        log_write(LOG_LEVEL_WARN, "from threads", NULL, 0);
    }
    return arg;
}

static void threads_log_together(void **state)
{
    pthread_t threads[4];
    (void)state;
    assert_ok(log_start());
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, NULL), 0);
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        (void)pthread_join(threads[i], NULL);
    }
    log_stop(WAIT_MS);
    assert_true(read_until("\"from threads\",\"leftOut\":"));
}

/* The last test: the log cannot be started again after it. */
static void the_end_does_not_wait_for_the_reader(void **state)
{
    (void)state;
    assert_ok(log_start());
    log_many(0, TEXTS);
    int64_t began = now_ms();
    log_stop(200);
    assert_true(now_ms() - began < WAIT_MS);
    log_write(LOG_LEVEL_ERROR, "after the end", NULL, 0);
    assert_int_equal(log_start(), IAM_CONFLICT);
    log_stop(200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_comes_out_without_a_thread, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(lines_are_out_when_it_stops, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_fault_that_repeats_is_one_line, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_line_that_is_too_long_loses_fields, open_pipe,
                                        close_pipe),
        cmocka_unit_test_setup_teardown(threads_log_together, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(a_reader_that_stops_holds_up_nothing, open_pipe,
                                        close_pipe),
        cmocka_unit_test_setup_teardown(the_end_does_not_wait_for_the_reader, open_pipe,
                                        close_pipe),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* as in the server: the reader may be gone */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
