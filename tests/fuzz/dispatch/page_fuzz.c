/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a Marker: refused, or the very text that we make for the key inside. Any bytes as
 * the key of a list: the Marker around them opens to them, in the API's limit.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "dispatch/call.h"

#define MASTER_KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define MAX_MARKER 320
#define MAX_KEY 223

#define INVARIANT(cond) \
    do {                \
        if (!(cond)) {  \
            abort();    \
        }               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_keeper *keeper(void)
{
    static struct iam_keeper *k;
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = MASTER_KEY };
    char error[128];
    if (k == NULL) {
        INVARIANT(iam_keeper_new(&config, &k, error, sizeof(error)) == IAM_OK);
    }
    return k;
}

static struct iam_str close_page(struct iam_call *call, struct iam_str key)
{
    struct api_opt_bool is_truncated;
    struct iam_str marker = iam_str_absent();
    INVARIANT(api_page_close(call, true, key, &is_truncated, &marker) == IAM_OK);
    INVARIANT(is_truncated.value && marker.len <= MAX_MARKER);
    return marker;
}

static void as_marker(struct iam_call *call, struct iam_str in)
{
    const struct api_opt_int none = { 0 };
    struct iam_page page = { .after = iam_str_absent() };
    enum iam_status st = api_page_open(call, in, none, &page);
    if (st == IAM_OK) {
        struct iam_str again = close_page(call, page.after);
        INVARIANT(iam_str_eq(again, in));
    } else {
        INVARIANT(st == IAM_FAULT && call->fault.error == API_ERR_VALIDATION_ERROR);
    }
}

static void as_key(struct iam_call *call, struct iam_str in)
{
    const struct api_opt_int none = { 0 };
    struct iam_page page = { .after = iam_str_absent() };
    struct iam_str marker = close_page(call, in);
    INVARIANT(api_page_open(call, marker, none, &page) == IAM_OK);
    INVARIANT(iam_str_eq(page.after, in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct api_op op = { .name = IAM_STR_INIT("ListUsers") };
    static const struct iam_identity caller = { .kind = IAM_KIND_USER,
                                                .account = IAM_STR_INIT("111122223333") };
    struct iam_arena arena;
    struct api_env env = { .keeper = keeper() };
    struct iam_str in = { (const char *)data, size };
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    struct iam_call call = { .env = &env, .arena = &arena, .op = &op, .caller = &caller };
    if (size > 0) {
        as_marker(&call, in);
    }
    if (size > 0 && size <= MAX_KEY) {
        as_key(&call, in);
    }
    iam_arena_done(&arena);
    return 0;
}
