/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses of SAML identity providers. SPEC: "Assertions and Protocols for the OASIS Security
 * Assertion Markup Language (SAML) V2.0"; "XML Signature Syntax and Processing"; "XML Encryption
 * Syntax and Processing". No I/O, no clock, no store.
 *
 * INVARIANT: what an assertion says is read from the bytes whose digest a key of the provider's
 * metadata has signed, and from nothing else of the response.
 */
#pragma once

#include "authn/saml_metadata.h"
#include "keeper/keeper.h"

/* LIMIT: bytes of a response. Its base64 has at most 100,000 characters. */
#define IAM_SAML_RESPONSE_MAX 75000
/* LIMIT: bytes of a text that is read from an assertion, and values of all attributes together. */
#define IAM_SAML_TEXT_MAX 2048
#define IAM_SAML_VALUES_MAX 1024
/* LIMIT: private keys of a provider. */
#define IAM_SAML_PRIVATE_KEYS_MAX 2

/* A private key of the provider, sealed. */
struct iam_saml_private_key {
    struct iam_str id;
    struct iam_str sealed;
};

struct iam_saml_keys {
    struct iam_keeper *keeper;
    struct iam_saml_private_key items[IAM_SAML_PRIVATE_KEYS_MAX];
    size_t count;
};

/* The provider that a response must be of. */
struct iam_saml_trust {
    struct iam_saml_idps idps;
    struct iam_saml_keys keys;
    bool needs_encryption; /* assertions in clear are refused */
};

/* An attribute and its values, at least one. */
struct iam_saml_attribute {
    struct iam_str name;
    const struct iam_str *values;
    size_t value_count;
};

/* What a verified assertion says. Times are milliseconds since 1970. */
struct iam_saml_assertion {
    struct iam_str id;
    struct iam_str issuer;
    struct iam_str subject; /* the NameID; absent: there is none */
    struct iam_str format;  /* of it, as it is written */
    struct iam_str recipient;
    int64_t expires_ms;      /* the first of its times after which it does not count */
    int64_t session_ends_ms; /* when the session at the provider ends; 0: it does not say */
    const struct iam_saml_attribute *attributes;
    size_t attribute_count;
};

/* Why a response was refused. */
enum iam_saml_refusal {
    IAM_SAML_MALFORMED, /* not a response, or one with more or less than it must have; or one that
                           is not encrypted as it must be */
    IAM_SAML_UNSIGNED,  /* no assertion, or none with a signature */
    IAM_SAML_FORGED,    /* a signature is not one of the provider's keys over what it is in */
    IAM_SAML_ISSUER     /* the metadata has no such issuer */
};

/*
 * Makes what tells the subjects of a provider from those of others: base64 of the SHA-1 of issuer,
 * account, a slash and the name of the provider. SPEC: STS API Reference, AssumeRoleWithSAML,
 * NameQualifier. IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_saml_name_qualifier(struct iam_arena *arena, struct iam_str issuer,
                                        struct iam_str account, struct iam_str name,
                                        struct iam_str *ret) IAM_MUST_USE;
/*
 * Prepares libxml2 and xmlsec. Called once before the server gives up what it does not need and
 * starts threads; whatever needs them calls it too. Later calls do nothing. When they cannot be
 * prepared every signature is refused.
 */
void iam_saml_start(void);
/*
 * Verifies a response, its XML in base64 (white space in it is left out): the assertion must be
 * signed by a key of its issuer; the response may be, and then that signature must verify too.
 * Whether it has expired is the caller's to judge. What it says is in arena. IAM_DENIED, with
 * *ret_refusal: it is not to be believed; IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_saml_verify(struct iam_arena *arena, struct iam_str response,
                                const struct iam_saml_trust *trust, struct iam_saml_assertion *ret,
                                enum iam_saml_refusal *ret_refusal) IAM_MUST_USE;
