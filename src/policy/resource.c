/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource and NotResource: "*", or an ARN pattern. A pattern is divided at its first five colons
 * when it is compiled, so that a wildcard in one part can never reach into the next.
 */
#include "policy/read_int.h"

static bool is_wild(char c)
{
    return c == '*' || c == '?';
}

/* Finds the literal prefix of the sixth part, and what kind of text follows it. */
static void classify_tail(struct iam_pattern *p, struct iam_str tail)
{
    size_t n = 0;
    while (n < tail.len && !is_wild(tail.p[n]) &&
           !(p->has_template && tail.p[n] == '$' && n + 1 < tail.len && tail.p[n + 1] == '{')) {
        n++;
    }
    p->tail_literal = (uint16_t)n;
    if (p->has_template) {
        p->tail = IAM_TAIL_GLOB;
    } else if (n == tail.len) {
        p->tail = IAM_TAIL_LITERAL;
    } else if (n + 1 == tail.len && tail.p[n] == '*') {
        p->tail = n == 0 ? IAM_TAIL_ANY : IAM_TAIL_PREFIX;
    } else {
        p->tail = IAM_TAIL_GLOB;
    }
}

void iam_pattern_make(struct iam_str text, const struct iam_template *template,
                      struct iam_pattern *p)
{
    size_t n = 0;
    size_t at = 0;
    bool wild_head = false;
    iam_rel_set(&p->from, template != NULL ? (const void *)template : text.p);
    p->has_template = template != NULL;
    p->len = (uint16_t)text.len;
    p->any = iam_str_eq(text, IAM_STR("*"));
    p->has_one = iam_str_find(text, '?', 0) < text.len;
    for (; at < text.len && n < IAM_ARN_PARTS - 1; at++) {
        wild_head |= is_wild(text.p[at]);
        if (text.p[at] == ':') {
            p->colon[n++] = (uint16_t)at;
        }
    }
    p->parts = (uint8_t)(n + 1);
    if (n < IAM_ARN_PARTS - 1) {
        p->tail = IAM_TAIL_ANY;
    } else {
        p->literal_head = !wild_head;
        classify_tail(p, iam_str_sub(text, at, text.len));
    }
}

/*
 * Tells whether text may have fewer than six parts: where the documents leave it open, the kind of
 * policy decides.
 * SPEC: docs/conformance.md, "short ARNs".
 */
static bool may_be_short(enum iam_policy_kind kind, struct iam_str text)
{
    switch (kind) {
    case IAM_POLICY_IDENTITY:
    case IAM_POLICY_SESSION:
    case IAM_POLICY_BOUNDARY:
        return true;
    case IAM_POLICY_RESOURCE:
        return iam_str_find(text, '*', 0) < text.len;
    case IAM_POLICY_SCP:
        return text.len > 0 && text.p[text.len - 1] == '*';
    case IAM_POLICY_TRUST:
    case IAM_POLICY_RCP:
        break;
    }
    return false;
}

/*
 * Finds a variable outside the sixth part, which alone may hold one.
 * SPEC: IAM User Guide, "Variables and tags".
 */
static bool variable_in_head(const struct iam_pattern *p)
{
    struct iam_str text = iam_pattern_text(p);
    size_t head = p->parts == IAM_ARN_PARTS ? p->colon[IAM_ARN_PARTS - 2] : text.len;
    for (size_t i = 0; p->has_template && i + 1 < head; i++) {
        if (text.p[i] == '$' && text.p[i + 1] == '{') {
            return true;
        }
    }
    return false;
}

static enum iam_status read_resource(const struct iam_reader *r, const struct iam_json *node,
                                     struct iam_pattern *p)
{
    struct iam_str text;
    const struct iam_template *template;
    IAM_TRY(iam_read_keep(r, node, node->text, &text));
    IAM_TRY(iam_read_template(r, node, text, &template));
    iam_pattern_make(text, template, p);
    if (p->any) {
        return IAM_OK;
    }
    if (!iam_str_starts(text, IAM_STR("arn:"))) {
        return iam_read_refuse(r, node->offset, "Resource must be in ARN format or \"*\"",
                               "write arn:partition:service:region:account:resource instead of",
                               text);
    }
    if (variable_in_head(p)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_LEGACY,
                               "a variable is permitted only after the fifth colon of", text);
    }
    if (p->parts < IAM_ARN_PARTS && !may_be_short(r->policy->kind, text)) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_LEGACY, "write all six parts of the ARN",
                               text);
    }
    return IAM_OK;
}

enum iam_status iam_read_resources(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s)
{
    const struct iam_json *item;
    struct iam_pattern *patterns = NULL;
    uint32_t count;
    IAM_TRY(iam_read_strings(r, node, s->not_resource ? "NotResource" : "Resource", &item, &count));
    if (count == 0) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_NO_RESOURCES,
                               "the list is empty; name the resources", iam_str_absent());
    }
    s->has_resource = true;
    s->resource_count = (uint16_t)count;
    IAM_TRY(iam_read_array(r, count, sizeof(*patterns), &patterns));
    for (uint32_t i = 0; i < count; i++, item = iam_read_next(node, item)) {
        IAM_TRY(read_resource(r, item, &patterns[i]));
    }
    iam_rel_set(&s->resources, patterns);
    return IAM_OK;
}
