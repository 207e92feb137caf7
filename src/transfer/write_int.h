/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the writer share. */
#pragma once

#include "base/buf.h"
#include "store/holdings.h"
#include "store/policy.h"
#include "transfer/transfer.h"

/* LIMIT: of one entity with its documents. */
#define TRANSFER_ENTITY_MAX ((size_t)64 << 20)

struct writer {
    struct iam_txn *txn;
    struct iam_arena *arena;
    struct iam_str account;
    const struct iam_transfer_export *options;
    struct iam_buf one;           /* an entity, compact */
    struct iam_buf out;           /* the same with line feeds and blanks */
    bool is_first;                /* of the list */
    struct iam_holdings holdings; /* of the page of the list, where it is of principals */
    size_t left;
};

/* ---- output.c ----------------------------------------------------------------------------- */

/*
 * Appends compact JSON as Python's json.dumps with an indent writes it: as the AWS CLI does. depth
 * is that of the value that text is.
 */
void transfer_indent(struct iam_buf *out, struct iam_str text, unsigned depth);

/* Gives text to the sink. */
enum iam_status write_out(const struct writer *w, struct iam_str text) IAM_MUST_USE;
/* Gives the entity in w->one to the sink, as the next one of the list. */
enum iam_status write_entity(struct writer *w) IAM_MUST_USE;

/* ---- members.c: append to w->one, with the name of the member; *first as iam_json_add_name ----
 */

void write_text(struct writer *w, bool *first, struct iam_str name, struct iam_str text);
void write_number(struct writer *w, bool *first, struct iam_str name, int64_t number);
void write_bool(struct writer *w, bool *first, struct iam_str name, bool value);
/* Writes a date in whole seconds. */
void write_date(struct writer *w, bool *first, struct iam_str name, int64_t ms);
enum iam_status write_document(struct writer *w, bool *first, struct iam_str name,
                               struct iam_str text) IAM_MUST_USE;
/* Writes what an entity of w->holdings has, as the next two do. */
void write_attached(struct writer *w, bool *first, size_t owner);
void write_tags(struct writer *w, bool *first, size_t owner);
/* Writes nothing for an entity without, when it may be left out. */
enum iam_status write_inlines(struct writer *w, bool *first, struct iam_str name, size_t owner,
                              bool may_be_left) IAM_MUST_USE;
/* Reads the tags of another entity and writes them; nothing for one without. */
enum iam_status write_tags_of(struct writer *w, bool *first,
                              const struct iam_entity_ref *ref) IAM_MUST_USE;
/* Writes nothing for an absent one. */
void write_boundary(struct writer *w, bool *first, struct iam_str arn);

/* ---- policies.c --------------------------------------------------------------------------- */

enum iam_status write_own_policy(struct writer *w,
                                 const struct iam_managed_policy *policy) IAM_MUST_USE;
/* Writes the policies of AWS that somebody has, with their newest versions, each to the sink. */
enum iam_status write_aws_policies(struct writer *w) IAM_MUST_USE;

/* ---- left.c ------------------------------------------------------------------------------- */

/* Tells of what a user, a role or the account itself has and AWS's list does not. */
enum iam_status write_left_of_user(struct writer *w, const struct iam_user *user) IAM_MUST_USE;
void write_left_of_role(struct writer *w, const struct iam_role *role);
enum iam_status write_left_of_account(struct writer *w) IAM_MUST_USE;
