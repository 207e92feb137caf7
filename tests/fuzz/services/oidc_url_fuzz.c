/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of OpenID Connect providers. Laws: what is kept is neither empty nor longer than what was
 * sent, and sent again it is kept as it is.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "services/iam/oidc_url.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_kept(struct iam_arena *arena, struct iam_str kept)
{
    const struct iam_str parts[] = { IAM_STR("https://"), kept };
    struct iam_str url;
    struct iam_str again;
    ENSURE(iam_arena_join(arena, parts, IAM_COUNT(parts), &url) == IAM_OK);
    ENSURE(iam_oidc_url_read(arena, url, &again) == IAM_OK);
    ENSURE(iam_str_eq(again, kept));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str url = { size > 0 ? (const char *)data : "", size };
    struct iam_arena arena;
    struct iam_str kept;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    enum iam_status st = iam_oidc_url_read(&arena, url, &kept);
    ENSURE(st == IAM_OK || st == IAM_SYNTAX || st == IAM_UNSUPPORTED || st == IAM_RANGE);
    if (st == IAM_OK) {
        ENSURE(kept.len > 0 && kept.len < url.len);
        check_kept(&arena, kept);
    }
    iam_arena_done(&arena);
    return 0;
}
