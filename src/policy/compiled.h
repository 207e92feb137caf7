/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled form of a policy document: what parsing makes and deciding reads. Everything here is
 * immutable once iam_policy_parse has returned, lives in the policy's own memory, and borrows its
 * text from the policy's own copy of the document wherever no JSON escape stood in the way. It is
 * kept small, lengths in 16 bits: a compiled policy is held for as long as it is attached.
 */
#pragma once

#include <stdatomic.h>

#include "base/str.h"
#include "iam/policy.h"

/* LIMIT: statements of one document, bytes of one value, and items of one list. */
#define IAM_POLICY_MAX_STATEMENTS 1000u
#define IAM_POLICY_MAX_VALUE_BYTES 8192u
#define IAM_POLICY_MAX_ITEMS UINT16_MAX

/* ---- text with variables ----------------------------------------------------------------------
 */

enum iam_piece_kind {
    IAM_PIECE_TEXT,    /* as written; '*' and '?' are wildcards where the element has them */
    IAM_PIECE_LITERAL, /* ${*} ${?} ${$}: the character itself, never a wildcard */
    IAM_PIECE_VARIABLE
};

struct iam_piece {
    const char *text; /* the text, the character, or the key; the default stands behind the key */
    uint16_t key_hash;
    uint16_t text_len;
    uint16_t fallback_at; /* from text */
    uint16_t fallback_len;
    uint8_t kind;      /* enum iam_piece_kind */
    bool has_fallback; /* VARIABLE: there is a default */
};

static inline struct iam_str iam_piece_text(const struct iam_piece *p)
{
    return (struct iam_str){ p->text, p->text_len };
}

/* The default, absent when there is none. */
static inline struct iam_str iam_piece_fallback(const struct iam_piece *p)
{
    return p->has_fallback ? (struct iam_str){ p->text + p->fallback_at, p->fallback_len }
                           : iam_str_absent();
}

struct iam_template {
    const char *text; /* as written */
    const struct iam_piece *pieces;
    uint32_t count;
    uint32_t colons; /* outside of variables */
};

/* ---- patterns ---------------------------------------------------------------------------------
 */

#define IAM_ARN_PARTS 6

enum iam_tail_kind {
    IAM_TAIL_ANY,     /* "*" */
    IAM_TAIL_LITERAL, /* no wildcard */
    IAM_TAIL_PREFIX,  /* one wildcard, a '*' at the end */
    IAM_TAIL_GLOB
};

/*
 * An ARN pattern: six parts divided by the first five colons, each matched by itself. Parts that
 * were not written match anything. With a template, text and colon describe nothing but the literal
 * prefix that the index uses.
 */
struct iam_pattern {
    union {
        const char *text;
        const struct iam_template *template; /* has_template */
    } from;
    uint16_t len;                      /* of the text */
    uint16_t tail_literal;             /* length of the sixth part's literal prefix */
    uint16_t colon[IAM_ARN_PARTS - 1]; /* offsets in the text of the first five colons */
    uint8_t parts;                     /* how many were written, 1 to 6 */
    uint8_t tail : 3;                  /* enum iam_tail_kind of the sixth part */
    bool has_template : 1;
    bool any : 1;          /* the whole pattern is "*" */
    bool has_one : 1;      /* there is a '?' */
    bool literal_head : 1; /* the first five parts hold no wildcard */
};

static inline const struct iam_template *iam_pattern_template(const struct iam_pattern *p)
{
    return p->has_template ? p->from.template : NULL;
}

static inline struct iam_str iam_pattern_text(const struct iam_pattern *p)
{
    return (struct iam_str){ p->has_template ? p->from.template->text : p->from.text, p->len };
}

/* ---- conditions -------------------------------------------------------------------------------
 */

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

/* An address range. IPv4-mapped IPv6 is kept as IPv4. */
struct iam_net {
    uint8_t bytes[16];
    uint8_t size; /* 4 or 16 */
    uint8_t bits; /* prefix length */
};

/* An IPv4 range, which is small enough to stand in the value itself. */
struct iam_net4 {
    uint8_t bytes[4];
    uint8_t bits;
};

struct iam_value {
    union {
        const char *text;                    /* as written; decoded bytes for BINARY */
        const struct iam_template *template; /* has_template */
        const struct iam_pattern *pattern;   /* ARN */
        const struct iam_net *net;           /* IP, of sixteen bytes */
        struct iam_net4 net4;                /* IP, is_net4 */
        int64_t ms;                          /* DATE */
        bool truth;                          /* NULL */
    } as;
    uint16_t len;      /* of text */
    bool has_template; /* STRING*, LIKE, BOOL with variables */
    bool is_net4;
    bool valid; /* false: not of the operator's type, never equal to anything */
};

static inline struct iam_str iam_value_text(const struct iam_value *v)
{
    return (struct iam_str){ v->as.text, v->len };
}

struct iam_condition {
    const char *key;
    const struct iam_value *values;
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
    return (struct iam_str){ c->key, c->key_len };
}

/* The template of a value of c, or NULL when it has no variables. */
static inline const struct iam_template *iam_value_template(const struct iam_condition *c,
                                                            const struct iam_value *v)
{
    if (c->family == IAM_FAMILY_ARN) {
        return iam_pattern_template(v->as.pattern);
    }
    return v->has_template ? v->as.template : NULL;
}

/* The operator as it is written, with set prefix and IfExists. Static. */
struct iam_str iam_condition_operator(const struct iam_condition *c);

/* ---- statements -------------------------------------------------------------------------------
 */

enum iam_named_kind {
    IAM_NAMED_EVERYONE, /* "*" */
    IAM_NAMED_ACCOUNT,  /* value is the account ID */
    IAM_NAMED_ARN,
    IAM_NAMED_ID, /* a unique ID */
    IAM_NAMED_SERVICE,
    IAM_NAMED_FEDERATED,
    IAM_NAMED_CANONICAL
};

/* One value of Principal or NotPrincipal. */
struct iam_named {
    const char *written;
    uint16_t written_len;
    uint16_t value_at; /* what deciding compares is a part of what is written */
    uint16_t value_len;
    uint8_t kind; /* enum iam_named_kind */
    bool bare;    /* written as "Principal": "*" */
};

static inline struct iam_str iam_named_written(const struct iam_named *n)
{
    return (struct iam_str){ n->written, n->written_len };
}

static inline struct iam_str iam_named_value(const struct iam_named *n)
{
    return (struct iam_str){ n->written + n->value_at, n->value_len };
}

struct iam_statement {
    const char *sid;     /* NULL: none */
    const char *actions; /* lower case, one behind the other: iam_action_next */
    const struct iam_pattern *resources;
    const struct iam_named *principals;
    const struct iam_condition *conditions;
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
    return (struct iam_str){ s->sid, s->sid_len };
}

/* LIMIT: of an action. No action is empty: a byte holds its length less one. */
#define IAM_POLICY_MAX_ACTION_BYTES 256u

/* The action at *at, which moves to the next. */
static inline struct iam_str iam_action_next(const char **at)
{
    struct iam_str action = { *at + 1, (size_t)(unsigned char)**at + 1 };
    *at = action.p + action.len;
    return action;
}

struct iam_policy_block;

struct iam_policy {
    atomic_uint refs;
    uint32_t statement_count;
    uint8_t kind;   /* enum iam_policy_kind */
    bool variables; /* Version 2012-10-17 */
    struct iam_alloc alloc;
    struct iam_policy_block *blocks; /* beside the memory that the policy itself stands in */
    char *front;                     /* of what is free in the present block */
    char *back;
    struct iam_str text;
    const struct iam_statement *statements;
};
