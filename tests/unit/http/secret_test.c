/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of a request and its answer in the memory of its connection when the next one is
 * handled: of one that was marked as secret nothing, of another its bytes.
 */
#include "rig.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/poison.h"
#include "http/connection_int.h"
#include "http/loop_int.h"

#define SECRET "correct-horse-battery-staple"
#define SECRET_LEN (sizeof(SECRET) - 1)
/* The next request must not reach the bytes that are looked at. */
#define PADDING 3000

static char text[RIG_TEXT_CAP];
/* Where the first request had the secret. */
static const char *in_body;
static char *in_arena;

static void reply(struct iam_http_exchange *x, struct iam_str body)
{
    struct iam_http_response response = { .status = 200, .body = body };
    iam_http_reply(x, &response);
}

static void take(struct iam_http_exchange *x, bool is_secret)
{
    const struct iam_http_request *q = iam_http_request(x);
    char *p = iam_arena_alloc(iam_http_arena(x), PADDING + SECRET_LEN);
    assert_non_null(p);
    if (is_secret) {
        iam_http_mark_secret(x);
    }
    in_body = q->body.p + q->body.len - SECRET_LEN;
    in_arena = p + PADDING;
    memcpy(in_arena, SECRET, SECRET_LEN);
    assert_memory_equal(in_body, SECRET, SECRET_LEN);
}

static struct iam_str found(const char *p)
{
    IAM_UNPOISON(p, SECRET_LEN);
    return memcmp(p, SECRET, SECRET_LEN) == 0 ? IAM_STR("left") : IAM_STR("gone");
}

/* Looks where answers are on their way to the socket. */
static struct iam_str found_in(const struct iam_buf *buf)
{
    bool is_left = buf->p != NULL && memmem(buf->p, buf->cap, SECRET, SECRET_LEN) != NULL;
    return is_left ? IAM_STR("left") : IAM_STR("gone");
}

static void *reply_later(void *arg)
{
    reply(arg, IAM_STR("taken " SECRET));
    return NULL;
}

static void handle(void *ctx, struct iam_http_exchange *x)
{
    struct iam_str path = iam_http_request(x)->path;
    pthread_t thread;
    (void)ctx;
    if (iam_str_eq(path, IAM_STR("/body"))) {
        reply(x, found(in_body));
    } else if (iam_str_eq(path, IAM_STR("/arena"))) {
        reply(x, found(in_arena));
    } else if (iam_str_eq(path, IAM_STR("/head"))) {
        reply(x, found_in(&x->connection->worker->head));
    } else if (iam_str_eq(path, IAM_STR("/rest"))) {
        reply(x, found_in(&x->connection->output.rest));
    } else {
        take(x, !iam_str_eq(path, IAM_STR("/open")));
        if (iam_str_eq(path, IAM_STR("/later"))) {
            assert_int_equal(pthread_create(&thread, NULL, reply_later, x), 0);
            assert_int_equal(pthread_detach(thread), 0);
        } else {
            reply(x, IAM_STR("taken " SECRET));
        }
    }
}

static void ask(int fd, const char *path, const char *want)
{
    char request[128];
    (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    rig_send_text(fd, request);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    assert_non_null(strstr(text, want));
}

static void check(const char *path, const char *want)
{
    static char request[PADDING + 256];
    struct rig r;
    rig_init(&r);
    r.config.handler = handle;
    r.config.round_end = NULL;
    rig_start(&r);
    int fd = rig_connect(&r);
    int head = snprintf(request, sizeof(request),
                        "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", path,
                        PADDING + SECRET_LEN);
    memset(request + head, 'x', PADDING);
    memcpy(request + head + PADDING, SECRET, SECRET_LEN);
    rig_send(fd, request, (size_t)head + PADDING + SECRET_LEN);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    ask(fd, "/head", want); /* first: each answer has its head there */
    ask(fd, "/rest", "gone");
    ask(fd, "/body", want);
    ask(fd, "/arena", want);
    (void)close(fd);
    rig_stop(&r, 5000);
}

static void test_a_secret_is_overwritten(void **state)
{
    (void)state;
    check("/secret", "gone");
}

static void test_also_when_another_thread_answers(void **state)
{
    (void)state;
    check("/later", "gone");
}

/* That is, the two tests above can see. */
static void test_other_requests_are_not(void **state)
{
    (void)state;
    check("/open", "left");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_secret_is_overwritten),
        cmocka_unit_test(test_also_when_another_thread_answers),
        cmocka_unit_test(test_other_requests_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
