/* SPDX-License-Identifier: Apache-2.0 */
/* The files of tests/vectors/pki. */
#pragma once

#include "lib/test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/heap.h"

#define VECTOR_MAX 65536

/* Returns what a file says, in arena. */
static inline struct iam_str vector_read(struct iam_arena *arena, const char *name)
{
    char path[256];
    char *text = iam_arena_alloc(arena, VECTOR_MAX);

    assert_non_null(text);
    (void)snprintf(path, sizeof(path), "tests/vectors/pki/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(text, 1, VECTOR_MAX, f);
    assert_int_equal(fclose(f), 0);
    assert_true(len > 0 && len < VECTOR_MAX);
    return (struct iam_str){ text, len };
}
