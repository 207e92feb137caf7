/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads read while others write. Each commit adds a user and its tag; at every moment a reader
 * finds that users, tags and the number of the last change agree and do not change while it reads.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/heap.h"
#include "support.h"

#define WRITERS 2
#define READERS 3
#define COMMITS 60

struct shared {
    struct iam_store *store;
    atomic_int failures;
    atomic_int writers_left;
    atomic_int reads;
};

struct writer {
    struct shared *shared;
    int number;
};

static enum iam_status write_one(struct iam_txn *txn, int writer, int n)
{
    char id[32];
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };
    struct iam_entity_ref ref;
    struct iam_user user;

    snprintf(id, sizeof(id), "AIDA%d-%04d", writer, n);
    user = user_named(id, id);
    ref = ref_of(IAM_KIND_USER, id);
    IAM_TRY(iam_store_user_add(txn, &user));
    return iam_store_tag_put(txn, &ref, &tag, 1);
}

static void *write_all(void *arg)
{
    struct writer *writer = arg;
    struct shared *shared = writer->shared;

    for (int n = 0; n < COMMITS; n++) {
        struct iam_txn *txn = NULL;

        if (iam_store_begin(shared->store, IAM_TXN_WRITE, &txn) != IAM_OK) {
            atomic_fetch_add(&shared->failures, 1);
            continue;
        }
        if (write_one(txn, writer->number, n) != IAM_OK) {
            iam_txn_rollback(txn);
            atomic_fetch_add(&shared->failures, 1);
        } else if (iam_txn_commit(txn) != IAM_OK) {
            atomic_fetch_add(&shared->failures, 1);
        }
    }
    atomic_fetch_sub(&shared->writers_left, 1);
    return NULL;
}

/* Tells whether the state that txn sees is one that was committed. */
static bool agrees(struct iam_txn *txn, struct iam_arena *arena, int64_t *ret_users)
{
    struct iam_user_list users;
    int64_t last = 0;

    if (iam_store_user_list(txn, arena, ACCOUNT, iam_str_absent(), NULL, &users) != IAM_OK ||
        iam_store_change_last(txn, &last) != IAM_OK) {
        return false;
    }
    for (size_t i = 0; i < users.count; i += 10) {
        struct iam_entity_ref ref = { IAM_KIND_USER, ACCOUNT, users.items[i].id };
        int64_t tags = 0;

        if (iam_store_tag_count(txn, &ref, &tags) != IAM_OK || tags != 1) {
            return false;
        }
    }
    *ret_users = (int64_t)users.count;
    return last == 2 + 2 * *ret_users;
}

static bool read_once(struct shared *shared, struct iam_arena *arena, int64_t *seen)
{
    struct iam_txn *txn = NULL;
    int64_t first = 0;
    int64_t second = 0;
    bool is_right;

    if (iam_store_begin(shared->store, IAM_TXN_READ, &txn) != IAM_OK) {
        return false;
    }
    is_right = agrees(txn, arena, &first);
    sched_yield();
    is_right = is_right && agrees(txn, arena, &second) && first == second && first >= *seen;
    *seen = first;
    iam_txn_rollback(txn);
    iam_arena_clear(arena);
    return is_right;
}

static void *read_all(void *arg)
{
    struct shared *shared = arg;
    struct iam_arena arena;
    int64_t seen = 0;

    iam_arena_init(&arena, iam_heap(), 8 << 20);
    do {
        if (!read_once(shared, &arena, &seen)) {
            atomic_fetch_add(&shared->failures, 1);
        }
        atomic_fetch_add(&shared->reads, 1);
    } while (atomic_load(&shared->writers_left) > 0);
    iam_arena_done(&arena);
    return NULL;
}

static void readers_see_whole_states(void **state)
{
    struct fixture *f = *state;
    struct shared shared = { .store = f->store };
    pthread_t threads[WRITERS + READERS];
    struct writer writers[WRITERS];
    int64_t users;

    iam_txn_rollback(f->txn);
    f->txn = NULL;
    atomic_store(&shared.writers_left, WRITERS);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ &shared, i };
        assert_int_equal(pthread_create(&threads[i], NULL, write_all, &writers[i]), 0);
    }
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[WRITERS + i], NULL, read_all, &shared), 0);
    }
    for (int i = 0; i < WRITERS + READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&shared.failures), 0);
    assert_true(atomic_load(&shared.reads) >= READERS);
    f->txn = begin(f->store, IAM_TXN_READ);
    assert_ok(iam_store_user_count(f->txn, ACCOUNT, &users));
    assert_int_equal(users, WRITERS * COMMITS);
}

/* ---- whose turn it is ---- */

struct waiting {
    struct iam_store *store;
    atomic_int tid;
    atomic_bool has_begun;
    bool is_ok;
};

static void *write_in_turn(void *arg)
{
    struct waiting *w = arg;
    struct iam_txn *txn = NULL;

    atomic_store(&w->tid, gettid());
    w->is_ok = iam_store_begin(w->store, IAM_TXN_WRITE, &txn) == IAM_OK;
    atomic_store(&w->has_begun, true);
    iam_txn_rollback(txn);
    return NULL;
}

/* Tells whether a thread of this process sleeps. */
static bool is_asleep(int tid)
{
    char path[64];
    char text[512] = "";

    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    (void)fclose(file);
    return strncmp(strrchr(text, ')'), ") S", 3) == 0;
}

/* Waits until the thread waits for its turn, as it does nothing else that takes long. */
static void let_it_wait(struct waiting *w)
{
    for (int looks = 0; looks < 10;) {
        (void)usleep(1000);
        looks = atomic_load(&w->tid) != 0 && is_asleep(atomic_load(&w->tid)) ? looks + 1 : 0;
    }
    assert_false(atomic_load(&w->has_begun));
}

/* Who ends a transaction and begins the next at once comes after those who have waited. */
static void who_waits_longest_is_next(void **state)
{
    struct fixture *f = *state;
    struct waiting w = { .store = f->store };
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, write_in_turn, &w), 0);
    let_it_wait(&w);
    abandon_txn(f);
    assert_true(atomic_load(&w.has_begun));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(w.is_ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(readers_see_whole_states),
        STORE_TEST(who_waits_longest_is_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
