/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iam/template.h"

#include "codec/json.h"

/* LIMIT: bytes of a document that a template makes; quotas of documents are smaller. */
#define RENDERED_MAX 65536u

#define ENABLED IAM_STR("@Enabled")

static const struct iam_json_limits LIMITS = { .max_bytes = RENDERED_MAX,
                                               .max_depth = 64,
                                               .max_nodes = 20000 };

/* ---- parameters ---- */

static const struct iam_template_parameter *find_parameter(const struct iam_render *r,
                                                           struct iam_str name)
{
    for (size_t i = 0; i < r->parameters->count; i++) {
        if (iam_str_eq(r->parameters->items[i].name, name)) {
            return &r->parameters->items[i];
        }
    }
    return NULL;
}

static bool is_list(const struct iam_template_parameter *parameter)
{
    return parameter != NULL && iam_str_ends(parameter->type, IAM_STR("List"));
}

/* Tells whether a value is one of the type of its parameter: a number, an ARN, or any text. */
static bool is_of_type(const struct iam_template_parameter *parameter, struct iam_str value)
{
    size_t digits = value.len > 0 && value.p[0] == '-' ? value.len - 1 : value.len;
    if (iam_str_starts(parameter->type, IAM_STR("Number"))) {
        return digits > 0 && digits <= 18 &&
               iam_str_is_digits(iam_str_sub(value, value.len - digits, digits), digits);
    }
    return !iam_str_starts(parameter->type, IAM_STR("Arn")) ||
           iam_str_starts(value, IAM_STR("arn:"));
}

static enum iam_status check_value(const struct iam_render *r,
                                   const struct iam_template_value *value)
{
    const struct iam_template_parameter *parameter = find_parameter(r, value->name);
    if (parameter == NULL) {
        return api_fail(r->call, API_ERR_INVALID_INPUT,
                        "Failed to render template: Unrecognized parameter: %.*s",
                        API_QUOTED(value->name));
    }
    if (!is_list(parameter) && value->count != 1) {
        return api_fail(r->call, API_ERR_VALIDATION_ERROR,
                        "%.*s replacement value must contain exactly one value, got %zu",
                        API_QUOTED(value->name), value->count);
    }
    for (size_t i = 0; i < value->count; i++) {
        if (!is_of_type(parameter, value->items[i])) {
            return api_fail(r->call, API_ERR_INVALID_INPUT,
                            "Failed to render template: Parameter '%.*s' is not of type %.*s.",
                            API_QUOTED(value->name), IAM_STR_ARG(parameter->type));
        }
    }
    return IAM_OK;
}

enum iam_status iam_render_check(const struct iam_render *r)
{
    size_t bytes = 0;
    for (size_t i = 0; i < r->value_count; i++) {
        IAM_TRY(check_value(r, &r->values[i]));
        bytes += r->values[i].name.len;
        for (size_t k = 0; k < r->values[i].count; k++) {
            bytes += r->values[i].items[k].len;
        }
    }
    if (bytes > IAM_TEMPLATE_VALUES_MAX) {
        return api_fail(r->call, API_ERR_INVALID_INPUT,
                        "Failed to render template: The values have more than %d bytes.",
                        IAM_TEMPLATE_VALUES_MAX);
    }
    return IAM_OK;
}

/* Finds what replaces a parameter: what is given, or its default. */
static enum iam_status find_value(const struct iam_render *r, struct iam_str name,
                                  struct iam_template_value *ret)
{
    for (size_t i = 0; i < r->value_count; i++) {
        if (iam_str_eq(r->values[i].name, name)) {
            *ret = r->values[i];
            return IAM_OK;
        }
    }
    const struct iam_template_parameter *parameter = find_parameter(r, name);
    if (parameter == NULL || !iam_str_is_set(parameter->default_value)) {
        return api_fail(r->call, API_ERR_INVALID_INPUT,
                        "Failed to render template: Parameter '%.*s' not found.", API_QUOTED(name));
    }
    *ret = (struct iam_template_value){ name, &parameter->default_value, 1 };
    return IAM_OK;
}

/* ---- texts ---- */

/* Finds the next parameter of a text from at on: text.len, and no name, when there is none. */
static size_t next_parameter(struct iam_str text, size_t at, struct iam_str *ret_name)
{
    *ret_name = iam_str_absent();
    for (; (at = iam_str_find(text, '@', at)) < text.len; at++) {
        size_t end = iam_str_find(text, '}', at);
        if (end < text.len && text.p[at + 1] == '{') {
            *ret_name = iam_str_sub(text, at + 2, end - at - 2);
            return at;
        }
    }
    return text.len;
}

/* Appends the one value of a parameter inside a longer text. */
static enum iam_status add_value(const struct iam_render *r, struct iam_str name, struct iam_buf *b)
{
    struct iam_template_value value;
    IAM_TRY(find_value(r, name, &value));
    if (value.count != 1) {
        return api_fail(r->call, API_ERR_INVALID_INPUT,
                        "Failed to render template: Parameter '%.*s' has %zu values where one is "
                        "needed.",
                        API_QUOTED(name), value.count);
    }
    iam_buf_add(b, value.items[0]);
    return IAM_OK;
}

static enum iam_status finish(const struct iam_render *r, const struct iam_buf *b,
                              struct iam_str *ret)
{
    enum iam_status st = iam_buf_finish(b, ret);
    if (st == IAM_LIMIT) {
        return api_fail(r->call, API_ERR_INVALID_INPUT,
                        "Failed to render template: It has more than %u bytes.", RENDERED_MAX);
    }
    return st;
}

enum iam_status iam_render_text(const struct iam_render *r, struct iam_str pattern,
                                struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(r->call->arena);
    struct iam_buf b;
    struct iam_str name;
    size_t at = 0;
    if (!iam_str_is_set(pattern)) {
        *ret = pattern;
        return IAM_OK;
    }
    iam_buf_init(&b, &alloc, RENDERED_MAX);
    while (at < pattern.len) {
        size_t next = next_parameter(pattern, at, &name);
        iam_buf_add(&b, iam_str_sub(pattern, at, next - at));
        at = next;
        if (next < pattern.len) {
            IAM_TRY(add_value(r, name, &b));
            at += sizeof("@{}") - 1 + name.len;
        }
    }
    struct iam_str made;
    IAM_TRY(finish(r, &b, &made));
    *ret = iam_str_or(made, IAM_STR(""));
    return IAM_OK;
}

/* ---- documents ---- */

struct writer {
    const struct iam_render *r;
    struct iam_buf *b;
};

static enum iam_status write_node(const struct writer *w, const struct iam_json *node);

/* Appends a string; one that is a parameter of lists and nothing else becomes a list. */
static enum iam_status write_string(const struct writer *w, struct iam_str text)
{
    struct iam_str name;
    struct iam_str made;
    size_t at = next_parameter(text, 0, &name);
    bool is_whole = at == 0 && text.len == name.len + sizeof("@{}") - 1;
    if (!is_whole || !is_list(find_parameter(w->r, name))) {
        IAM_TRY(iam_render_text(w->r, text, &made));
        iam_json_add_string(w->b, made);
        return IAM_OK;
    }
    struct iam_template_value value;
    IAM_TRY(find_value(w->r, name, &value));
    iam_buf_add_char(w->b, '[');
    for (size_t i = 0; i < value.count; i++) {
        if (i > 0) {
            iam_buf_add_char(w->b, ',');
        }
        iam_json_add_string(w->b, value.items[i]);
    }
    iam_buf_add_char(w->b, ']');
    return IAM_OK;
}

/* Tells whether an object is to be left out. */
static enum iam_status is_off(const struct iam_render *r, const struct iam_json *node, bool *ret)
{
    const struct iam_json *word = iam_json_member(node, ENABLED);
    struct iam_template_value value;
    *ret = false;
    if (word == NULL) {
        return IAM_OK;
    }
    IAM_TRY(find_value(r, word->text, &value));
    *ret = !iam_str_eq_nocase(value.items[0], IAM_STR("true"));
    return IAM_OK;
}

static enum iam_status write_items(const struct writer *w, const struct iam_json *node)
{
    bool is_first = true;
    iam_buf_add_char(w->b, '[');
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        bool is_left_out;
        IAM_TRY(is_off(w->r, at, &is_left_out));
        if (is_left_out) {
            continue;
        }
        if (!is_first) {
            iam_buf_add_char(w->b, ',');
        }
        is_first = false;
        IAM_TRY(write_node(w, at));
    }
    iam_buf_add_char(w->b, ']');
    return IAM_OK;
}

static enum iam_status write_members(const struct writer *w, const struct iam_json *node)
{
    bool is_first = true;
    iam_buf_add_char(w->b, '{');
    for (const struct iam_json *at = node->first; at != NULL; at = at->next) {
        if (!iam_str_eq(at->name, ENABLED)) {
            iam_json_add_name(w->b, &is_first, at->name);
            IAM_TRY(write_node(w, at));
        }
    }
    iam_buf_add_char(w->b, '}');
    return IAM_OK;
}

/* Appends a rendered tree, whose depth the reader has bounded. */
static enum iam_status write_node(const struct writer *w, const struct iam_json *node)
{
    switch (node->type) {
    case IAM_JSON_OBJECT:
        return write_members(w, node);
    case IAM_JSON_ARRAY:
        return write_items(w, node);
    case IAM_JSON_STRING:
        return write_string(w, node->text);
    case IAM_JSON_NULL:
    case IAM_JSON_BOOL:
    case IAM_JSON_NUMBER:
        break;
    }
    iam_json_add_tree(w->b, node);
    return IAM_OK;
}

/* Tells whether a statement of the document is left. */
static enum iam_status has_statement(const struct iam_render *r, const struct iam_json *document,
                                     bool *ret)
{
    const struct iam_json *all = iam_json_member(document, IAM_STR("Statement"));
    bool is_left_out = all == NULL;
    *ret = false;
    if (all != NULL && all->type == IAM_JSON_ARRAY) {
        for (const struct iam_json *at = all->first; at != NULL && !*ret; at = at->next) {
            IAM_TRY(is_off(r, at, &is_left_out));
            *ret = !is_left_out;
        }
        return IAM_OK;
    }
    IAM_TRY(is_off(r, all, &is_left_out));
    *ret = all != NULL && !is_left_out;
    return IAM_OK;
}

enum iam_status iam_render_document(const struct iam_render *r, const struct iam_json *document,
                                    struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(r->call->arena);
    struct iam_buf b;
    struct writer w = { r, &b };
    bool is_left;
    IAM_TRY(has_statement(r, document, &is_left));
    if (!is_left) {
        *ret = iam_str_absent();
        return IAM_OK;
    }
    iam_buf_init(&b, &alloc, RENDERED_MAX);
    IAM_TRY(write_node(&w, document));
    return finish(r, &b, ret);
}

/* ---- comparing ---- */

/* Returns what a list of one has in it, and anything else as it is. */
static const struct iam_json *single(const struct iam_json *node)
{
    return node->type == IAM_JSON_ARRAY && node->child_count == 1 ? node->first : node;
}

static bool agree(const struct iam_json *a, const struct iam_json *b);

static bool has_item(const struct iam_json *list, const struct iam_json *item)
{
    for (const struct iam_json *at = list->first; at != NULL; at = at->next) {
        if (agree(at, item)) {
            return true;
        }
    }
    return false;
}

static bool children_agree(const struct iam_json *a, const struct iam_json *b)
{
    if (a->child_count != b->child_count) {
        return false;
    }
    for (const struct iam_json *at = a->first; at != NULL; at = at->next) {
        const struct iam_json *other =
            a->type == IAM_JSON_OBJECT ? iam_json_member(b, at->name) : NULL;
        if (a->type == IAM_JSON_OBJECT ? other == NULL || !agree(at, other) : !has_item(b, at)) {
            return false;
        }
    }
    return true;
}

/* Compares two trees, whose depth the reader has bounded. */
static bool agree(const struct iam_json *a, const struct iam_json *b)
{
    a = single(a);
    b = single(b);
    if (a->type != b->type) {
        return false;
    }
    if (a->type == IAM_JSON_OBJECT || a->type == IAM_JSON_ARRAY) {
        return children_agree(a, b);
    }
    return iam_str_eq(a->text, b->text) && a->boolean == b->boolean;
}

bool iam_documents_agree(struct iam_arena *arena, struct iam_str a, struct iam_str b)
{
    const struct iam_json *x;
    const struct iam_json *y;
    return iam_json_read(arena, a, &LIMITS, &x, NULL) == IAM_OK &&
           iam_json_read(arena, b, &LIMITS, &y, NULL) == IAM_OK && agree(x, y);
}
