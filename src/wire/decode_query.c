/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Query protocol's input: Name=v, List.member.N=v, Map.entry.N.key=k with Map.entry.N.value=v,
 * and any nesting of these, in any order. First every parameter is put into a tree of nodes that
 * has the shape of the input; then the tree is copied into the C struct. A name that is no member
 * of its structure is ignored, since newer clients send newer members; whatever else does not fit
 * the shape is refused. How AWS takes each index was recorded, and its sentences are used.
 */
#include "base/cur.h"
#include "wire/codec.h"
#include "wire/scalar_int.h"
#include "wire/value_int.h"

/* How many items in a row may be left out of a list; they are then empty. */
#define MAX_GAP 10u

/* A part of a value. */
struct kid {
    size_t index; /* structure: of the member; list: of the item; map: keys and values alternate */
    struct node *node;
};

/* One value of the input, as far as it has been read. */
struct node {
    const struct api_shape *shape;
    struct iam_str name;  /* of the last parameter that led here, for messages */
    struct iam_str value; /* absent: only parameters below this node were given */
    struct kid *kids;     /* by index */
    size_t kid_cap;
    size_t kid_count;
};

struct decoder {
    struct iam_arena *arena;
    struct api_fault *fault;
};

/* What is left of a parameter's name. */
struct parts {
    struct iam_cur cur;
    bool is_more; /* another part follows, perhaps an empty one */
};

static enum iam_status malformed(struct decoder *d, struct iam_str name, const char *why)
{
    struct iam_str shown = api_quoted(name);

    return api_fault_fmt(d->fault, d->arena, API_ERR_MALFORMED_INPUT, "The parameter %.*s %s.",
                         IAM_STR_ARG(shown), why);
}

/* Refuses in AWS's words, which may quote a part of the name. */
static enum iam_status malformed_part(struct decoder *d, const char *before, struct iam_str part,
                                      const char *behind)
{
    struct iam_str shown = api_quoted(part);

    return api_fault_fmt(d->fault, d->arena, API_ERR_MALFORMED_INPUT, "%s%.*s%s", before,
                         IAM_STR_ARG(shown), behind);
}

static enum iam_status misplaced(struct decoder *d)
{
    return api_fault_text(d->fault, API_ERR_MALFORMED_INPUT,
                          IAM_STR("Start of list found where not expected"));
}

static enum iam_status too_sparse(struct decoder *d, uint64_t skipped)
{
    return api_fault_fmt(d->fault, d->arena, API_ERR_MALFORMED_INPUT,
                         "Excessively sparse input would skip %llu list elements",
                         (unsigned long long)skipped);
}

/* ---- the tree ---- */

static enum iam_status kids_grow(struct decoder *d, struct node *n)
{
    size_t cap = n->kid_cap == 0 ? 4 : n->kid_cap * 2;
    struct kid *kids = iam_arena_zalloc(d->arena, cap, sizeof(*kids));

    IAM_ENSURE(kids != NULL, IAM_NOMEM);
    if (n->kid_count > 0) {
        memcpy(kids, n->kids, n->kid_count * sizeof(*kids));
    }
    n->kids = kids;
    n->kid_cap = cap;
    return IAM_OK;
}

/* Returns one more than the highest index in use. */
static size_t kids_end(const struct node *n)
{
    return n->kid_count == 0 ? 0 : n->kids[n->kid_count - 1].index + 1;
}

/* Finds the child at index, and makes it if there is none yet. Clients count upwards. */
static enum iam_status kid(struct decoder *d, struct node *n, size_t index,
                           const struct api_shape *shape, struct node **ret)
{
    size_t at = n->kid_count;

    while (at > 0 && n->kids[at - 1].index > index) {
        at--;
    }
    if (at > 0 && n->kids[at - 1].index == index) {
        *ret = n->kids[at - 1].node;
        return IAM_OK;
    }
    if (n->kid_count == n->kid_cap) {
        IAM_TRY(kids_grow(d, n));
    }
    struct node *made = iam_arena_zalloc(d->arena, 1, sizeof(*made));
    IAM_ENSURE(made != NULL, IAM_NOMEM);
    made->shape = shape;
    memmove(&n->kids[at + 1], &n->kids[at], (n->kid_count - at) * sizeof(*n->kids));
    n->kids[at] = (struct kid){ index, made };
    n->kid_count++;
    *ret = made;
    return IAM_OK;
}

/* ---- names ---- */

/* Takes the part up to the next dot, or to the end; absent when there is none. */
static struct iam_str next_part(struct parts *p)
{
    struct iam_str part = iam_str_absent();

    if (p->is_more && !iam_cur_until(&p->cur, '.', iam_cur_left(&p->cur), &part)) {
        part = iam_cur_rest(&p->cur);
        p->is_more = false;
    }
    return part;
}

static bool is_number(struct iam_str part)
{
    return part.len > 0 && iam_str_is_digits(part, part.len);
}

/* Where the next parts of a name lead. */
struct step {
    const struct api_shape *shape; /* NULL: to nothing that is known */
    size_t index;
    bool is_whole; /* what follows in the name is ignored */
};

static bool is_next_number(const struct parts *p)
{
    struct parts ahead = *p;

    return is_number(next_part(&ahead));
}

/*
 * Takes an index, which counts from 1; ret->index counts from 0. Recorded: leading zeros do not
 * matter, and a word or a number with a plus sign leads to the first item and says nothing of it.
 */
static enum iam_status next_index(struct decoder *d, const struct node *n, struct parts *p,
                                  struct step *ret)
{
    struct iam_str part = next_part(p);
    uint64_t v;

    if (part.len > 0 && part.p[0] == '-') {
        return malformed_part(d, "Key ", part, " may not have a leading '-'");
    }
    if (!is_number(part)) {
        *ret = (struct step){ .shape = ret->shape, .is_whole = true };
        return api_is_record(ret->shape) ? IAM_OK : misplaced(d);
    }
    if (iam_str_to_u64(part, INT32_MAX, &v) != IAM_OK || v == 0) {
        return malformed_part(d, "", part, " is not a valid index");
    }
    if (is_next_number(p)) {
        return malformed_part(d, "Two index elements may not occur back to back", IAM_STR(""), "");
    }
    if (v > API_MAX_ITEMS) {
        size_t end = kids_end(n);
        return v > end + MAX_GAP + 1 ? too_sparse(d, v - 1 - end)
                                     : malformed(d, n->name, "has too many members");
    }
    ret->index = (size_t)v - 1;
    return IAM_OK;
}

/* Takes "member.N" or "entry.N", or just "N" when the shape is flattened. */
static enum iam_status next_item(struct decoder *d, const struct node *n, struct iam_str name,
                                 struct parts *p, struct step *ret)
{
    struct iam_str want = n->shape->kind == API_LIST ? IAM_STR("member") : IAM_STR("entry");

    if (!n->shape->is_flattened && (!iam_str_eq(next_part(p), want) || !p->is_more)) {
        return malformed(d, name, "is a list and takes numbered members");
    }
    *ret = (struct step){ .shape = n->shape->item };
    return next_index(d, n, p, ret);
}

/* Takes "entry.N.key" or "entry.N.value". */
static enum iam_status next_entry(struct decoder *d, const struct node *n, struct iam_str name,
                                  struct parts *p, struct step *ret)
{
    IAM_TRY(next_item(d, n, name, p, ret));
    struct iam_str part = next_part(p);
    bool is_key = iam_str_eq(part, IAM_STR("key"));

    if (ret->is_whole || (!is_key && !iam_str_eq(part, IAM_STR("value")))) {
        return malformed(d, name, "is neither the key nor the value of an entry");
    }
    ret->index = 2 * ret->index + (is_key ? 0 : 1);
    ret->shape = is_key ? n->shape->key : n->shape->item;
    return IAM_OK;
}

/* Finds out which child of n the next parts of the name lead to. */
static enum iam_status next_kid(struct decoder *d, const struct node *n, struct iam_str name,
                                struct parts *p, struct step *ret)
{
    const struct api_shape *shape = n->shape;
    const struct api_member *member;

    *ret = (struct step){ .shape = NULL };
    switch (shape->kind) {
    case API_STRUCTURE:
    case API_UNION:
        member = api_member_find(shape, next_part(p));
        if (member != NULL && member->location == API_IN_BODY) {
            *ret =
                (struct step){ .shape = member->shape, .index = (size_t)(member - shape->members) };
        }
        return IAM_OK;
    case API_LIST:
        return next_item(d, n, name, p, ret);
    case API_MAP:
        return next_entry(d, n, name, p, ret);
    default:
        return misplaced(d);
    }
}

/* Puts one parameter into the tree. */
static enum iam_status place(struct decoder *d, struct node *root, const struct iam_form_pair *pair)
{
    struct parts p = { .cur = iam_cur_of(pair->name), .is_more = true };
    struct node *n = root;

    for (size_t depth = 0; p.is_more; depth++) {
        struct step step;
        if (depth == API_MAX_DEPTH) {
            return malformed(d, pair->name, "is nested too deeply");
        }
        IAM_TRY(next_kid(d, n, pair->name, &p, &step));
        if (step.shape == NULL) {
            return IAM_OK;
        }
        IAM_TRY(kid(d, n, step.index, step.shape, &n));
        n->name = pair->name;
        if (step.is_whole) {
            return IAM_OK;
        }
    }
    if (iam_str_is_set(n->value)) {
        return malformed(d, pair->name, "is given twice");
    }
    n->value = pair->value;
    return IAM_OK;
}

/* ---- values ---- */

static enum iam_status fill(struct decoder *d, const struct node *n, void *out);

static enum iam_status fill_record(struct decoder *d, const struct node *n, void *record)
{
    const struct api_shape *shape = n->shape;

    if (iam_str_is_set(n->value)) {
        return malformed(d, n->name, "has members and no value of its own");
    }
    for (size_t i = 0; i < n->kid_count; i++) {
        const struct api_member *member = &shape->members[n->kids[i].index];
        void *slot = api_slot(record, member);
        if (api_is_record(member->shape)) {
            void *inner = iam_arena_zalloc(d->arena, 1, member->shape->c_size);
            IAM_ENSURE(inner != NULL, IAM_NOMEM);
            *(void **)slot = inner;
            slot = inner;
        }
        IAM_TRY(fill(d, n->kids[i].node, slot));
    }
    if (shape->kind == API_UNION && api_set_count(shape, record) != 1) {
        return malformed(d, n->name, "takes exactly one of its members");
    }
    return IAM_OK;
}

/*
 * Checks that no more than max_gap items in a row are left out. "Tags=" is an empty list, as SDKs
 * send it; a value as well as items would be a contradiction.
 */
static enum iam_status check_sequence(struct decoder *d, const struct node *n, size_t max_gap)
{
    size_t next = 0;

    if (iam_str_is_set(n->value) && (n->value.len > 0 || n->kid_count > 0)) {
        return malformed(d, n->name, "is a list and takes numbered members");
    }
    for (size_t i = 0; i < n->kid_count; i++) {
        size_t gap = n->kids[i].index - next;
        if (gap > max_gap) {
            return max_gap > 0 ? too_sparse(d, gap)
                               : malformed(d, n->name, "is numbered with gaps");
        }
        next = n->kids[i].index + 1;
    }
    return IAM_OK;
}

/* Items that were left out stay zero: a string that is absent, a structure without members. */
static enum iam_status fill_list(struct decoder *d, const struct node *n, struct api_list *list)
{
    const struct api_shape *item = n->shape->item;
    bool can_be_empty = item->kind == API_STRING || item->kind == API_STRUCTURE;

    IAM_TRY(check_sequence(d, n, can_be_empty ? MAX_GAP : 0));
    IAM_TRY(api_list_make(d->arena, n->shape, kids_end(n), list));
    for (size_t i = 0; i < n->kid_count; i++) {
        IAM_TRY(fill(d, n->kids[i].node, api_item(n->shape, list, n->kids[i].index)));
    }
    return IAM_OK;
}

static enum iam_status fill_map(struct decoder *d, const struct node *n, struct api_list *map)
{
    IAM_TRY(check_sequence(d, n, 0));
    if (n->kid_count % 2 != 0) {
        return malformed(d, n->name, "has an entry without a value");
    }
    IAM_TRY(api_list_make(d->arena, n->shape, n->kid_count / 2, map));
    for (size_t i = 0; i < map->count; i++) {
        void *entry = api_item(n->shape, map, i);
        IAM_TRY(fill(d, n->kids[2 * i].node, entry));
        IAM_TRY(fill(d, n->kids[2 * i + 1].node, api_entry_value(entry)));
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
    struct node root = { .shape = shape };

    for (size_t i = 0; i < form->count; i++) {
        if (!is_protocol_parameter(form->pairs[i].name)) {
            IAM_TRY(place(&d, &root, &form->pairs[i]));
        }
    }
    return fill_record(&d, &root, out);
}
