/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a decoded input against its shapes. The check does not stop at the first violation: all of
 * them go into one message. A pattern is not tried on a value that is already too long, so that the
 * work is bounded by the definitions and not by the request.
 */
#include "wire/codec.h"
#include "wire/pattern_int.h"
#include "wire/value_int.h"
#include "wire/violation_int.h"

/* Bytes of a message; violation.c stops writing clauses well before this. */
#define MAX_MESSAGE 65536u
#define MAX_CONSTRAINT 8192u

struct checker {
    struct api_violations violations;
    struct iam_buf constraint;   /* the text of the constraint being reported */
    struct api_matcher *matcher; /* made for the first pattern */
    enum iam_status status;      /* not IAM_OK: the check was not completed */
};

static struct iam_str constraint_text(struct checker *k)
{
    struct iam_str text;

    /*
     * A text that does not fit is longer than any defined constraint: the clause is written without
     * it.
     */
    return iam_buf_finish(&k->constraint, &text) == IAM_OK ? text : IAM_STR("");
}

static void report_bound(struct checker *k, const struct api_place *place,
                         const struct api_shape *shape, const void *value, bool is_min,
                         bool is_number)
{
    int64_t bound = is_min ? shape->min : shape->max;

    iam_buf_clear(&k->constraint);
    if (is_number) {
        api_constraint_value(&k->constraint, is_min, bound);
    } else {
        api_constraint_length(&k->constraint, is_min, bound);
    }
    api_violation_add(&k->violations, place, shape, value, constraint_text(k));
}

static bool below(const struct api_shape *shape, size_t length)
{
    return shape->has_min && shape->min > 0 && length < (uint64_t)shape->min;
}

static bool above(const struct api_shape *shape, size_t length)
{
    return shape->has_max && (shape->max < 0 || length > (uint64_t)shape->max);
}

static void check_length(struct checker *k, const struct api_place *place,
                         const struct api_shape *shape, const void *value, size_t length)
{
    if (below(shape, length)) {
        report_bound(k, place, shape, value, true, false);
    }
    if (above(shape, length)) {
        report_bound(k, place, shape, value, false, false);
    }
}

static bool is_in_enum(const struct api_shape *shape, struct iam_str s)
{
    for (size_t i = 0; i < shape->enum_count; i++) {
        if (iam_str_eq(shape->enum_values[i], s)) {
            return true;
        }
    }
    return false;
}

static bool matches(struct checker *k, const struct api_shape *shape, struct iam_str s)
{
    if (shape->pattern == NULL || above(shape, iam_utf8_count(s)) || k->status != IAM_OK) {
        return true;
    }
    bool is_match = false;
    if (k->matcher == NULL) {
        k->status = api_matcher_new(&k->matcher);
    }
    if (k->status == IAM_OK) {
        k->status = api_pattern_match(k->matcher, shape->pattern_index, s, &is_match);
    }
    return k->status != IAM_OK || is_match;
}

static void report_pattern(struct checker *k, const struct api_place *place,
                           const struct api_shape *shape, const void *value)
{
    if (shape->message != NULL) {
        /* An empty name is reported as too short, which is enough. */
        if (((const struct iam_str *)value)->len == 0) {
            return;
        }
        k->violations.special = shape;
        k->violations.special_name = place->name;
    }
    iam_buf_clear(&k->constraint);
    api_constraint_pattern(&k->constraint, shape);
    api_violation_add(&k->violations, place, shape, value, constraint_text(k));
}

static void check_string(struct checker *k, const struct api_place *place,
                         const struct api_shape *shape, const struct iam_str *value)
{
    check_length(k, place, shape, value, iam_utf8_count(*value));
    if (!matches(k, shape, *value)) {
        report_pattern(k, place, shape, value);
    }
    if (shape->enum_count > 0 && !is_in_enum(shape, *value)) {
        iam_buf_clear(&k->constraint);
        api_constraint_enum(&k->constraint, shape);
        api_violation_add(&k->violations, place, shape, value, constraint_text(k));
    }
}

static void check_integer(struct checker *k, const struct api_place *place,
                          const struct api_shape *shape, const struct api_opt_int *value)
{
    if (shape->has_min && value->value < shape->min) {
        report_bound(k, place, shape, value, true, true);
    }
    if (shape->has_max && value->value > shape->max) {
        report_bound(k, place, shape, value, false, true);
    }
}

static void check_double(struct checker *k, const struct api_place *place,
                         const struct api_shape *shape, const struct api_opt_double *value)
{
    if (shape->has_min && value->value < (double)shape->min) {
        report_bound(k, place, shape, value, true, true);
    }
    if (shape->has_max && value->value > (double)shape->max) {
        report_bound(k, place, shape, value, false, true);
    }
}

/* Tells whether a string that is an item or a key is there and satisfies its shape. */
static bool string_fits(struct checker *k, const struct api_shape *shape, struct iam_str s)
{
    size_t length = iam_utf8_count(s);

    return iam_str_is_set(s) && !below(shape, length) && !above(shape, length) &&
           matches(k, shape, s) && (shape->enum_count == 0 || is_in_enum(shape, s));
}

/* Reports strings inside a list or map once for all of it, with all constraints that they have. */
static void report_nested(struct checker *k, const struct api_place *place,
                          const struct api_shape *whole, const void *value, const char *words,
                          const struct api_shape *part)
{
    iam_buf_clear(&k->constraint);
    iam_buf_add_c(&k->constraint, words);
    iam_buf_add_c(&k->constraint, " must satisfy constraint: [");
    api_constraint_all(&k->constraint, part);
    iam_buf_add_c(&k->constraint, whole->is_dense ? ", Member must not be null]" : "]");
    api_violation_add(&k->violations, place, whole, value, constraint_text(k));
}

static void check_value(struct checker *k, const struct api_place *place,
                        const struct api_shape *shape, const void *value, unsigned depth);

static void check_strings(struct checker *k, const struct api_place *place,
                          const struct api_shape *shape, const struct api_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!string_fits(k, shape->item, ((const struct iam_str *)list->items)[i])) {
            report_nested(k, place, shape, list, "Member", shape->item);
            return;
        }
    }
}

static void check_list(struct checker *k, const struct api_place *place,
                       const struct api_shape *shape, const struct api_list *list, unsigned depth)
{
    check_length(k, place, shape, list, list->count);
    if (above(shape, list->count)) {
        return;
    }
    if (shape->item->kind == API_STRING) {
        check_strings(k, place, shape, list);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        struct api_place inner = { .up = place, .index = i + 1 };
        check_value(k, &inner, shape->item, api_item(shape, list, i), depth);
    }
}

static void check_map(struct checker *k, const struct api_place *place,
                      const struct api_shape *shape, const struct api_list *map, unsigned depth)
{
    bool keys_fit = true;
    bool values_fit = true;

    check_length(k, place, shape, map, map->count);
    if (above(shape, map->count)) {
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        void *entry = api_item(shape, map, i);
        const struct iam_str *key = entry;
        const void *value = api_entry_value(entry);
        keys_fit = keys_fit && string_fits(k, shape->key, *key);
        if (shape->item->kind == API_STRING) {
            values_fit = values_fit && string_fits(k, shape->item, *(const struct iam_str *)value);
        } else {
            struct api_place inner = { .up = place, .name = *key, .is_entry = true };
            check_value(k, &inner, shape->item, value, depth);
        }
    }
    if (!keys_fit) {
        report_nested(k, place, shape, NULL, "Map keys", shape->key);
    }
    if (!values_fit) {
        report_nested(k, place, shape, NULL, "Map value", shape->item);
    }
}

static void check_record(struct checker *k, const struct api_place *place,
                         const struct api_shape *shape, const void *record, unsigned depth)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        size_t at = shape->check_order != NULL ? shape->check_order[i] : i;
        const struct api_member *member = &shape->members[at];
        const void *slot = api_slot_const(record, member);
        struct api_place inner = { .up = place, .name = member->error_name };
        if (api_member_is_set(member, slot)) {
            check_value(k, &inner, member->shape, api_member_value(member, slot), depth);
        } else if (member->is_required) {
            api_violation_add_null(&k->violations, &inner);
        }
    }
}

static void check_value(struct checker *k, const struct api_place *place,
                        const struct api_shape *shape, const void *value, unsigned depth)
{
    if (depth > API_MAX_DEPTH) {
        api_violation_add(&k->violations, place, shape, NULL,
                          IAM_STR("Member is nested too deeply"));
        return;
    }
    switch (shape->kind) {
    case API_STRING:
        check_string(k, place, shape, value);
        break;
    case API_BLOB:
        check_length(k, place, shape, value, ((const struct iam_str *)value)->len);
        break;
    case API_INTEGER:
        check_integer(k, place, shape, value);
        break;
    case API_DOUBLE:
        check_double(k, place, shape, value);
        break;
    case API_LIST:
        check_list(k, place, shape, value, depth + 1);
        break;
    case API_MAP:
        check_map(k, place, shape, value, depth + 1);
        break;
    case API_STRUCTURE:
    case API_UNION:
        check_record(k, place, shape, value, depth + 1);
        break;
    case API_BOOLEAN:
    case API_TIMESTAMP:
    case API_DOCUMENT:
        break;
    }
}

enum iam_status api_validate(struct iam_arena *arena, const struct api_service *service,
                             const struct api_shape *shape, const void *value,
                             struct api_fault *fault)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct checker k = { .violations.quotes_values = service->quotes_values };
    struct iam_str message;

    iam_buf_init(&k.violations.text, &alloc, MAX_MESSAGE);
    iam_buf_init(&k.constraint, &alloc, MAX_CONSTRAINT);
    check_record(&k, NULL, shape, value, 0);
    api_matcher_free(k.matcher);
    IAM_TRY(k.status);
    if (k.violations.count == 0) {
        return IAM_OK;
    }
    IAM_TRY(api_violations_message(&k.violations, arena, &message));
    return api_fault_text(fault, API_ERR_VALIDATION_ERROR, message);
}

enum iam_status api_validate_start(void)
{
    return api_patterns_compile();
}

void api_validate_stop(void)
{
    api_patterns_free();
}
