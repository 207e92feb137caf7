/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The context of an AuthZEN question as condition keys. The result must have no key twice and none
 * that the server derives itself, and must be within the limits; a refusal must say why.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "services/iamd/question.h"

#define ARENA_BYTES (8u << 20)
#define MAX_INPUT 65536u
#define MAX_KEYS 128u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_entries(const struct api_context *c)
{
    require(c->failed || c->count <= MAX_KEYS);
    for (size_t i = 0; i < c->count; i++) {
        struct iam_str key = c->entries[i].key;
        require(!iam_str_starts_nocase(key, IAM_STR("aws:Principal")));
        require(!iam_str_eq_nocase(key, IAM_STR("aws:username")));
        for (size_t j = 0; j < i; j++) {
            require(!iam_str_eq_nocase(key, c->entries[j].key));
        }
    }
}

static void check(struct iam_arena *arena, const struct iam_json *context)
{
    struct iam_call call = { .arena = arena };
    struct api_context c;

    api_context_init(&c, arena);
    enum iam_status st = authzen_add_context(&call, context, &c);
    if (st == IAM_OK) {
        check_entries(&c);
    } else if (st == IAM_FAULT) {
        require(call.fault.error == API_ERR_VALIDATION_ERROR);
        require(iam_utf8_is_valid(call.fault.message));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct iam_json_limits limits = { .max_bytes = 1u << 20,
                                            .max_depth = 64,
                                            .max_nodes = 20000 };
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    struct iam_arena arena;
    const struct iam_json *root;

    if (size > MAX_INPUT) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    if (iam_json_read(&arena, text, &limits, &root, NULL) == IAM_OK) {
        check(&arena, root);
    }
    iam_arena_done(&arena);
    return 0;
}
