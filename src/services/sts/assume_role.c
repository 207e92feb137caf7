/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:AssumeRole. The dispatcher has already authorized sts:AssumeRole with the role's trust
 * policy; left are the rules about what the caller passes on, and the session itself. SPEC: STS API
 * Reference, "AssumeRole"; IAM User Guide, "Pass session tags in AWS STS".
 */
#include "api_sts.gen.h"
#include "base/ct.h"
#include "dispatch/authorize.h"
#include "model/arn.h"
#include "model/id.h"
#include "model/quota.h"
#include "policy/compiled.h"

/* SPEC: IAM User Guide, "Role chaining": at most one hour, whatever the role permits. */
#define MAX_CHAINED_SECONDS 3600
/* PackedPolicySize of a session with neither policies nor tags. */
#define PACKED_PERCENT_OF_NOTHING 9u

/* ---- duration ---- */

static enum iam_status check_duration(struct iam_call *call, const struct iam_role *role,
                                      const struct api_sts_assume_role_in *in, int64_t *ret_seconds)
{
    int64_t seconds =
        in->duration_seconds.is_set ? in->duration_seconds.value : IAM_SESSION_DEFAULT_SECONDS;
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

/* ---- session policies ---- */

static size_t policy_chars(const struct api_sts_assume_role_in *in)
{
    size_t chars = in->policy.len;

    for (size_t i = 0; i < in->policy_arns.count; i++) {
        chars += in->policy_arns.items[i].arn.len;
    }
    return chars;
}

/*
 * Returns how many percent of its room a session takes. How AWS packs is not known; this is what
 * was recorded: 16 with a policy of 163 characters, 9 without any.
 */
static int64_t packed_percent(struct iam_call *call, const struct api_sts_assume_role_in *in)
{
    size_t chars = policy_chars(in);

    for (size_t i = 0; i < in->tags.count; i++) {
        chars += in->tags.items[i].key.len + in->tags.items[i].value.len;
    }
    return (int64_t)(PACKED_PERCENT_OF_NOTHING +
                     chars * 100 / (size_t)api_quota(call, IAM_QUOTA_SESSION_POLICY_SIZE));
}

static enum iam_status fail_too_large(struct iam_call *call,
                                      const struct api_sts_assume_role_in *in)
{
    int64_t percent = packed_percent(call, in);

    return api_fail(call, API_ERR_PACKED_POLICY_TOO_LARGE,
                    "Packed policy consumes %lld%% of allotted space, please use smaller policy.",
                    (long long)(percent > 100 ? percent : 101));
}

static enum iam_status check_policies(struct iam_call *call,
                                      const struct api_sts_assume_role_in *in)
{
    size_t max_arns = (size_t)api_quota(call, IAM_QUOTA_SESSION_POLICY_ARNS);

    if (in->policy_arns.count > max_arns) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "1 validation error detected: Value at 'policyArns' failed to satisfy "
                        "constraint: Member must have length less than or equal to %zu",
                        max_arns);
    }
    if (policy_chars(in) > (size_t)api_quota(call, IAM_QUOTA_SESSION_POLICY_SIZE)) {
        return fail_too_large(call, in);
    }
    return iam_str_is_set(in->policy)
               ? api_check_document(call, IAM_POLICY_SESSION, in->policy, SIZE_MAX)
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

/*
 * Sets the managed session policies, which must all exist in the account of the role or be AWS
 * managed: their ARNs, and the unique IDs that these mean now.
 */
static enum iam_status set_managed(struct iam_call *call, const struct api_sts_assume_role_in *in,
                                   struct iam_session *session)
{
    size_t n = in->policy_arns.count;
    struct iam_str *arns = iam_arena_zalloc(call->arena, n + 1, sizeof(*arns));
    struct iam_str *ids = iam_arena_zalloc(call->arena, n + 1, sizeof(*ids));
    IAM_ENSURE(arns != NULL && ids != NULL, IAM_NOMEM);
    for (size_t i = 0; i < n; i++) {
        arns[i] = in->policy_arns.items[i].arn;
        enum iam_status st = find_policy(call, arns[i], session->account, &ids[i]);
        if (st == IAM_NOT_FOUND) {
            return api_fail(call, API_ERR_MALFORMED_POLICY_DOCUMENT,
                            "The policy %.*s does not exist or is not attachable",
                            API_QUOTED(arns[i]));
        }
        IAM_TRY(st);
    }
    session->policy_arns = arns;
    session->policy_ids = ids;
    session->policy_arn_count = n;
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

static enum iam_status add_tags(struct iam_call *call, const struct api_sts_tag_list *in,
                                struct iam_tag *tags, size_t inherited, size_t *ret_count)
{
    size_t n = inherited;
    for (size_t i = 0; i < in->count; i++) {
        struct iam_str key = in->items[i].key;
        if (iam_tag_find(tags, inherited, key) != NULL) {
            return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                            "One of the specified transitive tag keys can't be set because it "
                            "conflicts with a transitive tag key from the calling session.");
        }
        tags[n++] = (struct iam_tag){ key, in->items[i].value };
    }
    if (n > (size_t)api_quota(call, IAM_QUOTA_SESSION_TAGS)) {
        return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE, "Too many session tags");
    }
    *ret_count = n;
    return IAM_OK;
}

static enum iam_status add_transitive(struct iam_call *call,
                                      const struct api_sts_assume_role_in *in,
                                      struct iam_session *session, struct iam_str *transitive)
{
    size_t n = session->transitive_count;
    for (size_t i = 0; i < in->transitive_tag_keys.count; i++) {
        struct iam_str key = in->transitive_tag_keys.items[i];
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

static enum iam_status set_tags(struct iam_call *call, const struct api_sts_assume_role_in *in,
                                struct iam_session *session)
{
    const struct iam_session *parent = call->caller->session;
    size_t inherited_max = parent != NULL ? parent->transitive_count : 0;
    struct iam_tag *tags =
        iam_arena_zalloc(call->arena, inherited_max + in->tags.count + 1, sizeof(*tags));
    struct iam_str *transitive = iam_arena_zalloc(
        call->arena, inherited_max + in->transitive_tag_keys.count + 1, sizeof(*transitive));
    IAM_ENSURE(tags != NULL && transitive != NULL, IAM_NOMEM);

    size_t inherited = inherit_tags(parent, tags, transitive);
    IAM_TRY(add_tags(call, &in->tags, tags, inherited, &session->tag_count));
    session->tags = tags;
    session->transitive_count = inherited;
    return add_transitive(call, in, session, transitive);
}

/* ---- source identity ---- */

static enum iam_status set_source_identity(struct iam_call *call,
                                           const struct api_sts_assume_role_in *in,
                                           struct iam_session *session)
{
    const struct iam_session *parent = call->caller->session;
    struct iam_str inherited = parent != NULL ? parent->source_identity : iam_str_absent();

    session->source_identity =
        iam_str_is_set(in->source_identity) ? in->source_identity : inherited;
    if (iam_str_is_set(inherited) && !iam_str_eq(inherited, session->source_identity)) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "The source identity cannot be changed once it is set");
    }
    return IAM_OK;
}

/* ---- the answer ---- */

static enum iam_status fill_out(struct iam_call *call, const struct api_sts_assume_role_in *in,
                                const struct iam_session *session, struct iam_str token,
                                struct iam_str secret, struct api_sts_assume_role_out *out)
{
    struct api_sts_credentials *c = iam_arena_zalloc(call->arena, 1, sizeof(*c));
    struct api_sts_assumed_role_user *u = iam_arena_zalloc(call->arena, 1, sizeof(*u));
    IAM_ENSURE(c != NULL && u != NULL, IAM_NOMEM);

    c->access_key_id = session->access_key_id;
    c->secret_access_key = secret;
    c->session_token = token;
    c->expiration = api_time(session->expires_ms);
    IAM_TRY(iam_session_user_id(call->arena, session, &u->assumed_role_id));
    IAM_TRY(iam_session_arn(call->arena, session, &u->arn));
    out->credentials = c;
    out->assumed_role_user = u;
    out->source_identity = session->source_identity;
    if (iam_session_has_policies(session) || session->tag_count > 0) {
        int64_t percent = packed_percent(call, in);
        out->packed_policy_size = api_int(percent < 100 ? percent : 100);
    }
    return IAM_OK;
}

static enum iam_status issue(struct iam_call *call, const struct api_sts_assume_role_in *in,
                             struct iam_session *session, struct api_sts_assume_role_out *out)
{
    uint8_t random[IAM_ID_RANDOM_BYTES];
    struct iam_secret_text secret;
    struct iam_str token;
    struct iam_str secret_copy;

    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    struct iam_unique_id id = iam_id_make(IAM_KIND_SESSION_KEY, random);
    IAM_TRY(iam_arena_dup(call->arena, iam_id_str(&id), &session->access_key_id));
    enum iam_status st =
        iam_keeper_seal_session(call->env->keeper, session, call->arena, &token, &secret);
    if (st == IAM_LIMIT) {
        return fail_too_large(call, in);
    }
    if (st == IAM_RANGE) {
        return api_fail(call, API_ERR_INVALID_PARAMETER_VALUE,
                        "The parameters do not make a valid session");
    }
    IAM_TRY(st);
    st = iam_arena_dup(call->arena, iam_str_c(secret.text), &secret_copy);
    iam_wipe(&secret, sizeof(secret));
    IAM_TRY(st);
    return fill_out(call, in, session, token, secret_copy, out);
}

/*
 * Refuses what is not checked here: codes of MFA devices, so that every serial number is as one
 * that the caller does not have; and contexts, which nobody could have asserted.
 */
static enum iam_status check_factors(struct iam_call *call, const struct api_sts_assume_role_in *in)
{
    bool has_serial = iam_str_is_set(in->serial_number);
    bool has_code = iam_str_is_set(in->token_code);
    if (has_serial != has_code) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "MultiFactorAuthentication failed, must provide both MFA serial number and "
                        "one time pass code.");
    }
    if (has_serial) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "MultiFactorAuthentication failed, unable to validate MFA code.  Please "
                        "verify your MFA serial number is valid and associated with this user.");
    }
    if (in->provided_contexts.count > 0) {
        return api_fail(call, API_ERR_ACCESS_DENIED, "The provided context cannot be verified");
    }
    return IAM_OK;
}

enum iam_status api_sts_assume_role(struct iam_call *call, const struct api_sts_assume_role_in *in,
                                    struct api_sts_assume_role_out *out)
{
    const struct iam_role *role = api_target_entity(call, IAM_KIND_ROLE);
    int64_t seconds = 0;

    if (call->caller->kind == IAM_KIND_ACCOUNT) {
        return api_fail(call, API_ERR_ACCESS_DENIED, IAM_SAYS_ROOT_ASSUMES);
    }
    /* The compiled view has the role but the store no longer does: it was deleted just now. */
    IAM_ENSURE(role != NULL, IAM_DENIED);
    IAM_TRY(check_factors(call, in));
    IAM_TRY(check_duration(call, role, in, &seconds));
    IAM_TRY(check_policies(call, in));

    struct iam_session session = { .kind = IAM_KIND_ROLE_SESSION,
                                   .account = role->account,
                                   .issuer_id = role->id,
                                   .role_name = role->name,
                                   .session_name = in->role_session_name,
                                   .issued_ms = call->high_ms,
                                   .expires_ms = call->high_ms + seconds * 1000,
                                   .inline_policies = &in->policy,
                                   .inline_policy_count = iam_str_is_set(in->policy) ? 1 : 0 };
    IAM_TRY(set_managed(call, in, &session));
    IAM_TRY(set_tags(call, in, &session));
    IAM_TRY(set_source_identity(call, in, &session));
    return issue(call, in, &session, out);
}
