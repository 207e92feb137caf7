/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that ask too often: their next request waits, nobody else's does, and no time runs out.
 */
#include "rig.h"

#include <time.h>
#include <unistd.h>

#define OFTEN "GET /often HTTP/1.1\r\nHost: a\r\n\r\n"
#define OFTEN_LATER "GET /often/defer HTTP/1.1\r\nHost: a\r\n\r\n"
#define ECHO "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"
/* The server counts in whole milliseconds. */
#define HOLD_LEAST_MS (IAM_HTTP_HOLD_MS - 2)

static char text[RIG_TEXT_CAP];

static int64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void start(struct rig *r, void **state)
{
    (void)state;
    rig_init(r);
    r->config.workers = 1;
    rig_start(r);
}

static void expect(int fd, int status)
{
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), status);
}

/* Both requests at once: the server has the second when it answers the first. */
static void check_wait(const char *requests)
{
    struct rig r;
    start(&r, NULL);
    int fd = rig_connect(&r);
    int64_t begin = now_ms();
    rig_send_text(fd, requests);
    expect(fd, 429);
    expect(fd, 200);
    assert_true(now_ms() - begin >= HOLD_LEAST_MS);
    assert_int_equal(rig_calls(), 2);
    (void)close(fd);
    rig_stop(&r, 5000);
}

static void test_next_request_waits(void **state)
{
    (void)state;
    check_wait(OFTEN ECHO);
}

static void test_answer_of_another_thread(void **state)
{
    (void)state;
    check_wait(OFTEN_LATER ECHO);
}

/* A request that arrives during the wait is answered, each time after a wait of its own. */
static void test_each_answer_holds(void **state)
{
    struct rig r;
    start(&r, state);
    int fd = rig_connect(&r);
    int64_t begin = now_ms();
    for (int i = 0; i < 5; i++) {
        rig_send_text(fd, OFTEN);
        expect(fd, 429);
    }
    assert_true(now_ms() - begin >= 4 * HOLD_LEAST_MS);
    (void)close(fd);
    rig_stop(&r, 5000);
}

/* Returns how many answers another connection got during one wait. */
static unsigned answers_meanwhile(int held, int other)
{
    unsigned answers = 0;
    rig_send_text(held, OFTEN ECHO ECHO);
    expect(held, 429);
    while (!rig_wait_readable(held, 0)) {
        rig_send_text(other, ECHO);
        expect(other, 200);
        answers++;
    }
    expect(held, 200);
    expect(held, 200);
    return answers;
}

/* Only the connection that asked too often waits. */
static void test_others_do_not_wait(void **state)
{
    struct rig r;
    start(&r, state);
    int held = rig_connect(&r);
    int other = rig_connect(&r);
    /* On a busy machine a wait may be over before this thread has its turn: then the next one. */
    int64_t until = now_ms() + RIG_WAIT_MS;
    while (answers_meanwhile(held, other) < 2) {
        assert_true(now_ms() < until);
    }
    (void)close(held);
    (void)close(other);
    rig_stop(&r, 5000);
}

/* The wait is no time that may run out, and after it the time for a request begins. */
static void test_no_time_runs(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.idle_timeout_ms = IAM_HTTP_HOLD_MS / 4;
    rig_start(&r);
    int fd = rig_connect(&r);
    int64_t begin = now_ms();
    rig_send_text(fd, OFTEN ECHO);
    expect(fd, 429);
    expect(fd, 200);
    assert_true(rig_is_closed(fd));
    assert_true(now_ms() - begin >= HOLD_LEAST_MS + IAM_HTTP_HOLD_MS / 4);
    (void)close(fd);
    rig_stop(&r, 5000);
}

static void wait_for_connections(const struct rig *r, size_t count)
{
    struct iam_http_stats stats;
    int64_t until = now_ms() + RIG_WAIT_MS;
    do {
        rig_sleep_ms(1);
        iam_http_stats(r->server, &stats);
        assert_true(now_ms() < until);
    } while (stats.connections != count);
}

/* Who leaves during the wait is gone after it. */
static void test_client_leaves(void **state)
{
    struct rig r;
    start(&r, state);
    int fd = rig_connect(&r);
    rig_send_text(fd, OFTEN);
    expect(fd, 429);
    (void)close(fd);
    wait_for_connections(&r, 0);
    rig_stop(&r, 5000);
}

/* Who asks too often, again and again, does not keep its place from others by that. */
static void test_makes_room(void **state)
{
    struct rig r;
    struct iam_http_stats stats;
    (void)state;
    rig_init(&r);
    r.config.workers = 1;
    r.config.max_connections = 1;
    rig_start(&r);
    int held = rig_connect(&r);
    for (int i = 0; i < 100; i++) { /* for two seconds */
        rig_send_text(held, OFTEN);
    }
    expect(held, 429);
    int other = rig_connect(&r);
    rig_send_text(other, ECHO);
    expect(other, 200);
    iam_http_stats(r.server, &stats);
    assert_int_equal(stats.evicted, 1);
    assert_int_equal(stats.connections, 1);
    assert_true(rig_is_closed(held));
    (void)close(held);
    (void)close(other);
    rig_stop(&r, 5000);
}

/* A server that stops answers what was sent, and does not wait for the rest. */
static void test_stop(void **state)
{
    struct rig r;
    start(&r, state);
    int silent = rig_connect(&r);
    int asking = rig_connect(&r);
    rig_send_text(silent, OFTEN);
    rig_send_text(asking, OFTEN ECHO);
    expect(silent, 429);
    expect(asking, 429);
    rig_stop(&r, RIG_WAIT_MS);
    assert_true(rig_is_closed(silent));
    expect(asking, 200);
    assert_true(rig_is_closed(asking));
    (void)close(silent);
    (void)close(asking);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_request_waits), cmocka_unit_test(test_answer_of_another_thread),
        cmocka_unit_test(test_each_answer_holds),  cmocka_unit_test(test_others_do_not_wait),
        cmocka_unit_test(test_no_time_runs),       cmocka_unit_test(test_client_leaves),
        cmocka_unit_test(test_makes_room),         cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
