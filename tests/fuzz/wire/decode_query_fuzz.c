/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form body as a Query service receives it: it is read, decoded into the input of the operation
 * that its Action names, and validated. Any outcome but a crash is fine, but a refusal must say
 * why.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "wire/codec.h"

#define ARENA_BYTES (4u << 20)
#define MAX_PAIRS 2000u
#define MAX_INPUT 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct api_op *find(struct iam_str action)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_op *op = api_op_find(api_catalog.services[i], action);
        if (op != NULL && op->service->protocol == API_PROTOCOL_QUERY) {
            return op;
        }
    }
    return NULL;
}

static enum iam_status run(struct iam_arena *arena, struct iam_str text, struct api_fault *fault)
{
    struct iam_form form;
    const struct api_op *op;
    void *in;

    IAM_TRY(iam_form_read(arena, text, MAX_PAIRS, &form));
    op = find(iam_form_get(&form, IAM_STR("Action")));
    IAM_ENSURE(op != NULL, IAM_NOT_FOUND);
    in = iam_arena_zalloc(arena, 1, op->input->c_size);
    IAM_ENSURE(in != NULL, IAM_NOMEM);
    IAM_TRY(api_decode_query(arena, &form, op->input, in, fault));
    return api_validate(arena, op->service, op->input, in, fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    struct api_fault fault = {
        API_ERR_COUNT, {NULL, 0}
    };
    struct iam_arena arena;

    if (size > MAX_INPUT || api_validate_start() != IAM_OK) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    if (run(&arena, text, &fault) == IAM_FAULT) {
        bool says_why = fault.error < API_ERR_COUNT && fault.message.len > 0 &&
                        iam_utf8_is_valid(fault.message);
        if (!says_why) {
            abort();
        }
    }
    iam_arena_done(&arena);
    api_validate_stop();
    return 0;
}
