/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ring.h"

/* Copies n bytes from the ring, starting at the head, and removes them. */
static void copy_out(struct ring *r, char *ret, size_t n)
{
    size_t until_end = r->cap - r->head;
    size_t first = n < until_end ? n : until_end;
    memcpy(ret, r->bytes + r->head, first);
    memcpy(ret + first, r->bytes, n - first);
    r->head = (r->head + n) % r->cap;
    r->len -= n;
}

bool ring_put(struct ring *r, struct iam_str line)
{
    size_t tail = (r->head + r->len) % r->cap;
    size_t until_end = r->cap - tail;
    size_t first = line.len < until_end ? line.len : until_end;
    if (line.len > r->cap - r->len) {
        return false;
    }
    memcpy(r->bytes + tail, line.p, first);
    memcpy(r->bytes, line.p + first, line.len - first);
    r->len += line.len;
    return true;
}

size_t ring_take(struct ring *r, char *ret)
{
    size_t n = 0;
    while (n < r->len && r->bytes[(r->head + n) % r->cap] != '\n') {
        n++;
    }
    if (n == r->len) {
        return 0;
    }
    copy_out(r, ret, n + 1);
    return n + 1;
}
