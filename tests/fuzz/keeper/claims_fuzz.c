/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a session token, read without the seal around it. What is read passes the checks,
 * and written again and read again is the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "keeper/claims_int.h"

#define INVARIANT(cond) \
    do {                \
        if (!(cond)) {  \
            abort();    \
        }               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NEWEST 4

/* Bytes of padding more or less are the only freedom of the form; version 3 is read only. */
static void check_again(struct iam_str in, struct iam_arena *arena, const struct iam_session *s,
                        const uint8_t secret[CLAIMS_SECRET_BYTES])
{
    static const struct claims_padding none = { 0 };
    uint8_t out[CLAIMS_MAX];
    uint8_t back[CLAIMS_SECRET_BYTES];
    struct iam_session again;
    size_t len = 0;
    INVARIANT(claims_check(s) == IAM_OK);
    enum iam_status st = claims_write(s, secret, &none, out, &len);
    INVARIANT(st == IAM_OK || st == IAM_LIMIT);
    if (st == IAM_LIMIT) {
        return;
    }
    struct iam_str text = { (const char *)out, len };
    size_t common = len < in.len ? len : in.len;
    if (in.p[0] == NEWEST) {
        INVARIANT(iam_str_eq(iam_str_sub(text, 0, common), iam_str_sub(in, 0, common)));
        INVARIANT(in.len + 2 >= len);
    }
    INVARIANT(claims_read(text, arena, &again, back) == IAM_OK);
    INVARIANT(again.kind == s->kind && iam_kind_get(s->kind)->is_session);
    INVARIANT(again.tag_count == s->tag_count && iam_str_eq(again.issuer_id, s->issuer_id));
    INVARIANT(again.layer_count == s->layer_count && again.context_count == s->context_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_session session;
    uint8_t secret[CLAIMS_SECRET_BYTES];
    struct iam_str in = { (const char *)data, size };
    if (size == 0 || size > 2 * CLAIMS_MAX) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    enum iam_status st = claims_read(in, &arena, &session, secret);
    INVARIANT(st == IAM_OK || st == IAM_CORRUPT);
    if (st == IAM_OK) {
        check_again(in, &arena, &session, secret);
    }
    iam_arena_done(&arena);
    return 0;
}
