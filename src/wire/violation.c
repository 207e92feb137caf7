/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wording of validation errors. What a client sent is quoted only in part: values are cut, and
 * once the message is long enough further clauses are counted but not written.
 */
#include "wire/violation_int.h"

#include "wire/value_int.h"

/* How many items of a list a clause quotes. */
#define MAX_ITEMS_SHOWN 32u
/* Bytes of clauses after which no more are written. */
#define MAX_CLAUSES 4096u
/* How many violations a message counts and tells. Recorded on AWS. */
#define MAX_VIOLATIONS 10u
/* Bytes of a key in a path. */
#define MAX_KEY_SHOWN 64u

static void add_place(struct iam_buf *b, const struct api_place *place, unsigned depth)
{
    if (place->up != NULL && depth < 2 * API_MAX_DEPTH) {
        add_place(b, place->up, depth + 1);
        iam_buf_add_char(b, '.');
    }
    if (place->index != 0) {
        iam_buf_add_u64(b, place->index);
        iam_buf_add_c(b, ".member");
    } else {
        iam_buf_add(b, iam_utf8_clip(place->name, MAX_KEY_SHOWN));
        iam_buf_add_c(b, place->is_entry ? ".member" : "");
    }
}

/* Tells whether a value is quoted: only strings, numbers and lists of strings are. */
static bool is_shown(const struct api_shape *shape)
{
    if (shape->kind == API_LIST) {
        return shape->item->kind == API_STRING && !shape->item->is_sensitive &&
               !shape->is_sensitive;
    }
    return !shape->is_sensitive &&
           (shape->kind == API_STRING || shape->kind == API_INTEGER || shape->kind == API_DOUBLE);
}

static void add_string(struct iam_buf *b, struct iam_str s, size_t max)
{
    iam_buf_add(b, iam_str_is_set(s) ? iam_utf8_clip(s, max) : IAM_STR("null"));
    iam_buf_add_c(b, s.len > max ? "..." : "");
}

/* Quotes a list, of whose items no more is shown than of one value. */
static void add_list(struct iam_buf *b, const struct api_list *list)
{
    const struct iam_str *items = list->items;
    size_t left = API_QUOTED_BYTES;

    iam_buf_add_char(b, '[');
    for (size_t i = 0; i < list->count; i++) {
        iam_buf_add_c(b, i > 0 ? ", " : "");
        if (left == 0 || i == MAX_ITEMS_SHOWN) {
            iam_buf_add_c(b, "...");
            break;
        }
        add_string(b, items[i], left);
        left -= items[i].len < left ? items[i].len : left;
    }
    iam_buf_add_char(b, ']');
}

static void add_value(struct iam_buf *b, const struct api_shape *shape, const void *value)
{
    switch (shape->kind) {
    case API_STRING:
        add_string(b, *(const struct iam_str *)value, API_QUOTED_BYTES);
        break;
    case API_INTEGER:
        iam_buf_add_i64(b, ((const struct api_opt_int *)value)->value);
        break;
    case API_DOUBLE:
        iam_buf_add_fmt(b, "%g", ((const struct api_opt_double *)value)->value);
        break;
    default:
        add_list(b, value);
        break;
    }
}

/* Counts a clause and tells whether to write it. */
static bool clause_start(struct api_violations *v)
{
    if (v->count == MAX_VIOLATIONS) {
        return false;
    }
    v->count++;
    if (v->text.len > MAX_CLAUSES) {
        return false;
    }
    iam_buf_add_c(&v->text, v->count > 1 ? "; " : "");
    return true;
}

static void clause_end(struct api_violations *v, const struct api_place *place,
                       struct iam_str constraint)
{
    iam_buf_add_c(&v->text, " at '");
    add_place(&v->text, place, 0);
    iam_buf_add_c(&v->text, "' failed to satisfy constraint: ");
    iam_buf_add(&v->text, constraint);
}

void api_violation_add(struct api_violations *v, const struct api_place *place,
                       const struct api_shape *shape, const void *value, struct iam_str constraint)
{
    if (!clause_start(v)) {
        return;
    }
    iam_buf_add_c(&v->text, "Value");
    if (v->quotes_values && value != NULL && is_shown(shape)) {
        iam_buf_add_c(&v->text, " '");
        add_value(&v->text, shape, value);
        iam_buf_add_char(&v->text, '\'');
    }
    clause_end(v, place, constraint);
}

void api_violation_add_null(struct api_violations *v, const struct api_place *place)
{
    if (clause_start(v)) {
        iam_buf_add_c(&v->text, v->quotes_values ? "Value null" : "Value");
        clause_end(v, place, IAM_STR("Member must not be null"));
    }
}

static void add_bound(struct iam_buf *b, const char *what, bool is_min, int64_t bound)
{
    iam_buf_add_c(b, what);
    iam_buf_add_c(b, is_min ? " greater than or equal to " : " less than or equal to ");
    iam_buf_add_i64(b, bound);
}

void api_constraint_length(struct iam_buf *b, bool is_min, int64_t bound)
{
    add_bound(b, "Member must have length", is_min, bound);
}

void api_constraint_value(struct iam_buf *b, bool is_min, int64_t bound)
{
    add_bound(b, "Member must have value", is_min, bound);
}

void api_constraint_pattern(struct iam_buf *b, const struct api_shape *shape)
{
    iam_buf_add_c(b, "Member must satisfy regular expression pattern: ");
    iam_buf_add_c(b, shape->pattern);
}

void api_constraint_enum(struct iam_buf *b, const struct api_shape *shape)
{
    iam_buf_add_c(b, "Member must satisfy enum value set: [");
    for (size_t i = 0; i < shape->enum_count; i++) {
        iam_buf_add_c(b, i > 0 ? ", " : "");
        iam_buf_add(b, shape->enum_values[i]);
    }
    iam_buf_add_char(b, ']');
}

void api_constraint_all(struct iam_buf *b, const struct api_shape *shape)
{
    bool is_number = shape->kind == API_INTEGER || shape->kind == API_DOUBLE;
    void (*bound)(struct iam_buf *, bool, int64_t) =
        is_number ? api_constraint_value : api_constraint_length;
    const char *comma = "";

    if (shape->has_max) {
        bound(b, false, shape->max);
        comma = ", ";
    }
    if (shape->has_min) {
        iam_buf_add_c(b, comma);
        bound(b, true, shape->min);
        comma = ", ";
    }
    if (shape->pattern != NULL) {
        iam_buf_add_c(b, comma);
        api_constraint_pattern(b, shape);
        comma = ", ";
    }
    if (shape->enum_count > 0) {
        iam_buf_add_c(b, comma);
        api_constraint_enum(b, shape);
    }
}

/* Appends shape->message with the name of the member in place of "{member}". */
static void add_special(struct iam_buf *b, const struct api_shape *shape, struct iam_str name)
{
    const char *place = strstr(shape->message, "{member}");

    if (place == NULL) {
        iam_buf_add_c(b, shape->message);
        return;
    }
    iam_buf_add(b, (struct iam_str){ shape->message, (size_t)(place - shape->message) });
    iam_buf_add(b, iam_utf8_clip(name, MAX_KEY_SHOWN));
    iam_buf_add_c(b, place + strlen("{member}"));
}

enum iam_status api_violations_message(struct api_violations *v, struct iam_arena *arena,
                                       struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    struct iam_str clauses;

    iam_buf_init(&b, &alloc, v->text.max_bytes);
    IAM_TRY(iam_buf_finish(&v->text, &clauses));
    if (v->count == 1 && v->special != NULL) {
        add_special(&b, v->special, v->special_name);
    } else {
        iam_buf_add_u64(&b, v->count);
        iam_buf_add_c(&b, v->count == 1 ? " validation error detected: "
                                        : " validation errors detected: ");
        iam_buf_add(&b, clauses);
    }
    return iam_buf_finish(&b, ret);
}
