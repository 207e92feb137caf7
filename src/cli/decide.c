/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `iam decide --batch`: one JSON case per line in, one JSON decision per line out, in the same
 * order.
 */
#include <string.h>

#include "base/buf.h"
#include "base/heap.h"
#include "cli/case.h"
#include "cli/command.h"

/* LIMIT: memory for one case. */
#define CASE_ARENA_BYTES ((size_t)512 << 20)
/* LIMIT: of one answer; with detail it grows with the statements of the case. */
#define LINE_OUT_MAX_BYTES (256u << 20)

struct batch {
    const struct iam_command_io *io;
    struct iam_arena arena;
    struct iam_buf line;
    struct iam_buf out;
    size_t line_number;
    bool detail;
    bool bad;
};

static bool decide_line(struct batch *b, struct iam_str line)
{
    struct iam_case_result result;
    struct iam_str text;
    iam_arena_clear(&b->arena);
    iam_buf_clear(&b->out);
    iam_case_decide(&b->arena, line, &result);
    result.line = b->line_number;
    b->bad |= iam_str_is_set(result.error);
    iam_case_print(&b->out, &result, b->detail);
    iam_buf_add_char(&b->out, '\n');
    if (iam_buf_finish(&b->out, &text) != IAM_OK) {
        (void)fputs("iam: the answer does not fit into memory\n", b->io->err);
        return false;
    }
    return fwrite(text.p, 1, text.len, b->io->out) == text.len;
}

static bool is_blank(struct iam_str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r') {
            return false;
        }
    }
    return true;
}

/*
 * Reads a line into b->line, without its end, one byte more than a case may have at most; the rest
 * of a longer one is skipped. Returns false at the end of input.
 */
static bool read_line(struct batch *b)
{
    size_t n = 0;
    int c = getc(b->io->in);
    if (c == EOF) {
        return false;
    }
    iam_buf_clear(&b->line);
    b->line_number++;
    for (; c != EOF && c != '\n'; c = getc(b->io->in)) {
        if (n++ <= IAM_CASE_MAX_BYTES) {
            iam_buf_add_char(&b->line, (char)c);
        }
    }
    return true;
}

static int run_batch(struct batch *b)
{
    struct iam_str line;
    bool ok = true;
    while (ok && read_line(b)) {
        ok = iam_buf_finish(&b->line, &line) == IAM_OK;
        if (ok && !is_blank(line)) {
            ok = decide_line(b, line);
        }
    }
    if (!ok || ferror(b->io->in) != 0 || fflush(b->io->out) != 0) {
        return IAM_EXIT_USAGE;
    }
    return b->bad ? IAM_EXIT_FOUND : IAM_EXIT_OK;
}

int iam_command_decide(int argc, char **argv, const struct iam_command_io *io)
{
    struct batch b = { .io = io };
    bool is_batch = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--batch") == 0) {
            is_batch = true;
        } else if (strcmp(argv[i], "--detail") == 0) {
            b.detail = true;
        } else {
            (void)fprintf(io->err, "iam decide: unexpected argument '%s'\n", argv[i]);
            return IAM_EXIT_USAGE;
        }
    }
    if (!is_batch) {
        (void)fputs("iam decide: give --batch, and cases on standard input\n", io->err);
        return IAM_EXIT_USAGE;
    }
    iam_arena_init(&b.arena, iam_heap(), CASE_ARENA_BYTES);
    iam_buf_init(&b.line, iam_heap(), IAM_CASE_MAX_BYTES + 2);
    iam_buf_init(&b.out, iam_heap(), LINE_OUT_MAX_BYTES);
    int status = run_batch(&b);
    iam_buf_done(&b.line);
    iam_buf_done(&b.out);
    iam_arena_done(&b.arena);
    return status;
}
