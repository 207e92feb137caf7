/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS's own managed policies, which no account has and nobody can change: from a compressed file
 * that is read on demand, and from a directory of the operator. Nothing of the file is in memory
 * until somebody asks for a policy of AWS; then its index is, and a document as long as it is used.
 * Any thread may call any function but iam_catalogue_open and iam_catalogue_close at any time.
 * docs/AWS-POLICIES.md describes the file.
 */
#pragma once

#include "base/str.h"
#include "model/entity.h"

struct iam_arena;
struct iam_catalogue;

#define IAM_CATALOGUE_ERROR_MAX 512

struct iam_catalogue_version {
    int64_t number;
    int64_t created_ms;
    uint32_t frame;  /* in which its document is */
    uint32_t offset; /* there */
    uint32_t bytes;  /* of the document */
};

struct iam_catalogue_policy {
    struct iam_str arn;
    struct iam_str path;
    struct iam_str name;
    int64_t created_ms;
    int64_t updated_ms;
    const struct iam_catalogue_version *versions; /* the newest first, which is the default */
    size_t version_count;                         /* 1 or more */
    struct iam_str document; /* of its one version, of an operator's policy; else absent */
};

/* All policies in the order in which AWS lists them; those that an operator adds come last. */
struct iam_catalogue_list {
    const struct iam_catalogue_policy *items;
    size_t count;
};

/* What a service-linked role is. */
struct iam_catalogue_service {
    struct iam_str service; /* "autoscaling.amazonaws.com" */
    struct iam_str role_name;
    struct iam_str policies;    /* path and name of each, with a comma between two */
    struct iam_str description; /* absent: none */
    bool takes_suffix;
};

struct iam_catalogue_options {
    const char *file; /* NULL: none */
    const char *dir;  /* of documents PATH/NAME.json, which are added, or take the place of those of
                         the same name, and with the files services.tsv of services and
                         templates.jsonl of templates (template.h); NULL: none */
    const char *templates; /* a file of templates; NULL: none */
};

/*
 * Opens file, without reading it, and reads dir and templates. *ret is the caller's. On failure
 * error says what is wrong: IAM_IO, IAM_SYNTAX (no such file, a document of dir that is no policy,
 * no template), IAM_LIMIT, IAM_NOMEM.
 */
enum iam_status iam_catalogue_open(const struct iam_catalogue_options *options,
                                   struct iam_catalogue **ret,
                                   char error[IAM_CATALOGUE_ERROR_MAX]) IAM_MUST_USE;
/* Closes it; nothing borrowed from it may be in use. NULL is accepted. */
void iam_catalogue_close(struct iam_catalogue *catalogue);

/*
 * Lists the policies, after reading the index of the file when it is the first who asks. *ret is
 * borrowed from the catalogue. A catalogue that is NULL has no policies. IAM_IO, IAM_CORRUPT,
 * IAM_NOMEM: what there is is not known.
 */
enum iam_status iam_catalogue_list(struct iam_catalogue *catalogue,
                                   struct iam_catalogue_list *ret) IAM_MUST_USE;
/* Finds a policy by its ARN, letter case included; otherwise as above. IAM_NOT_FOUND. */
enum iam_status iam_catalogue_find(struct iam_catalogue *catalogue, struct iam_str arn,
                                   const struct iam_catalogue_policy **ret) IAM_MUST_USE;
/* Finds what the linked role of a service is; otherwise as above. IAM_NOT_FOUND. */
enum iam_status iam_catalogue_service(struct iam_catalogue *catalogue, struct iam_str service,
                                      const struct iam_catalogue_service **ret) IAM_MUST_USE;
/*
 * Reads the document of a version, which is one of policy's, into arena. Costs what decompressing
 * at most a quarter of a MiB does, twice for an older version. IAM_IO, IAM_CORRUPT, IAM_NOMEM.
 */
enum iam_status iam_catalogue_document(struct iam_catalogue *catalogue, struct iam_arena *arena,
                                       const struct iam_catalogue_policy *policy,
                                       const struct iam_catalogue_version *version,
                                       struct iam_str *ret) IAM_MUST_USE;
