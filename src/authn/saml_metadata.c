/* SPDX-License-Identifier: Apache-2.0 */
#include "authn/saml_metadata.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <pthread.h>

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
    size_t idps;
    size_t keys; /* of the open IDPSSODescriptor */
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

static bool is_x509(struct iam_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    X509 *certificate = d2i_X509(NULL, &p, (long)der.len);
    bool is_whole = certificate != NULL && (const char *)p == der.p + der.len;
    X509_free(certificate);
    ERR_clear_error();
    return is_whole;
}

static enum iam_status check_certificate(struct reader *r)
{
    struct iam_str der;
    enum iam_status st = iam_base64_decode(r->arena, (struct iam_str){ r->text, r->len }, &der);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? st : IAM_SYNTAX);
    return is_x509(der) ? IAM_OK : IAM_SYNTAX;
}

/* ---- what the parser says ---- */

/* Tells whether an element has the attribute, without a prefix and with a value. */
static bool has_attribute(const char *name, int count, const xmlChar **attributes)
{
    /* Five pointers each: name, prefix, namespace, beginning and end of the value. */
    for (int i = 0; i < count; i++) {
        const xmlChar **a = attributes + (size_t)i * 5;
        if (a[2] == NULL && equals(a[0], name)) {
            return a[4] > a[3];
        }
    }
    return false;
}

/* Takes note of an element that is open now at r->depth; what follows from others is ignored. */
static enum iam_status open_element(struct reader *r, const xmlChar *name, const xmlChar *space,
                                    bool has_id)
{
    bool is_entity = is(name, space, "EntityDescriptor", METADATA);
    if (r->depth == 1) {
        IAM_ENSURE(is_entity || is(name, space, "EntitiesDescriptor", METADATA), IAM_SYNTAX);
    }
    if (is_entity) {
        IAM_ENSURE(r->entity == 0 && has_id, IAM_SYNTAX);
        r->entity = r->depth;
    } else if (r->entity != 0 && r->depth == r->entity + 1 &&
               is(name, space, "IDPSSODescriptor", METADATA)) {
        IAM_ENSURE(r->idps < IAM_SAML_IDPS_MAX, IAM_LIMIT);
        r->idp = r->depth;
        r->idps++;
        r->keys = 0;
    } else if (r->idp != 0 && r->depth == r->idp + 1 &&
               is(name, space, "KeyDescriptor", METADATA)) {
        IAM_ENSURE(r->keys < IAM_SAML_KEYS_MAX, IAM_LIMIT);
        r->key = r->depth;
        r->keys++;
    } else if (r->key != 0 && r->certificate == 0 &&
               is(name, space, "X509Certificate", SIGNATURE)) {
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
    r->depth++;
    enum iam_status st =
        open_element(r, name, space, has_attribute("entityID", attribute_count, attributes));
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
        enum iam_status st = check_certificate(r);
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

static void start_library(void)
{
    xmlInitParser();
}

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
                                       size_t *ret_idps)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    /* A NUL makes the parser guess another encoding, or end early. */
    IAM_ENSURE(document.len > 0 && document.len <= INT_MAX &&
                   memchr(document.p, '\0', document.len) == NULL,
               IAM_SYNTAX);
    IAM_TRY(iam_xml_check_bounds(document));
    struct reader *r = iam_arena_zalloc(arena, 1, sizeof(*r));
    IAM_ENSURE(r != NULL, IAM_NOMEM);
    (void)pthread_once(&once, start_library);
    r->arena = arena;
    r->parser = xmlCreateMemoryParserCtxt(document.p, (int)document.len);
    IAM_ENSURE(r->parser != NULL, IAM_NOMEM);
    enum iam_status st = parse(r);
    xmlFreeParserCtxt(r->parser);
    IAM_TRY(st);
    *ret_idps = r->idps;
    return IAM_OK;
}
