/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a request agrees with itself. Each member has the form that its comment in iam/decide.h
 * gives, and no two of them, nor a condition key that the principal or the resource determines,
 * name different things. Whether what they name exists is not for the library to know.
 */
#include "base/word.h"
#include "decide/eval.h"
#include "policy/key.h"

#define ACCOUNT_DIGITS 12

static bool wrong(struct iam_request_fault *f, enum iam_request_member member, const char *why)
{
    *f = (struct iam_request_fault){ .member = member, .why = why };
    return false;
}

/* ---- forms ----------------------------------------------------------------------------------- */

/* Tells whether s is twelve digits, eight bytes at a time. */
static bool is_account(struct iam_str s)
{
    if (s.p == NULL || s.len != ACCOUNT_DIGITS) {
        return false;
    }
    /* Less '0' a digit is 0 to 9: its upper half is 0, and stays so when 6 is added. */
    uint64_t first = iam_word_at(s.p) ^ IAM_EACH((unsigned)'0');
    uint64_t last = iam_word_at(s.p + ACCOUNT_DIGITS - sizeof(last)) ^ IAM_EACH((unsigned)'0');
    uint64_t upper = first | (first + IAM_EACH(6u)) | last | (last + IAM_EACH(6u));
    return (upper & IAM_EACH(0xf0u)) == 0;
}

/* Tells whether both have the length of an account and are equal. */
static inline bool is_same_account(struct iam_str a, struct iam_str b)
{
    return a.len == ACCOUNT_DIGITS && b.len == ACCOUNT_DIGITS && a.p != NULL && b.p != NULL &&
           memcmp(a.p, b.p, ACCOUNT_DIGITS) == 0;
}

static inline bool take(struct iam_str *s, struct iam_str text)
{
    if (s->len < text.len || memcmp(s->p, text.p, text.len) != 0) {
        return false;
    }
    s->p += text.len;
    s->len -= text.len;
    return true;
}

/* An ARN of IAM or STS, after its account. */
struct named {
    size_t partition_len;
    struct iam_str tail;
};

/*
 * Reads "arn:PARTITION", then service, which is ":iam::" or ":sts::", and the account. Inline, so
 * that the comparison with service is one of numbers.
 */
static inline __attribute__((always_inline)) bool
read_arn(struct iam_str arn, struct iam_str service, struct iam_str account, struct named *ret)
{
    struct iam_str s = arn;
    if (s.p == NULL || !take(&s, IAM_STR("arn:"))) {
        return false;
    }
    /* The next character is the colon that service begins with. */
    ret->partition_len = take(&s, IAM_STR("aws:")) ? IAM_STR("aws").len : iam_str_find(s, ':', 0);
    s.p = arn.p + IAM_STR("arn:").len + ret->partition_len;
    s.len = arn.len - IAM_STR("arn:").len - ret->partition_len;
    if (ret->partition_len == 0 || !take(&s, service) || s.len < ACCOUNT_DIGITS ||
        memcmp(s.p, account.p, ACCOUNT_DIGITS) != 0) {
        return false;
    }
    ret->tail = (struct iam_str){ s.p + ACCOUNT_DIGITS, s.len - ACCOUNT_DIGITS };
    return true;
}

/* Finds the name at the end of a path in which no part is empty. */
static bool read_parts(struct iam_str s, struct iam_str *ret_name)
{
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '/' && i == from) {
            return false;
        }
        from = s.p[i] == '/' ? i + 1 : from;
    }
    *ret_name = (struct iam_str){ s.p + from, s.len - from };
    return from < s.len;
}

enum name_byte { NAME_BAD = 1, NAME_SLASH = 2 };

/* What is no part of a name: blanks and control characters, wildcards; and what divides a path. */
static const uint8_t name_bytes[256] = { [0 ... ' '] = NAME_BAD,
                                         ['*'] = NAME_BAD,
                                         ['/'] = NAME_SLASH,
                                         ['?'] = NAME_BAD,
                                         [0x7f] = NAME_BAD };

/* Reads a path with a name at its end, and no empty part. Without has_path it is a name alone. */
static bool read_path(struct iam_str s, bool has_path, struct iam_str *ret_name)
{
    unsigned seen = 0;
    for (size_t i = 0; i < s.len; i++) {
        seen |= name_bytes[(unsigned char)s.p[i]];
    }
    *ret_name = s;
    if (seen == 0) {
        return s.len > 0;
    }
    return (seen & NAME_BAD) == 0 && has_path && read_parts(s, ret_name);
}

/* Tells whether s is a host name, which is how services and some identity providers are named. */
static bool is_host(struct iam_str s)
{
    bool dot = false;
    for (size_t i = 0; i < s.len; i++) {
        dot |= s.p[i] == '.';
        if (!iam_ascii_is_alnum(s.p[i]) && s.p[i] != '.' && s.p[i] != '-') {
            return false;
        }
    }
    return dot;
}

/* Tells whether s is a unique ID that begins with type, "AIDA" or "AROA". */
static bool is_unique_id(struct iam_str s, struct iam_str type)
{
    struct iam_str rest = s;
    if (s.p == NULL || !take(&rest, type)) {
        return false;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (!iam_ascii_is_digit(rest.p[i]) && !(rest.p[i] >= 'A' && rest.p[i] <= 'Z')) {
            return false;
        }
    }
    return rest.len > 0;
}

/* ---- principal ------------------------------------------------------------------------------- */

static bool is_user_arn(struct iam_str arn, struct iam_str account, struct iam_str *ret_name)
{
    struct named n;
    return read_arn(arn, IAM_STR(":iam::"), account, &n) && take(&n.tail, IAM_STR(":user/")) &&
           read_path(n.tail, true, ret_name);
}

static bool is_root_arn(struct iam_str arn, struct iam_str account)
{
    struct named n;
    return read_arn(arn, IAM_STR(":iam::"), account, &n) && iam_str_eq(n.tail, IAM_STR(":root"));
}

static bool check_root(const struct iam_principal *p, struct iam_request_fault *f)
{
    if (!is_root_arn(p->arn, p->account)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ARN,
                     "must be the ARN of the root user of principal.account");
    }
    if (p->id.len > 0 && !iam_str_eq(p->id, p->account)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ID, "must be principal.account for a root user");
    }
    return true;
}

static bool check_user(const struct iam_principal *p, struct iam_request_fault *f)
{
    struct iam_str name;
    if (!is_user_arn(p->arn, p->account, &name)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ARN, "must be the ARN of a user of principal.account");
    }
    if (p->id.len > 0 && !is_unique_id(p->id, IAM_STR("AIDA"))) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ID, "must be a user's unique ID, AIDA...");
    }
    return true;
}

/* Tells whether arn is a session of the role with that name and ARN. */
static bool is_session_of(struct iam_str arn, struct iam_str account, const struct named *role,
                          const char *role_arn, struct iam_str role_name)
{
    struct named n;
    struct iam_str session;
    size_t partition = IAM_STR("arn:").len;
    return read_arn(arn, IAM_STR(":sts::"), account, &n) &&
           n.partition_len == role->partition_len &&
           memcmp(arn.p + partition, role_arn + partition, n.partition_len) == 0 &&
           take(&n.tail, IAM_STR(":assumed-role/")) && take(&n.tail, role_name) &&
           take(&n.tail, IAM_STR("/")) && read_path(n.tail, false, &session);
}

static bool check_role(const struct iam_principal *p, struct iam_request_fault *f)
{
    struct named role;
    struct iam_str name;
    if (!read_arn(p->arn, IAM_STR(":iam::"), p->account, &role) ||
        !take(&role.tail, IAM_STR(":role/")) || !read_path(role.tail, true, &name)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ARN, "must be the ARN of a role of principal.account");
    }
    if (p->session_arn.len > 0 &&
        !is_session_of(p->session_arn, p->account, &role, p->arn.p, name)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_SESSION_ARN,
                     "must be the ARN of a session of the role in principal.arn");
    }
    if (p->id.len > 0 && !is_unique_id(p->id, IAM_STR("AROA"))) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ID, "must be a role's unique ID, AROA...");
    }
    return true;
}

static bool check_federated_user(const struct iam_principal *p, struct iam_request_fault *f)
{
    struct named n;
    struct iam_str name;
    if (!read_arn(p->arn, IAM_STR(":sts::"), p->account, &n) ||
        !take(&n.tail, IAM_STR(":federated-user/")) || !read_path(n.tail, false, &name)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ARN,
                     "must be the ARN of a federated user of principal.account");
    }
    if (p->user_arn.len > 0 && !is_user_arn(p->user_arn, p->account, &name) &&
        !is_root_arn(p->user_arn, p->account)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_USER_ARN,
                     "must be the ARN of a user or the root user of principal.account");
    }
    if (p->id.len > 0 && !is_unique_id(p->id, IAM_STR("AIDA")) && !iam_str_eq(p->id, p->account)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ID,
                     "must be the unique ID of the user who called, AIDA...");
    }
    return true;
}

static bool check_anonymous(const struct iam_principal *p, struct iam_request_fault *f)
{
    return p->arn.len == 0 ||
           wrong(f, IAM_MEMBER_PRINCIPAL_ARN, "must be absent for an anonymous caller");
}

static bool check_service(const struct iam_principal *p, struct iam_request_fault *f)
{
    return (p->arn.p != NULL && is_host(p->arn)) ||
           wrong(f, IAM_MEMBER_PRINCIPAL_ARN,
                 "must be the name of a service, such as ec2.amazonaws.com");
}

/* Returns the account of an identity provider's ARN; absent when it is a name, or none at all. */
static struct iam_str provider_account(struct iam_str arn)
{
    struct iam_arn_parts parts = iam_arn_split(arn);
    return parts.whole ? iam_arn_account_at(arn, parts.colon) : iam_str_absent();
}

static bool check_provider(const struct iam_principal *p, struct iam_request_fault *f)
{
    struct named n;
    struct iam_str name;
    struct iam_str account;
    if (p->arn.p != NULL && is_host(p->arn)) {
        return true;
    }
    account = p->arn.p != NULL ? provider_account(p->arn) : iam_str_absent();
    if (iam_str_is_set(account) && read_arn(p->arn, IAM_STR(":iam::"), account, &n) &&
        (take(&n.tail, IAM_STR(":saml-provider/")) || take(&n.tail, IAM_STR(":oidc-provider/"))) &&
        read_path(n.tail, true, &name)) {
        return true;
    }
    return wrong(f, IAM_MEMBER_PRINCIPAL_ARN,
                 "must be the ARN of an identity provider, or its host name");
}

/* Checks that the members which this kind of principal does not have are absent. */
static bool check_absent(const struct iam_principal *p, bool has_account,
                         struct iam_request_fault *f)
{
    if (p->session_arn.len > 0 && p->kind != IAM_PRINCIPAL_ASSUMED_ROLE) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_SESSION_ARN,
                     "must be absent for a principal that is no role session");
    }
    if (p->user_arn.len > 0 && p->kind != IAM_PRINCIPAL_FEDERATED_USER) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_USER_ARN,
                     "must be absent for a principal that is no federated user");
    }
    if (p->id.len > 0 && (!has_account || p->id.p == NULL)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ID,
                     "must be absent for a principal without an account");
    }
    return true;
}

bool iam_check_principal(const struct iam_principal *p, bool has_account,
                         struct iam_request_fault *f)
{
    if (has_account && !is_account(p->account)) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ACCOUNT, "must be twelve digits");
    }
    if (!has_account && p->account.len > 0) {
        return wrong(f, IAM_MEMBER_PRINCIPAL_ACCOUNT,
                     "must be absent for a principal without an account");
    }
    if (!check_absent(p, has_account, f)) {
        return false;
    }
    switch (p->kind) {
    case IAM_PRINCIPAL_ANONYMOUS:
        return check_anonymous(p, f);
    case IAM_PRINCIPAL_ROOT:
        return check_root(p, f);
    case IAM_PRINCIPAL_USER:
        return check_user(p, f);
    case IAM_PRINCIPAL_ASSUMED_ROLE:
        return check_role(p, f);
    case IAM_PRINCIPAL_FEDERATED_USER:
        return check_federated_user(p, f);
    case IAM_PRINCIPAL_SERVICE:
        return check_service(p, f);
    case IAM_PRINCIPAL_FEDERATED:
        return check_provider(p, f);
    }
    return wrong(f, IAM_MEMBER_PRINCIPAL_KIND, "must be one of enum iam_principal_kind");
}

/* ---- resource -------------------------------------------------------------------------------- */

/* Returns the part of an ARN for the account: nothing, an account, or another word. */
static struct iam_str account_part(const struct iam_arn_parts *a)
{
    return (struct iam_str){ a->text.p + a->colon[3] + 1, a->colon[4] - a->colon[3] - 1 };
}

bool iam_check_resource(struct iam_eval *ev, struct iam_request_fault *f)
{
    const struct iam_arn_parts *arn = &ev->resource;
    struct iam_str given = ev->request->resource_account;
    struct iam_str named = iam_str_absent();
    if (arn->whole) {
        if (arn->colon[1] == arn->colon[0] + 1 || arn->colon[2] == arn->colon[1] + 1) {
            return wrong(f, IAM_MEMBER_RESOURCE, "must name a partition and a service");
        }
        named = account_part(arn);
    } else if (arn->text.len != 1 || arn->text.p[0] != '*') {
        return wrong(f, IAM_MEMBER_RESOURCE, "must be an ARN or \"*\"");
    }
    if (!iam_str_is_set(given)) {
        ev->owner = is_account(named) ? named : iam_str_absent();
        return true;
    }
    /* Most owners are the caller's own account, which has been looked at. */
    if (!is_same_account(given, ev->request->principal.account) && !is_account(given)) {
        return wrong(f, IAM_MEMBER_RESOURCE_ACCOUNT, "must be twelve digits");
    }
    if (!is_same_account(given, named) && is_account(named)) {
        return wrong(f, IAM_MEMBER_RESOURCE_ACCOUNT, "must be the account that the ARN names");
    }
    ev->owner = given;
    return true;
}

/* ---- condition keys -------------------------------------------------------------------------- */

/*
 * SPEC: IAM User Guide, "AWS global condition context keys": aws:PrincipalType. Recorded for the
 * subject of an identity provider.
 */
static const struct iam_str principal_types[] = {
    [IAM_PRINCIPAL_ANONYMOUS] = IAM_STR_INIT("Anonymous"),
    [IAM_PRINCIPAL_ROOT] = IAM_STR_INIT("Account"),
    [IAM_PRINCIPAL_USER] = IAM_STR_INIT("User"),
    [IAM_PRINCIPAL_ASSUMED_ROLE] = IAM_STR_INIT("AssumedRole"),
    [IAM_PRINCIPAL_FEDERATED_USER] = IAM_STR_INIT("FederatedUser"),
    [IAM_PRINCIPAL_SERVICE] = {NULL, 0}, /* not documented */
    [IAM_PRINCIPAL_FEDERATED] = IAM_STR_INIT("User"),
};

static bool agrees_arn(const struct iam_eval *ev, struct iam_str value)
{
    return iam_str_eq(value, ev->request->principal.arn);
}

static bool agrees_account(const struct iam_eval *ev, struct iam_str value)
{
    const struct iam_principal *p = &ev->request->principal;
    struct iam_str account = p->account;
    if (p->kind == IAM_PRINCIPAL_ANONYMOUS) {
        account = IAM_STR("anonymous");
    } else if (p->kind == IAM_PRINCIPAL_FEDERATED) {
        account = provider_account(p->arn);
    }
    return account.len == 0 || iam_str_eq(value, account);
}

static bool agrees_type(const struct iam_eval *ev, struct iam_str value)
{
    struct iam_str type = principal_types[ev->request->principal.kind];
    return !iam_str_is_set(type) || iam_str_eq(value, type);
}

/* Returns what follows the last slash. */
static struct iam_str last_name(struct iam_str s)
{
    size_t at = s.len;
    while (at > 0 && s.p[at - 1] != '/') {
        at--;
    }
    return iam_str_sub(s, at, s.len);
}

/* Compares "ID:NAME" with an ID and a name, either of which may be absent. */
static bool agrees_pair(struct iam_str value, struct iam_str id, struct iam_str name)
{
    size_t colon = iam_str_find(value, ':', 0);
    if (id.len > 0 && !iam_str_eq(iam_str_sub(value, 0, colon), id)) {
        return false;
    }
    return name.len == 0 ||
           (colon < value.len && iam_str_eq(iam_str_sub(value, colon + 1, value.len), name));
}

static bool agrees_userid(const struct iam_eval *ev, struct iam_str value)
{
    const struct iam_principal *p = &ev->request->principal;
    switch (p->kind) {
    case IAM_PRINCIPAL_ANONYMOUS:
        return iam_str_eq(value, IAM_STR("anonymous"));
    case IAM_PRINCIPAL_ROOT:
        return iam_str_eq(value, p->account);
    case IAM_PRINCIPAL_USER:
        return p->id.len > 0 ? iam_str_eq(value, p->id) : iam_str_find(value, ':', 0) == value.len;
    case IAM_PRINCIPAL_ASSUMED_ROLE:
        return agrees_pair(value, p->id, last_name(p->session_arn));
    case IAM_PRINCIPAL_FEDERATED_USER:
        return agrees_pair(value, p->account, last_name(p->arn));
    case IAM_PRINCIPAL_SERVICE:
    case IAM_PRINCIPAL_FEDERATED:
        break;
    }
    return true;
}

/*
 * Compares with the owner. Of what AWS itself owns, such as its managed policies ("aws" in place of
 * an account), that is an account of AWS. Recorded.
 */
static bool agrees_owner(const struct iam_eval *ev, struct iam_str value)
{
    struct iam_str named = ev->resource.whole ? account_part(&ev->resource) : iam_str_absent();
    if (named.len > 0 && !is_account(named)) {
        return is_account(value);
    }
    return ev->owner.len == 0 || iam_str_eq(value, ev->owner);
}

/* Tells whether key is name, which most keys that are as long differ from in their first word. */
static inline __attribute__((always_inline)) bool is_key(struct iam_str key, struct iam_str name)
{
    size_t last = name.len - sizeof(uint64_t);
    return memcmp(key.p, name.p, name.len) == 0 ||
           (((iam_word_at(key.p + last) ^ iam_word_at(name.p + last)) & ~IAM_EACH(0x20u)) == 0 &&
            iam_str_eq_nocase(key, name));
}

#define OF_PRINCIPAL "must be that of the request's principal"
#define OF_RESOURCE "must be the account that owns the resource"

/* A key that principal or resource determines. */
struct determined {
    const char *why; /* NULL: it is free */
    bool (*agrees)(const struct iam_eval *ev, struct iam_str value);
};

/* Tells whether a key that is determined has such a length. */
static inline bool has_its_length(struct iam_str key)
{
    const unsigned lengths =
        1u << (sizeof("aws:userid") - 1) | 1u << (sizeof("aws:PrincipalArn") - 1) |
        1u << (sizeof("aws:PrincipalType") - 1) | 1u << (sizeof("aws:ResourceAccount") - 1) |
        1u << (sizeof("aws:PrincipalAccount") - 1);
    return key.len < sizeof("aws:PrincipalAccount") && (lengths >> key.len & 1) != 0;
}

static inline struct determined find_determined(struct iam_str key)
{
    switch (key.len) {
    case sizeof("aws:userid") - 1:
        if (is_key(key, IAM_STR("aws:userid"))) {
            return (struct determined){ OF_PRINCIPAL, agrees_userid };
        }
        break;
    case sizeof("aws:PrincipalArn") - 1:
        if (is_key(key, IAM_STR("aws:PrincipalArn"))) {
            return (struct determined){ OF_PRINCIPAL, agrees_arn };
        }
        break;
    case sizeof("aws:PrincipalType") - 1:
        if (is_key(key, IAM_STR("aws:PrincipalType"))) {
            return (struct determined){ OF_PRINCIPAL, agrees_type };
        }
        break;
    case sizeof("aws:ResourceAccount") - 1:
        if (is_key(key, IAM_STR("aws:ResourceAccount"))) {
            return (struct determined){ OF_RESOURCE, agrees_owner };
        }
        break;
    case sizeof("aws:PrincipalAccount") - 1:
        if (is_key(key, IAM_STR("aws:PrincipalAccount"))) {
            return (struct determined){ OF_PRINCIPAL, agrees_account };
        }
        break;
    }
    return (struct determined){ NULL, NULL };
}

bool iam_check_context(const struct iam_eval *ev, struct iam_request_fault *f)
{
    const struct iam_request *request = ev->request;
    for (size_t i = 0; i < request->context_count; i++) {
        const struct iam_context_entry *e = &request->context[i];
        if (!has_its_length(e->key)) {
            continue;
        }
        struct determined by = find_determined(e->key);
        if (by.why != NULL && (e->is_list || !by.agrees(ev, e->values[0]))) {
            *f = (struct iam_request_fault){ IAM_MEMBER_CONTEXT, i,
                                             e->is_list ? "must have one value" : by.why };
            return false;
        }
    }
    return true;
}
