/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks in a list, the one being filled first. INVARIANT: used_bytes is the sum of what was handed
 * out, rounded up to ALIGN, and never exceeds max_bytes.
 */
#include "base/arena.h"

#include <stdalign.h>

#include "base/ct.h"
#include "base/poison.h"

#define ALIGN alignof(max_align_t)
#define FIRST_CHUNK_BYTES 4096
#define LARGE_CHUNK_BYTES 65536

struct iam_arena_chunk {
    struct iam_arena_chunk *next;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) char data[];
};

/*
 * Rounds up to ALIGN, and wraps to 0 at the top; the callers check. Zero bytes take room too, so
 * that pointers differ.
 */
static size_t round_up(size_t bytes)
{
    return ((bytes > 0 ? bytes : 1) + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
}

void iam_arena_init(struct iam_arena *a, const struct iam_alloc *alloc, size_t max_bytes)
{
    size_t max = max_bytes < SIZE_MAX / 4 ? max_bytes : SIZE_MAX / 4;

    *a = (struct iam_arena){ .alloc = alloc, .max_bytes = round_up(max) };
}

static void free_chunks(const struct iam_arena *a, struct iam_arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct iam_arena_chunk *next = chunk->next;
        IAM_UNPOISON(chunk->data, chunk->size);
        a->alloc->free(a->alloc->ctx, chunk);
        chunk = next;
    }
}

void iam_arena_done(struct iam_arena *a)
{
    free_chunks(a, a->chunks);
    a->chunks = NULL;
    a->used_bytes = 0;
}

/* Takes the largest chunk out of the list. */
static struct iam_arena_chunk *take_largest(struct iam_arena *a)
{
    struct iam_arena_chunk **best = &a->chunks;

    for (struct iam_arena_chunk **at = best; *at != NULL; at = &(*at)->next) {
        if ((*at)->size > (*best)->size) {
            best = at;
        }
    }
    struct iam_arena_chunk *largest = *best;
    *best = largest->next;
    return largest;
}

void iam_arena_clear(struct iam_arena *a)
{
    if (a->chunks == NULL) {
        return;
    }
    struct iam_arena_chunk *kept = take_largest(a);
    free_chunks(a, a->chunks);
    kept->next = NULL;
    kept->used = 0;
    IAM_POISON(kept->data, kept->size);
    a->chunks = kept;
    a->used_bytes = 0;
}

void iam_arena_wipe(struct iam_arena *a)
{
    for (struct iam_arena_chunk *chunk = a->chunks; chunk != NULL; chunk = chunk->next) {
        /* The gaps between the allocations too; they are poisoned again when a is cleared. */
        IAM_UNPOISON(chunk->data, chunk->used);
        iam_wipe(chunk->data, chunk->used);
    }
}

/*
 * Returns the size of the next chunk: doubled from FIRST to LARGE, but never more than the cap
 * still allows to be used.
 */
static size_t next_chunk_bytes(const struct iam_arena *a, size_t need)
{
    size_t size = a->chunks != NULL ? 2 * a->chunks->size : FIRST_CHUNK_BYTES;
    size_t left = a->max_bytes - a->used_bytes;

    size = size < LARGE_CHUNK_BYTES ? size : LARGE_CHUNK_BYTES;
    size = size < left ? size : left;
    return size > need ? size : need;
}

static struct iam_arena_chunk *add_chunk(struct iam_arena *a, size_t need)
{
    size_t size = next_chunk_bytes(a, need);
    struct iam_arena_chunk *chunk =
        a->alloc->alloc(a->alloc->ctx, sizeof(struct iam_arena_chunk) + size);

    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (struct iam_arena_chunk){ .size = size };
    IAM_POISON(chunk->data, size);
    /* An oversized request must not put an end to a chunk that still has room. */
    if (a->chunks != NULL && need == size && a->chunks->size - a->chunks->used >= ALIGN) {
        chunk->next = a->chunks->next;
        a->chunks->next = chunk;
    } else {
        chunk->next = a->chunks;
        a->chunks = chunk;
    }
    return chunk;
}

void *iam_arena_alloc(struct iam_arena *a, size_t bytes)
{
    size_t need = round_up(bytes);
    struct iam_arena_chunk *chunk = a->chunks;

    if (need < bytes || need > a->max_bytes - a->used_bytes) {
        return NULL;
    }
    if (chunk == NULL || need > chunk->size - chunk->used) {
        chunk = add_chunk(a, need);
        if (chunk == NULL) {
            return NULL;
        }
    }
    void *p = chunk->data + chunk->used;
    chunk->used += need;
    a->used_bytes += need;
    IAM_ASSERT(chunk->used <= chunk->size && a->used_bytes <= a->max_bytes);
    IAM_UNPOISON(p, bytes);
    return p;
}

void *iam_arena_zalloc(struct iam_arena *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *p = iam_arena_alloc(a, count * size);
    if (p != NULL) {
        memset(p, 0, count * size);
    }
    return p;
}

enum iam_status iam_arena_dup(struct iam_arena *a, struct iam_str s, struct iam_str *ret)
{
    if (!iam_str_is_set(s)) {
        *ret = s;
        return IAM_OK;
    }
    IAM_ENSURE(s.len < SIZE_MAX, IAM_NOMEM);
    char *p = iam_arena_alloc(a, s.len + 1);
    IAM_ENSURE(p != NULL, IAM_NOMEM);
    memcpy(p, s.p, s.len);
    p[s.len] = '\0';
    *ret = (struct iam_str){ p, s.len };
    return IAM_OK;
}

enum iam_status iam_arena_join(struct iam_arena *a, const struct iam_str *parts, size_t count,
                               struct iam_str *ret)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        IAM_ENSURE(parts[i].len < SIZE_MAX - len, IAM_NOMEM);
        len += parts[i].len;
    }
    char *p = iam_arena_alloc(a, len + 1);
    IAM_ENSURE(p != NULL, IAM_NOMEM);
    *ret = (struct iam_str){ p, len };
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            memcpy(p, parts[i].p, parts[i].len);
            p += parts[i].len;
        }
    }
    *p = '\0';
    return IAM_OK;
}

static void *arena_alloc_fn(void *ctx, size_t bytes)
{
    return iam_arena_alloc(ctx, bytes);
}

static void arena_free_fn(void *ctx, void *p)
{
    (void)ctx;
    (void)p;
}

struct iam_alloc iam_arena_allocator(struct iam_arena *a)
{
    return (struct iam_alloc){ arena_alloc_fn, arena_free_fn, a };
}
