/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Condition operators. A negated operator is the negation of its positive one over all policy
 * values, taken for each request value by itself. What an absent key means is said where it is
 * looked up, in iam_condition_holds.
 * SPEC: IAM User Guide, "Condition operators"; "Multivalued context keys".
 */
#include "decide/eval.h"

#include "base/lower.h"
#include "policy/value.h"

/* Units of the budget for one comparison, before what its length costs. */
#define VALUE_COST 64
/* Units of the budget for one value of the request, even if it is compared with nothing. */
#define OPERAND_COST 16

/* A request value, converted to the operator's type once for all policy values. */
struct operand {
    struct iam_str text;
    bool valid;   /* it is of that type */
    bool unknown; /* it is, but cannot be compared */
    bool truth;
    int64_t ms;
    struct iam_net net;
    struct iam_decimal number;
    struct iam_arn_parts arn;
};

/*
 * Tells values of the request apart by their place and length: they stay where they are during a
 * decision.
 */
static bool is_place(struct iam_str a, struct iam_str b)
{
    return a.p == b.p && a.len == b.len;
}

static bool read_net(struct iam_read_cache *cache, struct iam_str text, struct iam_net *ret)
{
    if (!is_place(cache->net_text, text)) {
        cache->net_valid = iam_address_parse(text, &cache->net);
        cache->net_text = text;
    }
    *ret = cache->net;
    return cache->net_valid;
}

static bool read_date(struct iam_read_cache *cache, struct iam_str text, int64_t *ret)
{
    if (!is_place(cache->date_text, text)) {
        cache->date_valid = iam_date_parse(text, &cache->date_ms);
        cache->date_text = text;
    }
    *ret = cache->date_ms;
    return cache->date_valid;
}

static struct operand read_operand(struct iam_eval *ev, const struct iam_condition *c,
                                   struct iam_str text)
{
    struct operand o;
    enum iam_status st;
    o.text = text;
    o.valid = true;
    o.unknown = false;
    switch ((enum iam_family)c->family) {
    case IAM_FAMILY_NUMERIC:
        st = iam_decimal_parse(text, &o.number);
        o.valid = st != IAM_SYNTAX;
        o.unknown = st == IAM_LIMIT;
        break;
    case IAM_FAMILY_DATE:
        o.valid = read_date(&ev->cache, text, &o.ms);
        break;
    case IAM_FAMILY_IP:
        o.valid = read_net(&ev->cache, text, &o.net);
        break;
    case IAM_FAMILY_ARN:
        o.arn = iam_arn_split(text);
        o.valid = o.arn.whole;
        break;
    case IAM_FAMILY_BOOL:
        o.truth = iam_truth(text);
        break;
    case IAM_FAMILY_STRING:
    case IAM_FAMILY_STRING_NOCASE:
    case IAM_FAMILY_LIKE:
    case IAM_FAMILY_BINARY:
    case IAM_FAMILY_NULL:
        break;
    }
    return o;
}

static bool in_order(enum iam_order order, int cmp)
{
    switch (order) {
    case IAM_ORDER_EQ:
        return cmp == 0;
    case IAM_ORDER_LT:
        return cmp < 0;
    case IAM_ORDER_LE:
        return cmp <= 0;
    case IAM_ORDER_GT:
        return cmp > 0;
    case IAM_ORDER_GE:
        return cmp >= 0;
    }
    return false;
}

/* Compares numbers. One whose exponent does not fit cannot be: a session policy may hold such. */
static bool match_decimal(struct iam_eval *ev, const struct iam_condition *c,
                          const struct iam_value *v, const struct operand *o)
{
    struct iam_decimal want;
    if (!iam_eval_spend(ev, v->len)) {
        return false;
    }
    if (o->unknown || iam_decimal_parse(iam_value_text(v), &want) != IAM_OK) {
        ev->broken = true;
        return false;
    }
    return in_order((enum iam_order)c->order, iam_decimal_cmp(&o->number, &want));
}

static int digit64(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (iam_ascii_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Tells whether text is the canonical base64 of bytes: compared as it is read, without memory. */
static bool base64_is(struct iam_str text, struct iam_str bytes)
{
    if (text.len != (bytes.len + 2) / 3 * 4) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        size_t bit = i * 6;
        unsigned want = 0;
        if (bit >= bytes.len * 8) {
            if (text.p[i] != '=') {
                return false;
            }
            continue;
        }
        size_t byte = bit / 8;
        unsigned pair = (unsigned)(unsigned char)bytes.p[byte] << 8;
        pair |= byte + 1 < bytes.len ? (unsigned char)bytes.p[byte + 1] : 0;
        want = pair >> (10 - bit % 8) & 0x3f;
        if (digit64(text.p[i]) != (int)want) {
            return false;
        }
    }
    return true;
}

static bool match_like(struct iam_eval *ev, struct iam_str want, bool expanded, struct iam_str text)
{
    struct iam_glob glob = iam_glob_of(want);
    if (expanded) {
        glob = (struct iam_glob){ want, IAM_GLOB_MANY, IAM_GLOB_ONE };
    }
    return iam_eval_spend(ev, iam_glob_cost(glob, text.len)) && iam_glob_match(glob, text);
}

static bool match_nocase(struct iam_eval *ev, struct iam_str want, struct iam_str text)
{
    return iam_lower_may_eq(want, text) && iam_eval_spend(ev, iam_lower_cost(want.len, text.len)) &&
           iam_lower_eq(want, text);
}

static bool match_text(struct iam_eval *ev, const struct iam_condition *c, struct iam_str want,
                       bool expanded, const struct operand *o)
{
    if (c->family == IAM_FAMILY_STRING_NOCASE) {
        return match_nocase(ev, want, o->text);
    }
    if (want.len == o->text.len && !iam_eval_spend(ev, want.len)) {
        return false;
    }
    switch ((enum iam_family)c->family) {
    case IAM_FAMILY_LIKE:
        return match_like(ev, want, expanded, o->text);
    case IAM_FAMILY_BOOL:
        return iam_truth(want) == o->truth;
    default:
        return iam_str_eq(want, o->text);
    }
}

static bool match_template(struct iam_eval *ev, const struct iam_condition *c,
                           const struct iam_template *t, const struct operand *o)
{
    char out[IAM_EXPANDED_MAX_BYTES];
    struct iam_str text;
    bool like = c->family == IAM_FAMILY_LIKE;
    switch (iam_template_expand(ev, t, like ? IAM_EXPAND_PATTERN : IAM_EXPAND_TEXT, out, &text)) {
    case IAM_EXPANDED_OK:
        return match_text(ev, c, text, true, o);
    case IAM_EXPANDED_BROKEN:
        ev->broken = true;
        break;
    case IAM_EXPANDED_NO_VALUE:
        break;
    }
    return false;
}

/*
 * Tells what a value that was kept although it is not of the operator's type means: it equals
 * nothing, but no ARN is compared with what is none. Only a session policy may hold one: in any
 * other layer it cannot be evaluated.
 */
static bool match_unreadable(struct iam_eval *ev, const struct iam_condition *c,
                             const struct operand *o)
{
    ev->broken |= !ev->is_session || c->family == IAM_FAMILY_ARN || o->unknown;
    return false;
}

/* Compares one policy value with one request value of its type, ignoring negation. */
static bool match_value(struct iam_eval *ev, const struct iam_condition *c,
                        const struct iam_value *v, const struct operand *o)
{
    if (v->unreadable) {
        return match_unreadable(ev, c, o);
    }
    switch ((enum iam_family)c->family) {
    case IAM_FAMILY_NUMERIC:
        return match_decimal(ev, c, v, o);
    case IAM_FAMILY_DATE:
        return in_order((enum iam_order)c->order,
                        (o->ms > iam_value_ms(v)) - (o->ms < iam_value_ms(v)));
    case IAM_FAMILY_IP:
        return iam_range_contains(iam_value_range(v), &o->net);
    case IAM_FAMILY_ARN:
        return iam_arn_satisfies(ev, iam_rel_get(&v->as.pattern), &o->arn);
    case IAM_FAMILY_BINARY:
        return iam_eval_spend(ev, v->len) && base64_is(o->text, iam_value_text(v));
    case IAM_FAMILY_STRING:
    case IAM_FAMILY_STRING_NOCASE:
    case IAM_FAMILY_LIKE:
    case IAM_FAMILY_BOOL:
    case IAM_FAMILY_NULL:
        break;
    }
    return v->has_template ? match_template(ev, c, iam_rel_get(&v->as.template), o)
                           : match_text(ev, c, iam_value_text(v), false, o);
}

/*
 * Tells whether a request value that is not of the operator's type satisfies c: it equals no number
 * and no date, but what is no address and what is no ARN is neither equal nor different.
 */
static bool mistyped_satisfies(const struct iam_condition *c)
{
    return c->negated && c->family != IAM_FAMILY_IP && c->family != IAM_FAMILY_ARN;
}

/*
 * Compares one request value with all policy values: OR, or NOR for a negated operator. A value
 * that cannot be evaluated takes nothing from one that matches; of ARNs the values count in their
 * order.
 */
static bool satisfies(struct iam_eval *ev, const struct iam_condition *c, struct iam_str value)
{
    bool unknown = false;
    struct operand o = read_operand(ev, c, value);
    if (!iam_eval_spend(ev, OPERAND_COST + value.len + (uint64_t)c->value_count * VALUE_COST)) {
        return false;
    }
    if (!o.valid) {
        return mistyped_satisfies(c);
    }
    const struct iam_value *values = iam_condition_values(c);
    for (uint32_t i = 0; i < c->value_count; i++) {
        if (match_value(ev, c, &values[i], &o)) {
            return !c->negated;
        }
        if (!iam_eval_known(ev, &unknown) && c->family == IAM_FAMILY_ARN) {
            break;
        }
    }
    ev->broken = unknown;
    return c->negated;
}

/* Tells whether there is no key, or one with an empty set of values. */
static bool is_null_set(const struct iam_context_entry *e)
{
    return e == NULL || e->value_count == 0;
}

/* Evaluates Null: "true" when the key is absent, "false" when it is there with a value. */
static bool null_holds(struct iam_eval *ev, const struct iam_condition *c,
                       const struct iam_context_entry *e)
{
    bool absent = is_null_set(e);
    if (c->quantifier != IAM_EACH_NONE) {
        return c->quantifier == IAM_EACH_ALL;
    }
    if (!iam_eval_spend(ev, c->value_count)) {
        return false;
    }
    for (uint32_t i = 0; i < c->value_count; i++) {
        if (iam_condition_values(c)[i].truth == absent) {
            return true;
        }
    }
    return false;
}

/*
 * Tells whether all request values satisfy c, or any one of them. One that is known to decide does,
 * whatever the others are.
 */
static bool each_satisfies(struct iam_eval *ev, const struct iam_condition *c,
                           const struct iam_context_entry *e, bool all)
{
    bool unknown = false;
    for (size_t i = 0; i < e->value_count; i++) {
        bool one = satisfies(ev, c, e->values[i]);
        if (iam_eval_known(ev, &unknown) && one != all) {
            return one;
        }
    }
    ev->broken = unknown;
    return all;
}

bool iam_condition_holds(struct iam_eval *ev, const struct iam_condition *c, bool deny)
{
    const struct iam_context_entry *e = iam_context_find(ev, iam_condition_key(c), c->key_hash);
    if (c->family == IAM_FAMILY_NULL) {
        return null_holds(ev, c, e);
    }
    if (c->quantifier == IAM_EACH_ALL) {
        return is_null_set(e) || each_satisfies(ev, c, e, true);
    }
    if (c->quantifier == IAM_EACH_ANY) {
        return !is_null_set(e) && each_satisfies(ev, c, e, false);
    }
    if (e == NULL) {
        return c->negated || c->if_exists;
    }
    if (e->is_list) {
        /* A list needs a set operator. No recording has an empty one: the reading that denies. */
        return deny && e->value_count == 0 && (c->negated || c->if_exists);
    }
    return satisfies(ev, c, e->values[0]);
}
