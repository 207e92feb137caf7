/* SPDX-License-Identifier: Apache-2.0 */
/* The AuthZEN context as condition keys. */
#include "services/iamd/question.h"

#include "store/oidc_provider.h"

/* LIMIT: keys of one context, and values of one key. */
#define MAX_KEYS 128
#define MAX_VALUES 128

/*
 * Keys that the server knows better than the client. A name that ends in '*' means all keys with
 * that prefix.
 */
static const struct iam_str reserved[] = {
    IAM_STR_INIT("aws:Principal*"),       IAM_STR_INIT("aws:userid"),
    IAM_STR_INIT("aws:username"),         IAM_STR_INIT("aws:TokenIssueTime"),
    IAM_STR_INIT("aws:MultiFactor*"),     IAM_STR_INIT("aws:SourceIdentity"),
    IAM_STR_INIT("aws:Federated*"),       IAM_STR_INIT("aws:AssumedRoot"),
    IAM_STR_INIT("aws:ResourceAccount"),  IAM_STR_INIT("saml:*"),
    IAM_STR_INIT("graph.facebook.com:*"), IAM_STR_INIT("www.amazon.com:*"),
};

/*
 * Returns the issuer of a key that sessions of an OpenID Connect provider have for their life:
 * "idp.example.com/path:sub". Absent: it is another key.
 */
static struct iam_str issuer_of(struct iam_str key)
{
    static const struct iam_str claims[] = { IAM_STR_INIT(":aud"), IAM_STR_INIT(":sub"),
                                             IAM_STR_INIT(":amr") };
    for (size_t i = 0; i < IAM_COUNT(claims); i++) {
        size_t len = key.len > claims[i].len ? key.len - claims[i].len : 0;
        if (len > 0 && iam_str_eq_nocase(iam_str_sub(key, len, claims[i].len), claims[i])) {
            return iam_str_sub(key, 0, len);
        }
    }
    return iam_str_absent();
}

/*
 * Tells whether a key is of an issuer with a dot in its name, whether or not it is known. Names of
 * services, which begin other keys, have none.
 */
static bool is_of_issuer(struct iam_str key)
{
    struct iam_str issuer = issuer_of(key);
    return iam_str_is_set(issuer) && iam_str_find(issuer, '.', 0) < issuer.len;
}

static bool is_reserved(struct iam_str key)
{
    for (size_t i = 0; i < IAM_COUNT(reserved); i++) {
        struct iam_str r = reserved[i];
        if (r.p[r.len - 1] == '*' ? iam_str_starts_nocase(key, iam_str_sub(r, 0, r.len - 1))
                                  : iam_str_eq_nocase(key, r)) {
            return true;
        }
    }
    return is_of_issuer(key);
}

static bool scalar(const struct iam_json *node, struct iam_str *ret)
{
    switch (node->type) {
    case IAM_JSON_STRING:
    case IAM_JSON_NUMBER:
        *ret = node->text;
        return true;
    case IAM_JSON_BOOL:
        *ret = node->boolean ? IAM_STR("true") : IAM_STR("false");
        return true;
    case IAM_JSON_NULL:
    case IAM_JSON_ARRAY:
    case IAM_JSON_OBJECT:
        break;
    }
    return false;
}

static enum iam_status refuse_value(struct iam_call *call, struct iam_str key)
{
    return api_fail(call, API_ERR_VALIDATION_ERROR,
                    "context.%.*s must be a string, a number, a boolean, or a list of them",
                    API_QUOTED(key));
}

static enum iam_status add_list(struct iam_call *call, const struct iam_json *node,
                                struct api_context *c)
{
    if (node->child_count > MAX_VALUES) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "context.%.*s has too many values",
                        API_QUOTED(node->name));
    }
    struct iam_str *values = iam_arena_zalloc(c->arena, node->child_count + 1, sizeof(*values));
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    size_t n = 0;
    for (const struct iam_json *item = node->first; item != NULL; item = item->next) {
        if (!scalar(item, &values[n++])) {
            return refuse_value(call, node->name);
        }
    }
    api_context_add_list(c, node->name, values, n);
    return IAM_OK;
}

static enum iam_status add_member(struct iam_call *call, const struct iam_json *node,
                                  struct api_context *c)
{
    struct iam_str value;
    if (node->type == IAM_JSON_ARRAY) {
        return add_list(call, node, c);
    }
    if (!scalar(node, &value)) {
        return refuse_value(call, node->name);
    }
    api_context_add(c, node->name, value);
    return IAM_OK;
}

static enum iam_status refuse_key(struct iam_call *call, struct iam_str key)
{
    return api_fail(call, API_ERR_VALIDATION_ERROR,
                    "context.%.*s is derived from the subject and the resource and cannot be given",
                    API_QUOTED(key));
}

/*
 * Tells whether the context has the key, in any case: with two spellings of one key it would be
 * open which of them counts.
 */
static bool has_key(const struct api_context *c, struct iam_str key)
{
    for (size_t i = 0; i < c->count; i++) {
        if (iam_str_eq_nocase(c->entries[i].key, key)) {
            return true;
        }
    }
    return false;
}

enum iam_status authzen_add_context(struct iam_call *call, const struct iam_json *context,
                                    struct api_context *c)
{
    if (context == NULL) {
        return IAM_OK;
    }
    if (context->type != IAM_JSON_OBJECT || context->child_count > MAX_KEYS) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "context must be an object of at most %d members", MAX_KEYS);
    }
    for (const struct iam_json *m = context->first; m != NULL; m = m->next) {
        if (is_reserved(m->name)) {
            return refuse_key(call, m->name);
        }
        if (has_key(c, m->name)) {
            return api_fail(call, API_ERR_VALIDATION_ERROR, "context.%.*s is given twice",
                            API_QUOTED(m->name));
        }
        IAM_TRY(add_member(call, m, c));
    }
    return IAM_OK;
}

/* ---- providers whose names have no dot ---- */

/* Reads the providers of the caller's account. */
static enum iam_status read_providers(struct iam_call *call, struct iam_arena *arena,
                                      struct iam_oidc_provider_list *ret)
{
    struct iam_txn *txn;
    enum iam_status st = iam_store_begin(call->env->store, IAM_TXN_READ, &txn);
    if (st == IAM_OK) {
        st = iam_store_oidc_provider_list(txn, arena, api_account(call), iam_str_absent(), NULL,
                                          ret);
        iam_txn_rollback(txn);
    }
    if (st != IAM_OK) {
        return api_fail_look_up(call, st);
    }
    return api_work_spend(&call->work, (ret->count + 1) * API_STEPS_ROW) ? IAM_OK : IAM_LIMIT;
}

/* Tells whether issuer is a provider: in any case, as keys are compared. */
static bool is_registered(const struct iam_oidc_provider_list *providers, struct iam_str issuer)
{
    for (size_t i = 0; i < providers->count; i++) {
        if (iam_str_eq_nocase(providers->items[i].url, issuer)) {
            return true;
        }
    }
    return false;
}

enum iam_status authzen_check_issuers(struct iam_call *call, struct iam_arena *arena,
                                      const struct iam_json *context)
{
    struct iam_oidc_provider_list providers = { 0 };
    bool is_read = false;
    for (const struct iam_json *m = context != NULL ? context->first : NULL; m != NULL;
         m = m->next) {
        struct iam_str issuer = issuer_of(m->name);
        if (iam_str_is_set(issuer) && !is_read) {
            IAM_TRY(read_providers(call, arena, &providers));
            is_read = true;
        }
        if (iam_str_is_set(issuer) && is_registered(&providers, issuer)) {
            return refuse_key(call, m->name);
        }
    }
    return IAM_OK;
}
