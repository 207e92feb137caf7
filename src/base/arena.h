/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed all at once: one arena per request, with a hard cap. Every allocation is
 * aligned for any type. Chunks come from the given allocator and are kept by iam_arena_clear.
 */
#pragma once

#include "base/str.h"

struct iam_arena_chunk;

struct iam_arena {
    const struct iam_alloc *alloc;
    struct iam_arena_chunk *chunks;
    size_t used_bytes;
    size_t max_bytes;
};

/*
 * Starts an empty arena; nothing is allocated yet. max_bytes bounds the sum of what is handed out,
 * each part rounded up to the alignment. alloc must outlive the arena.
 */
void iam_arena_init(struct iam_arena *a, const struct iam_alloc *alloc, size_t max_bytes);
/* Frees everything; the arena may be initialised again, and a second call does nothing. */
void iam_arena_done(struct iam_arena *a);
/* Forgets everything handed out; keeps the largest chunk for reuse. */
void iam_arena_clear(struct iam_arena *a);
/* Overwrites everything handed out with zeros, because it may hold a secret; nothing is freed. */
void iam_arena_wipe(struct iam_arena *a);
/*
 * Returns uninitialised memory, or NULL past the cap or when the allocator fails. bytes may be 0.
 */
void *iam_arena_alloc(struct iam_arena *a, size_t bytes);
/* Returns a zeroed array; NULL also when count * size overflows. */
void *iam_arena_zalloc(struct iam_arena *a, size_t count, size_t size);
/* Copies s and adds a NUL (not counted). An absent s stays absent. IAM_NOMEM. */
enum iam_status iam_arena_dup(struct iam_arena *a, struct iam_str s,
                              struct iam_str *ret) IAM_MUST_USE;
/* Joins the parts in order and adds a NUL (not counted). IAM_NOMEM. */
enum iam_status iam_arena_join(struct iam_arena *a, const struct iam_str *parts, size_t count,
                               struct iam_str *ret) IAM_MUST_USE;
/*
 * Prints as printf does, into the arena, and adds a NUL (not counted). IAM_NOMEM; IAM_RANGE for a
 * bad format.
 */
enum iam_status iam_arena_fmt(struct iam_arena *a, struct iam_str *ret, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))) IAM_MUST_USE;
/*
 * Returns an allocator that draws from the arena; its free does nothing. Valid as long as the
 * arena.
 */
struct iam_alloc iam_arena_allocator(struct iam_arena *a);
