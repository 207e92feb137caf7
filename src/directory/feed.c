/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed. A row says which entity to look at, and that is enough: what is kept of it is
 * forgotten or becomes suspect, without reading it and without allocating, so that a change that is
 * known is in force.
 */
#include "directory/load.h"
#include "store/change.h"

/* More at once than this, and forgetting everything is better. */
#define CHANGES_MAX 10000

static void forget(struct iam_dir_state *state, const struct iam_map *map, struct iam_str id)
{
    struct iam_dir_view *view = iam_map_get(map, id);

    if (view != NULL) {
        iam_dir_state_drop(state, &view->item);
    }
}

static void forget_key(struct iam_dir_state *state, struct iam_str id)
{
    struct iam_dir_key *key = iam_map_get(&state->keys, id);

    if (key != NULL) {
        iam_dir_state_drop(state, &key->item);
    }
}

static void forget_provider(struct iam_dir_state *state, struct iam_str id)
{
    struct iam_dir_provider *provider = iam_map_get(&state->providers, id);

    if (provider != NULL) {
        iam_dir_state_drop(state, &provider->item);
    }
}

/* Makes a source suspect. list is NULL when nobody will read the suspects at once. */
static void suspect(const struct iam_map *map, struct iam_str id, struct iam_dir_suspects *list)
{
    struct iam_dir_source *source = iam_map_get(map, id);

    if (source == NULL || source->is_suspect) {
        return;
    }
    source->is_suspect = true;
    if (list != NULL) {
        list->items[list->count++] = source;
    }
}

static void apply(struct iam_dir_state *state, enum iam_kind kind, struct iam_str id,
                  struct iam_dir_suspects *list)
{
    switch (kind) {
    case IAM_KIND_ACCOUNT:
    case IAM_KIND_USER:
    case IAM_KIND_ROLE:
        forget(state, &state->ids, id);
        break;
    case IAM_KIND_GROUP:
        suspect(&state->groups, id, list);
        break;
    case IAM_KIND_POLICY:
        suspect(&state->policies, id, list);
        break;
    case IAM_KIND_ACCESS_KEY:
        forget_key(state, id);
        break;
    case IAM_KIND_OIDC_PROVIDER:
    case IAM_KIND_SAML_PROVIDER:
        forget_provider(state, id);
        break;
    default: /* nothing that is decided depends on another kind */
        break;
    }
}

enum iam_status iam_dir_apply_feed(struct iam_dir_pass *pass, struct iam_arena *arena,
                                   int64_t *ret_seq, struct iam_dir_suspects *ret)
{
    struct iam_dir_state *state = pass->state;
    struct iam_dir_suspects suspects = { 0 };
    struct iam_change_list list;
    int64_t last = 0;

    IAM_TRY(iam_store_change_last(pass->txn, &last));
    *ret_seq = last;
    *ret = suspects;
    if (last == state->seq) {
        return IAM_OK;
    }
    /* A store that has gone back is one that was put back from a copy. */
    IAM_ENSURE(last > state->seq, IAM_CONFLICT);
    IAM_TRY(iam_store_change_list(pass->txn, arena, state->seq, CHANGES_MAX, &list));
    IAM_ENSURE(!list.is_truncated, IAM_CONFLICT);
    /* the numbers have no gaps: a change that is missing may be any */
    IAM_ENSURE((int64_t)list.count == last - state->seq, IAM_CONFLICT);
    suspects.items = iam_arena_zalloc(arena, list.count, sizeof(struct iam_dir_source *));
    IAM_ENSURE(suspects.items != NULL, IAM_NOMEM);
    iam_dir_pass_lock(pass);
    for (size_t i = 0; i < list.count; i++) {
        apply(state, list.items[i].kind, list.items[i].id, &suspects);
    }
    state->seq = last;
    iam_dir_pass_unlock(pass);
    *ret = suspects;
    return IAM_OK;
}

void iam_dir_apply_changes(struct iam_dir_state *state, const struct iam_txn_changes *changes)
{
    while (changes->is_partial && state->hand != NULL) {
        iam_dir_state_drop(state, state->hand);
    }
    for (size_t i = 0; i < changes->count; i++) {
        apply(state, changes->items[i].kind, iam_id_str(&changes->items[i].id), NULL);
    }
}

void iam_dir_renew_all(struct iam_dir_pass *pass, const struct iam_dir_suspects *suspects)
{
    for (size_t i = 0; i < suspects->count; i++) {
        struct iam_dir_source *source = suspects->items[i];
        iam_arena_clear(&pass->arena);
        if (iam_dir_renew(pass, source) != IAM_OK) {
            return;
        }
        atomic_fetch_add_explicit(&pass->counters->refreshed_policies, 1, memory_order_relaxed);
        if (source->is_gone) {
            iam_dir_pass_lock(pass);
            iam_dir_state_drop(pass->state, &source->item);
            iam_dir_pass_unlock(pass);
        }
    }
}
