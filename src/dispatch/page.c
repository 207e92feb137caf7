/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markers: a version letter, then base64url of a check sum and the store's continuation key, so
 * that a marker is opaque to clients and one that we did not make is refused. The check sum is no
 * secret: whoever makes one up sees no more than the list that they may read anyway.
 */
#include "base/map.h"
#include "codec/base64.h"
#include "dispatch/call.h"

#define DEFAULT_ITEMS 100
#define MARKER_VERSION 'A'
#define SUM_BYTES 4
#define SUM_SEED 0x69616d64u
/* LIMIT: the API's own bound on Marker is 320 characters; keys of the store fit well inside. */
#define MAX_MARKER_BYTES 1024

/* Of the list too: a marker continues the list that it came from, in its account. */
static void check_sum(const struct iam_call *call, struct iam_str key, char ret[SUM_BYTES])
{
    uint64_t list = iam_hash(call->op->name, iam_hash(api_account(call), SUM_SEED));
    uint64_t hash = iam_hash(key, list);
    memcpy(ret, &hash, SUM_BYTES);
}

/* The key inside a marker of ours; IAM_SYNTAX for any other text. */
static enum iam_status open_marker(struct iam_call *call, struct iam_str marker,
                                   struct iam_str *ret)
{
    struct iam_str bytes;
    char sum[SUM_BYTES];
    IAM_ENSURE(marker.len > 1 && marker.p[0] == MARKER_VERSION, IAM_SYNTAX);
    IAM_TRY(iam_base64url_decode(call->arena, iam_str_sub(marker, 1, marker.len), &bytes));
    IAM_ENSURE(bytes.len > SUM_BYTES, IAM_SYNTAX);
    struct iam_str key = iam_str_sub(bytes, SUM_BYTES, bytes.len);
    check_sum(call, key, sum);
    IAM_ENSURE(memcmp(bytes.p, sum, SUM_BYTES) == 0 && iam_utf8_is_valid(key), IAM_SYNTAX);
    *ret = key;
    return IAM_OK;
}

enum iam_status api_page_open(struct iam_call *call, struct iam_str marker,
                              struct api_opt_int max_items, struct iam_page *ret)
{
    struct iam_page page = { .after = iam_str_absent(),
                             .limit = max_items.is_set ? (size_t)max_items.value : DEFAULT_ITEMS };
    if (iam_str_is_set(marker)) {
        enum iam_status st = open_marker(call, marker, &page.after);
        if (st == IAM_SYNTAX) {
            return api_fail(call, API_ERR_INVALID_INPUT, "Invalid Marker.");
        }
        IAM_TRY(st);
    }
    *ret = page;
    return IAM_OK;
}

enum iam_status api_page_close(struct iam_call *call, bool is_truncated, struct iam_str next,
                               struct api_opt_bool *ret_is_truncated, struct iam_str *ret_marker)
{
    *ret_is_truncated = api_bool(is_truncated);
    if (!is_truncated) {
        return IAM_OK;
    }
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf bytes;
    struct iam_buf b;
    struct iam_str raw;
    char sum[SUM_BYTES];
    check_sum(call, next, sum);
    iam_buf_init(&bytes, &alloc, MAX_MARKER_BYTES);
    iam_buf_add(&bytes, (struct iam_str){ sum, sizeof(sum) });
    iam_buf_add(&bytes, next);
    IAM_TRY(iam_buf_finish(&bytes, &raw));
    iam_buf_init(&b, &alloc, MAX_MARKER_BYTES);
    iam_buf_add_char(&b, MARKER_VERSION);
    iam_base64url_add(&b, raw.p, raw.len);
    return iam_buf_finish(&b, ret_marker);
}
