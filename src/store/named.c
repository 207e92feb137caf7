/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading entities that have a unique ID, a name and a path: one, a page of an account in the order
 * of names, a page of all accounts in the order of IDs. What differs between kinds is in their
 * forms.
 */
#include "store/entity_int.h"

enum iam_status iam_entity_one(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_entity_form *form, void *ret)
{
    void *item = iam_arena_zalloc(arena, 1, form->item_bytes);

    if (item == NULL && q->status == IAM_OK) {
        q->status = IAM_NOMEM;
    }
    IAM_TRY(iam_query_one(q, arena, form->read, item));
    memcpy(ret, item, form->item_bytes);
    return IAM_OK;
}

enum iam_status iam_entity_get(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_entity_form *form, struct iam_str account,
                               struct iam_str name, void *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, form->sql[IAM_SQL_GET]);
    iam_query_text(&q, account);
    iam_query_key(&q, name);
    return iam_entity_one(&q, arena, form, ret);
}

enum iam_status iam_entity_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_entity_form *form, struct iam_str id,
                                     void *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, form->sql[IAM_SQL_GET_BY_ID]);
    iam_query_text(&q, id);
    return iam_entity_one(&q, arena, form, ret);
}

/* A text of the last item. */
static struct iam_str last_text(const struct iam_entity_rows *rows,
                                const struct iam_entity_form *form, size_t at)
{
    struct iam_str text;
    const char *last = (const char *)rows->items + (rows->count - 1) * form->item_bytes;

    memcpy(&text, last + at, sizeof(text));
    return text;
}

static enum iam_status read_page(struct iam_query *q, struct iam_arena *arena,
                                 const struct iam_entity_form *form, const struct iam_page *page,
                                 struct iam_entity_rows *ret)
{
    struct iam_rows rows;

    iam_query_limit(q, page);
    IAM_TRY(iam_query_all(q, arena, form->read, form->item_bytes, page, &rows));
    *ret = (struct iam_entity_rows){ rows.items, rows.count, rows.is_truncated, { 0 } };
    return IAM_OK;
}

enum iam_status iam_entity_page(struct iam_query *q, struct iam_arena *arena,
                                const struct iam_entity_form *form, const struct iam_page *page,
                                struct iam_entity_rows *ret)
{
    IAM_TRY(read_page(q, arena, form, page, ret));
    return ret->is_truncated ? iam_key_dup(arena, last_text(ret, form, form->name_at), &ret->next)
                             : IAM_OK;
}

enum iam_status iam_entity_list(struct iam_txn *txn, struct iam_arena *arena,
                                const struct iam_entity_form *form, struct iam_str account,
                                struct iam_str path_prefix, const struct iam_page *page,
                                struct iam_entity_rows *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, form->sql[IAM_SQL_LIST]);
    iam_query_text(&q, account);
    iam_query_key(&q, iam_page_after(page));
    iam_query_prefix(&q, path_prefix);
    return iam_entity_page(&q, arena, form, page, ret);
}

enum iam_status iam_entity_scan(struct iam_txn *txn, struct iam_arena *arena,
                                const struct iam_entity_form *form, const struct iam_page *page,
                                struct iam_entity_rows *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, form->sql[IAM_SQL_SCAN]);
    iam_query_prefix(&q, iam_page_after(page));
    IAM_TRY(read_page(&q, arena, form, page, ret));
    if (ret->is_truncated) {
        ret->next = last_text(ret, form, form->id_at);
    }
    return IAM_OK;
}
