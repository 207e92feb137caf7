/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that compile a document share: the reader, and one function for each element. A
 * refusal names the place in the text, then what AWS says, then what to write instead.
 */
#pragma once

#include "base/arena.h"
#include "codec/json.h"
#include "policy/compiled.h"

/* A policy being made. */
struct iam_image {
    struct iam_policy *policy; /* its beginning */
    char *front;               /* of what is free */
    char *end;
};

struct iam_reader {
    struct iam_policy *policy; /* of the image */
    struct iam_image *image;   /* takes what stays */
    struct iam_arena *scratch; /* for what does not stay */
    struct iam_diag *diag;     /* may be NULL */
};

/* Separates AWS's sentence from our detail in a message. */
#define IAM_REFUSAL_SEPARATOR " -- "

/* What AWS answers, without the final full stop. */
#define IAM_SAYS_SYNTAX "Syntax errors in policy"
#define IAM_SAYS_VERSION "The policy must contain a valid version string"
#define IAM_SAYS_NEW_VERSION "Policy document must be version 2012-10-17 or greater"
#define IAM_SAYS_NO_ACTIONS "Policy statement must contain actions"
#define IAM_SAYS_NO_RESOURCES "Policy statement must contain resources"
#define IAM_SAYS_SIDS "Statement IDs (SID) in a single policy must be unique"
#define IAM_SAYS_SID_CHARACTERS \
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
#define IAM_SAYS_PRINCIPAL "Policy document should not specify a principal"
#define IAM_SAYS_VENDOR "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
#define IAM_SAYS_ONE_COLON "Actions/Condition can contain only one colon"
#define IAM_SAYS_LEGACY "The policy failed legacy parsing"
#define IAM_SAYS_BAD_PRINCIPAL "Invalid principal in policy"
#define IAM_SAYS_TRUST_ACTION "AssumeRole policy may only specify STS AssumeRole actions"

/*
 * Fills the diagnosis and returns IAM_SYNTAX: AWS's sentence says, then detail, then subject (may
 * be absent) in quotes.
 */
enum iam_status iam_read_refuse(const struct iam_reader *r, size_t offset, const char *says,
                                const char *detail, struct iam_str subject);
/* Fills the diagnosis as iam_read_refuse does and returns IAM_LIMIT. */
enum iam_status iam_read_too_much(const struct iam_reader *r, size_t offset, const char *detail);
/* Fills the diagnosis and returns IAM_NOMEM. */
enum iam_status iam_read_no_memory(const struct iam_reader *r);

/* ---- memory.c -------------------------------------------------------------------------------- */

/*
 * Begins an image with the policy and a copy of text, at most IAM_POLICY_MAX_BYTES, in memory of
 * scratch; alloc is for the policy itself. False when memory runs out.
 */
bool iam_image_begin(struct iam_image *image, struct iam_arena *scratch,
                     const struct iam_alloc *alloc, struct iam_str text);
/*
 * Returns zeroed memory for structs of the image, or for bytes; NULL when the image has no more
 * room.
 */
void *iam_image_array(struct iam_image *image, size_t bytes);
char *iam_image_bytes(struct iam_image *image, size_t bytes);
/* Returns the policy with one reference, in memory of its own; NULL when memory runs out. */
struct iam_policy *iam_image_finish(const struct iam_image *image);

/* ---- read.c ---------------------------------------------------------------------------------- */

/*
 * Makes a zeroed array in the image; IAM_LIMIT beyond IAM_POLICY_MAX_ITEMS. count 0 yields a valid
 * pointer.
 */
enum iam_status iam_read_array(const struct iam_reader *r, size_t count, size_t size,
                               void *ret_pointer) IAM_MUST_USE;
/* Takes bytes of the image. IAM_LIMIT. */
enum iam_status iam_read_bytes(const struct iam_reader *r, size_t count, char **ret) IAM_MUST_USE;
/* Keeps a text of node, where it is in the policy's text or copied into the image. IAM_LIMIT. */
enum iam_status iam_read_keep(const struct iam_reader *r, const struct iam_json *node,
                              struct iam_str text, struct iam_str *ret) IAM_MUST_USE;

/*
 * Reads a string or a list of strings as a list: *first is walked with iam_read_next. Another type
 * is refused, with element in the message.
 */
enum iam_status iam_read_strings(const struct iam_reader *r, const struct iam_json *node,
                                 const char *element, const struct iam_json **ret_first,
                                 uint32_t *ret_count) IAM_MUST_USE;
/*
 * Returns the item after item in the list of node, or NULL; node itself is the only item of a lone
 * string.
 */
static inline const struct iam_json *iam_read_next(const struct iam_json *node,
                                                   const struct iam_json *item)
{
    return item == node ? NULL : item->next;
}

/* Refuses two members of obj whose names differ in case only. */
enum iam_status iam_read_check_case(const struct iam_reader *r,
                                    const struct iam_json *obj) IAM_MUST_USE;

/*
 * Reads the element of its name. node is the element's value, an object for a statement; s is being
 * filled.
 */
enum iam_status iam_read_statement(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_read_actions(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_read_resources(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_read_principals(const struct iam_reader *r, const struct iam_json *node,
                                    struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_read_conditions(const struct iam_reader *r, const struct iam_json *node,
                                    struct iam_statement *s) IAM_MUST_USE;

/*
 * Makes the template of text, or NULL when it holds no variable or the document's version has none.
 * node is where text comes from, for the diagnosis.
 * SPEC: IAM User Guide, "IAM policy elements: Variables and tags".
 */
enum iam_status iam_read_template(const struct iam_reader *r, const struct iam_json *node,
                                  struct iam_str text,
                                  const struct iam_template **ret) IAM_MUST_USE;
/* Fills p, zeroed, as the pattern of text, with its template (may be NULL); all in one image. */
void iam_pattern_make(struct iam_str text, const struct iam_template *template,
                      struct iam_pattern *p);
