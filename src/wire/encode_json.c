/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON responses. Members that are not set are left out, but a required list or map is always
 * written, even if it is empty.
 */
#include "codec/base64.h"
#include "wire/codec.h"
#include "wire/scalar_int.h"
#include "wire/value_int.h"

/* Where the text goes, and how it is written. */
struct output {
    struct iam_buf *b;
    bool is_audit; /* as in CloudTrail, sensitive values are hidden and names begin in lower case */
    bool is_query; /* of a Query service: times are numbers, whatever they are in XML */
};

static void write_value(const struct output *o, const struct api_shape *shape, const void *value,
                        unsigned depth);

static void write_timestamp(const struct output *o, const struct api_shape *shape, int64_t ms)
{
    struct iam_buf *b = o->b;

    if (o->is_query || shape->time_format == API_TIME_EPOCH) {
        api_epoch_write(b, ms);
    } else {
        iam_buf_add_char(b, '"');
        api_iso_write(b, ms);
        iam_buf_add_char(b, '"');
    }
}

static void write_blob(struct iam_buf *b, const struct iam_str *blob)
{
    iam_buf_add_char(b, '"');
    iam_base64_add(b, blob->p, blob->len);
    iam_buf_add_char(b, '"');
}

static void write_scalar(const struct output *o, const struct api_shape *shape, const void *value)
{
    struct iam_buf *b = o->b;

    switch (shape->kind) {
    case API_STRING:
        iam_json_add_string(b, *(const struct iam_str *)value);
        break;
    case API_BLOB:
        write_blob(b, value);
        break;
    case API_BOOLEAN:
        iam_buf_add_c(b, ((const struct api_opt_bool *)value)->value ? "true" : "false");
        break;
    case API_INTEGER:
        iam_buf_add_i64(b, ((const struct api_opt_int *)value)->value);
        break;
    case API_DOUBLE:
        api_double_write(b, ((const struct api_opt_double *)value)->value);
        break;
    case API_TIMESTAMP:
        write_timestamp(o, shape, ((const struct api_opt_time *)value)->ms);
        break;
    case API_DOCUMENT:
        iam_json_add_tree(b, *(const struct iam_json *const *)value);
        break;
    default:
        break;
    }
}

static void write_record(const struct output *o, const struct api_shape *shape, const void *record,
                         unsigned depth)
{
    struct iam_buf *b = o->b;
    bool is_first = true;

    iam_buf_add_char(b, '{');
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = api_slot_const(record, member);
        bool is_list = member->shape->kind == API_LIST || member->shape->kind == API_MAP;
        if (api_member_is_set(member, slot) || (is_list && member->is_required)) {
            iam_json_add_name(b, &is_first, o->is_audit ? member->error_name : member->name);
            write_value(o, member->shape, api_member_value(member, slot), depth);
        }
    }
    iam_buf_add_char(b, '}');
}

static void write_list(const struct output *o, const struct api_shape *shape,
                       const struct api_list *list, unsigned depth)
{
    struct iam_buf *b = o->b;

    iam_buf_add_char(b, '[');
    for (size_t i = 0; i < list->count; i++) {
        iam_buf_add_c(b, i > 0 ? "," : "");
        write_value(o, shape->item, api_item(shape, list, i), depth);
    }
    iam_buf_add_char(b, ']');
}

static void write_map(const struct output *o, const struct api_shape *shape,
                      const struct api_list *map, unsigned depth)
{
    struct iam_buf *b = o->b;
    bool is_first = true;

    iam_buf_add_char(b, '{');
    for (size_t i = 0; i < map->count; i++) {
        void *entry = api_item(shape, map, i);
        iam_json_add_name(b, &is_first, *(const struct iam_str *)entry);
        write_value(o, shape->item, api_entry_value(entry), depth);
    }
    iam_buf_add_char(b, '}');
}

static void write_value(const struct output *o, const struct api_shape *shape, const void *value,
                        unsigned depth)
{
    if (depth >= API_MAX_DEPTH) {
        o->b->status = IAM_LIMIT;
        return;
    }
    if (o->is_audit && shape->is_sensitive) {
        iam_json_add_string(o->b, IAM_STR("HIDDEN_DUE_TO_SECURITY_REASONS"));
        return;
    }
    switch (shape->kind) {
    case API_STRUCTURE:
    case API_UNION:
        write_record(o, shape, value, depth + 1);
        break;
    case API_LIST:
        write_list(o, shape, value, depth + 1);
        break;
    case API_MAP:
        write_map(o, shape, value, depth + 1);
        break;
    default:
        write_scalar(o, shape, value);
        break;
    }
}

void api_encode_json(struct iam_buf *b, const struct api_shape *shape, const void *out)
{
    write_value(&(struct output){ .b = b }, shape, out, 0);
}

/* Appends the name of a member that begins with the name of the operation. */
static void add_op_name(struct iam_buf *b, struct iam_str op, const char *behind)
{
    iam_buf_add_c(b, "\"");
    iam_buf_add(b, op);
    iam_buf_add_c(b, behind);
}

static void write_request_id(struct iam_buf *b, struct iam_str request_id)
{
    bool is_first = true;

    iam_json_add_name(b, &is_first, IAM_STR("RequestId"));
    iam_json_add_string(b, request_id);
}

void api_encode_query_json(struct iam_buf *b, const struct api_op *op, const void *out,
                           struct iam_str request_id)
{
    iam_buf_add_char(b, '{');
    add_op_name(b, op->name, "Response\":{");
    if (op->output != NULL) {
        add_op_name(b, op->name, "Result\":");
        write_value(&(struct output){ .b = b, .is_query = true }, op->output, out, 0);
        iam_buf_add_char(b, ',');
    }
    iam_buf_add_c(b, "\"ResponseMetadata\":{");
    write_request_id(b, request_id);
    iam_buf_add_c(b, "}}}");
}

void api_encode_query_json_fault(struct iam_buf *b, const struct api_fault *fault,
                                 struct iam_str request_id)
{
    bool is_first = true;

    iam_buf_add_c(b, "{\"Error\":{");
    iam_json_add_name(b, &is_first, IAM_STR("Code"));
    iam_json_add_string(b, api_error_code(fault->error, false));
    iam_json_add_name(b, &is_first, IAM_STR("Message"));
    iam_json_add_string(b, fault->message);
    iam_json_add_name(b, &is_first, IAM_STR("Type"));
    iam_json_add_string(b, api_errors[fault->error].is_sender ? IAM_STR("Sender")
                                                              : IAM_STR("Receiver"));
    iam_buf_add_c(b, "},");
    write_request_id(b, request_id);
    iam_buf_add_char(b, '}');
}

void api_encode_json_audit(struct iam_buf *b, const struct api_shape *shape, const void *value)
{
    write_value(&(struct output){ .b = b, .is_audit = true }, shape, value, 0);
}

void api_encode_json_fault(struct iam_buf *b, const struct api_fault *fault)
{
    bool is_first = true;

    iam_buf_add_char(b, '{');
    iam_json_add_name(b, &is_first, IAM_STR("__type"));
    iam_json_add_string(b, api_error_code(fault->error, true));
    iam_json_add_name(b, &is_first, IAM_STR("message"));
    iam_json_add_string(b, fault->message);
    iam_buf_add_char(b, '}');
}
