/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a case as JSON. Policies are referred to by position: the case has no names for
 * them.
 */
#include "base/buf.h"
#include "cli/case.h"
#include "policy/kind.h"

struct list {
    struct iam_buf *out;
    bool first;
};

static void add_text(struct iam_buf *out, bool *first, const char *name, struct iam_str text)
{
    iam_json_add_name(out, first, iam_str_c(name));
    iam_json_add_string(out, text);
}

static void add_number(struct iam_buf *out, bool *first, const char *name, size_t n)
{
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    iam_json_add_name(out, first, iam_str_c(name));
    iam_buf_add(out, (struct iam_str){ digits + at, sizeof(digits) - at });
}

static bool has_levels(enum iam_policy_kind layer)
{
    return layer == IAM_POLICY_SESSION || layer == IAM_POLICY_SCP || layer == IAM_POLICY_RCP;
}

static void add_place(struct iam_buf *out, bool *first, const struct iam_explained *e)
{
    const struct iam_policy *policy = iam_policy_set_policy(e->at.set, e->at.entry);
    struct iam_str sid = iam_policy_sid(policy, e->at.statement);
    add_text(out, first, "kind", iam_policy_kind_get(e->at.layer)->word);
    if (has_levels(e->at.layer)) {
        add_number(out, first, "level", e->level);
    }
    add_number(out, first, "policy", e->at.entry);
    add_number(out, first, "statement", e->at.statement);
    if (iam_str_is_set(sid)) {
        add_text(out, first, "sid", sid);
    }
}

static void add_missing(struct iam_buf *out, bool *first, const struct iam_explained *e)
{
    size_t n =
        e->missing_count < IAM_EXPLAINED_MAX_MISSING ? e->missing_count : IAM_EXPLAINED_MAX_MISSING;
    if (n == 0) {
        return;
    }
    iam_json_add_name(out, first, IAM_STR("missing"));
    iam_buf_add_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        iam_buf_add_c(out, i > 0 ? "," : "");
        iam_json_add_string(out, e->missing[i]);
    }
    iam_buf_add_char(out, ']');
}

static bool add_statement(void *ctx, const struct iam_explained *e)
{
    struct list *list = ctx;
    struct iam_buf *out = list->out;
    bool first = true;
    iam_buf_add_c(out, list->first ? "{" : ",{");
    list->first = false;
    add_place(out, &first, e);
    add_text(out, &first, "effect", e->effect == IAM_ALLOW ? IAM_STR("Allow") : IAM_STR("Deny"));
    iam_json_add_name(out, &first, IAM_STR("applies"));
    iam_buf_add_c(out, e->applies ? "true" : "false");
    if (e->unevaluable) {
        iam_json_add_name(out, &first, IAM_STR("unevaluable"));
        iam_buf_add_c(out, "true");
    }
    if (e->failed != IAM_ELEMENT_NONE) {
        add_text(out, &first, "failed", e->element);
    }
    if (e->failed == IAM_ELEMENT_CONDITION) {
        add_text(out, &first, "operator", e->condition_operator);
        add_text(out, &first, "key", e->condition_key);
    }
    add_missing(out, &first, e);
    iam_buf_add_char(out, '}');
    return true;
}

static void add_detail(struct iam_buf *out, bool *first, const struct iam_case_result *result)
{
    struct list list = { out, true };
    add_text(out, first, "reason", iam_policy_kind_get(result->decision.reason)->word);
    add_text(out, first, "message", result->message);
    iam_json_add_name(out, first, IAM_STR("statements"));
    iam_buf_add_char(out, '[');
    /* A malformed request is denied before any statement is looked at: the list stays empty. */
    (void)iam_explain(&result->policies, &result->request, IAM_EXPLAIN_ALL, add_statement, &list);
    iam_buf_add_char(out, ']');
}

void iam_case_print(struct iam_buf *out, const struct iam_case_result *result, bool detail)
{
    const struct iam_json *id = iam_json_member(result->root, IAM_STR("id"));
    bool first = true;
    iam_buf_add_char(out, '{');
    iam_json_add_name(out, &first, IAM_STR("id"));
    if (id != NULL) {
        iam_json_add_tree(out, id);
    } else {
        iam_buf_add_c(out, "null");
    }
    add_text(out, &first, "decision", iam_str_c(iam_effect_name(result->decision.effect)));
    if (iam_str_is_set(result->error)) {
        add_text(out, &first, "error", result->error);
        if (result->line > 0) {
            add_number(out, &first, "line", result->line);
            add_number(out, &first, "column", result->error_at + 1);
        }
    } else if (detail) {
        add_detail(out, &first, result);
    }
    iam_buf_add_char(out, '}');
}
