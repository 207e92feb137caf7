/* SPDX-License-Identifier: Apache-2.0 */
#include "server/oidc_options.h"

#include <stdio.h>

static enum iam_status refuse(const char *why)
{
    (void)fprintf(stderr, "iamd: %s\n", why);
    return IAM_RANGE;
}

enum iam_status oidc_option_network(struct oidc_options *o, const char *value)
{
    struct iam_fetch_networks *n = &o->networks;
    if (n->count == IAM_FETCH_NETWORKS_MAX) {
        return refuse("--oidc-allow-network may be given 16 times");
    }
    if (iam_http_network_parse(iam_str_c(value), &n->items[n->count]) != IAM_OK) {
        return refuse("--oidc-allow-network takes an address, or a network as 10.0.0.0/8");
    }
    n->count++;
    return IAM_OK;
}

enum iam_status oidc_option_endpoint(struct oidc_options *o, const char *value)
{
    struct iam_str text = iam_str_c(value);
    size_t equals = iam_str_find(text, '=', 0);
    struct oidc_endpoint endpoint = { iam_str_sub(text, 0, equals),
                                      iam_str_sub(text, equals + 1, text.len) };
    if (o->endpoint_count == OIDC_ENDPOINTS_MAX) {
        return refuse("--oidc-endpoint may be given 16 times");
    }
    if (iam_str_ends(endpoint.url, IAM_STR("/"))) {
        endpoint.url.len--;
    }
    if (equals == 0 || !iam_str_starts(endpoint.url, IAM_STR("https://"))) {
        return refuse("--oidc-endpoint takes a domain and a URL, as "
                      "accounts.google.com=https://idp.example.com");
    }
    o->endpoints[o->endpoint_count++] = endpoint;
    return IAM_OK;
}

struct iam_str oidc_options_find(const struct oidc_options *o, struct iam_str domain)
{
    for (size_t i = 0; i < o->endpoint_count; i++) {
        if (iam_str_eq(o->endpoints[i].domain, domain)) {
            return o->endpoints[i].url;
        }
    }
    return iam_str_absent();
}
