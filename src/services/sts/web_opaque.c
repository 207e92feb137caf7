/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that say nothing by themselves: their provider is asked whose they are. SPEC: Facebook,
 * "Access Token Debugging and Errors" (GET /app, GET /me); Login with Amazon Developer Guide,
 * "Obtain customer profile information" (GET /auth/o2/tokeninfo).
 */
#include "codec/uri.h"
#include "services/sts/web_identity.h"

/* LIMITS of an answer. */
static const struct iam_json_limits limits = { .max_bytes = 16384,
                                               .max_depth = 8,
                                               .max_nodes = 512 };

#define URL_MAX 65536

/* One provider. */
struct opaque {
    struct iam_str domain;                 /* the ProviderId, and the Federated principal */
    struct iam_str host;                   /* where it is asked */
    const char *paths[API_WAIT_DOCUMENTS]; /* with the token at the end */
    size_t path_count;
    const char *app;  /* the member of the first answer that is the application's ID */
    const char *user; /* that of the last answer that is the user's */
    const char *user_key;
    bool lasts; /* the key of the user stays for the life of the session */
};

static const struct opaque providers[] = {
    {IAM_STR_INIT("graph.facebook.com"),
     IAM_STR_INIT("graph.facebook.com"),
     { "/app?access_token=", "/me?fields=id&access_token=" },
     2, "id",
     "id",      "id",
     true },
    { IAM_STR_INIT("www.amazon.com"),
     IAM_STR_INIT("api.amazon.com"),
     { "/auth/o2/tokeninfo?access_token=" },
     1, "app_id",
     "user_id", "user_id",
     false},
};

static const struct opaque *find(struct iam_str provider_id)
{
    for (size_t i = 0; i < IAM_COUNT(providers); i++) {
        if (iam_str_eq(providers[i].domain, provider_id)) {
            return &providers[i];
        }
    }
    return NULL;
}

/* Makes the URL that asks: at another address, if the operator says so. */
static enum iam_status url_of(struct iam_call *call, const struct opaque *p, const char *path,
                              struct iam_str token, struct iam_str *ret)
{
    const struct api_outside *outside = call->env->outside;
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_str base = outside->endpoint(outside->ctx, p->domain);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, URL_MAX);
    if (iam_str_is_set(base)) {
        iam_buf_add(&b, base);
    } else {
        iam_buf_add_c(&b, "https://");
        iam_buf_add(&b, p->host);
    }
    iam_buf_add_c(&b, path);
    iam_uri_encode(&b, token, false);
    return iam_buf_finish(&b, ret);
}

/* Says what the call waits for. */
static enum iam_status ask(struct iam_call *call, const struct opaque *p, struct iam_str token)
{
    struct api_wait *wait = &call->wait;
    for (size_t i = 0; i < p->path_count; i++) {
        IAM_TRY(url_of(call, p, p->paths[i], token, &wait->urls[i]));
    }
    wait->url_count = p->path_count;
    wait->arena = call->arena;
    wait->is_wanted = true;
    return IAM_FAULT;
}

enum iam_status sts_web_opaque_member(struct iam_arena *arena, struct iam_str answer,
                                      struct iam_str name, struct iam_str *ret)
{
    const struct iam_json *root;
    IAM_TRY(iam_json_read(arena, answer, &limits, &root, NULL));
    struct iam_str text = iam_claim_text(iam_json_member(root, name));
    IAM_ENSURE(text.len > 0, IAM_SYNTAX);
    *ret = text;
    return IAM_OK;
}

static enum iam_status read_member(struct iam_call *call, struct iam_str answer, const char *name,
                                   struct iam_str *ret)
{
    enum iam_status st = sts_web_opaque_member(call->arena, answer, iam_str_c(name), ret);
    return st == IAM_SYNTAX || st == IAM_LIMIT ? sts_fail_web_token(call) : st;
}

static enum iam_status key_of(struct iam_call *call, const struct opaque *p, const char *claim,
                              struct iam_str *value, struct iam_context_entry *ret)
{
    struct iam_str name;
    const struct iam_str parts[] = { p->domain, IAM_STR(":"), iam_str_c(claim) };
    IAM_TRY(iam_arena_join(call->arena, parts, IAM_COUNT(parts), &name));
    *ret = (struct iam_context_entry){ name, value, 1, false };
    return IAM_OK;
}

static enum iam_status fill(struct iam_call *call, const struct opaque *p,
                            struct sts_web_identity *ret)
{
    struct iam_context_entry *keys = iam_arena_zalloc(call->arena, 2, sizeof(*keys));
    struct iam_tag *lasting = iam_arena_zalloc(call->arena, 1, sizeof(*lasting));
    struct iam_str *values = iam_arena_zalloc(call->arena, 2, sizeof(*values));
    IAM_ENSURE(keys != NULL && lasting != NULL && values != NULL, IAM_NOMEM);
    IAM_TRY(read_member(call, call->wait.documents[0], p->app, &values[0]));
    IAM_TRY(read_member(call, call->wait.documents[p->path_count - 1], p->user, &values[1]));
    IAM_TRY(key_of(call, p, "app_id", &values[0], &keys[0]));
    IAM_TRY(key_of(call, p, p->user_key, &values[1], &keys[1]));
    lasting[0] = (struct iam_tag){ keys[1].key, values[1] };
    ret->evidence.keys = keys;
    ret->evidence.key_count = 2;
    ret->evidence.principal = p->domain;
    ret->lasting = lasting;
    ret->lasting_count = p->lasts ? 1 : 0;
    ret->audience = values[0];
    ret->subject = values[1];
    return IAM_OK;
}

enum iam_status sts_web_opaque_verify(struct iam_call *call, struct iam_str provider_id,
                                      struct iam_str token, struct sts_web_identity *ret)
{
    const struct opaque *p = find(provider_id);
    if (p == NULL) {
        return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                        "The identity provider %.*s is not supported", API_QUOTED(provider_id));
    }
    IAM_ENSURE(call->env->outside != NULL, IAM_DENIED);
    if (!call->wait.is_over) {
        return ask(call, p, token);
    }
    if (call->wait.trouble == API_OUTSIDE_UNREACHABLE) {
        return api_fail(call, API_ERR_IDP_COMMUNICATION_ERROR,
                        "Error communicating with the identity provider");
    }
    if (call->wait.trouble != API_OUTSIDE_NONE) {
        return api_fail(call, API_ERR_IDP_REJECTED_CLAIM,
                        "The identity provider reported that authentication failed");
    }
    return fill(call, p, ret);
}
