/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Condition: operator -> key -> values. Operator names are matched exactly as AWS spells them; the
 * values are brought to the operator's type once, here, so that deciding only compares.
 * SPEC: IAM User Guide, "IAM JSON policy elements: Condition operators".
 */
#include "policy/read_int.h"

#include "codec/base64.h"
#include "policy/key.h"
#include "policy/value.h"

struct operator_row {
    struct iam_str name;
    enum iam_family family;
    enum iam_order order;
    bool negated;
};

static const struct operator_row operators[] = {
    {IAM_STR_INIT("StringEquals"),               IAM_FAMILY_STRING,        IAM_ORDER_EQ, false},
    { IAM_STR_INIT("StringNotEquals"),           IAM_FAMILY_STRING,        IAM_ORDER_EQ, true },
    { IAM_STR_INIT("StringEqualsIgnoreCase"),    IAM_FAMILY_STRING_NOCASE, IAM_ORDER_EQ, false},
    { IAM_STR_INIT("StringNotEqualsIgnoreCase"), IAM_FAMILY_STRING_NOCASE, IAM_ORDER_EQ, true },
    { IAM_STR_INIT("StringLike"),                IAM_FAMILY_LIKE,          IAM_ORDER_EQ, false},
    { IAM_STR_INIT("StringNotLike"),             IAM_FAMILY_LIKE,          IAM_ORDER_EQ, true },
    { IAM_STR_INIT("NumericEquals"),             IAM_FAMILY_NUMERIC,       IAM_ORDER_EQ, false},
    { IAM_STR_INIT("NumericNotEquals"),          IAM_FAMILY_NUMERIC,       IAM_ORDER_EQ, true },
    { IAM_STR_INIT("NumericLessThan"),           IAM_FAMILY_NUMERIC,       IAM_ORDER_LT, false},
    { IAM_STR_INIT("NumericLessThanEquals"),     IAM_FAMILY_NUMERIC,       IAM_ORDER_LE, false},
    { IAM_STR_INIT("NumericGreaterThan"),        IAM_FAMILY_NUMERIC,       IAM_ORDER_GT, false},
    { IAM_STR_INIT("NumericGreaterThanEquals"),  IAM_FAMILY_NUMERIC,       IAM_ORDER_GE, false},
    { IAM_STR_INIT("DateEquals"),                IAM_FAMILY_DATE,          IAM_ORDER_EQ, false},
    { IAM_STR_INIT("DateNotEquals"),             IAM_FAMILY_DATE,          IAM_ORDER_EQ, true },
    { IAM_STR_INIT("DateLessThan"),              IAM_FAMILY_DATE,          IAM_ORDER_LT, false},
    { IAM_STR_INIT("DateLessThanEquals"),        IAM_FAMILY_DATE,          IAM_ORDER_LE, false},
    { IAM_STR_INIT("DateGreaterThan"),           IAM_FAMILY_DATE,          IAM_ORDER_GT, false},
    { IAM_STR_INIT("DateGreaterThanEquals"),     IAM_FAMILY_DATE,          IAM_ORDER_GE, false},
    { IAM_STR_INIT("Bool"),                      IAM_FAMILY_BOOL,          IAM_ORDER_EQ, false},
    { IAM_STR_INIT("BinaryEquals"),              IAM_FAMILY_BINARY,        IAM_ORDER_EQ, false},
    { IAM_STR_INIT("IpAddress"),                 IAM_FAMILY_IP,            IAM_ORDER_EQ, false},
    { IAM_STR_INIT("NotIpAddress"),              IAM_FAMILY_IP,            IAM_ORDER_EQ, true },
    { IAM_STR_INIT("ArnEquals"),                 IAM_FAMILY_ARN,           IAM_ORDER_EQ, false},
    { IAM_STR_INIT("ArnNotEquals"),              IAM_FAMILY_ARN,           IAM_ORDER_EQ, true },
    { IAM_STR_INIT("ArnLike"),                   IAM_FAMILY_ARN,           IAM_ORDER_EQ, false},
    { IAM_STR_INIT("ArnNotLike"),                IAM_FAMILY_ARN,           IAM_ORDER_EQ, true },
    { IAM_STR_INIT("Null"),                      IAM_FAMILY_NULL,          IAM_ORDER_EQ, false},
};

static const struct operator_row *find_operator(struct iam_str name)
{
    for (size_t i = 0; i < IAM_COUNT(operators); i++) {
        if (iam_str_eq(operators[i].name, name)) {
            return &operators[i];
        }
    }
    return NULL;
}

static bool strip_prefix(struct iam_str *s, struct iam_str prefix)
{
    if (!iam_str_starts(*s, prefix)) {
        return false;
    }
    *s = iam_str_sub(*s, prefix.len, s->len);
    return true;
}

/* [ForAllValues: | ForAnyValue:] name [IfExists] */
static bool read_operator(struct iam_str name, struct iam_condition *c)
{
    if (strip_prefix(&name, IAM_STR("ForAllValues:"))) {
        c->quantifier = IAM_EACH_ALL;
    } else if (strip_prefix(&name, IAM_STR("ForAnyValue:"))) {
        c->quantifier = IAM_EACH_ANY;
    }
    if (iam_str_ends(name, IAM_STR("IfExists"))) {
        name.len -= IAM_STR("IfExists").len;
        c->if_exists = true;
    }
    const struct operator_row *row = find_operator(name);
    if (row == NULL || (row->family == IAM_FAMILY_NULL && c->if_exists)) {
        return false;
    }
    c->family = (uint8_t)row->family;
    c->order = (uint8_t)row->order;
    c->negated = row->negated;
    return true;
}

static enum iam_status read_text(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_value *v)
{
    v->valid = true;
    return iam_read_template(r, node, v->text, &v->as.template);
}

static enum iam_status read_truth(const struct iam_reader *r, const struct iam_json *node,
                                  struct iam_value *v)
{
    v->valid = iam_truth_parse(v->text, &v->as.truth);
    if (!v->valid) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "Null takes \"true\" or \"false\" and not", v->text);
    }
    return IAM_OK;
}

static enum iam_status read_arn(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_value *v)
{
    struct iam_pattern *p = NULL;
    IAM_TRY(iam_read_array(r, 1, sizeof(*p), &p));
    p->text = v->text;
    IAM_TRY(iam_read_template(r, node, p->text, &p->template));
    iam_pattern_split(p);
    v->as.pattern = p;
    v->valid = p->parts == IAM_ARN_PARTS || p->template != NULL;
    return IAM_OK;
}

static enum iam_status read_net(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_value *v)
{
    struct iam_net *net = NULL;
    IAM_TRY(iam_read_array(r, 1, sizeof(*net), &net));
    v->as.net = net;
    v->valid = iam_net_parse(v->text, net);
    if (!v->valid) {
        /* A Deny that can never apply is worse than a refused document. */
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write an IP address or a CIDR range instead of", v->text);
    }
    return IAM_OK;
}

static enum iam_status read_binary(const struct iam_reader *r, struct iam_value *v)
{
    struct iam_str bytes;
    enum iam_status st = iam_base64_decode(&r->policy->arena, v->text, &bytes);
    if (st == IAM_NOMEM) {
        return iam_read_no_memory(r);
    }
    v->valid = st == IAM_OK;
    if (v->valid) {
        v->text = bytes;
    }
    return IAM_OK;
}

static struct iam_str scalar_text(const struct iam_json *node)
{
    if (node->type == IAM_JSON_BOOL) {
        return node->boolean ? IAM_STR("true") : IAM_STR("false");
    }
    return node->text;
}

static enum iam_status read_value(const struct iam_reader *r, const struct iam_json *node,
                                  const struct iam_condition *c, struct iam_value *v)
{
    struct iam_decimal number;
    if (node->type != IAM_JSON_STRING && node->type != IAM_JSON_NUMBER &&
        node->type != IAM_JSON_BOOL) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write a string, a number or a boolean as the value of", c->key);
    }
    IAM_TRY(iam_read_keep(r, node, scalar_text(node), &v->text));
    switch ((enum iam_family)c->family) {
    case IAM_FAMILY_NUMERIC:
        v->valid = iam_decimal_parse(v->text, &number);
        return IAM_OK;
    case IAM_FAMILY_DATE:
        v->valid = iam_date_parse(v->text, &v->as.ms);
        return IAM_OK;
    case IAM_FAMILY_BINARY:
        return read_binary(r, v);
    case IAM_FAMILY_IP:
        return read_net(r, node, v);
    case IAM_FAMILY_ARN:
        return read_arn(r, node, v);
    case IAM_FAMILY_NULL:
        return read_truth(r, node, v);
    case IAM_FAMILY_STRING:
    case IAM_FAMILY_STRING_NOCASE:
    case IAM_FAMILY_LIKE:
    case IAM_FAMILY_BOOL:
        break;
    }
    return read_text(r, node, v);
}

static enum iam_status read_values(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_condition *c)
{
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    struct iam_value *values = NULL;
    uint32_t count = node->type == IAM_JSON_ARRAY ? node->child_count : 1;
    IAM_TRY(iam_read_array(r, count, sizeof(*values), &values));
    for (uint32_t i = 0; i < count; i++, item = iam_read_next(node, item)) {
        IAM_TRY(read_value(r, item, c, &values[i]));
    }
    c->values = values;
    c->value_count = count;
    return IAM_OK;
}

/* Keys have the form service:name; an issuer's host and path may stand for the service. */
static enum iam_status read_key(const struct iam_reader *r, const struct iam_json *member,
                                struct iam_condition *c)
{
    size_t colon = iam_str_find(member->name, ':', 0);
    if (colon == 0 || colon + 1 >= member->name.len) {
        return iam_read_refuse(r, member->name_offset, IAM_SAYS_VENDOR,
                               "write service:name instead of the condition key", member->name);
    }
    IAM_TRY(iam_read_keep(r, member, member->name, &c->key));
    c->key_hash = iam_key_hash(c->key);
    return read_values(r, member, c);
}

static enum iam_status read_block(const struct iam_reader *r, const struct iam_json *block,
                                  struct iam_condition *conditions, uint32_t *count)
{
    struct iam_condition form;
    memset(&form, 0, sizeof(form));
    if (!read_operator(block->name, &form)) {
        return iam_read_refuse(r, block->name_offset, IAM_SAYS_SYNTAX,
                               "no condition operator is spelt", block->name);
    }
    if (block->type != IAM_JSON_OBJECT) {
        return iam_read_refuse(r, block->offset, IAM_SAYS_SYNTAX,
                               "write an object of condition keys as the value of", block->name);
    }
    IAM_TRY(iam_read_check_case(r, block));
    for (const struct iam_json *m = block->first; m != NULL; m = m->next) {
        conditions[*count] = form;
        IAM_TRY(read_key(r, m, &conditions[*count]));
        (*count)++;
    }
    return IAM_OK;
}

enum iam_status iam_read_conditions(const struct iam_reader *r, const struct iam_json *node,
                                    struct iam_statement *s)
{
    struct iam_condition *conditions = NULL;
    size_t room = 0;
    uint32_t count = 0;
    if (node->type != IAM_JSON_OBJECT) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write an object of condition operators as the value of",
                               IAM_STR("Condition"));
    }
    IAM_TRY(iam_read_check_case(r, node));
    for (const struct iam_json *block = node->first; block != NULL; block = block->next) {
        room += block->child_count;
    }
    IAM_TRY(iam_read_array(r, room, sizeof(*conditions), &conditions));
    for (const struct iam_json *block = node->first; block != NULL; block = block->next) {
        IAM_TRY(read_block(r, block, conditions, &count));
    }
    s->conditions = conditions;
    s->condition_count = count;
    return IAM_OK;
}
