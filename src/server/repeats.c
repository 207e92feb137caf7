/* SPDX-License-Identifier: Apache-2.0 */
#include "server/repeats.h"

/* Tells whether the period is over. A clock that was set back ends it too. */
static bool is_over(const struct repeat *item, int64_t now_ms)
{
    return now_ms < item->since_ms || now_ms - item->since_ms >= REPEATS_PERIOD_MS;
}

static bool is_free(const struct repeat *item, int64_t now_ms)
{
    return item->text == NULL || (item->left_out == 0 && is_over(item, now_ms));
}

/* Finds the item of a text, or makes it; NULL when there is no room. */
static struct repeat *find(struct repeats *r, const char *text, int kind, int64_t now_ms)
{
    struct repeat *unused = NULL;
    for (size_t i = 0; i < REPEATS_TEXTS; i++) {
        struct repeat *item = &r->items[i];
        if (item->text != NULL && item->kind == kind && strcmp(item->text, text) == 0) {
            return item;
        }
        if (unused == NULL && is_free(item, now_ms)) {
            unused = item;
        }
    }
    if (unused != NULL) {
        *unused = (struct repeat){ .text = text, .kind = kind, .since_ms = now_ms };
    }
    return unused;
}

bool repeats_admit(struct repeats *r, const char *text, int kind, unsigned max, int64_t now_ms,
                   uint64_t *ret_left_out)
{
    struct repeat *item = find(r, text, kind, now_ms);
    if (item == NULL) {
        *ret_left_out = 0;
        return true;
    }
    if (is_over(item, now_ms)) {
        item->since_ms = now_ms;
        item->count = 0;
    }
    if (item->count >= max) {
        item->left_out++;
        return false;
    }
    item->count++;
    *ret_left_out = item->left_out;
    item->left_out = 0;
    return true;
}

bool repeats_take(struct repeats *r, int64_t now_ms, struct repeat *ret)
{
    for (size_t i = 0; i < REPEATS_TEXTS; i++) {
        struct repeat *item = &r->items[i];
        if (item->text != NULL && item->left_out > 0 && is_over(item, now_ms)) {
            *ret = *item;
            item->since_ms = now_ms;
            item->count = 1; /* the line that tells it */
            item->left_out = 0;
            return true;
        }
    }
    return false;
}
