/* SPDX-License-Identifier: Apache-2.0 */
/* Access keys and identity providers: facts of which views are not made. */
#include "directory/kept_int.h"

/* Copies s to *at, which moves past it. */
static struct iam_str copy_text(char **at, struct iam_str s)
{
    struct iam_str copy = { *at, s.len };

    if (s.len > 0) {
        memcpy(*at, s.p, s.len);
        *at += s.len;
    }
    return copy;
}

enum iam_status iam_dir_key_new(struct iam_pool *pool, const struct iam_access_key *key,
                                struct iam_dir_key **ret)
{
    size_t bytes = key->id.len + key->account.len + key->owner_id.len + key->sealed_secret.len;
    struct iam_dir_key *k = pool->alloc.alloc(pool->alloc.ctx, sizeof(*k) + bytes);
    IAM_ENSURE(k != NULL, IAM_NOMEM);
    char *at = (char *)(k + 1);

    *k = (struct iam_dir_key){ .item.kind = IAM_DIR_KEY, .key.is_active = key->is_active };
    k->id = copy_text(&at, key->id);
    k->key.account = copy_text(&at, key->account);
    k->key.owner_id = copy_text(&at, key->owner_id);
    k->key.sealed_secret = copy_text(&at, key->sealed_secret);
    *ret = k;
    return IAM_OK;
}

enum iam_status iam_dir_provider_new(struct iam_pool *pool, struct iam_str id,
                                     struct iam_str account, struct iam_dir_provider **ret)
{
    struct iam_dir_provider *p =
        pool->alloc.alloc(pool->alloc.ctx, sizeof(*p) + id.len + account.len);
    IAM_ENSURE(p != NULL, IAM_NOMEM);
    char *at = (char *)(p + 1);

    *p = (struct iam_dir_provider){ .item.kind = IAM_DIR_PROVIDER };
    p->id = copy_text(&at, id);
    p->account = copy_text(&at, account);
    *ret = p;
    return IAM_OK;
}

enum iam_status iam_dir_key_copy(const struct iam_dir_key *key, struct iam_arena *arena,
                                 struct iam_directory_key *ret)
{
    struct iam_directory_key copy = { .is_active = key->key.is_active };

    IAM_TRY(iam_arena_dup(arena, key->key.account, &copy.account));
    IAM_TRY(iam_arena_dup(arena, key->key.owner_id, &copy.owner_id));
    IAM_TRY(iam_arena_dup(arena, key->key.sealed_secret, &copy.sealed_secret));
    *ret = copy;
    return IAM_OK;
}
