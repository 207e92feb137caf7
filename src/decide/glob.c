/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pattern is taken as literal runs between its any-run wildcards. The first is anchored at the
 * start, the last at the end, and every one between is taken where it first occurs: if any choice
 * leads to a match then the leftmost does, because the wildcard behind it can take up the rest.
 */
#include "decide/glob.h"

/* Bytes of the character at p; malformed bytes count one by one. */
static size_t char_len(const char *p, const char *end)
{
    unsigned char lead = (unsigned char)*p;
    size_t want = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 1;
    if ((size_t)(end - p) < want) {
        return 1;
    }
    for (size_t i = 1; i < want; i++) {
        if (((unsigned char)p[i] & 0xc0) != 0x80) {
            return 1;
        }
    }
    return want;
}

/* Matches run at the start of text. Bytes taken, or -1. */
static ptrdiff_t match_run(struct iam_str run, char one, struct iam_str text)
{
    const char *at = text.p;
    const char *end = text.p + text.len;
    for (size_t i = 0; i < run.len; i++) {
        if (at == end) {
            return -1;
        }
        if (run.p[i] == one) {
            at += char_len(at, end);
        } else if (*at == run.p[i]) {
            at++;
        } else {
            return -1;
        }
    }
    return at - text.p;
}

/* The part of text behind the first occurrence of run; false when there is none. */
static bool skip_past_run(struct iam_str run, char one, struct iam_str *text)
{
    if (memchr(run.p, one, run.len) == NULL) {
        const char *at = memmem(text->p, text->len, run.p, run.len);
        if (at == NULL) {
            return false;
        }
        *text = iam_str_sub(*text, (size_t)(at - text->p) + run.len, text->len);
        return true;
    }
    while (text->len > 0) {
        ptrdiff_t taken = match_run(run, one, *text);
        if (taken >= 0) {
            *text = iam_str_sub(*text, (size_t)taken, text->len);
            return true;
        }
        *text = iam_str_sub(*text, char_len(text->p, text->p + text->len), text->len);
    }
    return false;
}

/* Matches run at the end of text. */
static bool match_at_end(struct iam_str run, char one, struct iam_str text)
{
    if (memchr(run.p, one, run.len) == NULL) {
        return text.len >= run.len && memcmp(text.p + text.len - run.len, run.p, run.len) == 0;
    }
    for (;;) {
        ptrdiff_t taken = match_run(run, one, text);
        if (taken >= 0 && (size_t)taken == text.len) {
            return true;
        }
        if (text.len == 0) {
            return false;
        }
        text = iam_str_sub(text, char_len(text.p, text.p + text.len), text.len);
    }
}

bool iam_glob_match(struct iam_glob glob, struct iam_str text)
{
    size_t star = iam_str_find(glob.text, glob.many, 0);
    ptrdiff_t taken = match_run(iam_str_sub(glob.text, 0, star), glob.one, text);
    if (taken < 0) {
        return false;
    }
    text = iam_str_sub(text, (size_t)taken, text.len);
    if (star == glob.text.len) {
        return text.len == 0;
    }
    for (;;) {
        size_t from = star + 1;
        star = iam_str_find(glob.text, glob.many, from);
        struct iam_str run = iam_str_sub(glob.text, from, star - from);
        if (star == glob.text.len) {
            return run.len == 0 || match_at_end(run, glob.one, text);
        }
        if (run.len > 0 && !skip_past_run(run, glob.one, &text)) {
            return false;
        }
    }
}

uint64_t iam_glob_cost(struct iam_glob glob, size_t text_len)
{
    uint64_t linear = (uint64_t)glob.text.len + text_len;
    bool has_one = glob.text.len > 0 && memchr(glob.text.p, glob.one, glob.text.len) != NULL;
    return has_one ? linear + (uint64_t)glob.text.len * text_len / 4 : linear;
}
