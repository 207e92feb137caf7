/* SPDX-License-Identifier: Apache-2.0 */
/* Claims as condition keys, tags and roles. */
#include "services/sts/web_identity.h"

#include "codec/json.h"

/* LIMITS. SPEC: STS API Reference, Tag: lengths in characters. */
#define KEYS_MAX 32
#define AMR_MAX 16
#define TAGS_MAX 50
#define TAG_KEY_CHARS 128
#define TAG_VALUE_CHARS 256
#define TAGS_CLAIM "https://aws.amazon.com/tags"
#define PRINCIPAL_TAGS "principal_tags"
#define TRANSITIVE_KEYS "transitive_tag_keys"

/* ---- which claims are keys ---- */

#define CLAIMS_MAX 12

/* Issuers that begin and end so, or are so, have these claims besides aud, sub and amr. */
static const struct known {
    struct iam_str begin;
    struct iam_str end;
    bool is_whole;
    const char *claims[CLAIMS_MAX];
} known[] = {
#define GITHUB                                                                          \
    {                                                                                   \
        "actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", \
            "repository", "repository_id", "repository_owner_id", "workflow"            \
    }
#define BUILDKITE                                                                             \
    {                                                                                         \
        "build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug", \
            "pipeline_id", "pipeline_slug"                                                    \
    }
#define S(text) IAM_STR_INIT(text)
    {S("token.actions.githubusercontent.com"),   S(""),                          true,  GITHUB                            },
    { S("token.actions.githubusercontent.com/"), S(""),                          false, GITHUB                            },
    { S("token.actions."),                       S(".ghe.com"),                  false, GITHUB                            },
    { S("github.com/enterprises/"),              S(""),                          false, GITHUB                            },
    { S("agent.buildkite.com"),                  S(""),                          true,  BUILDKITE                         },
    { S("agent."),                               S(".buildkite.dev"),            false, BUILDKITE                         },
    { S("agent."),                               S(".buildkite.site"),           false, BUILDKITE                         },
    { S("gitlab.com"),
                  S(""),
                  true,                                                                              { "namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment",
        "user_access_level", "user_email", "user_id", "user_login" }                                            },
    { S("oidc.circleci.com/org/"),               S(""),                          false, { "oidc.circleci.com/project-id" }},
    { S("idcs-"),                                S(".identity.oraclecloud.com"), false, { "rpst_id" }                     },
    { S("accounts.google.com"),                  S(""),                          true,  { "google/organization_number" }  },
};

static bool is_known(const struct known *k, struct iam_str url)
{
    if (k->is_whole) {
        return iam_str_eq(k->begin, url);
    }
    return url.len > k->begin.len + k->end.len && iam_str_starts(url, k->begin) &&
           iam_str_ends(url, k->end);
}

/* ---- keys ---- */

/* The keys while they are collected. */
struct keys {
    struct iam_call *call;
    struct iam_str prefix; /* the issuer without https:// */
    struct iam_context_entry *entries;
    size_t count;
    struct iam_tag *lasting;
    size_t lasting_count;
};

static enum iam_status key_name(const struct keys *k, struct iam_str claim, struct iam_str *ret)
{
    const struct iam_str parts[] = { k->prefix, IAM_STR(":"), claim };
    return iam_arena_join(k->call->arena, parts, IAM_COUNT(parts), ret);
}

/* Adds a key with one value, which may stay for the life of the session. */
static enum iam_status add_key(struct keys *k, struct iam_str claim, struct iam_str value,
                               bool is_lasting)
{
    struct iam_str name;
    struct iam_str *kept = iam_arena_alloc(k->call->arena, sizeof(*kept));
    IAM_ENSURE(kept != NULL && k->count < KEYS_MAX, IAM_NOMEM);
    IAM_TRY(key_name(k, claim, &name));
    *kept = value;
    k->entries[k->count++] = (struct iam_context_entry){ name, kept, 1, false };
    if (is_lasting) {
        k->lasting[k->lasting_count++] = (struct iam_tag){ name, value };
    }
    return IAM_OK;
}

/* Adds the ways in which somebody was authenticated: a list, whatever its length. */
static enum iam_status add_amr(struct keys *k, const struct iam_json *amr)
{
    struct iam_str *values = iam_arena_zalloc(k->call->arena, AMR_MAX, sizeof(*values));
    struct iam_str name;
    size_t count = 0;
    IAM_ENSURE(values != NULL, IAM_NOMEM);
    if (amr == NULL || amr->type != IAM_JSON_ARRAY || amr->child_count > AMR_MAX) {
        return IAM_OK;
    }
    for (const struct iam_json *item = amr->first; item != NULL; item = item->next) {
        if (item->type == IAM_JSON_STRING) {
            values[count++] = item->text;
        }
    }
    IAM_TRY(key_name(k, IAM_STR("amr"), &name));
    k->entries[k->count++] = (struct iam_context_entry){ name, values, count, true };
    for (size_t i = 0; i < count; i++) {
        k->lasting[k->lasting_count++] = (struct iam_tag){ name, values[i] };
    }
    return IAM_OK;
}

/* Finds a claim by its name, which may be that of a member of another: "google/number". */
static const struct iam_json *find_claim(const struct iam_json *claims, struct iam_str name)
{
    const struct iam_json *claim = iam_json_member(claims, name);
    size_t slash = iam_str_find(name, '/', 0);
    if (claim != NULL || slash == name.len) {
        return claim;
    }
    return iam_json_member(iam_json_member(claims, iam_str_sub(name, 0, slash)),
                           iam_str_sub(name, slash + 1, name.len));
}

static enum iam_status add_known(struct keys *k, const struct known *row,
                                 const struct iam_json *claims)
{
    for (size_t i = 0; i < CLAIMS_MAX && row->claims[i] != NULL; i++) {
        struct iam_str name = iam_str_c(row->claims[i]);
        struct iam_str value = iam_claim_text(find_claim(claims, name));
        if (iam_str_is_set(value)) {
            IAM_TRY(add_key(k, name, value, false));
        }
    }
    return IAM_OK;
}

static enum iam_status add_keys(struct keys *k, const struct sts_web_issuer *issuer,
                                const struct iam_json *claims, const struct iam_claims *checked)
{
    IAM_TRY(add_key(k, IAM_STR("aud"), checked->audience, true));
    IAM_TRY(add_key(k, IAM_STR("sub"), checked->subject, true));
    IAM_TRY(add_amr(k, iam_json_member(claims, IAM_STR("amr"))));
    if (issuer->is_google) {
        IAM_TRY(add_key(k, IAM_STR("oaud"), checked->first_audience, false));
    }
    for (size_t i = 0; i < IAM_COUNT(known); i++) {
        if (is_known(&known[i], issuer->issuer.url)) {
            IAM_TRY(add_known(k, &known[i], claims));
        }
    }
    return IAM_OK;
}

/* ---- roles ---- */

static bool is_in_list(struct iam_str list, struct iam_str arn)
{
    for (size_t at = 0; at <= list.len;) {
        size_t end = iam_str_find(list, ';', at);
        if (iam_str_eq(iam_str_trim(iam_str_sub(list, at, end - at)), arn)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* Tells whether the claim with roles, a text with semicolons or a list, has the role. */
static bool lists_role(const struct iam_json *claim, struct iam_str arn)
{
    if (claim->type == IAM_JSON_STRING) {
        return is_in_list(claim->text, arn);
    }
    for (const struct iam_json *item = claim->first; claim->type == IAM_JSON_ARRAY && item != NULL;
         item = item->next) {
        if (item->type == IAM_JSON_STRING && iam_str_eq(item->text, arn)) {
            return true;
        }
    }
    return false;
}

/* Tells whether the token may have the role. SPEC: recorded on AWS: one that lists roles is good
 * for them alone. */
static enum iam_status check_roles(struct keys *k, const struct iam_json *claims,
                                   struct iam_str role_arn)
{
    static const struct iam_str truths[] = { IAM_STR_INIT("false"), IAM_STR_INIT("true") };
    const struct iam_json *roles = iam_json_member(claims, IAM_STR("https://aws.amazon.com/roles"));
    if (roles != NULL && !lists_role(roles, role_arn)) {
        return sts_fail_web_token(k->call);
    }
    IAM_ENSURE(k->count < KEYS_MAX, IAM_NOMEM);
    k->entries[k->count++] = (struct iam_context_entry){ IAM_STR("sts:RoleAuthorizedByIdp"),
                                                         &truths[roles != NULL], 1, false };
    return IAM_OK;
}

/* ---- tags ---- */

struct tags {
    struct iam_call *call;
    struct iam_tag *items;
    size_t count;
    struct iam_str *transitive;
    size_t transitive_count;
};

static enum iam_status fail_tags(struct iam_call *call)
{
    return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                    "principal_tags passed in claim is not in correct format.");
}

/* Tells whether s may be a key or value: printable text. SPEC: STS API Reference, Tag. */
static bool is_tag_text(struct iam_str s, size_t min, size_t max_chars)
{
    bool ok = iam_str_is_set(s) && s.len >= min && iam_utf8_count(s) <= max_chars;
    for (size_t i = 0; ok && i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        ok = c >= 0x80 || iam_ascii_is_alnum((char)c) ||
             (c != '\0' && strchr(" _.:/=+-@", c) != NULL);
    }
    return ok;
}

static bool is_tag_key(struct iam_str key)
{
    return is_tag_text(key, 1, TAG_KEY_CHARS) && !iam_str_starts_nocase(key, IAM_STR("aws:"));
}

static enum iam_status add_tag(struct tags *t, struct iam_str key, const struct iam_json *value)
{
    if (t->count == TAGS_MAX) {
        return api_fail(t->call, API_ERR_INVALID_PARAMETER_VALUE, "Too many session tags");
    }
    if (value == NULL || value->type != IAM_JSON_STRING || !is_tag_key(key) ||
        !is_tag_text(value->text, 0, TAG_VALUE_CHARS) ||
        iam_tag_find(t->items, t->count, key) != NULL) {
        return fail_tags(t->call);
    }
    t->items[t->count++] = (struct iam_tag){ key, value->text };
    return IAM_OK;
}

/* Adds {"key": ["value"]}. */
static enum iam_status add_nested(struct tags *t, const struct iam_json *tags)
{
    if (tags->type != IAM_JSON_OBJECT) {
        return fail_tags(t->call);
    }
    for (const struct iam_json *tag = tags->first; tag != NULL; tag = tag->next) {
        if (tag->type != IAM_JSON_ARRAY || tag->child_count != 1) {
            return fail_tags(t->call);
        }
        IAM_TRY(add_tag(t, tag->name, tag->first));
    }
    return IAM_OK;
}

static enum iam_status add_transitive(struct tags *t, const struct iam_json *keys)
{
    if (keys == NULL) {
        return IAM_OK;
    }
    if (keys->type != IAM_JSON_ARRAY || keys->child_count > TAGS_MAX - t->transitive_count) {
        return fail_tags(t->call);
    }
    for (const struct iam_json *key = keys->first; key != NULL; key = key->next) {
        if (key->type != IAM_JSON_STRING) {
            return fail_tags(t->call);
        }
        t->transitive[t->transitive_count++] = key->text;
    }
    return IAM_OK;
}

/* Reads the form with one object. */
static enum iam_status read_object(struct tags *t, const struct iam_json *claim)
{
    const struct iam_json *tags = iam_json_member(claim, IAM_STR(PRINCIPAL_TAGS));
    if (claim->type != IAM_JSON_OBJECT) {
        return fail_tags(t->call);
    }
    if (tags != NULL) {
        IAM_TRY(add_nested(t, tags));
    }
    return add_transitive(t, iam_json_member(claim, IAM_STR(TRANSITIVE_KEYS)));
}

/* Reads a claim of the flat form: one for each tag. */
static enum iam_status read_flat(struct tags *t, const struct iam_json *claim)
{
    struct iam_str prefix = IAM_STR(TAGS_CLAIM "/" PRINCIPAL_TAGS "/");
    bool is_list = claim->type == IAM_JSON_ARRAY && claim->child_count == 1;
    if (iam_str_starts(claim->name, prefix)) {
        return add_tag(t, iam_str_sub(claim->name, prefix.len, claim->name.len),
                       is_list ? claim->first : claim);
    }
    return iam_str_eq(claim->name, IAM_STR(TAGS_CLAIM "/" TRANSITIVE_KEYS))
               ? add_transitive(t, claim)
               : IAM_OK;
}

/* Reads the tags. SPEC: IAM User Guide, "Pass session tags in AWS STS": both forms of claims. */
static enum iam_status read_tags(struct tags *t, const struct iam_json *claims)
{
    t->items = iam_arena_zalloc(t->call->arena, TAGS_MAX, sizeof(*t->items));
    t->transitive = iam_arena_zalloc(t->call->arena, TAGS_MAX, sizeof(*t->transitive));
    IAM_ENSURE(t->items != NULL && t->transitive != NULL, IAM_NOMEM);
    for (const struct iam_json *claim = claims->first; claim != NULL; claim = claim->next) {
        if (iam_str_eq(claim->name, IAM_STR(TAGS_CLAIM))) {
            IAM_TRY(read_object(t, claim));
        } else {
            IAM_TRY(read_flat(t, claim));
        }
    }
    return IAM_OK;
}

/* ---- all of it ---- */

static enum iam_status read_source_identity(struct iam_call *call, const struct iam_json *claims,
                                            struct iam_str *ret)
{
    const struct iam_json *claim =
        iam_json_member(claims, IAM_STR("https://aws.amazon.com/source_identity"));
    if (claim == NULL) {
        return IAM_OK;
    }
    if (claim->type != IAM_JSON_STRING || claim->text.len < 2) {
        return sts_fail_web_token(call);
    }
    *ret = claim->text;
    return IAM_OK;
}

enum iam_status sts_web_claims_read(struct iam_call *call, const struct sts_web_issuer *issuer,
                                    const struct iam_json *claims, const struct iam_claims *checked,
                                    struct iam_str role_arn, struct sts_web_identity *ret)
{
    struct keys keys = { .call = call, .prefix = issuer->issuer.url };
    struct tags tags = { .call = call };
    keys.entries = iam_arena_zalloc(call->arena, KEYS_MAX, sizeof(*keys.entries));
    keys.lasting = iam_arena_zalloc(call->arena, KEYS_MAX, sizeof(*keys.lasting));
    IAM_ENSURE(keys.entries != NULL && keys.lasting != NULL, IAM_NOMEM);
    IAM_TRY(add_keys(&keys, issuer, claims, checked));
    IAM_TRY(check_roles(&keys, claims, role_arn));
    IAM_TRY(read_tags(&tags, claims));
    IAM_TRY(read_source_identity(call, claims, &ret->evidence.source_identity));
    ret->evidence.keys = keys.entries;
    ret->evidence.key_count = keys.count;
    ret->evidence.tags = tags.items;
    ret->evidence.tag_count = tags.count;
    ret->evidence.transitive_keys = tags.transitive;
    ret->evidence.transitive_count = tags.transitive_count;
    ret->lasting = keys.lasting;
    ret->lasting_count = keys.lasting_count;
    ret->subject = checked->subject;
    ret->audience = checked->audience;
    return IAM_OK;
}
