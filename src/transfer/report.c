/* SPDX-License-Identifier: Apache-2.0 */
/* Telling of what is found, with its place. */
#include <stdarg.h>
#include <stdio.h>

#include "transfer/transfer_int.h"

void transfer_fail(struct iam_transfer *t, enum iam_status st)
{
    t->status = t->status == IAM_OK ? st : t->status;
}

void transfer_make_printable(char *text)
{
    size_t len = strlen(text);
    size_t i = 0;
    while (i < len) {
        unsigned char c = (unsigned char)text[i];
        size_t n = iam_utf8_first((struct iam_str){ text + i, len - i });
        text[i] = n == 0 || c < 0x20 || c == 0x7f ? '?' : text[i];
        i += n > 0 ? n : 1;
    }
}

/* Finds the file with a place; file_count when none has it. */
static size_t file_of(const struct iam_transfer *t, const char *at)
{
    for (size_t i = 0; at != NULL && i < t->file_count; i++) {
        struct iam_str text = t->files[i].text;
        if (at >= text.p && at <= text.p + text.len) {
            return i;
        }
    }
    return t->file_count;
}

/* Finds line and column. Goes on from the place that was told last, where that comes before. */
static void find_place(struct iam_transfer *t, const char *at, struct iam_transfer_finding *ret)
{
    size_t file = file_of(t, at);
    if (file == t->file_count) {
        return;
    }
    struct iam_str text = t->files[file].text;
    if (t->place.line == 0 || t->place.file != file || t->place.line_at > at) {
        t->place.file = file;
        t->place.line_at = text.p;
        t->place.line = 1;
    }
    const char *next = memchr(t->place.line_at, '\n', (size_t)(at - t->place.line_at));
    while (next != NULL) {
        t->place.line_at = next + 1;
        t->place.line++;
        next = memchr(t->place.line_at, '\n', (size_t)(at - t->place.line_at));
    }
    ret->file = t->files[file].name;
    ret->line = t->place.line;
    ret->column = (unsigned)(at - t->place.line_at) + 1;
}

void transfer_tell(struct iam_transfer *t, enum iam_transfer_level level, const char *at,
                   const char *format, ...)
{
    char text[IAM_TRANSFER_MESSAGE_MAX];
    struct iam_transfer_finding finding = { .level = level, .text = text };
    va_list args;

    if (t->found[level]++ >= IAM_TRANSFER_MAX_TOLD) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    transfer_make_printable(text);
    find_place(t, at, &finding);
    t->options->told(t->options->ctx, &finding);
}
