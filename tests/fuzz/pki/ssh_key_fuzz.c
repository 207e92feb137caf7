/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys for SSH. Laws: the text of a key is read as itself, with the same fingerprint, and so
 * is its PEM.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "pki/ssh_key.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(struct iam_arena *arena, const struct iam_ssh_key *key, struct iam_str body)
{
    struct iam_ssh_key again;

    ENSURE(iam_ssh_key_read(arena, body, &again) == IAM_OK);
    ENSURE(iam_str_eq(again.text, key->text));
    ENSURE(strcmp(again.fingerprint, key->fingerprint) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_ssh_key key;
    struct iam_str pem;

    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    if (iam_ssh_key_read(&arena, (struct iam_str){ (const char *)data, size }, &key) == IAM_OK) {
        ENSURE(strlen(key.fingerprint) == IAM_SSH_FINGERPRINT_BYTES - 1);
        check_same(&arena, &key, key.text);
        ENSURE(iam_ssh_key_pem(&arena, key.text, &pem) == IAM_OK);
        check_same(&arena, &key, pem);
    }
    iam_arena_done(&arena);
    return 0;
}
