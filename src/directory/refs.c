/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References to facts and to sources. They are freed through each other: facts hold the policies
 * and groups that they name, and a group holds facts of its own. Those name policies only, so it
 * ends there.
 */
#include "directory/kept_int.h"

struct iam_facts *iam_facts_ref(struct iam_facts *facts)
{
    atomic_fetch_add_explicit(&facts->refs, 1, memory_order_relaxed);
    return facts;
}

void iam_facts_unref(struct iam_facts *facts)
{
    if (facts == NULL || atomic_fetch_sub_explicit(&facts->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct iam_alloc *alloc = &facts->pool->alloc;
    for (size_t i = 0; i < facts->inline_count; i++) {
        iam_shared_unref(facts->inlines[i].document);
    }
    for (size_t i = 0; i < facts->attached_count; i++) {
        iam_dir_source_unref(facts->attached[i]);
    }
    for (size_t i = 0; i < facts->group_count; i++) {
        iam_dir_source_unref(facts->groups[i]);
    }
    iam_dir_source_unref(facts->boundary);
    iam_policy_set_unref(facts->trust);
    iam_shared_unref(facts->trust_text);
    alloc->free(alloc->ctx, facts);
}

struct iam_dir_source *iam_dir_source_ref(struct iam_dir_source *source)
{
    atomic_fetch_add_explicit(&source->refs, 1, memory_order_relaxed);
    return source;
}

void iam_dir_source_unref(struct iam_dir_source *source)
{
    if (source == NULL || atomic_fetch_sub_explicit(&source->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct iam_alloc *alloc = &source->pool->alloc;
    iam_shared_unref(source->document);
    iam_facts_unref(source->facts);
    alloc->free(alloc->ctx, source);
}
