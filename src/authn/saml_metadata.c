/* SPDX-License-Identifier: Apache-2.0 */
#include "authn/saml_metadata.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "authn/saml_int.h"
#include "authn/xml_bounds.h"
#include "codec/base64.h"

#define METADATA "urn:oasis:names:tc:SAML:2.0:metadata"
#define SIGNATURE "http://www.w3.org/2000/09/xmldsig#"
/* LIMIT: of the base64 of a certificate, without white space. */
#define CERTIFICATE_MAX 32768

/* A document being read. Depths are those of the open element of that name; 0: none is open. */
struct reader {
    xmlParserCtxtPtr parser;
    struct iam_arena *arena;
    enum iam_status status;
    int depth;
    int entity;
    int idp;
    int key;
    int certificate;
    struct iam_str entity_id; /* of the open EntityDescriptor */
    struct iam_saml_idps idps;
    size_t keys; /* of the open IDPSSODescriptor */
    bool signs;  /* the open key, of which there is no certificate yet */
    size_t len;
    char text[CERTIFICATE_MAX]; /* of the open certificate */
};

static void stop(struct reader *r, enum iam_status status)
{
    r->status = r->status == IAM_OK ? status : r->status;
    xmlStopParser(r->parser);
}

static bool equals(const xmlChar *text, const char *want)
{
    return text != NULL && iam_str_eq(iam_str_c((const char *)text), iam_str_c(want));
}

static bool is(const xmlChar *name, const xmlChar *space, const char *local, const char *in)
{
    return equals(name, local) && equals(space, in);
}

/* ---- certificates ---- */

/* Checks the certificate that was read, and keeps the first one of a key that signs. */
static enum iam_status take_certificate(struct reader *r)
{
    struct iam_str der;
    enum iam_status st = iam_base64_decode(r->arena, (struct iam_str){ r->text, r->len }, &der);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? st : IAM_SYNTAX);
    EVP_PKEY *key;
    IAM_TRY(saml_certificate_key(der, &key));
    EVP_PKEY_free(key);
    if (r->signs) {
        struct iam_saml_idp *idp = &r->idps.items[r->idps.count - 1];
        idp->certificates[idp->certificate_count++] = der;
        r->signs = false; /* what follows in the same key is a chain */
    }
    return IAM_OK;
}

/* ---- what the parser says ---- */

/*
 * Returns the value of an attribute without a prefix, as it is written but for white space; absent
 * when there is none.
 */
static struct iam_str find_attribute(const char *name, int count, const xmlChar **attributes)
{
    /* Five pointers each: name, prefix, namespace, beginning and end of the value. */
    for (int i = 0; i < count; i++) {
        const xmlChar **a = attributes + (size_t)i * 5;
        if (a[2] == NULL && equals(a[0], name)) {
            return (struct iam_str){ (const char *)a[3], (size_t)(a[4] - a[3]) };
        }
    }
    return iam_str_absent();
}

/*
 * Copies the value of an attribute. Without entities of a document type the parser leaves nothing
 * but '&' escaped, and that always in the same way.
 */
static enum iam_status copy_value(struct iam_arena *arena, struct iam_str value,
                                  struct iam_str *ret)
{
    const struct iam_str escaped = IAM_STR("&#38;");
    char *copy = iam_arena_alloc(arena, value.len + 1);
    size_t len = 0;
    IAM_ENSURE(copy != NULL, IAM_NOMEM);
    for (size_t i = 0; i < value.len; i++) {
        bool is_escaped = iam_str_starts(iam_str_sub(value, i, value.len), escaped);
        copy[len++] = value.p[i];
        i += is_escaped ? escaped.len - 1 : 0;
    }
    *ret = (struct iam_str){ copy, len };
    return IAM_OK;
}

static enum iam_status open_entity(struct reader *r, struct iam_str entity_id)
{
    IAM_ENSURE(r->entity == 0 && entity_id.len > 0, IAM_SYNTAX);
    r->entity = r->depth;
    return copy_value(r->arena, entity_id, &r->entity_id);
}

static enum iam_status open_idp(struct reader *r)
{
    IAM_ENSURE(r->idps.count < IAM_SAML_IDPS_MAX, IAM_LIMIT);
    r->idp = r->depth;
    r->idps.items[r->idps.count++].entity_id = r->entity_id;
    r->keys = 0;
    return IAM_OK;
}

static enum iam_status open_key(struct reader *r, struct iam_str use)
{
    IAM_ENSURE(r->keys < IAM_SAML_KEYS_MAX, IAM_LIMIT);
    r->key = r->depth;
    r->keys++;
    r->signs = !iam_str_eq(use, IAM_STR("encryption"));
    return IAM_OK;
}

/* What is known of an element that opens. */
struct element {
    const xmlChar *name;
    const xmlChar *space;
    struct iam_str entity_id; /* its attributes */
    struct iam_str use;
};

/* Takes note of an element that is open now at r->depth; what follows from others is ignored. */
static enum iam_status open_element(struct reader *r, const struct element *e)
{
    bool is_entity = is(e->name, e->space, "EntityDescriptor", METADATA);
    if (r->depth == 1) {
        IAM_ENSURE(is_entity || is(e->name, e->space, "EntitiesDescriptor", METADATA), IAM_SYNTAX);
    }
    if (is_entity) {
        return open_entity(r, e->entity_id);
    }
    if (r->entity != 0 && r->depth == r->entity + 1 &&
        is(e->name, e->space, "IDPSSODescriptor", METADATA)) {
        return open_idp(r);
    }
    if (r->idp != 0 && r->depth == r->idp + 1 && is(e->name, e->space, "KeyDescriptor", METADATA)) {
        return open_key(r, e->use);
    }
    if (r->key != 0 && r->certificate == 0 && is(e->name, e->space, "X509Certificate", SIGNATURE)) {
        r->certificate = r->depth;
        r->len = 0;
    }
    return IAM_OK;
}

/* Takes the parameters that libxml2 passes. NOLINTNEXTLINE(readability-function-size) */
static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *space,
                     int namespace_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted_count, const xmlChar **attributes)
{
    struct reader *r = ctx;
    (void)prefix;
    (void)namespace_count;
    (void)namespaces;
    (void)defaulted_count;
    const struct element element = {
        .name = name,
        .space = space,
        .entity_id = find_attribute("entityID", attribute_count, attributes),
        .use = find_attribute("use", attribute_count, attributes),
    };
    r->depth++;
    enum iam_status st = open_element(r, &element);
    if (st != IAM_OK) {
        stop(r, st);
    }
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *space)
{
    struct reader *r = ctx;
    (void)name;
    (void)prefix;
    (void)space;
    if (r->depth == r->certificate) {
        enum iam_status st = take_certificate(r);
        if (st != IAM_OK) {
            stop(r, st);
        }
    }
    int *const open[] = { &r->entity, &r->idp, &r->key, &r->certificate };
    for (size_t i = 0; i < IAM_COUNT(open); i++) {
        *open[i] = *open[i] == r->depth ? 0 : *open[i];
    }
    r->depth--;
}

/* Keeps the text of a certificate, in which white space means nothing. */
static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct reader *r = ctx;
    for (int i = 0; i < len && r->certificate != 0; i++) {
        if (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
            continue;
        }
        if (r->len == sizeof(r->text)) {
            stop(r, IAM_SYNTAX);
            return;
        }
        r->text[r->len++] = (char)text[i];
    }
}

/* Refuses a document type; the check of the bounds has done it before. */
static void on_document_type(void *ctx, const xmlChar *name, const xmlChar *external,
                             const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    stop(ctx, IAM_SYNTAX);
}

/* Says nothing: without this function the parser would write to stderr. */
static void on_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

/* ---- the parser ---- */

static enum iam_status parse(struct reader *r)
{
    const xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC,
                                    .startElementNs = on_start,
                                    .endElementNs = on_end,
                                    .characters = on_text,
                                    .internalSubset = on_document_type,
                                    .serror = on_error };
    *r->parser->sax = handler;
    r->parser->userData = r;
    (void)xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR |
                                           XML_PARSE_NOWARNING);
    (void)xmlParseDocument(r->parser);
    IAM_ENSURE(r->status == IAM_OK, r->status);
    IAM_ENSURE(r->parser->errNo != XML_ERR_NO_MEMORY, IAM_NOMEM);
    return r->parser->wellFormed == 1 && r->parser->nsWellFormed == 1 ? IAM_OK : IAM_SYNTAX;
}

enum iam_status iam_saml_metadata_read(struct iam_arena *arena, struct iam_str document,
                                       struct iam_saml_idps *ret)
{
    /* A NUL makes the parser guess another encoding, or end early. */
    IAM_ENSURE(document.len > 0 && document.len <= INT_MAX &&
                   memchr(document.p, '\0', document.len) == NULL,
               IAM_SYNTAX);
    IAM_TRY(iam_xml_check_bounds(document));
    struct reader *r = iam_arena_zalloc(arena, 1, sizeof(*r));
    IAM_ENSURE(r != NULL, IAM_NOMEM);
    iam_saml_start();
    r->arena = arena;
    r->parser = xmlCreateMemoryParserCtxt(document.p, (int)document.len);
    IAM_ENSURE(r->parser != NULL, IAM_NOMEM);
    enum iam_status st = parse(r);
    xmlFreeParserCtxt(r->parser);
    IAM_TRY(st);
    *ret = r->idps;
    return IAM_OK;
}
