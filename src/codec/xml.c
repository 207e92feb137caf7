/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML 1.0 character data. INVARIANT: whatever bytes come in, what is written is well-formed UTF-8
 * of characters that XML 1.0 (section 2.2, Char) permits.
 */
#include "codec/xml.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

void iam_xml_open(struct iam_buf *b, struct iam_str name)
{
    iam_buf_add_char(b, '<');
    iam_buf_add(b, name);
    iam_buf_add_char(b, '>');
}

void iam_xml_close(struct iam_buf *b, struct iam_str name)
{
    iam_buf_add(b, IAM_STR("</"));
    iam_buf_add(b, name);
    iam_buf_add_char(b, '>');
}

/* Returns what to write instead of an ASCII character; absent when it is written as it is. */
static struct iam_str ascii_escape(char c)
{
    switch (c) {
    case '&':
        return IAM_STR("&amp;");
    case '<':
        return IAM_STR("&lt;");
    case '>':
        return IAM_STR("&gt;");
    case '"':
        return IAM_STR("&quot;");
    case '\'':
        return IAM_STR("&apos;");
    case '\r':
        /* A reader would turn a bare carriage return into a line feed (section 2.11). */
        return IAM_STR("&#xD;");
    case '\t':
    case '\n':
        return iam_str_absent();
    default:
        return (unsigned char)c < 0x20 ? IAM_STR(REPLACEMENT) : iam_str_absent();
    }
}

/* Tells of U+FFFE and U+FFFF, which are not characters of XML. */
static bool is_noncharacter(const char *p)
{
    return memcmp(p, "\xEF\xBF\xBE", 3) == 0 || memcmp(p, "\xEF\xBF\xBF", 3) == 0;
}

/* Returns what to write instead of the character that s starts with, and its length. */
static struct iam_str escape(struct iam_str s, size_t *ret_len)
{
    *ret_len = 1;
    if ((unsigned char)s.p[0] < 0x80) {
        return ascii_escape(s.p[0]);
    }
    size_t n = iam_utf8_first(s);
    if (n == 0) {
        return IAM_STR(REPLACEMENT);
    }
    *ret_len = n;
    return n == 3 && is_noncharacter(s.p) ? IAM_STR(REPLACEMENT) : iam_str_absent();
}

/* Tells whether what was written from start on is UTF-8 without what the escapes are for. */
static bool is_well_formed(const struct iam_buf *b, size_t start)
{
    struct iam_str text = { b->p != NULL ? b->p + start : "", b->len - start };
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if ((c < 0x20 && c != '\t' && c != '\n') || c == '<' || c == '>') {
            return false;
        }
    }
    return iam_utf8_is_valid(text);
}

/* What is written as it is; a character beyond ASCII is looked at first. */
static const bool IS_PLAIN[256] = {
    ['\t'] = true,        ['\n'] = true, [' ' ... '!'] = true,  ['#' ... '%'] = true,
    ['(' ... ';'] = true, ['='] = true,  ['?' ... 0x7f] = true,
};

static size_t skip_plain(struct iam_str s, size_t i)
{
    while (i < s.len && IS_PLAIN[(unsigned char)s.p[i]]) {
        i++;
    }
    return i;
}

void iam_xml_text(struct iam_buf *b, struct iam_str text)
{
    size_t from = 0;
    size_t start = b->len;
    size_t n;

    for (size_t i = skip_plain(text, 0); i < text.len; i = skip_plain(text, i + n)) {
        struct iam_str instead = escape((struct iam_str){ text.p + i, text.len - i }, &n);
        if (iam_str_is_set(instead)) {
            iam_buf_add(b, iam_str_sub(text, from, i - from));
            iam_buf_add(b, instead);
            from = i + n;
        }
    }
    iam_buf_add(b, iam_str_sub(text, from, text.len - from));
    IAM_ASSERT(b->status != IAM_OK || is_well_formed(b, start));
}

void iam_xml_element(struct iam_buf *b, struct iam_str name, struct iam_str text)
{
    iam_xml_open(b, name);
    iam_xml_text(b, text);
    iam_xml_close(b, name);
}
