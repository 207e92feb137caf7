/* SPDX-License-Identifier: Apache-2.0 */
/*
 * REST-JSON input: members from the path, the query string, the headers and the body of one
 * request. Path and query are read from the text as it was sent, and each part is decoded once.
 */
#include "codec/uri.h"
#include "wire/codec.h"
#include "wire/path_int.h"
#include "wire/scalar_int.h"
#include "wire/value_int.h"

struct decoder {
    struct iam_arena *arena;
    struct api_fault *fault;
    const struct api_shape *shape;
    void *record;
};

/* Makes the fault. Messages are UTF-8, and a name that was sent percent-encoded need not be. */
static enum iam_status refuse(struct decoder *d, const char *what, struct iam_str name)
{
    struct iam_str shown = iam_utf8_is_valid(name) ? api_quoted(name) : IAM_STR("(not UTF-8)");

    return api_fault_fmt(d->fault, d->arena, API_ERR_SERIALIZATION_EXCEPTION, "%s: %.*s", what,
                         IAM_STR_ARG(shown));
}

static const struct api_member *find(const struct decoder *d, enum api_location location,
                                     struct iam_str name)
{
    for (size_t i = 0; i < d->shape->member_count; i++) {
        const struct api_member *m = &d->shape->members[i];
        if (m->location == location && iam_str_eq(m->location_name, name)) {
            return m;
        }
    }
    return NULL;
}

static enum iam_status put(struct decoder *d, const struct api_shape *shape, struct iam_str name,
                           struct iam_str text, void *slot)
{
    enum iam_status status = IAM_SYNTAX;

    if (iam_utf8_is_valid(text)) {
        status = api_scalar_read(d->arena, shape, text, slot);
    }
    return status == IAM_SYNTAX ? refuse(d, "The parameter has the wrong type", name) : status;
}

/* Appends one more value to a list in the query string: "tagKeys=a&tagKeys=b". */
static enum iam_status append(struct decoder *d, const struct api_member *m, struct iam_str text)
{
    struct api_list *list = api_slot(d->record, m);
    struct api_list longer;

    if (list->count >= API_MAX_ITEMS) {
        return refuse(d, "More than 1000 items", m->location_name);
    }
    /* The room doubles each time, so it is full exactly when the count is 0 or a power of two. */
    if ((list->count & (list->count - 1)) == 0) {
        size_t room = list->count > 0 ? list->count * 2 : 1;
        IAM_TRY(api_list_make(d->arena, m->shape, room, &longer));
        memcpy(longer.items, list->items != NULL ? list->items : longer.items,
               list->count * api_item_size(m->shape));
        longer.count = list->count;
        *list = longer;
    }
    list->count++;
    return put(d, m->shape->item, m->location_name, text,
               api_item(m->shape, list, list->count - 1));
}

static enum iam_status read_pair(struct decoder *d, struct iam_str pair)
{
    size_t eq = iam_str_find(pair, '=', 0);
    struct iam_str name = iam_str_sub(pair, 0, eq);
    struct iam_str value = iam_str_sub(pair, eq + 1, pair.len);
    const struct api_member *m;

    if (iam_uri_decode(d->arena, name, true, &name) != IAM_OK ||
        iam_uri_decode(d->arena, value, true, &value) != IAM_OK) {
        return refuse(d, "The query string is malformed", pair);
    }
    if (iam_str_starts(name, IAM_STR("X-Amz-"))) {
        return IAM_OK;
    }
    m = find(d, API_IN_QUERY, name);
    if (m == NULL) {
        return refuse(d, "The parameter is not recognized", name);
    }
    if (m->shape->kind == API_LIST) {
        return append(d, m, value);
    }
    if (api_member_is_set(m, api_slot(d->record, m))) {
        return refuse(d, "The parameter is given twice", name);
    }
    return put(d, m->shape, name, value, api_slot(d->record, m));
}

static enum iam_status read_query(struct decoder *d, struct iam_str query)
{
    size_t pos = 0;

    while (pos < query.len) {
        size_t end = iam_str_find(query, '&', pos);
        if (end > pos) {
            IAM_TRY(read_pair(d, iam_str_sub(query, pos, end - pos)));
        }
        pos = end + 1;
    }
    return IAM_OK;
}

static enum iam_status read_path(struct decoder *d, struct iam_str pattern, struct iam_str path)
{
    struct iam_cur want = iam_cur_of(pattern);
    struct iam_cur have = iam_cur_of(path);
    struct iam_str label;
    struct iam_str part;

    while (api_path_next(&want, &label) && api_path_next(&have, &part)) {
        const struct api_member *m;
        if (!api_path_is_label(label)) {
            continue;
        }
        label = iam_str_sub(label, 1, label.len - 2);
        m = find(d, API_IN_URI, label);
        if (m == NULL || iam_uri_decode(d->arena, part, false, &part) != IAM_OK) {
            return refuse(d, "The path is malformed", part);
        }
        IAM_TRY(put(d, m->shape, label, part, api_slot(d->record, m)));
    }
    return IAM_OK;
}

static enum iam_status read_headers(struct decoder *d, const struct api_rest_input *input)
{
    for (size_t i = 0; i < d->shape->member_count; i++) {
        const struct api_member *m = &d->shape->members[i];
        struct iam_str text;
        if (m->location != API_IN_HEADER || input->header == NULL) {
            continue;
        }
        text = input->header(input->header_ctx, m->location_name);
        if (iam_str_is_set(text)) {
            IAM_TRY(put(d, m->shape, m->location_name, text, api_slot(d->record, m)));
        }
    }
    return IAM_OK;
}

enum iam_status api_decode_rest(struct iam_arena *arena, const struct api_rest_input *input,
                                const struct api_op *op, void *out, struct api_fault *fault)
{
    struct decoder d = { .arena = arena, .fault = fault, .shape = op->input, .record = out };

    IAM_TRY(read_path(&d, op->http_path, input->path));
    IAM_TRY(read_query(&d, input->query));
    IAM_TRY(read_headers(&d, input));
    return input->body != NULL ? api_decode_json(arena, input->body, op->input, out, fault)
                               : IAM_OK;
}
