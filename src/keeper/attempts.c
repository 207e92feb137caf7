/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/attempts_int.h"

#include "base/map.h"
#include "keeper/random.h"

enum iam_status attempts_init(struct attempts *a)
{
    memset(a, 0, sizeof(*a));
    /* Default attributes: cannot fail on Linux. */
    (void)pthread_mutex_init(&a->lock, NULL);
    return iam_keeper_random(a->seeds, sizeof(a->seeds));
}

void attempts_done(struct attempts *a)
{
    (void)pthread_mutex_destroy(&a->lock);
}

/* Goes to the window of now_ms, never back. */
static void advance(struct attempts *a, int64_t now_ms)
{
    int64_t window = now_ms / ATTEMPTS_WINDOW_MS;

    if (window > a->window) {
        a->window = window;
        memset(a->counts, 0, sizeof(a->counts));
    }
}

/* Counts an attempt unless every counter of name is full. */
static bool count(struct attempts *a, struct iam_str name)
{
    uint8_t *counters[ATTEMPTS_ROWS];
    bool has_room = false;

    for (size_t i = 0; i < ATTEMPTS_ROWS; i++) {
        counters[i] = &a->counts[i][iam_hash(name, a->seeds[i]) & (ATTEMPTS_COUNTERS - 1)];
        has_room |= *counters[i] < ATTEMPTS_MAX;
    }
    for (size_t i = 0; i < ATTEMPTS_ROWS && has_room; i++) {
        if (*counters[i] < ATTEMPTS_MAX) {
            ++*counters[i];
        }
    }
    return has_room;
}

enum iam_status attempts_take(struct attempts *a, struct iam_str name, int64_t now_ms)
{
    (void)pthread_mutex_lock(&a->lock);
    advance(a, now_ms);
    bool is_counted = count(a, name);
    (void)pthread_mutex_unlock(&a->lock);
    return is_counted ? IAM_OK : IAM_LIMIT;
}
