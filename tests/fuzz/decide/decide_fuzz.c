/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole case as `iam decide --batch` reads it. Asking twice must answer the same, nothing may be
 * allowed when a part could not be read, what is explained is what was decided, and a request is
 * refused when its check says so. What `iam lint --strict` finds has a place in the document.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/heap.h"
#include "cli/case.h"
#include "cli/strict.h"

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

static void check_request(const struct iam_case_result *r)
{
    struct iam_request_fault f;
    if (iam_str_is_set(r->request.action)) {
        require(iam_request_check(&r->request, &f) == (r->decision.refused.member == 0));
        require(f.member == r->decision.refused.member);
    }
}

static void note(void *ctx, const struct iam_strict_finding *finding)
{
    const struct iam_policy *policy = ctx;
    require(finding->offset < iam_policy_text(policy).len);
}

static void check_strictly(struct iam_arena *arena, const struct iam_policy_set *set)
{
    for (size_t i = 0; set != NULL && i < iam_policy_set_count(set); i++) {
        const struct iam_policy *policy = iam_policy_set_policy(set, i);
        enum iam_status st = iam_strict_check(arena, policy, note, (void *)(uintptr_t)policy);
        require(st == IAM_OK || st == IAM_NOMEM);
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
    check_request(&first);
    check_strictly(&arena, first.policies.identity);
    check_strictly(&arena, first.policies.resource);
    check_explanation(&first, IAM_EXPLAIN_ALL);
    check_explanation(&first, IAM_EXPLAIN_REACHED);
    iam_case_print(&out, &first, true);
    require(iam_buf_finish(&out, &printed) == IAM_OK);
    iam_buf_done(&out);
    iam_arena_done(&arena);
    return 0;
}
