/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching ARNs part by part: a wildcard never reaches over one of the first five colons. Case
 * counts.
 * SPEC: IAM User Guide, "IAM JSON policy elements: Resource"; "ARN condition operators".
 */
#include "decide/eval.h"

struct iam_arn_parts iam_arn_split(struct iam_str text)
{
    struct iam_arn_parts a;
    a.text = text;
    a.whole = iam_find_colons(text, a.colon) && iam_str_starts(text, IAM_STR("arn:"));
    return a;
}

static struct iam_str part_of(struct iam_str text, const size_t *colon, size_t part, size_t parts)
{
    size_t from = part == 0 ? 0 : colon[part - 1] + 1;
    size_t to = part + 1 < parts ? colon[part] : text.len;
    return (struct iam_str){ text.p + from, to - from };
}

/*
 * Matches one part. Most parts are "*" or without wildcards; and a text matches the pattern that is
 * spelt the same.
 */
static bool match_part(struct iam_str part, struct iam_str text)
{
    if (part.len == 1 && part.p[0] == '*') {
        return true;
    }
    if (part.len == text.len && memcmp(part.p, text.p, text.len) == 0) {
        return true;
    }
    return iam_glob_match(iam_glob_of(part), text);
}

static struct iam_str tail_of(const struct iam_arn_parts *arn)
{
    size_t from = arn->colon[IAM_ARN_PARTS - 2] + 1;
    return (struct iam_str){ arn->text.p + from, arn->text.len - from };
}

/* Matches the parts of a pattern before the sixth; those not written match anything. */
static bool match_head(const struct iam_pattern *p, const struct iam_arn_parts *arn)
{
    size_t colon[IAM_ARN_PARTS - 1] = { 0 };
    for (size_t i = 0; i + 1 < p->parts; i++) {
        colon[i] = p->colon[i];
    }
    size_t written = p->parts < IAM_ARN_PARTS ? p->parts : IAM_ARN_PARTS - 1;
    for (size_t i = 0; i < written; i++) {
        if (!match_part(part_of(iam_pattern_text(p), colon, i, p->parts),
                        part_of(arn->text, arn->colon, i, IAM_ARN_PARTS))) {
            return false;
        }
    }
    return true;
}

static bool match_tail(const struct iam_pattern *p, struct iam_str tail)
{
    struct iam_str want;
    if (p->tail == IAM_TAIL_ANY) {
        return true;
    }
    size_t from = (size_t)p->colon[IAM_ARN_PARTS - 2] + 1;
    want = (struct iam_str){ (const char *)iam_rel_get(&p->from) + from, p->len - from };
    switch ((enum iam_tail_kind)p->tail) {
    case IAM_TAIL_LITERAL:
        return want.len == tail.len && memcmp(want.p, tail.p, tail.len) == 0;
    case IAM_TAIL_PREFIX:
        return tail.len >= p->tail_literal && memcmp(want.p, tail.p, p->tail_literal) == 0;
    case IAM_TAIL_ANY:
    case IAM_TAIL_GLOB:
        break;
    }
    return iam_glob_match(iam_glob_of(want), tail);
}

/* Matches once the values are in: the expanded text is an ARN pattern like any other. */
static bool match_expanded(struct iam_str text, const struct iam_arn_parts *arn)
{
    size_t colon[IAM_ARN_PARTS - 1];
    if (!iam_find_colons(text, colon)) {
        return false;
    }
    for (size_t i = 0; i < IAM_ARN_PARTS; i++) {
        struct iam_glob part = { part_of(text, colon, i, IAM_ARN_PARTS), IAM_GLOB_MANY,
                                 IAM_GLOB_ONE };
        if (!iam_glob_match(part, part_of(arn->text, arn->colon, i, IAM_ARN_PARTS))) {
            return false;
        }
    }
    return true;
}

/* Tells whether a pattern once the values are in can be an ARN at all. */
static bool is_arn_pattern(struct iam_str text)
{
    size_t colon[IAM_ARN_PARTS - 1];
    if (!iam_find_colons(text, colon)) {
        return false;
    }
    struct iam_glob scheme = { part_of(text, colon, 0, IAM_ARN_PARTS), IAM_GLOB_MANY,
                               IAM_GLOB_ONE };
    return iam_glob_match(scheme, IAM_STR("arn"));
}

static bool match_template(struct iam_eval *ev, const struct iam_pattern *p,
                           const struct iam_arn_parts *arn, bool in_condition)
{
    char out[IAM_EXPANDED_MAX_BYTES];
    struct iam_str text;
    switch (iam_template_expand(ev, iam_pattern_template(p), IAM_EXPAND_ARN, out, &text)) {
    case IAM_EXPANDED_OK:
        if (in_condition && !is_arn_pattern(text)) {
            ev->broken = true;
            return false;
        }
        return iam_eval_spend(ev,
                              iam_glob_cost((struct iam_glob){ text, IAM_GLOB_MANY, IAM_GLOB_ONE },
                                            arn->text.len)) &&
               match_expanded(text, arn);
    case IAM_EXPANDED_BROKEN:
        ev->broken = true;
        break;
    case IAM_EXPANDED_NO_VALUE:
        break;
    }
    return false;
}

/*
 * Tells whether arn matches p, part by part. In a condition a pattern whose values make it no ARN
 * cannot be evaluated; in a Resource it matches nothing.
 */
static bool match_arn(struct iam_eval *ev, const struct iam_pattern *p,
                      const struct iam_arn_parts *arn, bool in_condition)
{
    if (!arn->whole) {
        return false;
    }
    if (p->has_template) {
        return match_template(ev, p, arn, in_condition);
    }
    if (!iam_eval_spend(ev, iam_match_cost(p->has_one, p->len, arn->text.len))) {
        return false;
    }
    if (p->literal_head) {
        size_t head = arn->colon[IAM_ARN_PARTS - 2];
        if (p->colon[IAM_ARN_PARTS - 2] != head ||
            memcmp(iam_rel_get(&p->from), arn->text.p, head) != 0) {
            return false;
        }
    } else if (!match_head(p, arn)) {
        return false;
    }
    return match_tail(p, tail_of(arn));
}

bool iam_arn_satisfies(struct iam_eval *ev, const struct iam_pattern *p,
                       const struct iam_arn_parts *arn)
{
    return match_arn(ev, p, arn, true);
}

/*
 * Tells whether every variable of the pattern has a value, and together they make an ARN. A value
 * that makes none names no resource, and must not widen a NotResource.
 */
static bool is_resolved(struct iam_eval *ev, const struct iam_pattern *p)
{
    char out[IAM_EXPANDED_MAX_BYTES];
    struct iam_str text;
    if (!p->has_template) {
        return true;
    }
    enum iam_expanded got =
        iam_template_expand(ev, iam_pattern_template(p), IAM_EXPAND_ARN, out, &text);
    ev->broken |= got == IAM_EXPANDED_BROKEN;
    return got == IAM_EXPANDED_OK && iam_arn_split(text).whole;
}

/*
 * Tells whether the beginning that holds no variable fits. Of a Resource with a variable before its
 * sixth part nothing is known beforehand.
 */
static bool template_may_match(struct iam_eval *ev, const struct iam_pattern *p,
                               const struct iam_arn_parts *arn)
{
    size_t heads[2] = { p->colon[IAM_ARN_PARTS - 2], arn->colon[IAM_ARN_PARTS - 2] };
    if (p->parts < IAM_ARN_PARTS) {
        return arn->whole;
    }
    if (!arn->whole || !iam_eval_spend(ev, iam_match_cost(p->has_one, heads[0], heads[1])) ||
        !match_head(p, arn)) {
        return false;
    }
    struct iam_str tail = tail_of(arn);
    const char *want = iam_pattern_text(p).p + p->colon[IAM_ARN_PARTS - 2] + 1;
    return tail.len >= p->tail_literal && memcmp(tail.p, want, p->tail_literal) == 0;
}

bool iam_resource_matches(struct iam_eval *ev, const struct iam_pattern *p)
{
    if (p->any) {
        return true;
    }
    if (p->has_template && !template_may_match(ev, p, &ev->resource)) {
        return false;
    }
    return match_arn(ev, p, &ev->resource, false);
}

bool iam_resource_applies(struct iam_eval *ev, const struct iam_statement *s)
{
    bool matched = false;
    bool broken = ev->broken;
    if (!s->has_resource) {
        return true;
    }
    const struct iam_pattern *resources = iam_statement_resources(s);
    for (uint32_t i = 0; i < s->resource_count && !matched; i++) {
        matched = iam_resource_matches(ev, &resources[i]);
        /* A pattern without a value matches nothing: it spares nobody from a Deny, and an Allow
         * that would be wider for it does not apply. SPEC: docs/conformance.md, NotResource. */
        if (s->not_resource && !s->deny && !matched && !is_resolved(ev, &resources[i])) {
            return false;
        }
    }
    if (matched && !s->not_resource) {
        /* A pattern that cannot be evaluated takes nothing from one that matches. */
        ev->broken = broken;
    }
    return matched != s->not_resource;
}
