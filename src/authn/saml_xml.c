/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of SAML: one way to read them, and what is left of XML in them. */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "authn/saml_int.h"
#include "authn/xml_bounds.h"
#include "codec/base64.h"

/* ---- the tree ---- */

/* Returns the node after node in the order of the document; NULL after the last one of root. */
static xmlNodePtr step(xmlNodePtr root, xmlNodePtr node)
{
    if (node->children != NULL) {
        return node->children;
    }
    while (node != root && node->next == NULL) {
        node = node->parent;
    }
    return node == root ? NULL : node->next;
}

/* What has been seen of a document. */
struct survey {
    size_t elements;
    const xmlChar *ids[SAML_IDS_MAX];
    size_t id_count;
};

static bool is_id(const xmlAttr *attribute)
{
    return iam_str_eq_nocase(iam_str_c((const char *)attribute->name), IAM_STR("ID"));
}

/* Takes note of an ID: no two elements of a document may have the same. */
static bool note_id(struct survey *s, const xmlAttr *attribute)
{
    const xmlChar *value = attribute->children != NULL ? attribute->children->content : NULL;
    /* One with a namespace, such as xml:id, would be an ID to some and none to others. */
    if (attribute->ns != NULL || value == NULL || value[0] == '\0' || s->id_count == SAML_IDS_MAX) {
        return false;
    }
    for (size_t i = 0; i < s->id_count; i++) {
        if (xmlStrEqual(s->ids[i], value)) {
            return false;
        }
    }
    s->ids[s->id_count++] = value;
    return true;
}

static bool check_element(struct survey *s, const xmlNode *element)
{
    if (++s->elements > SAML_ELEMENTS_MAX) {
        return false;
    }
    for (const xmlNs *ns = element->nsDef; ns != NULL; ns = ns->next) {
        if (xmlStrlen(ns->href) > SAML_NAMESPACE_MAX) {
            return false;
        }
    }
    for (const xmlAttr *a = element->properties; a != NULL; a = a->next) {
        if (is_id(a) && !note_id(s, a)) {
            return false;
        }
    }
    return true;
}

/*
 * Tells whether the document has elements and text alone. Canonical form leaves out comments, and
 * so would join what a reader of nodes sees apart.
 */
static bool check_tree(xmlDocPtr doc)
{
    struct survey s = { 0 };
    xmlNodePtr root = xmlDocGetRootElement(doc);
    if (root == NULL || doc->children != root || root->next != NULL) {
        return false;
    }
    for (xmlNodePtr node = root; node != NULL; node = step(root, node)) {
        bool is_good = node->type == XML_TEXT_NODE ||
                       (node->type == XML_ELEMENT_NODE && check_element(&s, node));
        if (!is_good) {
            return false;
        }
    }
    return true;
}

/* ---- the parser ---- */

/* Says nothing: without this function the parser would write to stderr. */
static void on_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

static enum iam_status parse(xmlParserCtxtPtr parser, struct iam_str text, xmlDocPtr *ret)
{
    parser->sax->serror = on_error;
    xmlDocPtr doc = xmlCtxtReadMemory(parser, text.p, (int)text.len, NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOCDATA |
                                          XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    bool has_memory = parser->errNo != XML_ERR_NO_MEMORY;
    if (doc == NULL || !parser->nsWellFormed || !check_tree(doc)) {
        xmlFreeDoc(doc);
        return has_memory ? IAM_SYNTAX : IAM_NOMEM;
    }
    *ret = doc;
    return IAM_OK;
}

enum iam_status saml_document_read(struct iam_str text, xmlDocPtr *ret)
{
    /* A NUL makes the parser guess another encoding, or end early. */
    IAM_ENSURE(text.len > 0 && text.len <= IAM_SAML_RESPONSE_MAX &&
                   memchr(text.p, '\0', text.len) == NULL,
               IAM_SYNTAX);
    IAM_TRY(iam_xml_check_bounds(text));
    iam_saml_start();
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    IAM_ENSURE(parser != NULL, IAM_NOMEM);
    enum iam_status st = parse(parser, text, ret);
    xmlFreeParserCtxt(parser);
    return st;
}

/* ---- elements ---- */

bool saml_is(const xmlNode *node, const char *local, const char *space)
{
    return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           xmlStrEqual(node->name, (const xmlChar *)local) &&
           xmlStrEqual(node->ns->href, (const xmlChar *)space);
}

static xmlNodePtr find(xmlNodePtr node, const char *local, const char *space)
{
    while (node != NULL && !saml_is(node, local, space)) {
        node = node->next;
    }
    return node;
}

xmlNodePtr saml_first(const xmlNode *parent, const char *local, const char *space)
{
    return find(parent->children, local, space);
}

xmlNodePtr saml_next(const xmlNode *child, const char *local, const char *space)
{
    return find(child->next, local, space);
}

xmlNodePtr saml_only(const xmlNode *parent, const char *local, const char *space)
{
    xmlNodePtr found = parent != NULL ? saml_first(parent, local, space) : NULL;
    return found != NULL && saml_next(found, local, space) == NULL ? found : NULL;
}

bool saml_is_leaf(const xmlNode *node)
{
    for (const xmlNode *n = node->children; n != NULL; n = n->next) {
        if (n->type != XML_TEXT_NODE) {
            return false;
        }
    }
    return true;
}

size_t saml_count_all(xmlDocPtr doc, const char *local, const char *space)
{
    xmlNodePtr root = xmlDocGetRootElement(doc);
    size_t count = 0;
    for (xmlNodePtr node = root; node != NULL; node = step(root, node)) {
        count += saml_is(node, local, space);
    }
    return count;
}

struct iam_str saml_attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (a->ns == NULL && xmlStrEqual(a->name, (const xmlChar *)name)) {
            /* Without entities of a document type a value is one text. */
            bool is_text = a->children != NULL && a->children->next == NULL;
            return is_text ? iam_str_c((const char *)a->children->content) : IAM_STR("");
        }
    }
    return iam_str_absent();
}

/* Adds up, or copies to out, all text in element. */
static size_t gather(const xmlNode *element, char *out)
{
    xmlNodePtr root = (xmlNodePtr)(uintptr_t)element;
    size_t len = 0;
    for (xmlNodePtr node = root; node != NULL; node = step(root, node)) {
        if (node->type != XML_TEXT_NODE) {
            continue;
        }
        size_t n = strlen((const char *)node->content);
        if (out != NULL) {
            memcpy(out + len, node->content, n);
        }
        len += n;
    }
    return len;
}

enum iam_status saml_text(struct iam_arena *arena, const xmlNode *node, struct iam_str *ret)
{
    IAM_ENSURE(node != NULL, IAM_SYNTAX);
    size_t len = gather(node, NULL);
    char *text = iam_arena_alloc(arena, len + 1);
    IAM_ENSURE(text != NULL, IAM_NOMEM);
    (void)gather(node, text);
    *ret = (struct iam_str){ text, len };
    return IAM_OK;
}

/* ---- base64 ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool has_space(struct iam_str text)
{
    return memchr(text.p, '\n', text.len) != NULL || memchr(text.p, '\r', text.len) != NULL ||
           memchr(text.p, ' ', text.len) != NULL || memchr(text.p, '\t', text.len) != NULL;
}

enum iam_status saml_base64(struct iam_arena *arena, struct iam_str text, struct iam_str *ret)
{
    if (text.len > 0 && !has_space(text)) {
        return iam_base64_decode(arena, text, ret);
    }
    char *packed = iam_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    IAM_ENSURE(packed != NULL, IAM_NOMEM);
    for (size_t i = 0; i < text.len; i++) {
        packed[len] = text.p[i];
        len += !is_space(text.p[i]);
    }
    return iam_base64_decode(arena, (struct iam_str){ packed, len }, ret);
}
