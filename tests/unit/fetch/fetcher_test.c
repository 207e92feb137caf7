/* SPDX-License-Identifier: Apache-2.0 */
/* The process that fetches, and the wire to it. */
#include "fetch/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
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

/* Has a provider answer "{}"; returns the question to it, whose URL is written to url. */
static struct iam_fetch_question open_provider(char url[256])
{
    provider_open(&provider);
    provider.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    return (struct iam_fetch_question){ iam_str_c(provider_url(&provider, "/x", url)),
                                        iam_str_c(provider.thumbprint) };
}

static void test_get(void **state)
{
    struct iam_fetcher_options options = { .setup = { .networks = { .count = 1 } } };
    struct iam_fetcher *fetcher;
    struct iam_fetch_answer answer;
    char url[256];
    (void)state;
    assert_ok(iam_http_network_parse(IAM_STR("127.0.0.1"), &options.setup.networks.items[0]));
    assert_ok(iam_fetcher_start(&options, &fetcher)); /* while there is one thread */
    const struct iam_fetch_question question = open_provider(url);
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
    assert_str(answer.body, "{}");
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
    iam_fetcher_stop(NULL);
}

/* ---- a process that ends ---- */

static struct {
    struct iam_fetch_notice items[16];
    atomic_size_t count;
} notices;

static void note(void *ctx, const struct iam_fetch_notice *notice)
{
    (void)ctx;
    assert_true(notices.count < IAM_COUNT(notices.items));
    notices.items[notices.count++] = *notice;
}

/* Looks until there are count notices. */
static void await(struct iam_fetcher *fetcher, size_t count)
{
    const struct timespec pause = { .tv_nsec = 5000000 };
    for (int i = 0; notices.count < count && i < 4000; i++) {
        iam_fetcher_look(fetcher);
        (void)nanosleep(&pause, NULL);
    }
    assert_true(notices.count >= count);
}

static struct iam_fetcher *start(void (*lock_in)(const struct iam_fetch_setup *),
                                 const char *ca_file)
{
    struct iam_fetcher_options options = {
        .setup = {.ca_file = ca_file, .networks = { .count = 1 }, .lock_in = lock_in},
        .notify = note
    };
    struct iam_fetcher *fetcher;
    notices.count = 0;
    assert_ok(iam_http_network_parse(IAM_STR("127.0.0.1"), &options.setup.networks.items[0]));
    assert_ok(iam_fetcher_start(&options, &fetcher));
    assert_int_equal(notices.items[0].event, IAM_FETCH_STARTED);
    return fetcher;
}

/* An answer that there is no room for is read all the same: its channel goes on. */
static void test_answer_without_room(void **state)
{
    struct iam_fetch_answer answer;
    char url[256];
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    const struct iam_fetch_question question = open_provider(url);
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS + 1; i++) {
        struct iam_arena full;
        iam_arena_init(&full, iam_heap(), 1);
        assert_non_null(iam_arena_alloc(&full, 1));
        assert_int_equal(iam_fetcher_get(fetcher, &question, &full, &answer), IAM_NOMEM);
        iam_arena_done(&full);
    }
    assert_ok(iam_fetcher_get(fetcher, &question, &arena, &answer));
    assert_str(answer.body, "{}");
    iam_fetcher_look(fetcher);
    assert_int_equal(notices.count, 1); /* it is the first process still */
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
}

static void exit_at_once(const struct iam_fetch_setup *setup)
{
    (void)setup;
    _exit(3);
}

/* It is started again later and later, and nobody hangs meanwhile. */
static void test_process_that_does_not_live(void **state)
{
    const struct iam_fetch_question question = { .url = IAM_STR("https://127.0.0.1/") };
    struct iam_fetch_answer answer = { .result = IAM_FETCH_UNREACHABLE };
    uint32_t pause = IAM_FETCH_PAUSE_FIRST_MS;
    size_t seen = 0;
    (void)state;
    struct iam_fetcher *fetcher = start(exit_at_once, NULL);
    for (int tries = 0; pause < 4 * IAM_FETCH_PAUSE_FIRST_MS; tries++) {
        assert_true(tries < 20);
        enum iam_status st = iam_fetcher_get(fetcher, &question, &arena, &answer);
        assert_true(st == IAM_OK || st == IAM_IO);
        assert_int_equal(answer.result, IAM_FETCH_UNREACHABLE);
        for (; seen < notices.count; seen++) {
            const struct iam_fetch_notice *n = &notices.items[seen];
            if (n->event == IAM_FETCH_ENDED) {
                assert_true(WIFEXITED(n->detail) && WEXITSTATUS(n->detail) == 3);
                assert_int_equal(n->pause_ms, pause);
                pause *= 2;
            }
        }
    }
    iam_fetcher_stop(fetcher);
}

/* Gets a document for whose provider authorities must vouch, or else a thumbprint does. */
static enum iam_fetch_result get_from(struct iam_fetcher *fetcher, const char *path,
                                      const char *thumbprint)
{
    struct iam_fetch_answer answer;
    char url[256];
    const struct iam_fetch_question question = { iam_str_c(provider_url(&provider, path, url)),
                                                 iam_str_c(thumbprint) };
    enum iam_status st = IAM_IO;
    for (int i = 0; st == IAM_IO && i < 10; i++) { /* a busy machine needs its time to start one */
        st = iam_fetcher_get(fetcher, &question, &arena, &answer);
    }
    assert_ok(st);
    return answer.result;
}

static enum iam_fetch_result get(struct iam_fetcher *fetcher, const char *path)
{
    return get_from(fetcher, path, "");
}

static void test_process_that_is_killed(void **state)
{
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    provider_open(&provider);
    assert_int_equal(get(fetcher, "/x"), IAM_FETCH_UNKNOWN);
    for (size_t i = 0; i < 2; i++) {
        int pid = notices.items[2 * i].pid;
        assert_int_equal(kill(pid, SIGKILL), 0);
        await(fetcher, 2 * i + 2);
        assert_int_equal(notices.items[2 * i + 1].event, IAM_FETCH_ENDED);
        assert_int_equal(notices.items[2 * i + 1].pid, pid);
        assert_int_equal(WTERMSIG(notices.items[2 * i + 1].detail), SIGKILL);
        assert_int_equal(get(fetcher, "/x"), IAM_FETCH_UNKNOWN);
        assert_int_equal(notices.items[2 * i + 2].event, IAM_FETCH_STARTED);
        assert_false(notices.items[2 * i + 2].is_asked);
        assert_int_equal(notices.items[2 * i + 2].starts, i + 2);
    }
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
}

/* Asks while there is no process. Returns whether it was told so although one had been started. */
static void *get_from_next(void *arg)
{
    static bool is_missed = true;
    const struct iam_fetch_question question = { .url = IAM_STR("http://127.0.0.1/") };
    size_t before = notices.count;
    struct iam_arena own;
    struct iam_fetch_answer answer;
    iam_arena_init(&own, iam_heap(), (size_t)1 << 20);
    enum iam_status st = iam_fetcher_get(arg, &question, &own, &answer);
    bool is_late = notices.count == before;
    iam_arena_done(&own);
    return st == IAM_OK || (st == IAM_IO && is_late) ? NULL : &is_missed;
}

/* All who wait for the next process have it, also when another thread hears of it. */
static void test_many_wait_for_a_process(void **state)
{
    pthread_t threads[IAM_FETCHER_CHANNELS];
    void *missed;
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    for (size_t i = 0; i < 3; i++) { /* so that the next is long in coming */
        assert_int_equal(kill(notices.items[2 * i].pid, SIGKILL), 0);
        await(fetcher, 2 * i + (i < 2 ? 3 : 2));
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, get_from_next, fetcher), 0);
    }
    await(fetcher, 7);
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &missed), 0);
        assert_null(missed);
    }
    iam_fetcher_stop(fetcher);
}

static void *get_what_hangs(void *arg)
{
    static enum iam_fetch_result result;
    result = get_from(arg, "/hang", provider.thumbprint);
    return &result;
}

/* Who waits for its answer is told at once, and the question is not asked again. */
static void test_process_that_is_killed_meanwhile(void **state)
{
    const struct iam_fetch_question other = { .url = IAM_STR("http://127.0.0.1/") };
    const struct timespec pause = { .tv_nsec = 10000000 };
    struct iam_fetch_answer answer;
    struct timespec begun;
    struct timespec ended;
    pthread_t thread;
    void *result;
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    provider_open(&provider);
    assert_int_equal(pthread_create(&thread, NULL, get_what_hangs, fetcher), 0);
    for (int i = 0; provider.asked == 0 && i < 2000; i++) {
        (void)nanosleep(&pause, NULL);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_int_equal(kill(notices.items[0].pid, SIGKILL), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_int_equal(*(enum iam_fetch_result *)result, IAM_FETCH_UNREACHABLE);
    assert_true(ended.tv_sec - begun.tv_sec < 30); /* half of what an answer may take */
    assert_int_equal(provider.asked, 1);
    await(fetcher, 3);
    assert_ok(iam_fetcher_get(fetcher, &other, &arena, &answer));
    assert_int_equal(answer.result, IAM_FETCH_REFUSED);
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
}

/* Reads what the system says about a process after its name: its state and its parent. */
static bool read_stat(int pid, char *ret_state, int *ret_parent)
{
    char path[64];
    char text[512] = "";
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    bool is_there = fgets(text, sizeof(text), file) != NULL;
    (void)fclose(file);
    if (!is_there) { /* it has ended since the file was opened */
        return false;
    }
    const char *rest = strrchr(text, ')') + strlen(") ");
    *ret_state = rest[0];
    *ret_parent = (int)strtol(rest + 1, NULL, 10);
    return true;
}

static int parent_of(int pid)
{
    char state = 0;
    int parent = 0;
    assert_true(read_stat(pid, &state, &parent));
    return parent;
}

static bool is_alive(int pid)
{
    char state = 0;
    int parent = 0;
    return read_stat(pid, &state, &parent) && state != 'Z';
}

/* Stops a process, of which the thread is stopped that it began with. */
static void stop_process(int pid)
{
    char state = 0;
    int parent = 0;
    assert_int_equal(kill(pid, SIGSTOP), 0);
    for (int i = 0; state != 'T' && i < 4000; i++) {
        assert_true(read_stat(pid, &state, &parent));
        (void)usleep(1000);
    }
    assert_int_equal(state, 'T');
}

/* A process that does not answer in time is ended, and another answers. */
static void test_process_that_hangs(void **state)
{
    const struct iam_fetcher_options options = { .notify = note, .answer_ms = 300 };
    const struct iam_fetch_question question = { .url = IAM_STR("http://127.0.0.1/") };
    struct iam_fetch_answer answer;
    struct iam_fetcher *fetcher;
    (void)state;
    notices.count = 0;
    assert_ok(iam_fetcher_start(&options, &fetcher));
    int pid = notices.items[0].pid;
    stop_process(pid);
    do { /* its other threads may be quicker than the signal */
        assert_ok(iam_fetcher_get(fetcher, &question, &arena, &answer));
    } while (answer.result == IAM_FETCH_REFUSED);
    assert_int_equal(answer.result, IAM_FETCH_UNREACHABLE);
    await(fetcher, 3);
    assert_int_equal(notices.items[1].event, IAM_FETCH_ENDED);
    assert_int_equal(notices.items[1].pid, pid);
    assert_int_equal(notices.items[2].event, IAM_FETCH_STARTED);
    assert_int_not_equal(notices.items[2].pid, pid);
    iam_fetcher_stop(fetcher);
}

static void *ask_for_nothing(void *arg)
{
    static enum iam_fetch_result result;
    const struct iam_fetch_question question = { .url = IAM_STR("http://127.0.0.1/") };
    struct iam_fetch_answer answer;
    assert_ok(iam_fetcher_get(arg, &question, &arena, &answer));
    result = answer.result;
    return &result;
}

/* Asks a process that hangs, and has another take its place meanwhile. False: that was asked. */
static bool hang_and_renew(int *ret_pid)
{
    const struct iam_fetcher_options options = { .notify = note, .answer_ms = 500 };
    struct iam_fetcher *fetcher;
    pthread_t thread;
    void *result;
    notices.count = 0;
    assert_ok(iam_fetcher_start(&options, &fetcher));
    int pid = notices.items[0].pid;
    stop_process(pid);
    assert_int_equal(pthread_create(&thread, NULL, ask_for_nothing, fetcher), 0);
    (void)usleep(100000);
    iam_fetcher_renew(fetcher);
    await(fetcher, 2);
    bool is_renewed = notices.items[1].event == IAM_FETCH_STARTED;
    assert_int_equal(pthread_join(thread, &result), 0);
    bool is_asked = *(enum iam_fetch_result *)result == IAM_FETCH_UNREACHABLE;
    for (int i = 0; is_asked && is_alive(pid) && i < 4000; i++) {
        (void)usleep(5000);
    }
    *ret_pid = is_alive(pid) ? pid : 0;
    iam_fetcher_stop(fetcher);
    return is_asked && is_renewed;
}

/* It is ended too when another has taken its place. */
static void test_process_that_hangs_and_was_replaced(void **state)
{
    int pid = 0;
    (void)state;
    for (int i = 0; !hang_and_renew(&pid); i++) {
        assert_true(i < 20); /* on a busy machine it is not asked in time */
    }
    assert_int_equal(pid, 0);
}

static void open_nothing(const struct iam_fetch_setup *setup)
{
    const struct rlimit none = { 5, 5 };
    (void)setup;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

/* A parent that can start nothing says so, tries again, and ends when it is told to. */
static void test_process_that_cannot_be_started(void **state)
{
    const struct iam_fetcher_options options = { .setup = { .lock_in_parent = open_nothing },
                                                 .notify = note };
    struct iam_fetcher *fetcher;
    (void)state;
    notices.count = 0;
    assert_ok(iam_fetcher_start(&options, &fetcher));
    await(fetcher, 2);
    for (size_t i = 0; i < notices.count; i++) {
        assert_int_equal(notices.items[i].event, IAM_FETCH_ENDED);
        assert_int_equal(notices.items[i].detail, -1);
        assert_int_equal(notices.items[i].starts, 0);
        assert_int_equal(notices.items[i].pause_ms, IAM_FETCH_PAUSE_FIRST_MS << i);
    }
    iam_fetcher_stop(fetcher);
}

/* While none is started, nobody waits longer than two seconds. */
static void test_parent_that_hangs(void **state)
{
    const struct iam_fetch_question question = { .url = IAM_STR("https://127.0.0.1/") };
    struct iam_fetch_answer answer;
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    int parent = parent_of(notices.items[0].pid);
    stop_process(parent);
    assert_int_equal(kill(notices.items[0].pid, SIGKILL), 0);
    while (iam_fetcher_get(fetcher, &question, &arena, &answer) == IAM_OK) {
        assert_int_equal(answer.result, IAM_FETCH_UNREACHABLE); /* it was not dead yet */
    }
    assert_int_equal(notices.count, 1);
    assert_int_equal(kill(parent, SIGCONT), 0);
    await(fetcher, 3);
    assert_ok(iam_fetcher_get(fetcher, &question, &arena, &answer));
    iam_fetcher_stop(fetcher);
}

/* Nor does the end. */
static void test_parent_that_hangs_at_the_end(void **state)
{
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    int parent = parent_of(notices.items[0].pid);
    stop_process(parent);
    (void)alarm(60);
    iam_fetcher_stop(fetcher);
    (void)alarm(0);
    assert_true(is_alive(parent));
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
}

/* Without the parent there is nobody, and nobody waits; the process ends with it. */
static void test_parent_that_is_gone(void **state)
{
    const struct iam_fetch_question question = { .url = IAM_STR("https://127.0.0.1/") };
    struct iam_fetch_answer answer;
    (void)state;
    struct iam_fetcher *fetcher = start(NULL, NULL);
    assert_int_equal(kill(parent_of(notices.items[0].pid), SIGKILL), 0);
    await(fetcher, 2);
    assert_int_equal(notices.items[1].event, IAM_FETCH_ALONE);
    assert_int_equal(iam_fetcher_get(fetcher, &question, &arena, &answer), IAM_IO);
    iam_fetcher_renew(fetcher);
    iam_fetcher_look(fetcher);
    assert_int_equal(notices.count, 2);
    iam_fetcher_stop(fetcher);
    for (int i = 0; is_alive(notices.items[0].pid) && i < 4000; i++) {
        (void)usleep(5000);
    }
    assert_false(is_alive(notices.items[0].pid));
}

/* ---- authorities that are read again ---- */

static void expect_kept(struct iam_fetcher *fetcher, int detail)
{
    size_t before = notices.count;
    iam_fetcher_renew(fetcher);
    await(fetcher, before + 1);
    assert_int_equal(notices.items[before].event, IAM_FETCH_KEPT);
    assert_int_equal(notices.items[before].detail, detail);
    assert_int_equal(get(fetcher, "/x"), IAM_FETCH_OK);
}

static void test_authorities_that_change(void **state)
{
    char path[] = "/tmp/iam-authorities-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    provider_open(&provider);
    provider_save(&provider, path);
    provider_close(&provider);
    struct iam_fetcher *fetcher = start(NULL, path);
    provider_open(&provider); /* with another certificate */
    provider.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    assert_int_equal(get(fetcher, "/x"), IAM_FETCH_UNKNOWN);
    provider_save(&provider, path);
    assert_int_equal(get(fetcher, "/x"), IAM_FETCH_UNKNOWN);
    iam_fetcher_renew(fetcher);
    await(fetcher, 2);
    assert_int_equal(notices.items[1].event, IAM_FETCH_STARTED);
    assert_true(notices.items[1].is_asked);
    assert_int_equal(get(fetcher, "/x"), IAM_FETCH_OK);
    assert_int_equal(ftruncate(fd, 0), 0);
    expect_kept(fetcher, 0);
    assert_int_equal(unlink(path), 0);
    expect_kept(fetcher, ENOENT);
    assert_int_equal(notices.count, 4); /* the end of the one before is no news */
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
    (void)close(fd);
}

/* However often it is asked meanwhile, it reads them once more, and nothing is forgotten. */
static void test_authorities_of_a_parent_that_hangs(void **state)
{
    char path[] = "/tmp/iam-authorities-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    provider_open(&provider);
    provider_save(&provider, path);
    provider_close(&provider);
    struct iam_fetcher *fetcher = start(NULL, path); /* while there is one thread */
    provider_open(&provider);
    provider.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    provider_save(&provider, path);
    int parent = parent_of(notices.items[0].pid);
    stop_process(parent);
    for (size_t i = 0; i < 2000; i++) { /* more than the socket takes */
        iam_fetcher_renew(fetcher);
    }
    assert_int_equal(kill(parent, SIGCONT), 0);
    await(fetcher, 3);
    assert_int_equal(unlink(path), 0);
    expect_kept(fetcher, ENOENT);
    assert_int_equal(notices.count, 4);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(notices.items[i].event, IAM_FETCH_STARTED);
        assert_true(notices.items[i].is_asked);
    }
    provider_close(&provider);
    iam_fetcher_stop(fetcher);
    (void)close(fd);
}

static void test_file_of_authorities(void **state)
{
    const struct iam_fetcher_options options = { .setup = { .ca_file = "/dev/null" } };
    struct iam_fetcher *fetcher;
    (void)state;
    assert_int_equal(iam_fetcher_start(&options, &fetcher), IAM_IO);
    assert_int_equal(errno, 0);
    const struct iam_fetcher_options none = { .setup = { .ca_file = "/dev/null/none" } };
    assert_int_equal(iam_fetcher_start(&none, &fetcher), IAM_IO);
    assert_int_equal(errno, ENOTDIR);
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
    assert_int_equal(answer.status, 1);
    assert_int_equal(iam_channel_read_answer(fds[0], 10, &arena, &answer), IAM_IO);
    assert_ok(iam_channel_ask(fds[0], &question));
    (void)close(fds[1]);
    assert_int_equal(iam_channel_read_answer(fds[0], 1000, &arena, &answer), IAM_NOT_FOUND);
    assert_int_equal(iam_channel_read_answer(fds[0], 1000, &arena, &answer), IAM_IO);
    assert_int_equal(iam_channel_ask(fds[0], &question), IAM_IO);
    (void)close(fds[0]);
}

static atomic_bool is_dripping;

/* Writes an answer without an end, a byte now and then. */
static void *drip(void *arg)
{
    const int *fd = arg;
    const uint32_t head[6] = { 0, 0, 0, 0, IAM_FETCH_BODY_MAX, 0 };
    assert_int_equal(write(*fd, head, sizeof(head)), sizeof(head));
    while (is_dripping && write(*fd, "x", 1) == 1) {
        (void)usleep(5000);
    }
    return NULL;
}

/* The time that an answer has is for the whole of it. */
static void test_answer_that_drips(void **state)
{
    struct iam_fetch_answer answer;
    pthread_t thread;
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    is_dripping = true;
    (void)alarm(30); /* without a time it takes twenty minutes */
    assert_int_equal(pthread_create(&thread, NULL, drip, &fds[1]), 0);
    assert_int_equal(iam_channel_read_answer(fds[0], 500, &arena, &answer), IAM_IO);
    (void)alarm(0);
    is_dripping = false;
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void test_wishes(void **state)
{
    struct iam_fetch_wish wish = { .end_pid = 9 };
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    assert_int_equal(iam_fetch_take_wish(fds[1], &wish), IAM_NOT_FOUND);
    assert_ok(iam_fetch_wish(fds[0], (struct iam_fetch_wish){ .end_pid = 7 }));
    assert_ok(iam_fetch_take_wish(fds[1], &wish));
    assert_int_equal(wish.end_pid, 7);
    size_t sent = 0;
    enum iam_status st;
    while ((st = iam_fetch_wish(fds[0], wish)) == IAM_OK) {
        sent++;
    }
    assert_int_equal(st, IAM_LIMIT);
    for (; sent > 0; sent--) {
        assert_ok(iam_fetch_take_wish(fds[1], &wish));
    }
    assert_int_equal(write(fds[0], "x", 1), 1);
    assert_int_equal(iam_fetch_take_wish(fds[1], &wish), IAM_IO);
    (void)close(fds[0]);
    assert_int_equal(iam_fetch_take_wish(fds[1], &wish), IAM_IO);
    assert_int_equal(iam_fetch_wish(fds[1], wish), IAM_IO); /* nobody hears it */
    (void)close(fds[1]);
}

static void test_notices(void **state)
{
    const struct iam_fetch_notice ended = { .event = IAM_FETCH_ENDED, .detail = 9, .starts = 7 };
    const struct iam_fetch_notice started = { .event = IAM_FETCH_STARTED, .pid = 5 };
    struct iam_fetch_notice notice;
    int channels[IAM_FETCHER_CHANNELS];
    int heard[IAM_FETCHER_CHANNELS];
    size_t count = 99;
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        channels[i] = fds[0];
    }
    assert_int_equal(iam_fetch_hear(fds[1], &notice, heard, &count), IAM_NOT_FOUND);
    assert_ok(iam_fetch_tell(fds[0], &started, channels));
    assert_ok(iam_fetch_tell(fds[0], &ended, NULL));
    assert_ok(iam_fetch_hear(fds[1], &notice, heard, &count));
    assert_int_equal(notice.pid, 5);
    assert_int_equal(count, IAM_FETCHER_CHANNELS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fcntl(heard[i], F_GETFD), FD_CLOEXEC);
        assert_int_equal(close(heard[i]), 0);
    }
    assert_ok(iam_fetch_hear(fds[1], &notice, heard, &count));
    assert_int_equal(notice.detail, 9);
    assert_int_equal(notice.starts, 7);
    assert_int_equal(count, 0);
    assert_ok(iam_fetch_tell(fds[0], &ended, channels)); /* which nobody keeps */
    assert_ok(iam_fetch_hear(fds[1], &notice, heard, &count));
    assert_int_equal(count, 0);
    assert_int_equal(write(fds[0], "x", 1), 1);
    assert_int_equal(iam_fetch_hear(fds[1], &notice, heard, &count), IAM_IO);
    (void)close(fds[0]);
    assert_int_equal(iam_fetch_hear(fds[1], &notice, heard, &count), IAM_IO);
    assert_int_equal(iam_fetch_tell(fds[1], &ended, NULL), IAM_IO);
    (void)close(fds[1]);
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
        cmocka_unit_test(test_answer_without_room),
        cmocka_unit_test(test_process_that_does_not_live),
        cmocka_unit_test(test_process_that_is_killed),
        cmocka_unit_test(test_many_wait_for_a_process),
        cmocka_unit_test(test_process_that_is_killed_meanwhile),
        cmocka_unit_test(test_process_that_hangs),
        cmocka_unit_test(test_process_that_hangs_and_was_replaced),
        cmocka_unit_test(test_process_that_cannot_be_started),
        cmocka_unit_test(test_parent_that_hangs),
        cmocka_unit_test(test_parent_that_hangs_at_the_end),
        cmocka_unit_test(test_parent_that_is_gone),
        cmocka_unit_test(test_authorities_that_change),
        cmocka_unit_test(test_authorities_of_a_parent_that_hangs),
        cmocka_unit_test(test_file_of_authorities),
        cmocka_unit_test(test_wire),
        cmocka_unit_test(test_answer_that_drips),
        cmocka_unit_test(test_notices),
        cmocka_unit_test(test_wishes),
        cmocka_unit_test(test_wire_of_strangers),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
