/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON body as the evaluations endpoint receives it: it is read, decoded and validated, and if
 * valid, encoded and decoded again, which must not change it.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "wire/codec.h"

#define ARENA_BYTES (8u << 20)
#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct api_op *operation(void)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_op *op = api_op_find(api_catalog.services[i], IAM_STR("EvaluateBatch"));
        if (op != NULL) {
            return op;
        }
    }
    abort();
}

static enum iam_status decode(struct iam_arena *arena, struct iam_str text, void **ret)
{
    const struct iam_json_limits limits = { .max_bytes = 1u << 20,
                                            .max_depth = 64,
                                            .max_nodes = 20000 };
    const struct api_op *op = operation();
    const struct iam_json *root;
    struct api_fault fault;

    IAM_TRY(iam_json_read(arena, text, &limits, &root, NULL));
    *ret = iam_arena_zalloc(arena, 1, op->input->c_size);
    IAM_ENSURE(*ret != NULL, IAM_NOMEM);
    IAM_TRY(api_decode_json(arena, root, op->input, *ret, &fault));
    return api_validate(arena, op->service, op->input, *ret, &fault);
}

static struct iam_str encode(struct iam_arena *arena, const void *value)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_str text = { NULL, 0 };
    struct iam_buf b;

    iam_buf_init(&b, &alloc, 1u << 20);
    api_encode_json(&b, operation()->input, value);
    return iam_buf_finish(&b, &text) == IAM_OK ? text : iam_str_absent();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    struct iam_arena arena;
    void *in;

    if (size > MAX_INPUT || api_validate_start() != IAM_OK) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    if (decode(&arena, text, &in) == IAM_OK) {
        struct iam_str once = encode(&arena, in);
        if (iam_str_is_set(once) &&
            (decode(&arena, once, &in) != IAM_OK || !iam_str_eq(encode(&arena, in), once))) {
            abort();
        }
    }
    iam_arena_done(&arena);
    api_validate_stop();
    return 0;
}
