/* SPDX-License-Identifier: Apache-2.0 */
/* See rig.h. */
#include "unit/wire/rig.h"

#include <stdlib.h>

#include "base/heap.h"

#define ARENA_BYTES (8u << 20)
#define MAX_PAIRS 4096u

int rig_setup(void **state)
{
    struct rig *r = calloc(1, sizeof(*r));

    if (r == NULL || api_validate_start() != IAM_OK) {
        free(r);
        return -1;
    }
    iam_arena_init(&r->arena, iam_heap(), ARENA_BYTES);
    *state = r;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *r = *state;

    iam_arena_done(&r->arena);
    api_validate_stop();
    free(r);
    return 0;
}

const struct api_op *rig_op(const char *service, const char *name)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        if (iam_str_eq(api_catalog.services[i]->name, iam_str_c(service))) {
            const struct api_op *op = api_op_find(api_catalog.services[i], iam_str_c(name));
            assert_non_null(op);
            return op;
        }
    }
    fail_msg("no service %s", service);
    return NULL;
}

void *rig_struct(struct rig *r, const struct api_shape *shape)
{
    void *p = iam_arena_zalloc(&r->arena, 1, shape->c_size);

    assert_non_null(p);
    return p;
}

const struct iam_json *rig_json(struct rig *r, const char *text)
{
    const struct iam_json_limits limits = { .max_bytes = 1u << 20,
                                            .max_depth = 256,
                                            .max_nodes = 100000 };
    const struct iam_json *root = NULL;

    assert_int_equal(iam_json_read(&r->arena, iam_str_c(text), &limits, &root, NULL), IAM_OK);
    return root;
}

enum iam_status rig_query(struct rig *r, const struct api_shape *shape, const char *form,
                          void **ret)
{
    struct iam_form pairs;

    assert_int_equal(iam_form_read(&r->arena, iam_str_c(form), MAX_PAIRS, &pairs), IAM_OK);
    *ret = rig_struct(r, shape);
    return api_decode_query(&r->arena, &pairs, shape, *ret, &r->fault);
}

enum iam_status rig_body(struct rig *r, const struct api_shape *shape, const char *text, void **ret)
{
    *ret = rig_struct(r, shape);
    return api_decode_json(&r->arena, rig_json(r, text), shape, *ret, &r->fault);
}

void rig_assert_fault(const struct rig *r, const char *code, const char *message)
{
    rig_assert_str(api_errors[r->fault.error].code, code);
    rig_assert_str(r->fault.message, message);
}

void rig_assert_str(struct iam_str s, const char *want)
{
    if (!iam_str_eq(s, iam_str_c(want)) || !iam_str_is_set(s)) {
        fail_msg("got '%.*s', want '%s'", IAM_STR_ARG(s), want);
    }
}

/* ---- from JSON to a form ---- */

static void add_pair(struct iam_form *form, struct iam_str name, struct iam_str value)
{
    assert_true(form->count < MAX_PAIRS);
    form->pairs[form->count++] = (struct iam_form_pair){ name, value };
}

static struct iam_str join(struct rig *r, struct iam_str path, struct iam_str name, size_t index)
{
    struct iam_str joined;
    const char *dot = path.len > 0 ? "." : "";

    if (index > 0) {
        assert_int_equal(iam_arena_fmt(&r->arena, &joined, "%.*s%s%.*s%s%zu", IAM_STR_ARG(path),
                                       dot, IAM_STR_ARG(name), name.len > 0 ? "." : "", index),
                         IAM_OK);
    } else {
        assert_int_equal(iam_arena_fmt(&r->arena, &joined, "%.*s%s%.*s", IAM_STR_ARG(path), dot,
                                       IAM_STR_ARG(name)),
                         IAM_OK);
    }
    return joined;
}

static void flatten(struct rig *r, struct iam_form *form, const struct api_shape *shape,
                    struct iam_str path, const struct iam_json *node);

static const struct api_shape *member_shape(const struct api_shape *shape, struct iam_str name)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        if (iam_str_eq(shape->members[i].name, name)) {
            return shape->members[i].shape;
        }
    }
    return NULL;
}

static void flatten_children(struct rig *r, struct iam_form *form, const struct api_shape *shape,
                             struct iam_str path, const struct iam_json *node)
{
    struct iam_str item = shape->kind == API_MAP ? IAM_STR("entry") : IAM_STR("member");
    size_t index = 0;

    for (const struct iam_json *c = node->first; c != NULL; c = c->next) {
        index++;
        if (shape->kind != API_LIST && shape->kind != API_MAP) {
            flatten(r, form, member_shape(shape, c->name), join(r, path, c->name, 0), c);
            continue;
        }
        struct iam_str place = join(r, path, shape->is_flattened ? IAM_STR("") : item, index);
        if (shape->kind == API_MAP) {
            add_pair(form, join(r, place, IAM_STR("key"), 0), c->name);
            place = join(r, place, IAM_STR("value"), 0);
        }
        flatten(r, form, shape->item, place, c);
    }
    if (index == 0 && node->type == IAM_JSON_ARRAY) {
        add_pair(form, path, IAM_STR(""));
    }
}

/* shape is NULL for a parameter that the operation does not have. */
static void flatten(struct rig *r, struct iam_form *form, const struct api_shape *shape,
                    struct iam_str path, const struct iam_json *node)
{
    if (node->type == IAM_JSON_ARRAY || node->type == IAM_JSON_OBJECT) {
        assert_non_null(shape);
        flatten_children(r, form, shape, path, node);
    } else if (node->type == IAM_JSON_BOOL) {
        add_pair(form, path, node->boolean ? IAM_STR("true") : IAM_STR("false"));
    } else {
        add_pair(form, path, node->text);
    }
}

struct iam_form rig_form_of(struct rig *r, const struct api_shape *shape,
                            const struct iam_json *value)
{
    struct iam_form form = { .pairs = iam_arena_zalloc(&r->arena, MAX_PAIRS, sizeof(*form.pairs)) };

    assert_non_null(form.pairs);
    flatten(r, &form, shape, IAM_STR(""), value);
    return form;
}
