/* SPDX-License-Identifier: Apache-2.0 */
/* The options about identity providers: where they may be, who vouches for them. */
#pragma once

#include "fetch/address.h"

/* LIMIT: providers that are asked elsewhere. */
#define OIDC_ENDPOINTS_MAX 16

/* A provider that is asked at another address than its own. */
struct oidc_endpoint {
    struct iam_str domain; /* "accounts.google.com" */
    struct iam_str url;    /* "https://...", without a slash at its end */
};

struct oidc_options {
    const char *ca_file; /* of authorities besides those of the system; NULL: none */
    struct iam_fetch_networks networks;
    struct oidc_endpoint endpoints[OIDC_ENDPOINTS_MAX];
    size_t endpoint_count;
};

/*
 * Takes the value of one option, which it borrows. On failure (IAM_RANGE) it has said on
 * stderr what is wrong.
 */
enum iam_status oidc_option_network(struct oidc_options *o, const char *value) IAM_MUST_USE;
enum iam_status oidc_option_endpoint(struct oidc_options *o, const char *value) IAM_MUST_USE;
/* Returns where the provider with that domain is asked; absent: where its name says. */
struct iam_str oidc_options_find(const struct oidc_options *o, struct iam_str domain);
