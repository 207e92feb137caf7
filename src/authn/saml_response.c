/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A response from its base64 to the verified assertion in it. What is looked at before a signature
 * is verified decides only which key that must be of, and whether there is anything that could be
 * taken for something else: one assertion in all of the document, and no signature but those of the
 * response and of the assertion.
 */
#include "authn/saml_int.h"

/* A response being verified. */
struct reading {
    struct iam_arena *arena;
    const struct iam_saml_trust *trust;
    enum iam_saml_refusal refusal; /* of IAM_DENIED */
    xmlDocPtr doc;
    xmlDocPtr decrypted; /* NULL: the assertion is in doc */
};

static enum iam_status refuse(struct reading *r, enum iam_saml_refusal refusal)
{
    r->refusal = refusal;
    return IAM_DENIED;
}

/* Turns what is no XML, or not what it should be, into a refusal. */
static enum iam_status malformed(struct reading *r, enum iam_status st)
{
    return st == IAM_SYNTAX ? refuse(r, IAM_SAML_MALFORMED) : st;
}

/* ---- the keys ---- */

/* Finds the certificates of an issuer; false when the provider has none of that name. */
static bool find_signer(const struct iam_saml_idps *idps, struct iam_str issuer,
                        struct saml_signer *ret)
{
    bool is_known = false;
    ret->count = 0;
    for (size_t i = 0; i < idps->count; i++) {
        const struct iam_saml_idp *idp = &idps->items[i];
        if (!iam_str_eq(idp->entity_id, issuer)) {
            continue;
        }
        is_known = true;
        for (size_t j = 0; j < idp->certificate_count; j++) {
            ret->certificates[ret->count++] = idp->certificates[j];
        }
    }
    return is_known;
}

/* ---- signatures ---- */

static bool is_signed(const xmlNode *element)
{
    return saml_first(element, "Signature", SAML_SIGNATURE) != NULL;
}

static enum iam_status verify_element(struct reading *r, xmlNodePtr element,
                                      const struct saml_signer *signer, struct iam_str *ret_signed)
{
    enum iam_status st = saml_signature_verify(r->arena, element, signer, ret_signed);
    return st == IAM_DENIED ? refuse(r, IAM_SAML_FORGED) : st;
}

/* Verifies the signature of the response, if it has one; nothing is read from what that covers. */
static enum iam_status verify_response(struct reading *r, xmlNodePtr root,
                                       const struct saml_signer *signer)
{
    struct iam_str covered;
    return is_signed(root) ? verify_element(r, root, signer, &covered) : IAM_OK;
}

/* ---- the assertion ---- */

/* Opens an encrypted assertion. Whatever is wrong with it is told in the same words. */
static enum iam_status decrypt(struct reading *r, const xmlNode *encrypted, xmlNodePtr *ret)
{
    struct iam_str text;
    enum iam_status st = saml_decrypt(r->arena, encrypted, &r->trust->keys, &text);
    if (st == IAM_OK) {
        st = saml_document_read(text, &r->decrypted);
    }
    IAM_ENSURE(st == IAM_OK, malformed(r, st));
    *ret = xmlDocGetRootElement(r->decrypted);
    return saml_is(*ret, "Assertion", SAML_ASSERTION) ? IAM_OK : refuse(r, IAM_SAML_MALFORMED);
}

/* Tells whether no signature is hidden elsewhere, where another reader might look for it. */
static bool has_no_other_signature(const struct reading *r, const xmlNode *root,
                                   const xmlNode *assertion)
{
    size_t count = saml_count_all(r->doc, "Signature", SAML_SIGNATURE);
    if (r->decrypted != NULL) {
        count += saml_count_all(r->decrypted, "Signature", SAML_SIGNATURE);
    }
    return count == (size_t)is_signed(root) + (size_t)is_signed(assertion);
}

/* Finds the only assertion, wherever in the document others might be. */
static enum iam_status find_assertion(struct reading *r, xmlNodePtr root, xmlNodePtr *ret)
{
    xmlNodePtr plain = saml_only(root, "Assertion", SAML_ASSERTION);
    xmlNodePtr encrypted = saml_only(root, "EncryptedAssertion", SAML_ASSERTION);
    size_t count = saml_count_all(r->doc, "Assertion", SAML_ASSERTION) +
                   saml_count_all(r->doc, "EncryptedAssertion", SAML_ASSERTION);
    IAM_ENSURE(count > 0, refuse(r, IAM_SAML_UNSIGNED));
    IAM_ENSURE(count == 1 && (plain != NULL) != (encrypted != NULL), refuse(r, IAM_SAML_MALFORMED));
    IAM_ENSURE(plain == NULL || !r->trust->needs_encryption, refuse(r, IAM_SAML_MALFORMED));
    *ret = plain;
    return plain != NULL ? IAM_OK : decrypt(r, encrypted, ret);
}

/* Verifies both signatures with the keys of issuer, and returns what that of the assertion covers.
 */
static enum iam_status verify_assertion(struct reading *r, xmlNodePtr root, xmlNodePtr assertion,
                                        struct iam_str issuer, struct iam_str *ret_signed)
{
    struct saml_signer signer;
    IAM_ENSURE(is_signed(assertion), refuse(r, IAM_SAML_UNSIGNED));
    IAM_ENSURE(has_no_other_signature(r, root, assertion), refuse(r, IAM_SAML_FORGED));
    IAM_ENSURE(find_signer(&r->trust->idps, issuer, &signer), refuse(r, IAM_SAML_ISSUER));
    IAM_TRY(verify_response(r, root, &signer));
    return verify_element(r, assertion, &signer, ret_signed);
}

/* Reads what was signed, which must name the issuer whose keys were chosen before that was known.
 */
static enum iam_status read_signed(struct reading *r, struct iam_str text, struct iam_str issuer,
                                   struct iam_saml_assertion *ret)
{
    struct iam_saml_assertion assertion;
    enum iam_status st = saml_assertion_read(r->arena, text, &assertion);
    IAM_ENSURE(st == IAM_OK, malformed(r, st));
    IAM_ENSURE(iam_str_eq(assertion.issuer, issuer), refuse(r, IAM_SAML_ISSUER));
    *ret = assertion;
    return IAM_OK;
}

static enum iam_status verify_found(struct reading *r, xmlNodePtr root, xmlNodePtr assertion,
                                    struct iam_saml_assertion *ret)
{
    struct iam_str issuer;
    struct iam_str covered;
    enum iam_status st =
        saml_text(r->arena, saml_only(assertion, "Issuer", SAML_ASSERTION), &issuer);
    IAM_ENSURE(st == IAM_OK, malformed(r, st));
    IAM_TRY(verify_assertion(r, root, assertion, issuer, &covered));
    return read_signed(r, covered, issuer, ret);
}

static enum iam_status verify_document(struct reading *r, struct iam_saml_assertion *ret)
{
    xmlNodePtr root = xmlDocGetRootElement(r->doc);
    xmlNodePtr assertion;
    IAM_ENSURE(saml_is(root, "Response", SAML_PROTOCOL), refuse(r, IAM_SAML_MALFORMED));
    IAM_TRY(find_assertion(r, root, &assertion));
    enum iam_status st = verify_found(r, root, assertion, ret);
    if (st == IAM_DENIED && r->decrypted != NULL) {
        /* Whether a changed ciphertext decrypts to XML must not show. */
        r->refusal = IAM_SAML_MALFORMED;
    }
    return st;
}

/* ---- all of it ---- */

static enum iam_status open_document(struct reading *r, struct iam_str response)
{
    struct iam_str text;
    enum iam_status st = saml_base64(r->arena, response, &text);
    if (st == IAM_OK) {
        st = saml_document_read(text, &r->doc);
    }
    return malformed(r, st);
}

enum iam_status iam_saml_verify(struct iam_arena *arena, struct iam_str response,
                                const struct iam_saml_trust *trust, struct iam_saml_assertion *ret,
                                enum iam_saml_refusal *ret_refusal)
{
    struct reading r = { .arena = arena, .trust = trust };
    enum iam_status st = open_document(&r, response);
    if (st == IAM_OK) {
        st = verify_document(&r, ret);
        xmlFreeDoc(r.decrypted);
        xmlFreeDoc(r.doc);
    }
    if (st == IAM_DENIED) {
        *ret_refusal = r.refusal;
    }
    return st;
}
