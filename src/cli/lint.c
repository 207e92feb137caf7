/* SPDX-License-Identifier: Apache-2.0 */
/* `iam lint`: checks documents as the API would, and prints where and why one is refused. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "cli/case.h"
#include "cli/command.h"
#include "policy/kind.h"

#define CHUNK_BYTES 4096

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

enum iam_status iam_lint_document(enum iam_policy_kind kind, struct iam_str text,
                                  struct iam_diag *diag)
{
    struct iam_policy *policy;
    IAM_TRY(iam_policy_parse(iam_heap(), kind, text, &policy, diag));
    enum iam_status st = iam_policy_check_write(policy, diag);
    iam_policy_unref(policy);
    return st;
}

static int lint_text(const char *name, enum iam_policy_kind kind, struct iam_str text,
                     const struct iam_command_io *io)
{
    struct iam_diag diag;
    if (iam_lint_document(kind, text, &diag) == IAM_OK) {
        return IAM_EXIT_OK;
    }
    (void)fprintf(io->out, "%s:%u:%u: %s\n", name, diag.line, diag.column, diag.message);
    return IAM_EXIT_FOUND;
}

static int lint_file(const char *name, enum iam_policy_kind kind, const struct iam_command_io *io)
{
    bool is_stdin = strcmp(name, "-") == 0;
    FILE *f = is_stdin ? io->in : fopen(name, "rb");
    struct iam_buf b;
    struct iam_str text;
    int status;
    if (f == NULL) {
        (void)fprintf(io->err, "iam lint: cannot read '%s': %s\n", name, strerror(errno));
        return IAM_EXIT_USAGE;
    }
    iam_buf_init(&b, iam_heap(), IAM_POLICY_MAX_BYTES + 2 * CHUNK_BYTES);
    if (read_all(f, &b) != IAM_OK || iam_buf_finish(&b, &text) != IAM_OK) {
        (void)fprintf(io->err, "iam lint: cannot read '%s'\n", name);
        status = IAM_EXIT_USAGE;
    } else {
        status = lint_text(name, kind, text, io);
    }
    iam_buf_done(&b);
    if (!is_stdin) {
        (void)fclose(f);
    }
    return status;
}

int iam_command_lint(int argc, char **argv, const struct iam_command_io *io)
{
    enum iam_policy_kind kind = IAM_POLICY_IDENTITY;
    int worst = IAM_EXIT_OK;
    int at = 1;
    if (at + 1 < argc && strcmp(argv[at], "--kind") == 0) {
        if (!iam_policy_kind_find(iam_str_c(argv[at + 1]), &kind)) {
            (void)fprintf(io->err, "iam lint: there is no kind '%s'\n", argv[at + 1]);
            return IAM_EXIT_USAGE;
        }
        at += 2;
    }
    if (at >= argc) {
        (void)fputs("iam lint: name at least one file\n", io->err);
        return IAM_EXIT_USAGE;
    }
    for (; at < argc; at++) {
        int status = lint_file(argv[at], kind, io);
        worst = status > worst ? status : worst;
    }
    return worst;
}
