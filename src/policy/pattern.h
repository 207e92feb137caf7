/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of a compiled policy that are more than text: templates, which hold variables, and ARN
 * patterns, which are matched part by part.
 */
#pragma once

#include "base/str.h"
#include "base/word.h"
#include "policy/rel.h"

/* ---- text with variables --------------------------------------------------------------------- */

enum iam_piece_kind {
    IAM_PIECE_TEXT,    /* as written; '*' and '?' are wildcards where the element has them */
    IAM_PIECE_LITERAL, /* ${*} ${?} ${$}: the character itself, never a wildcard */
    IAM_PIECE_VARIABLE
};

struct iam_piece {
    iam_rel text; /* the text, the character, or the key; the default follows the key */
    uint16_t key_hash;
    uint16_t text_len;
    uint16_t fallback_at; /* from text */
    uint16_t fallback_len;
    uint8_t kind;      /* enum iam_piece_kind */
    bool has_fallback; /* VARIABLE: there is a default */
};

static inline struct iam_str iam_piece_text(const struct iam_piece *p)
{
    return (struct iam_str){ iam_rel_get(&p->text), p->text_len };
}

/* Returns the default, absent when there is none. */
static inline struct iam_str iam_piece_fallback(const struct iam_piece *p)
{
    const char *text = iam_rel_get(&p->text);
    return p->has_fallback ? (struct iam_str){ text + p->fallback_at, p->fallback_len }
                           : iam_str_absent();
}

struct iam_template {
    iam_rel text; /* as written */
    uint16_t count;
    uint16_t colons; /* outside of variables */
    struct iam_piece pieces[];
};

/* ---- patterns -------------------------------------------------------------------------------- */

#define IAM_ARN_PARTS 6

/*
 * Finds the first five colons, which divide an ARN; false when there are fewer. They are close
 * together, several in a word.
 */
static inline bool iam_find_colons(struct iam_str text, size_t ret_at[IAM_ARN_PARTS - 1])
{
    size_t n = 0;
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= text.len && n < IAM_ARN_PARTS - 1; i += sizeof(uint64_t)) {
        uint64_t found = iam_word_find(iam_word_at(text.p + i), ':');
        while (found != 0 && n < IAM_ARN_PARTS - 1) {
            ret_at[n++] = i + iam_word_first(&found);
        }
    }
    for (; i < text.len && n < IAM_ARN_PARTS - 1; i++) {
        if (text.p[i] == ':') {
            ret_at[n++] = i;
        }
    }
    return n == IAM_ARN_PARTS - 1;
}

static inline uint32_t iam_count_colons(struct iam_str text)
{
    uint32_t n = 0;
    for (size_t i = iam_str_find(text, ':', 0); i < text.len; i = iam_str_find(text, ':', i + 1)) {
        n++;
    }
    return n;
}

/* Returns the length of the beginning of a pattern that holds no wildcard. */
static inline size_t iam_literal_len(struct iam_str pattern)
{
    size_t n = 0;
    while (n < pattern.len && pattern.p[n] != '*' && pattern.p[n] != '?') {
        n++;
    }
    return n;
}

enum iam_tail_kind {
    IAM_TAIL_ANY,     /* "*" */
    IAM_TAIL_LITERAL, /* no wildcard */
    IAM_TAIL_PREFIX,  /* one wildcard, a '*' at the end */
    IAM_TAIL_GLOB
};

/*
 * An ARN pattern: six parts divided by the first five colons, each matched by itself. Parts that
 * were not written match anything. With a template, text and colon describe what is written: in a
 * Resource whose first variable is in the sixth part, they hold for the parts before it and for the
 * literal beginning of the sixth; with one before that, parts is 1 and they mean nothing, and so
 * they do in a condition.
 */
struct iam_pattern {
    iam_rel from;                      /* the text, or with has_template the template */
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

_Static_assert(IAM_TAIL_GLOB < 1 << 3, "tail has 3 bits");

static inline const struct iam_template *iam_pattern_template(const struct iam_pattern *p)
{
    return p->has_template ? iam_rel_get(&p->from) : NULL;
}

static inline struct iam_str iam_pattern_text(const struct iam_pattern *p)
{
    const struct iam_template *t = iam_pattern_template(p);
    return (struct iam_str){ iam_rel_get(t != NULL ? &t->text : &p->from), p->len };
}
