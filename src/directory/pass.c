/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pass touches, and how it becomes visible. The lists of a pass run through the records
 * themselves, so noting a change cannot fail.
 */
#include "directory/pass_int.h"

/* LIMIT: a part of a list (at most 1000 entities), and everything that is read of one entity. */
#define LIST_MAX_BYTES ((size_t)256 << 20)
#define ENTITY_MAX_BYTES ((size_t)64 << 20)

void iam_dir_pass_init(struct iam_dir_pass *pass, struct iam_dir_state *state, struct iam_txn *txn)
{
    *pass = (struct iam_dir_pass){ .state = state, .txn = txn };
    iam_arena_init(&pass->list, state->alloc, LIST_MAX_BYTES);
    iam_arena_init(&pass->entity, state->alloc, ENTITY_MAX_BYTES);
    iam_map_init(&pass->sets, state->alloc, state->subjects.seed);
}

void iam_dir_pass_policy(struct iam_dir_pass *pass, struct iam_dir_policy *policy)
{
    if (!policy->is_changed) {
        policy->is_changed = true;
        policy->next_changed = pass->policies;
        pass->policies = policy;
    }
}

void iam_dir_pass_group(struct iam_dir_pass *pass, struct iam_dir_group *group)
{
    if (!group->is_changed) {
        group->is_changed = true;
        group->next_changed = pass->groups;
        pass->groups = group;
    }
}

void iam_dir_pass_subject(struct iam_dir_pass *pass, struct iam_dir_subject *subject)
{
    if (!subject->is_queued) {
        subject->is_queued = true;
        subject->next_queued = pass->subjects;
        pass->subjects = subject;
    }
}

static void push_key(struct iam_dir_key **list, struct iam_dir_key *key)
{
    key->next = *list;
    *list = key;
}

static struct iam_dir_key *pop_key(struct iam_dir_key **list)
{
    struct iam_dir_key *key = *list;

    if (key != NULL) {
        *list = key->next;
    }
    return key;
}

void iam_dir_pass_key(struct iam_dir_pass *pass, struct iam_str id, struct iam_dir_key *key)
{
    struct iam_dir_key *old = iam_map_get(&pass->state->keys, id);

    if (old != NULL) {
        push_key(&pass->keys_out, old);
    }
    if (key != NULL) {
        push_key(&pass->keys_in, key);
    }
}

/* ---- who is touched ------------------------------------------------------------------ */

static bool is_attached_changed(const struct iam_facts *facts)
{
    for (size_t i = 0; i < facts->attached_count; i++) {
        if (facts->attached[i]->is_changed) {
            return true;
        }
    }
    return false;
}

static bool is_touched(const struct iam_facts *facts)
{
    if ((facts->boundary != NULL && facts->boundary->is_changed) || is_attached_changed(facts)) {
        return true;
    }
    for (size_t i = 0; i < facts->group_count; i++) {
        if (facts->groups[i]->is_changed) {
            return true;
        }
    }
    return false;
}

static bool is_policy_used(const struct iam_dir_pass *pass)
{
    const struct iam_dir_policy *policy = pass->policies;

    while (policy != NULL && policy->use_count == 0) {
        policy = policy->next_changed;
    }
    return policy != NULL;
}

static bool is_group_used(const struct iam_dir_pass *pass)
{
    const struct iam_dir_group *group = pass->groups;

    while (group != NULL && group->use_count == 0) {
        group = group->next_changed;
    }
    return group != NULL;
}

/* A look at every record is much cheaper than lists of users kept for every policy and group. */
static void fan_out(struct iam_dir_pass *pass)
{
    struct iam_str key;
    void *value;

    if (is_policy_used(pass)) {
        for (size_t pos = 0; iam_map_next(&pass->state->groups, &pos, &key, &value);) {
            struct iam_dir_group *group = value;
            if (group->facts != NULL && is_attached_changed(group->facts)) {
                iam_dir_pass_group(pass, group);
            }
        }
    } else if (!is_group_used(pass)) {
        return;
    }
    for (size_t pos = 0; iam_map_next(&pass->state->subjects, &pos, &key, &value);) {
        struct iam_dir_subject *subject = value;
        if (subject->facts != NULL && is_touched(subject->facts)) {
            iam_dir_pass_subject(pass, subject);
        }
    }
}

enum iam_status iam_dir_pass_build(struct iam_dir_pass *pass)
{
    fan_out(pass);
    for (struct iam_dir_subject *s = pass->subjects; s != NULL; s = s->next_queued) {
        if (s->facts != NULL) {
            IAM_TRY(iam_dir_view_build(pass, s, &s->next));
        }
    }
    return IAM_OK;
}

/* ---- making it visible --------------------------------------------------------------- */

/* Everything that changes goes out first, so that a name can pass from one entity to another. */
static void hide_old(struct iam_dir_pass *pass)
{
    struct iam_dir_state *state = pass->state;
    struct iam_dir_key *key;

    for (struct iam_dir_subject *s = pass->subjects; s != NULL; s = s->next_queued) {
        if (s->visible != NULL) {
            (void)iam_map_remove(&state->ids, s->visible->facts->id);
            (void)iam_map_remove(&state->arns, s->visible->facts->arn);
        }
    }
    for (struct iam_dir_policy *p = pass->policies; p != NULL; p = p->next_changed) {
        if (iam_map_get(&state->policy_arns, p->arn) == p) {
            (void)iam_map_remove(&state->policy_arns, p->arn);
        }
    }
    while ((key = pop_key(&pass->keys_out)) != NULL) {
        (void)iam_map_remove(&state->keys, key->id);
        push_key(&pass->keys_dead, key);
    }
}

/* Nothing may be there under the key yet. */
static enum iam_status show(struct iam_map *map, struct iam_str key, void *value)
{
    IAM_ENSURE(iam_map_get(map, key) == NULL, IAM_CORRUPT);
    return iam_map_put(map, key, value, NULL);
}

static enum iam_status show_subject(struct iam_dir_state *state, struct iam_dir_view *view)
{
    IAM_TRY(show(&state->ids, view->facts->id, view));
    return show(&state->arns, view->facts->arn, view);
}

static enum iam_status show_policy(struct iam_dir_state *state, struct iam_dir_policy *policy)
{
    iam_policy_unref(policy->visible);
    policy->visible = policy->policy != NULL ? iam_policy_ref(policy->policy) : NULL;
    return policy->is_gone ? IAM_OK : show(&state->policy_arns, policy->arn, policy);
}

static enum iam_status show_keys(struct iam_dir_pass *pass)
{
    struct iam_dir_key *key;

    while ((key = pop_key(&pass->keys_in)) != NULL) {
        enum iam_status st = show(&pass->state->keys, key->id, key);
        if (st != IAM_OK) {
            push_key(&pass->keys_dead, key);
            return st;
        }
    }
    return IAM_OK;
}

enum iam_status iam_dir_pass_commit(struct iam_dir_pass *pass)
{
    hide_old(pass);
    for (struct iam_dir_subject *s = pass->subjects; s != NULL; s = s->next_queued) {
        struct iam_dir_view *old = s->visible;
        s->visible = s->next;
        s->next = old;
        if (s->visible != NULL) {
            IAM_TRY(show_subject(pass->state, s->visible));
        }
    }
    for (struct iam_dir_policy *p = pass->policies; p != NULL; p = p->next_changed) {
        IAM_TRY(show_policy(pass->state, p));
    }
    IAM_TRY(show_keys(pass));
    pass->is_committed = true;
    return IAM_OK;
}

/* ---- the end ------------------------------------------------------------------------- */

static void end_subjects(struct iam_dir_pass *pass)
{
    while (pass->subjects != NULL) {
        struct iam_dir_subject *s = pass->subjects;
        pass->subjects = s->next_queued;
        s->is_queued = false;
        if (s->next != NULL) {
            iam_view_unref(&s->next->view);
            s->next = NULL;
        }
        if (pass->is_committed && s->facts == NULL) {
            iam_dir_subject_drop(pass->state, s);
        }
    }
}

/* A record that is gone but still used stays, and breaks the views that need it. */
static void end_groups(struct iam_dir_pass *pass)
{
    while (pass->groups != NULL) {
        struct iam_dir_group *group = pass->groups;
        pass->groups = group->next_changed;
        group->is_changed = false;
        if (pass->is_committed && group->facts == NULL && group->use_count == 0) {
            iam_dir_group_drop(pass->state, group);
        }
    }
}

static void end_policies(struct iam_dir_pass *pass)
{
    while (pass->policies != NULL) {
        struct iam_dir_policy *policy = pass->policies;
        pass->policies = policy->next_changed;
        policy->is_changed = false;
        if (pass->is_committed && policy->is_gone && policy->use_count == 0) {
            iam_dir_policy_drop(pass->state, policy);
        }
    }
}

static void free_keys(const struct iam_alloc *alloc, struct iam_dir_key **list)
{
    struct iam_dir_key *key;

    while ((key = pop_key(list)) != NULL) {
        alloc->free(alloc->ctx, key);
    }
}

void iam_dir_pass_done(struct iam_dir_pass *pass)
{
    const struct iam_alloc *alloc = pass->state->alloc;

    end_subjects(pass);
    end_groups(pass);
    end_policies(pass);
    free_keys(alloc, &pass->keys_in);
    free_keys(alloc, &pass->keys_dead);
    iam_dir_sets_clear(&pass->sets);
    iam_arena_done(&pass->entity);
    iam_arena_done(&pass->list);
}
