/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM. Laws: what is read is written and read again as the same; a text is used up by its blocks,
 * each of which takes more of it than it is.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "pki/pem.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(struct iam_arena *arena, const struct iam_pem *pem)
{
    struct iam_buf b;
    struct iam_str text;
    struct iam_pem again;

    iam_buf_init(&b, iam_heap(), ARENA_BYTES);
    iam_pem_add(&b, "LABEL", pem->bytes);
    ENSURE(iam_buf_finish(&b, &text) == IAM_OK);
    ENSURE(iam_pem_next(arena, &text, &again) == IAM_OK && text.len == 0);
    ENSURE(iam_str_eq(again.label, IAM_STR("LABEL")) && iam_str_eq(again.bytes, pem->bytes));
    iam_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { (const char *)data, size };
    struct iam_arena arena;
    struct iam_pem pem;
    size_t before = size;

    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    while (iam_pem_next(&arena, &text, &pem) == IAM_OK) {
        ENSURE(pem.label.len <= IAM_PEM_LABEL_MAX && text.len < before);
        ENSURE(text.p + text.len == (const char *)data + size);
        ENSURE(pem.bytes.len < before - text.len);
        check_again(&arena, &pem);
        before = text.len;
    }
    iam_arena_done(&arena);
    return 0;
}
