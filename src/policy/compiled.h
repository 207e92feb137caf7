/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled form of a policy document: what parsing makes and deciding reads. Everything here is
 * immutable once iam_policy_parse has returned. It lies in one block of memory together with the
 * document's text, and refers to that text wherever no JSON escape makes this impossible. It is
 * kept small, lengths in 16 bits and references in 32: a compiled policy is held for as long as it
 * is attached.
 */
#pragma once

#include <stdatomic.h>

#include "iam/policy.h"
#include "policy/pattern.h"

/* LIMIT: statements of one document, bytes of one value, and items of one list. */
#define IAM_POLICY_MAX_STATEMENTS 1000u
#define IAM_POLICY_MAX_VALUE_BYTES 8192u
#define IAM_POLICY_MAX_ITEMS UINT16_MAX

/* ---- conditions ------------------------------------------------------------------------------ */

enum iam_family {
    IAM_FAMILY_STRING,
    IAM_FAMILY_STRING_NOCASE,
    IAM_FAMILY_LIKE,
    IAM_FAMILY_ARN,
    IAM_FAMILY_NUMERIC,
    IAM_FAMILY_DATE,
    IAM_FAMILY_BOOL,
    IAM_FAMILY_BINARY,
    IAM_FAMILY_IP,
    IAM_FAMILY_NULL
};

enum iam_order { IAM_ORDER_EQ, IAM_ORDER_LT, IAM_ORDER_LE, IAM_ORDER_GT, IAM_ORDER_GE };

enum iam_quantifier {
    IAM_EACH_NONE, /* a single-valued comparison */
    IAM_EACH_ALL,  /* ForAllValues: */
    IAM_EACH_ANY   /* ForAnyValue: */
};

/* An address range. */
struct iam_net {
    uint8_t bytes[16];
    uint8_t size; /* 4 or 16 */
    uint8_t bits; /* prefix length */
};

/* The same, its bytes somewhere else. */
struct iam_range {
    const uint8_t *bytes;
    uint8_t size;
    uint8_t bits;
};

/* A value of a condition; its operator's family says which member counts. */
struct iam_value {
    union {
        iam_rel text;     /* as written; the bytes for BINARY */
        iam_rel template; /* struct iam_template, with has_template */
        iam_rel pattern;  /* struct iam_pattern, for ARN */
        iam_rel ms;       /* int64_t, not aligned for one, for DATE */
        iam_rel net6;     /* the bytes of an IPv6 range, whose prefix length is len */
        uint8_t net4[4];  /* the bytes of an IPv4 range, likewise */
    } as;
    uint16_t len;          /* of text */
    bool has_template : 1; /* STRING*, LIKE, BOOL with variables */
    bool is_net4 : 1;
    bool truth : 1;      /* for NULL */
    bool unreadable : 1; /* of a session policy: not of the operator's type, equal to nothing */
};

static inline struct iam_str iam_value_text(const struct iam_value *v)
{
    return (struct iam_str){ iam_rel_get(&v->as.text), v->len };
}

/* Returns the address range of a value of family IP. */
static inline struct iam_range iam_value_range(const struct iam_value *v)
{
    if (v->is_net4) {
        return (struct iam_range){ v->as.net4, sizeof(v->as.net4), (uint8_t)v->len };
    }
    return (struct iam_range){ iam_rel_get(&v->as.net6), 16, (uint8_t)v->len };
}

/* Returns the instant of a value of family DATE. */
static inline int64_t iam_value_ms(const struct iam_value *v)
{
    int64_t ms;
    memcpy(&ms, iam_rel_get(&v->as.ms), sizeof(ms));
    return ms;
}

_Static_assert(IAM_POLICY_MAX_VALUE_BYTES <= UINT16_MAX && IAM_POLICY_MAX_STATEMENTS <= UINT16_MAX,
               "lengths and counts have 16 bits");

struct iam_condition {
    iam_rel key;
    iam_rel values; /* struct iam_value */
    uint16_t key_hash;
    uint16_t key_len;
    uint16_t value_count;
    uint8_t family : 4; /* enum iam_family */
    uint8_t order : 3;  /* enum iam_order, NUMERIC and DATE */
    bool negated : 1;
    uint8_t row : 5;        /* of the table of operators */
    uint8_t quantifier : 2; /* enum iam_quantifier */
    bool if_exists : 1;
};

static inline struct iam_str iam_condition_key(const struct iam_condition *c)
{
    return (struct iam_str){ iam_rel_get(&c->key), c->key_len };
}

static inline const struct iam_value *iam_condition_values(const struct iam_condition *c)
{
    return iam_rel_get(&c->values);
}

/* Returns the template of a value of c, or NULL when it has no variables. */
static inline const struct iam_template *iam_value_template(const struct iam_condition *c,
                                                            const struct iam_value *v)
{
    if (c->family == IAM_FAMILY_ARN) {
        return iam_pattern_template(iam_rel_get(&v->as.pattern));
    }
    return v->has_template ? iam_rel_get(&v->as.template) : NULL;
}

/* Returns the operator as it is written, with set prefix and IfExists. Static. */
struct iam_str iam_condition_operator(const struct iam_condition *c);

/* ---- statements ------------------------------------------------------------------------------ */

enum iam_named_kind {
    IAM_NAMED_EVERYONE, /* "*" */
    IAM_NAMED_ACCOUNT,  /* value is the account ID */
    IAM_NAMED_ARN,
    IAM_NAMED_ID, /* a unique ID */
    IAM_NAMED_SERVICE,
    IAM_NAMED_FEDERATED,
    IAM_NAMED_CANONICAL
};

/* Tells whether s is twelve digits. */
bool iam_is_account_id(struct iam_str s);
/* Returns the account that an ARN names; absent when text is no ARN or names none. Borrows from
 * text. */
struct iam_str iam_arn_account(struct iam_str text);
/* Returns the same of an ARN whose first five colons are known. */
struct iam_str iam_arn_account_at(struct iam_str text, const size_t colon[IAM_ARN_PARTS - 1]);
/* Tells whether it is an action that a role's trust policy allows; case does not matter. */
bool iam_is_trust_action(struct iam_str action);
/*
 * Tells whether STS refuses the action to a root user, whatever policies say; what it answers, too.
 * SPEC: STS API Reference, "AssumeRole": the root user cannot assume a role.
 */
bool iam_is_refused_to_root(struct iam_str action);
#define IAM_SAYS_ROOT_ASSUMES "Roles may not be assumed by root accounts."

/* One value of Principal or NotPrincipal. */
struct iam_named {
    iam_rel written;
    uint16_t written_len;
    uint16_t value_at; /* deciding compares a part of what is written */
    uint16_t value_len;
    uint8_t kind; /* enum iam_named_kind */
    bool bare;    /* written as "Principal": "*" */
};

static inline struct iam_str iam_named_written(const struct iam_named *n)
{
    return (struct iam_str){ iam_rel_get(&n->written), n->written_len };
}

static inline struct iam_str iam_named_value(const struct iam_named *n)
{
    return (struct iam_str){ iam_named_written(n).p + n->value_at, n->value_len };
}

struct iam_statement {
    iam_rel sid;        /* 0: none */
    iam_rel actions;    /* lower case, one after the other: iam_action_next */
    iam_rel resources;  /* struct iam_pattern */
    iam_rel principals; /* struct iam_named; 0: the element is not there */
    iam_rel conditions; /* struct iam_condition */
    uint16_t sid_len;
    uint16_t action_count;
    uint16_t resource_count;
    uint16_t principal_count;
    uint16_t condition_count;
    bool deny : 1;
    bool not_action : 1;
    bool not_resource : 1;
    bool not_principal : 1;
    bool has_resource : 1; /* false in a trust policy: every resource */
};

static inline struct iam_str iam_statement_sid(const struct iam_statement *s)
{
    return s->sid != 0 ? (struct iam_str){ iam_rel_get(&s->sid), s->sid_len } : iam_str_absent();
}

/* Returns the first action, for iam_action_next. */
static inline const char *iam_statement_actions(const struct iam_statement *s)
{
    return iam_rel_get(&s->actions);
}

/* Returns an array, with as many items as their counts say. */
static inline const struct iam_pattern *iam_statement_resources(const struct iam_statement *s)
{
    return iam_rel_get(&s->resources);
}

static inline const struct iam_named *iam_statement_principals(const struct iam_statement *s)
{
    return iam_rel_get(&s->principals);
}

static inline const struct iam_condition *iam_statement_conditions(const struct iam_statement *s)
{
    return iam_rel_get(&s->conditions);
}

/* LIMIT: of an action. No action is empty: a byte holds its length less one. */
#define IAM_POLICY_MAX_ACTION_BYTES 256u

_Static_assert(IAM_POLICY_MAX_ACTION_BYTES <= UINT8_MAX + 1, "a byte holds the length less one");

/* Returns the action at *at, and moves *at to the next. */
static inline struct iam_str iam_action_next(const char **at)
{
    struct iam_str action = { *at + 1, (size_t)(unsigned char)**at + 1 };
    *at = action.p + action.len;
    return action;
}

/* The beginning of the block. The text, with a NUL, follows it. */
struct iam_policy {
    atomic_uint refs;
    uint16_t statement_count;
    uint8_t kind;   /* enum iam_policy_kind */
    bool variables; /* Version 2012-10-17 */
    struct iam_alloc alloc;
    uint32_t text_len;
    iam_rel statements; /* struct iam_statement */
};

static inline const struct iam_statement *iam_policy_statements(const struct iam_policy *p)
{
    return iam_rel_get(&p->statements);
}
