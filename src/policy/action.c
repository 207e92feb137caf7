/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Action and NotAction: "*" or "service:Name" with '*' and '?' anywhere. Kept in lower case, since
 * neither half is case-sensitive.
 */
#include "policy/read_int.h"

static const bool in_service[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true,
    ['.'] = true,         ['_'] = true,         ['*'] = true,         ['?'] = true
};

/* Visible ASCII without the quote, the backslash, the colon and the characters of variables. */
static const bool in_name[256] = {
    ['!'] = true,         ['#'] = true, ['%' ... '9'] = true, [';' ... '['] = true,
    [']' ... 'z'] = true, ['|'] = true, ['~'] = true
};

static bool all_in(struct iam_str text, const bool *permitted)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!permitted[(unsigned char)text.p[i]]) {
            return false;
        }
    }
    return true;
}

/* What a trust policy can be about. */
static const struct iam_str trust_actions[] = {
    IAM_STR_INIT("sts:AssumeRole"),
    IAM_STR_INIT("sts:AssumeRoleWithSAML"),
    IAM_STR_INIT("sts:AssumeRoleWithWebIdentity"),
    IAM_STR_INIT("sts:SetContext"),
    IAM_STR_INIT("sts:SetSourceIdentity"),
    IAM_STR_INIT("sts:TagSession"),
};

bool iam_is_trust_action(struct iam_str action)
{
    for (size_t i = 0; i < IAM_COUNT(trust_actions); i++) {
        if (iam_str_eq_nocase(trust_actions[i], action)) {
            return true;
        }
    }
    return false;
}

bool iam_is_refused_to_root(struct iam_str action)
{
    return iam_str_eq_nocase(action, IAM_STR("sts:AssumeRole"));
}

/* Tells whether action is one of them, or a pattern that begins like one. */
static bool is_trust_pattern(struct iam_str action)
{
    size_t literal = iam_literal_len(action);
    for (size_t i = 0; i < IAM_COUNT(trust_actions); i++) {
        struct iam_str name = trust_actions[i];
        bool begins = iam_str_starts_nocase(name, iam_str_sub(action, 0, literal));
        if (begins && (literal < action.len || name.len == action.len)) {
            return iam_str_starts_nocase(action, IAM_STR("sts:"));
        }
    }
    return false;
}

/* Checks the form. SPEC: IAM User Guide, "IAM JSON policy elements: Action". */
static enum iam_status check_form(const struct iam_reader *r, const struct iam_json *node)
{
    struct iam_str text = node->text;
    size_t colon = iam_str_find(text, ':', 0);
    if (text.len > IAM_POLICY_MAX_ACTION_BYTES) {
        return iam_read_too_much(r, node->offset, "an action is longer than 256 bytes");
    }
    if (colon == 0 || colon + 1 >= text.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_VENDOR,
                               "write service:Name instead of the action", text);
    }
    if (iam_str_find(text, ':', colon + 1) < text.len) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_ONE_COLON, "the action is", text);
    }
    if (!all_in(iam_str_sub(text, 0, colon), in_service)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "a character is not permitted in the service of", text);
    }
    if (!all_in(iam_str_sub(text, colon + 1, text.len), in_name)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "a character is not permitted in the action", text);
    }
    return IAM_OK;
}

static enum iam_status check_action(const struct iam_reader *r, const struct iam_json *node)
{
    if (!iam_str_eq(node->text, IAM_STR("*"))) {
        IAM_TRY(check_form(r, node));
    }
    if (r->policy->kind == IAM_POLICY_TRUST && !is_trust_pattern(node->text)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_TRUST_ACTION, "the action is", node->text);
    }
    return IAM_OK;
}

/* Writes the action as iam_action_next reads it; returns where the next one begins. */
static char *put_lower(char *out, struct iam_str action)
{
    *out++ = (char)(unsigned char)(action.len - 1);
    for (size_t i = 0; i < action.len; i++) {
        *out++ = iam_ascii_lower(action.p[i]);
    }
    return out;
}

enum iam_status iam_read_actions(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_statement *s)
{
    const struct iam_json *item;
    uint32_t count;
    IAM_TRY(iam_read_strings(r, node, s->not_action ? "NotAction" : "Action", &item, &count));
    if (count == 0) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_NO_ACTIONS,
                               "the list is empty; name the actions", iam_str_absent());
    }
    size_t bytes = 0;
    const struct iam_json *at = item;
    for (uint32_t i = 0; i < count; i++, at = iam_read_next(node, at)) {
        IAM_TRY(check_action(r, at));
        bytes += 1 + at->text.len;
    }
    char *out;
    IAM_TRY(iam_read_bytes(r, bytes, &out));
    iam_rel_set(&s->actions, out);
    s->action_count = (uint16_t)count;
    for (; item != NULL; item = iam_read_next(node, item)) {
        out = put_lower(out, item->text);
    }
    return IAM_OK;
}
