/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Query protocol's responses, in XML: <OpResponse><OpResult>...</OpResult><ResponseMetadata>.
 * Members that are not set are left out, but a required list or map is always there, because
 * clients rely on it.
 */
#include "base/time.h"
#include "codec/base64.h"
#include "codec/xml.h"
#include "wire/codec.h"
#include "wire/scalar_int.h"
#include "wire/value_int.h"

static void write_value(struct iam_buf *b, struct iam_str name, const struct api_shape *shape,
                        const void *value, unsigned depth);

static void write_blob(struct iam_buf *b, const struct iam_str *blob)
{
    iam_base64_add(b, blob->p, blob->len);
}

static void write_time(struct iam_buf *b, const struct api_opt_time *time)
{
    char text[IAM_TIME_ISO_MS_LEN + 1];

    if (time->is_exact) {
        iam_time_to_iso_ms(time->ms, text);
    } else {
        iam_time_to_iso(time->ms, text);
    }
    iam_buf_add_c(b, text);
}

static void write_scalar(struct iam_buf *b, const struct api_shape *shape, const void *value)
{
    switch (shape->kind) {
    case API_STRING:
        iam_xml_text(b, *(const struct iam_str *)value);
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
        write_time(b, value);
        break;
    default:
        break;
    }
}

static void write_items(struct iam_buf *b, struct iam_str name, const struct api_shape *shape,
                        const struct api_list *list, unsigned depth)
{
    struct iam_str item_name = shape->is_flattened ? name : IAM_STR("member");

    for (size_t i = 0; i < list->count; i++) {
        write_value(b, item_name, shape->item, api_item(shape, list, i), depth);
    }
}

static void write_entries(struct iam_buf *b, struct iam_str name, const struct api_shape *shape,
                          const struct api_list *map, unsigned depth)
{
    struct iam_str entry_name = shape->is_flattened ? name : IAM_STR("entry");

    for (size_t i = 0; i < map->count; i++) {
        void *entry = api_item(shape, map, i);
        iam_xml_open(b, entry_name);
        write_value(b, IAM_STR("key"), shape->key, entry, depth);
        write_value(b, IAM_STR("value"), shape->item, api_entry_value(entry), depth);
        iam_xml_close(b, entry_name);
    }
}

static void write_members(struct iam_buf *b, const struct api_shape *shape, const void *record,
                          unsigned depth)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        const struct api_member *member = &shape->members[i];
        const void *slot = api_slot_const(record, member);
        bool is_list = member->shape->kind == API_LIST || member->shape->kind == API_MAP;
        if (api_member_is_set(member, slot) || (is_list && member->is_required)) {
            write_value(b, member->name, member->shape, api_member_value(member, slot), depth);
        }
    }
}

static void write_content(struct iam_buf *b, struct iam_str name, const struct api_shape *shape,
                          const void *value, unsigned depth)
{
    switch (shape->kind) {
    case API_STRUCTURE:
    case API_UNION:
        write_members(b, shape, value, depth);
        break;
    case API_LIST:
        write_items(b, name, shape, value, depth);
        break;
    case API_MAP:
        write_entries(b, name, shape, value, depth);
        break;
    default:
        write_scalar(b, shape, value);
        break;
    }
}

/*
 * Writes a value as one element; a flattened list or map becomes a series of elements with nothing
 * around them.
 */
static void write_value(struct iam_buf *b, struct iam_str name, const struct api_shape *shape,
                        const void *value, unsigned depth)
{
    if (depth >= API_MAX_DEPTH) {
        b->status = IAM_LIMIT;
        return;
    }
    if (shape->is_flattened) {
        write_content(b, name, shape, value, depth + 1);
        return;
    }
    iam_xml_open(b, name);
    write_content(b, name, shape, value, depth + 1);
    iam_xml_close(b, name);
}

static void write_name(struct iam_buf *b, const char *before, struct iam_str op, const char *behind)
{
    iam_buf_add_c(b, before);
    iam_buf_add(b, op);
    iam_buf_add_c(b, behind);
}

void api_encode_query(struct iam_buf *b, const struct api_op *op, const void *out,
                      struct iam_str request_id)
{
    write_name(b, "<", op->name, "Response xmlns=\"");
    iam_xml_text(b, op->service->xml_namespace);
    iam_buf_add_c(b, "\">");
    if (op->output != NULL) {
        write_name(b, "<", op->name, "Result>");
        write_members(b, op->output, out, 0);
        write_name(b, "</", op->name, "Result>");
    }
    iam_buf_add_c(b, "<ResponseMetadata>");
    iam_xml_element(b, IAM_STR("RequestId"), request_id);
    iam_buf_add_c(b, "</ResponseMetadata>");
    write_name(b, "</", op->name, "Response>");
}

void api_encode_query_fault(struct iam_buf *b, const struct api_service *service,
                            const struct api_fault *fault, struct iam_str request_id)
{
    bool is_sender = api_errors[fault->error].is_sender;

    iam_buf_add_c(b, "<ErrorResponse xmlns=\"");
    iam_xml_text(b, service->xml_namespace);
    iam_buf_add_c(b, "\"><Error>");
    iam_xml_element(b, IAM_STR("Type"), is_sender ? IAM_STR("Sender") : IAM_STR("Receiver"));
    iam_xml_element(b, IAM_STR("Code"), api_error_code(fault->error, false));
    if (fault->message.len > 0) {
        iam_xml_element(b, IAM_STR("Message"), fault->message);
    }
    iam_buf_add_c(b, "</Error>");
    iam_xml_element(b, IAM_STR("RequestId"), request_id);
    iam_buf_add_c(b, "</ErrorResponse>");
}
