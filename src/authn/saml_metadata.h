/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of SAML identity providers. SPEC: "Metadata for the OASIS Security Assertion Markup
 * Language (SAML) V2.0". Only this file's module knows libxml2: no network, no entities, no
 * document type, no tree; what a document declares as its encoding is ignored, since it comes as
 * UTF-8.
 */
#pragma once

#include "base/arena.h"

/* LIMIT: identity providers of a document, and keys of each. SPEC: IAM User Guide, "IAM and AWS
 * STS quotas". */
#define IAM_SAML_IDPS_MAX 10
#define IAM_SAML_KEYS_MAX 10

/*
 * Reads a document: an EntityDescriptor or several in an EntitiesDescriptor; counts their
 * IDPSSODescriptors, whose certificates must be X.509. arena is for the work. IAM_SYNTAX: it is not
 * such a document; IAM_LIMIT: it has too many providers or keys; IAM_NOMEM.
 */
enum iam_status iam_saml_metadata_read(struct iam_arena *arena, struct iam_str document,
                                       size_t *ret_idps) IAM_MUST_USE;
