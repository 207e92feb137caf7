/* SPDX-License-Identifier: Apache-2.0 */
/* Policy documents on their way in and out of IAM. */
#include "codec/uri.h"
#include "dispatch/call.h"
#include "iam/policy.h"
#include "model/quota.h"

/*
 * LIMIT: the quotas do not count white space; with it, a document may have this many times its
 * quota in bytes.
 */
#define WHITE_SPACE_FACTOR 8u
/* Bytes of a place in a text. */
#define EXPLANATION_EXTRA 64

bool api_is_over_size(size_t chars, size_t bytes, size_t max)
{
    return chars > max || bytes / WHITE_SPACE_FACTOR > max;
}

/* Tells the client AWS's sentence, and those who read the audit trail what is wrong and where. */
static enum iam_status refuse(struct iam_call *call, const struct iam_diag *diag)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_str answer = iam_policy_refusal(diag);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, sizeof(diag->message) + EXPLANATION_EXTRA);
    iam_buf_add_fmt(&b, "%s (line %u, column %u)", diag->message, diag->line, diag->column);
    IAM_TRY(iam_buf_finish(&b, &call->explanation));
    return api_fail(call, API_ERR_MALFORMED_POLICY_DOCUMENT, "%.*s", IAM_STR_ARG(answer));
}

enum iam_status api_read_document(struct iam_call *call, enum iam_policy_kind kind,
                                  struct iam_str document, struct iam_policy **ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_policy *policy = NULL;
    struct iam_diag diag = { 0 };

    enum iam_status st = iam_policy_parse(&alloc, kind, document, &policy, &diag);
    if (st == IAM_OK) {
        st = iam_policy_check_write(policy, &diag);
    }
    if (st == IAM_OK) {
        *ret = policy;
        return IAM_OK;
    }
    iam_policy_unref(policy);
    return st == IAM_SYNTAX || st == IAM_LIMIT || st == IAM_RANGE ? refuse(call, &diag) : st;
}

enum iam_status api_check_document(struct iam_call *call, enum iam_policy_kind kind,
                                   struct iam_str document, size_t max_chars)
{
    struct iam_policy *policy = NULL;

    if (api_is_over_size(iam_quota_document_chars(document), document.len, max_chars)) {
        return api_fail(call, API_ERR_LIMIT_EXCEEDED, "Cannot exceed quota for PolicySize: %zu",
                        max_chars);
    }
    IAM_TRY(api_read_document(call, kind, document, &policy));
    iam_policy_unref(policy);
    return IAM_OK;
}

enum iam_status api_encode_document(struct iam_call *call, struct iam_str document,
                                    struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, (size_t)IAM_POLICY_MAX_BYTES * 3);
    iam_uri_encode(&b, document, false);
    return iam_buf_finish(&b, ret);
}
