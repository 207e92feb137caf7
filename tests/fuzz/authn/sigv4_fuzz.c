/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole request as text, through verification with a key whose secret nobody knows. Whatever the
 * input: it is denied or it fails, it is never accepted; and what counts as unsigned is exactly
 * what carries nothing of a signature.
 */
#include <stdint.h>
#include <stdlib.h>

#include "authn/authn.h"
#include "authn/sigv4_int.h"
#include "base/heap.h"
#include "unit/authn/request_text.h"

#define HEADERS 64
#define ARENA_MAX (4u << 20)
#define INVARIANT(cond) \
    do {                \
        if (!(cond)) {  \
            abort();    \
        }               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct iam_keeper *keeper;
static struct iam_arena key_arena;
static struct iam_key_record record = {
    {"111122223333",           12},
    IAM_KIND_USER, { "AIDAIOSFODNN7EXAMPLE1", 21},
    true, { NULL,                    0 }
};

static enum iam_status find_key(void *ctx, struct iam_str id, struct iam_arena *arena,
                                struct iam_key_record *ret)
{
    (void)ctx;
    (void)arena;
    if (!iam_str_eq(id, IAM_STR("AKIDEXAMPLE"))) {
        return IAM_NOT_FOUND;
    }
    *ret = record;
    return IAM_OK;
}

static enum iam_status find_role(void *ctx, const struct iam_session *session,
                                 struct iam_arena *arena)
{
    (void)ctx;
    (void)session;
    (void)arena;
    return IAM_OK;
}

static void start(void)
{
    char error[128];
    struct iam_secret_text secret;
    struct iam_keeper_config config = { .alloc = iam_heap() };
    INVARIANT(iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK);
    iam_arena_init(&key_arena, iam_heap(), 4096);
    INVARIANT(iam_keeper_make_secret(keeper, IAM_STR("AKIDEXAMPLE"), &key_arena,
                                     &record.sealed_secret, &secret) == IAM_OK);
}

/* A path that was made normal stays as it is. */
static void check_path(struct iam_arena *arena, struct iam_str path)
{
    struct iam_str once;
    struct iam_str twice;
    if (path.len == 0 || path.p[0] != '/' || path.len > SIGV4_PATH_MAX) {
        return;
    }
    INVARIANT(sigv4_normal_path(arena, path, &once) == IAM_OK);
    INVARIANT(once.len >= 1 && once.len <= path.len && once.p[0] == '/');
    INVARIANT(sigv4_normal_path(arena, once, &twice) == IAM_OK);
    INVARIANT(iam_str_eq(once, twice));
}

static void check_failure(const struct iam_authn_request *request,
                          const struct iam_authn_failure *failure)
{
    INVARIANT(failure->error < IAM_AUTHN_ERROR_COUNT && failure->message.len > 0);
    if (failure->error == IAM_AUTHN_MISSING_TOKEN) {
        INVARIANT(!iam_authn_is_signed(request));
    }
    for (size_t i = 0; i < failure->short_message.len; i++) {
        INVARIANT(failure->short_message.p[i] >= ' ' && failure->short_message.p[i] <= '~');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (keeper == NULL) {
        start();
    }
    struct iam_authn authn = {
        keeper, {find_key,   NULL},
         { find_role, NULL}
    };
    struct iam_authn_header headers[HEADERS];
    /* 2015-08-30T12:36:00Z: the instant of the seeds. */
    struct iam_authn_request request = { .service = IAM_STR("service"),
                                         .now_ms = INT64_C(1440938160000) };
    request_text_read((struct iam_str){ (const char *)data, size }, headers, HEADERS, &request);

    struct iam_arena arena;
    struct iam_authn_result result;
    struct iam_authn_failure failure;
    iam_arena_init(&arena, iam_heap(), ARENA_MAX);
    enum iam_status st = iam_authn_verify(&authn, &request, &arena, &result, &failure);
    INVARIANT(st != IAM_OK && st != IAM_CORRUPT && st != IAM_IO);
    if (st == IAM_DENIED) {
        check_failure(&request, &failure);
    }
    (void)iam_authn_claimed_service(&request);
    check_path(&arena, request.path);
    iam_arena_done(&arena);
    return 0;
}
