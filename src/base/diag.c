/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics. INVARIANT: diag->message is always NUL-terminated and, when the pieces were UTF-8,
 * still UTF-8 after the cut.
 */
#include "base/diag.h"

void iam_text_position(struct iam_str text, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    size_t end = offset < text.len ? offset : text.len;
    size_t line_start = 0;
    unsigned line = 1;

    for (size_t i = 0; i < end; i++) {
        if (text.p[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    *ret_line = line;
    *ret_column = (unsigned)(end - line_start) + 1;
}

enum iam_status iam_diag_set(struct iam_diag *diag, enum iam_status status, struct iam_str text,
                             size_t offset, const char *message)
{
    if (diag != NULL) {
        diag->status = status;
        diag->offset = offset < text.len ? offset : text.len;
        iam_text_position(text, offset, &diag->line, &diag->column);
        diag->answer_len = 0;
        diag->message[0] = '\0';
        iam_diag_add_c(diag, message);
    }
    return status;
}

/* Returns the longest prefix of s of at most max bytes that does not end inside a character. */
static size_t cut(struct iam_str s, size_t max)
{
    if (s.len <= max) {
        return s.len;
    }
    size_t n = max;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80) {
        n--;
    }
    return n;
}

void iam_diag_add(struct iam_diag *diag, struct iam_str s)
{
    if (diag == NULL) {
        return;
    }
    size_t len = strlen(diag->message);
    size_t n = cut(s, sizeof(diag->message) - 1 - len);

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        diag->message[len + i] = c < 0x20 || c == 0x7F ? '?' : s.p[i];
    }
    IAM_ASSERT(len + n < sizeof(diag->message));
    diag->message[len + n] = '\0';
}

void iam_diag_add_part(struct iam_diag *diag, struct iam_str s, size_t max)
{
    iam_diag_add(diag, iam_str_sub(s, 0, cut(s, max)));
}

void iam_diag_add_c(struct iam_diag *diag, const char *c)
{
    iam_diag_add(diag, iam_str_c(c));
}

void iam_diag_add_quoted(struct iam_diag *diag, struct iam_str s, size_t max)
{
    size_t n = cut(s, max);

    iam_diag_add_c(diag, "\"");
    iam_diag_add(diag, iam_str_sub(s, 0, n));
    iam_diag_add_c(diag, n < s.len ? "...\"" : "\"");
}
