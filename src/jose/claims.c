/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/claims.h"

/* SPEC: ECMA-262: the largest number that every JSON library reads exactly. */
#define TIME_MAX ((int64_t)1 << 53)

struct reading {
    struct iam_arena *arena;
    const struct iam_json *claims;
    const struct iam_claims_rules *rules;
    struct iam_claims_refusal *refusal;
};

static enum iam_status refuse(struct iam_claims_refusal *refusal, enum iam_claims_fault fault,
                              struct iam_str message)
{
    *refusal = (struct iam_claims_refusal){ fault, message };
    return IAM_DENIED;
}

static enum iam_status refuse_unsaid(const struct reading *r)
{
    return refuse(r->refusal, IAM_CLAIMS_INVALID, IAM_STR(IAM_SAYS_NOT_VALIDATED));
}

/* ---- which there must be ---- */

static enum iam_status need(const struct reading *r, const char *name)
{
    struct iam_str message;
    if (iam_json_member(r->claims, iam_str_c(name)) != NULL) {
        return IAM_OK;
    }
    IAM_TRY(iam_arena_fmt(r->arena, &message, "Missing a required claim: %s", name));
    return refuse(r->refusal, IAM_CLAIMS_INVALID, message);
}

static enum iam_status need_all(const struct reading *r)
{
    static const char *const names[] = { "iss", "sub", "aud", "iat", "exp" };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        IAM_TRY(need(r, names[i]));
    }
    return IAM_OK;
}

/* ---- times ---- */

/* Reads a time: a whole number, which may be written as a text. */
static enum iam_status read_time(const struct reading *r, const struct iam_json *claim,
                                 int64_t *ret)
{
    bool has_digits = claim->type == IAM_JSON_NUMBER || claim->type == IAM_JSON_STRING;
    if (!has_digits || iam_str_to_i64(claim->text, -TIME_MAX, TIME_MAX, ret) != IAM_OK) {
        return refuse(r->refusal, IAM_CLAIMS_INVALID,
                      IAM_STR("Invalid timestamp in token claims."));
    }
    return IAM_OK;
}

static enum iam_status check_expiry(const struct reading *r, int64_t now, int64_t *ret_expires)
{
    struct iam_str message;
    int64_t graceful = now - IAM_CLAIMS_TOLERANCE_SECONDS;
    IAM_TRY(read_time(r, iam_json_member(r->claims, IAM_STR("exp")), ret_expires));
    if (graceful < *ret_expires) {
        return IAM_OK;
    }
    IAM_TRY(iam_arena_fmt(r->arena, &message,
                          "Token expired: current date/time %lld must be before the expiration "
                          "date/time %lld",
                          (long long)graceful, (long long)*ret_expires));
    return refuse(r->refusal, IAM_CLAIMS_EXPIRED, message);
}

static enum iam_status check_issued(const struct reading *r, int64_t now)
{
    struct iam_str message;
    int64_t issued;
    IAM_TRY(read_time(r, iam_json_member(r->claims, IAM_STR("iat")), &issued));
    if (issued <= now + IAM_CLAIMS_TOLERANCE_SECONDS) {
        return IAM_OK;
    }
    IAM_TRY(
        iam_arena_fmt(r->arena, &message, "Token issued in the future: %lld", (long long)issued));
    return refuse(r->refusal, IAM_CLAIMS_INVALID, message);
}

static enum iam_status check_begin(const struct reading *r, int64_t now)
{
    struct iam_str message;
    int64_t begins;
    int64_t graceful = now + IAM_CLAIMS_TOLERANCE_SECONDS;
    const struct iam_json *claim = iam_json_member(r->claims, IAM_STR("nbf"));
    if (claim == NULL) {
        return IAM_OK;
    }
    IAM_TRY(read_time(r, claim, &begins));
    if (graceful >= begins) {
        return IAM_OK;
    }
    IAM_TRY(iam_arena_fmt(r->arena, &message,
                          "Token not yet valid: current date/time %lld must be after or equal to "
                          "the not-before date/time %lld",
                          (long long)graceful, (long long)begins));
    return refuse(r->refusal, IAM_CLAIMS_INVALID, message);
}

static enum iam_status check_times(const struct reading *r, struct iam_claims *claims)
{
    int64_t now = r->rules->now_ms / 1000;
    IAM_TRY(check_expiry(r, now, &claims->expires_s));
    IAM_TRY(check_issued(r, now));
    return check_begin(r, now);
}

/* ---- for whom ---- */

/* Reads aud: a text, or a list of them. */
static enum iam_status read_audiences(const struct reading *r, struct iam_str *first,
                                      size_t *ret_count)
{
    const struct iam_json *aud = iam_json_member(r->claims, IAM_STR("aud"));
    const struct iam_json *item = aud->type == IAM_JSON_ARRAY ? aud->first : aud;
    size_t count = aud->type == IAM_JSON_ARRAY ? aud->child_count : 1;
    if (count == 0) {
        return refuse(r->refusal, IAM_CLAIMS_INVALID,
                      IAM_STR("Claim is not allowed to be empty: aud"));
    }
    if (count > IAM_CLAIMS_MAX_AUDIENCES) {
        return refuse_unsaid(r);
    }
    for (size_t i = 0; i < count; i++, item = item->next) {
        if (item->type != IAM_JSON_STRING) {
            return refuse_unsaid(r);
        }
    }
    *first = (aud->type == IAM_JSON_ARRAY ? aud->first : aud)->text;
    *ret_count = count;
    return IAM_OK;
}

static bool is_client(const struct iam_claims_rules *rules, struct iam_str audience)
{
    for (size_t i = 0; i < rules->client_id_count; i++) {
        if (iam_str_eq(rules->client_ids[i], audience)) {
            return true;
        }
    }
    return rules->client_ids == NULL;
}

/*
 * Finds for whom the token was made. SPEC: recorded on AWS: azp, when it is there, takes the place
 * of aud.
 */
static enum iam_status check_audience(const struct reading *r, struct iam_claims *claims)
{
    const struct iam_json *azp = iam_json_member(r->claims, IAM_STR("azp"));
    size_t count;
    IAM_TRY(read_audiences(r, &claims->first_audience, &count));
    if (azp == NULL && count > 1) {
        return refuse(r->refusal, IAM_CLAIMS_INVALID,
                      IAM_STR("Token audience contains more than one audience while authorized "
                              "party is not present"));
    }
    if (azp != NULL && azp->type != IAM_JSON_STRING) {
        return refuse_unsaid(r);
    }
    claims->audience = azp != NULL ? azp->text : claims->first_audience;
    if (claims->audience.len == 0 || !is_client(r->rules, claims->audience)) {
        return refuse_unsaid(r);
    }
    return IAM_OK;
}

/* ---- who ---- */

/* Finds who it is. SPEC: recorded on AWS: an empty text is taken, and a number as its text. */
static enum iam_status check_subject(const struct reading *r, struct iam_claims *claims)
{
    const struct iam_json *sub = iam_json_member(r->claims, IAM_STR("sub"));
    if (sub->type == IAM_JSON_NULL) {
        return refuse(r->refusal, IAM_CLAIMS_UNKNOWN,
                      IAM_STR("Unknown error validating third-party token"));
    }
    if (sub->type != IAM_JSON_STRING && sub->type != IAM_JSON_NUMBER) {
        return refuse_unsaid(r);
    }
    claims->subject = sub->text;
    return IAM_OK;
}

enum iam_status iam_claims_check(struct iam_arena *arena, const struct iam_json *claims,
                                 const struct iam_claims_rules *rules, struct iam_claims *ret,
                                 struct iam_claims_refusal *ret_refusal)
{
    const struct reading r = { arena, claims, rules, ret_refusal };
    struct iam_claims c = { .expires_s = 0 };
    IAM_TRY(need_all(&r));
    IAM_TRY(check_times(&r, &c));
    IAM_TRY(check_audience(&r, &c));
    IAM_TRY(check_subject(&r, &c));
    *ret = c;
    return IAM_OK;
}

enum iam_status iam_claims_issuer(const struct iam_json *claims, struct iam_str *ret,
                                  struct iam_claims_refusal *ret_refusal)
{
    const struct iam_json *iss = iam_json_member(claims, IAM_STR("iss"));
    if (iss == NULL) {
        return refuse(ret_refusal, IAM_CLAIMS_INVALID, IAM_STR("Missing a required claim: iss"));
    }
    if (iss->type != IAM_JSON_STRING) {
        return refuse(ret_refusal, IAM_CLAIMS_INVALID, IAM_STR(IAM_SAYS_NOT_VALIDATED));
    }
    *ret = iss->text;
    return IAM_OK;
}

struct iam_str iam_claim_text(const struct iam_json *claim)
{
    switch (claim != NULL ? claim->type : IAM_JSON_NULL) {
    case IAM_JSON_STRING:
    case IAM_JSON_NUMBER:
        return claim->text;
    case IAM_JSON_BOOL:
        return claim->boolean ? IAM_STR("true") : IAM_STR("false");
    default:
        return iam_str_absent();
    }
}
