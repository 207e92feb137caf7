/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for the claims of a session, checked when they are sealed and again when they are
 * opened.
 */
#include "keeper/claims_int.h"

/* SPEC: IAM User Guide, "IAM and AWS STS quotas"; lengths in bytes, four for a character. */
#define NAME_MAX_LEN 64
#define ROLE_ID_MAX 128
#define POLICY_MAX ((size_t)4 * 2048)
#define ARN_MIN 20
#define ARN_MAX 2048
#define ARN_COUNT_MAX 10
#define TAG_COUNT_MAX 50
#define TAG_KEY_MAX ((size_t)4 * 128)
#define TAG_VALUE_MAX ((size_t)4 * 256)

static bool is_account(struct iam_str s)
{
    bool ok = s.len == 12;
    for (size_t i = 0; ok && i < s.len; i++) {
        ok = iam_ascii_is_digit(s.p[i]);
    }
    return ok;
}

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

static bool is_role_id(struct iam_str s)
{
    bool ok = iam_str_starts(s, IAM_STR("AROA")) && s.len >= 16 && s.len <= ROLE_ID_MAX;
    for (size_t i = 0; ok && i < s.len; i++) {
        ok = iam_ascii_is_alnum(s.p[i]);
    }
    return ok;
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

static bool are_arns(const struct iam_session *s)
{
    bool ok = s->policy_arn_count <= ARN_COUNT_MAX;
    for (size_t i = 0; ok && i < s->policy_arn_count; i++) {
        ok = is_text(s->policy_arns[i], ARN_MIN, ARN_MAX) &&
             iam_str_starts(s->policy_arns[i], IAM_STR("arn:"));
    }
    return ok;
}

/*
 * Looks for an earlier key. Tag keys are one key whatever their case: two of them would make the
 * session ambiguous.
 */
static bool has_key_before(const struct iam_session *s, size_t end, struct iam_str key)
{
    for (size_t i = 0; i < end; i++) {
        if (iam_str_eq_nocase(s->tags[i].key, key)) {
            return true;
        }
    }
    return false;
}

static bool are_tags(const struct iam_session *s)
{
    bool ok = s->tag_count <= TAG_COUNT_MAX;
    for (size_t i = 0; ok && i < s->tag_count; i++) {
        ok = is_text(s->tags[i].key, 1, TAG_KEY_MAX) &&
             is_text(s->tags[i].value, 0, TAG_VALUE_MAX) && !has_key_before(s, i, s->tags[i].key);
    }
    return ok;
}

static bool are_transitive(const struct iam_session *s)
{
    bool ok = s->transitive_count <= s->tag_count;
    for (size_t i = 0; ok && i < s->transitive_count; i++) {
        ok = has_key_before(s, s->tag_count, s->transitive_keys[i]);
    }
    return ok;
}

enum iam_status claims_check(const struct iam_session *s)
{
    bool ok = is_account(s->account) && is_role_id(s->role_id) && is_name(s->role_name, 1) &&
              is_name(s->session_name, 2) && are_times(s) && are_arns(s) && are_tags(s) &&
              are_transitive(s);
    ok = ok && (!iam_str_is_set(s->inline_policy) || is_text(s->inline_policy, 1, POLICY_MAX));
    ok = ok && (!iam_str_is_set(s->source_identity) || is_name(s->source_identity, 2));
    return ok ? IAM_OK : IAM_RANGE;
}
