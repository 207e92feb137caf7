/* SPDX-License-Identifier: Apache-2.0 */
/* Who issues web identities: those whom AWS knows by itself, and the providers of the account. */
#include "services/sts/web_identity.h"

#include "store/oidc_provider.h"

/* SPEC: IAM User Guide, "AWS JSON policy elements: Principal": OIDC federated principals. */
static const struct {
    struct iam_str domain;
    struct iam_str iss; /* what tokens say; also with https:// before it */
    bool is_google;
} built_in[] = {
    {IAM_STR_INIT("accounts.google.com"),             IAM_STR_INIT("accounts.google.com"), true },
    { IAM_STR_INIT("cognito-identity.amazonaws.com"),
     IAM_STR_INIT("https://cognito-identity.amazonaws.com"),                               false},
};

static const struct iam_str HTTPS = IAM_STR_INIT("https://");

enum iam_status sts_fail_web_token(struct iam_call *call)
{
    return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN, "%s", IAM_SAYS_NOT_VALIDATED);
}

static enum iam_status fail_unknown(struct iam_call *call, struct iam_str iss)
{
    return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                    "No OpenIDConnect provider found in your account for %.*s", API_QUOTED(iss));
}

/* Finds the domain of a built-in issuer; absent: it is none. */
static bool find_built_in(struct iam_str iss, struct sts_web_issuer *ret)
{
    for (size_t i = 0; i < IAM_COUNT(built_in); i++) {
        bool is_whole = iam_str_starts(iss, HTTPS) &&
                        iam_str_eq(iam_str_sub(iss, HTTPS.len, iss.len), built_in[i].domain);
        if (is_whole || iam_str_eq(iss, built_in[i].iss)) {
            *ret = (struct sts_web_issuer){ .issuer = { .url = built_in[i].domain },
                                            .principal = built_in[i].domain,
                                            .is_built_in = true,
                                            .is_google = built_in[i].is_google };
            return true;
        }
    }
    return false;
}

/* Joins the thumbprints, one a line. */
static enum iam_status join_thumbprints(struct iam_call *call, struct iam_str list,
                                        struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    struct iam_str *items;
    size_t count;
    IAM_TRY(iam_texts_split(call->arena, list, &items, &count));
    iam_buf_init(&b, &alloc, list.len + count + 1);
    for (size_t i = 0; i < count; i++) {
        iam_buf_add(&b, items[i]);
        iam_buf_add_char(&b, '\n');
    }
    return iam_buf_finish(&b, ret);
}

static enum iam_status fill(struct iam_call *call, const struct iam_oidc_provider *provider,
                            struct sts_web_issuer *ret)
{
    struct iam_str *client_ids;
    size_t count;
    IAM_TRY(iam_texts_split(call->arena, provider->client_ids, &client_ids, &count));
    *ret = (struct sts_web_issuer){
        .issuer = {.id = provider->id, .url = provider->url},
        .principal = provider->arn,
        .client_ids = client_ids,
        .client_id_count = count
    };
    return join_thumbprints(call, provider->thumbprints, &ret->issuer.thumbprints);
}

enum iam_status sts_web_issuer_find(struct iam_call *call, struct iam_str account,
                                    struct iam_str iss, struct sts_web_issuer *ret)
{
    struct iam_oidc_provider provider;
    if (find_built_in(iss, ret)) {
        return IAM_OK;
    }
    if (!iam_str_starts(iss, HTTPS)) {
        return fail_unknown(call, iss);
    }
    struct iam_str url = iam_str_sub(iss, HTTPS.len, iss.len);
    enum iam_status st =
        iam_store_oidc_provider_get(call->txn, call->arena, account, url, &provider);
    if (st == IAM_NOT_FOUND) {
        return fail_unknown(call, iss);
    }
    IAM_TRY(st);
    return fill(call, &provider, ret);
}
