/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy variables: "${key}", "${key, 'default'}", and "${*}", "${?}", "${$}" for the characters
 * themselves. A "${" that is none of these is refused, since AWS's reading of it is not documented.
 */
#include "policy/read_int.h"

#include "base/cur.h"
#include "policy/key.h"

static bool has_variable(struct iam_str text)
{
    for (size_t i = iam_str_find(text, '$', 0); i + 1 < text.len;
         i = iam_str_find(text, '$', i + 1)) {
        if (text.p[i + 1] == '{') {
            return true;
        }
    }
    return false;
}

/* Reads text up to the next "${" or the end; false when there is none. */
static bool take_text(struct iam_cur *c, struct iam_str *ret)
{
    const char *start = c->p;
    while (!iam_cur_at_end(c) && !(c->p[0] == '$' && iam_cur_left(c) > 1 && c->p[1] == '{')) {
        c->p++;
    }
    *ret = (struct iam_str){ start, (size_t)(c->p - start) };
    return ret->len > 0;
}

/*
 * Tells whether ch may be in a key. A key is written as it is: what is a wildcard, a quote or a
 * variable elsewhere is no part of it.
 */
static bool is_name_char(char ch)
{
    const struct iam_str special = IAM_STR("},'${*?\"\\");
    return (unsigned char)ch > ' ' && iam_str_find(special, ch, 0) == special.len;
}

/* Reads ", 'text'". */
static const char *read_fallback(struct iam_cur *c, struct iam_str *ret)
{
    while (iam_cur_char(c, ' ')) {
    }
    if (!iam_cur_char(c, '\'')) {
        return "put the default value between single quotes in";
    }
    if (!iam_cur_until(c, '\'', IAM_POLICY_MAX_VALUE_BYTES, ret)) {
        return "a single quote is missing after the default value in";
    }
    return NULL;
}

static void set_piece(struct iam_piece *piece, enum iam_piece_kind kind, struct iam_str text)
{
    piece->kind = (uint8_t)kind;
    iam_rel_set(&piece->text, text.p);
    piece->text_len = (uint16_t)text.len;
}

/* Reads what is between "${" and "}". Returns NULL or what is wrong. */
static const char *read_variable(struct iam_cur *c, struct iam_piece *piece)
{
    const char *start = c->p;
    if (iam_cur_left(c) >= 2 && c->p[1] == '}' && (*c->p == '*' || *c->p == '?' || *c->p == '$')) {
        set_piece(piece, IAM_PIECE_LITERAL, (struct iam_str){ c->p, 1 });
        c->p += 2;
        return NULL;
    }
    while (!iam_cur_at_end(c) && is_name_char(*c->p)) {
        c->p++;
    }
    struct iam_str key = { start, (size_t)(c->p - start) };
    set_piece(piece, IAM_PIECE_VARIABLE, key);
    piece->key_hash = iam_key_hash(key);
    if (key.len == 0) {
        return "name a condition key between the braces of";
    }
    if (iam_cur_char(c, ',')) {
        struct iam_str fallback;
        const char *problem = read_fallback(c, &fallback);
        if (problem != NULL) {
            return problem;
        }
        piece->has_fallback = true;
        piece->fallback_at = (uint16_t)(fallback.p - start);
        piece->fallback_len = (uint16_t)fallback.len;
    }
    return iam_cur_char(c, '}')
               ? NULL
               : "a closing brace is missing, or a key has a character that is not permitted, in a "
                 "variable of";
}

/* Adds a piece after those that t has: nothing else is put into the image meanwhile. */
static enum iam_status add_piece(const struct iam_reader *r, struct iam_template *t,
                                 struct iam_piece **ret)
{
    IAM_TRY(iam_read_array(r, 1, sizeof(**ret), ret));
    t->count++;
    return IAM_OK;
}

enum iam_status iam_read_template(const struct iam_reader *r, const struct iam_json *node,
                                  struct iam_str text, const struct iam_template **ret)
{
    struct iam_template *t = NULL;
    struct iam_piece *piece = NULL;
    struct iam_cur c = iam_cur_of(text);
    struct iam_str run;
    if (!r->policy->variables || !has_variable(text)) {
        *ret = NULL;
        return IAM_OK;
    }
    IAM_TRY(iam_read_array(r, 1, sizeof(*t), &t));
    iam_rel_set(&t->text, text.p);
    while (!iam_cur_at_end(&c)) {
        if (take_text(&c, &run)) {
            IAM_TRY(add_piece(r, t, &piece));
            set_piece(piece, IAM_PIECE_TEXT, run);
            t->colons = (uint16_t)(t->colons + iam_count_colons(run));
        }
        if (iam_cur_lit(&c, IAM_STR("${"))) {
            IAM_TRY(add_piece(r, t, &piece));
            const char *problem = read_variable(&c, piece);
            if (problem != NULL) {
                return iam_read_refuse(r, node->offset, IAM_SAYS_SYNTAX, problem, text);
            }
        }
    }
    *ret = t;
    return IAM_OK;
}
