/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of certificates, as PEM. Laws: the place of a fault is before the end of the longest chain
 * that is taken, there is a place for that fault alone, and nothing takes long.
 */
#include "pki_fuzz.h"

#include "pki/server_certificate.h"

static void check(struct iam_arena *arena, const char *certificate, struct iam_str chain)
{
    int64_t start = cpu_us();
    int index = -2;
    enum iam_status st = iam_chain_check(arena, iam_str_c(certificate), chain, &index);

    ENSURE(cpu_us() - start < ENOUGH_US);
    ENSURE((st == IAM_CONFLICT) == (index != -2));
    ENSURE(index < IAM_CHAIN_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str chain = { (const char *)data, size };
    struct iam_arena arena;

    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    check(&arena, LEAF, chain);
    check(&arena, EC, chain);
    iam_arena_done(&arena);
    return 0;
}
