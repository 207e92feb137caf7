/* SPDX-License-Identifier: Apache-2.0 */
/* A keeper, and what the functions whose stack is looked at take and return. */
#pragma once

#include "lib/residue.h"

#include "base/heap.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"
#include "keeper/keeper_int.h"
#include "keeper/rotation.h"
#include "lib/test.h"

#define MASTER_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define MASTER_B "IAEiAyQFJgcoCSoLLA0uDzARMhM0FTYXOBk6GzwdPh8="
/* As much of a secret as must not be found. */
#define PART 16

/* What the functions take and return. */
static struct iam_keeper *keeper;
static struct iam_arena arena;
static uint8_t bytes[256];
static uint8_t result[IAM_SHA256_BYTES];

static struct iam_keeper *open_keeper(const char *master)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = master };
    struct iam_keeper *k = NULL;
    char error[128];
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

static int setup(void **state)
{
    (void)state;
    keeper = open_keeper(MASTER_A);
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}

static struct iam_str bytes_of(const void *p, size_t n)
{
    return (struct iam_str){ p, n };
}

#define assert_gone(p) assert_false(residue_has((p), PART))

static struct iam_rotation *rotation;
static int64_t number; /* of the generation that it brings */

/* Begins a rotation to the other master key. */
static void begin_rotation(void)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = MASTER_B };
    char error[128];
    assert_ok(iam_rotation_new(keeper, &config, number, &rotation, error, sizeof(error)));
}

static void commit(void)
{
    assert_ok(iam_rotation_commit(rotation, true));
    iam_rotation_free(rotation);
}
