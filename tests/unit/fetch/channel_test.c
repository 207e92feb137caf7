/* SPDX-License-Identifier: Apache-2.0 */
/* The wire between the server and the process that fetches, at its limits. */
#include "fetch/channel.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/test.h"

static struct iam_arena arena;

static int open_arena(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

/* The other side has gone; an interruption of before is no reason to try again. */
static void test_end(void **state)
{
    struct iam_fetch_answer answer;
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    (void)close(fds[1]);
    errno = EINTR;
    assert_int_equal(iam_channel_read_answer(fds[0], 1000, &arena, &answer), IAM_IO);
    (void)close(fds[0]);
}

/* Texts and bodies of the largest size, which do not go through a socket at once. */
struct asked {
    int fd;
    struct iam_fetch_question question;
};

static void *ask(void *arg)
{
    const struct asked *a = arg;
    return iam_channel_ask(a->fd, &a->question) == IAM_OK ? arg : NULL;
}

static struct iam_str letters(size_t len)
{
    char *p = iam_arena_alloc(&arena, len + 1);
    assert_non_null(p);
    for (size_t i = 0; i < len; i++) {
        p[i] = (char)('a' + i % 23);
    }
    p[len] = '\0';
    return (struct iam_str){ p, len };
}

static void test_longest_question(void **state)
{
    struct asked asked = {
        .question = {letters(IAM_FETCH_URL_MAX), letters(IAM_FETCH_THUMBPRINTS_MAX)}
    };
    struct iam_fetch_question read;
    pthread_t thread;
    void *is_asked;
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    asked.fd = fds[0];
    assert_int_equal(pthread_create(&thread, NULL, ask, &asked), 0);
    assert_ok(iam_channel_read_question(fds[1], &arena, &read));
    assert_int_equal(pthread_join(thread, &is_asked), 0);
    assert_non_null(is_asked);
    assert_same_str(read.url, asked.question.url);
    assert_int_equal(read.url.p[read.url.len], '\0');
    assert_same_str(read.thumbprints, asked.question.thumbprints);
    const struct iam_fetch_question refused[] = {
        {asked.question.url,              letters(IAM_FETCH_THUMBPRINTS_MAX + 1)},
        { letters(IAM_FETCH_URL_MAX + 1), IAM_STR("")                           },
        { IAM_STR(""),                    IAM_STR("")                           },
    };
    for (size_t i = 0; i < IAM_COUNT(refused); i++) {
        assert_int_equal(iam_channel_ask(fds[0], &refused[i]), IAM_LIMIT);
    }
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void test_longest_answer(void **state)
{
    const struct iam_fetch_answer answer = { .body = letters(IAM_FETCH_BODY_MAX), .fresh_s = -1 };
    struct iam_fetch_answer read;
    int small = 4096;
    int ended = -1;
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(iam_channel_answer(fds[1], &answer) == IAM_OK ? 0 : 1);
    }
    assert_ok(iam_channel_read_answer(fds[0], 20000, &arena, &read));
    assert_same_str(read.body, answer.body);
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_longest_question),
        cmocka_unit_test(test_longest_answer),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
