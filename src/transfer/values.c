/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a tree, each of the type that it must have. */
#include "base/heap.h"
#include "base/time.h"
#include "codec/uri.h"
#include "iam/policy.h"
#include "transfer/transfer_int.h"

/* LIMIT: of the names of members that are not known. */
#define MAX_UNKNOWN_NAME 256

static void tell_type(struct iam_transfer *t, const struct iam_json *node, const char *type)
{
    if (iam_str_is_set(node->name)) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node), "%.*s must be %s",
                      MOVED_QUOTED(node->name), type);
    } else {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node), "this must be %s", type);
    }
}

/* ---- objects and arrays ---- */

static const struct moved_member *find_member(const struct moved_member *members, size_t count,
                                              struct iam_str name)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(members[i].name, name)) {
            return &members[i];
        }
    }
    return NULL;
}

/* Tells of a member that is not known, the first time that it is met. */
static void tell_unknown(struct iam_transfer *t, const struct iam_json *node, const char *what)
{
    struct iam_str key;
    void *old = NULL;
    struct iam_str name = iam_str_sub(node->name, 0, MAX_UNKNOWN_NAME);
    enum iam_status st = iam_arena_fmt(t->arena, &key, "%s.%.*s", what, IAM_STR_ARG(name));
    if (st == IAM_OK && iam_map_get(&t->unknown, key) != NULL) {
        return;
    }
    if (st == IAM_OK) {
        st = iam_map_put(&t->unknown, key, t, &old);
    }
    if (st != IAM_OK) {
        transfer_fail(t, st);
        return;
    }
    transfer_tell(t, IAM_TRANSFER_LEFT, t->base + node->name_offset,
                  "the member %.*s of %s is not known here: nothing is made of it",
                  MOVED_QUOTED(node->name), what);
}

void moved_object(struct iam_transfer *t, const struct iam_json *node, const char *what,
                  const struct moved_member *members, size_t count, void *out)
{
    if (node->type != IAM_JSON_OBJECT) {
        tell_type(t, node, "an object");
        return;
    }
    for (const struct iam_json *m = node->first; m != NULL; m = m->next) {
        const struct moved_member *member = find_member(members, count, m->name);
        if (member == NULL) {
            tell_unknown(t, m, what);
        } else if (member->read != NULL) {
            member->read(t, m, out);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].is_needed && iam_json_member(node, members[i].name) == NULL) {
            transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node), "%s has no %.*s", what,
                          IAM_STR_ARG(members[i].name));
        }
    }
}

void moved_array(struct iam_transfer *t, const struct iam_json *node, size_t size,
                 moved_member_fn *each, void **ret_items, size_t *ret_count)
{
    if (node->type != IAM_JSON_ARRAY) {
        tell_type(t, node, "an array");
        return;
    }
    char *items = iam_arena_zalloc(t->arena, (size_t)node->child_count + 1, size);
    if (items == NULL) {
        transfer_fail(t, IAM_NOMEM);
        return;
    }
    size_t i = 0;
    for (const struct iam_json *item = node->first; item != NULL; item = item->next) {
        each(t, item, items + size * i++);
    }
    *ret_items = items;
    *ret_count = i;
}

/* ---- single values ---- */

static bool has_control(struct iam_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if ((unsigned char)c < 0x20 && c != '\t' && c != '\r' && c != '\n') {
            return true;
        }
    }
    return false;
}

void moved_text(struct iam_transfer *t, const struct iam_json *node, size_t max_chars,
                struct iam_str *ret)
{
    if (node->type != IAM_JSON_STRING || has_control(node->text)) {
        tell_type(t, node, "a string without control characters");
    } else if (iam_utf8_count(node->text) > max_chars) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node), "%.*s has more than %zu characters",
                      MOVED_QUOTED(node->name), max_chars);
    } else {
        *ret = node->text;
    }
}

void moved_bool(struct iam_transfer *t, const struct iam_json *node, bool *ret)
{
    if (node->type != IAM_JSON_BOOL) {
        tell_type(t, node, "true or false");
        return;
    }
    *ret = node->boolean;
}

void moved_number(struct iam_transfer *t, const struct iam_json *node, int64_t min, int64_t max,
                  int64_t *ret)
{
    if (node->type != IAM_JSON_NUMBER || iam_str_to_i64(node->text, min, max, ret) != IAM_OK) {
        transfer_tell(t, IAM_TRANSFER_ERROR, moved_at(t, node),
                      "%.*s must be a number from %lld to %lld", MOVED_QUOTED(node->name),
                      (long long)min, (long long)max);
    }
}

void moved_date(struct iam_transfer *t, const struct iam_json *node, int64_t *ret_ms)
{
    int64_t ms;
    if (node->type != IAM_JSON_STRING || iam_time_from_iso(node->text, &ms) != IAM_OK || ms < 0) {
        tell_type(t, node, "a date like \"2026-01-31T23:59:59+00:00\", from 1970 on");
        return;
    }
    *ret_ms = ms - ms % 1000;
}

/* ---- documents ---- */

/*
 * Writes a tree as text in the arena, as short as it can be. A document may come with characters
 * that the CLI prints and AWS has as escapes.
 */
static enum iam_status print_tree(struct iam_transfer *t, const struct iam_json *node,
                                  struct iam_str *ret)
{
    struct iam_buf plain;
    struct iam_buf escaped;
    struct iam_str text;
    iam_buf_init(&plain, iam_heap(), IAM_POLICY_MAX_BYTES);
    iam_buf_init(&escaped, iam_heap(), IAM_POLICY_MAX_BYTES);
    iam_json_add_tree(&plain, node);
    enum iam_status st = iam_buf_finish(&plain, &text);
    if (st == IAM_OK) {
        iam_json_add_latin1(&escaped, text);
        st = iam_buf_finish(&escaped, &text);
    }
    if (st == IAM_OK) {
        st = iam_arena_dup(t->arena, text, ret);
    }
    iam_buf_done(&plain);
    iam_buf_done(&escaped);
    return st;
}

static enum iam_status read_document(struct iam_transfer *t, const struct iam_json *node,
                                     struct iam_str *ret)
{
    if (node->type == IAM_JSON_OBJECT) {
        return print_tree(t, node, ret);
    }
    if (node->type != IAM_JSON_STRING) {
        return IAM_SYNTAX;
    }
    if (iam_str_starts(iam_str_trim(node->text), IAM_STR("{"))) {
        *ret = node->text;
        return IAM_OK;
    }
    return iam_uri_decode(t->arena, node->text, false, ret);
}

void moved_document(struct iam_transfer *t, const struct iam_json *node, struct moved_document *ret)
{
    ret->at = moved_at(t, node);
    ret->text = IAM_STR("");
    enum iam_status st = read_document(t, node, &ret->text);
    if (st == IAM_SYNTAX) {
        tell_type(t, node, "a policy: an object, or its text percent-encoded");
    } else if (st == IAM_LIMIT) {
        transfer_tell(t, IAM_TRANSFER_ERROR, ret->at, "%.*s has more than %u bytes",
                      MOVED_QUOTED(node->name), IAM_POLICY_MAX_BYTES);
    } else if (st != IAM_OK) {
        transfer_fail(t, st);
    }
}
