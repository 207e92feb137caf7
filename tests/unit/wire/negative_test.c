/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generated negative cases: each request is decoded and validated, and must be refused with the
 * code and the message that the case names.
 */
#include "unit/wire/rig.h"

#include <stdio.h>

#define MAX_LINE (2u << 20)

static struct iam_str text_of(const struct iam_json *line, const char *name)
{
    const struct iam_json *node = iam_json_member(line, iam_str_c(name));

    assert_non_null(node);
    return node->text;
}

static const struct api_op *op_of(const struct iam_json *line)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        if (iam_str_eq(api_catalog.services[i]->name, text_of(line, "service"))) {
            return api_op_find(api_catalog.services[i], text_of(line, "operation"));
        }
    }
    return NULL;
}

static bool is_in_body(const struct api_op *op, struct iam_str name)
{
    for (size_t i = 0; i < op->input->member_count; i++) {
        const struct api_member *m = &op->input->members[i];
        if (iam_str_eq(m->name, name)) {
            return m->location == API_IN_BODY;
        }
    }
    return true;
}

/* The parameters without those that belong in the path, the query string and the headers. */
static const struct iam_json *body_of(struct rig *r, const struct api_op *op,
                                      const struct iam_json *params)
{
    struct iam_json *body = iam_arena_zalloc(&r->arena, 1, sizeof(*body));
    struct iam_json **link = &body->first;

    assert_non_null(body);
    body->type = IAM_JSON_OBJECT;
    for (struct iam_json *c = params->first; c != NULL; c = c->next) {
        if (is_in_body(op, c->name)) {
            *link = c;
            link = &c->next;
        }
    }
    *link = NULL;
    return body;
}

static enum iam_status run(struct rig *r, const struct api_op *op, const struct iam_json *params)
{
    void *in = rig_struct(r, op->input);

    if (op->service->protocol == API_PROTOCOL_QUERY) {
        struct iam_form form = rig_form_of(r, op->input, params);
        IAM_TRY(api_decode_query(&r->arena, &form, op->input, in, &r->fault));
    } else {
        IAM_TRY(api_decode_json(&r->arena, params, op->input, in, &r->fault));
    }
    return api_validate(&r->arena, op->service, op->input, in, &r->fault);
}

static bool contains(struct iam_str text, struct iam_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (iam_str_eq(iam_str_sub(text, i, part.len), part)) {
            return true;
        }
    }
    return false;
}

static struct iam_str code_of(const struct api_op *op, enum api_error error)
{
    return api_error_code(error, op->service->protocol != API_PROTOCOL_QUERY);
}

static void check_line(struct rig *r, const char *text)
{
    const struct iam_json *line = rig_json(r, text);
    const struct iam_json *params = iam_json_member(line, IAM_STR("params"));
    const struct api_op *op = op_of(line);

    assert_non_null(op);
    assert_non_null(params);
    if (op->service->protocol == API_PROTOCOL_REST_JSON) {
        params = body_of(r, op, params);
    }
    enum iam_status status = run(r, op, params);
    if (status != IAM_FAULT || !iam_str_eq(code_of(op, r->fault.error), text_of(line, "code")) ||
        !contains(r->fault.message, text_of(line, "message"))) {
        fail_msg("%.*s: status %d, message: %.*s", IAM_STR_ARG(text_of(line, "id")), (int)status,
                 IAM_STR_ARG(r->fault.message));
    }
}

static void test_all(void **state)
{
    static char line[MAX_LINE];
    struct rig *r = *state;
    FILE *f = fopen(NEGATIVE_FILE, "r");
    size_t count = 0;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        check_line(r, line);
        iam_arena_clear(&r->arena);
        count++;
    }
    (void)fclose(f);
    assert_true(count > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
