/* SPDX-License-Identifier: Apache-2.0 */
/* The maps and the ring of what is kept: adding, finding out who holds it, forgetting. */
#include "directory/kept_int.h"

#define MAPS(s)                                                                                \
    {                                                                                          \
        &(s)->ids, &(s)->arns, &(s)->keys, &(s)->providers, &(s)->policy_arns, &(s)->policies, \
            &(s)->groups                                                                       \
    }

enum iam_status iam_dir_state_new(struct iam_pool *pool, int64_t seq, struct iam_dir_state **ret)
{
    struct iam_dir_state *s = pool->alloc.alloc(pool->alloc.ctx, sizeof(*s));
    IAM_ENSURE(s != NULL, IAM_NOMEM);

    *s = (struct iam_dir_state){ .pool = pool, .seq = seq };
    struct iam_map *maps[] = MAPS(s);
    for (size_t i = 0; i < IAM_COUNT(maps); i++) {
        iam_map_init(maps[i], &pool->alloc, pool->seed);
    }
    *ret = s;
    return IAM_OK;
}

void iam_dir_state_free(struct iam_dir_state *s)
{
    if (s == NULL) {
        return;
    }
    while (s->hand != NULL) {
        iam_dir_state_drop(s, s->hand);
    }
    struct iam_map *maps[] = MAPS(s);
    for (size_t i = 0; i < IAM_COUNT(maps); i++) {
        iam_map_done(maps[i]);
    }
    s->pool->alloc.free(s->pool->alloc.ctx, s);
}

/* ---- items --------------------------------------------------------------------------- */

struct iam_dir_view *iam_dir_item_view(struct iam_dir_item *item)
{
    return (struct iam_dir_view *)((char *)item - offsetof(struct iam_dir_view, item));
}

struct iam_dir_key *iam_dir_item_key(struct iam_dir_item *item)
{
    return (struct iam_dir_key *)((char *)item - offsetof(struct iam_dir_key, item));
}

struct iam_dir_provider *iam_dir_item_provider(struct iam_dir_item *item)
{
    return (struct iam_dir_provider *)((char *)item - offsetof(struct iam_dir_provider, item));
}

struct iam_dir_source *iam_dir_item_source(struct iam_dir_item *item)
{
    return (struct iam_dir_source *)((char *)item - offsetof(struct iam_dir_source, item));
}

bool iam_dir_item_is_idle(struct iam_dir_item *item)
{
    switch (item->kind) {
    case IAM_DIR_VIEW:
        return atomic_load(&iam_dir_item_view(item)->refs) == 1;
    case IAM_DIR_POLICY:
    case IAM_DIR_GROUP:
        return atomic_load(&iam_dir_item_source(item)->refs) == 1;
    case IAM_DIR_KEY:
    case IAM_DIR_PROVIDER:
    case IAM_DIR_KINDS:
        break;
    }
    return true;
}

/* Removes the entry of key unless it is of something else by now. */
static void forget(struct iam_map *map, struct iam_str key, const void *value)
{
    if (iam_map_get(map, key) == value) {
        (void)iam_map_remove(map, key);
    }
}

static void drop_view(struct iam_dir_state *state, struct iam_dir_view *view)
{
    forget(&state->ids, view->view.id, view);
    forget(&state->arns, view->view.arn, view);
    iam_dir_view_unref(view);
}

static void drop_key(struct iam_dir_state *state, struct iam_dir_key *key)
{
    forget(&state->keys, key->id, key);
    state->pool->alloc.free(state->pool->alloc.ctx, key);
}

static void drop_provider(struct iam_dir_state *state, struct iam_dir_provider *provider)
{
    forget(&state->providers, provider->id, provider);
    state->pool->alloc.free(state->pool->alloc.ctx, provider);
}

static void drop_source(struct iam_dir_state *state, struct iam_dir_source *source)
{
    bool is_policy = source->item.kind == IAM_DIR_POLICY;

    forget(is_policy ? &state->policies : &state->groups, iam_id_str(&source->id), source);
    if (is_policy) {
        forget(&state->policy_arns, source->arn, source);
    }
    iam_dir_source_unref(source);
}

void iam_dir_state_drop(struct iam_dir_state *state, struct iam_dir_item *item)
{
    iam_dir_ring_remove(state, item);
    switch (item->kind) {
    case IAM_DIR_VIEW:
        drop_view(state, iam_dir_item_view(item));
        break;
    case IAM_DIR_KEY:
        drop_key(state, iam_dir_item_key(item));
        break;
    case IAM_DIR_PROVIDER:
        drop_provider(state, iam_dir_item_provider(item));
        break;
    case IAM_DIR_POLICY:
    case IAM_DIR_GROUP:
        drop_source(state, iam_dir_item_source(item));
        break;
    case IAM_DIR_KINDS:
        break;
    }
}

/* ---- adding -------------------------------------------------------------------------- */

enum iam_status iam_dir_state_add_view(struct iam_dir_state *state, struct iam_dir_view *view)
{
    struct iam_dir_view *others[] = { iam_map_get(&state->ids, view->view.id),
                                      iam_map_get(&state->arns, view->view.arn) };

    if (others[0] != NULL) {
        iam_dir_state_drop(state, &others[0]->item);
    }
    if (others[1] != NULL && others[1] != others[0]) {
        iam_dir_state_drop(state, &others[1]->item);
    }
    iam_dir_ring_add(state, &view->item);
    enum iam_status st = iam_map_put(&state->ids, view->view.id, view, NULL);
    if (st == IAM_OK) {
        st = iam_map_put(&state->arns, view->view.arn, view, NULL);
    }
    if (st != IAM_OK) {
        iam_dir_state_drop(state, &view->item);
    }
    return st;
}

enum iam_status iam_dir_state_add_key(struct iam_dir_state *state, struct iam_dir_key *key)
{
    struct iam_dir_key *other = iam_map_get(&state->keys, key->id);

    if (other != NULL) {
        iam_dir_state_drop(state, &other->item);
    }
    iam_dir_ring_add(state, &key->item);
    enum iam_status st = iam_map_put(&state->keys, key->id, key, NULL);
    if (st != IAM_OK) {
        iam_dir_state_drop(state, &key->item);
    }
    return st;
}

enum iam_status iam_dir_state_add_provider(struct iam_dir_state *state,
                                           struct iam_dir_provider *provider)
{
    struct iam_dir_provider *other = iam_map_get(&state->providers, provider->id);

    if (other != NULL) {
        iam_dir_state_drop(state, &other->item);
    }
    iam_dir_ring_add(state, &provider->item);
    enum iam_status st = iam_map_put(&state->providers, provider->id, provider, NULL);
    if (st != IAM_OK) {
        iam_dir_state_drop(state, &provider->item);
    }
    return st;
}

/*
 * Adds a source. The ARN may still lead to another policy, one that is suspect and gone: it leads
 * to the new one then.
 */
enum iam_status iam_dir_state_add_source(struct iam_dir_state *state, struct iam_dir_source *source)
{
    bool is_policy = source->item.kind == IAM_DIR_POLICY;
    struct iam_map *map = is_policy ? &state->policies : &state->groups;

    iam_dir_ring_add(state, &source->item);
    enum iam_status st = iam_map_put(map, iam_id_str(&source->id), source, NULL);
    if (st == IAM_OK && is_policy && !source->is_gone) {
        st = iam_map_put(&state->policy_arns, source->arn, source, NULL);
    }
    if (st != IAM_OK) {
        iam_dir_state_drop(state, &source->item);
    }
    return st;
}
