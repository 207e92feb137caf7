/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/serve.h"
#include "talk.h"

#define ACCOUNT "111122223333"
#define ROOT_ID "AKIAFUZZFUZZFUZZFUZZ"
#define ROOT_SECRET "not-a-secret-not-a-secret-not-a-secret-1"
#define START_TRIES 3000
#define START_WAIT_US 10000

/* What the callers of the input may not touch: each other, and who is in which group. */
#define POLICY_ADMIN                                                                     \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"," \
    "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":["           \
    "\"arn:aws:iam::" ACCOUNT ":user/admin\",\"arn:aws:iam::" ACCOUNT ":user/nobody\","  \
    "\"arn:aws:iam::" ACCOUNT ":role/reader\"]},{\"Effect\":\"Deny\",\"Action\":"        \
    "\"iam:AddUserToGroup\",\"Resource\":\"*\"}]}"
#define POLICY_READER                                                                            \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"iam:Get*\"," \
    "\"iam:List*\",\"iamd:Evaluate\"],\"Resource\":\"*\"}]}"
#define POLICY_TRUST                                                               \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":" \
    "\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"arn:aws:iam::" ACCOUNT ":user/admin\"}}]}"

static char place[] = "/tmp/iamd-fuzz-XXXXXX";
static char socket_path[64];
static struct host_caller callers[HOST_WHOS] = {
    [HOST_ROOT] = {.id = ROOT_ID, .secret = ROOT_SECRET},
};
static pthread_t thread;
static bool is_running;

const struct host_caller *host_caller(enum host_who who)
{
    return &callers[who];
}

static void *run(void *config)
{
    talk_require(serve(config) == 0, "the server ends with 0");
    return NULL;
}

/* Ends the server as an operator does, so that what it leaks is seen. */
static void stop(void)
{
    if (is_running) {
        is_running = false;
        (void)pthread_kill(thread, SIGTERM);
        (void)pthread_join(thread, NULL);
        (void)rmdir(place);
    }
}

static int try_connect(void)
{
    struct sockaddr_un u = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    talk_require(fd >= 0, "a socket");
    (void)snprintf(u.sun_path, sizeof(u.sun_path), "%s", socket_path);
    if (connect(fd, (const struct sockaddr *)&u, sizeof(u)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

int host_connect(void)
{
    int fd = try_connect();
    talk_require(fd >= 0, "the server takes a connection");
    return fd;
}

/* Waits until the server answers as one that has started. */
static void wait_until_ready(void)
{
    static const char ASK[] = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
    for (int i = 0; i < START_TRIES; i++) {
        struct talk_answer answer = { 0 };
        int fd = try_connect();
        if (fd >= 0) {
            talk_send(fd, ASK, sizeof(ASK) - 1);
            (void)talk_read(fd, TALK_PATIENCE_MS, &answer);
            (void)close(fd);
        }
        if (answer.status == 200) {
            return;
        }
        (void)usleep(START_WAIT_US);
    }
    talk_require(false, "the server gets ready");
}

/* Copies the text of an element of the answer. */
static void take(const struct talk_answer *answer, const char *element, char *ret, size_t cap)
{
    char open[64];
    (void)snprintf(open, sizeof(open), "<%s>", element);
    const char *begin = strstr(answer->text, open);
    talk_require(begin != NULL, element);
    begin += strlen(open);
    size_t len = strcspn(begin, "<");
    talk_require(len < cap, element);
    memcpy(ret, begin, len);
    ret[len] = '\0';
}

/* Has who make a call that must succeed; body is a form. */
static struct talk_answer must(enum host_who who, const char *service, const char *body)
{
    struct talk_answer answer;
    int fd = host_connect();
    talk_send_signed(fd, &callers[who], service, "POST / ", body, strlen(body));
    talk_require(talk_read(fd, TALK_PATIENCE_MS, &answer), body);
    talk_require(answer.status == 200, answer.text);
    (void)close(fd);
    return answer;
}

static void with_document(const char *action, const char *subject, const char *member,
                          const char *document)
{
    char memory[8192];
    struct iam_arena arena;
    iam_arena_init(&arena, talk_heap(), sizeof(memory) * 4);
    struct iam_str text = signer_escape(&arena, iam_str_c(document));
    (void)snprintf(memory, sizeof(memory), "Version=2010-05-08&Action=%s&%s&%s=%.*s", action,
                   subject, member, IAM_STR_ARG(text));
    (void)must(HOST_ROOT, "iam", memory);
    iam_arena_done(&arena);
}

static void make_user(enum host_who who, const char *name)
{
    char body[128];
    (void)snprintf(body, sizeof(body), "Version=2010-05-08&Action=CreateUser&UserName=%s", name);
    (void)must(HOST_ROOT, "iam", body);
    (void)snprintf(body, sizeof(body), "Version=2010-05-08&Action=CreateAccessKey&UserName=%s",
                   name);
    struct talk_answer answer = must(HOST_ROOT, "iam", body);
    take(&answer, "AccessKeyId", callers[who].id, sizeof(callers[who].id));
    take(&answer, "SecretAccessKey", callers[who].secret, sizeof(callers[who].secret));
}

static void make_callers(void)
{
    make_user(HOST_ADMIN, "admin");
    make_user(HOST_NOBODY, "nobody");
    with_document("CreateRole", "RoleName=reader", "AssumeRolePolicyDocument", POLICY_TRUST);
    with_document("PutRolePolicy", "RoleName=reader&PolicyName=p", "PolicyDocument", POLICY_READER);
    struct host_caller *session = &callers[HOST_SESSION];
    struct talk_answer answer =
        must(HOST_ADMIN, "sts",
             "Version=2011-06-15&Action=AssumeRole&RoleSessionName=fuzz&RoleArn="
             "arn%3Aaws%3Aiam%3A%3A" ACCOUNT "%3Arole%2Freader&DurationSeconds=3600");
    take(&answer, "AccessKeyId", session->id, sizeof(session->id));
    take(&answer, "SecretAccessKey", session->secret, sizeof(session->secret));
    take(&answer, "SessionToken", session->token, sizeof(session->token));
    /* Last, as it denies what was just done. */
    with_document("PutUserPolicy", "UserName=admin&PolicyName=p", "PolicyDocument", POLICY_ADMIN);
}

void host_start(void)
{
    static struct server_config config;
    static const char *const words[] = { "iamd",     "serve",       "--data",       ":memory:",
                                         "--listen", "127.0.0.1:0", "--account-id", ACCOUNT,
                                         "--unix",   socket_path,   "--workers",    "2" };
    static char *arguments[IAM_COUNT(words)];
    if (is_running) {
        return;
    }
    talk_require(mkdtemp(place) != NULL, "a directory for the socket");
    (void)snprintf(socket_path, sizeof(socket_path), "%s/s", place);
    (void)setenv("IAMD_ROOT_ACCESS_KEY_ID", ROOT_ID, 1);
    (void)setenv("IAMD_ROOT_SECRET_ACCESS_KEY", ROOT_SECRET, 1);
    for (size_t i = 0; i < IAM_COUNT(words); i++) {
        arguments[i] = strdup(words[i]);
        talk_require(arguments[i] != NULL, "memory");
    }
    talk_require(config_read(IAM_COUNT(arguments), arguments, &config) == CONFIG_OK, "arguments");
    talk_require(pthread_create(&thread, NULL, run, &config) == 0, "a thread");
    is_running = true;
    wait_until_ready();
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* the leak checker looks at the process */
    make_callers();
    (void)atexit(stop);
}
