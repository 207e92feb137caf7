/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a session token. The first byte chooses: the rest is opened as a token, and since
 * nobody but the keeper can seal one it must be refused; or the rest says which character of a
 * good token becomes which other, and only the token as it was sealed may open.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "keeper/keeper.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define KEY_ID IAM_STR("ASIAIOSFODNN7EXAMPLE")
#define ARENA_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_keeper *keeper;
static struct iam_arena token_arena;
static struct iam_str token;

static void start(void)
{
    char error[128];
    struct iam_secret_text secret;
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    const struct iam_session session = { .access_key_id = KEY_ID,
                                         .account = IAM_STR("111122223333"),
                                         .kind = IAM_KIND_ROLE_SESSION,
                                         .issuer_id = IAM_STR("AROAIOSFODNN7EXAMPLE1"),
                                         .role_name = IAM_STR("reader"),
                                         .session_name = IAM_STR("once"),
                                         .issued_ms = INT64_C(1700000000000),
                                         .expires_ms = INT64_C(1700003600000) };
    ENSURE(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK);
    iam_arena_init(&token_arena, iam_heap(), ARENA_BYTES);
    ENSURE(iam_keeper_seal_session(keeper, &session, 0, &token_arena, &token, &secret) == IAM_OK);
}

static enum iam_status open_token(struct iam_arena *arena, struct iam_str text)
{
    const struct iam_session *session;
    return iam_keeper_open_session(keeper, KEY_ID, text, NULL, arena, &session, NULL);
}

/* Pairs of bytes: where, and what is put there. */
static struct iam_str alter(struct iam_arena *arena, const uint8_t *data, size_t size)
{
    char *text = iam_arena_alloc(arena, token.len);
    ENSURE(text != NULL);
    memcpy(text, token.p, token.len);
    for (size_t i = 0; i + 1 < size; i += 2) {
        text[data[i] % token.len] = (char)data[i + 1];
    }
    return (struct iam_str){ text, token.len };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_str text;

    if (keeper == NULL) {
        start();
    }
    if (size == 0 || size > 65536) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    text = data[0] == 0 ? alter(&arena, data + 1, size - 1)
                        : (struct iam_str){ (const char *)data + 1, size - 1 };
    enum iam_status st = open_token(&arena, text);
    ENSURE(st == (iam_str_eq(text, token) ? IAM_OK : IAM_CORRUPT));
    iam_arena_done(&arena);
    return 0;
}
