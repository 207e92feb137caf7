/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for the claims of a session, checked when they are sealed and again when they are
 * opened.
 */
#include "keeper/claims_int.h"

#include "model/id.h"

/* SPEC: IAM User Guide, "IAM and AWS STS quotas"; lengths in bytes, four for a character. */
#define NAME_MAX_LEN 64
/* SPEC: STS API Reference, GetFederationToken, Name. */
#define FEDERATED_NAME_MAX_LEN 32
/* LIMIT: far above the one that an operation of STS takes. */
#define POLICY_COUNT_MAX 10
#define POLICY_MAX ((size_t)4 * 2048)
#define ARN_MIN 20
#define ARN_MAX 2048
#define ARN_COUNT_MAX 10
#define TAG_COUNT_MAX 50
#define TAG_KEY_MAX ((size_t)4 * 128)
#define TAG_VALUE_MAX ((size_t)4 * 256)
/* SPEC: IAM API Reference, Url of an OpenID Connect provider: 255, and the name of a claim. */
#define CONTEXT_COUNT_MAX 40
#define CONTEXT_KEY_MAX 512
#define CONTEXT_VALUE_MAX 2048

/* Tells whether s is a name. SPEC: STS API Reference, AssumeRole, RoleSessionName: [\w+=,.@-]* */
static bool is_name(struct iam_str s, size_t min)
{
    bool ok = s.len >= min && s.len <= NAME_MAX_LEN;
    for (size_t i = 0; ok && i < s.len; i++) {
        char c = s.p[i];
        ok = iam_ascii_is_alnum(c) || (c != '\0' && strchr("_+=,.@-", c) != NULL);
    }
    return ok;
}

/* Tells whether the issuer is one whose sessions are of that kind, and no other account's root
 * user. */
static bool is_issuer(const struct iam_session *s)
{
    enum iam_kind issuer = iam_kind_of_id(s->issuer_id);
    return iam_kind_can_issue(issuer, s->kind) &&
           (issuer != IAM_KIND_ACCOUNT || iam_str_eq(s->issuer_id, s->account));
}

/* Tells whether the session has the names that its ARN is made of, and no others. */
static bool are_names(const struct iam_session *s)
{
    const struct iam_kind_row *row = iam_kind_get(s->kind);
    if (row->acts_as_issuer) {
        return !iam_str_is_set(s->role_name) && !iam_str_is_set(s->session_name);
    }
    if (row->arn_tail == IAM_ARN_TAIL_NAME) {
        return !iam_str_is_set(s->role_name) && is_name(s->session_name, 2) &&
               s->session_name.len <= FEDERATED_NAME_MAX_LEN;
    }
    return is_name(s->role_name, 1) && is_name(s->session_name, 2);
}

static bool is_text(struct iam_str s, size_t min, size_t max)
{
    return iam_str_is_set(s) && s.len >= min && s.len <= max && iam_utf8_is_valid(s) &&
           iam_str_find(s, '\0', 0) == s.len;
}

static bool are_times(const struct iam_session *s)
{
    return s->issued_ms > 0 && s->expires_ms > s->issued_ms &&
           s->expires_ms - s->issued_ms <= IAM_SESSION_MAX_MS;
}

static bool is_mfa_time(const struct iam_session *s)
{
    return s->mfa_ms == 0 ||
           (iam_kind_get(s->kind)->has_mfa_key && s->mfa_ms > 0 && s->mfa_ms <= s->issued_ms);
}

static bool are_policies(const struct iam_session_layer *layer)
{
    bool ok = layer->inline_policy_count <= POLICY_COUNT_MAX;
    for (size_t i = 0; ok && i < layer->inline_policy_count; i++) {
        ok = is_text(layer->inline_policies[i], 1, POLICY_MAX);
    }
    return ok;
}

static bool are_arns(const struct iam_session_layer *layer)
{
    bool ok = layer->policy_arn_count <= ARN_COUNT_MAX;
    for (size_t i = 0; ok && i < layer->policy_arn_count; i++) {
        ok = is_text(layer->policy_arns[i], ARN_MIN, ARN_MAX) &&
             iam_str_starts(layer->policy_arns[i], IAM_STR("arn:")) &&
             iam_kind_of_id(layer->policy_ids[i]) == IAM_KIND_POLICY;
    }
    return ok;
}

/* Tells whether the layers are such; one without a policy would be a limit that nobody set. */
static bool are_layers(const struct iam_session *s)
{
    bool ok = s->scope_count <= IAM_SESSION_SCOPES_MAX && s->scope_count <= s->layer_count &&
              s->layer_count <= s->scope_count + 1;
    for (size_t i = 0; ok && i < s->layer_count; i++) {
        const struct iam_session_layer *layer = &s->layers[i];
        ok = layer->inline_policy_count + layer->policy_arn_count > 0 && are_policies(layer) &&
             are_arns(layer);
    }
    return ok;
}

/* Tells whether the session names the key and the provider that its kind stems from. */
static bool is_origin(const struct iam_session *s)
{
    const struct iam_kind_row *row = iam_kind_get(s->kind);
    bool has_key = iam_kind_of_id(s->parent_key_id) == IAM_KIND_ACCESS_KEY;
    bool has_provider = iam_kind_of_id(s->provider_id) == row->provider;
    bool has_name = iam_str_is_set(s->federated_provider);

    if (has_key != row->has_parent_key || has_key != iam_str_is_set(s->parent_key_id)) {
        return false;
    }
    if (has_name &&
        (row->provider == IAM_KIND_NONE || !is_text(s->federated_provider, 1, ARN_MAX))) {
        return false;
    }
    /* A provider that AWS knows by itself is in no account. */
    return iam_str_is_set(s->provider_id) ? row->provider != IAM_KIND_NONE && has_provider
                                          : has_name || row->provider == IAM_KIND_NONE;
}

/*
 * Tells whether key is one that a session may bring: it has a namespace, which is none of those
 * whose keys are made from what is verified in each request.
 */
static bool is_context_key(struct iam_str key)
{
    static const struct iam_str OURS[] = { IAM_STR_INIT("aws:"), IAM_STR_INIT("iam:"),
                                           IAM_STR_INIT("sts:") };
    static const struct iam_str BROUGHT[] = { IAM_STR_INIT("aws:OriginIdentity/"),
                                              IAM_STR_INIT("aws:TransactionContext/") };

    for (size_t i = 0; i < IAM_COUNT(BROUGHT); i++) {
        if (iam_str_starts_nocase(key, BROUGHT[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < IAM_COUNT(OURS); i++) {
        if (iam_str_starts_nocase(key, OURS[i])) {
            return false;
        }
    }
    return is_text(key, 3, CONTEXT_KEY_MAX) && iam_str_find(key, ':', 1) < key.len;
}

/* Tells whether the entries of a key follow each other. */
static bool is_together(const struct iam_session *s, size_t i)
{
    return i == 0 || iam_str_eq_nocase(s->context[i - 1].key, s->context[i].key) ||
           iam_tag_find(s->context, i, s->context[i].key) == NULL;
}

static bool is_context(const struct iam_session *s)
{
    bool ok = s->context_count <= CONTEXT_COUNT_MAX;
    for (size_t i = 0; ok && i < s->context_count; i++) {
        ok = is_context_key(s->context[i].key) &&
             is_text(s->context[i].value, 0, CONTEXT_VALUE_MAX) && is_together(s, i);
    }
    return ok;
}

static bool are_tags(const struct iam_session *s)
{
    bool ok = s->tag_count <= TAG_COUNT_MAX;
    for (size_t i = 0; ok && i < s->tag_count; i++) {
        ok = is_text(s->tags[i].key, 1, TAG_KEY_MAX) &&
             is_text(s->tags[i].value, 0, TAG_VALUE_MAX) &&
             iam_tag_find(s->tags, i, s->tags[i].key) == NULL;
    }
    return ok;
}

static bool are_transitive(const struct iam_session *s)
{
    bool ok = s->transitive_count <= s->tag_count;
    for (size_t i = 0; ok && i < s->transitive_count; i++) {
        ok = iam_tag_find(s->tags, s->tag_count, s->transitive_keys[i]) != NULL;
    }
    return ok;
}

enum iam_status claims_check(const struct iam_session *s)
{
    bool ok = iam_account_id_is_valid(s->account) && is_issuer(s) && are_names(s) && are_times(s) &&
              is_mfa_time(s) && is_origin(s) && are_layers(s) && are_tags(s) && are_transitive(s);
    ok = ok && is_context(s);
    ok = ok && (!iam_str_is_set(s->source_identity) || is_name(s->source_identity, 2));
    return ok ? IAM_OK : IAM_RANGE;
}
