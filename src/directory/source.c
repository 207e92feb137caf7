/* SPDX-License-Identifier: Apache-2.0 */
/* Managed policies and groups: making and filling. */
#include "directory/kept_int.h"

/* Copies id; false when it is longer than IDs are. */
static bool copy_id(struct iam_str id, struct iam_unique_id *ret)
{
    if (id.len == 0 || id.len > IAM_ID_MAX) {
        return false;
    }
    *ret = (struct iam_unique_id){ .len = (uint8_t)id.len };
    memcpy(ret->text, id.p, id.len);
    return true;
}

enum iam_status iam_dir_source_new(struct iam_pool *pool, enum iam_dir_kind kind, struct iam_str id,
                                   struct iam_str arn, struct iam_dir_source **ret)
{
    struct iam_unique_id copy;
    IAM_ENSURE(copy_id(id, &copy), IAM_CORRUPT);
    struct iam_dir_source *s = pool->alloc.alloc(pool->alloc.ctx, sizeof(*s) + arn.len);
    IAM_ENSURE(s != NULL, IAM_NOMEM);

    *s = (struct iam_dir_source){ .item.kind = kind, .pool = pool, .id = copy, .is_gone = true };
    atomic_init(&s->refs, 1);
    s->mark = iam_pool_mark(pool);
    s->arn = (struct iam_str){ (const char *)(s + 1), arn.len };
    if (arn.len > 0) {
        memcpy(s + 1, arn.p, arn.len);
    }
    *ret = s;
    return IAM_OK;
}

void iam_dir_source_fill(struct iam_dir_source *source, struct iam_shared *document,
                         struct iam_facts *facts, bool is_gone)
{
    iam_shared_unref(source->document);
    iam_facts_unref(source->facts);
    source->document = document;
    source->facts = facts;
    source->is_gone = is_gone;
    source->is_suspect = false;
    source->mark = iam_pool_mark(source->pool);
}
