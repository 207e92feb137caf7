/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IAM asks of a trust policy that lets in users of an identity provider which many customers
 * share: a claim that tells them apart must be compared. Asked only when the policy is written.
 * SPEC: IAM User Guide, "Identity-provider controls for shared OIDC providers" (the issuers);
 * docs/conformance.md, "Documents" (what counts as comparing).
 */
#include "policy/read_int.h"

enum rule {
    RULE_SHARED, /* StringEquals, StringLike, StringEqualsIgnoreCase; not "*" */
    RULE_GITHUB, /* the same, and no value that begins with '*' or is blank */
    RULE_OLD     /* StringEquals, StringEqualsIgnoreCase; the key exactly as written, any value */
};

#define MAX_KEYS 3

struct provider {
    struct iam_str issuer;
    enum rule rule;
    const char
        *keys[MAX_KEYS]; /* a claim, which the issuer precedes, or with a colon a whole key */
};

#define SHARED(issuer, key)                \
    {                                      \
        IAM_STR_INIT(issuer), RULE_SHARED, \
        {                                  \
            key, NULL, NULL                \
        }                                  \
    }

static const struct provider providers[] = {
    SHARED("agent.buildkite.com", "sub"),
    SHARED("api.pulumi.com/oidc", "aud"),
    SHARED("app.terraform.io", "sub"),
    SHARED("cognito-identity.amazonaws.com", "aud"),
    SHARED("gitlab.com", "sub"),
    SHARED("oidc-configuration.audit-log.githubusercontent.com", "sub"),
    SHARED("oidc.codefresh.io", "sub"),
    SHARED("oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu", "sub"),
    SHARED("oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb", "sub"),
    SHARED("oidc.vercel.com", "aud"),
    SHARED("proidc.upbound.io", "sub"),
    SHARED("rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7", "sub"),
    SHARED("rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr", "sub"),
    SHARED("rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg", "sub"),
    SHARED("rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26", "sub"),
    SHARED("sandboxes.cloud", "aud"),
    SHARED("scalr.io", "sub"),
    SHARED("sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", "sts:RoleSessionName"),
    SHARED("studio.datachain.ai/api", "sub"),
    SHARED("tokens.cloud.shisho.dev", "sub"),
    SHARED("vstoken.actions.githubusercontent.com", "sub"),
    {IAM_STR_INIT("accounts.google.com"), RULE_OLD, { "aud", "oaud", "sub" } },
    { IAM_STR_INIT("graph.facebook.com"), RULE_OLD, { "app_id", "sub", NULL }},
    { IAM_STR_INIT("www.amazon.com"),     RULE_OLD, { "app_id", "sub", NULL }},
};

/* Every issuer that begins like this one; the claims are those of the whole issuer. */
static const struct provider github = {
    IAM_STR_INIT("token.actions.githubusercontent.com"),
    RULE_GITHUB,
    {"sub", "job_workflow_ref", NULL}
};

static const struct provider *find_provider(struct iam_str issuer)
{
    if (iam_str_starts(issuer, github.issuer)) {
        return &github;
    }
    for (size_t i = 0; i < IAM_COUNT(providers); i++) {
        if (iam_str_eq(providers[i].issuer, issuer)) {
            return &providers[i];
        }
    }
    return NULL;
}

/* Returns the issuer of a provider that is named by its domain or its ARN. */
static struct iam_str issuer_of(struct iam_str principal)
{
    size_t colon[IAM_ARN_PARTS - 1];
    struct iam_str kind = IAM_STR("oidc-provider/");
    if (!iam_find_colons(principal, colon)) {
        return principal;
    }
    struct iam_str name = iam_str_sub(principal, colon[4] + 1, principal.len);
    return iam_str_starts(name, kind) ? iam_str_sub(name, kind.len, name.len) : iam_str_absent();
}

/* Tells whether a list of actions, in lower case, may include the one for web identities. */
static bool lists_web_identity(const struct iam_statement *s)
{
    struct iam_str name = IAM_STR("sts:assumerolewithwebidentity");
    const char *at = iam_statement_actions(s);
    for (uint32_t i = 0; i < s->action_count; i++) {
        struct iam_str action = iam_action_next(&at);
        size_t literal = iam_literal_len(action);
        bool equal = iam_str_eq(action, name);
        bool begins = literal < action.len && iam_str_starts(name, iam_str_sub(action, 0, literal));
        if (s->not_action ? equal : equal || begins) {
            return true;
        }
    }
    return false;
}

static bool allows_web_identity(const struct iam_statement *s)
{
    return !s->deny && lists_web_identity(s) != s->not_action;
}

/* ---- what is compared ------------------------------------------------------------------------ */

/* Tells whether the operator's name, with its set prefix, is one that narrows. */
static bool is_narrowing(const struct iam_condition *c, enum rule rule)
{
    bool equals = c->family == IAM_FAMILY_STRING || c->family == IAM_FAMILY_STRING_NOCASE;
    bool like = c->family == IAM_FAMILY_LIKE && rule != RULE_OLD;
    return (equals || like) && !c->negated && !c->if_exists;
}

/* Tells whether the key of c is the given one of p for issuer. */
static bool is_key(const struct iam_condition *c, const struct provider *p, const char *key,
                   struct iam_str issuer)
{
    struct iam_str have = iam_condition_key(c);
    struct iam_str want = iam_str_c(key);
    bool whole = iam_str_find(want, ':', 0) < want.len;
    size_t skip = whole ? 0 : issuer.len + 1;
    if (have.len != skip + want.len || (!whole && have.p[issuer.len] != ':')) {
        return false;
    }
    struct iam_str front = whole ? iam_str_absent() : iam_str_sub(have, 0, issuer.len);
    struct iam_str back = iam_str_sub(have, skip, have.len);
    if (p->rule == RULE_OLD) {
        return iam_str_eq(front, issuer) && iam_str_eq(back, want);
    }
    return (whole || iam_str_eq_nocase(front, issuer)) && iam_str_eq_nocase(back, want);
}

static bool is_required_key(const struct iam_condition *c, const struct provider *p,
                            struct iam_str issuer)
{
    for (size_t i = 0; i < MAX_KEYS && p->keys[i] != NULL; i++) {
        if (is_key(c, p, p->keys[i], issuer)) {
            return true;
        }
    }
    return false;
}

static struct iam_str written(const struct iam_condition *c, const struct iam_value *v)
{
    const struct iam_template *t = iam_value_template(c, v);
    return t != NULL ? (struct iam_str){ iam_rel_get(&t->text), v->len } : iam_value_text(v);
}

static bool is_blank(struct iam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r') {
            return false;
        }
    }
    return true;
}

/* Tells whether a value leaves everybody in. */
static bool is_for_all(struct iam_str value, enum rule rule)
{
    switch (rule) {
    case RULE_SHARED:
        return iam_str_eq(value, IAM_STR("*"));
    case RULE_GITHUB:
        return is_blank(value) || value.p[0] == '*';
    case RULE_OLD:
        break;
    }
    return false;
}

static bool has_good_values(const struct iam_condition *c, enum rule rule)
{
    const struct iam_value *values = iam_condition_values(c);
    for (uint32_t i = 0; i < c->value_count; i++) {
        if (is_for_all(written(c, &values[i]), rule)) {
            return false;
        }
    }
    return true;
}

static bool is_same_operator(const struct iam_condition *a, const struct iam_condition *b)
{
    return a->row == b->row && a->quantifier == b->quantifier && a->if_exists == b->if_exists;
}

/* Tells whether every required key under the same operator as at is narrowed. */
static bool is_block_good(const struct iam_statement *s, const struct iam_condition *at,
                          const struct provider *p, struct iam_str issuer)
{
    const struct iam_condition *conditions = iam_statement_conditions(s);
    for (uint32_t i = 0; i < s->condition_count; i++) {
        const struct iam_condition *c = &conditions[i];
        if (is_same_operator(c, at) && is_required_key(c, p, issuer) &&
            !has_good_values(c, p->rule)) {
            return false;
        }
    }
    return true;
}

static bool is_narrowed(const struct iam_statement *s, const struct provider *p,
                        struct iam_str issuer)
{
    const struct iam_condition *conditions = iam_statement_conditions(s);
    for (uint32_t i = 0; i < s->condition_count; i++) {
        const struct iam_condition *c = &conditions[i];
        if (is_narrowing(c, p->rule) && is_required_key(c, p, issuer) &&
            is_block_good(s, c, p, issuer)) {
            return true;
        }
    }
    return false;
}

/* ---- the refusal ----------------------------------------------------------------------------- */

/* LIMIT: bytes of the keys that a refusal names. */
#define NAMED_MAX 256

struct named {
    char bytes[NAMED_MAX];
    size_t len;
};

static void add(struct named *n, struct iam_str s)
{
    size_t len = s.len < NAMED_MAX - n->len ? s.len : NAMED_MAX - n->len;
    if (len > 0) {
        memcpy(n->bytes + n->len, s.p, len);
        n->len += len;
    }
}

static void name_keys(struct named *n, const struct provider *p, struct iam_str issuer)
{
    for (size_t i = 0; i < MAX_KEYS && p->keys[i] != NULL; i++) {
        struct iam_str key = iam_str_c(p->keys[i]);
        add(n, i > 0 ? IAM_STR(" or ") : IAM_STR(""));
        if (iam_str_find(key, ':', 0) == key.len) {
            add(n, issuer);
            add(n, IAM_STR(":"));
        }
        add(n, key);
    }
}

/* Returns where in the text of policy the principal is, with its quote; 0 when it has an escape. */
static size_t place_of(const struct iam_policy *policy, struct iam_str principal)
{
    struct iam_str text = iam_policy_text(policy);
    uintptr_t at = (uintptr_t)principal.p;
    return at > (uintptr_t)text.p && at < (uintptr_t)text.p + text.len
               ? (size_t)(at - (uintptr_t)text.p) - 1
               : 0;
}

static enum iam_status refuse(const struct iam_policy *policy, struct iam_str principal,
                              const struct provider *p, struct iam_str issuer,
                              struct iam_diag *diag)
{
    struct named keys = { .len = 0 };
    name_keys(&keys, p, issuer);
    struct iam_refusal why = {
        .says = IAM_SAYS_SHARED_PROVIDER,
        .quoted = {principal, { keys.bytes, keys.len }},
        .detail = "others use this provider too; compare what tells your users apart for",
        .subject = principal,
    };
    return iam_refuse(diag, IAM_POLICY_TRUST, iam_policy_text(policy), IAM_SYNTAX,
                      place_of(policy, principal), &why);
}

static enum iam_status check_statement(const struct iam_policy *policy,
                                       const struct iam_statement *s, struct iam_diag *diag)
{
    const struct iam_named *names = iam_statement_principals(s);
    for (uint32_t i = 0; i < s->principal_count; i++) {
        struct iam_str principal = iam_named_written(&names[i]);
        struct iam_str issuer = issuer_of(principal);
        const struct provider *p =
            names[i].kind == IAM_NAMED_FEDERATED ? find_provider(issuer) : NULL;
        if (p != NULL && !is_narrowed(s, p, issuer)) {
            return refuse(policy, principal, p, issuer, diag);
        }
    }
    return IAM_OK;
}

enum iam_status iam_policy_check_write(const struct iam_policy *policy, struct iam_diag *diag)
{
    const struct iam_statement *statements = iam_policy_statements(policy);
    for (uint32_t i = 0; policy->kind == IAM_POLICY_TRUST && i < policy->statement_count; i++) {
        if (allows_web_identity(&statements[i])) {
            IAM_TRY(check_statement(policy, &statements[i], diag));
        }
    }
    return IAM_OK;
}
