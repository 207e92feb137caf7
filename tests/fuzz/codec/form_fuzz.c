/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms. Laws: names and values that are read are UTF-8 without NUL, each name is found again with
 * its own value, and the pairs encoded and joined read as the same pairs.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "codec/form.h"
#include "codec/uri.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define MAX_PAIRS 500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(struct iam_str part)
{
    ENSURE(iam_str_is_set(part) && iam_utf8_is_valid(part));
    ENSURE(iam_str_find(part, '\0', 0) == part.len);
}

static void check_pairs(const struct iam_form *form)
{
    ENSURE(form->count <= MAX_PAIRS);
    for (size_t i = 0; i < form->count; i++) {
        const struct iam_form_pair *pair = &form->pairs[i];
        check_part(pair->name);
        check_part(pair->value);
        ENSURE(pair->name.len > 0);
        ENSURE(iam_form_get(form, pair->name).p == pair->value.p);
    }
}

static void check_round_trip(struct iam_arena *arena, const struct iam_form *form)
{
    struct iam_buf b;
    struct iam_str text;
    struct iam_form again;

    iam_buf_init(&b, iam_heap(), (size_t)16 << 20);
    for (size_t i = 0; i < form->count; i++) {
        iam_uri_encode(&b, form->pairs[i].name, false);
        iam_buf_add_char(&b, '=');
        iam_uri_encode(&b, form->pairs[i].value, false);
        iam_buf_add_char(&b, '&');
    }
    ENSURE(iam_buf_finish(&b, &text) == IAM_OK);
    ENSURE(iam_form_read(arena, text, MAX_PAIRS, &again) == IAM_OK);
    ENSURE(again.count == form->count);
    for (size_t i = 0; i < form->count; i++) {
        ENSURE(iam_str_eq(again.pairs[i].name, form->pairs[i].name));
        ENSURE(iam_str_eq(again.pairs[i].value, form->pairs[i].value));
    }
    iam_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { (const char *)data, size };
    struct iam_arena arena;
    struct iam_form form;

    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    enum iam_status status = iam_form_read(&arena, text, MAX_PAIRS, &form);
    if (status == IAM_OK) {
        check_pairs(&form);
        check_round_trip(&arena, &form);
    } else {
        ENSURE(status == IAM_SYNTAX || status == IAM_LIMIT);
    }
    iam_arena_done(&arena);
    return 0;
}
