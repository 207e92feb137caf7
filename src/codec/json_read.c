/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strict JSON reader: one function for each production of RFC 8259. Recursion goes through
 * read_value, which counts the depth. Names of an object are compared when it ends: pairwise when
 * there are few, sorted otherwise, so that no document takes quadratic time.
 */
#include "base/diag.h"
#include "base/sort.h"
#include "codec/json_int.h"

#define MAX_DEPTH 256
#define FEW_MEMBERS 12

static enum iam_status read_value(struct json_reader *r, uint32_t depth_left,
                                  struct iam_json **ret);

static uint32_t offset_of(const struct json_reader *r)
{
    return (uint32_t)(r->p - r->text.p);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Skips white space. Most texts have none, or a line end and an indentation. */
static inline void skip_space(struct json_reader *r)
{
    while (r->p != r->end && is_space(*r->p)) {
        r->p = iam_json_skip_blanks(r->p + 1, r->end);
    }
}

/*
 * Returns the next byte that is not white space, without consuming it; NUL, which is no token, at
 * the end.
 */
static char peek_token(struct json_reader *r)
{
    skip_space(r);
    return r->p != r->end ? *r->p : '\0';
}

static enum iam_status new_node(struct json_reader *r, enum iam_json_type type,
                                struct iam_json **ret)
{
    if (r->nodes_left == 0) {
        return iam_json_fail(r, IAM_LIMIT, r->p, "the document has too many values");
    }
    r->nodes_left--;
    struct iam_json *node = iam_arena_alloc(r->arena, sizeof(*node));
    if (node == NULL) {
        return iam_json_fail(r, IAM_NOMEM, r->p, "out of memory");
    }
    *node = (struct iam_json){ .type = type, .offset = offset_of(r) };
    *ret = node;
    return IAM_OK;
}

static int order_of_members(const void *a, const void *b)
{
    const struct iam_json *x = a;
    const struct iam_json *y = b;
    int order = iam_str_cmp(x->name, y->name);

    return order != 0 ? order : (x->offset < y->offset ? -1 : x->offset > y->offset);
}

static const struct iam_json *find_duplicate_pairwise(const struct iam_json *object)
{
    for (const struct iam_json *m = object->first; m != NULL; m = m->next) {
        for (const struct iam_json *before = object->first; before != m; before = before->next) {
            if (iam_str_eq(before->name, m->name)) {
                return m;
            }
        }
    }
    return NULL;
}

/* Finds, of the members whose name occurred before, the first in the text. */
static enum iam_status find_duplicate_sorted(struct json_reader *r, const struct iam_json *object,
                                             const struct iam_json **ret)
{
    const void **sorted = iam_arena_zalloc(r->arena, object->child_count, sizeof(*sorted));
    const struct iam_json *found = NULL;
    size_t n = 0;

    if (sorted == NULL) {
        return iam_json_fail(r, IAM_NOMEM, r->p, "out of memory");
    }
    for (const struct iam_json *m = object->first; m != NULL; m = m->next) {
        sorted[n++] = m;
    }
    iam_sort(sorted, n, order_of_members);
    for (size_t i = 1; i < n; i++) {
        const struct iam_json *before = sorted[i - 1];
        const struct iam_json *m = sorted[i];
        if (iam_str_eq(before->name, m->name) && (found == NULL || m->offset < found->offset)) {
            found = m;
        }
    }
    *ret = found;
    return IAM_OK;
}

static enum iam_status check_names(struct json_reader *r, const struct iam_json *object)
{
    const struct iam_json *duplicate = NULL;

    if (object->child_count <= FEW_MEMBERS) {
        duplicate = find_duplicate_pairwise(object);
    } else {
        IAM_TRY(find_duplicate_sorted(r, object, &duplicate));
    }
    if (duplicate != NULL) {
        (void)iam_json_fail(r, IAM_SYNTAX, r->text.p + duplicate->name_offset,
                            "duplicate member name ");
        iam_diag_add_quoted(r->diag, duplicate->name, 64);
        return IAM_SYNTAX;
    }
    return IAM_OK;
}

/* Reads "name": and the value after it. */
static enum iam_status read_member(struct json_reader *r, uint32_t depth_left,
                                   struct iam_json **ret)
{
    struct iam_str name;
    struct iam_json *node;

    if (peek_token(r) != '"') {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "expected a member name in double quotes");
    }
    uint32_t name_offset = offset_of(r);
    IAM_TRY(iam_json_read_string(r, &name));
    if (peek_token(r) != ':') {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "expected ':' after the member name");
    }
    r->p++;
    IAM_TRY(read_value(r, depth_left, &node));
    node->name = name;
    node->name_offset = name_offset;
    *ret = node;
    return IAM_OK;
}

/* Reads what follows a child: *ret_more is true for a comma, and false for close. */
static enum iam_status read_separator(struct json_reader *r, char close, bool *ret_more)
{
    char c = peek_token(r);

    if (c != ',' && c != close) {
        return iam_json_fail(r, IAM_SYNTAX, r->p,
                             close == '}' ? "expected ',' or '}' after the member"
                                          : "expected ',' or ']' after the item");
    }
    const char *comma = r->p++;
    if (c == ',' && peek_token(r) == close) {
        return iam_json_fail(r, IAM_SYNTAX, comma, "remove the comma after the last value");
    }
    *ret_more = c == ',';
    return IAM_OK;
}

/* Reads the children of an array or object, p at its opening bracket. */
static enum iam_status read_children(struct json_reader *r, uint32_t depth_left,
                                     struct iam_json *node)
{
    bool is_object = node->type == IAM_JSON_OBJECT;
    char close = is_object ? '}' : ']';
    struct iam_json **link = &node->first;

    r->p++;
    bool more = peek_token(r) != close;
    if (!more) {
        r->p++;
    }
    while (more) {
        if (is_object) {
            IAM_TRY(read_member(r, depth_left, link));
        } else {
            IAM_TRY(read_value(r, depth_left, link));
        }
        link = &(*link)->next;
        node->child_count++;
        IAM_TRY(read_separator(r, close, &more));
    }
    return is_object && node->child_count > 1 ? check_names(r, node) : IAM_OK;
}

static enum iam_status read_container(struct json_reader *r, enum iam_json_type type,
                                      uint32_t depth_left, struct iam_json **ret)
{
    if (depth_left == 0) {
        return iam_json_fail(r, IAM_LIMIT, r->p, "the document is nested too deeply");
    }
    IAM_TRY(new_node(r, type, ret));
    return read_children(r, depth_left - 1, *ret);
}

static enum iam_status read_literal(struct json_reader *r, struct iam_str literal,
                                    enum iam_json_type type, struct iam_json **ret)
{
    struct iam_str rest = { r->p, (size_t)(r->end - r->p) };

    if (!iam_str_starts(rest, literal)) {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "expected a value");
    }
    IAM_TRY(new_node(r, type, ret));
    r->p += literal.len;
    return IAM_OK;
}

static enum iam_status read_number(struct json_reader *r, struct iam_json **ret)
{
    IAM_TRY(new_node(r, IAM_JSON_NUMBER, ret));
    return iam_json_read_number(r, &(*ret)->text);
}

static enum iam_status read_string(struct json_reader *r, struct iam_json **ret)
{
    IAM_TRY(new_node(r, IAM_JSON_STRING, ret));
    return iam_json_read_string(r, &(*ret)->text);
}

/* Refuses the byte at p, which starts no value; says what may be meant. */
static enum iam_status no_value(const struct json_reader *r)
{
    if (r->p == r->end) {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "the text ends where a value is expected");
    }
    if (*r->p == '\'') {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "strings are written in double quotes");
    }
    if (*r->p == '/' || *r->p == '#') {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "comments are not part of JSON");
    }
    return iam_json_fail(r, IAM_SYNTAX, r->p, "expected a value");
}

/* Reads one value of any type at p, by its first byte. */
static enum iam_status dispatch(struct json_reader *r, uint32_t depth_left, struct iam_json **ret)
{
    switch (peek_token(r)) {
    case '"':
        return read_string(r, ret);
    case '{':
        return read_container(r, IAM_JSON_OBJECT, depth_left, ret);
    case '[':
        return read_container(r, IAM_JSON_ARRAY, depth_left, ret);
    case 't':
        IAM_TRY(read_literal(r, IAM_STR("true"), IAM_JSON_BOOL, ret));
        (*ret)->boolean = true;
        return IAM_OK;
    case 'f':
        return read_literal(r, IAM_STR("false"), IAM_JSON_BOOL, ret);
    case 'n':
        return read_literal(r, IAM_STR("null"), IAM_JSON_NULL, ret);
    case '-':
    case '0' ... '9':
        return read_number(r, ret);
    default:
        return no_value(r);
    }
}

/* Reads white space and a value, and notes where it ends. */
static enum iam_status read_value(struct json_reader *r, uint32_t depth_left, struct iam_json **ret)
{
    struct iam_json *node;

    IAM_TRY(dispatch(r, depth_left, &node));
    node->end_offset = offset_of(r);
    *ret = node;
    return IAM_OK;
}

static enum iam_status read_document(struct json_reader *r, uint32_t max_depth,
                                     struct iam_json **ret)
{
    struct iam_json *root;

    if (iam_str_starts(r->text, IAM_STR("\xEF\xBB\xBF"))) {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "remove the byte order mark");
    }
    IAM_TRY(read_value(r, max_depth < MAX_DEPTH ? max_depth : MAX_DEPTH, &root));
    skip_space(r);
    if (r->p != r->end) {
        return iam_json_fail(r, IAM_SYNTAX, r->p, "text after the end of the document");
    }
    *ret = root;
    return IAM_OK;
}

enum iam_status iam_json_read(struct iam_arena *arena, struct iam_str text,
                              const struct iam_json_limits *limits, const struct iam_json **ret,
                              struct iam_diag *diag)
{
    struct iam_str readable = iam_str_is_set(text) ? text : IAM_STR("");
    struct json_reader r = {
        .p = readable.p,
        .end = readable.p + readable.len,
        .text = readable,
        .arena = arena,
        .diag = diag,
        .nodes_left = limits->max_nodes,
    };
    struct iam_json *root = NULL;

    if (readable.len > limits->max_bytes) {
        return iam_json_fail(&r, IAM_LIMIT, r.p + limits->max_bytes, "the document is too long");
    }
    IAM_TRY(read_document(&r, limits->max_depth, &root));
    *ret = root;
    return IAM_OK;
}
