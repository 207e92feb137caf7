/* SPDX-License-Identifier: Apache-2.0 */
/* The process that fetches, and the wire to it. */
#include "fetch/fetcher.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/test.h"
#include "provider.h"

static struct iam_arena arena;
static struct provider provider;

static int open_all(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static void test_get(void **state)
{
    struct iam_fetcher_options options = { .networks = { .count = 1 } };
    struct iam_fetcher *fetcher;
    struct iam_fetch_answer answer;
    char url[256];
    (void)state;
    assert_ok(iam_http_network_parse(IAM_STR("127.0.0.1"), &options.networks.items[0]));
    assert_ok(iam_fetcher_start(&options, &fetcher)); /* while there is one thread */
    provider_open(&provider);
    provider.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    const struct iam_fetch_question question = { .url =
                                                     iam_str_c(provider_url(&provider, "/x", url)),
                                                 .thumbprints = iam_str_c(provider.thumbprint) };
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS + 1; i++) {
        assert_ok(iam_fetcher_get(fetcher, &question, &arena, &answer));
        assert_int_equal(answer.result, IAM_FETCH_OK);
        assert_str(answer.body, "{}");
        assert_int_equal(answer.fresh_s, -1);
    }
    const struct iam_fetch_question long_one = {
        .url = {url, IAM_FETCH_URL_MAX + 1}
    };
    assert_int_equal(iam_fetcher_get(fetcher, &long_one, &arena, &answer), IAM_LIMIT);
    assert_ok(iam_fetcher_get(fetcher, &question, &arena, &answer));
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
    iam_fetcher_stop(NULL);
}

static void exit_at_once(void)
{
    _exit(0);
}

static void test_process_that_is_gone(void **state)
{
    const struct iam_fetcher_options options = { .lock_in = exit_at_once };
    const struct iam_fetch_question question = { .url = IAM_STR("https://127.0.0.1/") };
    struct iam_fetcher *fetcher;
    struct iam_fetch_answer answer;
    (void)state;
    assert_ok(iam_fetcher_start(&options, &fetcher));
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS + 1; i++) {
        assert_int_equal(iam_fetcher_get(fetcher, &question, &arena, &answer), IAM_IO);
    }
    iam_fetcher_stop(fetcher);
}

static void test_file_of_authorities(void **state)
{
    const struct iam_fetcher_options options = { .ca_file = "/dev/null" };
    struct iam_fetcher *fetcher;
    (void)state;
    assert_int_equal(iam_fetcher_start(&options, &fetcher), IAM_IO);
}

/* ---- the wire ---- */

static void test_wire(void **state)
{
    const struct iam_fetch_question question = { IAM_STR("https://a/"), IAM_STR("") };
    struct iam_fetch_answer answer = { .result = IAM_FETCH_UNKNOWN, .fresh_s = 7, .status = 1 };
    struct iam_fetch_question read;
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_ok(iam_channel_ask(fds[0], &question));
    assert_ok(iam_channel_read_question(fds[1], &arena, &read));
    assert_str(read.url, "https://a/");
    assert_ok(iam_channel_answer(fds[1], &answer));
    answer = (struct iam_fetch_answer){ 0 };
    assert_ok(iam_channel_read_answer(fds[0], 1000, &arena, &answer));
    assert_int_equal(answer.result, IAM_FETCH_UNKNOWN);
    assert_int_equal(answer.fresh_s, 7);
    assert_int_equal(iam_channel_read_answer(fds[0], 10, &arena, &answer), IAM_IO);
    (void)close(fds[1]);
    assert_int_equal(iam_channel_read_answer(fds[0], 1000, &arena, &answer), IAM_IO);
    assert_int_equal(iam_channel_ask(fds[0], &question), IAM_IO);
    (void)close(fds[0]);
}

/* What no process of ours says. */
static void test_wire_of_strangers(void **state)
{
    static const uint32_t answers[][6] = {
        {99,          0, 0, 0, 0,                      0},
        { 0,          0, 0, 0, IAM_FETCH_BODY_MAX + 1, 0},
        { UINT32_MAX, 0, 0, 0, UINT32_MAX,             0},
    };
    static const uint32_t questions[][2] = {
        {0,                      0                            },
        { IAM_FETCH_URL_MAX + 1, 0                            },
        { 5,                     IAM_FETCH_THUMBPRINTS_MAX + 1},
    };
    struct iam_fetch_question question;
    struct iam_fetch_answer answer;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(answers); i++) {
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        assert_int_equal(write(fds[0], answers[i], sizeof(answers[i])), sizeof(answers[i]));
        assert_int_equal(iam_channel_read_answer(fds[1], 100, &arena, &answer), IAM_IO);
        assert_int_equal(write(fds[1], questions[i], sizeof(questions[i])), sizeof(questions[i]));
        assert_int_equal(iam_channel_read_question(fds[0], &arena, &question), IAM_IO);
        (void)close(fds[0]);
        (void)close(fds[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_process_that_is_gone),
        cmocka_unit_test(test_file_of_authorities),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_wire_of_strangers),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
