/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encoded authorization messages and trade-in tokens, as clients send them: base64url of what the
 * keeper has sealed. The first byte chooses the use and the way: the rest is opened as a text, and
 * must be refused; or it says which character of a good text becomes which other, and only the
 * text as it was made may open, for its use alone.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "codec/base64.h"
#include "keeper/keeper.h"
#include "keeper/sealed_text.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ACCOUNT IAM_STR("111122223333")
#define PLAIN IAM_STR("{\"allowed\":false}")
#define EXPIRES_MS INT64_C(1700003600000)
#define ARENA_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_keeper *keeper;
static struct iam_arena kept;
static struct iam_str texts[2]; /* by use */

static void start(void)
{
    char error[128];
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    struct iam_alloc alloc;
    ENSURE(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK);
    iam_arena_init(&kept, iam_heap(), ARENA_BYTES);
    alloc = iam_arena_allocator(&kept);
    for (int use = 0; use < 2; use++) {
        struct iam_buf b;
        struct iam_str sealed;
        ENSURE(iam_keeper_seal_text(keeper, (enum iam_sealed_use)use, ACCOUNT, EXPIRES_MS, PLAIN,
                                    &kept, &sealed) == IAM_OK);
        iam_buf_init(&b, &alloc, 1024);
        iam_base64url_add(&b, sealed.p, sealed.len);
        ENSURE(iam_buf_finish(&b, &texts[use]) == IAM_OK);
    }
}

/* Opens text as the operations of STS do. True: it is good. */
static bool opens(struct iam_arena *arena, int use, struct iam_str text)
{
    struct iam_str sealed;
    struct iam_str plain;
    int64_t expires_ms = 0;
    enum iam_status st = iam_base64url_decode(arena, text, &sealed);
    if (st == IAM_OK) {
        st = iam_keeper_open_text(keeper, (enum iam_sealed_use)use, ACCOUNT, sealed, arena,
                                  &expires_ms, &plain);
    }
    ENSURE(st == IAM_OK || st == IAM_SYNTAX || st == IAM_CORRUPT);
    ENSURE(st != IAM_OK || (iam_str_eq(plain, PLAIN) && expires_ms == EXPIRES_MS));
    return st == IAM_OK;
}

/* Pairs of bytes: where, and what is put there. */
static struct iam_str alter(struct iam_arena *arena, struct iam_str good, const uint8_t *data,
                            size_t size)
{
    char *text = iam_arena_alloc(arena, good.len);
    ENSURE(text != NULL);
    memcpy(text, good.p, good.len);
    for (size_t i = 0; i + 1 < size; i += 2) {
        text[data[i] % good.len] = (char)data[i + 1];
    }
    return (struct iam_str){ text, good.len };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    if (keeper == NULL) {
        start();
    }
    if (size == 0 || size > 65536) {
        return 0;
    }
    int use = data[0] & 1;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    struct iam_str text = (data[0] & 2) != 0 ? alter(&arena, texts[use], data + 1, size - 1)
                                             : (struct iam_str){ (const char *)data + 1, size - 1 };
    ENSURE(opens(&arena, use, text) == iam_str_eq(text, texts[use]));
    ENSURE(!opens(&arena, 1 - use, texts[use]));
    iam_arena_done(&arena);
    return 0;
}
