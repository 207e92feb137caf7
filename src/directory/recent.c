/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/recent.h"

#define FIRST_CAP 64

void iam_recent_init(struct iam_recent *r, const struct iam_alloc *alloc, size_t max)
{
    *r = (struct iam_recent){ .alloc = alloc, .max = max };
}

void iam_recent_done(struct iam_recent *r)
{
    r->alloc->free(r->alloc->ctx, r->items);
    r->items = NULL;
    r->count = 0;
    r->cap = 0;
}

static void swap(struct iam_recent *r, size_t a, size_t b)
{
    struct iam_recent_one one = r->items[a];

    r->items[a] = r->items[b];
    r->items[b] = one;
}

static void sift_up(struct iam_recent *r, size_t at)
{
    while (at > 0 && r->items[at].used_ms < r->items[(at - 1) / 2].used_ms) {
        swap(r, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

/* Moves the root down in the heap of the first count items. */
static void sift_down(struct iam_recent *r, size_t count)
{
    for (size_t at = 0, child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && r->items[child + 1].used_ms < r->items[child].used_ms) {
            child++;
        }
        if (r->items[at].used_ms <= r->items[child].used_ms) {
            return;
        }
        swap(r, at, child);
        at = child;
    }
}

/* Makes room for one more; false without memory. */
static bool grow(struct iam_recent *r)
{
    size_t cap = r->cap > 0 ? 2 * r->cap : FIRST_CAP;

    if (r->count < r->cap) {
        return true;
    }
    struct iam_recent_one *items = r->alloc->alloc(r->alloc->ctx, cap * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    if (r->count > 0) {
        memcpy(items, r->items, r->count * sizeof(*items));
    }
    r->alloc->free(r->alloc->ctx, r->items);
    r->items = items;
    r->cap = cap;
    return true;
}

void iam_recent_note(struct iam_recent *r, enum iam_recent_kind kind, struct iam_str id,
                     int64_t used_ms)
{
    struct iam_recent_one one = { .used_ms = used_ms, .kind = kind, .id.len = (uint8_t)id.len };

    if (used_ms <= 0 || id.len > IAM_ID_MAX || r->max == 0) {
        return;
    }
    memcpy(one.id.text, id.p, id.len);
    if (r->count == r->max) {
        if (r->items[0].used_ms < used_ms) {
            r->items[0] = one;
            sift_down(r, r->count);
        }
    } else if (grow(r)) {
        r->items[r->count] = one;
        sift_up(r, r->count++);
    }
}

/* Moves the earliest to the end and makes a heap of the rest, until nothing is left. */
void iam_recent_sort(struct iam_recent *r)
{
    for (size_t count = r->count; count > 1; count--) {
        swap(r, 0, count - 1);
        sift_down(r, count - 1);
    }
}
