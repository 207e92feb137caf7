/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates: of roles, which AcquireRole makes, and of the policies that delegation requests ask
 * for. They are read at the start, from the file that comes with the program and from that of an
 * operator, and never change. docs/AWS-POLICIES.md describes the files.
 * SPEC: IAM API Reference, "RoleTemplateVersion"; IAM User Guide, "Policy templates".
 */
#pragma once

#include "base/str.h"

struct iam_catalogue;
struct iam_json;

struct iam_template_parameter {
    struct iam_str name;
    struct iam_str type; /* "String", "StringList", "Number", "NumberList", "Arn", "ArnList" */
    struct iam_str sub_type;
    struct iam_str description;
    struct iam_str default_value; /* absent: none */
    bool is_required;
    bool is_immutable;
};

struct iam_template_parameters {
    const struct iam_template_parameter *items;
    size_t count;
};

/* A name and what belongs to it: an inline policy, or a tag. */
struct iam_template_pair {
    struct iam_str name;
    struct iam_str value;            /* of a tag */
    const struct iam_json *document; /* of a policy: with parameters in its strings */
};

struct iam_template_pairs {
    const struct iam_template_pair *items;
    size_t count;
};

/* A version of a role template. What may be absent is, as in the answers of AWS. */
struct iam_role_template {
    struct iam_str arn; /* ends in a colon and the major version */
    struct iam_str name;
    struct iam_str version_id;
    struct iam_str description;
    struct iam_str managed_by_type;
    struct iam_str managed_by_value;
    struct iam_str name_pattern;
    struct iam_str path_pattern;
    struct iam_str description_pattern;
    struct iam_str boundary_arn;
    int64_t major;
    int64_t default_minor;
    int64_t minor;
    int64_t max_session_seconds; /* 0: none is said */
    int64_t created_ms;
    int64_t updated_ms;
    bool is_enabled;
    bool is_version_enabled;
    const struct iam_json *trust;
    struct iam_template_pairs policies; /* inline */
    struct iam_template_pairs tags;
    const struct iam_str *managed_arns;
    size_t managed_count;
    struct iam_template_parameters parameters;
};

/* What a delegation request may ask for. */
struct iam_policy_template {
    struct iam_str arn;
    struct iam_str requestor_account; /* who alone may use it; absent: everybody */
    struct iam_str requestor_name;    /* whom the owner of a request sees; absent: none */
    const struct iam_json *document;
    struct iam_template_parameters parameters;
};

/*
 * Finds a version of a role template by its ARN, letter case included: the one with this minor
 * version, or the default one when minor is NULL. *ret is borrowed from the catalogue, which may be
 * NULL. IAM_NOT_FOUND.
 */
enum iam_status iam_catalogue_role_template(const struct iam_catalogue *catalogue,
                                            struct iam_str arn, const int64_t *minor,
                                            const struct iam_role_template **ret) IAM_MUST_USE;
/* Finds a policy template by its ARN; otherwise as above. */
enum iam_status iam_catalogue_policy_template(const struct iam_catalogue *catalogue,
                                              struct iam_str arn,
                                              const struct iam_policy_template **ret) IAM_MUST_USE;
