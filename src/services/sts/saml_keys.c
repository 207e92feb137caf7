/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition keys of an assertion. SPEC: IAM User Guide, "IAM and AWS STS condition context
 * keys", "Mapping SAML attributes to AWS trust policy context keys"; Service Authorization
 * Reference, "STS" (which keys have several values).
 */
#include "dispatch/call.h"
#include "services/sts/saml.h"

/* LIMIT: names of an attribute that become one key. */
#define MAX_NAMES 3

struct row {
    struct iam_str key;
    bool is_list;
    struct iam_str names[MAX_NAMES];
};

#define S(text) IAM_STR_INIT(text)
#define PERSON(number) S("urn:oid:1.3.6.1.4.1.5923.1.1.1." number)
#define ORG(number) S("urn:oid:1.3.6.1.4.1.5923.1.2.1." number)
#define CLAIM(name) S("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/" name)

/* clang-format off */
static const struct row ROWS[] = {
    { S("saml:edupersonaffiliation"), true, { PERSON("1") } },
    { S("saml:edupersonnickname"), true, { PERSON("2") } },
    { S("saml:edupersonorgdn"), false, { PERSON("3") } },
    { S("saml:edupersonorgunitdn"), true, { PERSON("4") } },
    { S("saml:edupersonprimaryaffiliation"), false, { PERSON("5") } },
    { S("saml:edupersonprincipalname"), false, { PERSON("6") } },
    { S("saml:edupersonentitlement"), true, { PERSON("7") } },
    { S("saml:edupersonprimaryorgunitdn"), false, { PERSON("8") } },
    { S("saml:edupersonscopedaffiliation"), true, { PERSON("9") } },
    { S("saml:edupersontargetedid"), true, { PERSON("10") } },
    { S("saml:edupersonassurance"), true, { PERSON("11") } },
    { S("saml:eduorghomepageuri"), true, { ORG("2") } },
    { S("saml:eduorgidentityauthnpolicyuri"), true, { ORG("3") } },
    { S("saml:eduorglegalname"), true, { ORG("4") } },
    { S("saml:eduorgsuperioruri"), true, { ORG("5") } },
    { S("saml:eduorgwhitepagesuri"), true, { ORG("6") } },
    { S("saml:cn"), true, { S("urn:oid:2.5.4.3") } },
    { S("saml:name"), false, { CLAIM("name") } },
    { S("saml:commonName"), false, { S("http://schemas.xmlsoap.org/claims/CommonName"), S("2.5.4.3") } },
    { S("saml:givenName"), false, { CLAIM("givenname"), S("2.5.4.42"), S("2.4.5.42") } },
    { S("saml:surname"), false, { CLAIM("surname"), S("2.5.4.4") } },
    { S("saml:mail"), false, { CLAIM("emailaddress"), S("0.9.2342.19200300.100.1.3") } },
    { S("saml:primaryGroupSID"), false, { S("http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid") } },
    { S("saml:x500UniqueIdentifier"), false, { S("2.5.4.45") } },
    { S("saml:uid"), false, { S("0.9.2342.19200300.100.1.1") } },
    { S("saml:organizationStatus"), false, { S("0.9.2342.19200300.100.1.45") } },
};
/* clang-format on */

/* The keys that every assertion has, besides those of attributes. */
#define FIXED_KEYS 7

struct keys {
    struct iam_context_entry items[IAM_COUNT(ROWS) + FIXED_KEYS];
    struct iam_str values[FIXED_KEYS];
    size_t count;
};

static void add_text(struct keys *k, struct iam_str key, struct iam_str value)
{
    IAM_ASSERT(k->count < FIXED_KEYS);
    k->values[k->count] = value;
    k->items[k->count] =
        (struct iam_context_entry){ .key = key, .values = &k->values[k->count], .value_count = 1 };
    k->count++;
}

static bool has_name(const struct row *row, struct iam_str name)
{
    for (size_t i = 0; i < MAX_NAMES; i++) {
        if (row->names[i].len > 0 && iam_str_eq(row->names[i], name)) {
            return true;
        }
    }
    return false;
}

/* Adds the key of a row with the values of all its attributes, if there are any. */
static enum iam_status add_row(struct iam_call *call, const struct row *row,
                               const struct iam_saml_assertion *a, struct keys *k)
{
    size_t max = 0;
    size_t n = 0;
    for (size_t i = 0; i < a->attribute_count; i++) {
        max += has_name(row, a->attributes[i].name) ? a->attributes[i].value_count : 0;
    }
    struct iam_str *values = iam_arena_zalloc(call->arena, max + 1, sizeof(*values));
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    for (size_t i = 0; i < a->attribute_count; i++) {
        const struct iam_saml_attribute *attribute = &a->attributes[i];
        for (size_t j = 0; has_name(row, attribute->name) && j < attribute->value_count; j++) {
            values[n++] = attribute->values[j];
        }
    }
    if (n > 0) {
        /* Several values of a key that has one are a list, which no plain operator matches. */
        k->items[k->count++] = (struct iam_context_entry){
            .key = row->key, .values = values, .value_count = n, .is_list = row->is_list || n > 1
        };
    }
    return IAM_OK;
}

enum iam_status sts_saml_make_keys(struct iam_call *call, struct iam_str account,
                                   struct iam_str name, struct sts_saml *saml)
{
    const struct iam_saml_assertion *a = &saml->assertion;
    struct keys *k = iam_arena_zalloc(call->arena, 1, sizeof(*k));
    struct iam_str doc;
    IAM_ENSURE(k != NULL, IAM_NOMEM);
    IAM_TRY(iam_arena_fmt(call->arena, &doc, "%.*s/%.*s", IAM_STR_ARG(account), IAM_STR_ARG(name)));
    add_text(k, IAM_STR("saml:aud"), a->recipient);
    add_text(k, IAM_STR("saml:iss"), a->issuer);
    add_text(k, IAM_STR("saml:sub"), a->subject);
    add_text(k, IAM_STR("saml:sub_type"), saml->subject_type);
    add_text(k, IAM_STR("saml:doc"), doc);
    add_text(k, IAM_STR("saml:namequalifier"), saml->name_qualifier);
    add_text(k, IAM_STR("sts:RoleSessionName"), saml->wishes.session_name);
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        IAM_TRY(add_row(call, &ROWS[i], a, k));
    }
    saml->evidence.keys = k->items;
    saml->evidence.key_count = k->count;
    return IAM_OK;
}
