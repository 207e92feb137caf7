/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a file of AWS's policies: what is read refers to nothing that there is not. */
#include <stdlib.h>

#include "base/heap.h"
#include "catalogue/parts_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_version(const struct iam_catalogue_index *index,
                          const struct iam_catalogue_version *version)
{
    if (version->frame >= index->frame_count || version->number <= 0 ||
        (uint64_t)version->offset + version->bytes > index->frames[version->frame].raw_bytes) {
        abort();
    }
}

static void check(const struct iam_catalogue_index *index)
{
    for (size_t i = 0; i < index->policy_count; i++) {
        const struct iam_catalogue_policy *policy = &index->policies[i];

        if (policy->version_count == 0 || policy->name.len == 0 ||
            index->frames[policy->versions[0].frame].has_prefix) {
            abort();
        }
        for (size_t v = 0; v < policy->version_count; v++) {
            check_version(index, &policy->versions[v]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_catalogue_index index;
    struct iam_arena arena;

    iam_arena_init(&arena, iam_heap(), (size_t)16 << 20);
    if (iam_catalogue_parse((struct iam_str){ (const char *)data, size }, 64, &arena, &index) ==
        IAM_OK) {
        check(&index);
    }
    iam_arena_done(&arena);
    return 0;
}
