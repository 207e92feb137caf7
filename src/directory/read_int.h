/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How facts and sources are read. Each file uses only those before it: sources are shown, policies
 * need nothing else, grants need policies, groups need grants, and principals (read.c) need all.
 */
#pragma once

#include "directory/load.h"

/* ---- show.c ---------------------------------------------------------------------------- */

/*
 * Adds a source, moved in, that the state does not have. *ret is borrowed from the state.
 * IAM_NOMEM: the reference is dropped.
 */
enum iam_status iam_dir_show_new(struct iam_dir_pass *pass, struct iam_dir_source *source,
                                 struct iam_dir_source **ret) IAM_MUST_USE;
/* Ends the suspicion against a source that says what it said: its mark remains. */
void iam_dir_show_same(struct iam_dir_pass *pass, struct iam_dir_source *source);
/*
 * Replaces the content of a source, as iam_dir_source_fill does. IAM_NOMEM: the new content is
 * freed and the source remains suspect.
 */
enum iam_status iam_dir_show_changed(struct iam_dir_pass *pass, struct iam_dir_source *source,
                                     struct iam_shared *document, struct iam_facts *facts,
                                     bool is_gone) IAM_MUST_USE;

/* ---- managed.c ------------------------------------------------------------------------- */

/* Does what iam_dir_renew does, for a policy. */
enum iam_status iam_dir_renew_policy(struct iam_dir_pass *pass,
                                     struct iam_dir_source *source) IAM_MUST_USE;

/* ---- grants.c -------------------------------------------------------------------------- */

/*
 * Reads the inline and attached policies of the entity that draft names, and adds their rows to
 * sum, for iam_store_parts_check. Failures as iam_dir_read_user.
 */
enum iam_status iam_dir_read_grants(struct iam_dir_pass *pass, struct iam_facts *draft,
                                    struct iam_row_sum *sum) IAM_MUST_USE;
/* Drops what a draft owns: documents and the trust set; its slices lie in arenas. */
void iam_dir_draft_done(struct iam_facts *draft);

/* ---- group.c --------------------------------------------------------------------------- */

/* Does what iam_dir_need_policy does, for a group that was read: its policies are read with it. */
enum iam_status iam_dir_need_group(struct iam_dir_pass *pass, const struct iam_group *group,
                                   struct iam_dir_source **ret) IAM_MUST_USE;
/* Does what iam_dir_renew does, for a group. */
enum iam_status iam_dir_renew_group(struct iam_dir_pass *pass,
                                    struct iam_dir_source *source) IAM_MUST_USE;
