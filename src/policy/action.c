/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Action and NotAction: "*" or "service:Name" with '*' and '?' anywhere. Kept in lower case, since
 * neither half is case-sensitive.
 */
#include "policy/read_int.h"

/* LIMIT: no action is longer, so no pattern needs to be. */
#define ACTION_MAX_BYTES 256

static bool is_service_char(char c)
{
    return iam_ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '*' || c == '?';
}

static bool is_name_char(char c)
{
    return c > ' ' && c < 0x7f && c != ':' && c != '$' && c != '{' && c != '}' && c != '"' &&
           c != '\\';
}

/* SPEC: IAM User Guide, "IAM JSON policy elements: Action". */
static enum iam_status check_action(const struct iam_reader *r, const struct iam_json *node)
{
    struct iam_str text = node->text;
    size_t colon = iam_str_find(text, ':', 0);
    if (iam_str_eq(text, IAM_STR("*"))) {
        return IAM_OK;
    }
    if (text.len > ACTION_MAX_BYTES) {
        return iam_read_too_much(r, node->offset, "an action is longer than 256 bytes");
    }
    if (colon == 0 || colon + 1 >= text.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_VENDOR,
                               "write service:Name instead of the action", text);
    }
    if (iam_str_find(text, ':', colon + 1) < text.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_ONE_COLON, "the action is", text);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (i != colon && !(i < colon ? is_service_char(text.p[i]) : is_name_char(text.p[i]))) {
            return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                                   i < colon ? "a character is not permitted in the service of"
                                             : "a character is not permitted in the action",
                                   text);
        }
    }
    if (r->policy->kind == IAM_POLICY_TRUST && !iam_str_starts_nocase(text, IAM_STR("sts:"))) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_TRUST_ACTION, "the action is", text);
    }
    return IAM_OK;
}

static enum iam_status keep_lower(const struct iam_reader *r, const struct iam_json *node,
                                  struct iam_str *ret)
{
    struct iam_str kept;
    bool upper = false;
    for (size_t i = 0; i < node->text.len; i++) {
        upper |= iam_ascii_lower(node->text.p[i]) != node->text.p[i];
    }
    IAM_TRY(iam_read_keep(r, node, node->text, &kept));
    if (upper) {
        char *p = iam_arena_alloc(&r->policy->arena, kept.len);
        if (p == NULL) {
            return iam_read_no_memory(r);
        }
        for (size_t i = 0; i < kept.len; i++) {
            p[i] = iam_ascii_lower(kept.p[i]);
        }
        kept.p = p;
    }
    *ret = kept;
    return IAM_OK;
}

enum iam_status iam_read_actions(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_statement *s)
{
    const struct iam_json *item;
    struct iam_str *actions = NULL;
    uint32_t count;
    IAM_TRY(iam_read_strings(r, node, s->not_action ? "NotAction" : "Action", &item, &count));
    if (count == 0 && s->not_action) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_NO_ACTIONS,
                               "an empty NotAction would mean every action", iam_str_absent());
    }
    IAM_TRY(iam_read_array(r, count, sizeof(*actions), &actions));
    for (uint32_t i = 0; i < count; i++, item = iam_read_next(node, item)) {
        if (r->policy->kind == IAM_POLICY_TRUST && iam_str_eq(item->text, IAM_STR("*"))) {
            return iam_read_refuse(r, item->offset, IAM_SAYS_TRUST_ACTION, "the action is",
                                   item->text);
        }
        IAM_TRY(check_action(r, item));
        IAM_TRY(keep_lower(r, item, &actions[i]));
    }
    s->actions = actions;
    s->action_count = count;
    return IAM_OK;
}
