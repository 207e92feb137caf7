/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `iam lint`: checks documents as the API would, and prints where and why one is refused; with
 * --strict also what is legal and surely not meant.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/heap.h"
#include "cli/command.h"
#include "cli/strict.h"
#include "policy/kind.h"

#define CHUNK_BYTES 4096
/* LIMIT: memory for the tree of one document. */
#define STRICT_ARENA_BYTES ((size_t)64 << 20)

/* Reads all of f, up to one byte more than a policy may have. */
static enum iam_status read_all(FILE *f, struct iam_buf *b)
{
    char chunk[CHUNK_BYTES];
    struct iam_str so_far = { NULL, 0 };
    size_t n;
    while (so_far.len <= IAM_POLICY_MAX_BYTES && (n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
        iam_buf_add(b, (struct iam_str){ chunk, n });
        IAM_TRY(iam_buf_finish(b, &so_far));
    }
    return ferror(f) != 0 ? IAM_IO : IAM_OK;
}

/* What is asked of each file. */
struct lint {
    const struct iam_command_io *io;
    enum iam_policy_kind kind;
    bool strict;
};

/* What is found in one document. */
struct report {
    const struct lint *lint;
    const char *name;
    struct iam_str text;
    bool found;
};

static void print_finding(void *ctx, const struct iam_strict_finding *finding)
{
    struct report *r = ctx;
    struct iam_diag d;
    (void)iam_diag_set(&d, IAM_OK, r->text, finding->offset, finding->name);
    iam_diag_add_c(&d, ": ");
    iam_diag_add_quoted(&d, finding->subject, 64);
    iam_diag_add_c(&d, ": ");
    (void)fprintf(r->lint->io->out, "%s:%u:%u: %s%s\n", r->name, d.line, d.column, d.message,
                  finding->why);
    r->found = true;
}

/* Looks for what is legal and surely not meant. */
static int look_closer(struct report *r, const struct iam_policy *policy)
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), STRICT_ARENA_BYTES);
    enum iam_status st = iam_strict_check(&arena, policy, print_finding, r);
    iam_arena_done(&arena);
    if (st != IAM_OK) {
        (void)fprintf(r->lint->io->err, "iam lint: '%s': %s\n", r->name, iam_status_text(st));
        return IAM_EXIT_USAGE;
    }
    return r->found ? IAM_EXIT_FOUND : IAM_EXIT_OK;
}

enum iam_status iam_lint_document(enum iam_policy_kind kind, struct iam_str text,
                                  struct iam_policy **ret, struct iam_diag *diag)
{
    struct iam_policy *policy;
    IAM_TRY(iam_policy_parse(iam_heap(), kind, text, &policy, diag));
    enum iam_status st = iam_policy_check_write(policy, diag);
    if (st != IAM_OK) {
        iam_policy_unref(policy);
        return st;
    }
    *ret = policy;
    return IAM_OK;
}

static int lint_text(const struct lint *lint, const char *name, struct iam_str text)
{
    struct iam_policy *policy;
    struct iam_diag diag;
    struct report report = { lint, name, text, false };
    if (iam_lint_document(lint->kind, text, &policy, &diag) != IAM_OK) {
        (void)fprintf(lint->io->out, "%s:%u:%u: %s\n", name, diag.line, diag.column, diag.message);
        return IAM_EXIT_FOUND;
    }
    int status = lint->strict ? look_closer(&report, policy) : IAM_EXIT_OK;
    iam_policy_unref(policy);
    return status;
}

static int lint_file(const struct lint *lint, const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *f = is_stdin ? lint->io->in : fopen(name, "rb");
    struct iam_buf b;
    struct iam_str text;
    int status;
    if (f == NULL) {
        (void)fprintf(lint->io->err, "iam lint: cannot read '%s': %s\n", name, strerror(errno));
        return IAM_EXIT_USAGE;
    }
    iam_buf_init(&b, iam_heap(), IAM_POLICY_MAX_BYTES + 2 * CHUNK_BYTES);
    if (read_all(f, &b) != IAM_OK || iam_buf_finish(&b, &text) != IAM_OK) {
        (void)fprintf(lint->io->err, "iam lint: cannot read '%s': %s\n", name,
                      ferror(f) != 0 ? strerror(errno) : "there is no memory");
        status = IAM_EXIT_USAGE;
    } else {
        status = lint_text(lint, name, text);
    }
    iam_buf_done(&b);
    if (!is_stdin) {
        (void)fclose(f);
    }
    return status;
}

/* Reads the options. Returns the index of the first file; 0 when something is wrong. */
static int read_options(int argc, char **argv, struct lint *lint)
{
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        if (strcmp(argv[at], "--strict") == 0) {
            lint->strict = true;
        } else if (strcmp(argv[at], "--kind") != 0 || at + 1 >= argc) {
            (void)fprintf(lint->io->err, "iam lint: unexpected argument '%s'\n", argv[at]);
            return 0;
        } else if (!iam_policy_kind_find(iam_str_c(argv[++at]), &lint->kind)) {
            (void)fprintf(lint->io->err, "iam lint: there is no kind '%s'; " IAM_CLI_KINDS "\n",
                          argv[at]);
            return 0;
        }
    }
    if (at >= argc) {
        (void)fputs("iam lint: name at least one file\n", lint->io->err);
        return 0;
    }
    return at;
}

int iam_command_lint(int argc, char **argv, const struct iam_command_io *io)
{
    struct lint lint = { io, IAM_POLICY_IDENTITY, false };
    int worst = IAM_EXIT_OK;
    int at = read_options(argc, argv, &lint);
    if (at == 0) {
        return IAM_EXIT_USAGE;
    }
    for (; at < argc; at++) {
        int status = lint_file(&lint, argv[at]);
        worst = status > worst ? status : worst;
    }
    return worst;
}
