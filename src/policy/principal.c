/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Principal and NotPrincipal: "*", or an object of AWS, Service, Federated and CanonicalUser with
 * exact names. An account may be written as its ID or as its root ARN: both mean the same.
 */
#include "policy/read_int.h"

#define ACCOUNT_DIGITS 12
#define UNIQUE_ID_MIN 16
#define UNIQUE_ID_MAX 128

/* Tells whether text has the parts of an ARN. */
static bool is_whole(struct iam_str text, size_t ret_colon[IAM_ARN_PARTS - 1])
{
    return iam_find_colons(text, ret_colon) && iam_str_starts(text, IAM_STR("arn:"));
}

bool iam_is_account_id(struct iam_str s)
{
    return iam_str_is_digits(s, ACCOUNT_DIGITS);
}

struct iam_str iam_arn_account_at(struct iam_str text, const size_t colon[IAM_ARN_PARTS - 1])
{
    struct iam_str account = iam_str_sub(text, colon[3] + 1, colon[4] - colon[3] - 1);
    return iam_is_account_id(account) ? account : iam_str_absent();
}

struct iam_str iam_arn_account(struct iam_str text)
{
    size_t colon[IAM_ARN_PARTS - 1];
    return is_whole(text, colon) ? iam_arn_account_at(text, colon) : iam_str_absent();
}

/* Tells whether s looks like AIDA... or AROA...: upper-case letters and digits. */
static bool is_unique_id(struct iam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!iam_ascii_is_digit(s.p[i]) && !(s.p[i] >= 'A' && s.p[i] <= 'Z')) {
            return false;
        }
    }
    return s.len >= UNIQUE_ID_MIN && s.len <= UNIQUE_ID_MAX && iam_ascii_is_alpha(s.p[0]);
}

/* Finds the account of arn:partition:iam::account:root. */
static bool root_account(struct iam_str arn, struct iam_str *ret)
{
    size_t colon[IAM_ARN_PARTS - 1];
    if (!iam_find_colons(arn, colon)) {
        return false;
    }
    struct iam_str service = iam_str_sub(arn, colon[1] + 1, colon[2] - colon[1] - 1);
    struct iam_str account = iam_arn_account_at(arn, colon);
    if (!iam_str_eq(service, IAM_STR("iam")) || colon[3] != colon[2] + 1 ||
        !iam_str_is_set(account) ||
        !iam_str_eq(iam_str_sub(arn, colon[4] + 1, arn.len), IAM_STR("root"))) {
        return false;
    }
    *ret = account;
    return true;
}

static bool is_arn(struct iam_str s)
{
    size_t colon[IAM_ARN_PARTS - 1];
    return is_whole(s, colon) && colon[IAM_ARN_PARTS - 2] + 1 < s.len;
}

static bool has_pattern(struct iam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '$' || (unsigned char)s.p[i] <= ' ') {
            return true;
        }
    }
    return false;
}

static void set_kind(struct iam_named *n, enum iam_named_kind kind)
{
    n->kind = (uint8_t)kind;
}

/*
 * Finds out what an AWS principal names.
 * SPEC: IAM User Guide, "AWS JSON policy elements: Principal".
 */
static bool classify_aws(struct iam_named *n)
{
    struct iam_str written = iam_named_written(n);
    struct iam_str account = written;
    if (iam_str_eq(written, IAM_STR("*"))) {
        set_kind(n, IAM_NAMED_EVERYONE);
    } else if (has_pattern(written)) {
        return false;
    } else if (iam_is_account_id(written) || root_account(written, &account)) {
        set_kind(n, IAM_NAMED_ACCOUNT);
        n->value_at = (uint16_t)(account.p - written.p);
        n->value_len = (uint16_t)account.len;
    } else if (is_arn(written)) {
        set_kind(n, IAM_NAMED_ARN);
    } else {
        set_kind(n, IAM_NAMED_ID);
        return is_unique_id(written);
    }
    return true;
}

/* The types of principals. */
struct type_row {
    struct iam_str name;
    struct iam_str capitals; /* as AWS's sentence quotes it */
    enum iam_named_kind kind;
};

static const struct type_row type_rows[] = {
    {IAM_STR_INIT("AWS"),            IAM_STR_INIT("AWS"),           IAM_NAMED_ARN      },
    { IAM_STR_INIT("Service"),       IAM_STR_INIT("SERVICE"),       IAM_NAMED_SERVICE  },
    { IAM_STR_INIT("Federated"),     IAM_STR_INIT("FEDERATED"),     IAM_NAMED_FEDERATED},
    { IAM_STR_INIT("CanonicalUser"), IAM_STR_INIT("CANONICALUSER"), IAM_NAMED_CANONICAL},
};

static const struct type_row *find_type(struct iam_str name)
{
    for (size_t i = 0; i < IAM_COUNT(type_rows); i++) {
        if (iam_str_eq(type_rows[i].name, name)) {
            return &type_rows[i];
        }
    }
    return NULL;
}

/* Tells whether s is labels of letters, digits, '-' and '_', divided by dots, at least two. */
static bool is_domain(struct iam_str s)
{
    size_t dots = 0;
    size_t label = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '.') {
            if (label == 0) {
                return false;
            }
            dots++;
            label = 0;
        } else if (iam_ascii_is_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '_') {
            label++;
        } else {
            return false;
        }
    }
    return dots > 0 && label > 0;
}

/* Tells whether s is the ARN of a SAML or OIDC provider. */
static bool is_provider_arn(struct iam_str s)
{
    size_t colon[IAM_ARN_PARTS - 1];
    if (!is_whole(s, colon) || !iam_str_is_set(iam_arn_account_at(s, colon))) {
        return false;
    }
    struct iam_str service = iam_str_sub(s, colon[1] + 1, colon[2] - colon[1] - 1);
    struct iam_str name = iam_str_sub(s, colon[4] + 1, s.len);
    return iam_str_eq(service, IAM_STR("iam")) && colon[3] == colon[2] + 1 &&
           (iam_str_starts(name, IAM_STR("saml-provider/")) ||
            iam_str_starts(name, IAM_STR("oidc-provider/")));
}

/* Tells whether a trust policy may name it. Which services there are, the library does not know. */
static bool is_trusted_form(const struct type_row *type, struct iam_str written)
{
    switch (type->kind) {
    case IAM_NAMED_SERVICE:
        return is_domain(written);
    case IAM_NAMED_FEDERATED:
        return is_domain(written) || is_provider_arn(written);
    default:
        return true;
    }
}

static bool classify(const struct iam_reader *r, const struct type_row *type,
                     struct iam_str written, struct iam_named *n)
{
    iam_rel_set(&n->written, written.p);
    n->written_len = (uint16_t)written.len;
    n->value_len = n->written_len;
    if (type->kind == IAM_NAMED_ARN) {
        return classify_aws(n);
    }
    set_kind(n, type->kind);
    return written.len > 0 && !has_pattern(written) &&
           (r->kind != IAM_POLICY_TRUST || is_trusted_form(type, written));
}

static enum iam_status refuse_principal(const struct iam_reader *r, const struct iam_json *item,
                                        const struct type_row *type, struct iam_str written)
{
    if (r->kind == IAM_POLICY_TRUST && type->kind == IAM_NAMED_FEDERATED) {
        return iam_read_refuse(r, item->offset, IAM_SAYS_FEDERATED,
                               "write a domain name or the ARN of an identity provider instead of",
                               written);
    }
    return iam_read_refuse_pair(r, item->offset, IAM_SAYS_BAD_PRINCIPAL, type->capitals, written,
                                "write an account ID, an exact ARN without wildcards, the domain "
                                "name of a service or \"*\" instead of");
}

static enum iam_status read_typed(const struct iam_reader *r, const struct iam_json *member,
                                  struct iam_named *names, uint32_t *count)
{
    const struct type_row *type = find_type(member->name);
    const struct iam_json *item;
    uint32_t n;
    IAM_TRY(iam_read_strings(r, member, member->name, &item, &n));
    for (; item != NULL; item = iam_read_next(member, item)) {
        struct iam_str written;
        IAM_TRY(iam_read_keep(r, item, item->text, &written));
        if (!classify(r, type, written, &names[*count])) {
            return refuse_principal(r, item, type, written);
        }
        (*count)++;
    }
    return IAM_OK;
}

static enum iam_status read_object(const struct iam_reader *r, const struct iam_json *node,
                                   struct iam_statement *s)
{
    struct iam_named *names = NULL;
    uint32_t count = 0;
    size_t room = 0;
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        room += m->type == IAM_JSON_ARRAY ? m->child_count : 1;
    }
    IAM_TRY(iam_read_array(r, room, sizeof(*names), &names));
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        IAM_TRY(read_typed(r, m, names, &count));
    }
    iam_rel_set(&s->principals, names);
    s->principal_count = (uint16_t)count;
    return IAM_OK;
}

static enum iam_status read_everyone(const struct iam_reader *r, const struct iam_json *node,
                                     struct iam_statement *s)
{
    struct iam_named *names = NULL;
    struct iam_str written;
    IAM_TRY(iam_read_keep(r, node, node->text, &written));
    IAM_TRY(iam_read_array(r, 1, sizeof(*names), &names));
    set_kind(names, IAM_NAMED_EVERYONE);
    iam_rel_set(&names->written, written.p);
    names->written_len = 1;
    names->value_len = 1;
    names->bare = true;
    iam_rel_set(&s->principals, names);
    s->principal_count = 1;
    return IAM_OK;
}

static bool is_star(const struct iam_json *node)
{
    return node->type == IAM_JSON_STRING && iam_str_eq(node->text, IAM_STR("*"));
}

enum iam_status iam_read_principals(const struct iam_reader *r, const struct iam_json *node,
                                    struct iam_statement *s)
{
    if (is_star(node)) {
        return r->kind != IAM_POLICY_TRUST
                   ? read_everyone(r, node, s)
                   : iam_read_refuse(r, node->offset, IAM_SAYS_STAR,
                                     "name the accounts, services or providers that are trusted "
                                     "instead of",
                                     node->text);
    }
    IAM_TRY(read_object(r, node, s));
    if (s->not_principal && s->principal_count == 0) {
        return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX,
                               "an empty NotPrincipal would mean everyone", iam_str_absent());
    }
    return IAM_OK;
}

enum iam_status iam_check_principal_shape(const struct iam_reader *r, const struct iam_json *node)
{
    const struct iam_json *first;
    uint32_t count;
    if (is_star(node)) {
        return IAM_OK;
    }
    if (node->type != IAM_JSON_OBJECT) {
        return iam_read_refuse(
            r, node->offset, IAM_SAYS_SYNTAX,
            "write \"*\" or an object such as {\"AWS\": \"111122223333\"} as the "
            "value of",
            node->name);
    }
    IAM_TRY(iam_read_check_case(r, node));
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        if (find_type(m->name) == NULL) {
            return iam_read_refuse(r, m->name_offset, IAM_SAYS_SYNTAX,
                                   "write AWS, Service, Federated or CanonicalUser instead of",
                                   m->name);
        }
        IAM_TRY(iam_read_strings(r, m, m->name, &first, &count));
    }
    return IAM_OK;
}
