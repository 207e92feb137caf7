/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole server over sockets. An input is a list of steps with the byte 0xFF between them; a
 * step is three characters and a text:
 *
 *     q C W  a form of the IAM API, signed by W, on connection C      s  the same of STS
 *     j C W  "/path{...}", a JSON request to the authorization endpoint
 *     g C W  "METHOD /target body", a request of any kind, signed
 *     h C W  the first half of what q would send
 *     w C .  waits for an answer       c C .  closes       x C .  closes with a reset
 *     anything else: the text as it is, on connection C
 *
 * C is one of four connections, W one of admin, session and nobody (host.h). Requests are signed at
 * the time of the run, so that mutated bodies come through authentication. After each input: no
 * answer was a 500, no one without permissions got anything, and the server answers root and
 * refuses nobody on a connection of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/heap.h"
#include "host.h"
#include "talk.h"

#define CONNECTIONS 4
#define MAX_STEPS 24
#define MAX_HEAD 1024
#define STEP_WAIT_MS 50
#define END_WAIT_MS 300
#define HEAD_METHOD "HEAD "
/* LIMIT: the sanitizers' own memory is in it. */
#define MAX_RSS_MIB 1024
#define RSS_EVERY 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct link {
    int fd;             /* -1: not open */
    bool is_privileged; /* somebody with permissions has signed on it */
    bool has_head;      /* a HEAD was sent, so that the ends of answers are not known */
    unsigned asked;     /* what was sent and not answered yet */
};

static struct link links[CONNECTIONS];

static struct link *open_link(char name)
{
    struct link *l = &links[(unsigned char)name % CONNECTIONS];
    if (l->fd < 0) {
        *l = (struct link){ .fd = host_connect() };
    }
    return l;
}

static void close_link(struct link *l, bool by_reset)
{
    if (l->fd >= 0) {
        struct linger now = { .l_onoff = by_reset, .l_linger = 0 };
        (void)setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        (void)close(l->fd);
        l->fd = -1;
    }
}

static enum host_who who_of(char name)
{
    return HOST_ADMIN + (unsigned char)(name - 'a') % (HOST_WHOS - HOST_ADMIN);
}

/* Judges an answer to any of the callers. */
static void judge(const struct link *l, const struct talk_answer *answer)
{
    bool is_result = strstr(answer->text, "iam.amazonaws.com/doc/") != NULL ||
                     strstr(answer->text, "\"decision\":") != NULL;
    if (answer->status == 500 || (answer->status == 200 && is_result && !l->is_privileged)) {
        (void)fprintf(stderr, "%s\n", answer->text);
    }
    talk_require(answer->status != 500, "no answer is 500");
    talk_require(answer->status != 200 || !is_result || l->is_privileged,
                 "without permissions there is no result");
}

/* Reads one answer and judges it; closes what the server closes. False: there is none. */
static bool hear(struct link *l, int wait_ms)
{
    static struct talk_answer answer;
    if (l->fd < 0 || l->has_head || !talk_read(l->fd, wait_ms, &answer)) {
        return false;
    }
    judge(l, &answer);
    l->asked -= l->asked > 0 ? 1 : 0;
    return !answer.is_closed;
}

/* Sends a signed request, or half of it. */
static void say(struct link *l, enum host_who who, const char *service, const char *head,
                struct iam_str body, bool is_half)
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), 8u << 20);
    struct iam_str text = talk_signed(&arena, host_caller(who), service, head, body.p, body.len);
    l->is_privileged = l->is_privileged || who != HOST_NOBODY;
    l->has_head = l->has_head || strncmp(head, HEAD_METHOD, strlen(HEAD_METHOD)) == 0;
    l->asked++;
    talk_send(l->fd, text.p, is_half ? text.len / 2 : text.len);
    iam_arena_done(&arena);
}

/* Splits "METHOD TARGET body" or "/path{...}"; false when it is not so, or the head is too long. */
static bool take_head(struct iam_str text, bool is_json, char head[MAX_HEAD], struct iam_str *body)
{
    size_t end = is_json ? iam_str_find(text, '{', 0)
                         : iam_str_find(text, ' ', iam_str_find(text, ' ', 0) + 1);
    if (end >= text.len || end + 16 > MAX_HEAD || memchr(text.p, '\0', end) != NULL) {
        return false;
    }
    (void)snprintf(head, MAX_HEAD, "%s%.*s ", is_json ? "POST " : "", (int)end, text.p);
    *body = iam_str_sub(text, is_json ? end : end + 1, text.len);
    return true;
}

static void step_signed(struct link *l, char op, enum host_who who, struct iam_str text)
{
    char head[MAX_HEAD];
    struct iam_str body;
    if (op == 'q' || op == 'h' || op == 's') {
        say(l, who, op == 's' ? "sts" : "iam", "POST / ", text, op == 'h');
    } else if (take_head(text, op == 'j', head, &body)) {
        say(l, who, op == 'j' ? "iamd" : "iam", head, body, false);
    }
}

static void step(struct iam_str s)
{
    if (s.len < 3) {
        return;
    }
    char op = s.p[0];
    struct link *l = open_link(s.p[1]);
    struct iam_str text = iam_str_sub(s, 3, s.len);
    switch (op) {
    case 'q':
    case 's':
    case 'h':
    case 'j':
    case 'g':
        step_signed(l, op, who_of(s.p[2]), text);
        break;
    case 'w':
        (void)(l->asked > 0 && hear(l, STEP_WAIT_MS));
        break;
    case 'c':
    case 'x':
        close_link(l, op == 'x');
        break;
    default:
        l->has_head = l->has_head || iam_str_starts_nocase(text, IAM_STR(HEAD_METHOD));
        l->asked++;
        talk_send(l->fd, text.p, text.len);
        break;
    }
}

/* Says that nothing more comes, and hears all that the server still answers. */
static void finish(struct link *l)
{
    if (l->fd >= 0) {
        (void)shutdown(l->fd, SHUT_WR);
        while (hear(l, END_WAIT_MS)) {
        }
        close_link(l, false);
    }
}

/* The server still knows whom it serves and whom not. */
static void canary(void)
{
    static const char IDENTITY[] = "Action=GetCallerIdentity&Version=2011-06-15";
    static const char USERS[] = "Action=ListUsers&Version=2010-05-08";
    static struct talk_answer answer;
    int fd = host_connect();
    talk_send_signed(fd, host_caller(HOST_ROOT), "sts", "POST / ", IDENTITY, sizeof(IDENTITY) - 1);
    talk_require(talk_read(fd, TALK_PATIENCE_MS, &answer), "root is answered");
    talk_require(answer.status == 200 && strstr(answer.text, ":root<") != NULL, answer.text);
    talk_send_signed(fd, host_caller(HOST_NOBODY), "iam", "POST / ", USERS, sizeof(USERS) - 1);
    talk_require(talk_read(fd, TALK_PATIENCE_MS, &answer), "nobody is answered");
    talk_require(answer.status == 403 && strstr(answer.text, ">AccessDenied<") != NULL,
                 answer.text);
    (void)close(fd);
}

static void check_memory(void)
{
    static unsigned inputs;
    unsigned long pages = 0;
    if (inputs++ % RSS_EVERY != 0) {
        return;
    }
    FILE *f = fopen("/proc/self/statm", "r");
    talk_require(f != NULL && fscanf(f, "%*u %lu", &pages) == 1, "the size of the process");
    (void)fclose(f);
    talk_require(pages * (unsigned long)sysconf(_SC_PAGESIZE) >> 20 < MAX_RSS_MIB,
                 "memory is bounded");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str rest = { (const char *)data, size };
    host_start();
    for (int i = 0; i < CONNECTIONS; i++) {
        links[i].fd = -1;
    }
    for (int i = 0; i < MAX_STEPS && rest.len > 0; i++) {
        size_t end = iam_str_find(rest, '\xff', 0);
        step(iam_str_sub(rest, 0, end));
        rest = iam_str_sub(rest, end + 1, rest.len);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        finish(&links[i]);
    }
    canary();
    check_memory();
    return 0;
}
