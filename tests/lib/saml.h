/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An identity provider for tests, written apart from the code under test: no XML library, no
 * xmlsec. Texts that are signed are written in canonical form, so that their digest is that of
 * their bytes. Everything that it makes lives in the arena; a failure fails the test.
 */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "lib/test.h"

#include "base/arena.h"

struct saml_party {
    struct iam_arena *arena;
    EVP_PKEY *key;
    struct iam_str certificate; /* base64 of X.509 */
    const char *digest;         /* algorithms, as URIs; */
    const char *signature;
    const char *md;         /* and the hash of the signature, as libcrypto calls it */
    const char *digest_md;  /* NULL: the digest has the same */
    const char *transforms; /* between <ds:Transforms> and its end */
    const char *key_info;   /* after the value, or "" */
    bool refers_twice;
};

/* What an assertion has; a NULL text leaves it out. */
struct saml_texts {
    const char *id;
    const char *issuer;
    const char *name_id; /* whole elements from here on */
    const char *confirmation;
    const char *conditions;
    const char *statement;
    const char *attributes; /* within the AttributeStatement */
};

#define SAML_NOW "2026-11-30T12:00:00Z"
#define SAML_SOON "2026-11-30T12:05:00Z"
#define SAML_LATER "2026-11-30T20:00:00Z"
#define SAML_NAME(format, name) "<saml:NameID Format=\"" format "\">" name "</saml:NameID>"
#define SAML_CONFIRMATION(until, recipient)                                           \
    "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">"     \
    "<saml:SubjectConfirmationData NotOnOrAfter=\"" until "\" Recipient=\"" recipient \
    "\"></saml:SubjectConfirmationData></saml:SubjectConfirmation>"
#define SAML_ATTRIBUTE(name, value)                                 \
    "<saml:Attribute Name=\"" name "\"><saml:AttributeValue>" value \
    "</saml:AttributeValue></saml:Attribute>"
#define SAML_SIGN_IN "https://signin.aws.amazon.com/saml"
#define SAML_IDP "https://idp.example.com/saml"

/* An assertion that nothing is wrong with. */
extern const struct saml_texts saml_good;

/* Makes a key, EVP_PKEY_RSA or EVP_PKEY_EC, and a certificate of it that has long expired. */
void saml_party_open(struct saml_party *p, struct iam_arena *arena, int type);
/* Makes the certificate of another key. */
void saml_party_certify(struct saml_party *p);
void saml_party_close(struct saml_party *p);
/* The metadata of the party. */
struct iam_str saml_metadata(const struct saml_party *p);
/* An assertion without a signature, in canonical form. */
struct iam_str saml_assertion(struct iam_arena *arena, const struct saml_texts *texts);
/* A signature over text, the canonical form of the element with that ID. */
struct iam_str saml_signature(const struct saml_party *p, struct iam_str text, const char *id);
/* The text with the signature after its first Issuer, where the schema wants it. */
struct iam_str saml_insert(struct iam_arena *arena, struct iam_str text, struct iam_str signature);
/* Both at once. */
struct iam_str saml_signed(const struct saml_party *p, const struct saml_texts *texts);
/* A response with what is given in it, and its base64. */
struct iam_str saml_response(struct iam_arena *arena, struct iam_str inner);
struct iam_str saml_encode(struct iam_arena *arena, struct iam_str text);
/* An EncryptedAssertion for the key; cipher is "AES-128-CBC", algorithm its URI, and so on. */
struct saml_encryption {
    const char *algorithm;
    const char *cipher;
    const char *key_algorithm;
    const char *key_method; /* within its EncryptionMethod */
    const char *oaep;       /* hash: "SHA1" */
    const char *mask;
    size_t key_bytes;
};
struct iam_str saml_encrypt(struct iam_arena *arena, EVP_PKEY *key, const struct saml_encryption *e,
                            struct iam_str text);
/* The private key as PEM. */
struct iam_str saml_private_key(const struct saml_party *p);
