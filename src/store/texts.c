/* SPDX-License-Identifier: Apache-2.0 */
#include "store/texts.h"

#include "base/cur.h"

/* LIMIT: digits of the length of a text. */
#define MAX_DIGITS 9
/* A length, its colon and a text. */
#define PARTS 2

enum iam_status iam_texts_join(struct iam_arena *arena, const struct iam_str *texts, size_t count,
                               struct iam_str *ret)
{
    struct iam_str *parts = iam_arena_zalloc(arena, count + 1, PARTS * sizeof(*parts));

    IAM_ENSURE(parts != NULL, IAM_NOMEM);
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(iam_arena_fmt(arena, &parts[PARTS * i], "%zu:", texts[i].len));
        parts[PARTS * i + 1] = texts[i];
    }
    return iam_arena_join(arena, parts, PARTS * count, ret);
}

/* Reads the next text. */
static bool next(struct iam_cur *c, struct iam_str *ret)
{
    uint64_t len;

    return iam_cur_digits(c, MAX_DIGITS, &len) && iam_cur_char(c, ':') &&
           iam_cur_take(c, (size_t)len, ret);
}

enum iam_status iam_texts_split(struct iam_arena *arena, struct iam_str list, struct iam_str **ret,
                                size_t *ret_count)
{
    struct iam_cur c = iam_cur_of(list);
    struct iam_str text;
    size_t count = 0;

    while (!iam_cur_at_end(&c)) {
        IAM_ENSURE(next(&c, &text), IAM_CORRUPT);
        count++;
    }
    struct iam_str *texts = iam_arena_zalloc(arena, count + 1, sizeof(*texts));
    IAM_ENSURE(texts != NULL, IAM_NOMEM);
    c = iam_cur_of(list);
    for (size_t i = 0; i < count && next(&c, &texts[i]); i++) {
    }
    *ret = texts;
    *ret_count = count;
    return IAM_OK;
}
