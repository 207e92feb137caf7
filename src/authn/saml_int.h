/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that read SAML share: documents of libxml2, of which only elements and text are
 * left; signatures; encrypted assertions.
 */
#pragma once

#include <libxml/tree.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "authn/saml.h"
#include "keeper/digest.h"

#define SAML_ASSERTION "urn:oasis:names:tc:SAML:2.0:assertion"
#define SAML_PROTOCOL "urn:oasis:names:tc:SAML:2.0:protocol"
#define SAML_SIGNATURE "http://www.w3.org/2000/09/xmldsig#"
#define SAML_ENCRYPTION "http://www.w3.org/2001/04/xmlenc#"
#define SAML_ENCRYPTION_11 "http://www.w3.org/2009/xmlenc11#"

/* LIMIT: elements of a document. */
#define SAML_ELEMENTS_MAX 4096
/* LIMIT: attributes that name an element, in a document. */
#define SAML_IDS_MAX 64
/*
 * LIMIT: bytes of a namespace's name. In canonical form it is written once for each element that
 * uses it, which would make a large document of a small one.
 */
#define SAML_NAMESPACE_MAX 256

/* Tells whether iam_saml_start has worked: saml_start.c. */
bool saml_is_started(void);

/* ---- documents: saml_xml.c ---- */

/*
 * Parses a document in UTF-8 and checks its tree: elements and text alone, no comments, processing
 * instructions or document type, no two elements with the same ID. The caller frees *ret with
 * xmlFreeDoc. IAM_SYNTAX, IAM_NOMEM.
 */
enum iam_status saml_document_read(struct iam_str text, xmlDocPtr *ret) IAM_MUST_USE;
/* Tells whether node is the element local of that namespace. */
bool saml_is(const xmlNode *node, const char *local, const char *space);
/* Returns the first such child of parent, or the next one after a child; NULL when there is none.
 */
xmlNodePtr saml_first(const xmlNode *parent, const char *local, const char *space);
xmlNodePtr saml_next(const xmlNode *child, const char *local, const char *space);
/* Returns the child of parent when there is exactly one such; else NULL. parent may be NULL. */
xmlNodePtr saml_only(const xmlNode *parent, const char *local, const char *space);
/* Tells whether there is no element in node. */
bool saml_is_leaf(const xmlNode *node);
/* Counts such elements in the whole document. */
size_t saml_count_all(xmlDocPtr doc, const char *local, const char *space);
/* Returns the value of an attribute without a namespace, borrowed from node; absent: none. */
struct iam_str saml_attribute(const xmlNode *node, const char *name);
/*
 * Copies all text of an element, that of elements in it included. node may be NULL: IAM_SYNTAX.
 * IAM_NOMEM.
 */
enum iam_status saml_text(struct iam_arena *arena, const xmlNode *node,
                          struct iam_str *ret) IAM_MUST_USE;
/* Decodes base64 with white space in it. IAM_SYNTAX, IAM_NOMEM. */
enum iam_status saml_base64(struct iam_arena *arena, struct iam_str text,
                            struct iam_str *ret) IAM_MUST_USE;

/* ---- what was read before: saml_cache.c ---- */

/*
 * What was made of some bytes, found by their hash: it is never out of date, and the same for all
 * who have these bytes. What was not used for longest goes.
 */
struct saml_kept {
    uint8_t hash[IAM_SHA256_BYTES];
    void *value; /* NULL: none */
    uint64_t used;
};

struct saml_cache {
    pthread_mutex_t lock;
    struct saml_kept *items;
    size_t max;
    uint64_t clock;
    bool (*take)(void *value, void *ctx); /* gives ctx of value what outlives it; false: not now */
    void (*drop)(void *value);
};

/* Initializes a static cache with an array of items. */
#define SAML_CACHE(array, take_fn, drop_fn)                                           \
    {                                                                                 \
        .lock = PTHREAD_MUTEX_INITIALIZER, .items = (array), .max = IAM_COUNT(array), \
        .take = (take_fn), .drop = (drop_fn)                                          \
    }

/* Tells whether there is a value of the hash, which ctx has taken then. */
bool saml_cache_find(struct saml_cache *c, const uint8_t hash[IAM_SHA256_BYTES], void *ctx);
/* Keeps a value, which belongs to the cache now. */
void saml_cache_keep(struct saml_cache *c, const uint8_t hash[IAM_SHA256_BYTES], void *value);

/* ---- keys: saml_keys.c ---- */

/*
 * Returns in *ret the public key of a certificate, X.509 in DER, which the caller frees; NULL: one
 * that cannot be used. IAM_SYNTAX: it is no certificate; IAM_IO.
 */
enum iam_status saml_certificate_key(struct iam_str certificate, EVP_PKEY **ret) IAM_MUST_USE;

/* ---- signatures: saml_signature.c ---- */

/* The certificates of an issuer, of all its descriptors. */
struct saml_signer {
    struct iam_str certificates[IAM_SAML_IDPS_MAX * IAM_SAML_KEYS_MAX];
    size_t count;
};

/*
 * Verifies that target, an element with an ID, was signed with the key of one of the signer's
 * certificates: by the one signature that is a child of it and refers to it alone. *ret_signed, in
 * arena, is the canonical form that the signature covers, which is all that may be read.
 * IAM_DENIED: it was not; IAM_NOMEM.
 */
enum iam_status saml_signature_verify(struct iam_arena *arena, xmlNodePtr target,
                                      const struct saml_signer *signer,
                                      struct iam_str *ret_signed) IAM_MUST_USE;

/* ---- encryption: saml_encryption.c ---- */

/*
 * Decrypts an EncryptedAssertion with the private keys of the provider. *ret is in arena. Nothing
 * of it is trustworthy. IAM_SYNTAX: no key opens it, whatever the reason; IAM_NOMEM.
 */
enum iam_status saml_decrypt(struct iam_arena *arena, const xmlNode *encrypted,
                             const struct iam_saml_keys *keys, struct iam_str *ret) IAM_MUST_USE;

/* ---- the assertion: saml_assertion.c ---- */

/* Reads a verified assertion. IAM_SYNTAX: something that must be there is missing; IAM_NOMEM. */
enum iam_status saml_assertion_read(struct iam_arena *arena, struct iam_str text,
                                    struct iam_saml_assertion *ret) IAM_MUST_USE;
