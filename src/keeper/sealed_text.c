/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed texts: eight bytes of the time until which one is good, and the text. */
#include "keeper/sealed_text.h"

#include "keeper/keeper_int.h"

#define TIME_BYTES 8

_Static_assert(IAM_SEALED_OVERHEAD == TIME_BYTES + KEEPER_SEAL_OVERHEAD, "a text grows by that");
_Static_assert(TIME_BYTES + IAM_SEALED_TEXT_MAX <= KEEPER_OPENED_MAX, "it can be sealed");

static const enum keeper_purpose PURPOSES[] = {
    [IAM_SEALED_MESSAGE] = KEEPER_PURPOSE_MESSAGE,
    [IAM_SEALED_TRADE_IN] = KEEPER_PURPOSE_TRADE_IN,
};

enum iam_status iam_keeper_seal_text(struct iam_keeper *k, enum iam_sealed_use use,
                                     struct iam_str account, int64_t expires_ms,
                                     struct iam_str text, struct iam_arena *arena,
                                     struct iam_str *ret)
{
    IAM_ENSURE(text.len >= 1 && text.len <= IAM_SEALED_TEXT_MAX && expires_ms > 0, IAM_RANGE);
    uint8_t *plain = iam_arena_alloc(arena, TIME_BYTES + text.len);
    IAM_ENSURE(plain != NULL, IAM_NOMEM);
    for (size_t i = 0; i < TIME_BYTES; i++) {
        plain[i] = (uint8_t)((uint64_t)expires_ms >> (56 - 8 * i));
    }
    memcpy(plain + TIME_BYTES, text.p, text.len);
    return keeper_seal_for(k, PURPOSES[use], account,
                           (struct iam_str){ (const char *)plain, TIME_BYTES + text.len }, arena,
                           ret);
}

enum iam_status iam_keeper_open_text(struct iam_keeper *k, enum iam_sealed_use use,
                                     struct iam_str account, struct iam_str sealed,
                                     struct iam_arena *arena, int64_t *ret_expires_ms,
                                     struct iam_str *ret)
{
    uint64_t expires_ms = 0;
    struct iam_str plain;
    IAM_ENSURE(sealed.len > IAM_SEALED_OVERHEAD &&
                   sealed.len <= IAM_SEALED_OVERHEAD + IAM_SEALED_TEXT_MAX,
               IAM_CORRUPT);
    uint8_t *out = iam_arena_alloc(arena, sealed.len);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    IAM_TRY(keeper_open_for(k, PURPOSES[use], account, sealed, out, sealed.len, &plain));
    for (size_t i = 0; i < TIME_BYTES; i++) {
        expires_ms = expires_ms << 8 | (uint8_t)plain.p[i];
    }
    *ret_expires_ms = (int64_t)expires_ms;
    *ret = iam_str_sub(plain, TIME_BYTES, plain.len);
    return IAM_OK;
}
