/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a catalogue: index.c reads the index, frames.c the file, templates.c templates,
 * extra.c a directory.
 */
#pragma once

#include "base/arena.h"
#include "catalogue/catalogue.h"
#include "catalogue/template.h"

/* LIMITS of a file: whatever it says, this is the most that is allocated for it. */
#define IAM_CATALOGUE_INDEX_MAX ((size_t)4 << 20)
#define IAM_CATALOGUE_FRAME_MAX ((size_t)1 << 20)
#define IAM_CATALOGUE_MAX_POLICIES 10000
#define IAM_CATALOGUE_MAX_VERSIONS 100000
#define IAM_CATALOGUE_MAX_FRAMES 100000
#define IAM_CATALOGUE_MAX_SERVICES 10000
#define IAM_CATALOGUE_TEMPLATES_BYTES ((size_t)4 << 20)
#define IAM_CATALOGUE_MAX_TEMPLATES 1000
/* Of what is kept of an index and of an operator's directory. */
#define IAM_CATALOGUE_KEPT_MAX ((size_t)32 << 20)

/* Several documents, compressed together. */
struct iam_catalogue_frame {
    uint64_t offset; /* in the file */
    uint32_t bytes;
    uint32_t raw_bytes;
    bool has_prefix; /* it repeats what the newest document of its policy says */
};

/* The templates of a file, in its order. */
struct iam_catalogue_templates {
    struct iam_role_template *roles;
    size_t role_count;
    struct iam_policy_template *policies;
    size_t policy_count;
};

struct iam_catalogue_index {
    struct iam_catalogue_policy *policies; /* in the order of the file */
    size_t policy_count;
    struct iam_catalogue_frame *frames;
    size_t frame_count;
    struct iam_catalogue_service *services;
    size_t service_count;
    struct iam_catalogue_templates templates; /* of a directory */
};

/* ---- index.c --------------------------------------------------------------------------- */

/*
 * Reads the text of an index, whose frames begin at first_offset of the file; everything is copied
 * to arena. IAM_SYNTAX unless all that it says is possible; IAM_NOMEM.
 */
enum iam_status iam_catalogue_parse(struct iam_str text, uint64_t first_offset,
                                    struct iam_arena *arena,
                                    struct iam_catalogue_index *ret) IAM_MUST_USE;
/* Sets arn, path and name for "/service-role/Name". IAM_SYNTAX for what is no such text. */
enum iam_status iam_catalogue_name(struct iam_str tail, struct iam_arena *arena,
                                   struct iam_catalogue_policy *ret) IAM_MUST_USE;

/*
 * Reads lines without their first word, as the file of an operator has them: service, role name,
 * policies, 0 or 1, description; a line that begins with '#' is left out. ret gets services.
 * IAM_SYNTAX, with the number of the line; IAM_NOMEM.
 */
enum iam_status iam_catalogue_services(struct iam_str text, struct iam_arena *arena,
                                       struct iam_catalogue_index *ret,
                                       size_t *ret_line) IAM_MUST_USE;

/* ---- frames.c -------------------------------------------------------------------------- */

/*
 * Opens a file and checks how it begins. *ret_fd is the caller's. IAM_IO (errno tells), IAM_SYNTAX.
 */
enum iam_status iam_catalogue_file_open(const char *path, int *ret_fd) IAM_MUST_USE;
/* Reads the index of an open file into arena. IAM_IO, IAM_CORRUPT, IAM_NOMEM. */
enum iam_status iam_catalogue_file_index(int fd, struct iam_arena *arena,
                                         struct iam_catalogue_index *ret) IAM_MUST_USE;
/*
 * Decompresses a frame; prefix is absent unless it has one. *ret, of raw_bytes, is the caller's,
 * from iam_heap. IAM_IO, IAM_CORRUPT, IAM_NOMEM.
 */
enum iam_status iam_catalogue_file_frame(int fd, const struct iam_catalogue_frame *frame,
                                         struct iam_str prefix, char **ret) IAM_MUST_USE;

/* ---- text_file.c ----------------------------------------------------------------------- */

/*
 * Reads a file into arena, and its date. dir_fd as openat has it. IAM_IO (errno tells), IAM_NOMEM;
 * IAM_SYNTAX: no regular file, or more than max_bytes.
 */
enum iam_status iam_catalogue_text(int dir_fd, const char *file, size_t max_bytes,
                                   struct iam_arena *arena, struct iam_str *ret,
                                   int64_t *ret_ms) IAM_MUST_USE;

/* ---- templates.c ----------------------------------------------------------------------- */

/* What the file of templates is called, with the program and in a directory. */
#define IAM_CATALOGUE_TEMPLATES "templates.jsonl"

/*
 * Reads a file of templates into arena: a JSON object in each line. dir_fd as openat has it. On
 * failure error says which line is wrong, and why: IAM_IO, IAM_SYNTAX, IAM_LIMIT, IAM_NOMEM.
 */
enum iam_status iam_catalogue_templates(int dir_fd, const char *file, struct iam_arena *arena,
                                        struct iam_catalogue_templates *ret,
                                        char error[IAM_CATALOGUE_ERROR_MAX]) IAM_MUST_USE;

/* ---- extra.c --------------------------------------------------------------------------- */

/*
 * Reads the documents of a directory into arena; *ret has policies and no frames. On failure error
 * says which file is wrong, and why: IAM_IO, IAM_SYNTAX, IAM_LIMIT, IAM_NOMEM.
 */
enum iam_status iam_catalogue_read_dir(const char *dir, struct iam_arena *arena,
                                       struct iam_catalogue_index *ret,
                                       char error[IAM_CATALOGUE_ERROR_MAX]) IAM_MUST_USE;
