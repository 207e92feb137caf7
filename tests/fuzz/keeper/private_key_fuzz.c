/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys from arbitrary bytes. Laws: what is taken opens for its ID and for no other, and is
 * not in the sealed bytes.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "keeper/keeper.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char MASTER[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    static struct iam_keeper *keeper;
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = MASTER };
    struct iam_str pem = { (const char *)data, size };
    struct iam_str sealed;
    struct iam_arena arena;
    char error[256];

    if (keeper == NULL) {
        ENSURE(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK);
    }
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    enum iam_status st =
        iam_keeper_seal_private_key(keeper, IAM_STR("SAMLPK1"), pem, &arena, &sealed);
    ENSURE(st == IAM_OK || st == IAM_SYNTAX);
    if (st == IAM_OK) {
        ENSURE(iam_keeper_check_private_key(keeper, IAM_STR("SAMLPK1"), sealed) == IAM_OK);
        ENSURE(iam_keeper_check_private_key(keeper, IAM_STR("SAMLPK2"), sealed) == IAM_CORRUPT);
        ENSURE(iam_keeper_check_secret(keeper, IAM_STR("SAMLPK1"), sealed) == IAM_CORRUPT);
    }
    iam_arena_done(&arena);
    return 0;
}
