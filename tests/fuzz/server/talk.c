/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "host.h"

#define MAX_TARGET 4096
#define SEND_WAIT_MS 2000

void talk_require(bool is_so, const char *what)
{
    if (!is_so) {
        (void)fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

const struct iam_alloc *talk_heap(void)
{
    return iam_heap();
}

static bool wait_for(int fd, short events, int wait_ms)
{
    struct pollfd p = { .fd = fd, .events = events };
    int n;
    do {
        n = poll(&p, 1, wait_ms);
    } while (n < 0 && errno == EINTR); /* libFuzzer looks at its clock by an alarm */
    return n == 1;
}

void talk_send(int fd, const char *bytes, size_t len)
{
    while (len > 0 && wait_for(fd, POLLOUT, SEND_WAIT_MS)) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) {
            return;
        }
        bytes += n;
        len -= (size_t)n;
    }
}

static struct iam_str date_text(struct iam_arena *arena)
{
    char text[32];
    time_t now = time(NULL);
    struct tm tm;
    talk_require(gmtime_r(&now, &tm) != NULL, "the time");
    (void)strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
    return signer_fmt(arena, "%s", text);
}

/* The words of "METHOD TARGET ": false when there are no two. */
static bool split(struct iam_str head, struct iam_str *method, struct iam_str *target)
{
    size_t space = iam_str_find(head, ' ', 0);
    size_t end = iam_str_find(head, ' ', space + 1);
    *method = iam_str_sub(head, 0, space);
    *target = iam_str_sub(head, space + 1, end - space - 1);
    return end < head.len && method->len > 0 && target->len > 0 && target->len < MAX_TARGET;
}

struct iam_str talk_signed(struct iam_arena *arena, const struct host_caller *who,
                           const char *service, const char *head, const void *body, size_t body_len)
{
    struct iam_str method;
    struct iam_str target;
    if (!split(iam_str_c(head), &method, &target)) {
        return iam_str_absent();
    }
    bool is_form = strcmp(service, "iamd") != 0;
    bool is_session = who->token[0] != '\0';
    const char *names = is_session ? "content-type;host;x-amz-date;x-amz-security-token"
                                   : "content-type;host;x-amz-date";
    struct iam_authn_header headers[] = {
        {IAM_STR("content-type"),
         is_form ? IAM_STR("application/x-www-form-urlencoded") : IAM_STR("application/json")},
        { IAM_STR("host"),                 IAM_STR("localhost")                              },
        { IAM_STR("x-amz-date"),           date_text(arena)                                  },
        { IAM_STR("x-amz-security-token"), iam_str_c(who->token)                             },
    };
    size_t query = iam_str_find(target, '?', 0);
    struct iam_authn_request request = {
        .method = method,
        .headers = headers,
        .header_count = is_session ? 4 : 3,
        .body = {body, body_len}
    };
    struct signer_target signs = { .path = iam_str_sub(target, 0, query),
                                   .canonical_query = iam_str_sub(target, query + 1, target.len) };
    struct signer signer = { .arena = arena,
                             .id = iam_str_c(who->id),
                             .secret = iam_str_c(who->secret),
                             .region = IAM_STR("us-east-1"),
                             .service = iam_str_c(service),
                             .date = headers[2].value };
    struct iam_str text = signer_fmt(
        arena,
        "%.*s %.*s HTTP/1.1\r\nHost: localhost\r\nX-Amz-Date: %.*s\r\n%s%s%sContent-Type: %.*s\r\n"
        "Content-Length: %zu\r\nAuthorization: %.*s\r\n\r\n",
        IAM_STR_ARG(method), IAM_STR_ARG(target), IAM_STR_ARG(headers[2].value),
        is_session ? "X-Amz-Security-Token: " : "", who->token, is_session ? "\r\n" : "",
        IAM_STR_ARG(headers[0].value), body_len,
        IAM_STR_ARG(signer_authorization(&signer, &request, &signs, names)));
    char *all = iam_arena_alloc(arena, text.len + body_len + 1);
    talk_require(all != NULL, "memory for a request");
    memcpy(all, text.p, text.len);
    if (body_len > 0) {
        memcpy(all + text.len, body, body_len);
    }
    return (struct iam_str){ all, text.len + body_len };
}

void talk_send_signed(int fd, const struct host_caller *who, const char *service, const char *head,
                      const void *body, size_t body_len)
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    struct iam_str text = talk_signed(&arena, who, service, head, body, body_len);
    talk_send(fd, text.p, text.len);
    iam_arena_done(&arena);
}

/* Reads one byte after the other up to the end of the head: what follows may be another answer. */
static bool read_head(int fd, int wait_ms, struct talk_answer *a)
{
    while (a->len < TALK_TEXT_BYTES) {
        if (!wait_for(fd, POLLIN, wait_ms) || recv(fd, a->text + a->len, 1, 0) != 1) {
            return false;
        }
        a->len++;
        if (a->len >= 4 && memcmp(a->text + a->len - 4, "\r\n\r\n", 4) == 0) {
            return true;
        }
    }
    return false;
}

/* Reads the body; what does not fit the text is read and dropped. */
static bool read_body(int fd, int wait_ms, size_t len, struct talk_answer *a)
{
    while (len > 0) {
        char rest[4096];
        size_t room = TALK_TEXT_BYTES - a->len;
        char *to = room > 0 ? a->text + a->len : rest;
        size_t want = room > 0 ? room : sizeof(rest);
        ssize_t n = wait_for(fd, POLLIN, wait_ms) ? recv(fd, to, want < len ? want : len, 0) : -1;
        if (n <= 0) {
            return false;
        }
        a->len += room > 0 ? (size_t)n : 0;
        len -= (size_t)n;
    }
    return true;
}

bool talk_read(int fd, int wait_ms, struct talk_answer *ret)
{
    ret->len = 0;
    ret->status = 0;
    bool ok = read_head(fd, wait_ms, ret);
    ret->text[ret->len] = '\0';
    if (!ok) {
        return false;
    }
    talk_require(strncmp(ret->text, "HTTP/1.1 ", 9) == 0, "an answer begins with HTTP/1.1");
    ret->status = (int)strtol(ret->text + 9, NULL, 10);
    ret->is_closed = strcasestr(ret->text, "\r\nconnection: close") != NULL;
    const char *length = strcasestr(ret->text, "\r\ncontent-length:");
    ok = ret->status < 200 ||
         read_body(fd, wait_ms, length != NULL ? strtoul(length + 17, NULL, 10) : 0, ret);
    ret->text[ret->len] = '\0';
    return ok;
}
