/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON input of the JSON 1.1 and REST-JSON protocols. A null counts as an absent member.
 * Members that the shape does not have are refused unless the shape is open; duplicates have
 * already been refused by the JSON reader.
 */
#include "base/time.h"
#include "codec/base64.h"
#include "wire/codec.h"
#include "wire/scalar_int.h"
#include "wire/value_int.h"

struct decoder {
    struct iam_arena *arena;
    struct api_fault *fault;
};

static const char *json_type_name(const struct iam_json *node)
{
    switch (node->type) {
    case IAM_JSON_NULL:
        return "NULL_VALUE";
    case IAM_JSON_BOOL:
        return node->boolean ? "TRUE_VALUE" : "FALSE_VALUE";
    case IAM_JSON_NUMBER:
        return "NUMBER_VALUE";
    case IAM_JSON_STRING:
        return "STRING_VALUE";
    case IAM_JSON_ARRAY:
        return "A list";
    case IAM_JSON_OBJECT:
        return "A structure or map";
    }
    return "A value";
}

static const char *kind_name(enum api_kind kind)
{
    static const char *const names[] = {
        [API_STRING] = "String",       [API_BLOB] = "Blob",
        [API_BOOLEAN] = "Boolean",     [API_INTEGER] = "Integer",
        [API_DOUBLE] = "Double",       [API_TIMESTAMP] = "Timestamp",
        [API_STRUCTURE] = "Structure", [API_UNION] = "Union",
        [API_LIST] = "List",           [API_MAP] = "Map",
        [API_DOCUMENT] = "Object"
    };
    _Static_assert(IAM_COUNT(names) == API_DOCUMENT + 1, "a name for each kind");
    return names[kind];
}

static enum iam_status mismatch(struct decoder *d, const struct api_shape *shape,
                                const struct iam_json *node)
{
    struct iam_str name = api_quoted(node->name);

    return api_fault_fmt(d->fault, d->arena, API_ERR_SERIALIZATION_EXCEPTION,
                         "%s can not be converted to a %s%s%.*s", json_type_name(node),
                         kind_name(shape->kind), name.len > 0 ? " at " : "", IAM_STR_ARG(name));
}

static enum iam_status refuse_named(struct decoder *d, const char *what, struct iam_str name)
{
    struct iam_str shown = api_quoted(name);

    return api_fault_fmt(d->fault, d->arena, API_ERR_SERIALIZATION_EXCEPTION, "%s: %.*s", what,
                         IAM_STR_ARG(shown));
}

static enum iam_status read_timestamp(const struct api_shape *shape, const struct iam_json *node,
                                      struct api_opt_time *ret)
{
    struct api_opt_time t = { .is_set = true };

    if (node->type == IAM_JSON_NUMBER && shape->time_format == API_TIME_EPOCH) {
        IAM_TRY(api_epoch_read(node->text, &t.ms));
    } else if (node->type == IAM_JSON_STRING) {
        IAM_TRY(iam_time_from_iso(node->text, &t.ms));
    } else {
        return IAM_SYNTAX;
    }
    *ret = t;
    return IAM_OK;
}

/* Reads a value of a simple kind. IAM_SYNTAX: the node does not hold a value of that kind. */
static enum iam_status read_scalar(struct decoder *d, const struct api_shape *shape,
                                   const struct iam_json *node, void *out)
{
    enum iam_json_type want =
        shape->kind == API_STRING || shape->kind == API_BLOB ? IAM_JSON_STRING : IAM_JSON_NUMBER;

    if (shape->kind == API_TIMESTAMP) {
        return read_timestamp(shape, node, out);
    }
    if (shape->kind == API_BOOLEAN) {
        IAM_ENSURE(node->type == IAM_JSON_BOOL, IAM_SYNTAX);
        *(struct api_opt_bool *)out =
            (struct api_opt_bool){ .is_set = true, .value = node->boolean };
        return IAM_OK;
    }
    IAM_ENSURE(node->type == want, IAM_SYNTAX);
    return api_scalar_read(d->arena, shape, node->text, out);
}

static enum iam_status read_value(struct decoder *d, const struct api_shape *shape,
                                  const struct iam_json *node, void *out, unsigned depth);

static enum iam_status read_member(struct decoder *d, const struct api_member *member,
                                   const struct iam_json *node, void *record, unsigned depth)
{
    void *slot = api_slot(record, member);

    if (api_is_record(member->shape)) {
        void *inner = iam_arena_zalloc(d->arena, 1, member->shape->c_size);
        IAM_ENSURE(inner != NULL, IAM_NOMEM);
        *(void **)slot = inner;
        slot = inner;
    }
    return read_value(d, member->shape, node, slot, depth);
}

static enum iam_status read_record(struct decoder *d, const struct api_shape *shape,
                                   const struct iam_json *node, void *record, unsigned depth)
{
    for (const struct iam_json *child = node->first; child != NULL; child = child->next) {
        const struct api_member *member = api_member_find(shape, child->name);
        if (member == NULL || member->location != API_IN_BODY) {
            if (!shape->is_open) {
                return refuse_named(d, "The member is not recognized", child->name);
            }
        } else if (child->type != IAM_JSON_NULL) {
            IAM_TRY(read_member(d, member, child, record, depth));
        }
    }
    if (shape->kind == API_UNION && api_set_count(shape, record) != 1) {
        return refuse_named(d, "A union takes exactly one of its members", node->name);
    }
    return IAM_OK;
}

static enum iam_status check_count(struct decoder *d, const struct iam_json *node)
{
    if (node->child_count > API_MAX_ITEMS) {
        return refuse_named(d, "More than 1000 items", node->name);
    }
    for (const struct iam_json *child = node->first; child != NULL; child = child->next) {
        if (child->type == IAM_JSON_NULL) {
            return refuse_named(d, "An item cannot be null", node->name);
        }
    }
    return IAM_OK;
}

static enum iam_status read_list(struct decoder *d, const struct api_shape *shape,
                                 const struct iam_json *node, struct api_list *list, unsigned depth)
{
    size_t i = 0;

    IAM_TRY(check_count(d, node));
    IAM_TRY(api_list_make(d->arena, shape, node->child_count, list));
    for (const struct iam_json *child = node->first; child != NULL; child = child->next) {
        IAM_TRY(read_value(d, shape->item, child, api_item(shape, list, i), depth));
        i++;
    }
    return IAM_OK;
}

static enum iam_status read_map(struct decoder *d, const struct api_shape *shape,
                                const struct iam_json *node, struct api_list *map, unsigned depth)
{
    size_t i = 0;

    IAM_TRY(check_count(d, node));
    IAM_TRY(api_list_make(d->arena, shape, node->child_count, map));
    for (const struct iam_json *child = node->first; child != NULL; child = child->next) {
        void *entry = api_item(shape, map, i);
        *(struct iam_str *)entry = child->name;
        IAM_TRY(read_value(d, shape->item, child, api_entry_value(entry), depth));
        i++;
    }
    return IAM_OK;
}

/* Reads a value of a composed kind, after checking that the node has the right type. */
static enum iam_status read_composed(struct decoder *d, const struct api_shape *shape,
                                     const struct iam_json *node, void *out, unsigned depth)
{
    enum iam_json_type want = shape->kind == API_LIST ? IAM_JSON_ARRAY : IAM_JSON_OBJECT;

    if (node->type != want) {
        return mismatch(d, shape, node);
    }
    if (depth >= API_MAX_DEPTH) {
        return refuse_named(d, "Nested too deeply", node->name);
    }
    switch (shape->kind) {
    case API_LIST:
        return read_list(d, shape, node, out, depth + 1);
    case API_MAP:
        return read_map(d, shape, node, out, depth + 1);
    case API_DOCUMENT:
        *(const struct iam_json **)out = node;
        return IAM_OK;
    default:
        return read_record(d, shape, node, out, depth + 1);
    }
}

static enum iam_status read_value(struct decoder *d, const struct api_shape *shape,
                                  const struct iam_json *node, void *out, unsigned depth)
{
    enum iam_status status;

    switch (shape->kind) {
    case API_STRUCTURE:
    case API_UNION:
    case API_LIST:
    case API_MAP:
    case API_DOCUMENT:
        return read_composed(d, shape, node, out, depth);
    default:
        status = read_scalar(d, shape, node, out);
        return status == IAM_SYNTAX ? mismatch(d, shape, node) : status;
    }
}

enum iam_status api_decode_json(struct iam_arena *arena, const struct iam_json *body,
                                const struct api_shape *shape, void *out, struct api_fault *fault)
{
    struct decoder d = { .arena = arena, .fault = fault };

    return read_value(&d, shape, body, out, 0);
}
