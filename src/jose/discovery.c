/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/discovery.h"

/* LIMITS of the document. */
#define MAX_DEPTH 8
#define MAX_NODES 4096

static enum iam_status text_of(const struct iam_json *root, struct iam_str name,
                               struct iam_str *ret)
{
    const struct iam_json *member = iam_json_member(root, name);
    IAM_ENSURE(member != NULL && member->type == IAM_JSON_STRING, IAM_SYNTAX);
    *ret = member->text;
    return IAM_OK;
}

/* Tells whether a URL has only characters that URLs have, and no user. */
static bool is_plain(struct iam_str url)
{
    for (size_t i = 0; i < url.len; i++) {
        if (url.p[i] <= ' ' || url.p[i] >= '\x7f' || strchr("\"<>\\^`{|}@", url.p[i]) != NULL) {
            return false;
        }
    }
    return true;
}

enum iam_status iam_discovery_read(struct iam_arena *arena, struct iam_str text,
                                   struct iam_str issuer, struct iam_str *ret_url)
{
    static const struct iam_json_limits limits = { IAM_DISCOVERY_MAX_BYTES, MAX_DEPTH, MAX_NODES };
    const struct iam_json *root;
    struct iam_str named;
    struct iam_str url;
    IAM_TRY(iam_json_read(arena, text, &limits, &root, NULL));
    IAM_TRY(text_of(root, IAM_STR("issuer"), &named));
    IAM_TRY(text_of(root, IAM_STR("jwks_uri"), &url));
    IAM_ENSURE(iam_str_eq(named, issuer), IAM_DENIED);
    IAM_ENSURE(iam_str_starts(url, IAM_STR("https://")) && url.len <= IAM_DISCOVERY_MAX_URL &&
                   is_plain(url),
               IAM_DENIED);
    return iam_arena_dup(arena, url, ret_url);
}
