/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARNs of IAM's own entities. Laws: what is read has the parts of its kind, and printed again it is
 * the text, if that holds no NUL, as no text does that comes out of the codecs.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "model/arn.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parts(const struct iam_entity_arn *arn)
{
    enum iam_arn_tail tail = iam_kind_get(arn->kind)->arn_tail;
    bool has_path = tail == IAM_ARN_TAIL_PATH_NAME;
    bool is_aws = iam_str_eq(arn->account, IAM_ACCOUNT_AWS);

    ENSURE(arn->kind <= IAM_KIND_FEDERATED_USER);
    ENSURE(is_aws ? arn->kind == IAM_KIND_POLICY : arn->account.len == 12);
    ENSURE(iam_str_is_set(arn->path) == has_path);
    ENSURE(!has_path || (arn->path.p[0] == '/' && arn->path.p[arn->path.len - 1] == '/'));
    ENSURE((arn->name.len > 0) == (arn->kind != IAM_KIND_ACCOUNT));
    ENSURE((arn->session.len > 0) == (arn->kind == IAM_KIND_ROLE_SESSION));
    ENSURE(tail == IAM_ARN_TAIL_REST || iam_str_find(arn->name, '/', 0) == arn->name.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    struct iam_entity_arn arn;
    struct iam_arena arena;
    struct iam_str printed;
    enum iam_status st = iam_entity_arn_parse(text, &arn);

    if (st != IAM_OK) {
        ENSURE(st == IAM_SYNTAX);
        return 0;
    }
    ENSURE(size <= IAM_ARN_MAX);
    check_parts(&arn);
    if (iam_str_find(text, '\0', 0) < size) {
        return 0;
    }
    iam_arena_init(&arena, iam_heap(), 65536);
    ENSURE(iam_entity_arn_print(&arena, &arn, &printed) == IAM_OK);
    ENSURE(iam_str_eq(printed, text));
    iam_arena_done(&arena);
    return 0;
}
