/* SPDX-License-Identifier: Apache-2.0 */
/* Views that are built: whether they still hold good, and their end. */
#include "directory/kept_int.h"

bool iam_dir_view_is_fresh(const struct iam_dir_view *view)
{
    for (size_t i = 0; i < view->dependency_count; i++) {
        const struct iam_dir_dependency *d = &view->dependencies[i];
        if (d->source->is_suspect || d->source->mark != d->mark) {
            return false;
        }
    }
    return true;
}

void iam_dir_view_unref(struct iam_dir_view *view)
{
    if (view == NULL || atomic_fetch_sub_explicit(&view->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct iam_alloc *alloc = &view->facts->pool->alloc;
    for (size_t i = 0; i < view->dependency_count; i++) {
        iam_dir_source_unref(view->dependencies[i].source);
    }
    iam_policy_set_unref(view->view.identity);
    iam_policy_set_unref(view->view.boundary);
    iam_policy_set_unref(view->view.trust);
    for (size_t i = 0; i < IAM_DIR_LAYERS; i++) {
        iam_shared_unref(view->shared[i]);
    }
    iam_facts_unref(view->facts);
    alloc->free(alloc->ctx, view);
}

void iam_view_unref(const struct iam_view *view)
{
    /* Views are made writable; only what is handed out is const. */
    iam_dir_view_unref((struct iam_dir_view *)(uintptr_t)view);
}

bool iam_view_depends_on(const struct iam_view *view, struct iam_str id)
{
    const struct iam_dir_view *v = (const struct iam_dir_view *)view;

    for (size_t i = 0; i < v->dependency_count; i++) {
        if (iam_str_eq(iam_id_str(&v->dependencies[i].source->id), id)) {
            return true;
        }
    }
    return iam_str_eq(view->id, id);
}
