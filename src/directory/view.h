/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision reads: a principal with its policies compiled, as a directory hands it out.
 * Immutable. */
#pragma once

#include "iam/decide.h"
#include "model/entity.h"

/*
 * One principal: what a decision needs to know of it. Slices and sets live as long as the view.
 * Entries of identity are named after the inline policy, "group/<group>/<policy>" for one of a
 * group, or the ARN of the managed policy (which counts once, however often it is attached); those
 * of boundary after the ARN of the policy, that of trust after the ARN of the role.
 */
struct iam_view {
    enum iam_kind kind;
    struct iam_str account;
    struct iam_str id;   /* AIDA..., AROA...; the account ID for root */
    struct iam_str name; /* empty for root */
    struct iam_str arn;
    const struct iam_tag *tags;
    size_t tag_count;
    struct iam_policy_set *identity; /* inline, attached and the groups'; NULL for root */
    struct iam_policy_set *boundary; /* NULL: none */
    struct iam_policy_set *trust;    /* role only */
    /*
     * A stored policy could not be read or a boundary is gone: everything is denied. The sets are
     * there then, and empty.
     */
    bool is_broken;
};

/* Drops a reference, by any thread; the directory may be gone by then. Accepts NULL. */
void iam_view_unref(const struct iam_view *view);
/*
 * Tells whether view was built from the entity with that unique ID: the principal itself, one of
 * its groups, a managed policy of it or of them, or its boundary. A thread that changed that entity
 * and did not refresh yet must not rely on view.
 */
bool iam_view_depends_on(const struct iam_view *view, struct iam_str id);
