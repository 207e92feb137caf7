/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation fails in turn: those of SQLite, and those of the program on the heap, the
 * store's, the directory's and the requests' among them.
 */
#include "script.h"

#include <sqlite3.h>

#include "vfs_shim.h"

/* Allocations of one kind; what the test does itself does not count. */
struct source {
    size_t count;
    size_t fail_at;
    bool is_persistent;
    size_t failed;
    bool is_paused;
};

static struct source of_sqlite = { .is_paused = true };
static struct source of_heap = { .is_paused = true };

static bool must_fail(struct source *s)
{
    if (s->is_paused) {
        return false;
    }
    s->count++;
    bool is_it =
        s->fail_at != 0 && (s->count == s->fail_at || (s->is_persistent && s->count > s->fail_at));
    s->failed += is_it ? 1 : 0;
    return is_it;
}

static void arm(void *ctx, size_t n, bool is_persistent)
{
    struct source *s = ctx;

    *s = (struct source){ .fail_at = n, .is_persistent = is_persistent };
}

static void disarm(void *ctx)
{
    struct source *s = ctx;

    s->fail_at = 0;
}

static size_t failed(void *ctx)
{
    const struct source *s = ctx;

    return s->failed;
}

static void pause_counting(void *ctx, bool is_on)
{
    struct source *s = ctx;

    s->is_paused = is_on;
}

/* ---- the heap of the program ------------------------------------------------------------ */

static void *heap_alloc(void *ctx, size_t bytes)
{
    return must_fail(ctx) ? NULL : malloc(bytes > 0 ? bytes : 1);
}

static void heap_free(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

/* In place of the one in base/heap.c, which is alone in its object file. */
const struct iam_alloc *iam_heap(void)
{
    static const struct iam_alloc heap = { heap_alloc, heap_free, &of_heap };

    return &heap;
}

/* ---- the heap of SQLite ----------------------------------------------------------------- */

static sqlite3_mem_methods below;

static void *sqlite_alloc(int bytes)
{
    return must_fail(&of_sqlite) ? NULL : below.xMalloc(bytes);
}

static void *sqlite_realloc(void *p, int bytes)
{
    return must_fail(&of_sqlite) ? NULL : below.xRealloc(p, bytes);
}

static void put_between(void)
{
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below), SQLITE_OK);
    sqlite3_mem_methods methods = below;
    methods.xMalloc = sqlite_alloc;
    methods.xRealloc = sqlite_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    /* small blocks are allocated like all others */
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

/* ---- tests ----------------------------------------------------------------------------- */

static void every_allocation_fails(struct source *source, const char *name, size_t step)
{
    struct script_figures figures = { 0 };
    const struct script_fault fault = { .name = name,
                                        .arm = arm,
                                        .disarm = disarm,
                                        .failed = failed,
                                        .pause = pause_counting,
                                        .ctx = source };

    script_run_all(&fault, 1, step, &figures);
    print_message(
        "%s: %zu runs, %zu writes acknowledged, %zu refused, %zu unknown, %zu power cuts\n", name,
        figures.runs, figures.acknowledged, figures.refused, figures.unknown, figures.images);
    /* one call alone, as asked for, may be one that nobody misses */
    assert_true(figures.runs <= 2 || (figures.refused > 0 && figures.acknowledged > 0));
}

static void allocations_of_sqlite(void **state)
{
    (void)state;
    every_allocation_fails(&of_sqlite, "an allocation of SQLite", 601);
}

static void allocations_of_the_program(void **state)
{
    (void)state;
    every_allocation_fails(&of_heap, "an allocation of the program", 41);
}

static int setup(void **state)
{
    (void)state;
    put_between();
    shim_install();
    shim.is_paused = true;
    script_begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    script_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_of_sqlite),
        cmocka_unit_test(allocations_of_the_program),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
