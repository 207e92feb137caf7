/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacing policy variables. A value is data: it is copied byte for byte and never read again as a
 * pattern or as a variable.
 * SPEC: IAM User Guide, "IAM policy elements: Variables and tags".
 */
#include "decide/eval.h"

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

/* The value of a variable: single-valued keys only. */
static bool find_value(const struct iam_piece *piece, const struct iam_context *context,
                       struct iam_str *ret)
{
    const struct iam_context_entry *e =
        iam_context_find(context, iam_piece_text(piece), piece->key_hash);
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

/* Bytes that stand for wildcards here occur in no UTF-8 text. */
static bool holds_codes(struct iam_str s)
{
    return s.len > 0 &&
           (memchr(s.p, IAM_GLOB_MANY, s.len) != NULL || memchr(s.p, IAM_GLOB_ONE, s.len) != NULL);
}

static uint32_t count_colons(struct iam_str s)
{
    uint32_t n = 0;
    for (size_t i = iam_str_find(s, ':', 0); i < s.len; i = iam_str_find(s, ':', i + 1)) {
        n++;
    }
    return n;
}

enum iam_expanded iam_template_expand(const struct iam_template *t,
                                      const struct iam_context *context, bool wildcards,
                                      bool is_arn, char *out, struct iam_str *ret)
{
    struct out o = { out, 0, false };
    uint32_t colons = 0;
    for (uint32_t i = 0; i < t->count && !o.full; i++) {
        const struct iam_piece *piece = &t->pieces[i];
        struct iam_str value;
        if (piece->kind == IAM_PIECE_TEXT) {
            colons += is_arn ? count_colons(iam_piece_text(piece)) : 0;
            if (wildcards) {
                put_pattern(&o, iam_piece_text(piece));
            } else {
                put(&o, iam_piece_text(piece));
            }
        } else if (piece->kind == IAM_PIECE_LITERAL) {
            put(&o, iam_piece_text(piece));
        } else {
            if (!find_value(piece, context, &value) || holds_codes(value)) {
                return IAM_EXPANDED_NO_VALUE;
            }
            /* The author wrote six parts: a value may not add one before the last. */
            if (is_arn && t->colons >= IAM_ARN_PARTS - 1 && colons < IAM_ARN_PARTS - 1 &&
                count_colons(value) > 0) {
                return IAM_EXPANDED_NO_VALUE;
            }
            put(&o, value);
        }
    }
    *ret = (struct iam_str){ out, o.len };
    return o.full ? IAM_EXPANDED_BROKEN : IAM_EXPANDED_OK;
}
