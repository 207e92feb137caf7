/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name=value&name=value. The pairs are also kept sorted by name: that finds duplicates and keeps
 * look-ups within bounded time, whatever names a client chose.
 */
#include "codec/form.h"

#include "base/cur.h"
#include "base/sort.h"
#include "codec/uri.h"

/* Reads the bytes up to the next '&', which is consumed too; false at the end. */
static bool next_segment(struct iam_cur *c, struct iam_str *ret)
{
    if (iam_cur_at_end(c)) {
        return false;
    }
    if (!iam_cur_until(c, '&', SIZE_MAX, ret)) {
        *ret = iam_cur_rest(c);
        c->p = c->end;
    }
    return true;
}

static enum iam_status count_pairs(struct iam_str text, size_t max_pairs, size_t *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_str segment;
    size_t n = 0;

    while (next_segment(&c, &segment)) {
        n += segment.len > 0;
        IAM_ENSURE(n <= max_pairs, IAM_LIMIT);
    }
    *ret = n;
    return IAM_OK;
}

static enum iam_status read_part(struct iam_arena *arena, struct iam_str raw, struct iam_str *ret)
{
    struct iam_str part;

    IAM_TRY(iam_uri_decode(arena, raw, true, &part));
    IAM_ENSURE(iam_str_find(part, '\0', 0) == part.len, IAM_SYNTAX);
    IAM_ENSURE(iam_utf8_is_valid(part), IAM_SYNTAX);
    *ret = part;
    return IAM_OK;
}

static enum iam_status read_pair(struct iam_arena *arena, struct iam_str segment,
                                 struct iam_form_pair *ret)
{
    size_t equals = iam_str_find(segment, '=', 0);

    IAM_ENSURE(equals > 0, IAM_SYNTAX);
    IAM_TRY(read_part(arena, iam_str_sub(segment, 0, equals), &ret->name));
    return read_part(arena, iam_str_sub(segment, equals + 1, segment.len), &ret->value);
}

static int order_of_names(const void *a, const void *b)
{
    const struct iam_form_pair *x = a;
    const struct iam_form_pair *y = b;

    return iam_str_cmp(x->name, y->name);
}

enum iam_status iam_form_index(struct iam_arena *arena, struct iam_form *form)
{
    const void **sorted = iam_arena_zalloc(arena, form->count, sizeof(*sorted));

    IAM_ENSURE(sorted != NULL, IAM_NOMEM);
    for (size_t i = 0; i < form->count; i++) {
        sorted[i] = &form->pairs[i];
    }
    iam_sort(sorted, form->count, order_of_names);
    for (size_t i = 1; i < form->count; i++) {
        IAM_ENSURE(order_of_names(sorted[i - 1], sorted[i]) != 0, IAM_SYNTAX);
    }
    form->by_name = sorted;
    return IAM_OK;
}

enum iam_status iam_form_read(struct iam_arena *arena, struct iam_str text, size_t max_pairs,
                              struct iam_form *ret)
{
    struct iam_cur c = iam_cur_of(text);
    struct iam_form form = { .count = 0 };
    struct iam_str segment;
    size_t count;

    IAM_TRY(count_pairs(text, max_pairs, &count));
    form.pairs = iam_arena_zalloc(arena, count, sizeof(*form.pairs));
    IAM_ENSURE(form.pairs != NULL, IAM_NOMEM);
    while (next_segment(&c, &segment)) {
        if (segment.len > 0) {
            IAM_TRY(read_pair(arena, segment, &form.pairs[form.count]));
            form.count++;
        }
    }
    IAM_TRY(iam_form_index(arena, &form));
    *ret = form;
    return IAM_OK;
}

static struct iam_str get_unsorted(const struct iam_form *form, struct iam_str name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (iam_str_eq(form->pairs[i].name, name)) {
            return form->pairs[i].value;
        }
    }
    return iam_str_absent();
}

static struct iam_str get_sorted(const struct iam_form *form, struct iam_str name)
{
    size_t low = 0;
    size_t high = form->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct iam_form_pair *pair = form->by_name[middle];
        int order = iam_str_cmp(name, pair->name);
        if (order == 0) {
            return pair->value;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return iam_str_absent();
}

struct iam_str iam_form_get(const struct iam_form *form, struct iam_str name)
{
    return form->by_name != NULL ? get_sorted(form, name) : get_unsorted(form, name);
}
