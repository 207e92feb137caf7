/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/heap.h"
#include "server/audit_local.h"
#include "server/clock.h"
#include "server/delegation_token.h"
#include "server/log.h"

#define KEY_TEXT_LEN 44
/* How long a peer may take for its line. */
#define LINE_MS 5000
/* How often old generations are looked at, and when work that failed is tried again. */
#define TICK_MS 1000
#define BACKLOG 4

struct control {
    struct control_options options;
    int listen_fd;
    int stop_fd;     /* readable: end */
    bool has_failed; /* the last step of the work; it was logged */
    pthread_t thread;
};

static bool is_key(struct iam_str text)
{
    bool ok = text.len == KEY_TEXT_LEN;
    for (size_t i = 0; ok && i < text.len; i++) {
        char c = text.p[i];
        ok = iam_ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
    }
    return ok;
}

static bool is_request_id(struct iam_str text)
{
    bool ok = text.len >= DELEGATION_ID_MIN && text.len <= DELEGATION_ID_MAX;
    for (size_t i = 0; ok && i < text.len; i++) {
        char c = text.p[i];
        ok = iam_ascii_is_alnum(c) || c == '_' || c == '-';
    }
    return ok;
}

static const struct {
    struct iam_str word;
    bool (*is_argument)(struct iam_str text);
    bool needs_argument;
} COMMANDS[] = {
    [CONTROL_ROTATE] = {IAM_STR_INIT("rotate-master-key"), is_key,        false},
    [CONTROL_DELEGATION_TOKEN] = { IAM_STR_INIT("delegation-token"), is_request_id, true },
};

struct iam_str control_word(enum control_command command)
{
    return COMMANDS[command].word;
}

enum iam_status control_parse(struct iam_str line, struct control_request *ret)
{
    size_t space = iam_str_find(line, ' ', 0);
    struct iam_str word = iam_str_sub(line, 0, space);
    struct iam_str rest = iam_str_sub(line, space + 1, line.len);
    bool has_argument = space < line.len;
    for (size_t i = 0; i < IAM_COUNT(COMMANDS); i++) {
        if (!iam_str_eq(word, COMMANDS[i].word)) {
            continue;
        }
        IAM_ENSURE(has_argument ? COMMANDS[i].is_argument(rest) : !COMMANDS[i].needs_argument,
                   IAM_SYNTAX);
        *ret = (struct control_request){ (enum control_command)i,
                                         has_argument ? rest : iam_str_absent() };
        return IAM_OK;
    }
    return IAM_SYNTAX;
}

/* ---- the socket ---- */

/*
 * Makes the address of the socket in the directory that fd is: so the path cannot be too long for
 * it.
 */
static struct sockaddr_un address_in(int dir_fd)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/" CONTROL_NAME, dir_fd);
    return a;
}

/*
 * Binds before anybody can connect, and lets only this user do that. What an earlier server has
 * left is removed: it has lost the lock of the directory, and data_dir.c has seen that it is a
 * socket.
 */
static bool bind_private(int fd, const struct data_dir *d)
{
    struct sockaddr_un a = address_in(d->fd);
    if (unlinkat(d->fd, CONTROL_NAME, 0) != 0 && errno != ENOENT) {
        return false;
    }
    return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
           fchmodat(d->fd, CONTROL_NAME, S_IRUSR | S_IWUSR, 0) == 0 && listen(fd, BACKLOG) == 0;
}

static enum iam_status open_socket(struct control *c, char error[DATA_DIR_ERROR_MAX])
{
    const struct data_dir *d = c->options.rotate->dir;
    c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->listen_fd >= 0 && c->stop_fd >= 0 && bind_private(c->listen_fd, d)) {
        return IAM_OK;
    }
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "cannot make the socket '%s/" CONTROL_NAME "': %s",
                   d->path, strerrordesc_np(errno));
    return IAM_IO;
}

/* Waits until fd can be read; false after ms, or when the thread is to end. */
static bool wait_for(const struct control *c, int fd, int ms)
{
    struct pollfd fds[] = {
        {.fd = c->stop_fd, .events = POLLIN},
        { .fd = fd,        .events = POLLIN},
    };
    int n = poll(fds, IAM_COUNT(fds), ms);
    return n > 0 && fds[0].revents == 0 && fds[1].revents != 0;
}

static bool is_stopping(const struct control *c)
{
    struct pollfd fd = { .fd = c->stop_fd, .events = POLLIN };
    return poll(&fd, 1, 0) > 0;
}

/* ---- a request ---- */

/* Tells whether the peer is this user or root, and says who it is. */
static bool is_heard(int fd, uid_t *ret_uid)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof(peer)) {
        return false;
    }
    *ret_uid = peer.uid;
    return peer.uid == geteuid() || peer.uid == 0;
}

/* Reads a line without its break into text. IAM_LIMIT, IAM_IO. */
static enum iam_status read_line(const struct control *c, int fd, char text[CONTROL_LINE_MAX],
                                 struct iam_str *ret)
{
    int64_t end_ms = clock_now_ms() + LINE_MS;
    size_t len = 0;
    while (len < CONTROL_LINE_MAX) {
        int64_t left_ms = end_ms - clock_now_ms();
        IAM_ENSURE(left_ms > 0 && left_ms <= LINE_MS && wait_for(c, fd, (int)left_ms), IAM_IO);
        ssize_t n = recv(fd, text + len, CONTROL_LINE_MAX - len, MSG_DONTWAIT);
        IAM_ENSURE(n > 0, IAM_IO);
        len += (size_t)n;
        if (text[len - 1] == '\n') {
            *ret = (struct iam_str){ text, len - 1 };
            return IAM_OK;
        }
    }
    return IAM_LIMIT;
}

static void answer(int fd, bool ok, const char *text)
{
    char line[CONTROL_ANSWER_MAX];
    int n = snprintf(line, sizeof(line), "%s %s\n", ok ? "ok" : "error", text);
    /* Short enough for the socket's buffer; a peer that is gone is not told. */
    if (n > 0) {
        (void)send(fd, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

/* Records what was asked for; false when the audit file does not take it. */
static bool record(struct control *c, const char *event_name, uid_t uid, const char *error)
{
    struct audit_local event = {
        .event_name = event_name, .error = error, .uid = uid, .now_ms = clock_now_ms()
    };
    if (c->options.audit == NULL || audit_local(c->options.audit, &event) == IAM_OK) {
        return true;
    }
    log_write(LOG_LEVEL_ERROR, "cannot record what was asked for on the control socket",
              LOG_FIELDS({ "event", iam_str_c(event_name) }));
    return false;
}

/* Does a piece of the work; after the last one the directory learns what was sealed again. */
static enum iam_status step(struct control *c)
{
    struct rotate *r = c->options.rotate;
    enum iam_status st = rotate_step(r);
    if (st != IAM_OK && !c->has_failed) {
        log_write(LOG_LEVEL_WARN, "cannot seal secrets with the new key, will try again",
                  LOG_FIELDS({ "error", iam_str_c(iam_status_text(st)) }));
    }
    c->has_failed = st != IAM_OK;
    if (st == IAM_OK && !r->has_work && iam_directory_refresh(c->options.directory) != IAM_OK) {
        log_write(LOG_LEVEL_ERROR, "cannot load the directory from the store", NULL, 0);
    }
    return st;
}

/* Does all of the work. text is replaced when that fails: the rest is done later. */
static void finish(struct control *c, char text[DATA_DIR_ERROR_MAX])
{
    struct rotate *r = c->options.rotate;
    enum iam_status st = IAM_OK;
    while (r->has_work && st == IAM_OK && !is_stopping(c)) {
        st = step(c);
    }
    size_t len = strlen(text);
    (void)snprintf(text + len, DATA_DIR_ERROR_MAX - len,
                   r->has_work ? "; %lu secrets are sealed with the new key, the rest will be"
                               : "; %lu secrets are sealed with the new key",
                   r->walk.sealed);
}

static void rotate(struct control *c, int fd, uid_t uid, struct iam_str key)
{
    char text[DATA_DIR_ERROR_MAX];
    char key_text[KEY_TEXT_LEN + 1] = "";
    if (iam_str_is_set(key)) {
        memcpy(key_text, key.p, KEY_TEXT_LEN);
    }
    enum iam_status st = rotate_switch(c->options.rotate, iam_str_is_set(key) ? key_text : NULL,
                                       clock_now_ms(), text);
    iam_wipe(key_text, sizeof(key_text));
    log_write(st == IAM_OK ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
              st == IAM_OK ? "the master key was rotated" : "cannot rotate the master key",
              LOG_FIELDS({ "detail", iam_str_c(text) }));
    (void)record(c, "RotateMasterKey", uid, st == IAM_OK ? NULL : text);
    if (st == IAM_OK) {
        finish(c, text);
    }
    answer(fd, st == IAM_OK, text);
}

/* Answers with the token of a delegation request, which nobody gets without a record of it. */
static void give_token(struct control *c, int fd, uid_t uid, struct iam_str id)
{
    char text[DATA_DIR_ERROR_MAX];
    const struct rotate *r = c->options.rotate;
    enum iam_status st = delegation_token_make(r->store, r->keeper, id, clock_high_ms(), text);
    bool ok = record(c, "ReadDelegationToken", uid, st == IAM_OK ? NULL : text) && st == IAM_OK;
    answer(fd, ok, ok || st != IAM_OK ? text : "the audit file does not take the record");
    iam_wipe(text, sizeof(text));
}

static void hear(struct control *c, int fd)
{
    char line[CONTROL_LINE_MAX];
    struct iam_str text;
    struct control_request request;
    uid_t uid = 0;
    if (!is_heard(fd, &uid)) {
        answer(fd, false, "you may not control this server");
    } else if (read_line(c, fd, line, &text) != IAM_OK || control_parse(text, &request) != IAM_OK) {
        answer(fd, false, "this request is not known");
    } else if (request.command == CONTROL_DELEGATION_TOKEN) {
        give_token(c, fd, uid, request.argument);
    } else {
        rotate(c, fd, uid, request.argument);
    }
    iam_wipe(line, sizeof(line));
}

/* ---- the thread ---- */

static void *run(void *arg)
{
    struct control *c = arg;
    struct rotate *r = c->options.rotate;
    while (!is_stopping(c)) {
        int ms = r->has_work && !c->has_failed ? 0 : TICK_MS;
        int fd =
            wait_for(c, c->listen_fd, ms) ? accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0) {
            hear(c, fd);
            (void)close(fd);
        }
        if (r->has_work) {
            (void)step(c);
        }
        if (rotate_drop(r, clock_now_ms()) != IAM_OK) {
            log_write(LOG_LEVEL_WARN, "cannot drop an old generation of keys", NULL, 0);
        }
    }
    return NULL;
}

static void release(struct control *c)
{
    if (c->listen_fd >= 0) {
        (void)close(c->listen_fd);
    }
    if (c->stop_fd >= 0) {
        (void)close(c->stop_fd);
    }
    iam_heap()->free(iam_heap()->ctx, c);
}

enum iam_status control_start(const struct control_options *options, struct control **ret,
                              char error[DATA_DIR_ERROR_MAX])
{
    struct control *c = iam_heap()->alloc(iam_heap()->ctx, sizeof(*c));
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "cannot start the thread of the control socket");
    IAM_ENSURE(c != NULL, IAM_NOMEM);
    *c = (struct control){ .options = *options, .listen_fd = -1, .stop_fd = -1 };
    enum iam_status st = open_socket(c, error);
    if (st == IAM_OK && pthread_create(&c->thread, NULL, run, c) != 0) {
        st = IAM_IO;
    }
    if (st != IAM_OK) {
        release(c);
        return st;
    }
    *ret = c;
    return IAM_OK;
}

void control_stop(struct control *c)
{
    if (c == NULL) {
        return;
    }
    (void)eventfd_write(c->stop_fd, 1);
    (void)pthread_join(c->thread, NULL);
    (void)unlinkat(c->options.rotate->dir->fd, CONTROL_NAME, 0);
    release(c);
}

/* ---- who asks ---- */

static bool connect_to(int fd, const char *dir)
{
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        return false;
    }
    struct sockaddr_un a = address_in(dir_fd);
    bool ok = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
    int error = errno;
    (void)close(dir_fd);
    errno = error;
    return ok;
}

static bool send_request(int fd, const struct control_request *request)
{
    char line[CONTROL_LINE_MAX];
    struct iam_str word = control_word(request->command);
    bool has_argument = iam_str_is_set(request->argument);
    int n = snprintf(line, sizeof(line), "%.*s%s%.*s\n", IAM_STR_ARG(word), has_argument ? " " : "",
                     IAM_STR_ARG(iam_str_or(request->argument, IAM_STR(""))));
    bool ok = n > 0 && (size_t)n < sizeof(line) && send(fd, line, (size_t)n, MSG_NOSIGNAL) == n;
    iam_wipe(line, sizeof(line));
    return ok;
}

/* Reads the answer to its end. */
static size_t receive(int fd, char text[CONTROL_ANSWER_MAX])
{
    size_t len = 0;
    while (len < CONTROL_ANSWER_MAX - 1) {
        ssize_t n = recv(fd, text + len, CONTROL_ANSWER_MAX - 1 - len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        len += (size_t)n;
    }
    text[len] = '\0';
    return len;
}

/* Takes the first word off an answer and tells whether it is good. */
static enum iam_status read_answer(char answer[CONTROL_ANSWER_MAX], size_t len)
{
    char *text = strchr(answer, ' ');
    if (len == 0 || text == NULL || answer[len - 1] != '\n') {
        (void)snprintf(answer, CONTROL_ANSWER_MAX,
                       "the server ended before it answered; whatever it had done is whole, and "
                       "its next start finishes it");
        return IAM_FAULT;
    }
    bool ok = iam_str_starts(iam_str_c(answer), IAM_STR("ok "));
    answer[len - 1] = '\0';
    memmove(answer, text + 1, strlen(text + 1) + 1);
    return ok ? IAM_OK : IAM_FAULT;
}

enum iam_status control_ask(const char *dir, const struct control_request *request,
                            char answer[CONTROL_ANSWER_MAX])
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !connect_to(fd, dir)) {
        (void)snprintf(answer, CONTROL_ANSWER_MAX,
                       "the process that uses '%s' does not listen on its socket " CONTROL_NAME
                       ": %s",
                       dir, strerrordesc_np(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return IAM_IO;
    }
    size_t len = send_request(fd, request) ? receive(fd, answer) : 0;
    enum iam_status st = read_answer(answer, len);
    (void)close(fd);
    return st;
}
