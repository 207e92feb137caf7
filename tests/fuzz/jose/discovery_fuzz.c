/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery documents. Laws: what is found is a URL over https, without a user or white space. */
#include <stdlib.h>

#include "base/heap.h"
#include "jose/discovery.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_str url;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    if (iam_discovery_read(&arena, (struct iam_str){ (const char *)data, size },
                           IAM_STR("https://a.example"), &url) == IAM_OK) {
        ENSURE(iam_str_starts(url, IAM_STR("https://")) && url.len <= IAM_DISCOVERY_MAX_URL);
        ENSURE(strpbrk(url.p, "@ \n\t\r") == NULL && strlen(url.p) == url.len);
    }
    iam_arena_done(&arena);
    return 0;
}
