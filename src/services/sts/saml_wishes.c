/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attributes with which a SAML provider asks for a session. An attribute may come several
 * times; those that have one value must have it once in all of the assertion.
 */
#include "dispatch/call.h"
#include "model/quota.h"
#include "services/sts/saml.h"
#include "wire/codec.h"

#define ATTRIBUTE(name) IAM_STR("https://aws.amazon.com/SAML/Attributes/" name)
#define MIN_SECONDS 900
#define MAX_SECONDS 43200

/* ---- values ---- */

struct values {
    struct iam_str *items;
    size_t count;
};

static enum iam_status collect(struct iam_call *call, const struct iam_saml_assertion *a,
                               struct iam_str name, struct values *ret)
{
    size_t max = 0;
    for (size_t i = 0; i < a->attribute_count; i++) {
        max += iam_str_eq(a->attributes[i].name, name) ? a->attributes[i].value_count : 0;
    }
    struct iam_str *values = iam_arena_zalloc(call->arena, max + 1, sizeof(*values));
    size_t n = 0;
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    for (size_t i = 0; i < a->attribute_count; i++) {
        const struct iam_saml_attribute *attribute = &a->attributes[i];
        for (size_t j = 0; iam_str_eq(attribute->name, name) && j < attribute->value_count; j++) {
            values[n++] = attribute->values[j];
        }
    }
    *ret = (struct values){ values, n };
    return IAM_OK;
}

/* Finds the one value of an attribute; absent when there is none. */
static enum iam_status find_one(struct iam_call *call, const struct iam_saml_assertion *a,
                                struct iam_str name, struct iam_str *ret)
{
    struct values values;
    IAM_TRY(collect(call, a, name, &values));
    if (values.count > 1) {
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                        "%.*s in AuthnResponse must have one value", IAM_STR_ARG(name));
    }
    *ret = values.count == 1 ? values.items[0] : iam_str_absent();
    return IAM_OK;
}

/* ---- the role ---- */

/* Tells whether value is the two ARNs with a comma between them, in either order. */
static bool is_pair(struct iam_str value, struct iam_str role, struct iam_str provider)
{
    size_t comma = iam_str_find(value, ',', 0);
    struct iam_str first = iam_str_trim(iam_str_sub(value, 0, comma));
    struct iam_str second = iam_str_trim(iam_str_sub(value, comma + 1, value.len));
    return (iam_str_eq(first, role) && iam_str_eq(second, provider)) ||
           (iam_str_eq(first, provider) && iam_str_eq(second, role));
}

static enum iam_status check_role(struct iam_call *call,
                                  const struct api_sts_assume_role_with_saml_in *in,
                                  const struct iam_saml_assertion *a)
{
    struct values pairs;
    IAM_TRY(collect(call, a, ATTRIBUTE("Role"), &pairs));
    for (size_t i = 0; i < pairs.count; i++) {
        if (is_pair(pairs.items[i], in->role_arn, in->principal_arn)) {
            return IAM_OK;
        }
    }
    return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                    "SAML Assertion doesn't contain the requested Role and Metadata in the "
                    "attributes");
}

/* ---- tags ---- */

static bool is_tag(const struct iam_saml_attribute *attribute)
{
    return iam_str_starts(attribute->name, ATTRIBUTE("PrincipalTag:"));
}

/* Checks a tag against those before it. Keys are one key whatever their case. */
static enum iam_status check_tag(struct iam_call *call, const struct iam_saml_attribute *attribute,
                                 const struct iam_tag *tags, size_t count, struct iam_str key)
{
    const char *why = NULL;
    if (attribute->value_count != 1) {
        why = "PrincipalTag in AuthnResponse must have one value";
    } else if (iam_str_starts_nocase(key, IAM_STR("aws:"))) {
        why = "Tag keys beginning with aws: are reserved for system use.";
    } else if (iam_tag_find(tags, count, key) != NULL) {
        why = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    }
    return why == NULL ? IAM_OK : api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN, "%s", why);
}

static enum iam_status read_tags(struct iam_call *call, const struct iam_saml_assertion *a,
                                 struct sts_saml_wishes *wishes)
{
    const size_t prefix = ATTRIBUTE("PrincipalTag:").len;
    struct iam_tag *tags = iam_arena_zalloc(call->arena, a->attribute_count + 1, sizeof(*tags));
    size_t n = 0;
    IAM_ENSURE(tags != NULL, IAM_NOMEM);
    for (size_t i = 0; i < a->attribute_count; i++) {
        const struct iam_saml_attribute *attribute = &a->attributes[i];
        if (is_tag(attribute)) {
            struct iam_str key = iam_str_sub(attribute->name, prefix, attribute->name.len);
            IAM_TRY(check_tag(call, attribute, tags, n, key));
            tags[n++] = (struct iam_tag){ key, attribute->values[0] };
        }
    }
    wishes->tags = tags;
    wishes->tag_count = n;
    return IAM_OK;
}

/* ---- the session ---- */

/* Reads how long a session may last at most. */
static enum iam_status read_duration(struct iam_call *call, const struct iam_saml_assertion *a,
                                     struct sts_saml_wishes *wishes)
{
    struct iam_str text;
    IAM_TRY(find_one(call, a, ATTRIBUTE("SessionDuration"), &text));
    wishes->max_seconds = 0;
    if (iam_str_is_set(text) &&
        iam_str_to_i64(text, MIN_SECONDS, MAX_SECONDS, &wishes->max_seconds) != IAM_OK) {
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                        "SessionDuration in AuthnResponse must be between %d and %d", MIN_SECONDS,
                        MAX_SECONDS);
    }
    return IAM_OK;
}

static enum iam_status read_all(struct iam_call *call, const struct iam_saml_assertion *a,
                                struct sts_saml_wishes *wishes)
{
    struct values transitive;
    IAM_TRY(find_one(call, a, ATTRIBUTE("RoleSessionName"), &wishes->session_name));
    if (!iam_str_is_set(wishes->session_name)) {
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                        "RoleSessionName is required in AuthnResponse");
    }
    IAM_TRY(find_one(call, a, ATTRIBUTE("SourceIdentity"), &wishes->source_identity));
    IAM_TRY(read_duration(call, a, wishes));
    IAM_TRY(read_tags(call, a, wishes));
    IAM_TRY(collect(call, a, ATTRIBUTE("TransitiveTagKeys"), &transitive));
    wishes->transitive_keys = transitive.items;
    wishes->transitive_count = transitive.count;
    return IAM_OK;
}

/* ---- their form ---- */

static bool is_session_name(struct iam_str name)
{
    bool is_good = name.len >= 2 && name.len <= 64;
    for (size_t i = 0; is_good && i < name.len; i++) {
        is_good = iam_ascii_is_alnum(name.p[i]) || strchr("_+=,.@-", name.p[i]) != NULL;
    }
    return is_good;
}

static enum iam_status fill_tags(struct iam_call *call, const struct sts_saml_wishes *wishes,
                                 struct api_sts_tag_list *ret)
{
    struct api_sts_tag *tags = iam_arena_zalloc(call->arena, wishes->tag_count + 1, sizeof(*tags));
    IAM_ENSURE(tags != NULL, IAM_NOMEM);
    for (size_t i = 0; i < wishes->tag_count; i++) {
        tags[i] = (struct api_sts_tag){ wishes->tags[i].key, wishes->tags[i].value };
    }
    *ret = (struct api_sts_tag_list){ tags, wishes->tag_count, true };
    return IAM_OK;
}

/* Checks texts as the parameters of AssumeRole are, which mean the same. */
static enum iam_status check_form(struct iam_call *call,
                                  const struct api_sts_assume_role_with_saml_in *in,
                                  const struct sts_saml_wishes *wishes)
{
    const struct api_op *op = api_op_find(call->op->service, IAM_STR("AssumeRole"));
    struct api_sts_assume_role_in parameters = {
        .role_arn = in->role_arn,
        .role_session_name = wishes->session_name,
        .source_identity = wishes->source_identity,
        .transitive_tag_keys = {wishes->transitive_keys, wishes->transitive_count, true},
    };
    struct api_fault fault = { 0 };
    IAM_ENSURE(op != NULL, IAM_UNSUPPORTED);
    if (!is_session_name(wishes->session_name)) {
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");
    }
    IAM_TRY(fill_tags(call, wishes, &parameters.tags));
    enum iam_status st =
        api_validate(call->arena, call->op->service, op->input, &parameters, &fault);
    if (st == IAM_FAULT) {
        return api_fault_text(&call->fault, API_ERR_INVALID_IDENTITY_TOKEN, fault.message);
    }
    return st;
}

enum iam_status sts_saml_read_wishes(struct iam_call *call,
                                     const struct api_sts_assume_role_with_saml_in *in,
                                     const struct iam_saml_assertion *assertion,
                                     struct sts_saml_wishes *ret)
{
    IAM_TRY(check_role(call, in, assertion));
    IAM_TRY(read_all(call, assertion, ret));
    return check_form(call, in, ret);
}
