/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys beside certificates. Input: a byte that says which form of a key it is (two bits),
 * then the key in DER. Laws: the same again is answered, no key fits two certificates, and none
 * takes long.
 */
#include "pki_fuzz.h"

#include "base/buf.h"
#include "pki/pem.h"
#include "pki/server_certificate.h"

static enum iam_status check(struct iam_arena *arena, const char *certificate, struct iam_str key)
{
    int64_t start = cpu_us();
    enum iam_status st = iam_private_key_check(arena, iam_str_c(certificate), key);

    ENSURE(cpu_us() - start < ENOUGH_US);
    ENSURE(st == IAM_OK || st == IAM_SYNTAX || st == IAM_RANGE || st == IAM_CONFLICT);
    return st;
}

static void check_all(struct iam_arena *arena, struct iam_str key)
{
    enum iam_status leaf = check(arena, LEAF, key);
    enum iam_status ec = check(arena, EC, key);

    ENSURE(leaf == check(arena, LEAF, key));
    ENSURE(leaf != IAM_OK || ec == IAM_CONFLICT);
    ENSURE(ec != IAM_OK || leaf == IAM_CONFLICT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const labels[] = { "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY",
                                          "ENCRYPTED PRIVATE KEY" };
    struct iam_arena arena;
    struct iam_buf b;
    struct iam_str text;

    if (size == 0) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    iam_buf_init(&b, iam_heap(), ARENA_BYTES);
    iam_pem_add(&b, labels[data[0] & 3], (struct iam_str){ (const char *)data + 1, size - 1 });
    ENSURE(iam_buf_finish(&b, &text) == IAM_OK);
    check_all(&arena, text);
    iam_buf_done(&b);
    iam_arena_done(&arena);
    return 0;
}
