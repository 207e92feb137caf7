/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads of answers of identity providers, for how long these may be kept. Laws: the time is within
 * its bounds, no line makes it longer than the lines before, and read again they change nothing.
 */
#include <stdlib.h>

#include "fetch/fresh.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_lines(struct iam_str head, int64_t *fresh_s)
{
    for (size_t at = 0; at < head.len;) {
        size_t end = iam_str_find(head, '\n', at);
        int64_t before = *fresh_s;
        iam_fetch_fresh_read(iam_str_sub(head, at, end - at), fresh_s);
        ENSURE(*fresh_s >= IAM_FETCH_FRESH_UNSAID && *fresh_s <= INT32_MAX);
        ENSURE(before < 0 || (*fresh_s >= 0 && *fresh_s <= before));
        at = end + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str head = { size > 0 ? (const char *)data : "", size };
    int64_t once = IAM_FETCH_FRESH_UNSAID;
    read_lines(head, &once);
    int64_t twice = once;
    read_lines(head, &twice);
    ENSURE(once == twice);
    return 0;
}
