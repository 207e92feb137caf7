/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/saml.h"

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "codec/base64.h"
#include "lib/signer.h"

#define ASSERTION_NS "urn:oasis:names:tc:SAML:2.0:assertion"
#define PROTOCOL_NS "urn:oasis:names:tc:SAML:2.0:protocol"
#define DS_NS "http://www.w3.org/2000/09/xmldsig#"
#define XENC_NS "http://www.w3.org/2001/04/xmlenc#"
#define RSA_BITS 2048

const struct saml_texts saml_good = {
    .id = "_a1",
    .issuer = SAML_IDP,
    .name_id = SAML_NAME("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "alice"),
    .confirmation = SAML_CONFIRMATION(SAML_SOON, SAML_SIGN_IN),
    .conditions = "<saml:Conditions NotBefore=\"2026-11-30T11:59:00Z\" NotOnOrAfter=\"" SAML_LATER
                  "\"></saml:Conditions>",
    .statement = "<saml:AuthnStatement AuthnInstant=\"" SAML_NOW
                 "\" SessionNotOnOrAfter=\"" SAML_LATER "\"></saml:AuthnStatement>",
    .attributes = SAML_ATTRIBUTE("mail", "alice@example.com"),
};

static struct iam_str base64(struct iam_arena *arena, const void *bytes, size_t n)
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, 1 << 20);
    iam_base64_add(&b, bytes, n);
    assert_ok(iam_buf_finish(&b, &text));
    return text;
}

struct iam_str saml_encode(struct iam_arena *arena, struct iam_str text)
{
    return base64(arena, text.p, text.len);
}

/* ---- keys ---- */

static EVP_PKEY *make_key(int type)
{
    EVP_PKEY *key = type == EVP_PKEY_RSA ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS)
                                         : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    assert_non_null(key);
    return key;
}

static struct iam_str make_certificate(struct iam_arena *arena, EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    unsigned char *der = NULL;
    assert_non_null(x509);
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x509), 1000000000));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x509), 1000086400));
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_int_not_equal(X509_sign(x509, key, EVP_sha256()), 0);
    int len = i2d_X509(x509, &der);
    assert_true(len > 0);
    struct iam_str text = base64(arena, der, (size_t)len);
    OPENSSL_free(der);
    X509_free(x509);
    return text;
}

void saml_party_open(struct saml_party *p, struct iam_arena *arena, int type)
{
    EVP_PKEY *key = make_key(type);
    *p = (struct saml_party){
        .arena = arena,
        .key = key,
        .certificate = make_certificate(arena, key),
        .digest = "http://www.w3.org/2001/04/xmlenc#sha256",
        .signature = type == EVP_PKEY_RSA ? "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
                                          : "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        .md = "SHA256",
        .transforms = "<ds:Transform "
                      "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">"
                      "</ds:Transform><ds:Transform "
                      "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>",
        .key_info = "",
    };
}

void saml_party_certify(struct saml_party *p)
{
    p->certificate = make_certificate(p->arena, p->key);
}

void saml_party_close(struct saml_party *p)
{
    EVP_PKEY_free(p->key);
    p->key = NULL;
}

struct iam_str saml_private_key(const struct saml_party *p)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    struct iam_str copy;
    assert_int_equal(PEM_write_bio_PrivateKey(bio, p->key, NULL, NULL, 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(bio, &text);
    assert_ok(iam_arena_dup(p->arena, (struct iam_str){ text, (size_t)len }, &copy));
    BIO_free(bio);
    return copy;
}

struct iam_str saml_metadata(const struct saml_party *p)
{
    return signer_fmt(p->arena,
                      "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
                      "entityID=\"" SAML_IDP "\"><IDPSSODescriptor><KeyDescriptor use=\"signing\">"
                      "<KeyInfo xmlns=\"" DS_NS "\"><X509Data><X509Certificate>%.*s"
                      "</X509Certificate></X509Data></KeyInfo></KeyDescriptor></IDPSSODescriptor>"
                      "</EntityDescriptor>",
                      IAM_STR_ARG(p->certificate));
}

/* ---- signatures ---- */

static struct iam_str digest(const struct saml_party *p, struct iam_str text)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    size_t len = 0;
    assert_int_equal(EVP_Q_digest(NULL, p->digest_md != NULL ? p->digest_md : p->md, NULL, text.p,
                                  text.len, bytes, &len),
                     1);
    return base64(p->arena, bytes, len);
}

/* Writes the two numbers of a signature with an elliptic curve side by side, as XML has them. */
static size_t to_pair(uint8_t *bytes, size_t len)
{
    const uint8_t *der = bytes;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    assert_non_null(sig);
    uint8_t pair[64];
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), pair, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), pair + 32, 32), 32);
    ECDSA_SIG_free(sig);
    memcpy(bytes, pair, sizeof(pair));
    return sizeof(pair);
}

static struct iam_str sign(const struct saml_party *p, struct iam_str text)
{
    uint8_t bytes[1024];
    size_t len = sizeof(bytes);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, p->md, NULL, NULL, p->key, NULL), 1);
    assert_int_equal(EVP_DigestSign(ctx, bytes, &len, (const unsigned char *)text.p, text.len), 1);
    EVP_MD_CTX_free(ctx);
    if (EVP_PKEY_get_base_id(p->key) == EVP_PKEY_EC) {
        len = to_pair(bytes, len);
    }
    return base64(p->arena, bytes, len);
}

static struct iam_str reference(const struct saml_party *p, struct iam_str text, const char *id)
{
    return signer_fmt(p->arena,
                      "<ds:Reference URI=\"#%s\"><ds:Transforms>%s</ds:Transforms>"
                      "<ds:DigestMethod Algorithm=\"%s\"></ds:DigestMethod>"
                      "<ds:DigestValue>%.*s</ds:DigestValue></ds:Reference>",
                      id, p->transforms, p->digest, IAM_STR_ARG(digest(p, text)));
}

struct iam_str saml_signature(const struct saml_party *p, struct iam_str text, const char *id)
{
#define INFO(space)                                                                      \
    "<ds:SignedInfo" space "><ds:CanonicalizationMethod "                                \
    "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>" \
    "<ds:SignatureMethod Algorithm=\"%s\"></ds:SignatureMethod>%.*s%.*s</ds:SignedInfo>"
    struct iam_str one = reference(p, text, id);
    struct iam_str two = p->refers_twice ? one : IAM_STR("");
    struct iam_str canonical = signer_fmt(p->arena, INFO(" xmlns:ds=\"" DS_NS "\""), p->signature,
                                          IAM_STR_ARG(one), IAM_STR_ARG(two));
    struct iam_str value = sign(p, canonical);
    return signer_fmt(p->arena,
                      "<ds:Signature xmlns:ds=\"" DS_NS
                      "\">" INFO("") "<ds:SignatureValue>%.*s</ds:SignatureValue>%s</ds:Signature>",
                      p->signature, IAM_STR_ARG(one), IAM_STR_ARG(two), IAM_STR_ARG(value),
                      p->key_info);
#undef INFO
}

/* ---- documents ---- */

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

struct iam_str saml_assertion(struct iam_arena *arena, const struct saml_texts *t)
{
    return signer_fmt(arena,
                      "<saml:Assertion xmlns:saml=\"" ASSERTION_NS "\" ID=\"%s\" "
                      "IssueInstant=\"" SAML_NOW "\" Version=\"2.0\"><saml:Issuer>%s</saml:Issuer>"
                      "<saml:Subject>%s%s</saml:Subject>%s%s"
                      "<saml:AttributeStatement>%s</saml:AttributeStatement></saml:Assertion>",
                      t->id, t->issuer, text_or_none(t->name_id), text_or_none(t->confirmation),
                      text_or_none(t->conditions), text_or_none(t->statement),
                      text_or_none(t->attributes));
}

struct iam_str saml_insert(struct iam_arena *arena, struct iam_str text, struct iam_str signature)
{
    const struct iam_str end = IAM_STR("</saml:Issuer>");
    const char *at = memmem(text.p, text.len, end.p, end.len);
    assert_non_null(at);
    size_t head = (size_t)(at - text.p) + end.len;
    return signer_fmt(arena, "%.*s%.*s%.*s", (int)head, text.p, IAM_STR_ARG(signature),
                      (int)(text.len - head), text.p + head);
}

struct iam_str saml_signed(const struct saml_party *p, const struct saml_texts *texts)
{
    struct iam_str text = saml_assertion(p->arena, texts);
    return saml_insert(p->arena, text, saml_signature(p, text, texts->id));
}

struct iam_str saml_response(struct iam_arena *arena, struct iam_str inner)
{
    return signer_fmt(arena,
                      "<samlp:Response xmlns:samlp=\"" PROTOCOL_NS "\" ID=\"_r1\" "
                      "IssueInstant=\"" SAML_NOW "\" Version=\"2.0\">"
                      "<saml:Issuer xmlns:saml=\"" ASSERTION_NS "\">" SAML_IDP "</saml:Issuer>"
                      "<samlp:Status><samlp:StatusCode "
                      "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode>"
                      "</samlp:Status>%.*s</samlp:Response>",
                      IAM_STR_ARG(inner));
}

/* ---- encryption ---- */

static struct iam_str wrap(struct iam_arena *arena, EVP_PKEY *key, const struct saml_encryption *e,
                           const uint8_t *content_key)
{
    uint8_t bytes[1024];
    size_t len = sizeof(bytes);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, e->oaep, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, e->mask, NULL), 1);
    assert_int_equal(EVP_PKEY_encrypt(ctx, bytes, &len, content_key, e->key_bytes), 1);
    EVP_PKEY_CTX_free(ctx);
    return base64(arena, bytes, len);
}

static struct iam_str seal(struct iam_arena *arena, const struct saml_encryption *e,
                           const uint8_t *content_key, struct iam_str text)
{
    bool is_gcm = strstr(e->cipher, "GCM") != NULL;
    size_t iv = is_gcm ? 12 : 16;
    uint8_t *out = iam_arena_alloc(arena, iv + text.len + 32);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, e->cipher, NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len = 0;
    int last = 0;
    assert_int_equal(RAND_bytes(out, (int)iv), 1);
    assert_int_equal(EVP_EncryptInit_ex2(ctx, cipher, content_key, out, NULL), 1);
    assert_int_equal(
        EVP_EncryptUpdate(ctx, out + iv, &len, (const unsigned char *)text.p, (int)text.len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(ctx, out + iv + len, &last), 1);
    size_t n = iv + (size_t)(len + last);
    if (is_gcm) {
        assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + n), 1);
        n += 16;
    }
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return base64(arena, out, n);
}

struct iam_str saml_encrypt(struct iam_arena *arena, EVP_PKEY *key, const struct saml_encryption *e,
                            struct iam_str text)
{
    uint8_t content_key[32];
    assert_int_equal(RAND_bytes(content_key, sizeof(content_key)), 1);
    struct iam_str wrapped = wrap(arena, key, e, content_key);
    struct iam_str data = seal(arena, e, content_key, text);
    return signer_fmt(
        arena,
        "<saml:EncryptedAssertion xmlns:saml=\"" ASSERTION_NS "\"><xenc:EncryptedData "
        "xmlns:xenc=\"" XENC_NS "\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">"
        "<xenc:EncryptionMethod Algorithm=\"%s\"/><ds:KeyInfo xmlns:ds=\"" DS_NS "\">"
        "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"%s\">%s</xenc:EncryptionMethod>"
        "<xenc:CipherData><xenc:CipherValue>%.*s</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>%.*s"
        "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>",
        e->algorithm, e->key_algorithm, e->key_method, IAM_STR_ARG(wrapped), IAM_STR_ARG(data));
}
