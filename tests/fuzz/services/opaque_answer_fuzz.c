/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of Facebook and of Login with Amazon about a token. Laws: what is read is not empty and
 * no longer than the answer, and the same answer says the same.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "services/sts/web_identity.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct iam_arena *arena, struct iam_str answer, struct iam_str name)
{
    struct iam_str text = iam_str_absent();
    struct iam_str again = iam_str_absent();
    enum iam_status st = sts_web_opaque_member(arena, answer, name, &text);
    ENSURE(st == IAM_OK || st == IAM_SYNTAX || st == IAM_LIMIT);
    ENSURE(sts_web_opaque_member(arena, answer, name, &again) == st);
    ENSURE(st != IAM_OK || (text.len > 0 && text.len <= answer.len));
    ENSURE(iam_str_eq(text, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct iam_str names[] = { IAM_STR_INIT("id"), IAM_STR_INIT("app_id"),
                                            IAM_STR_INIT("user_id") };
    struct iam_str answer = { size > 0 ? (const char *)data : "", size };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        struct iam_arena arena;
        iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
        check(&arena, answer, names[i]);
        iam_arena_done(&arena);
    }
    return 0;
}
