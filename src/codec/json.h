/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259 JSON: a strict reader into a tree that knows the position of every node, and a writer.
 * Strict: valid UTF-8, no BOM, no duplicate member names, no trailing text, no NUL in a string,
 * depth and node count bounded. The tree lives in the caller's allocator as a unit.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

enum iam_json_type {
    IAM_JSON_NULL,
    IAM_JSON_BOOL,
    IAM_JSON_NUMBER,
    IAM_JSON_STRING,
    IAM_JSON_ARRAY,
    IAM_JSON_OBJECT
};

struct iam_json {
    enum iam_json_type type;
    bool boolean;
    uint32_t offset;      /* of the node's first byte in the text */
    uint32_t end_offset;  /* one past its last byte */
    uint32_t name_offset; /* of the member name's quote, for a member of an object */
    uint32_t child_count;
    struct iam_str name; /* member name, decoded; absent for array items and the root */
    struct iam_str text; /* string: decoded; number: as written */
    struct iam_json *first;
    struct iam_json *next;
};

struct iam_json_limits {
    uint32_t max_bytes;
    uint32_t max_depth; /* an array or object inside the root is depth 2; at most 256 */
    uint32_t max_nodes;
};

/*
 * Reads one document. All memory comes from arena; strings without escapes borrow text, which must
 * outlive the tree. On failure *diag (may be NULL) says where and why: IAM_SYNTAX, IAM_LIMIT,
 * IAM_NOMEM. Nesting is bounded by max_depth, so the C stack is too.
 */
enum iam_status iam_json_read(struct iam_arena *arena, struct iam_str text,
                              const struct iam_json_limits *limits, const struct iam_json **ret,
                              struct iam_diag *diag) IAM_MUST_USE;
/*
 * Returns the member with exactly that name, or NULL; NULL also when obj is NULL or not an object.
 */
const struct iam_json *iam_json_member(const struct iam_json *obj, struct iam_str name);

/* Appends a string with its quotes; invalid UTF-8 bytes become U+FFFD. */
void iam_json_add_string(struct iam_buf *b, struct iam_str s);
/* Appends "name": with a comma before it unless *first, which becomes false. */
void iam_json_add_name(struct iam_buf *b, bool *first, struct iam_str name);
/*
 * Appends a part of a text that was read, with an escape in the place of each character that is
 * not ASCII: they are only in strings.
 */
void iam_json_add_ascii(struct iam_buf *b, struct iam_str text);
/* Does the same for the characters above U+00FF alone, which a policy has as escapes only. */
void iam_json_add_latin1(struct iam_buf *b, struct iam_str text);
/* Appends a tree, written compactly; numbers as they were. */
void iam_json_add_tree(struct iam_buf *b, const struct iam_json *node);
