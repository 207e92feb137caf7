/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition keys that a document names: of a policy as it is compiled, and of a text that may
 * lack what a policy must have.
 */
#include "policy/read_int.h"

#include "base/cur.h"
#include "base/diag.h"

/* What is told, and whether to go on. */
struct walk {
    iam_policy_key_fn *each;
    void *ctx;
    bool ended;
};

static void tell(struct walk *w, struct iam_str key)
{
    w->ended = w->ended || !w->each(w->ctx, key);
}

/* ---- of a policy ----------------------------------------------------------------------------- */

static void tell_template(struct walk *w, const struct iam_template *t)
{
    for (uint32_t i = 0; t != NULL && i < t->count; i++) {
        if (t->pieces[i].kind == IAM_PIECE_VARIABLE) {
            tell(w, iam_piece_text(&t->pieces[i]));
        }
    }
}

static void tell_condition(struct walk *w, const struct iam_condition *c)
{
    tell(w, iam_condition_key(c));
    for (uint32_t i = 0; i < c->value_count && !w->ended; i++) {
        const struct iam_value *v = &iam_condition_values(c)[i];
        if (!v->unreadable) {
            tell_template(w, iam_value_template(c, v));
        }
    }
}

static void tell_statement(struct walk *w, const struct iam_statement *s)
{
    for (uint32_t i = 0; i < s->resource_count && !w->ended; i++) {
        tell_template(w, iam_pattern_template(&iam_statement_resources(s)[i]));
    }
    for (uint32_t i = 0; i < s->condition_count && !w->ended; i++) {
        tell_condition(w, &iam_statement_conditions(s)[i]);
    }
}

bool iam_policy_each_key(const struct iam_policy *policy, iam_policy_key_fn *each, void *ctx)
{
    struct walk w = { each, ctx, false };
    for (uint32_t i = 0; i < policy->statement_count && !w.ended; i++) {
        tell_statement(&w, &iam_policy_statements(policy)[i]);
    }
    return !w.ended;
}

/* ---- of a text ------------------------------------------------------------------------------- */

struct lax {
    struct walk walk;
    struct iam_str text;
    struct iam_diag *diag; /* may be NULL */
    bool variables;        /* Version 2012-10-17 */
};

static enum iam_status refuse(const struct lax *l, uint32_t offset, const char *why)
{
    return iam_diag_set(l->diag, IAM_SYNTAX, l->text, offset, why);
}

/* Finds the variables of a value. What is no variable is text. */
static void tell_variables(struct lax *l, struct iam_str text)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_str inside;
    while (l->variables && !l->walk.ended && !iam_cur_at_end(&c)) {
        if (!iam_cur_lit(&c, IAM_STR("${"))) {
            c.p++;
            continue;
        }
        if (!iam_cur_until(&c, '}', iam_cur_left(&c), &inside)) {
            return;
        }
        inside = iam_str_trim(iam_str_sub(inside, 0, iam_str_find(inside, ',', 0)));
        if (inside.len > 0) {
            tell(&l->walk, inside);
        }
    }
}

/* Finds the variables of a value, or of those of a list. */
static void tell_values(struct lax *l, const struct iam_json *node)
{
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    for (; item != NULL; item = iam_read_next(node, item)) {
        if (item->type == IAM_JSON_STRING) {
            tell_variables(l, item->text);
        }
    }
}

static enum iam_status read_condition(struct lax *l, const struct iam_json *node)
{
    if (node->type != IAM_JSON_OBJECT) {
        return refuse(l, node->offset, "Condition is an object");
    }
    for (const struct iam_json *op = node->first; op != NULL; op = op->next) {
        if (!iam_is_operator(op->name)) {
            return refuse(l, op->name_offset, "there is no such operator");
        }
        if (op->type != IAM_JSON_OBJECT) {
            return refuse(l, op->offset, "an operator has an object of keys");
        }
        for (const struct iam_json *key = op->first; key != NULL; key = key->next) {
            tell(&l->walk, key->name);
            tell_values(l, key);
        }
    }
    return IAM_OK;
}

static bool is_effect(const struct iam_json *node)
{
    return node != NULL &&
           (iam_str_eq(node->text, IAM_STR("Allow")) || iam_str_eq(node->text, IAM_STR("Deny")));
}

static enum iam_status read_statement(struct lax *l, const struct iam_json *node)
{
    if (node->type != IAM_JSON_OBJECT) {
        return refuse(l, node->offset, "a statement is an object");
    }
    if (node->first != NULL && !is_effect(iam_json_member(node, IAM_STR("Effect")))) {
        return refuse(l, node->offset, "Effect must be \"Allow\" or \"Deny\"");
    }
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        if (!iam_is_element(m->name)) {
            return refuse(l, m->name_offset, "a statement has no such element");
        }
        if (iam_str_eq(m->name, IAM_STR("Condition"))) {
            IAM_TRY(read_condition(l, m));
        } else if (iam_str_ends(m->name, IAM_STR("Resource"))) {
            tell_values(l, m);
        }
    }
    return IAM_OK;
}

static enum iam_status read_statements(struct lax *l, const struct iam_json *node)
{
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    for (; item != NULL; item = iam_read_next(node, item)) {
        IAM_TRY(read_statement(l, item));
    }
    return IAM_OK;
}

static enum iam_status read_version(struct lax *l, const struct iam_json *node)
{
    l->variables = node != NULL && iam_str_eq(node->text, IAM_STR("2012-10-17"));
    return node == NULL || l->variables || iam_str_eq(node->text, IAM_STR("2008-10-17"))
               ? IAM_OK
               : refuse(l, node->offset, "write \"2012-10-17\" as the Version");
}

static enum iam_status read_top(struct lax *l, const struct iam_json *root)
{
    if (root->type != IAM_JSON_OBJECT) {
        return refuse(l, root->offset, "a policy is an object");
    }
    IAM_TRY(read_version(l, iam_json_member(root, IAM_STR("Version"))));
    for (const struct iam_json *m = root->first; m != NULL; m = m->next) {
        if (iam_str_eq(m->name, IAM_STR("Statement"))) {
            IAM_TRY(read_statements(l, m));
        } else if (!iam_str_eq(m->name, IAM_STR("Version")) &&
                   !iam_str_eq(m->name, IAM_STR("Id"))) {
            return refuse(l, m->name_offset, "a policy has no such element");
        }
    }
    return IAM_OK;
}

enum iam_status iam_policy_read_keys(const struct iam_alloc *alloc, struct iam_str text,
                                     iam_policy_key_fn *each, void *ctx, struct iam_diag *diag)
{
    struct iam_str whole = iam_str_or(text, IAM_STR(""));
    struct lax l = {
        {each, ctx, false},
        whole, diag, false
    };
    struct iam_arena scratch;
    const struct iam_json *root;
    iam_arena_init(&scratch, alloc, IAM_READ_MAX_BYTES);
    enum iam_status st = iam_json_read(&scratch, whole, &iam_read_limits, &root, diag);
    if (st == IAM_OK) {
        st = read_top(&l, root);
    }
    iam_arena_done(&scratch);
    return st;
}
