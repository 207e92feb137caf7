/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacing policy variables. A value is data: it is copied byte for byte and never read as a
 * pattern or as a variable.
 * SPEC: IAM User Guide, "IAM policy elements: Variables and tags".
 */
#include "decide/eval.h"

/* Units of the budget for one piece, before what its length costs. */
#define PIECE_COST 16

struct out {
    char *p;
    size_t len;
    bool full;
};

static void put(struct out *o, struct iam_str s)
{
    if (s.len > IAM_EXPANDED_MAX_BYTES - o->len) {
        o->full = true;
        return;
    }
    memcpy(o->p + o->len, s.p, s.len);
    o->len += s.len;
}

static void put_pattern(struct out *o, struct iam_str s)
{
    size_t from = o->len;
    put(o, s);
    for (size_t i = from; i < o->len; i++) {
        if (o->p[i] == '*') {
            o->p[i] = IAM_GLOB_MANY;
        } else if (o->p[i] == '?') {
            o->p[i] = IAM_GLOB_ONE;
        }
    }
}

/* Finds the value of a variable: single-valued keys only. */
static bool find_value(struct iam_eval *ev, const struct iam_piece *piece, struct iam_str *ret)
{
    const struct iam_context_entry *e =
        iam_context_find(ev, iam_piece_text(piece), piece->key_hash);
    if (e != NULL) {
        if (e->is_list) {
            return false;
        }
        *ret = e->values[0];
        return true;
    }
    *ret = iam_piece_fallback(piece);
    return piece->has_fallback;
}

/* Finds the bytes that mean wildcards here, which occur in no UTF-8 text. */
static bool holds_codes(struct iam_str s)
{
    return s.len > 0 &&
           (memchr(s.p, IAM_GLOB_MANY, s.len) != NULL || memchr(s.p, IAM_GLOB_ONE, s.len) != NULL);
}

/*
 * Tells whether value may replace a variable with this many colons before it. The author of an ARN
 * wrote six parts: a value may not add one before the last.
 */
static bool may_stand(struct iam_str value, const struct iam_template *t, enum iam_expand_as as,
                      uint32_t colons)
{
    bool is_counted =
        as == IAM_EXPAND_ARN && t->colons >= IAM_ARN_PARTS - 1 && colons < IAM_ARN_PARTS - 1;
    return !holds_codes(value) && !(is_counted && iam_count_colons(value) > 0);
}

enum iam_expanded iam_template_expand(struct iam_eval *ev, const struct iam_template *t,
                                      enum iam_expand_as as, char *out, struct iam_str *ret)
{
    struct out o = { out, 0, false };
    uint32_t colons = 0;
    for (uint32_t i = 0; i < t->count && !o.full; i++) {
        const struct iam_piece *piece = &t->pieces[i];
        struct iam_str text = iam_piece_text(piece);
        bool is_variable = piece->kind == IAM_PIECE_VARIABLE;
        if (is_variable && !find_value(ev, piece, &text)) {
            return ev->broken ? IAM_EXPANDED_BROKEN : IAM_EXPANDED_NO_VALUE;
        }
        if (!iam_eval_spend(ev, PIECE_COST + text.len)) {
            return IAM_EXPANDED_BROKEN;
        }
        if (is_variable && !may_stand(text, t, as, colons)) {
            return IAM_EXPANDED_NO_VALUE;
        }
        if (piece->kind == IAM_PIECE_TEXT && as != IAM_EXPAND_TEXT) {
            put_pattern(&o, text);
        } else {
            put(&o, text);
        }
        if (piece->kind == IAM_PIECE_TEXT && as == IAM_EXPAND_ARN) {
            colons += iam_count_colons(text);
        }
    }
    *ret = (struct iam_str){ out, o.len };
    return o.full ? IAM_EXPANDED_BROKEN : IAM_EXPANDED_OK;
}
