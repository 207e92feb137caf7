/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of SAML, by xmlsec. The key is that of a certificate in the provider's metadata: what
 * a signature says of its key is never read. xmlsec computes; which signature counts for which
 * element is decided here, and what was signed is returned as bytes, so that nobody has to find it
 * again in the document.
 */
#include <openssl/err.h>
#include <xmlsec/xmlsec.h>
/* the others need that one */
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>

#include "authn/saml_int.h"

/*
 * What is digested is kept, manifests count for nothing, and an ID is looked up as it is: without
 * the last one xmlsec makes an expression of it first.
 */
#define SIGNATURE_FLAGS                                                                   \
    (XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES | XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS | \
     XMLSEC_DSIG_FLAGS_USE_VISA3D_HACK)
/* LIMIT: bits of a key of RSA; 1024 are what AWS takes. */
#define RSA_BITS_MIN 1024

/* ---- which signature, of what ---- */

/* Tells whether text is an ID and no expression: after a '#' xmlsec evaluates those. */
static bool is_plain(struct iam_str text)
{
    return text.len > 0 && memchr(text.p, '(', text.len) == NULL;
}

/* Returns the element that the one reference of the signature names; absent: there are others. */
static struct iam_str referred_id(const xmlNode *signature)
{
    const xmlNode *info = saml_only(signature, "SignedInfo", SAML_SIGNATURE);
    const xmlNode *reference = saml_only(info, "Reference", SAML_SIGNATURE);
    struct iam_str uri = reference != NULL ? saml_attribute(reference, "URI") : iam_str_absent();
    return uri.len > 1 && uri.p[0] == '#' ? iam_str_sub(uri, 1, uri.len) : iam_str_absent();
}

/*
 * Binds the signature to target, the element that it is in: its one reference must name that, and
 * finds nothing else. The digest of another element would prove nothing of this one.
 */
static bool bind_to(const xmlNode *signature, xmlNodePtr target)
{
    struct iam_str id = saml_attribute(target, "ID");
    xmlAttrPtr attribute = xmlHasProp(target, (const xmlChar *)"ID");
    return is_plain(id) && iam_str_eq(referred_id(signature), id) &&
           xmlAddID(NULL, target->doc, (const xmlChar *)id.p, attribute) != NULL;
}

/* ---- the key ---- */

static bool is_strong(const EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
}

/* Returns the public key of a certificate, whose validity nobody asks for, as AWS does; or NULL. */
static xmlSecKeyPtr key_of(struct iam_str certificate)
{
    EVP_PKEY *pkey = NULL;
    if (saml_certificate_key(certificate, &pkey) != IAM_OK) {
        return NULL;
    }
    xmlSecKeyDataPtr data = pkey != NULL && is_strong(pkey) ? xmlSecOpenSSLEvpKeyAdopt(pkey) : NULL;
    if (data == NULL) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    xmlSecKeyPtr key = xmlSecKeyCreate();
    if (key == NULL || xmlSecKeySetValue(key, data) < 0) {
        xmlSecKeyDataDestroy(data);
        if (key != NULL) {
            xmlSecKeyDestroy(key);
        }
        return NULL;
    }
    return key;
}

/* ---- verifying ---- */

/* Allows the transforms that SAML needs and nothing else: neither SHA-1 nor keys of HMAC. */
static bool restrict_transforms(xmlSecDSigCtxPtr ctx)
{
    const xmlSecTransformId references[] = {
        xmlSecTransformEnvelopedId,
        xmlSecTransformExclC14NId,
        xmlSecTransformExclC14NWithCommentsId,
        xmlSecOpenSSLTransformSha256Id,
        xmlSecOpenSSLTransformSha384Id,
        xmlSecOpenSSLTransformSha512Id,
    };
    const xmlSecTransformId signatures[] = {
        xmlSecTransformExclC14NId,           xmlSecTransformExclC14NWithCommentsId,
        xmlSecOpenSSLTransformRsaSha256Id,   xmlSecOpenSSLTransformRsaSha384Id,
        xmlSecOpenSSLTransformRsaSha512Id,   xmlSecOpenSSLTransformEcdsaSha256Id,
        xmlSecOpenSSLTransformEcdsaSha384Id, xmlSecOpenSSLTransformEcdsaSha512Id,
    };
    for (size_t i = 0; i < IAM_COUNT(references); i++) {
        if (xmlSecDSigCtxEnableReferenceTransform(ctx, references[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < IAM_COUNT(signatures); i++) {
        if (xmlSecDSigCtxEnableSignatureTransform(ctx, signatures[i]) < 0) {
            return false;
        }
    }
    ctx->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
    return true;
}

/* Copies the bytes whose digest the signature has. */
static enum iam_status copy_signed(struct iam_arena *arena, xmlSecDSigCtxPtr ctx,
                                   struct iam_str *ret)
{
    xmlSecDSigReferenceCtxPtr reference =
        (xmlSecDSigReferenceCtxPtr)xmlSecPtrListGetItem(&ctx->signedInfoReferences, 0);
    xmlSecBufferPtr bytes =
        reference != NULL ? xmlSecDSigReferenceCtxGetPreDigestBuffer(reference) : NULL;
    IAM_ENSURE(bytes != NULL && xmlSecBufferGetSize(bytes) > 0, IAM_DENIED);
    return iam_arena_dup(
        arena,
        (struct iam_str){ (const char *)xmlSecBufferGetData(bytes), xmlSecBufferGetSize(bytes) },
        ret);
}

/* Verifies with one key, which ctx takes over. */
static enum iam_status verify_with(struct iam_arena *arena, xmlNodePtr signature, xmlSecKeyPtr key,
                                   struct iam_str *ret_signed)
{
    enum iam_status st = IAM_DENIED;
    xmlSecDSigCtxPtr ctx = xmlSecDSigCtxCreate(NULL);
    if (ctx == NULL) {
        xmlSecKeyDestroy(key);
        return IAM_NOMEM;
    }
    /* Without a key of ours the library would believe the one in the signature. */
    ctx->signKey = key;
    ctx->flags |= SIGNATURE_FLAGS;
    if (restrict_transforms(ctx) && xmlSecDSigCtxVerify(ctx, signature) == 0 &&
        ctx->status == xmlSecDSigStatusSucceeded) {
        st = copy_signed(arena, ctx, ret_signed);
    }
    xmlSecDSigCtxDestroy(ctx);
    ERR_clear_error();
    return st;
}

enum iam_status saml_signature_verify(struct iam_arena *arena, xmlNodePtr target,
                                      const struct saml_signer *signer, struct iam_str *ret_signed)
{
    xmlNodePtr signature = saml_only(target, "Signature", SAML_SIGNATURE);
    IAM_ENSURE(saml_is_started() && signature != NULL && bind_to(signature, target), IAM_DENIED);
    for (size_t i = 0; i < signer->count; i++) {
        xmlSecKeyPtr key = key_of(signer->certificates[i]);
        enum iam_status st =
            key != NULL ? verify_with(arena, signature, key, ret_signed) : IAM_DENIED;
        if (st != IAM_DENIED) {
            return st;
        }
    }
    return IAM_DENIED;
}
