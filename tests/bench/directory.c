/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a directory costs on a store that bench_directory_store made: opening it, a principal that
 * is cold and one that is warm, memory, and a new version of the policy that everybody has. Prints
 * "name value" lines; directory.py makes a table of them.
 *
 * Usage: bench_directory DIR USERS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/heap.h"
#include "bench/measure.h"
#include "bench/sealer.h"
#include "directory/directory.h"
#include "store/policy.h"

#define ACCOUNT IAM_STR("111122223333")
#define POLICY IAM_STR("ANPA22222222222222ALL")
/* Principals that are asked for; all of them in a smaller store. */
#define SAMPLE 10000
#define CHANGES 25
/* Those who are asked for again and again: as many in every store. */
#define REGULARS 100

static struct iam_store *store;
static struct iam_directory *dir;
static struct iam_arena arena;
static long users;
static long sample;

static void must(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}

static double now_us(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* The number of the i-th of the sample: spread over the store, each once. */
static long number_of(long i)
{
    return (i * 7919 % sample) * (users / sample);
}

static struct iam_str user_id(char text[32], long i)
{
    (void)snprintf(text, 32, "AIDA222222222%08ld", i);
    return iam_str_c(text);
}

/* ---- a request's look-ups ---------------------------------------------------------------- */

static bool decide(const struct iam_view *view, const char *action, struct iam_str resource)
{
    const struct iam_policies policies = { .identity = view->identity, .boundary = view->boundary };
    const struct iam_request request = {
        .principal = {
            .kind = IAM_PRINCIPAL_USER, .account = view->account, .arn = view->arn, .id = view->id,
        },
        .action = iam_str_c(action),
        .resource = resource,
    };
    struct iam_decision decision;

    iam_decide(&policies, &request, &decision);
    return decision.effect == IAM_ALLOW;
}

/* The key and its owner, as a request that is signed needs them. */
static const struct iam_view *find(long i)
{
    char text[32];
    struct iam_directory_key key;
    const struct iam_view *view;

    iam_arena_clear(&arena);
    (void)snprintf(text, sizeof(text), "AKIA22222222%08ld", i);
    must(iam_directory_key(dir, NULL, iam_str_c(text), &arena, &key) == IAM_OK, "key");
    must(iam_directory_by_id(dir, NULL, key.owner_id, &view) == IAM_OK, "owner");
    return view;
}

/* In turn, for bench_measure. */
static long turn;

static unsigned find_once(void *ctx)
{
    (void)ctx;
    const struct iam_view *view = find(number_of(turn));
    turn = (turn + 1) % (sample < REGULARS ? sample : REGULARS);
    iam_view_unref(view);
    return 1;
}

static unsigned decide_once(void *ctx)
{
    (void)ctx;
    const struct iam_view *view = find(number_of(turn));
    turn = (turn + 1) % (sample < REGULARS ? sample : REGULARS);
    bool answer = decide(view, "s3:GetObject", IAM_STR("arn:aws:s3:::reports/2026.csv"));
    iam_view_unref(view);
    return answer;
}

/* ---- measures ------------------------------------------------------------------------------ */

static struct iam_directory_stats stats_of(void)
{
    struct iam_directory_stats stats;

    iam_directory_stats(dir, &stats);
    return stats;
}

static void measure_open(void)
{
    const struct iam_directory_options options = { .alloc = iam_heap(), .store = store, .seed = 1 };
    double start = now_us();

    must(iam_directory_new(&options, &dir) == IAM_OK, "directory");
    printf("open_us %.1f\n", now_us() - start);
    printf("bytes_unused %.3f\n", (double)stats_of().bytes / (double)users);
}

/* Of one at a time, the median: all of the sample for the first time. */
static void measure_cold(void)
{
    double *us = iam_heap()->alloc(NULL, (size_t)sample * sizeof(*us));
    size_t before = stats_of().bytes;

    must(us != NULL, "memory");
    for (long i = 0; i < sample; i++) {
        double start = now_us();
        iam_view_unref(find(number_of(i)));
        us[i] = now_us() - start;
    }
    printf("cold_us %.2f\n", bench_median(us, (size_t)sample));
    printf("bytes_warm %.0f\n", (double)(stats_of().bytes - before) / (double)sample);
    iam_heap()->free(NULL, us);
}

static void set_version(bool permits)
{
    static const char yes[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                              "\"Action\":[\"iam:GetUser\",\"iam:List*\",\"s3:GetObject\"],"
                              "\"Resource\":\"*\"}}";
    static const char no[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
                             "\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}}";
    struct iam_txn *txn;
    int64_t number;

    must(iam_store_begin(store, IAM_TXN_WRITE, &txn) == IAM_OK, "begin");
    must(iam_store_version_add(txn, ACCOUNT, POLICY, permits ? IAM_STR(yes) : IAM_STR(no), true, 2,
                               &number) == IAM_OK,
         "version");
    must(iam_txn_commit(txn) == IAM_OK, "commit");
}

/* Everybody of the sample sees the new version, each at the cost of being built again. */
static double check_all(bool permits)
{
    char text[32];
    double start = now_us();

    for (long i = 0; i < sample; i++) {
        const struct iam_view *view;
        must(iam_directory_by_id(dir, NULL, user_id(text, number_of(i)), &view) == IAM_OK, "user");
        must(decide(view, "s3:GetObject", IAM_STR("arn:aws:s3:::x/y")) == permits,
             "the new version is not in force: it");
        iam_view_unref(view);
    }
    return (now_us() - start) / (double)sample;
}

static void measure_change(void)
{
    double write_us[CHANGES];
    double refresh_us[CHANGES];

    for (int i = 0; i < CHANGES; i++) {
        double start = now_us();
        set_version(i % 2 != 0);
        write_us[i] = now_us() - start;
        start = now_us();
        must(iam_directory_refresh(dir) == IAM_OK, "refresh");
        refresh_us[i] = now_us() - start;
    }
    printf("change_write_us %.1f\n", bench_median(write_us, CHANGES));
    printf("change_refresh_us %.1f\n", bench_median(refresh_us, CHANGES));
    printf("rebuild_us %.2f\n", check_all(CHANGES % 2 == 0));
    set_version(true);
    must(iam_directory_refresh(dir) == IAM_OK, "refresh");
    (void)check_all(true);
}

int main(int argc, char **argv)
{
    char path[4096];
    char key_path[4096];
    char error[IAM_STORE_ERROR_MAX];
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = key_path };
    struct iam_keeper *keeper;

    must(argc == 3, "usage: bench_directory DIR USERS: this");
    users = strtol(argv[2], NULL, 10);
    sample = users < SAMPLE ? users : SAMPLE;
    (void)snprintf(path, sizeof(path), "%s/iamd.db", argv[1]);
    (void)snprintf(key_path, sizeof(key_path), "%s/master.key", argv[1]);
    must(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK, "the keeper");
    const struct iam_store_options options = bench_store_options(keeper, path);
    must(iam_store_open(&options, &store, error) == IAM_OK, "opening the store");
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    measure_open();
    measure_cold();
    printf("warm_ns %.1f\n", bench_measure(find_once, NULL));
    printf("decide_ns %.1f\n", bench_measure(decide_once, NULL));
    measure_change();
    iam_directory_free(dir);
    iam_store_close(store);
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}
