/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markers: a version letter, then base64url of the keeper's code and the store's continuation key.
 * The code covers the key, the operation, the account and the parameters that narrow the list, so
 * that a marker continues the list that it came from and no other, and one that we did not make is
 * refused before the store sees it. The key itself need not be hidden: the client has just read it.
 */
#include "base/cur.h"
#include "codec/base64.h"
#include "dispatch/call.h"

#define DEFAULT_ITEMS 100
#define MARKER_VERSION 'B'
/* LIMIT: characters of Marker in the API. SPEC: IAM API Reference, "ListUsers". */
#define MAX_MARKER_CHARS 320
/* LIMIT: bytes that a code covers; the strings of an input that has a Marker are far shorter. */
#define MAX_COVERED_BYTES 65536
/* LIMIT: digits of the number of an item of a list that is made of the input. */
#define MAX_MADE_DIGITS 18
/* Replaces the length of a part that is not given. */
#define NOT_GIVEN UINT32_MAX

/* The members that may differ from one page of a list to the next; all others narrow the list. */
static const struct iam_str page_members[] = { IAM_STR_INIT("Marker"), IAM_STR_INIT("MaxItems"),
                                               IAM_STR_INIT("NextToken"),
                                               IAM_STR_INIT("MaxResults") };

static bool is_of_page(const struct api_member *m)
{
    for (size_t i = 0; i < IAM_COUNT(page_members); i++) {
        if (iam_str_eq(m->name, page_members[i])) {
            return true;
        }
    }
    return false;
}

/* ---- what a code covers ---- */

/* Appends a part, with its length first, so that no two lists of parts become the same bytes. */
static void cover(struct iam_buf *b, struct iam_str part)
{
    uint32_t len = iam_str_is_set(part) ? (uint32_t)part.len : NOT_GIVEN;
    iam_buf_add(b, (struct iam_str){ (const char *)&len, sizeof(len) });
    iam_buf_add(b, part);
}

static void cover_number(struct iam_buf *b, bool is_set, int64_t value)
{
    struct iam_str bytes = { (const char *)&value, sizeof(value) };
    cover(b, is_set ? bytes : iam_str_absent());
}

/* Appends a list of texts, with their number first. */
static enum iam_status cover_texts(struct iam_buf *b, const struct api_shape *shape,
                                   const struct api_list *list)
{
    const struct iam_str *items = list->items;
    if (shape->item->kind != API_STRING) {
        return IAM_UNSUPPORTED;
    }
    cover_number(b, list->is_set, (int64_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        cover(b, items[i]);
    }
    return IAM_OK;
}

/* Appends the value of a member. Only texts and lists of them, numbers and truth values narrow
 * lists. */
static enum iam_status cover_member(struct iam_buf *b, const struct api_member *m,
                                    const void *input)
{
    const void *at = (const char *)input + m->offset;
    const struct api_opt_int *number = at;
    const struct api_opt_bool *truth = at;
    switch (m->shape->kind) {
    case API_STRING:
        cover(b, *(const struct iam_str *)at);
        return IAM_OK;
    case API_INTEGER:
        cover_number(b, number->is_set, number->value);
        return IAM_OK;
    case API_BOOLEAN:
        cover_number(b, truth->is_set, truth->value);
        return IAM_OK;
    case API_LIST:
        return cover_texts(b, m->shape, at);
    default:
        return IAM_UNSUPPORTED;
    }
}

static enum iam_status cover_input(struct iam_buf *b, const struct iam_call *call)
{
    const struct api_shape *shape = call->op->input;
    for (size_t i = 0; call->input != NULL && i < shape->member_count; i++) {
        if (!is_of_page(&shape->members[i])) {
            IAM_TRY(cover_member(b, &shape->members[i], call->input));
        }
    }
    return IAM_OK;
}

/*
 * Collects the bytes that the code of a marker for key covers, in the arena. is_made: the list is
 * made of the input, which the next page may have another one of.
 */
static enum iam_status covered(const struct iam_call *call, struct iam_str key, bool is_made,
                               struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, MAX_COVERED_BYTES);
    cover(&b, call->op->service != NULL ? call->op->service->name : iam_str_absent());
    cover(&b, call->op->name);
    cover(&b, api_account(call));
    if (!is_made) {
        IAM_TRY(cover_input(&b, call));
    }
    cover(&b, key);
    return iam_buf_finish(&b, ret);
}

/* ---- markers ---- */

/*
 * Checks a marker and returns the key inside it; IAM_SYNTAX for a text that is not a marker of
 * ours.
 */
static enum iam_status open_marker(struct iam_call *call, struct iam_str marker, bool is_made,
                                   struct iam_str *ret)
{
    struct iam_str bytes;
    struct iam_str text;
    IAM_ENSURE(marker.len > 1 && marker.len <= MAX_MARKER_CHARS && marker.p[0] == MARKER_VERSION,
               IAM_SYNTAX);
    IAM_TRY(iam_base64url_decode(call->arena, iam_str_sub(marker, 1, marker.len), &bytes));
    IAM_ENSURE(bytes.len > IAM_MARKER_CODE_BYTES, IAM_SYNTAX);
    struct iam_str key = iam_str_sub(bytes, IAM_MARKER_CODE_BYTES, bytes.len);
    IAM_TRY(covered(call, key, is_made, &text));
    enum iam_status st = iam_keeper_check_marker(call->env->keeper, text, (const uint8_t *)bytes.p);
    IAM_ENSURE(st != IAM_CORRUPT, IAM_SYNTAX);
    IAM_TRY(st);
    *ret = key;
    return IAM_OK;
}

static enum iam_status make_marker(const struct iam_call *call, struct iam_str key, bool is_made,
                                   struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    uint8_t code[IAM_MARKER_CODE_BYTES];
    struct iam_buf bytes;
    struct iam_buf b;
    struct iam_str text;
    IAM_TRY(covered(call, key, is_made, &text));
    IAM_TRY(iam_keeper_marker_code(call->env->keeper, text, code));
    iam_buf_init(&bytes, &alloc, MAX_MARKER_CHARS);
    iam_buf_add(&bytes, (struct iam_str){ (const char *)code, sizeof(code) });
    iam_buf_add(&bytes, key);
    IAM_TRY(iam_buf_finish(&bytes, &text));
    iam_buf_init(&b, &alloc, MAX_MARKER_CHARS);
    iam_buf_add_char(&b, MARKER_VERSION);
    iam_base64url_add(&b, text.p, text.len);
    return iam_buf_finish(&b, ret);
}

/*
 * Shortens the page to the rows that the work suffices for, but for the first, and charges them.
 * SPEC: IAM API Reference, "ListUsers", MaxItems: "IAM might return fewer results".
 */
static void limit_rows(struct api_work *w, struct iam_page *page)
{
    size_t rows = w->left / API_STEPS_ROW > 0 ? (size_t)(w->left / API_STEPS_ROW) : 1;
    if (page->limit > rows) {
        page->limit = rows;
        w->is_page_cut = true;
    }
    w->left -= w->left < page->limit * API_STEPS_ROW ? w->left : page->limit * API_STEPS_ROW;
}

/* Opens a marker as open_marker does; one that is none of ours is a fault. */
static enum iam_status take_marker(struct iam_call *call, struct iam_str marker, bool is_made,
                                   struct iam_str *ret)
{
    enum iam_status st = open_marker(call, marker, is_made, ret);
    if (st == IAM_SYNTAX) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid Marker.");
    }
    return st;
}

static size_t items_of(struct api_opt_int max_items)
{
    return max_items.is_set ? (size_t)max_items.value : DEFAULT_ITEMS;
}

enum iam_status api_page_open(struct iam_call *call, struct iam_str marker,
                              struct api_opt_int max_items, struct iam_page *ret)
{
    struct iam_page page = { .after = iam_str_absent(), .limit = items_of(max_items) };
    if (iam_str_is_set(marker)) {
        IAM_TRY(take_marker(call, marker, false, &page.after));
    }
    limit_rows(&call->work, &page);
    *ret = page;
    return IAM_OK;
}

enum iam_status api_page_close(struct iam_call *call, bool is_truncated, struct iam_str next,
                               struct api_opt_bool *ret_is_truncated, struct iam_str *ret_marker)
{
    if (is_truncated && call->work.is_page_cut && call->work.is_short) {
        call->work.is_out = true;
        return IAM_LIMIT;
    }
    *ret_is_truncated = api_bool(is_truncated);
    return is_truncated ? make_marker(call, next, false, ret_marker) : IAM_OK;
}

enum iam_status api_page_open_made(struct iam_call *call, struct iam_str marker,
                                   struct api_opt_int max_items, size_t *ret_from,
                                   size_t *ret_limit)
{
    struct iam_str key = IAM_STR("0");
    uint64_t from;
    if (iam_str_is_set(marker)) {
        IAM_TRY(take_marker(call, marker, true, &key));
    }
    struct iam_cur c = iam_cur_of(key);
    IAM_ENSURE(iam_cur_digits(&c, MAX_MADE_DIGITS, &from) && iam_cur_at_end(&c), IAM_CORRUPT);
    *ret_from = (size_t)from;
    *ret_limit = items_of(max_items);
    return IAM_OK;
}

enum iam_status api_page_close_made(struct iam_call *call, bool is_truncated, size_t next,
                                    struct api_opt_bool *ret_is_truncated,
                                    struct iam_str *ret_marker)
{
    struct iam_str key;
    *ret_is_truncated = api_bool(is_truncated);
    if (!is_truncated) {
        return IAM_OK;
    }
    IAM_TRY(iam_arena_fmt(call->arena, &key, "%zu", next));
    return make_marker(call, key, true, ret_marker);
}
