/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole case as `iam decide --batch` reads it. Asking twice must answer the same, nothing may be
 * allowed when a part could not be read, and what is explained is what was decided.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/heap.h"
#include "cli/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

struct verdict {
    bool denies;
    bool unevaluable;
};

static bool add_verdict(void *ctx, const struct iam_explained *e)
{
    struct verdict *v = ctx;
    v->denies |= e->applies && e->effect == IAM_EXPLICIT_DENY;
    v->unevaluable |= e->unevaluable;
    return true;
}

/* Explaining looks at more, so that its budget can end where that of deciding did not. */
static void check_explanation(const struct iam_case_result *r, enum iam_explain_scope scope)
{
    struct verdict v = { false, false };
    if (!iam_str_is_set(r->error) &&
        iam_explain(&r->policies, &r->request, scope, add_verdict, &v) && !v.unevaluable) {
        require(v.denies == (r->decision.effect == IAM_EXPLICIT_DENY));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_arena arena;
    struct iam_case_result first;
    struct iam_case_result second;
    struct iam_buf out;
    struct iam_str printed;
    struct iam_str text = { size > 0 ? (const char *)data : "", size };
    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    iam_buf_init(&out, iam_heap(), (size_t)16 << 20);
    iam_case_decide(&arena, text, &first);
    iam_case_decide(&arena, text, &second);
    require(first.decision.effect == second.decision.effect);
    require(first.decision.reason == second.decision.reason);
    require(first.decision.matched_count == second.decision.matched_count);
    require(!iam_str_is_set(first.error) || first.decision.effect == IAM_IMPLICIT_DENY);
    require((first.decision.effect == IAM_ALLOW) == (first.message.len == 0) ||
            iam_str_is_set(first.error));
    check_explanation(&first, IAM_EXPLAIN_ALL);
    check_explanation(&first, IAM_EXPLAIN_REACHED);
    iam_case_print(&out, &first, true);
    require(iam_buf_finish(&out, &printed) == IAM_OK);
    iam_buf_done(&out);
    iam_arena_done(&arena);
    return 0;
}
