/* SPDX-License-Identifier: Apache-2.0 */
/* What AssumeRoleWithSAML makes of an assertion: from its verifier to its handler. */
#pragma once

#include "api_sts.gen.h"
#include "authn/saml.h"
#include "dispatch/evidence.h"

/* What the attributes of an assertion ask for. SPEC: IAM User Guide, "Configure SAML assertions
 * for the authentication response". */
struct sts_saml_wishes {
    struct iam_str session_name;
    int64_t max_seconds; /* of the session; 0: it does not say */
    const struct iam_tag *tags;
    size_t tag_count;
    struct iam_str *transitive_keys;
    size_t transitive_count;
    struct iam_str source_identity; /* absent: none */
};

/* A verified assertion, kept in call->examined. */
struct sts_saml {
    struct api_evidence evidence;
    struct iam_saml_assertion assertion;
    struct sts_saml_wishes wishes;
    struct iam_str subject_type;
    struct iam_str name_qualifier;
    /* The state of the provider that verified it: another one would have to do so again. */
    struct iam_str provider_id;
    int64_t metadata_mark;
    bool needs_encryption;
};

/*
 * Reads what the assertion asks for, which must name the role and the provider of the request.
 * InvalidIdentityToken.
 */
enum iam_status sts_saml_read_wishes(struct iam_call *call,
                                     const struct api_sts_assume_role_with_saml_in *in,
                                     const struct iam_saml_assertion *assertion,
                                     struct sts_saml_wishes *ret) IAM_MUST_USE;
/*
 * Makes the condition keys of the request, those about the session included, of saml, which has all
 * else by now. account and name are those of the provider. IAM_NOMEM.
 */
enum iam_status sts_saml_make_keys(struct iam_call *call, struct iam_str account,
                                   struct iam_str name, struct sts_saml *saml) IAM_MUST_USE;
