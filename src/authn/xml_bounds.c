/* SPDX-License-Identifier: Apache-2.0 */
#include "authn/xml_bounds.h"

#include "base/cur.h"

struct walk {
    struct iam_cur c;
    unsigned depth;
    unsigned in_scope;                        /* namespaces */
    unsigned declared[IAM_XML_DEPTH_MAX + 1]; /* of them, by the open element at each depth */
};

/* A start tag being read. */
struct tag {
    unsigned attributes;
    unsigned namespaces;
    bool is_closed; /* ends with "/>" */
};

/* Goes on after the next lit. */
static bool skip_past(struct iam_cur *c, struct iam_str lit)
{
    const char *at = memmem(c->p, iam_cur_left(c), lit.p, lit.len);

    IAM_ENSURE(at != NULL, false);
    c->p = at + lit.len;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads what is between two quotes, and the second. */
static bool read_value(struct iam_cur *c, char quote, struct tag *tag)
{
    struct iam_str value;

    tag->attributes++;
    return iam_cur_until(c, quote, iam_cur_left(c), &value);
}

/* Reads a start tag from the character after its '<' to its '>'. */
static bool read_tag(struct iam_cur *c, struct tag *tag)
{
    for (char before = '\0'; !iam_cur_at_end(c); before = c->p[-1]) {
        char now = *c->p++;

        if (now == '>') {
            tag->is_closed = before == '/';
            return true;
        }
        if (now == '"' || now == '\'') {
            IAM_ENSURE(read_value(c, now, tag), false);
        } else if (is_space(now) && iam_str_starts(iam_cur_rest(c), IAM_STR("xmlns"))) {
            tag->namespaces++;
        }
    }
    return false;
}

static bool open_element(struct walk *w)
{
    struct tag tag = { 0 };

    IAM_ENSURE(w->depth < IAM_XML_DEPTH_MAX && read_tag(&w->c, &tag), false);
    IAM_ENSURE(tag.attributes <= IAM_XML_ATTRIBUTES_MAX &&
                   w->in_scope + tag.namespaces <= IAM_XML_NAMESPACES_MAX,
               false);
    if (!tag.is_closed) {
        w->declared[++w->depth] = tag.namespaces;
        w->in_scope += tag.namespaces;
    }
    return true;
}

static bool close_element(struct walk *w)
{
    IAM_ENSURE(w->depth > 0 && skip_past(&w->c, IAM_STR(">")), false);
    w->in_scope -= w->declared[w->depth--];
    return true;
}

/* Reads what begins with the '<' that was read. */
static bool read_markup(struct walk *w)
{
    if (iam_cur_lit(&w->c, IAM_STR("!--"))) {
        return skip_past(&w->c, IAM_STR("-->"));
    }
    if (iam_cur_lit(&w->c, IAM_STR("![CDATA["))) {
        return skip_past(&w->c, IAM_STR("]]>"));
    }
    if (iam_cur_char(&w->c, '?')) {
        return skip_past(&w->c, IAM_STR("?>"));
    }
    if (iam_cur_char(&w->c, '!')) {
        return false;
    }
    return iam_cur_char(&w->c, '/') ? close_element(w) : open_element(w);
}

enum iam_status iam_xml_check_bounds(struct iam_str document)
{
    struct walk w = { .c = iam_cur_of(document) };

    while (skip_past(&w.c, IAM_STR("<"))) {
        IAM_ENSURE(read_markup(&w), IAM_SYNTAX);
    }
    return w.depth == 0 ? IAM_OK : IAM_SYNTAX;
}
