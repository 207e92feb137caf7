/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read, before any of it is stored, and what the parts of the reader share. Places are
 * pointers into the texts of the files.
 */
#pragma once

#include "base/map.h"
#include "codec/json.h"
#include "model/entity.h"
#include "transfer/transfer.h"

/* Something else that is named: a policy, a group, a role. */
struct moved_ref {
    const char *at;
    struct iam_str name;
    struct iam_str arn_or_id; /* absent: it is named by its name alone */
};

/* A document, and what is said of it. */
struct moved_document {
    const char *at;
    struct iam_str name; /* of an inline policy */
    struct iam_str text;
    int64_t number; /* of a version, like the rest */
    int64_t created_ms;
    bool is_default;
    bool is_left; /* it is not carried over */
};

/* How often a policy is used. */
struct moved_uses {
    int64_t said; /* by its own members; -1: they do not say */
    int64_t found;
};

/* A user, group, role, managed policy or instance profile. */
struct moved {
    enum iam_kind kind;
    const char *at;
    struct iam_str id;
    struct iam_str name;
    struct iam_str path;
    struct iam_str arn;
    struct iam_str description;
    int64_t created_ms;
    struct iam_tag *tags;
    size_t tag_count;

    /* principals */
    struct moved_document *inlines;
    size_t inline_count;
    struct moved_ref *attached;
    size_t attached_count;
    struct moved_ref boundary; /* place NULL: none */
    struct moved_ref *groups;  /* of a user */
    size_t group_count;

    /* roles */
    struct moved_document trust;
    struct iam_pinned_principal *pins;
    size_t pin_count;
    int64_t max_session_seconds;
    int64_t last_used_ms;
    struct iam_str last_used_region;
    struct moved *profiles;
    size_t profile_count;

    /* managed policies */
    struct moved_document *versions;
    size_t version_count;
    int64_t default_version;
    int64_t updated_ms;
    struct moved_uses attachments;
    struct moved_uses boundaries;

    struct moved_ref role;     /* of an instance profile */
    const struct moved *owner; /* the role that an instance profile was read with */
};

/* The lists of a page; instance profiles are in the list of their role. */
enum moved_list_id {
    MOVED_USERS,
    MOVED_GROUPS,
    MOVED_ROLES,
    MOVED_POLICIES,
    MOVED_LISTS,
    MOVED_PROFILES = MOVED_LISTS,
    MOVED_KINDS
};

struct moved_list {
    struct moved *items;
    size_t count;
    size_t room;
};

struct iam_transfer {
    struct iam_arena *arena;
    struct iam_alloc alloc; /* of the arena */
    const struct iam_transfer_options *options;
    const struct iam_transfer_file *files;
    size_t file_count;
    const char *base; /* of the text whose tree is being read */
    struct iam_str account;
    struct moved_list lists[MOVED_LISTS];
    size_t profile_count;
    size_t found[IAM_TRANSFER_LEVELS];
    struct iam_map unknown;            /* members that were told of */
    struct iam_map names[MOVED_KINDS]; /* in lower case; of what is there */
    struct iam_map ids;
    int64_t most[IAM_QUOTA_COUNT]; /* that anything has of what a quota counts */
    struct {
        const char *line_at; /* where the line begins that was told of last */
        size_t file;
        unsigned line;
    } place;
    enum iam_status status; /* the first failure that is no finding */
};

/* ---- report.c -------------------------------------------------------------------------- */

/* Tells of a finding, in one line; at may be NULL. Long texts are cut. */
void transfer_tell(struct iam_transfer *t, enum iam_transfer_level level, const char *at,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Makes text printable: '?' for each control character, and for what is no UTF-8. */
void transfer_make_printable(char *text);
/* Keeps a failure that is none of the files; the first one counts. */
void transfer_fail(struct iam_transfer *t, enum iam_status st);

/* For texts of a file in messages: at most 130 bytes. */
#define MOVED_QUOTED(s) (int)((s).len < 130 ? (s).len : 130), ((s).p != NULL ? (s).p : "")
/* "user ann", for "%.*s %.*s". */
#define MOVED_NAME(e) IAM_STR_ARG(iam_kind_get((e)->kind)->noun), MOVED_QUOTED((e)->name)

/* ---- values.c -------------------------------------------------------------------------- */

/* Returns the place of a node. */
static inline const char *moved_at(const struct iam_transfer *t, const struct iam_json *node)
{
    return t->base + node->offset;
}

/* What a member becomes; out is the object that it is a member of. */
typedef void moved_member_fn(struct iam_transfer *t, const struct iam_json *node, void *out);

struct moved_member {
    struct iam_str name;
    moved_member_fn *read; /* NULL: it is of no use */
    bool is_needed;
};

/*
 * Reads an object by its members, of which what says whose they are. Tells of those that are
 * missing (an error) and, once for each, of those that are not known.
 */
void moved_object(struct iam_transfer *t, const struct iam_json *node, const char *what,
                  const struct moved_member *members, size_t count, void *out);
/*
 * Reads an array into *ret_items, an item of size bytes for each, of which each is told the node.
 * An error when it is no array.
 */
void moved_array(struct iam_transfer *t, const struct iam_json *node, size_t size,
                 moved_member_fn *each, void **ret_items, size_t *ret_count);
/*
 * Reads a string without control characters but tab, CR and LF. As for the values below, another
 * type is an error that is told, and *ret is as it was.
 */
void moved_text(struct iam_transfer *t, const struct iam_json *node, size_t max_chars,
                struct iam_str *ret);
/* Reads true or false. */
void moved_bool(struct iam_transfer *t, const struct iam_json *node, bool *ret);
/* Reads a whole number from min to max. */
void moved_number(struct iam_transfer *t, const struct iam_json *node, int64_t min, int64_t max,
                  int64_t *ret);
/* Reads a date, of which the seconds count. */
void moved_date(struct iam_transfer *t, const struct iam_json *node, int64_t *ret_ms);
/* Reads a document: an object, or its text, percent-encoded or not. */
void moved_document(struct iam_transfer *t, const struct iam_json *node,
                    struct moved_document *ret);

/* ---- entities.c, pages.c ---------------------------------------------------------------- */

/* Reads a user; out is a struct moved, here and for the others. */
void moved_user(struct iam_transfer *t, const struct iam_json *node, void *out);
void moved_group(struct iam_transfer *t, const struct iam_json *node, void *out);
void moved_role(struct iam_transfer *t, const struct iam_json *node, void *out);
void moved_policy(struct iam_transfer *t, const struct iam_json *node, void *out);

/* Reads all files: the lists of all their pages. */
void transfer_read_pages(struct iam_transfer *t);

/* ---- names.c, references.c, documents.c: what was read is checked, in this order ---------- */

/*
 * Finds whose account it is, checks names, paths, IDs and ARNs, and that none is there twice.
 * Policies of AWS are taken out of the list.
 */
void transfer_check_names(struct iam_transfer *t);
/* Finds what has that name, in any case; NULL. */
struct moved *moved_find(const struct iam_transfer *t, enum moved_list_id list,
                         struct iam_str name);
/* Tells whether text has the characters of a name, one at least. */
bool moved_is_name(struct iam_str text);
/* Checks that everything that is named is there, and how much there is of it. */
void transfer_check_references(struct iam_transfer *t);
/* Checks the documents, and finds the principals of trust policies. */
void transfer_check_documents(struct iam_transfer *t);

/*
 * Keeps how much there is of what a quota counts. False, and an error: more than this program can
 * bear.
 */
bool moved_count(struct iam_transfer *t, enum iam_quota quota, size_t count, const char *at);
