/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that compile a document share: the reader, and one function for each element. A
 * refusal names the place in the text, then what AWS says, then what to write instead.
 */
#pragma once

#include "base/arena.h"
#include "codec/json.h"
#include "policy/compiled.h"

/* LIMIT: of the tree and the image, which live while a document is read. */
#define IAM_READ_MAX_BYTES (64u << 20)
/* LIMIT: of the tree of a document. */
extern const struct iam_json_limits iam_read_limits;

/* A policy being made. */
struct iam_image {
    struct iam_policy *policy; /* its beginning */
    char *front;               /* of what is free */
    char *end;
};

struct iam_reader {
    enum iam_policy_kind kind; /* as which it is checked */
    struct iam_policy *policy; /* of the image */
    struct iam_image *image;   /* takes what stays */
    struct iam_arena *scratch; /* for what does not stay */
    struct iam_diag *diag;     /* may be NULL */
};

/* What AWS answers; the sentences are in read.c. A comment names what a sentence quotes, in order.
 */
enum iam_says {
    IAM_SAYS_SYNTAX,
    IAM_SAYS_TRUST_JSON, /* a trust policy that is no JSON */
    IAM_SAYS_NEW_VERSION,
    IAM_SAYS_LEGACY,
    IAM_SAYS_SIDS,
    IAM_SAYS_SID_CHARACTERS,
    IAM_SAYS_PRINCIPAL,
    IAM_SAYS_NO_PRINCIPAL,
    IAM_SAYS_NOT_PRINCIPAL,
    IAM_SAYS_STAR,
    IAM_SAYS_FEDERATED,
    IAM_SAYS_BAD_PRINCIPAL, /* the type in capitals, the value */
    IAM_SAYS_NO_ACTIONS,
    IAM_SAYS_NO_RESOURCES,
    IAM_SAYS_RESOURCE,        /* a trust policy with Resource */
    IAM_SAYS_NO_ARN,          /* the resource */
    IAM_SAYS_PARTITION,       /* the partition, the ARN with all its parts */
    IAM_SAYS_RESOURCE_VENDOR, /* an ARN that ends before its service */
    IAM_SAYS_IAM_REGION,      /* the ARN */
    IAM_SAYS_S3_REGION,       /* the ARN */
    IAM_SAYS_IAM_PATH,
    IAM_SAYS_VENDOR,
    IAM_SAYS_VENDOR_NAME, /* the vendor */
    IAM_SAYS_VENDOR_WILDCARD,
    IAM_SAYS_ONE_COLON,
    IAM_SAYS_TRUST_ACTION,
    IAM_SAYS_SHARED_PROVIDER, /* the principal, what must be evaluated */
    IAM_SAYS_ORGANIZATION,    /* whatever is wrong with an SCP or RCP */
    IAM_SAYS_COUNT
};

/* A refusal before its place is known. */
struct iam_refusal {
    enum iam_says says;
    struct iam_str quoted[2]; /* by the sentence */
    const char *detail;       /* what to write instead */
    struct iam_str subject;   /* follows detail in quotes; may be absent */
};

/* Fills the diagnosis (may be NULL) of a document of that kind; returns status. */
enum iam_status iam_refuse(struct iam_diag *diag, enum iam_policy_kind kind, struct iam_str text,
                           enum iam_status status, size_t offset, const struct iam_refusal *why);
/*
 * Fills the diagnosis and returns IAM_SYNTAX: AWS's sentence says, then detail, then subject (may
 * be absent) in quotes. What the sentence quotes is subject.
 */
enum iam_status iam_read_refuse(const struct iam_reader *r, size_t offset, enum iam_says says,
                                const char *detail, struct iam_str subject);
/* Refuses with a sentence that quotes two things; the second is the subject. */
enum iam_status iam_read_refuse_pair(const struct iam_reader *r, size_t offset, enum iam_says says,
                                     struct iam_str first, struct iam_str second,
                                     const char *detail);
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
                                 struct iam_str element, const struct iam_json **ret_first,
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

/* A statement while it is read: its elements, NULL where they are not there. */
struct iam_draft {
    const struct iam_json *node;
    const struct iam_json *sid;
    const struct iam_json *effect;
    const struct iam_json *principal;
    const struct iam_json *not_principal;
    const struct iam_json *action;
    const struct iam_json *not_action;
    const struct iam_json *resource;
    const struct iam_json *not_resource;
    const struct iam_json *condition;
    struct iam_statement *s; /* being filled */
};

/*
 * Finds the elements of a statement, and refuses what the grammar does not permit whatever the
 * values are.
 */
enum iam_status iam_draft_begin(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_statement *s, struct iam_draft *ret) IAM_MUST_USE;
/*
 * Reads the statements, one kind of fault after the other: what AWS answers for two faults is the
 * earlier kind, wherever they are.
 */
enum iam_status iam_draft_read(const struct iam_reader *r, const struct iam_draft *drafts,
                               size_t count) IAM_MUST_USE;

/*
 * Reads the element of its name. node is the element's value; s is being filled. The forms of
 * resources are checked in a second step, and conditions have a first one, which is about their
 * shape.
 */
enum iam_status iam_read_actions(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_read_resources(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_check_resources(const struct iam_reader *r, const struct iam_json *node,
                                    const struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_check_principal_shape(const struct iam_reader *r,
                                          const struct iam_json *node) IAM_MUST_USE;
enum iam_status iam_read_principals(const struct iam_reader *r, const struct iam_json *node,
                                    struct iam_statement *s) IAM_MUST_USE;
enum iam_status iam_check_condition_shape(const struct iam_reader *r,
                                          const struct iam_json *node) IAM_MUST_USE;
enum iam_status iam_read_conditions(const struct iam_reader *r, const struct iam_json *node,
                                    struct iam_statement *s) IAM_MUST_USE;
/* Tells whether a statement may have an element of that name, in some kind of document. */
bool iam_is_element(struct iam_str name);
/* Tells whether name is an operator, with the prefix and suffix that it may have. */
bool iam_is_operator(struct iam_str name);
/* Tells whether an RCP may be about the service of action, which is in lower case. */
bool iam_is_rcp_service(struct iam_str action);

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
