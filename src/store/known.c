/* SPDX-License-Identifier: Apache-2.0 */
#include "store/known_int.h"

#include "store/table_int.h"

void iam_known_init(struct iam_known *known, struct iam_txn *txn, struct iam_arena *arena,
                    enum iam_table_id table)
{
    *known = (struct iam_known){ .txn = txn, .arena = arena, .table = table };
    known->alloc = iam_arena_allocator(arena);
    iam_map_init(&known->map, &known->alloc, 0);
}

static enum iam_status read(struct iam_known *known, struct iam_str id, void **ret)
{
    void *entity = iam_arena_zalloc(known->arena, 1, iam_tables[known->table].shape.bytes);
    struct iam_str key;

    IAM_ENSURE(entity != NULL, IAM_NOMEM);
    enum iam_status status =
        iam_table_get_by_id(known->txn, known->arena, known->table, id, entity);
    IAM_ENSURE(status != IAM_NOT_FOUND, IAM_CORRUPT);
    IAM_TRY(status);
    IAM_TRY(iam_arena_dup(known->arena, id, &key));
    IAM_TRY(iam_map_put(&known->map, key, entity, NULL));
    *ret = entity;
    return IAM_OK;
}

enum iam_status iam_known_get(struct iam_known *known, struct iam_str id, const void **ret)
{
    void *entity = iam_map_get(&known->map, id);

    if (entity == NULL) {
        IAM_TRY(read(known, id, &entity));
    }
    *ret = entity;
    return IAM_OK;
}
