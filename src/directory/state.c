/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records and the maps of what was loaded: making, filling, forgetting.
 * INVARIANT: use_count of a policy or group is the number of times that facts of records name it,
 * so a record that is gone and unused can be freed.
 */
#include "directory/directory_int.h"

enum iam_status iam_dir_state_new(const struct iam_alloc *alloc, uint64_t seed,
                                  struct iam_dir_state **ret)
{
    struct iam_dir_state *s = alloc->alloc(alloc->ctx, sizeof(*s));
    IAM_ENSURE(s != NULL, IAM_NOMEM);

    *s = (struct iam_dir_state){ .alloc = alloc };
    struct iam_map *maps[] = { &s->ids,      &s->arns,   &s->keys,    &s->policy_arns,
                               &s->policies, &s->groups, &s->subjects };
    for (size_t i = 0; i < IAM_COUNT(maps); i++) {
        iam_map_init(maps[i], alloc, seed);
    }
    *ret = s;
    return IAM_OK;
}

static void free_record(const struct iam_dir_state *state, void *record)
{
    state->alloc->free(state->alloc->ctx, record);
}

static void free_policy(const struct iam_dir_state *state, struct iam_dir_policy *policy)
{
    iam_policy_unref(policy->visible);
    iam_policy_unref(policy->policy);
    free_record(state, policy);
}

static void free_group(const struct iam_dir_state *state, struct iam_dir_group *group)
{
    iam_facts_unref(group->facts);
    free_record(state, group);
}

static void unref_view(struct iam_dir_view *view)
{
    if (view != NULL) {
        iam_view_unref(&view->view);
    }
}

static void free_subject(const struct iam_dir_state *state, struct iam_dir_subject *subject)
{
    unref_view(subject->visible);
    unref_view(subject->next);
    iam_facts_unref(subject->facts);
    free_record(state, subject);
}

static void free_records(struct iam_dir_state *s)
{
    struct iam_str key;
    void *value;

    for (size_t pos = 0; iam_map_next(&s->subjects, &pos, &key, &value);) {
        free_subject(s, value);
    }
    for (size_t pos = 0; iam_map_next(&s->groups, &pos, &key, &value);) {
        free_group(s, value);
    }
    for (size_t pos = 0; iam_map_next(&s->policies, &pos, &key, &value);) {
        free_policy(s, value);
    }
    for (size_t pos = 0; iam_map_next(&s->keys, &pos, &key, &value);) {
        free_record(s, value);
    }
}

void iam_dir_state_free(struct iam_dir_state *s)
{
    if (s == NULL) {
        return;
    }
    free_records(s);
    struct iam_map *maps[] = { &s->ids,      &s->arns,   &s->keys,    &s->policy_arns,
                               &s->policies, &s->groups, &s->subjects };
    for (size_t i = 0; i < IAM_COUNT(maps); i++) {
        iam_map_done(maps[i]);
    }
    s->alloc->free(s->alloc->ctx, s);
}

/* Copies s to *at, which moves behind it. */
static struct iam_str copy_text(char **at, struct iam_str s)
{
    struct iam_str copy = { *at, s.len };

    if (s.len > 0) {
        memcpy(*at, s.p, s.len);
        *at += s.len;
    }
    return copy;
}

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

/* Puts a new record into map; frees it when that fails. */
static enum iam_status add_record(struct iam_dir_state *state, struct iam_map *map,
                                  const struct iam_unique_id *id, void *record)
{
    enum iam_status st = iam_map_put(map, iam_id_str(id), record, NULL);

    if (st != IAM_OK) {
        free_record(state, record);
    }
    return st;
}

enum iam_status iam_dir_group_take(struct iam_dir_state *state, struct iam_str id,
                                   struct iam_dir_group **ret)
{
    struct iam_dir_group *group = iam_map_get(&state->groups, id);
    struct iam_unique_id copy;

    if (group == NULL) {
        IAM_ENSURE(copy_id(id, &copy), IAM_CORRUPT);
        group = state->alloc->alloc(state->alloc->ctx, sizeof(*group));
        IAM_ENSURE(group != NULL, IAM_NOMEM);
        *group = (struct iam_dir_group){ .id = copy };
        IAM_TRY(add_record(state, &state->groups, &group->id, group));
    }
    *ret = group;
    return IAM_OK;
}

enum iam_status iam_dir_subject_take(struct iam_dir_state *state, struct iam_str id,
                                     struct iam_dir_subject **ret)
{
    struct iam_dir_subject *subject = iam_map_get(&state->subjects, id);
    struct iam_unique_id copy;

    if (subject == NULL) {
        IAM_ENSURE(copy_id(id, &copy), IAM_CORRUPT);
        subject = state->alloc->alloc(state->alloc->ctx, sizeof(*subject));
        IAM_ENSURE(subject != NULL, IAM_NOMEM);
        *subject = (struct iam_dir_subject){ .id = copy };
        IAM_TRY(add_record(state, &state->subjects, &subject->id, subject));
    }
    *ret = subject;
    return IAM_OK;
}

enum iam_status iam_dir_policy_take(struct iam_dir_state *state, struct iam_str id,
                                    struct iam_str account, struct iam_str arn,
                                    struct iam_dir_policy **ret)
{
    struct iam_dir_policy *policy = iam_map_get(&state->policies, id);
    struct iam_unique_id copy;

    if (policy == NULL) {
        IAM_ENSURE(copy_id(id, &copy), IAM_CORRUPT);
        policy = state->alloc->alloc(state->alloc->ctx, sizeof(*policy) + account.len + arn.len);
        IAM_ENSURE(policy != NULL, IAM_NOMEM);
        char *at = (char *)(policy + 1);
        *policy = (struct iam_dir_policy){ .id = copy, .is_gone = true };
        policy->account = copy_text(&at, account);
        policy->arn = copy_text(&at, arn);
        IAM_TRY(add_record(state, &state->policies, &policy->id, policy));
    }
    *ret = policy;
    return IAM_OK;
}

void iam_dir_policy_drop(struct iam_dir_state *state, struct iam_dir_policy *policy)
{
    (void)iam_map_remove(&state->policies, iam_id_str(&policy->id));
    free_policy(state, policy);
}

void iam_dir_group_drop(struct iam_dir_state *state, struct iam_dir_group *group)
{
    (void)iam_map_remove(&state->groups, iam_id_str(&group->id));
    free_group(state, group);
}

void iam_dir_subject_drop(struct iam_dir_state *state, struct iam_dir_subject *subject)
{
    (void)iam_map_remove(&state->subjects, iam_id_str(&subject->id));
    free_subject(state, subject);
}

/* Puts facts (moved in; may be NULL) in the place of what *slot holds. */
static void replace_facts(struct iam_facts **slot, struct iam_facts *facts)
{
    struct iam_facts *old = *slot;

    if (facts != NULL) {
        iam_facts_claim(facts);
    }
    if (old != NULL) {
        iam_facts_release(old);
        iam_facts_unref(old);
    }
    *slot = facts;
}

void iam_dir_group_fill(struct iam_dir_group *group, struct iam_facts *facts)
{
    replace_facts(&group->facts, facts);
}

void iam_dir_subject_fill(struct iam_dir_subject *subject, struct iam_facts *facts)
{
    replace_facts(&subject->facts, facts);
}

enum iam_status iam_dir_key_new(const struct iam_alloc *alloc, const struct iam_access_key *key,
                                struct iam_dir_key **ret)
{
    size_t bytes = key->id.len + key->account.len + key->owner_id.len + key->sealed_secret.len;
    struct iam_dir_key *k = alloc->alloc(alloc->ctx, sizeof(*k) + bytes);
    IAM_ENSURE(k != NULL, IAM_NOMEM);
    char *at = (char *)(k + 1);

    *k = (struct iam_dir_key){ .key.is_active = key->is_active };
    k->id = copy_text(&at, key->id);
    k->key.account = copy_text(&at, key->account);
    k->key.owner_id = copy_text(&at, key->owner_id);
    k->key.sealed_secret = copy_text(&at, key->sealed_secret);
    *ret = k;
    return IAM_OK;
}
