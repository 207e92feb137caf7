/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled form of a policy document: what parsing makes and deciding reads. Everything here is
 * immutable once iam_policy_parse has returned, lives in the policy's arena, and borrows its text
 * from the policy's own copy of the document wherever no JSON escape stood in the way.
 */
#pragma once

#include <stdatomic.h>

#include "base/arena.h"
#include "iam/policy.h"

/* LIMIT: statements of one document, and bytes of one value. Colons are kept as 16-bit offsets. */
#define IAM_POLICY_MAX_STATEMENTS 1000u
#define IAM_POLICY_MAX_VALUE_BYTES 8192u

/* ---- text with variables ----------------------------------------------------------------------
 */

enum iam_piece_kind {
    IAM_PIECE_TEXT,    /* as written; '*' and '?' are wildcards where the element has them */
    IAM_PIECE_LITERAL, /* ${*} ${?} ${$}: the character itself, never a wildcard */
    IAM_PIECE_VARIABLE
};

struct iam_piece {
    enum iam_piece_kind kind;
    uint32_t key_hash;       /* VARIABLE */
    struct iam_str text;     /* the text, the character, or the key */
    struct iam_str fallback; /* VARIABLE: the default, absent when there is none */
};

struct iam_template {
    uint32_t count;
    uint32_t colons; /* outside of variables */
    const struct iam_piece *pieces;
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
    struct iam_str text;
    const struct iam_template *template; /* NULL: no variables */
    uint16_t colon[IAM_ARN_PARTS - 1];   /* offsets in text of the first five colons */
    uint16_t tail_literal;               /* length of the sixth part's literal prefix */
    uint8_t parts;                       /* how many were written, 1 to 6 */
    uint8_t tail;                        /* enum iam_tail_kind of the sixth part */
    bool any;                            /* the whole pattern is "*" */
    bool has_one;                        /* there is a '?' */
    bool literal_head;                   /* the first five parts hold no wildcard */
};

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

struct iam_value {
    struct iam_str text; /* as written; decoded bytes for BINARY */
    bool valid;          /* false: not of the operator's type, never equal to anything */
    union {
        const struct iam_template *template; /* STRING*, LIKE, BOOL; NULL: no variables */
        const struct iam_pattern *pattern;   /* ARN */
        const struct iam_net *net;           /* IP */
        int64_t ms;                          /* DATE */
        bool truth;                          /* NULL */
    } as;
};

struct iam_condition {
    struct iam_str key;
    uint32_t key_hash;
    uint32_t value_count;
    const struct iam_value *values;
    uint8_t family;     /* enum iam_family */
    uint8_t order;      /* enum iam_order, NUMERIC and DATE */
    uint8_t quantifier; /* enum iam_quantifier */
    bool negated;
    bool if_exists;
};

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
    enum iam_named_kind kind;
    struct iam_str value; /* what deciding compares */
    struct iam_str written;
    bool bare; /* written as "Principal": "*" */
};

struct iam_statement {
    struct iam_str sid;
    const struct iam_str *actions; /* lower case */
    const struct iam_pattern *resources;
    const struct iam_named *principals;
    const struct iam_condition *conditions;
    uint32_t action_count;
    uint32_t resource_count;
    uint32_t principal_count;
    uint32_t condition_count;
    bool deny;
    bool not_action;
    bool not_resource;
    bool not_principal;
    bool has_resource; /* false in a trust policy: every resource */
};

struct iam_policy {
    atomic_uint refs;
    enum iam_policy_kind kind;
    bool variables; /* Version 2012-10-17 */
    struct iam_alloc alloc;
    struct iam_arena arena;
    struct iam_str text;
    const struct iam_statement *statements;
    uint32_t statement_count;
};
