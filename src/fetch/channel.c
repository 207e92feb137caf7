/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/channel.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fetch/steady.h"

struct question_head {
    uint32_t url_len;
    uint32_t thumbprints_len;
};

struct answer_head {
    uint32_t result;
    int32_t status;
    int64_t fresh_s;
    uint32_t body_len;
    uint32_t reserved;
};

/* ---- bytes ---- */

static enum iam_status write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        IAM_ENSURE(n > 0, IAM_IO);
        p += n;
        len -= (size_t)n;
    }
    return IAM_OK;
}

/* A question may be long in coming. */
#define FOR_EVER (-1)

/* Waits for bytes until then, or FOR_EVER. */
static enum iam_status wait_for(int fd, int64_t until_ms)
{
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    int n;
    do {
        int64_t left = until_ms == FOR_EVER ? -1 : until_ms - iam_fetch_steady_ms();
        n = left >= 0 || until_ms == FOR_EVER ? poll(&poll_fd, 1, (int)left) : 0;
    } while (n < 0 && errno == EINTR);
    return n > 0 ? IAM_OK : IAM_IO;
}

static enum iam_status read_all(int fd, int64_t until_ms, void *bytes, size_t len)
{
    char *p = bytes;
    while (len > 0) {
        IAM_TRY(wait_for(fd, until_ms));
        ssize_t n = recv(fd, p, len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        /* So says a socket whose other side was closed with bytes that nobody had read. */
        IAM_ENSURE(n >= 0 || errno != ECONNRESET, IAM_NOT_FOUND);
        IAM_ENSURE(n > 0, IAM_IO);
        p += n;
        len -= (size_t)n;
    }
    return IAM_OK;
}

/* Reads bytes that there is no room for. */
static enum iam_status skip(int fd, int64_t until_ms, size_t len)
{
    char bytes[4096];
    while (len > 0) {
        size_t n = len < sizeof(bytes) ? len : sizeof(bytes);
        IAM_TRY(read_all(fd, until_ms, bytes, n));
        len -= n;
    }
    return IAM_OK;
}

static enum iam_status read_text(int fd, int64_t until_ms, struct iam_arena *arena, size_t len,
                                 struct iam_str *ret)
{
    char *text = iam_arena_alloc(arena, len + 1);
    if (text == NULL) {
        IAM_TRY(skip(fd, until_ms, len));
        return IAM_NOMEM;
    }
    IAM_TRY(read_all(fd, until_ms, text, len));
    text[len] = '\0';
    *ret = (struct iam_str){ text, len };
    return IAM_OK;
}

/* ---- questions ---- */

static bool is_fit(size_t url_len, size_t thumbprints_len)
{
    return url_len > 0 && url_len <= IAM_FETCH_URL_MAX &&
           thumbprints_len <= IAM_FETCH_THUMBPRINTS_MAX;
}

enum iam_status iam_channel_ask(int fd, const struct iam_fetch_question *question)
{
    IAM_ENSURE(is_fit(question->url.len, question->thumbprints.len), IAM_LIMIT);
    const struct question_head head = { (uint32_t)question->url.len,
                                        (uint32_t)question->thumbprints.len };
    IAM_TRY(write_all(fd, &head, sizeof(head)));
    IAM_TRY(write_all(fd, question->url.p, question->url.len));
    return write_all(fd, question->thumbprints.p, question->thumbprints.len);
}

enum iam_status iam_channel_read_question(int fd, struct iam_arena *arena,
                                          struct iam_fetch_question *ret)
{
    struct question_head head;
    IAM_TRY(read_all(fd, FOR_EVER, &head, sizeof(head)));
    IAM_ENSURE(is_fit(head.url_len, head.thumbprints_len), IAM_IO);
    IAM_TRY(read_text(fd, FOR_EVER, arena, head.url_len, &ret->url));
    return read_text(fd, FOR_EVER, arena, head.thumbprints_len, &ret->thumbprints);
}

/* ---- answers ---- */

enum iam_status iam_channel_answer(int fd, const struct iam_fetch_answer *answer)
{
    const struct answer_head head = { .result = (uint32_t)answer->result,
                                      .status = answer->status,
                                      .fresh_s = answer->fresh_s,
                                      .body_len = (uint32_t)answer->body.len };
    IAM_TRY(write_all(fd, &head, sizeof(head)));
    return write_all(fd, answer->body.p, answer->body.len);
}

enum iam_status iam_channel_read_answer(int fd, int wait_ms, struct iam_arena *arena,
                                        struct iam_fetch_answer *ret)
{
    struct answer_head head;
    struct iam_fetch_answer answer = { .body = iam_str_absent() };
    int64_t until_ms = iam_fetch_steady_ms() + wait_ms;
    IAM_TRY(read_all(fd, until_ms, &head, sizeof(head)));
    IAM_ENSURE(head.result < IAM_FETCH_RESULT_COUNT && head.body_len <= IAM_FETCH_BODY_MAX, IAM_IO);
    answer.result = (enum iam_fetch_result)head.result;
    answer.status = head.status;
    answer.fresh_s = head.fresh_s;
    IAM_TRY(read_text(fd, until_ms, arena, head.body_len, &answer.body));
    *ret = answer;
    return IAM_OK;
}
