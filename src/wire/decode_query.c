/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Query protocol's input: Name=v, List.member.N=v, Map.entry.N.key=k with Map.entry.N.value=v,
 * and any nesting of these, in any order. First every parameter is put into a tree of nodes that
 * has the shape of the input; then the tree is copied into the C struct. A parameter that has no
 * place in it is refused, never ignored: an attacker must not be able to say something that one
 * reader sees and another does not.
 */
#include "base/cur.h"
#include "wire/codec.h"
#include "wire/scalar_int.h"
#include "wire/value_int.h"

/* How many bytes of a parameter's name a message quotes. */
#define MAX_NAME_SHOWN 128u
#define MAX_INDEX_DIGITS 4u

/* One value of the input, as far as it has been read. */
struct node {
    const struct api_shape *shape;
    struct iam_str name;  /* of the last parameter that led here, for messages */
    struct iam_str value; /* absent: only parameters below this node were given */
    struct node **kids; /* structure: by member; list: by item; map: keys and values, alternating */
    size_t kid_cap;
    size_t kid_count; /* one more than the highest index in use */
};

struct decoder {
    struct iam_arena *arena;
    struct api_fault *fault;
    size_t max_index; /* with a larger index a list has gaps or too many items */
};

static enum iam_status unknown(struct decoder *d, struct iam_str name)
{
    struct iam_str shown = iam_utf8_clip(name, MAX_NAME_SHOWN);

    return api_fault_fmt(d->fault, d->arena, API_ERR_INVALID_QUERY_PARAMETER,
                         "The parameter %.*s is not recognized.", IAM_STR_ARG(shown));
}

static enum iam_status malformed(struct decoder *d, struct iam_str name, const char *why)
{
    struct iam_str shown = iam_utf8_clip(name, MAX_NAME_SHOWN);

    return api_fault_fmt(d->fault, d->arena, API_ERR_MALFORMED_INPUT, "The parameter %.*s %s.",
                         IAM_STR_ARG(shown), why);
}

static struct node *node_new(struct decoder *d, const struct api_shape *shape, size_t kid_cap)
{
    struct node *n = iam_arena_zalloc(d->arena, 1, sizeof(*n));

    if (n != NULL) {
        n->shape = shape;
        n->kid_cap = kid_cap;
        n->kids = iam_arena_zalloc(d->arena, kid_cap, sizeof(*n->kids));
    }
    return n != NULL && n->kids != NULL ? n : NULL;
}

static enum iam_status kids_grow(struct decoder *d, struct node *n, size_t need)
{
    size_t cap = n->kid_cap * 2 > need ? n->kid_cap * 2 : need;
    struct node **kids = iam_arena_zalloc(d->arena, cap, sizeof(*kids));

    IAM_ENSURE(kids != NULL, IAM_NOMEM);
    memcpy(kids, n->kids, n->kid_count * sizeof(*kids));
    n->kids = kids;
    n->kid_cap = cap;
    return IAM_OK;
}

/* Finds the child at index, and makes it if there is none yet. */
static enum iam_status kid(struct decoder *d, struct node *n, size_t index,
                           const struct api_shape *shape, struct node **ret)
{
    if (index >= n->kid_cap) {
        IAM_TRY(kids_grow(d, n, index + 1));
    }
    if (n->kids[index] == NULL) {
        n->kids[index] = node_new(d, shape, shape->member_count);
        IAM_ENSURE(n->kids[index] != NULL, IAM_NOMEM);
    }
    if (index >= n->kid_count) {
        n->kid_count = index + 1;
    }
    *ret = n->kids[index];
    return IAM_OK;
}

/*
 * Takes the part up to the next dot, or to the end. False at the end of the name, and for an empty
 * part.
 */
static bool next_part(struct iam_cur *c, struct iam_str *ret)
{
    if (!iam_cur_until(c, '.', iam_cur_left(c), ret)) {
        *ret = iam_cur_rest(c);
        c->p = c->end;
    }
    return ret->len > 0;
}

/*
 * Takes an index, which counts from 1 and has no leading zeros, so that each item has only one
 * name. *ret counts from 0.
 */
static bool next_index(struct decoder *d, struct iam_cur *c, size_t *ret)
{
    struct iam_str part;
    uint64_t v;

    if (!next_part(c, &part) || part.p[0] == '0' || part.len > MAX_INDEX_DIGITS ||
        iam_str_to_u64(part, d->max_index, &v) != IAM_OK) {
        return false;
    }
    *ret = (size_t)v - 1;
    return true;
}

/* Takes "member.N" or "entry.N", or just "N" when the shape is flattened. */
static bool next_item(struct decoder *d, const struct api_shape *shape, struct iam_cur *c,
                      size_t *ret)
{
    struct iam_str want = shape->kind == API_LIST ? IAM_STR("member") : IAM_STR("entry");
    struct iam_str part;

    if (!shape->is_flattened && (!next_part(c, &part) || !iam_str_eq(part, want))) {
        return false;
    }
    return next_index(d, c, ret);
}

/* Finds out which child of n the next part of the name refers to; false when there is none. */
static bool next_kid(struct decoder *d, const struct node *n, struct iam_cur *c, size_t *ret_index,
                     const struct api_shape **ret_shape)
{
    const struct api_shape *shape = n->shape;
    const struct api_member *member;
    struct iam_str part;
    size_t index;

    switch (shape->kind) {
    case API_STRUCTURE:
    case API_UNION:
        member = next_part(c, &part) ? api_member_find(shape, part) : NULL;
        if (member == NULL || member->location != API_IN_BODY) {
            return false;
        }
        *ret_index = (size_t)(member - shape->members);
        *ret_shape = member->shape;
        return true;
    case API_LIST:
        *ret_shape = shape->item;
        return next_item(d, shape, c, ret_index);
    case API_MAP:
        if (!next_item(d, shape, c, &index) || !next_part(c, &part)) {
            return false;
        }
        if (iam_str_eq(part, IAM_STR("key"))) {
            *ret_index = 2 * index;
            *ret_shape = shape->key;
            return true;
        }
        *ret_index = 2 * index + 1;
        *ret_shape = shape->item;
        return iam_str_eq(part, IAM_STR("value"));
    default:
        return false;
    }
}

/* Puts one parameter into the tree. */
static enum iam_status place(struct decoder *d, struct node *root, const struct iam_form_pair *pair)
{
    struct iam_cur c = iam_cur_of(pair->name);
    struct node *n = root;

    for (size_t depth = 0; !iam_cur_at_end(&c) || n == root; depth++) {
        const struct api_shape *shape;
        size_t index;
        if (depth == API_MAX_DEPTH || !next_kid(d, n, &c, &index, &shape)) {
            return unknown(d, pair->name);
        }
        IAM_TRY(kid(d, n, index, shape, &n));
        n->name = pair->name;
    }
    /* "Name." ends in an empty part, which the loop does not see. */
    if (iam_str_ends(pair->name, IAM_STR(".")) || iam_str_is_set(n->value)) {
        return unknown(d, pair->name);
    }
    n->value = pair->value;
    return IAM_OK;
}

static enum iam_status fill(struct decoder *d, const struct node *n, void *out);

static enum iam_status fill_record(struct decoder *d, const struct node *n, void *record)
{
    const struct api_shape *shape = n->shape;

    if (iam_str_is_set(n->value)) {
        return malformed(d, n->name, "has members and no value of its own");
    }
    for (size_t i = 0; i < n->kid_count; i++) {
        const struct api_member *member = &shape->members[i];
        void *slot = api_slot(record, member);
        if (n->kids[i] == NULL) {
            continue;
        }
        if (api_is_record(member->shape)) {
            void *inner = iam_arena_zalloc(d->arena, 1, member->shape->c_size);
            IAM_ENSURE(inner != NULL, IAM_NOMEM);
            *(void **)slot = inner;
            slot = inner;
        }
        IAM_TRY(fill(d, n->kids[i], slot));
    }
    if (shape->kind == API_UNION && api_set_count(shape, record) != 1) {
        return malformed(d, n->name, "takes exactly one of its members");
    }
    return IAM_OK;
}

/*
 * Checks that a list or map is numbered without gaps. "Tags=" is an empty list, as SDKs send it; a
 * value as well as items would be a contradiction.
 */
static enum iam_status check_sequence(struct decoder *d, const struct node *n)
{
    if (iam_str_is_set(n->value) && (n->value.len > 0 || n->kid_count > 0)) {
        return malformed(d, n->name, "is a list and takes numbered members");
    }
    for (size_t i = 0; i < n->kid_count; i++) {
        if (n->kids[i] == NULL) {
            return malformed(d, n->name, "is numbered with gaps");
        }
    }
    return IAM_OK;
}

static enum iam_status fill_list(struct decoder *d, const struct node *n, struct api_list *list)
{
    IAM_TRY(check_sequence(d, n));
    IAM_TRY(api_list_make(d->arena, n->shape, n->kid_count, list));
    for (size_t i = 0; i < n->kid_count; i++) {
        IAM_TRY(fill(d, n->kids[i], api_item(n->shape, list, i)));
    }
    return IAM_OK;
}

static enum iam_status fill_map(struct decoder *d, const struct node *n, struct api_list *map)
{
    IAM_TRY(check_sequence(d, n));
    if (n->kid_count % 2 != 0) {
        return malformed(d, n->name, "has an entry without a value");
    }
    IAM_TRY(api_list_make(d->arena, n->shape, n->kid_count / 2, map));
    for (size_t i = 0; i < map->count; i++) {
        void *entry = api_item(n->shape, map, i);
        IAM_TRY(fill(d, n->kids[2 * i], entry));
        IAM_TRY(fill(d, n->kids[2 * i + 1], api_entry_value(entry)));
    }
    if (api_map_has_twins(n->shape, map)) {
        return malformed(d, n->name, "has two entries with the same key");
    }
    return IAM_OK;
}

static enum iam_status fill_scalar(struct decoder *d, const struct node *n, void *out)
{
    enum iam_status status = api_scalar_read(d->arena, n->shape, n->value, out);

    if (status == IAM_SYNTAX) {
        return malformed(d, n->name, "has the wrong type");
    }
    return status;
}

/* Copies n into the zeroed C value out. The depth was bounded when the tree was made. */
static enum iam_status fill(struct decoder *d, const struct node *n, void *out)
{
    switch (n->shape->kind) {
    case API_STRUCTURE:
    case API_UNION:
        return fill_record(d, n, out);
    case API_LIST:
        return fill_list(d, n, out);
    case API_MAP:
        return fill_map(d, n, out);
    default:
        return fill_scalar(d, n, out);
    }
}

static bool is_protocol_parameter(struct iam_str name)
{
    return iam_str_eq(name, IAM_STR("Action")) || iam_str_eq(name, IAM_STR("Version"));
}

enum iam_status api_decode_query(struct iam_arena *arena, const struct iam_form *form,
                                 const struct api_shape *shape, void *out, struct api_fault *fault)
{
    struct decoder d = { .arena = arena, .fault = fault };
    struct node *root = node_new(&d, shape, shape->member_count);

    IAM_ENSURE(root != NULL, IAM_NOMEM);
    d.max_index = form->count < API_MAX_ITEMS ? form->count : API_MAX_ITEMS;
    for (size_t i = 0; i < form->count; i++) {
        if (!is_protocol_parameter(form->pairs[i].name)) {
            IAM_TRY(place(&d, root, &form->pairs[i]));
        }
    }
    return fill_record(&d, root, out);
}
