/* SPDX-License-Identifier: Apache-2.0 */
/* What is written, in the layout of the AWS CLI. */
#include "transfer/write_int.h"

/* SPEC: AWS CLI User Guide, "JSON output format": four blanks a level. */
#define BLANKS 4
/* How deep an entity is. */
#define ENTITY_DEPTH 2

static void new_line(struct iam_buf *out, unsigned depth)
{
    iam_buf_add_char(out, '\n');
    for (unsigned i = 0; i < BLANKS * depth; i++) {
        iam_buf_add_char(out, ' ');
    }
}

/* Copies the string that begins at i; returns what follows it. */
static size_t copy_string(struct iam_buf *out, struct iam_str text, size_t i)
{
    size_t end = i + 1;
    while (end < text.len && text.p[end] != '"') {
        end += text.p[end] == '\\' ? 2 : 1;
    }
    end = end < text.len ? end + 1 : text.len;
    iam_buf_add(out, iam_str_sub(text, i, end - i));
    return end;
}

static bool is_close(struct iam_str text, size_t i)
{
    return i < text.len && (text.p[i] == '}' || text.p[i] == ']');
}

void transfer_indent(struct iam_buf *out, struct iam_str text, unsigned depth)
{
    for (size_t i = 0; i < text.len;) {
        char c = text.p[i];
        if (c == '"') {
            i = copy_string(out, text, i);
            continue;
        }
        i++;
        if (c == '}' || c == ']') {
            new_line(out, --depth);
        }
        iam_buf_add_char(out, c);
        if ((c == '{' || c == '[') && is_close(text, i)) {
            iam_buf_add_char(out, text.p[i++]);
        } else if (c == '{' || c == '[') {
            new_line(out, ++depth);
        } else if (c == ',') {
            new_line(out, depth);
        } else if (c == ':') {
            iam_buf_add_char(out, ' ');
        }
    }
}

enum iam_status write_out(const struct writer *w, struct iam_str text)
{
    return w->options->sink(w->options->ctx, text);
}

enum iam_status write_entity(struct writer *w)
{
    struct iam_str text;
    IAM_TRY(iam_buf_finish(&w->one, &text));
    iam_buf_add(&w->out, w->is_first ? IAM_STR("\n        ") : IAM_STR(",\n        "));
    transfer_indent(&w->out, text, ENTITY_DEPTH);
    w->is_first = false;
    IAM_TRY(iam_buf_finish(&w->out, &text));
    enum iam_status st = write_out(w, text);
    iam_buf_clear(&w->one);
    iam_buf_clear(&w->out);
    return st;
}
