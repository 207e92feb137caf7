/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader and writer. Laws: a refused text has a diagnostic that points into it; a tree's
 * nodes lie inside their parents, in order; what is written reads as the same tree.
 */
#include <stdlib.h>

#include "base/heap.h"
#include "codec/json.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct iam_json_limits LIMITS = { 1 << 20, 64, 20000 };

static void check_node(const struct iam_json *node, struct iam_str text, bool is_member)
{
    uint32_t from = node->offset + 1;
    uint32_t count = 0;

    ENSURE(node->offset < node->end_offset && node->end_offset <= text.len);
    ENSURE(iam_str_is_set(node->name) == is_member);
    ENSURE(iam_utf8_is_valid(node->name) && iam_utf8_is_valid(node->text));
    ENSURE(iam_str_find(node->text, '\0', 0) == node->text.len);
    for (const struct iam_json *child = node->first; child != NULL; child = child->next) {
        bool in_object = node->type == IAM_JSON_OBJECT;
        ENSURE(child->offset >= from && child->end_offset < node->end_offset);
        ENSURE(!in_object || text.p[child->name_offset] == '"');
        ENSURE(!in_object || iam_json_member(node, child->name) == child);
        check_node(child, text, in_object);
        from = child->end_offset + 1;
        count++;
    }
    ENSURE(count == node->child_count);
}

static void check_same(const struct iam_json *a, const struct iam_json *b)
{
    ENSURE(a->type == b->type && a->boolean == b->boolean && a->child_count == b->child_count);
    ENSURE(iam_str_eq(a->name, b->name) && iam_str_eq(a->text, b->text));
    const struct iam_json *y = b->first;
    for (const struct iam_json *x = a->first; x != NULL; x = x->next, y = y->next) {
        check_same(x, y);
    }
}

/* Compact writing never makes a text longer, so the same limits hold. */
static void check_round_trip(struct iam_arena *arena, const struct iam_json *root)
{
    struct iam_buf b;
    struct iam_str written;
    const struct iam_json *again;

    iam_buf_init(&b, iam_heap(), LIMITS.max_bytes);
    iam_json_add_tree(&b, root);
    ENSURE(iam_buf_finish(&b, &written) == IAM_OK);
    ENSURE(iam_json_read(arena, written, &LIMITS, &again, NULL) == IAM_OK);
    check_same(root, again);
    iam_buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iam_str text = { (const char *)data, size };
    struct iam_arena arena;
    struct iam_diag diag = { .status = IAM_OK };
    const struct iam_json *root;

    iam_arena_init(&arena, iam_heap(), (size_t)64 << 20);
    enum iam_status status = iam_json_read(&arena, text, &LIMITS, &root, &diag);
    if (status == IAM_OK) {
        check_node(root, text, false);
        check_round_trip(&arena, root);
    } else {
        ENSURE(diag.status == status && diag.offset <= size && diag.message[0] != '\0');
        ENSURE(diag.line >= 1 && diag.column >= 1);
    }
    iam_arena_done(&arena);
    return 0;
}
