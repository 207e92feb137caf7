/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of SAML identity providers. SPEC: "Metadata for the OASIS Security Assertion Markup
 * Language (SAML) V2.0". The parser is given no chance to do more: no network, no entities, no
 * document type, no tree; what a document declares as its encoding is ignored, since it comes as
 * UTF-8.
 */
#pragma once

#include "base/arena.h"

/* LIMIT: identity providers of a document, and keys of each. SPEC: IAM User Guide, "IAM and AWS
 * STS quotas". */
#define IAM_SAML_IDPS_MAX 10
#define IAM_SAML_KEYS_MAX 10

/* An IDPSSODescriptor: whose assertions count, and with which keys it signs them. */
struct iam_saml_idp {
    struct iam_str entity_id;                       /* the Issuer of its assertions */
    struct iam_str certificates[IAM_SAML_KEYS_MAX]; /* X.509 in DER, the first of each key that is
                                                       not for encryption alone */
    size_t certificate_count;
};

struct iam_saml_idps {
    struct iam_saml_idp items[IAM_SAML_IDPS_MAX];
    size_t count; /* may be 0 */
};

/*
 * Reads a document: an EntityDescriptor or several in an EntitiesDescriptor, with their
 * IDPSSODescriptors, whose certificates must be X.509. The texts are in arena. IAM_SYNTAX: it is
 * not such a document; IAM_LIMIT: it has too many providers or keys; IAM_NOMEM.
 */
enum iam_status iam_saml_metadata_read(struct iam_arena *arena, struct iam_str document,
                                       struct iam_saml_idps *ret) IAM_MUST_USE;
/*
 * Does the same, and remembers what the last documents say, so that they are not read again: for
 * one that was stored. Also IAM_IO.
 */
enum iam_status iam_saml_metadata_recall(struct iam_arena *arena, struct iam_str document,
                                         struct iam_saml_idps *ret) IAM_MUST_USE;
