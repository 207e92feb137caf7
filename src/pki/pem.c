/* SPDX-License-Identifier: Apache-2.0 */
#include "pki/pem.h"

#include "codec/base64.h"

#define DASHES "-----"
#define LINE_CHARS 64

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes a line from *text, without its end and the white space before that. */
static struct iam_str take_line(struct iam_str *text)
{
    size_t end = iam_str_find(*text, '\n', 0);
    struct iam_str line = iam_str_sub(*text, 0, end);

    *text = iam_str_sub(*text, end < text->len ? end + 1 : end, SIZE_MAX);
    while (line.len > 0 && is_space(line.p[line.len - 1])) {
        line.len--;
    }
    return line;
}

/* Finds the label of a line such as "-----BEGIN label-----". */
static bool label_of(struct iam_str line, struct iam_str before, struct iam_str *ret)
{
    struct iam_str after = IAM_STR(DASHES);

    if (line.len < before.len + after.len || !iam_str_starts(line, before) ||
        !iam_str_ends(line, after)) {
        return false;
    }
    *ret = iam_str_sub(line, before.len, line.len - before.len - after.len);
    return ret->len <= IAM_PEM_LABEL_MAX;
}

/* Takes the lines before the first block with the line that begins it. */
static bool find_begin(struct iam_str *text, struct iam_str *ret_label)
{
    while (text->len > 0) {
        if (label_of(take_line(text), IAM_STR(DASHES "BEGIN "), ret_label)) {
            return true;
        }
    }
    return false;
}

/*
 * Takes the lines of a block with the line that ends it: *ret is what is between. False when the
 * first line that ends a block is missing, or has another label.
 */
static bool find_end(struct iam_str *text, struct iam_str label, struct iam_str *ret)
{
    struct iam_str inner = *text;
    struct iam_str end;

    while (text->len > 0) {
        size_t left = text->len;

        if (label_of(take_line(text), IAM_STR(DASHES "END "), &end)) {
            *ret = iam_str_sub(inner, 0, inner.len - left);
            return iam_str_eq(end, label);
        }
    }
    return false;
}

/* Decodes base64 with white space anywhere in it. */
static enum iam_status decode(struct iam_arena *arena, struct iam_str inner, struct iam_str *ret)
{
    char *chars = iam_arena_alloc(arena, inner.len + 1);
    size_t len = 0;

    IAM_ENSURE(chars != NULL, IAM_NOMEM);
    for (size_t i = 0; i < inner.len; i++) {
        chars[len] = inner.p[i];
        len += is_space(inner.p[i]) ? 0 : 1;
    }
    return iam_base64_decode(arena, (struct iam_str){ chars, len }, ret);
}

enum iam_status iam_pem_next(struct iam_arena *arena, struct iam_str *text, struct iam_pem *ret)
{
    struct iam_str rest = *text;
    struct iam_str inner;
    struct iam_pem pem;

    IAM_ENSURE(find_begin(&rest, &pem.label), IAM_NOT_FOUND);
    IAM_ENSURE(find_end(&rest, pem.label, &inner), IAM_SYNTAX);
    IAM_TRY(decode(arena, inner, &pem.bytes));
    *text = rest;
    *ret = pem;
    return IAM_OK;
}

static void add_lines(struct iam_buf *b, struct iam_str chars)
{
    for (size_t at = 0; at < chars.len; at += LINE_CHARS) {
        iam_buf_add(b, iam_str_sub(chars, at, LINE_CHARS));
        iam_buf_add_char(b, '\n');
    }
}

void iam_pem_add(struct iam_buf *b, const char *label, struct iam_str bytes)
{
    struct iam_buf base64;
    struct iam_str chars = iam_str_absent();

    iam_buf_init(&base64, b->alloc, b->max_bytes);
    iam_base64_add(&base64, bytes.p, bytes.len);
    enum iam_status status = iam_buf_finish(&base64, &chars);
    iam_buf_add_fmt(b, DASHES "BEGIN %s" DASHES "\n", label);
    add_lines(b, chars);
    iam_buf_add_fmt(b, DASHES "END %s" DASHES "\n", label);
    iam_buf_done(&base64);
    b->status = b->status == IAM_OK ? status : b->status;
}
