/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into a JSON tree, and writing JSON. The reader can read everything that is written here.
 */
#include "base/cur.h"
#include "base/diag.h"
#include "codec/json_int.h"

/* As deep as any tree that the reader makes. */
#define MAX_DEPTH 256

const struct iam_json *iam_json_member(const struct iam_json *obj, struct iam_str name)
{
    if (obj == NULL || obj->type != IAM_JSON_OBJECT) {
        return NULL;
    }
    const struct iam_json *m = obj->first;
    while (m != NULL && !iam_str_eq(m->name, name)) {
        m = m->next;
    }
    return m;
}

static void add_control(struct iam_buf *b, char c)
{
    unsigned char byte = (unsigned char)c;

    switch (c) {
    case '\b':
        iam_buf_add(b, IAM_STR("\\b"));
        break;
    case '\f':
        iam_buf_add(b, IAM_STR("\\f"));
        break;
    case '\n':
        iam_buf_add(b, IAM_STR("\\n"));
        break;
    case '\r':
        iam_buf_add(b, IAM_STR("\\r"));
        break;
    case '\t':
        iam_buf_add(b, IAM_STR("\\t"));
        break;
    default:
        iam_buf_add(b, IAM_STR("\\u00"));
        iam_buf_add_hex(b, &byte, 1);
        break;
    }
}

static void add_escaped(struct iam_buf *b, char c)
{
    if (c == '"' || c == '\\') {
        iam_buf_add_char(b, '\\');
        iam_buf_add_char(b, c);
    } else if ((unsigned char)c < 0x20) {
        add_control(b, c);
    } else {
        iam_buf_add(b, IAM_STR("\xEF\xBF\xBD")); /* U+FFFD */
    }
}

/* Appends what starts with a byte that must be escaped or is not ASCII. */
static void add_special(struct iam_buf *b, struct iam_cur *c)
{
    size_t n = iam_utf8_first(iam_cur_rest(c));

    if (n > 1) {
        iam_buf_add(b, (struct iam_str){ c->p, n });
        c->p += n;
    } else {
        add_escaped(b, *c->p++);
    }
}

void iam_json_add_string(struct iam_buf *b, struct iam_str s)
{
    struct iam_cur c = iam_cur_of(s);

    if (!iam_buf_reserve(b, s.len + 2)) {
        return;
    }
    iam_buf_add_char(b, '"');
    while (!iam_cur_at_end(&c)) {
        const char *from = c.p;
        c.p = iam_json_skip_plain(from, c.end);
        iam_buf_add(b, (struct iam_str){ from, (size_t)(c.p - from) });
        if (!iam_cur_at_end(&c)) {
            add_special(b, &c);
        }
    }
    iam_buf_add_char(b, '"');
}

static void add_unit(struct iam_buf *b, uint32_t unit)
{
    const uint8_t bytes[2] = { (uint8_t)(unit >> 8), (uint8_t)unit };
    iam_buf_add(b, IAM_STR("\\u"));
    iam_buf_add_hex(b, bytes, sizeof(bytes));
}

/* Returns the code point of n bytes of well-formed UTF-8, n at least 2. */
static uint32_t code_point(const char *p, size_t n)
{
    uint32_t c = (unsigned char)p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        c = c << 6 | ((unsigned char)p[i] & 0x3fu);
    }
    return c;
}

/* Appends an escape, or two for a character that has two UTF-16 units. */
static void add_escape(struct iam_buf *b, uint32_t c)
{
    if (c > 0xffff) {
        add_unit(b, 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    add_unit(b, c);
}

/* Appends text with an escape in the place of each character above max that is not ASCII. */
static void add_up_to(struct iam_buf *b, struct iam_str text, uint32_t max)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = iam_utf8_first(iam_str_sub(text, i, text.len));
        if (n < 2) {
            iam_buf_add_char(b, text.p[i++]);
            continue;
        }
        uint32_t c = code_point(text.p + i, n);
        if (c > max) {
            add_escape(b, c);
        } else {
            iam_buf_add(b, iam_str_sub(text, i, n));
        }
        i += n;
    }
}

void iam_json_add_ascii(struct iam_buf *b, struct iam_str text)
{
    add_up_to(b, text, 0x7f);
}

void iam_json_add_latin1(struct iam_buf *b, struct iam_str text)
{
    add_up_to(b, text, 0xff);
}

void iam_json_add_name(struct iam_buf *b, bool *first, struct iam_str name)
{
    if (!*first) {
        iam_buf_add_char(b, ',');
    }
    *first = false;
    iam_json_add_string(b, name);
    iam_buf_add_char(b, ':');
}

static void add_node(struct iam_buf *b, const struct iam_json *node, unsigned depth_left);

static void add_children(struct iam_buf *b, const struct iam_json *node, unsigned depth_left)
{
    bool is_object = node->type == IAM_JSON_OBJECT;
    bool first = true;

    if (depth_left == 0) {
        b->status = b->status == IAM_OK ? IAM_LIMIT : b->status;
        return;
    }
    iam_buf_add_char(b, is_object ? '{' : '[');
    for (const struct iam_json *child = node->first; child != NULL; child = child->next) {
        if (is_object) {
            iam_json_add_name(b, &first, child->name);
        } else if (child != node->first) {
            iam_buf_add_char(b, ',');
        }
        add_node(b, child, depth_left - 1);
    }
    iam_buf_add_char(b, is_object ? '}' : ']');
}

static void add_node(struct iam_buf *b, const struct iam_json *node, unsigned depth_left)
{
    switch (node->type) {
    case IAM_JSON_NULL:
        iam_buf_add(b, IAM_STR("null"));
        break;
    case IAM_JSON_BOOL:
        iam_buf_add(b, node->boolean ? IAM_STR("true") : IAM_STR("false"));
        break;
    case IAM_JSON_NUMBER:
        iam_buf_add(b, node->text);
        break;
    case IAM_JSON_STRING:
        iam_json_add_string(b, node->text);
        break;
    case IAM_JSON_ARRAY:
    case IAM_JSON_OBJECT:
        add_children(b, node, depth_left);
        break;
    }
}

void iam_json_add_tree(struct iam_buf *b, const struct iam_json *node)
{
    add_node(b, node, MAX_DEPTH);
}
