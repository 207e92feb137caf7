/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions, from what was asked to what is answered. SPEC: STS API Reference, "AssumeRole"; IAM
 * User Guide, "Pass session tags in AWS STS"; "Role chaining".
 */
#include "services/sts/issue.h"

#include "base/ct.h"
#include "model/arn.h"
#include "model/id.h"
#include "model/quota.h"

/* SPEC: IAM User Guide, "Role chaining": at most one hour, whatever the role permits. */
#define MAX_CHAINED_SECONDS 3600
/* PackedPolicySize of a session with neither policies nor tags. */
#define PACKED_PERCENT_OF_NOTHING 9u

/* ---- wishes ---- */

enum iam_status sts_wish_policies(struct iam_call *call,
                                  const struct api_sts_policy_descriptor_list *arns,
                                  struct sts_wishes *wishes)
{
    struct iam_str *items = iam_arena_zalloc(call->arena, arns->count, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < arns->count; i++) {
        items[i] = arns->items[i].arn;
    }
    wishes->policy_arns = items;
    wishes->policy_arn_count = arns->count;
    return IAM_OK;
}

enum iam_status sts_wish_tags(struct iam_call *call, const struct api_sts_tag_list *tags,
                              const struct api_sts_tag_key_list *transitive,
                              struct sts_wishes *wishes)
{
    struct iam_tag *items = iam_arena_zalloc(call->arena, tags->count, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < tags->count; i++) {
        items[i] = (struct iam_tag){ tags->items[i].key, tags->items[i].value };
    }
    wishes->tags = items;
    wishes->tag_count = tags->count;
    if (transitive != NULL) {
        wishes->transitive_keys = transitive->items;
        wishes->transitive_count = transitive->count;
    }
    return IAM_OK;
}

/* ---- duration ---- */

enum iam_status sts_role_duration(struct iam_call *call, const struct iam_role *role,
                                  const struct api_opt_int *asked, int64_t *ret_seconds)
{
    int64_t seconds = asked->is_set ? asked->value : IAM_SESSION_DEFAULT_SECONDS;
    if (call->caller->session != NULL && seconds > MAX_CHAINED_SECONDS) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                        "assumed by role chaining.");
    }
    if (seconds > role->max_session_seconds) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                        "role.");
    }
    *ret_seconds = seconds;
    return IAM_OK;
}

void sts_set_times(const struct iam_call *call, int64_t seconds, struct iam_session *session)
{
    const struct iam_session *parent = call->caller->session;

    session->issued_ms = call->high_ms;
    session->expires_ms = call->high_ms + seconds * 1000;
    if (parent != NULL && parent->expires_ms < session->expires_ms) {
        session->expires_ms = parent->expires_ms;
    }
}

struct iam_session sts_role_session(const struct iam_call *call, enum iam_kind kind,
                                    const struct iam_role *role, struct iam_str session_name,
                                    int64_t seconds)
{
    struct iam_session session = { .kind = kind,
                                   .account = role->account,
                                   .issuer_id = role->id,
                                   .role_name = role->name,
                                   .session_name = session_name };

    sts_set_times(call, seconds, &session);
    return session;
}

/* ---- session policies ---- */

static size_t policy_chars(const struct sts_wishes *wishes)
{
    size_t chars = wishes->policy.len;

    for (size_t i = 0; i < wishes->policy_arn_count; i++) {
        chars += wishes->policy_arns[i].len;
    }
    return chars;
}

/*
 * Returns how many percent of its room a session takes. How AWS packs is not known; this is what
 * was recorded: 16 with a policy of 163 characters, 9 without any.
 */
static int64_t packed_percent(struct iam_call *call, const struct sts_wishes *wishes)
{
    size_t chars = policy_chars(wishes);

    for (size_t i = 0; i < wishes->tag_count; i++) {
        chars += wishes->tags[i].key.len + wishes->tags[i].value.len;
    }
    return (int64_t)(PACKED_PERCENT_OF_NOTHING +
                     chars * 100 / (size_t)api_quota(call, IAM_QUOTA_SESSION_POLICY_SIZE));
}

static enum iam_status fail_too_large(struct iam_call *call, const struct sts_wishes *wishes)
{
    int64_t percent = packed_percent(call, wishes);

    return api_fail(call, API_ERR_PACKED_POLICY_TOO_LARGE,
                    "Packed policy consumes %lld%% of allotted space, please use smaller policy.",
                    (long long)(percent > 100 ? percent : 101));
}

enum iam_status sts_check_policies(struct iam_call *call, const struct sts_wishes *wishes)
{
    size_t max_arns = (size_t)api_quota(call, IAM_QUOTA_SESSION_POLICY_ARNS);

    if (wishes->policy_arn_count > max_arns) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "1 validation error detected: Value at 'policyArns' failed to satisfy "
                        "constraint: Member must have length less than or equal to %zu",
                        max_arns);
    }
    if (policy_chars(wishes) > (size_t)api_quota(call, IAM_QUOTA_SESSION_POLICY_SIZE)) {
        return fail_too_large(call, wishes);
    }
    return iam_str_is_set(wishes->policy)
               ? api_check_document(call, IAM_POLICY_SESSION, wishes->policy, SIZE_MAX)
               : IAM_OK;
}

/*
 * Tells whether arn names a policy that a session of account may have: the account's own or an AWS
 * managed one.
 */
static bool is_policy_of(struct iam_str arn, struct iam_str account)
{
    struct iam_entity_arn parts;
    return iam_entity_arn_parse(arn, &parts) == IAM_OK && parts.kind == IAM_KIND_POLICY &&
           (iam_str_eq(parts.account, account) || iam_str_eq(parts.account, IAM_ACCOUNT_AWS));
}

/*
 * Finds the unique ID of the policy that has this ARN now; IAM_NOT_FOUND when there is none, or
 * none that a session of account may have.
 */
static enum iam_status find_policy(struct iam_call *call, struct iam_str arn,
                                   struct iam_str account, struct iam_str *ret_id)
{
    struct iam_unique_id id;
    struct iam_policy *policy;
    IAM_ENSURE(is_policy_of(arn, account), IAM_NOT_FOUND);
    enum iam_status st =
        iam_directory_managed_policy(call->env->directory, call->txn, arn, &id, &policy);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? st : api_fail_look_up(call, st);
    }
    iam_policy_unref(policy);
    return iam_arena_dup(call->arena, iam_id_str(&id), ret_id);
}

/* Sets the managed policies of a layer: their ARNs, and the unique IDs that these mean now. */
static enum iam_status set_managed(struct iam_call *call, const struct sts_wishes *wishes,
                                   struct iam_str account, struct iam_session_layer *layer)
{
    size_t n = wishes->policy_arn_count;
    struct iam_str *ids = iam_arena_zalloc(call->arena, n, sizeof(*ids));
    IAM_ENSURE(ids != NULL, IAM_NOMEM);
    for (size_t i = 0; i < n; i++) {
        struct iam_str arn = wishes->policy_arns[i];
        enum iam_status st = find_policy(call, arn, account, &ids[i]);
        if (st == IAM_NOT_FOUND) {
            return api_fail(call, API_ERR_MALFORMED_POLICY_DOCUMENT,
                            "The policy %.*s does not exist or is not attachable", API_QUOTED(arn));
        }
        IAM_TRY(st);
    }
    layer->policy_arns = wishes->policy_arns;
    layer->policy_ids = ids;
    layer->policy_arn_count = n;
    return IAM_OK;
}

enum iam_status sts_set_policies(struct iam_call *call, const struct sts_wishes *wishes,
                                 struct iam_session *session)
{
    size_t n = session->layer_count;
    struct iam_session_layer *layers = iam_arena_zalloc(call->arena, n + 1, sizeof(*layers));
    IAM_ENSURE(layers != NULL, IAM_NOMEM);
    if (!iam_str_is_set(wishes->policy) && wishes->policy_arn_count == 0) {
        return IAM_OK;
    }
    if (n > 0) {
        memcpy(layers, session->layers, n * sizeof(*layers));
    }
    layers[n].inline_policies = &wishes->policy;
    layers[n].inline_policy_count = iam_str_is_set(wishes->policy) ? 1 : 0;
    IAM_TRY(set_managed(call, wishes, session->account, &layers[n]));
    session->layers = layers;
    session->layer_count = n + 1;
    return IAM_OK;
}

/* ---- tags ---- */

static bool has_name(const struct iam_str *names, size_t count, struct iam_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq_nocase(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* Inherits the transitive tags of the calling session, which cannot be replaced. */
static size_t inherit_tags(const struct iam_session *parent, struct iam_tag *tags,
                           struct iam_str *transitive)
{
    size_t n = 0;
    for (size_t i = 0; parent != NULL && i < parent->transitive_count; i++) {
        const struct iam_tag *tag =
            iam_tag_find(parent->tags, parent->tag_count, parent->transitive_keys[i]);
        if (tag != NULL) {
            transitive[n] = tag->key;
            tags[n++] = *tag;
        }
    }
    return n;
}

static enum iam_status add_tags(struct iam_call *call, const struct sts_wishes *wishes,
                                struct iam_tag *tags, size_t inherited, size_t *ret_count)
{
    size_t n = inherited;
    for (size_t i = 0; i < wishes->tag_count; i++) {
        if (iam_tag_find(tags, inherited, wishes->tags[i].key) != NULL) {
            return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                            "One of the specified transitive tag keys can't be set because it "
                            "conflicts with a transitive tag key from the calling session.");
        }
        tags[n++] = wishes->tags[i];
    }
    if (n > (size_t)api_quota(call, IAM_QUOTA_SESSION_TAGS)) {
        return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE, "Too many session tags");
    }
    *ret_count = n;
    return IAM_OK;
}

static enum iam_status add_transitive(struct iam_call *call, const struct sts_wishes *wishes,
                                      struct iam_session *session, struct iam_str *transitive)
{
    size_t n = session->transitive_count;
    for (size_t i = 0; i < wishes->transitive_count; i++) {
        struct iam_str key = wishes->transitive_keys[i];
        if (iam_tag_find(session->tags, session->tag_count, key) == NULL) {
            return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                            "The specified transitive tag key must be included in the requested "
                            "tags.");
        }
        if (has_name(transitive, n, key)) {
            return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                            "Duplicate transitive tag keys found. Please note that Tag keys are "
                            "case insensitive.");
        }
        transitive[n++] = key;
    }
    session->transitive_keys = transitive;
    session->transitive_count = n;
    return IAM_OK;
}

enum iam_status sts_set_tags(struct iam_call *call, const struct sts_wishes *wishes,
                             struct iam_session *session)
{
    const struct iam_session *parent = call->caller->session;
    size_t inherited_max = parent != NULL ? parent->transitive_count : 0;
    struct iam_tag *tags =
        iam_arena_zalloc(call->arena, inherited_max + wishes->tag_count, sizeof(*tags));
    struct iam_str *transitive = iam_arena_zalloc(
        call->arena, inherited_max + wishes->transitive_count, sizeof(*transitive));
    IAM_ENSURE(tags != NULL && transitive != NULL, IAM_NOMEM);

    size_t inherited = inherit_tags(parent, tags, transitive);
    IAM_TRY(add_tags(call, wishes, tags, inherited, &session->tag_count));
    session->tags = tags;
    session->transitive_count = inherited;
    return add_transitive(call, wishes, session, transitive);
}

/* ---- source identity ---- */

enum iam_status sts_set_source_identity(struct iam_call *call, struct iam_str wished,
                                        struct iam_session *session)
{
    const struct iam_session *parent = call->caller->session;
    struct iam_str inherited = parent != NULL ? parent->source_identity : iam_str_absent();

    session->source_identity = iam_str_is_set(wished) ? wished : inherited;
    if (iam_str_is_set(inherited) && !iam_str_eq(inherited, session->source_identity)) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "The source identity cannot be changed once it is set");
    }
    return IAM_OK;
}

/* ---- the answer ---- */

static enum iam_status make_key_id(struct iam_call *call, struct iam_str *ret)
{
    uint8_t random[IAM_ID_RANDOM_BYTES];
    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    struct iam_unique_id id = iam_id_make(IAM_KIND_SESSION_KEY, random);
    return iam_arena_dup(call->arena, iam_id_str(&id), ret);
}

/* Seals the session; the secret and the token are members of *c. */
static enum iam_status seal(struct iam_call *call, const struct sts_wishes *wishes,
                            const struct iam_session *session, struct api_sts_credentials *c)
{
    struct iam_secret_text secret;
    enum iam_status st =
        iam_keeper_seal_session(call->env->keeper, session, (size_t)wishes->min_token_size,
                                call->arena, &c->session_token, &secret);
    if (st == IAM_LIMIT) {
        return fail_too_large(call, wishes);
    }
    if (st == IAM_RANGE) {
        return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                        "The parameters do not make a valid session");
    }
    IAM_TRY(st);
    st = iam_arena_dup(call->arena, iam_str_c(secret.text), &c->secret_access_key);
    iam_wipe(&secret, sizeof(secret));
    return st;
}

static int64_t at_most_whole(int64_t percent)
{
    return percent < 100 ? percent : 100;
}

enum iam_status sts_issue(struct iam_call *call, const struct sts_wishes *wishes,
                          struct iam_session *session, struct sts_issued *ret)
{
    struct api_sts_credentials *c = iam_arena_zalloc(call->arena, 1, sizeof(*c));
    IAM_ENSURE(c != NULL, IAM_NOMEM);
    IAM_TRY(make_key_id(call, &session->access_key_id));
    IAM_TRY(seal(call, wishes, session, c));
    c->access_key_id = session->access_key_id;
    c->expiration = api_time(session->expires_ms);

    int64_t size = (int64_t)c->session_token.len;
    *ret = (struct sts_issued){
        .credentials = c,
        .packed_size = api_int(at_most_whole(packed_percent(call, wishes))),
        .token_utilization = api_int(at_most_whole(size * 100 / IAM_SESSION_TOKEN_MAX)),
        .token_size = api_int(size),
    };
    return IAM_OK;
}

enum iam_status sts_role_user(struct iam_call *call, const struct iam_session *session,
                              struct api_sts_assumed_role_user **ret)
{
    struct api_sts_assumed_role_user *user = iam_arena_zalloc(call->arena, 1, sizeof(*user));
    IAM_ENSURE(user != NULL, IAM_NOMEM);
    IAM_TRY(iam_session_user_id(call->arena, session, &user->assumed_role_id));
    IAM_TRY(iam_session_arn(call->arena, session, &user->arn));
    *ret = user;
    return IAM_OK;
}

bool sts_is_packed(const struct iam_session *session)
{
    return session->layer_count > 0 || session->tag_count > 0;
}
