/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markers. The first byte chooses: the rest is a Marker that a client sends, which is InvalidInput
 * or is exactly what api_page_close makes of the key inside; or it is a key of the store, whose
 * Marker must bring it back.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "dispatch/call.h"

#define MAX_INPUT 4096u
#define MAX_KEY 300u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_keeper *keeper;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct iam_str close_page(struct iam_call *call, struct iam_str key)
{
    struct api_opt_bool is_truncated;
    struct iam_str marker = iam_str_absent();
    require(api_page_close(call, true, key, &is_truncated, &marker) == IAM_OK);
    require(is_truncated.is_set && is_truncated.value && marker.len > 0);
    return marker;
}

static void check_marker(struct iam_call *call, struct iam_str marker)
{
    struct iam_page page = { 0 };
    enum iam_status st =
        api_page_open(call, marker, (struct api_opt_int){ .is_set = false }, &page);
    if (st == IAM_OK) {
        require(page.limit > 0 && iam_utf8_is_valid(page.after));
        require(iam_str_eq(close_page(call, page.after), marker));
    } else {
        require(st == IAM_FAULT && call->fault.error == API_ERR_INVALID_INPUT);
    }
}

static void check_key(struct iam_call *call, struct iam_str key)
{
    struct iam_page page = { 0 };
    struct iam_str marker;
    if (key.len == 0 || key.len > MAX_KEY || !iam_utf8_is_valid(key)) {
        return;
    }
    marker = close_page(call, key);
    require(api_page_open(call, marker, api_int(7), &page) == IAM_OK);
    require(iam_str_eq(page.after, key) && page.limit == 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct api_op op = { .name = IAM_STR_INIT("ListUsers") };
    const struct iam_identity caller = { .kind = IAM_CALLER_ROOT,
                                         .account = IAM_STR("111122223333") };
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    struct api_env env = { .partition = IAM_STR("aws") };
    struct iam_arena arena;
    char error[128];

    if (size == 0 || size > MAX_INPUT) {
        return 0;
    }
    if (keeper == NULL) {
        require(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK);
    }
    env.keeper = keeper;
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    struct iam_call call = { .env = &env, .arena = &arena, .op = &op, .caller = &caller };
    struct iam_str rest = { (const char *)data + 1, size - 1 };
    if (data[0] == 'k') {
        check_key(&call, rest);
    } else {
        check_marker(&call, rest);
    }
    iam_arena_done(&arena);
    return 0;
}
