/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verified assertion says. SPEC: SAML 2.0 Core, section 2; what must be there is what AWS
 * was seen to ask for (docs/conformance.md, "SAML").
 */
#include <openssl/evp.h>

#include "authn/saml_int.h"
#include "base/time.h"
#include "codec/base64.h"

#define SHA1_BYTES 20
#define BEARER "urn:oasis:names:tc:SAML:2.0:cm:bearer"

/* ---- times ---- */

/* Reads a time of an attribute that may be missing: then *ret is 0. Times at 0 or before are not.
 */
static enum iam_status read_time(const xmlNode *element, const char *name, int64_t *ret)
{
    struct iam_str text = saml_attribute(element, name);
    int64_t ms = 0;
    if (iam_str_is_set(text)) {
        IAM_ENSURE(iam_time_from_iso(text, &ms) == IAM_OK && ms > 0, IAM_SYNTAX);
    }
    *ret = ms;
    return IAM_OK;
}

/* Lets the assertion end at ms, unless that is 0 or it ends before. */
static void end_at(struct iam_saml_assertion *a, int64_t ms)
{
    if (ms != 0 && (a->expires_ms == 0 || ms < a->expires_ms)) {
        a->expires_ms = ms;
    }
}

/*
 * Reads NotBefore and NotOnOrAfter. The first has to be a time, and decides nothing.
 * SPEC: recorded on AWS, docs/conformance.md, "SAML".
 */
static enum iam_status read_period(const xmlNode *element, struct iam_saml_assertion *a,
                                   bool needs_end)
{
    int64_t begin;
    int64_t end;
    IAM_TRY(read_time(element, "NotBefore", &begin));
    IAM_TRY(read_time(element, "NotOnOrAfter", &end));
    IAM_ENSURE(end != 0 || !needs_end, IAM_SYNTAX);
    end_at(a, end);
    return IAM_OK;
}

/* ---- texts ---- */

/* Copies the text of an element; one that is too long is none. */
static enum iam_status read_text(struct iam_arena *arena, const xmlNode *element,
                                 struct iam_str *ret)
{
    struct iam_str text;
    IAM_TRY(saml_text(arena, element, &text));
    IAM_ENSURE(text.len <= IAM_SAML_TEXT_MAX, IAM_SYNTAX);
    *ret = text;
    return IAM_OK;
}

/* Copies an attribute of an element, which must be there and not be empty. */
static enum iam_status read_attribute_text(struct iam_arena *arena, const xmlNode *element,
                                           const char *name, struct iam_str *ret)
{
    struct iam_str text = saml_attribute(element, name);
    IAM_ENSURE(text.len > 0 && text.len <= IAM_SAML_TEXT_MAX, IAM_SYNTAX);
    return iam_arena_dup(arena, text, ret);
}

/* ---- the subject ---- */

static enum iam_status read_name(struct iam_arena *arena, const xmlNode *subject,
                                 struct iam_saml_assertion *a)
{
    const xmlNode *name = saml_only(subject, "NameID", SAML_ASSERTION);
    a->subject = iam_str_absent();
    if (name == NULL) {
        return IAM_OK;
    }
    IAM_ENSURE(saml_is_leaf(name), IAM_SYNTAX);
    IAM_TRY(read_attribute_text(arena, name, "Format", &a->format));
    IAM_TRY(read_text(arena, name, &a->subject));
    return a->subject.len > 0 ? IAM_OK : IAM_SYNTAX;
}

/*
 * Reads the one confirmation, which has to be that of a bearer: who brings the assertion is its
 * subject.
 */
static enum iam_status read_confirmation(struct iam_arena *arena, const xmlNode *subject,
                                         struct iam_saml_assertion *a)
{
    const xmlNode *confirmation = saml_only(subject, "SubjectConfirmation", SAML_ASSERTION);
    const xmlNode *data = saml_only(confirmation, "SubjectConfirmationData", SAML_ASSERTION);
    IAM_ENSURE(data != NULL && iam_str_eq(saml_attribute(confirmation, "Method"), IAM_STR(BEARER)),
               IAM_SYNTAX);
    IAM_TRY(read_attribute_text(arena, data, "Recipient", &a->recipient));
    return read_period(data, a, true);
}

/* ---- statements ---- */

static enum iam_status read_conditions(const xmlNode *assertion, struct iam_saml_assertion *a)
{
    const xmlNode *conditions = saml_only(assertion, "Conditions", SAML_ASSERTION);
    IAM_ENSURE(conditions != NULL, IAM_SYNTAX);
    return read_period(conditions, a, false);
}

/* Reads when the sessions of all statements end: the first of them counts. */
static enum iam_status read_sessions(const xmlNode *assertion, struct iam_saml_assertion *a)
{
    const xmlNode *statement = saml_first(assertion, "AuthnStatement", SAML_ASSERTION);
    IAM_ENSURE(statement != NULL, IAM_SYNTAX);
    a->session_ends_ms = 0;
    for (; statement != NULL; statement = saml_next(statement, "AuthnStatement", SAML_ASSERTION)) {
        int64_t end;
        IAM_TRY(read_time(statement, "SessionNotOnOrAfter", &end));
        if (end != 0 && (a->session_ends_ms == 0 || end < a->session_ends_ms)) {
            a->session_ends_ms = end;
        }
    }
    end_at(a, a->session_ends_ms);
    return IAM_OK;
}

/* ---- attributes ---- */

static size_t count_children(const xmlNode *parent, const char *local)
{
    size_t count = 0;
    for (const xmlNode *n = saml_first(parent, local, SAML_ASSERTION); n != NULL;
         n = saml_next(n, local, SAML_ASSERTION)) {
        count++;
    }
    return count;
}

static enum iam_status read_attribute(struct iam_arena *arena, const xmlNode *element,
                                      struct iam_saml_attribute *ret)
{
    size_t count = count_children(element, "AttributeValue");
    struct iam_str *values = iam_arena_zalloc(arena, count + 1, sizeof(*values));
    size_t n = 0;
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    IAM_TRY(read_attribute_text(arena, element, "Name", &ret->name));
    for (const xmlNode *v = saml_first(element, "AttributeValue", SAML_ASSERTION); v != NULL;
         v = saml_next(v, "AttributeValue", SAML_ASSERTION)) {
        IAM_TRY(read_text(arena, v, &values[n++]));
    }
    ret->values = values;
    ret->value_count = n;
    return IAM_OK;
}

/* Reads a statement's attributes into items, which has room; those without values are left out. */
static enum iam_status read_statement(struct iam_arena *arena, const xmlNode *statement,
                                      struct iam_saml_attribute *items, size_t *count,
                                      size_t *values)
{
    for (const xmlNode *n = saml_first(statement, "Attribute", SAML_ASSERTION); n != NULL;
         n = saml_next(n, "Attribute", SAML_ASSERTION)) {
        IAM_TRY(read_attribute(arena, n, &items[*count]));
        *values += items[*count].value_count;
        IAM_ENSURE(*values <= IAM_SAML_VALUES_MAX, IAM_SYNTAX);
        *count += items[*count].value_count > 0;
    }
    return IAM_OK;
}

static enum iam_status read_attributes(struct iam_arena *arena, const xmlNode *assertion,
                                       struct iam_saml_assertion *a)
{
    const xmlNode *first = saml_first(assertion, "AttributeStatement", SAML_ASSERTION);
    size_t max = 0;
    for (const xmlNode *s = first; s != NULL;
         s = saml_next(s, "AttributeStatement", SAML_ASSERTION)) {
        max += count_children(s, "Attribute");
    }
    struct iam_saml_attribute *items = iam_arena_zalloc(arena, max + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    size_t values = 0; /* of all of them */
    a->attributes = items;
    a->attribute_count = 0;
    for (const xmlNode *s = first; s != NULL;
         s = saml_next(s, "AttributeStatement", SAML_ASSERTION)) {
        IAM_TRY(read_statement(arena, s, items, &a->attribute_count, &values));
    }
    return IAM_OK;
}

/* ---- all of it ---- */

static enum iam_status read_all(struct iam_arena *arena, const xmlNode *assertion,
                                struct iam_saml_assertion *a)
{
    const xmlNode *subject = saml_only(assertion, "Subject", SAML_ASSERTION);
    IAM_ENSURE(saml_is(assertion, "Assertion", SAML_ASSERTION) && subject != NULL, IAM_SYNTAX);
    IAM_ENSURE(iam_str_eq(saml_attribute(assertion, "Version"), IAM_STR("2.0")), IAM_SYNTAX);
    IAM_TRY(read_attribute_text(arena, assertion, "ID", &a->id));
    IAM_TRY(read_text(arena, saml_only(assertion, "Issuer", SAML_ASSERTION), &a->issuer));
    IAM_TRY(read_name(arena, subject, a));
    IAM_TRY(read_confirmation(arena, subject, a));
    IAM_TRY(read_conditions(assertion, a));
    IAM_TRY(read_sessions(assertion, a));
    return read_attributes(arena, assertion, a);
}

enum iam_status saml_assertion_read(struct iam_arena *arena, struct iam_str text,
                                    struct iam_saml_assertion *ret)
{
    struct iam_saml_assertion a = { 0 };
    xmlDocPtr doc;
    IAM_TRY(saml_document_read(text, &doc));
    enum iam_status st = read_all(arena, xmlDocGetRootElement(doc), &a);
    xmlFreeDoc(doc);
    IAM_TRY(st);
    *ret = a;
    return IAM_OK;
}

enum iam_status iam_saml_name_qualifier(struct iam_arena *arena, struct iam_str issuer,
                                        struct iam_str account, struct iam_str name,
                                        struct iam_str *ret)
{
    const struct iam_str parts[] = { issuer, account, IAM_STR("/"), name };
    struct iam_alloc alloc = iam_arena_allocator(arena);
    uint8_t hash[SHA1_BYTES];
    struct iam_str text;
    struct iam_buf b;
    IAM_TRY(iam_arena_join(arena, parts, IAM_COUNT(parts), &text));
    IAM_ENSURE(EVP_Q_digest(NULL, "SHA1", NULL, text.p, text.len, hash, NULL) == 1, IAM_IO);
    iam_buf_init(&b, &alloc, 2 * sizeof(hash));
    iam_base64_add(&b, hash, sizeof(hash));
    return iam_buf_finish(&b, ret);
}
