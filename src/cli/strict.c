/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings are tables of rules, for condition keys, for their values and for texts that may
 * hold variables. They are asked of the compiled conditions beside the document's JSON, which knows
 * the places; a value is judged by what the engine made of it, and by its own functions.
 */
#include "cli/strict.h"

#include "codec/json.h"
#include "policy/compiled.h"
#include "policy/value.h"

/* What a rule is asked about. */
struct subject {
    const struct iam_policy *policy;
    const struct iam_statement *statement;
    const struct iam_condition *condition; /* NULL in a Resource */
    const struct iam_value *value;         /* of it, the compiled one; NULL for a key */
    struct iam_str text;                   /* the key, or the value */
    const struct iam_json *values;         /* of the condition */
};

struct rule {
    const char *name;
    bool (*finds)(const struct subject *s);
    const char *why;
};

struct walk {
    struct subject at;
    iam_strict_fn *each;
    void *ctx;
};

/* ---- what is known of keys ------------------------------------------------------------------- */

#define S(text) IAM_STR_INIT(text)

/* clang-format off */
/*
 * SPEC: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference, the
 * condition keys of IAM, STS, Cognito, DynamoDB, KMS and Route 53.
 */
static const struct iam_str list_keys[] = {
    S("aws:CalledVia"), S("aws:PrincipalOrgPaths"), S("aws:PrincipalServiceNamesList"),
    S("aws:ResourceOrgPaths"), S("aws:SourceOrgPaths"), S("aws:TagKeys"), S("aws:VpceOrgPaths"),
    S("iam:AccountPropertyNamespaces"), S("sts:IdentityTokenAudience"), S("sts:IdentityTokenScope"),
    S("sts:RequestContextProviders"), S("sts:TransitiveTagKeys"),
    S("cognito-identity.amazonaws.com:amr"), S("dynamodb:Attributes"), S("dynamodb:LeadingKeys"),
    S("kms:EncryptionContextKeys"), S("kms:GrantOperations"), S("kms:ResourceAliases"),
    S("route53:ChangeResourceRecordSetsActions"),
    S("route53:ChangeResourceRecordSetsNormalizedRecordNames"),
    S("route53:ChangeResourceRecordSetsRecordTypes"),
};

/* SPEC: the first of these pages. A name that ends in '/' begins a key. */
static const struct iam_str single_keys[] = {
    S("aws:AssumedRoot"), S("aws:CalledViaFirst"), S("aws:CalledViaLast"), S("aws:CurrentTime"),
    S("aws:EpochTime"), S("aws:FederatedProvider"), S("aws:MultiFactorAuthAge"),
    S("aws:MultiFactorAuthPresent"), S("aws:PrincipalAccount"), S("aws:PrincipalArn"),
    S("aws:PrincipalIsAWSService"), S("aws:PrincipalOrgID"), S("aws:PrincipalServiceName"),
    S("aws:PrincipalTag/"), S("aws:PrincipalType"), S("aws:RequestTag/"), S("aws:RequestedRegion"),
    S("aws:ResourceAccount"), S("aws:ResourceOrgID"), S("aws:ResourceTag/"),
    S("aws:SecureTransport"), S("aws:SourceAccount"), S("aws:SourceArn"), S("aws:SourceIdentity"),
    S("aws:SourceIp"), S("aws:SourceOrgID"), S("aws:SourceVpc"), S("aws:SourceVpce"),
    S("aws:TokenIssueTime"), S("aws:UserAgent"), S("aws:ViaAWSService"), S("aws:VpcSourceIp"),
    S("aws:referer"), S("aws:userid"), S("aws:username"),
};
/* clang-format on */

#define HAS(names, key) has_key((names), IAM_COUNT(names), (key))

/* Tells whether key is in a list of names. */
static bool has_key(const struct iam_str *names, size_t count, struct iam_str key)
{
    for (size_t i = 0; i < count; i++) {
        struct iam_str name = names[i];
        if (name.p[name.len - 1] == '/' ? key.len > name.len && iam_str_starts_nocase(key, name)
                                        : iam_str_eq_nocase(key, name)) {
            return true;
        }
    }
    return false;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool is_list_key(const struct subject *s)
{
    return s->condition->quantifier == IAM_EACH_NONE && s->condition->family != IAM_FAMILY_NULL &&
           HAS(list_keys, s->text);
}

static bool is_all_of_one(const struct subject *s)
{
    return s->condition->quantifier == IAM_EACH_ALL && s->condition->family != IAM_FAMILY_NULL &&
           !s->statement->deny && HAS(single_keys, s->text);
}

static bool is_null_of_each(const struct subject *s)
{
    return s->condition->quantifier != IAM_EACH_NONE && s->condition->family == IAM_FAMILY_NULL;
}

static bool is_without_service(const struct subject *s)
{
    return iam_str_find(s->text, ':', 0) == s->text.len;
}

static bool is_tag_without_name(const struct subject *s)
{
    static const struct iam_str names[] = {
        IAM_STR_INIT("aws:PrincipalTag"),
        IAM_STR_INIT("aws:RequestTag"),
        IAM_STR_INIT("aws:ResourceTag"),
        IAM_STR_INIT("iam:ResourceTag"),
    };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        if (iam_str_starts_nocase(s->text, names[i]) &&
            (s->text.len == names[i].len ||
             (s->text.len == names[i].len + 1 && s->text.p[names[i].len] == '/'))) {
            return true;
        }
    }
    return false;
}

static bool has_no_values(const struct subject *s)
{
    return s->values->type == IAM_JSON_ARRAY && s->values->child_count == 0;
}

static struct iam_str scalar_text(const struct iam_json *node)
{
    if (node->type == IAM_JSON_BOOL) {
        return node->boolean ? IAM_STR("true") : IAM_STR("false");
    }
    return node->text;
}

/* Tells whether the condition asks, with that operator, whether MFA is truth. */
static bool is_mfa(const struct subject *s, bool if_exists, bool truth)
{
    const struct iam_json *value = s->values->type == IAM_JSON_ARRAY ? s->values->first : s->values;
    bool is_true = value != NULL && iam_str_eq_nocase(scalar_text(value), IAM_STR("true"));
    return s->condition->family == IAM_FAMILY_BOOL && s->condition->if_exists == if_exists &&
           iam_str_eq_nocase(s->text, IAM_STR("aws:MultiFactorAuthPresent")) && value != NULL &&
           is_true == truth;
}

static bool is_mfa_denied(const struct subject *s)
{
    return s->statement->deny && is_mfa(s, false, false);
}

static bool is_mfa_allowed(const struct subject *s)
{
    return !s->statement->deny && is_mfa(s, true, true);
}

/* clang-format off */
static const struct rule key_rules[] = {
    { "list-key", is_list_key,
        "the key has a list of values, and no list matches an operator without ForAllValues "
        "or ForAnyValue" },
    { "for-all-of-one", is_all_of_one,
        "ForAllValues is true when the key is absent, and the key has one value: leave "
        "ForAllValues out" },
    { "null-of-each", is_null_of_each,
        "ForAllValues:Null is always true and ForAnyValue:Null never: write Null" },
    { "key-without-service", is_without_service,
        "no request has a key without a colon" },
    { "tag-without-name", is_tag_without_name,
        "no request has this key: write the name of the tag after a slash" },
    { "no-values", has_no_values,
        "an empty list of values matches nothing" },
    { "mfa-absent", is_mfa_denied,
        "long-term keys do not have the key, so that this denies nothing to them: write "
        "BoolIfExists" },
    { "mfa-if-exists", is_mfa_allowed,
        "long-term keys do not have the key, so that this allows them without a second "
        "factor: write Bool" },
};
/* clang-format on */

/* ---- values ---------------------------------------------------------------------------------- */

/* Finds the next variable at or after *at, when the document's version has them. */
static bool next_variable(const struct subject *s, size_t *at, struct iam_str *ret_key)
{
    for (; s->policy->variables && *at + 2 < s->text.len; (*at)++) {
        if (s->text.p[*at] == '$' && s->text.p[*at + 1] == '{') {
            struct iam_str rest = iam_str_sub(s->text, *at + 2, s->text.len);
            size_t end = iam_str_find(rest, '}', 0);
            size_t comma = iam_str_find(rest, ',', 0);
            *ret_key = iam_str_sub(rest, 0, comma < end ? comma : end);
            *at += 2 + end;
            return true;
        }
    }
    return false;
}

static bool has_variable(const struct subject *s)
{
    struct iam_str key;
    size_t at = 0;
    return next_variable(s, &at, &key);
}

static bool is_list_variable(const struct subject *s)
{
    struct iam_str key;
    size_t at = 0;
    while (next_variable(s, &at, &key)) {
        if (HAS(list_keys, key)) {
            return true;
        }
    }
    return false;
}

static bool is_old_variable(const struct subject *s)
{
    size_t dollar = iam_str_find(s->text, '$', 0);
    bool may_have = s->condition == NULL || s->condition->family == IAM_FAMILY_STRING ||
                    s->condition->family == IAM_FAMILY_STRING_NOCASE ||
                    s->condition->family == IAM_FAMILY_LIKE ||
                    s->condition->family == IAM_FAMILY_ARN;
    return may_have && !s->policy->variables && dollar + 1 < s->text.len &&
           s->text.p[dollar + 1] == '{';
}

/* Reads an IPv6 range as it is written: the address, whose bytes are 16, and the length. */
static bool read_v6(const struct subject *s, struct iam_net *ret_address, uint64_t *ret_bits)
{
    size_t slash = iam_str_find(s->text, '/', 0);
    struct iam_str bits = iam_str_sub(s->text, slash + 1, s->text.len);
    *ret_bits = 128;
    return s->condition->family == IAM_FAMILY_IP && iam_str_find(s->text, ':', 0) < s->text.len &&
           iam_range_parse(iam_str_sub(s->text, 0, slash), ret_address) &&
           (slash == s->text.len || iam_str_to_u64(bits, 128, ret_bits) == IAM_OK);
}

static bool has_host_bits(const struct subject *s)
{
    struct iam_net net;
    uint64_t bits;
    if (!read_v6(s, &net, &bits) || net.size != 16) {
        return false;
    }
    for (uint64_t i = bits; i < 128; i++) {
        if ((net.bytes[i / 8] >> (7 - i % 8) & 1) != 0) {
            return true;
        }
    }
    return false;
}

/* Tells whether the engine keeps a value that equals nothing, or a number too large to compare. */
static bool is_unreadable(const struct subject *s)
{
    struct iam_decimal decimal;
    bool too_large = s->condition->family == IAM_FAMILY_NUMERIC &&
                     iam_decimal_parse(s->text, &decimal) == IAM_LIMIT;
    return too_large || (s->value->unreadable && !has_host_bits(s));
}

static bool is_odd_truth(const struct subject *s)
{
    return (s->condition->family == IAM_FAMILY_NULL ||
            (s->condition->family == IAM_FAMILY_BOOL && !has_variable(s))) &&
           !iam_truth(s->text) && !iam_str_eq_nocase(s->text, IAM_STR("false"));
}

static bool is_mapped(const struct subject *s)
{
    static const uint8_t prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    struct iam_net net;
    uint64_t bits;
    return read_v6(s, &net, &bits) && (net.size == 4 || memcmp(net.bytes, prefix, 12) == 0);
}

/* Tells whether a wildcard outside of a variable is compared as a character. */
static bool is_literal_wildcard(const struct subject *s)
{
    bool inside = false;
    if (s->condition->family != IAM_FAMILY_STRING &&
        s->condition->family != IAM_FAMILY_STRING_NOCASE) {
        return false;
    }
    for (size_t i = 0; i < s->text.len; i++) {
        char c = s->text.p[i];
        inside = inside ? c != '}' : c == '{' && i > 0 && s->text.p[i - 1] == '$';
        if (!inside && (c == '*' || c == '?')) {
            return true;
        }
    }
    return false;
}

static bool is_session_arn(const struct subject *s)
{
    struct iam_str mark = IAM_STR(":assumed-role/");
    return iam_str_eq_nocase(iam_condition_key(s->condition), IAM_STR("aws:PrincipalArn")) &&
           s->text.len > mark.len && memmem(s->text.p, s->text.len, mark.p, mark.len) != NULL;
}

/* clang-format off */
static const struct rule value_rules[] = {
    { "unreadable-value", is_unreadable,
        "the value is not one of the operator's type, and matches nothing" },
    { "odd-truth", is_odd_truth,
        "the value is neither true nor false, and means false" },
    { "host-bits", has_host_bits,
        "an IPv6 range with bits set after its prefix matches no address" },
    { "mapped-range", is_mapped,
        "a range of IPv4-mapped addresses matches no request, whose address is an IPv4 "
        "address then" },
    { "literal-wildcard", is_literal_wildcard,
        "the operator compares the wildcard as a character: write StringLike" },
    { "session-arn", is_session_arn,
        "aws:PrincipalArn of a role session is the role's ARN, never the session's" },
    { "list-variable", is_list_variable,
        "a key with a list of values has no value as a variable" },
    { "old-version", is_old_variable,
        "without Version 2012-10-17 a variable is text" },
};
/* clang-format on */

/* clang-format off */
static const struct rule resource_rules[] = {
    { "list-variable", is_list_variable,
        "a key with a list of values has no value as a variable" },
    { "old-version", is_old_variable,
        "without Version 2012-10-17 a variable is text" },
};
/* clang-format on */

/* ---- the walk -------------------------------------------------------------------------------- */

static void ask(struct walk *w, const struct rule *rules, size_t count, struct iam_str text,
                size_t offset)
{
    w->at.text = text;
    for (size_t i = 0; i < count; i++) {
        if (rules[i].finds(&w->at)) {
            struct iam_strict_finding f = { rules[i].name, rules[i].why, text, offset };
            w->each(w->ctx, &f);
        }
    }
}

/* Asks the rules about one value, or each of a list. */
static void ask_values(const struct walk *w, const struct rule *rules, size_t count,
                       const struct iam_json *node)
{
    struct walk each = *w;
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    const struct iam_condition *c = w->at.condition;
    each.at.value = c != NULL ? iam_condition_values(c) : NULL;
    for (; item != NULL; item = item == node ? NULL : item->next) {
        ask(&each, rules, count, scalar_text(item), item->offset);
        each.at.value = c != NULL ? each.at.value + 1 : NULL;
    }
}

/* Walks the keys of the document and the compiled conditions side by side. */
static void walk_conditions(struct walk *w, const struct iam_json *node)
{
    const struct iam_condition *c = iam_statement_conditions(w->at.statement);
    const struct iam_condition *end = c + w->at.statement->condition_count;
    for (const struct iam_json *block = node->first; block != NULL; block = block->next) {
        for (const struct iam_json *key = block->first; key != NULL; key = key->next, c++) {
            IAM_ASSERT(c < end && iam_str_eq(iam_condition_key(c), key->name));
            if (c >= end) {
                return;
            }
            w->at.condition = c;
            w->at.values = key;
            ask(w, key_rules, IAM_COUNT(key_rules), key->name, key->name_offset);
            ask_values(w, value_rules, IAM_COUNT(value_rules), key);
        }
    }
    w->at.condition = NULL;
}

static void walk_statement(struct walk *w, const struct iam_json *node)
{
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        if (iam_str_eq(m->name, IAM_STR("Condition"))) {
            walk_conditions(w, m);
        } else if (iam_str_eq(m->name, IAM_STR("Resource")) ||
                   iam_str_eq(m->name, IAM_STR("NotResource"))) {
            ask_values(w, resource_rules, IAM_COUNT(resource_rules), m);
        }
    }
}

enum iam_status iam_strict_check(struct iam_arena *arena, const struct iam_policy *policy,
                                 iam_strict_fn *each, void *ctx)
{
    static const struct iam_json_limits limits = { IAM_POLICY_MAX_BYTES, 16, IAM_POLICY_MAX_BYTES };
    struct walk w = { .at = { .policy = policy }, .each = each, .ctx = ctx };
    const struct iam_json *root;
    IAM_TRY(iam_json_read(arena, iam_policy_text(policy), &limits, &root, NULL));
    const struct iam_json *node = iam_json_member(root, IAM_STR("Statement"));
    const struct iam_json *item = node->type == IAM_JSON_ARRAY ? node->first : node;
    for (size_t i = 0; i < iam_policy_statement_count(policy); i++) {
        w.at.statement = &iam_policy_statements(policy)[i];
        walk_statement(&w, item);
        item = item->next;
    }
    return IAM_OK;
}
