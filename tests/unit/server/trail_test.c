/* SPDX-License-Identifier: Apache-2.0 */
/* What of requests gets into the audit trail, and what follows when the file takes no more. */
#include "server/trail.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/test.h"

#define NOW INT64_C(1764500000000)
#define FILE_BYTES (1u << 20)

static char path[] = "/tmp/iam_trail_XXXXXX";
static char text[FILE_BYTES];
static struct health health;
static struct trail *trail;
static struct iam_arena arena;
static struct api_env env = { .region = IAM_STR_INIT("us-east-1") };

static void open_trail(bool is_required)
{
    const struct trail_options options = {
        .path = path, .reserve_bytes = 1, .is_required = is_required, .health = &health
    };
    assert_ok(trail_open(&options, &trail));
}

static int setup(void **state)
{
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    memset(&health, 0, sizeof(health));
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    trail_close(trail, NOW);
    trail = NULL;
    iam_arena_done(&arena);
    (void)unlink(path);
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    return 0;
}

static void read_file(void)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    (void)fclose(f);
    text[n] = '\0';
}

static size_t count_of(const char *part)
{
    size_t n = 0;
    read_file();
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        n++;
    }
    return n;
}

/* A request that was refused, of a caller who signed or of a stranger. */
static struct api_request request(bool is_signed)
{
    struct api_request r = { 0 };
    r.call.env = &env;
    r.call.arena = &arena;
    r.call.now_ms = NOW;
    r.call.request_id = IAM_STR("id");
    r.call.origin.source_ip = IAM_STR("192.0.2.1");
    r.call.fault = (struct api_fault){ API_ERR_ACCESS_DENIED, IAM_STR("no") };
    r.identity.access_key_id = is_signed ? IAM_STR("AKIAAAAAAAAAAAAAAAAA") : iam_str_absent();
    return r;
}

/* Records count requests, each in a write of its own. Returns how many are lost. */
static size_t record(bool is_signed, size_t count)
{
    struct api_request r = request(is_signed);
    size_t lost = 0;
    for (size_t i = 0; i < count; i++) {
        struct trail_line line;
        struct trail_line *one = &line;
        trail_record(trail, &r, &line);
        trail_write(trail, &one, 1);
        lost += line.is_lost;
        trail_line_done(&line);
    }
    return lost;
}

/* Lets files grow to size and no further. */
static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void strangers_are_bounded_and_others_are_not(void **state)
{
    (void)state;
    open_trail(false);
    assert_int_equal(record(false, 3 * STRANGERS_BURST), 0);
    assert_int_equal(count_of("\n"), STRANGERS_BURST);
    assert_int_equal(record(true, 3 * STRANGERS_BURST), 0);
    assert_int_equal(count_of("\n"), 4 * STRANGERS_BURST);
    trail_keep(trail, NOW + STRANGERS_PERIOD_MS);
    assert_int_equal(
        count_of("\"eventName\":\"RequestsNotRecorded\",\"sourceIPAddress\":\"192.0.2.1\""), 1);
    assert_int_equal(count_of("\"count\":200,"), 1);
    assert_int_equal(count_of("\"errorCodes\":{\"AccessDeniedException\":200}"), 1);
    assert_true(health_is_ready(&health));
}

static void what_a_stranger_sends_is_cut(void **state)
{
    static char large[8192];
    struct api_request r = request(false);
    struct trail_line line;
    (void)state;
    open_trail(false);
    memset(large, '\x01', sizeof(large));
    r.call.origin.user_agent = (struct iam_str){ large, sizeof(large) };
    r.call.fault.message = r.call.origin.user_agent;
    r.named_access_key_id = r.call.origin.user_agent;
    trail_record(trail, &r, &line);
    assert_in_range(line.text.len, 1, 2600);
    trail_line_done(&line);
}

static void what_is_left_is_told_at_the_end(void **state)
{
    (void)state;
    open_trail(false);
    (void)record(false, STRANGERS_BURST + 5);
    trail_close(trail, NOW);
    trail = NULL;
    assert_int_equal(count_of("\"count\":5,"), 1);
}

static void lost_records_are_told_and_end(void **state)
{
    (void)state;
    open_trail(false);
    assert_int_equal(record(true, 2), 0);
    read_file();
    limit_files(strlen(text) + 10);
    assert_int_equal(record(true, 7), 7);
    assert_false(health_is_ready(&health));
    assert_true(trail_takes_records(trail));
    /* Strangers are counted meanwhile, and not lost. */
    assert_int_equal(record(false, 3), 0);
    trail_keep(trail, NOW);
    assert_false(health_is_ready(&health));
    limit_files(RLIM_INFINITY);
    trail_keep(trail, NOW);
    assert_true(health_is_ready(&health));
    assert_int_equal(count_of("\"reason\":\"the file took no records\",\"count\":7,"), 1);
    assert_int_equal(record(true, 1), 0);
    trail_keep(trail, NOW + STRANGERS_PERIOD_MS);
    assert_int_equal(count_of("\"reason\":\"the caller did not authenticate\",\"count\":3,"), 1);
    /* The line that was cut off is one of its own. */
    assert_int_equal(count_of("\n"), 2 + 1 + 1 + 1 + 1);
}

static void what_is_required_has_room_or_is_refused(void **state)
{
    (void)state;
    open_trail(true);
    assert_true(trail_is_required(trail));
    assert_true(trail_takes_records(trail));
    assert_true(trail_make_room(trail, 4));
    /* What was allocated can be written whatever happens. */
    assert_int_equal(record(true, 4), 0);
    read_file();
    limit_files(strlen(text));
    assert_int_equal(record(true, 1), 1);
    assert_false(trail_takes_records(trail));
    assert_false(trail_make_room(trail, 1));
    assert_false(health_is_ready(&health));
    limit_files(RLIM_INFINITY);
    trail_keep(trail, NOW);
    assert_true(trail_takes_records(trail));
    assert_true(trail_make_room(trail, 1));
    assert_true(health_is_ready(&health));
}

static void low_room_is_a_warning(void **state)
{
    const struct trail_options options = { .path = path,
                                           .reserve_bytes = UINT64_MAX - 1,
                                           .health = &health };
    (void)state;
    assert_ok(trail_open(&options, &trail));
    assert_true(health_has(&health, HEALTH_AUDIT_ROOM_LOW));
    assert_true(health_is_ready(&health));
    assert_int_equal(record(false, 3), 0);
    assert_int_equal(record(true, 2), 0);
    assert_int_equal(count_of("\n"), 2);
    trail_keep(trail, NOW + STRANGERS_PERIOD_MS);
    assert_int_equal(count_of("\n"), 2);
}

static void no_trail_records_nothing(void **state)
{
    struct api_request r = request(true);
    struct trail_line line;
    struct trail_line *one = &line;
    (void)state;
    trail_record(NULL, &r, &line);
    trail_write(NULL, &one, 1);
    assert_false(line.is_lost);
    trail_line_done(&line);
    trail_keep(NULL, NOW);
    trail_reopen(NULL);
    assert_true(trail_takes_records(NULL));
    assert_true(trail_make_room(NULL, 1));
    assert_false(trail_is_required(NULL));
}

static void *record_many(void *arg)
{
    struct iam_arena own;
    iam_arena_init(&own, iam_heap(), 1u << 20);
    for (size_t i = 0; i < 300; i++) {
        struct api_request r = request(i % 2 == 0);
        struct trail_line line;
        struct trail_line *one = &line;
        r.call.arena = &own;
        trail_record(trail, &r, &line);
        trail_write(trail, &one, 1);
        trail_line_done(&line);
        iam_arena_clear(&own);
    }
    iam_arena_done(&own);
    return arg;
}

/* Workers record while the writer keeps the trail, the file stops taking records, and takes them.
 */
static void threads_share_it(void **state)
{
    pthread_t threads[3];
    bool has_room = false;
    (void)state;
    open_trail(true);
    limit_files(30000);
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, record_many, NULL), 0);
    }
    for (int i = 0; i < 50; i++) {
        trail_keep(trail, NOW + i);
        has_room = trail_make_room(trail, 1) || has_room;
        (void)usleep(200);
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        (void)pthread_join(threads[i], NULL);
    }
    limit_files(RLIM_INFINITY);
    trail_keep(trail, NOW);
    assert_true(health_is_ready(&health));
    has_room = trail_make_room(trail, 1);
    assert_true(has_room);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(strangers_are_bounded_and_others_are_not),
        CASE(what_a_stranger_sends_is_cut),
        CASE(what_is_left_is_told_at_the_end),
        CASE(lost_records_are_told_and_end),
        CASE(what_is_required_has_room_or_is_refused),
        CASE(low_room_is_a_warning),
        CASE(no_trail_records_nothing),
        CASE(threads_share_it),
    };
    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
