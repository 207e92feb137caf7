/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Condition: operator -> key -> values. Operator names are matched exactly as AWS spells them; the
 * values are converted to the operator's type once, here, so that deciding only compares.
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
    /* With each set prefix, without and with IfExists. */
    const char *written[3][2];
};

#define WRITTEN(name)                                                                         \
    {                                                                                         \
        { name, name "IfExists" }, { "ForAllValues:" name, "ForAllValues:" name "IfExists" }, \
        {                                                                                     \
            "ForAnyValue:" name, "ForAnyValue:" name "IfExists"                               \
        }                                                                                     \
    }
#define ROW(name, family, order, negated)                                                  \
    {                                                                                      \
        IAM_STR_INIT(name), IAM_FAMILY_##family, IAM_ORDER_##order, negated, WRITTEN(name) \
    }

static const struct operator_row operators[] = {
    ROW("StringEquals", STRING, EQ, false),
    ROW("StringNotEquals", STRING, EQ, true),
    ROW("StringEqualsIgnoreCase", STRING_NOCASE, EQ, false),
    ROW("StringNotEqualsIgnoreCase", STRING_NOCASE, EQ, true),
    ROW("StringLike", LIKE, EQ, false),
    ROW("StringNotLike", LIKE, EQ, true),
    ROW("NumericEquals", NUMERIC, EQ, false),
    ROW("NumericNotEquals", NUMERIC, EQ, true),
    ROW("NumericLessThan", NUMERIC, LT, false),
    ROW("NumericLessThanEquals", NUMERIC, LE, false),
    ROW("NumericGreaterThan", NUMERIC, GT, false),
    ROW("NumericGreaterThanEquals", NUMERIC, GE, false),
    ROW("DateEquals", DATE, EQ, false),
    ROW("DateNotEquals", DATE, EQ, true),
    ROW("DateLessThan", DATE, LT, false),
    ROW("DateLessThanEquals", DATE, LE, false),
    ROW("DateGreaterThan", DATE, GT, false),
    ROW("DateGreaterThanEquals", DATE, GE, false),
    ROW("Bool", BOOL, EQ, false),
    ROW("BinaryEquals", BINARY, EQ, false),
    ROW("IpAddress", IP, EQ, false),
    ROW("NotIpAddress", IP, EQ, true),
    ROW("ArnEquals", ARN, EQ, false),
    ROW("ArnNotEquals", ARN, EQ, true),
    ROW("ArnLike", ARN, EQ, false),
    ROW("ArnNotLike", ARN, EQ, true),
    ROW("Null", NULL, EQ, false),
};

/* What the bit-fields of struct iam_condition hold, and how written is indexed. */
_Static_assert(IAM_FAMILY_NULL < 1 << 4, "family has 4 bits");
_Static_assert(IAM_ORDER_GE < 1 << 3, "order has 3 bits");
_Static_assert(IAM_COUNT(operators) <= 1 << 5, "row has 5 bits");
_Static_assert(IAM_EACH_NONE == 0 && IAM_EACH_ALL == 1 && IAM_EACH_ANY == 2,
               "quantifier has 2 bits and is the first index of written");

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

/* Reads [ForAllValues: | ForAnyValue:] name [IfExists]. */
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
    c->family = (unsigned)row->family & 0xfu;
    c->order = (unsigned)row->order & 7u;
    c->negated = row->negated;
    c->row = (unsigned)(row - operators) & 0x1fu;
    IAM_ASSERT(c->family == row->family && c->order == row->order && &operators[c->row] == row);
    return true;
}

bool iam_is_operator(struct iam_str name)
{
    struct iam_condition c = { 0 };
    return read_operator(name, &c);
}

struct iam_str iam_condition_operator(const struct iam_condition *c)
{
    return iam_str_c(operators[c->row].written[c->quantifier][c->if_exists]);
}

static void set_text(struct iam_value *v, struct iam_str text)
{
    iam_rel_set(&v->as.text, text.p);
    v->len = (uint16_t)text.len;
}

/*
 * Tells what a value that is not of the operator's type means: a session policy keeps it, equal to
 * nothing, and every other kind is refused.
 * SPEC: docs/conformance.md, "Values of session policies".
 */
static enum iam_status refuse_value(const struct iam_reader *r, const struct iam_json *node,
                                    const char *write, struct iam_str text, struct iam_value *v)
{
    if (r->kind == IAM_POLICY_SESSION) {
        v->unreadable = true;
        return IAM_OK;
    }
    return iam_read_refuse(r, node->offset, IAM_SAYS_LEGACY, write, text);
}

static enum iam_status read_text(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_str text, struct iam_value *v)
{
    const struct iam_template *template;
    set_text(v, text);
    IAM_TRY(iam_read_template(r, node, text, &template));
    if (template != NULL) {
        iam_rel_set(&v->as.template, template);
        v->has_template = true;
    }
    return IAM_OK;
}

static enum iam_status read_number(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_str text, struct iam_value *v)
{
    struct iam_decimal number;
    set_text(v, text);
    enum iam_status st = iam_decimal_parse(text, &number);
    return st == IAM_OK || (st == IAM_LIMIT && r->kind == IAM_POLICY_SESSION)
               ? IAM_OK
               : refuse_value(r, node, "write a number such as 10 or -2.5 instead of", text, v);
}

/*
 * Tells whether ARNs can match a pattern without variables: it has six parts, and the first can be
 * "arn".
 */
static bool is_arn_pattern(const struct iam_pattern *p)
{
    struct iam_str scheme = iam_str_sub(iam_pattern_text(p), 0, p->colon[0]);
    size_t literal = iam_literal_len(scheme);
    return p->parts == IAM_ARN_PARTS && (literal < scheme.len || scheme.len == 3) &&
           iam_str_starts(IAM_STR("arn"), iam_str_sub(scheme, 0, literal));
}

static enum iam_status read_arn(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_str text, struct iam_value *v)
{
    const struct iam_template *template;
    struct iam_pattern *p = NULL;
    IAM_TRY(iam_read_array(r, 1, sizeof(*p), &p));
    IAM_TRY(iam_read_template(r, node, text, &template));
    iam_pattern_make(text, template, p);
    iam_rel_set(&v->as.pattern, p);
    return p->has_template || is_arn_pattern(p)
               ? IAM_OK
               : refuse_value(r, node, "write all six parts of an ARN instead of", text, v);
}

static enum iam_status read_net(const struct iam_reader *r, const struct iam_json *node,
                                struct iam_str text, struct iam_value *v)
{
    struct iam_net net;
    char *kept;
    if (!iam_range_parse(text, &net)) {
        return refuse_value(r, node,
                            "write an IP address or a CIDR range, of IPv6 without bits after its "
                            "prefix, instead of",
                            text, v);
    }
    v->len = net.bits;
    v->is_net4 = net.size == sizeof(v->as.net4);
    if (v->is_net4) {
        memcpy(v->as.net4, net.bytes, sizeof(v->as.net4));
        return IAM_OK;
    }
    IAM_TRY(iam_read_bytes(r, net.size, &kept));
    memcpy(kept, net.bytes, net.size);
    iam_rel_set(&v->as.net6, kept);
    return IAM_OK;
}

static enum iam_status read_date(const struct iam_reader *r, const struct iam_json *node,
                                 struct iam_str text, struct iam_value *v)
{
    int64_t ms;
    char *kept;
    if (!iam_date_parse(text, &ms)) {
        return refuse_value(r, node, "write a date such as 2030-01-01T00:00:00Z instead of", text,
                            v);
    }
    IAM_TRY(iam_read_bytes(r, sizeof(ms), &kept));
    memcpy(kept, &ms, sizeof(ms));
    iam_rel_set(&v->as.ms, kept);
    return IAM_OK;
}

static enum iam_status read_binary(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_str text, struct iam_value *v)
{
    struct iam_str bytes;
    enum iam_status st = iam_base64_decode(r->scratch, text, &bytes);
    if (st == IAM_NOMEM) {
        return iam_read_no_memory(r);
    }
    if (st != IAM_OK) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write canonical base64 instead of", text);
    }
    IAM_TRY(iam_read_keep(r, node, bytes, &bytes));
    set_text(v, bytes);
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
    struct iam_str text;
    IAM_TRY(iam_read_keep(r, node, scalar_text(node), &text));
    switch ((enum iam_family)c->family) {
    case IAM_FAMILY_NUMERIC:
        return read_number(r, node, text, v);
    case IAM_FAMILY_DATE:
        return read_date(r, node, text, v);
    case IAM_FAMILY_BINARY:
        return read_binary(r, node, text, v);
    case IAM_FAMILY_IP:
        return read_net(r, node, text, v);
    case IAM_FAMILY_ARN:
        return read_arn(r, node, text, v);
    case IAM_FAMILY_NULL:
        v->truth = iam_truth(text);
        return IAM_OK;
    case IAM_FAMILY_BOOL:
    case IAM_FAMILY_STRING:
    case IAM_FAMILY_STRING_NOCASE:
    case IAM_FAMILY_LIKE:
        break;
    }
    return read_text(r, node, text, v);
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
    iam_rel_set(&c->values, values);
    c->value_count = (uint16_t)count;
    return IAM_OK;
}

static enum iam_status read_key(const struct iam_reader *r, const struct iam_json *member,
                                struct iam_condition *c)
{
    struct iam_str key;
    IAM_TRY(iam_read_keep(r, member, member->name, &key));
    iam_rel_set(&c->key, key.p);
    c->key_len = (uint16_t)key.len;
    c->key_hash = iam_key_hash(key);
    return read_values(r, member, c);
}

static enum iam_status read_block(const struct iam_reader *r, const struct iam_json *block,
                                  struct iam_condition *conditions, uint32_t *count)
{
    struct iam_condition form;
    memset(&form, 0, sizeof(form));
    bool known = read_operator(block->name, &form);
    for (const struct iam_json *m = block->first; m != NULL; m = m->next) {
        IAM_ASSERT(known);
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
    for (const struct iam_json *block = node->first; block != NULL; block = block->next) {
        room += block->child_count;
    }
    IAM_TRY(iam_read_array(r, room, sizeof(*conditions), &conditions));
    for (const struct iam_json *block = node->first; block != NULL; block = block->next) {
        IAM_TRY(read_block(r, block, conditions, &count));
    }
    iam_rel_set(&s->conditions, conditions);
    s->condition_count = (uint16_t)count;
    return IAM_OK;
}

/* ---- the shape ------------------------------------------------------------------------------- */

static bool is_scalar(const struct iam_json *node)
{
    return node->type == IAM_JSON_STRING || node->type == IAM_JSON_NUMBER ||
           node->type == IAM_JSON_BOOL;
}

static enum iam_status check_values_shape(const struct iam_reader *r, const struct iam_json *node)
{
    bool is_list = node->type == IAM_JSON_ARRAY;
    const struct iam_json *item = is_list ? node->first : node;
    for (; item != NULL; item = iam_read_next(node, item)) {
        if (!is_scalar(item)) {
            return iam_read_refuse(r, item->offset, IAM_SAYS_SYNTAX,
                                   "write a string, a number or a boolean as the value of",
                                   node->name);
        }
    }
    return IAM_OK;
}

/*
 * Checks a key. One without a colon is taken, though no service has such a key; one that is only
 * half written is not.
 */
static enum iam_status check_key(const struct iam_reader *r, const struct iam_json *member)
{
    struct iam_str key = member->name;
    if (key.len == 0 || key.p[0] == ':' || key.p[key.len - 1] == ':') {
        return iam_read_refuse(r, member->name_offset, IAM_SAYS_VENDOR,
                               "write service:name instead of the condition key", key);
    }
    return check_values_shape(r, member);
}

static enum iam_status check_block_shape(const struct iam_reader *r, const struct iam_json *block)
{
    struct iam_condition form;
    memset(&form, 0, sizeof(form));
    if (block->type != IAM_JSON_OBJECT) {
        return iam_read_refuse(r, block->offset, IAM_SAYS_SYNTAX,
                               "write an object of condition keys as the value of", block->name);
    }
    /* SPEC: docs/conformance.md: without a key there is nothing that an operator would decide. */
    if (block->child_count > 0 && !read_operator(block->name, &form)) {
        return iam_read_refuse(r, block->name_offset, IAM_SAYS_SYNTAX,
                               "there is no condition operator", block->name);
    }
    IAM_TRY(iam_read_check_case(r, block));
    for (const struct iam_json *m = block->first; m != NULL; m = m->next) {
        IAM_TRY(check_key(r, m));
    }
    return IAM_OK;
}

enum iam_status iam_check_condition_shape(const struct iam_reader *r, const struct iam_json *node)
{
    if (node->type != IAM_JSON_OBJECT) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "write an object of condition operators as the value of",
                               IAM_STR("Condition"));
    }
    IAM_TRY(iam_read_check_case(r, node));
    for (const struct iam_json *block = node->first; block != NULL; block = block->next) {
        IAM_TRY(check_block_shape(r, block));
    }
    return IAM_OK;
}
