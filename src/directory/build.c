/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From facts to views. Sets whose policies are all shared (managed, or a group's) are compiled once
 * in a pass, however many subjects have them: a new version of a policy that everybody has costs
 * one compilation for each combination of policies, not one for each user.
 */
#include "directory/pass_int.h"

/* A set kept for sharing; its key in the map is the array of policies. */
struct shared_set {
    struct iam_policy_set *set;
    const struct iam_policy *policies[];
};

/* The entries of one subject, being collected. */
struct collector {
    struct iam_set_entry *entries;
    size_t count;
    bool is_broken;
};

static void add(struct collector *c, struct iam_policy *policy, struct iam_str name)
{
    if (policy == NULL) {
        c->is_broken = true;
        return;
    }
    c->entries[c->count++] = (struct iam_set_entry){ .policy = policy, .name = name };
}

/* A managed policy that comes in two ways counts once. */
static void add_once(struct collector *c, const struct iam_dir_policy *managed)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->entries[i].policy == managed->policy) {
            return;
        }
    }
    add(c, managed->policy, managed->arn);
}

static void add_grants(struct collector *c, const struct iam_facts *facts)
{
    c->is_broken = c->is_broken || facts->is_broken;
    for (size_t i = 0; i < facts->inline_count; i++) {
        add(c, facts->inlines[i].policy, facts->inlines[i].name);
    }
    for (size_t i = 0; i < facts->attached_count; i++) {
        add_once(c, facts->attached[i]);
    }
}

static size_t max_entries(const struct iam_facts *facts)
{
    size_t max = facts->inline_count + facts->attached_count;

    for (size_t i = 0; i < facts->group_count; i++) {
        const struct iam_facts *group = facts->groups[i]->facts;
        max += group != NULL ? group->inline_count + group->attached_count : 0;
    }
    return max;
}

static enum iam_status collect(struct iam_dir_pass *pass, const struct iam_facts *facts,
                               struct collector *ret)
{
    struct collector c = { 0 };

    c.entries = iam_arena_zalloc(&pass->entity, max_entries(facts), sizeof(*c.entries));
    IAM_ENSURE(c.entries != NULL, IAM_NOMEM);
    add_grants(&c, facts);
    for (size_t i = 0; i < facts->group_count; i++) {
        if (facts->groups[i]->facts == NULL) {
            c.is_broken = true;
        } else {
            add_grants(&c, facts->groups[i]->facts);
        }
    }
    *ret = c;
    return IAM_OK;
}

/* Moves the set in, for others of this pass. */
static enum iam_status keep_set(struct iam_dir_pass *pass, struct iam_str key,
                                struct iam_policy_set *set)
{
    const struct iam_alloc *alloc = pass->state->alloc;
    struct shared_set *shared = alloc->alloc(alloc->ctx, sizeof(*shared) + key.len);

    if (shared == NULL) {
        iam_policy_set_unref(set);
        return IAM_NOMEM;
    }
    shared->set = set;
    memcpy(shared->policies, key.p, key.len);
    struct iam_str own = { (const char *)shared->policies, key.len };
    enum iam_status st = iam_map_put(&pass->sets, own, shared, NULL);
    if (st != IAM_OK) {
        iam_policy_set_unref(set);
        alloc->free(alloc->ctx, shared);
    }
    return st;
}

void iam_dir_sets_clear(struct iam_map *sets)
{
    const struct iam_alloc *alloc = sets->alloc;
    struct iam_str key;
    void *value;

    for (size_t pos = 0; iam_map_next(sets, &pos, &key, &value);) {
        struct shared_set *shared = value;
        iam_policy_set_unref(shared->set);
        alloc->free(alloc->ctx, shared);
    }
    iam_map_done(sets);
}

/* A reference to the set of these policies. They are as good as a key: a pass does not free any. */
static enum iam_status shared_set(struct iam_dir_pass *pass, const struct iam_set_entry *entries,
                                  size_t count, struct iam_policy_set **ret)
{
    const struct iam_policy **policies =
        iam_arena_zalloc(&pass->entity, count, sizeof(struct iam_policy *));
    IAM_ENSURE(policies != NULL, IAM_NOMEM);
    for (size_t i = 0; i < count; i++) {
        policies[i] = entries[i].policy;
    }
    struct iam_str key = { (const char *)policies, count * sizeof(struct iam_policy *) };
    const struct shared_set *shared = iam_map_get(&pass->sets, key);
    struct iam_policy_set *set;
    if (shared == NULL) {
        IAM_TRY(iam_policy_set_new(pass->state->alloc, entries, count, &set));
        IAM_TRY(keep_set(pass, key, set));
    } else {
        set = shared->set;
    }
    *ret = iam_policy_set_ref(set);
    return IAM_OK;
}

/* A set that allows nothing takes the place of what *set holds. */
static enum iam_status empty_set(struct iam_dir_pass *pass, struct iam_policy_set **set)
{
    iam_policy_set_unref(*set);
    *set = NULL;
    return shared_set(pass, NULL, 0, set);
}

/* Denies everything also to a caller that does not look at is_broken. */
static enum iam_status fill_broken(struct iam_dir_pass *pass, struct iam_view *view)
{
    view->is_broken = true;
    IAM_TRY(empty_set(pass, &view->identity));
    IAM_TRY(empty_set(pass, &view->boundary));
    return view->kind == IAM_KIND_ROLE ? empty_set(pass, &view->trust) : IAM_OK;
}

/* IAM_LIMIT and the like mean that this one view cannot be compiled. */
static enum iam_status fill_sets(struct iam_dir_pass *pass, const struct iam_facts *facts,
                                 struct iam_view *view)
{
    struct collector c;
    enum iam_status st = IAM_OK;

    IAM_TRY(collect(pass, facts, &c));
    if (!c.is_broken && facts->inline_count == 0) {
        st = shared_set(pass, c.entries, c.count, &view->identity);
    } else if (!c.is_broken) {
        st = iam_policy_set_new(pass->state->alloc, c.entries, c.count, &view->identity);
    }
    IAM_ENSURE(st != IAM_NOMEM, st);
    if (st == IAM_OK && !c.is_broken && facts->boundary != NULL) {
        const struct iam_set_entry entry = { .policy = facts->boundary->policy,
                                             .name = facts->boundary->arn };
        st = entry.policy != NULL ? shared_set(pass, &entry, 1, &view->boundary) : IAM_NOT_FOUND;
        IAM_ENSURE(st != IAM_NOMEM, st);
    }
    return st != IAM_OK || c.is_broken ? fill_broken(pass, view) : IAM_OK;
}

/* A view without its sets. */
static enum iam_status view_new(const struct iam_alloc *alloc, struct iam_facts *facts,
                                struct iam_dir_view **ret)
{
    struct iam_dir_view *v = alloc->alloc(alloc->ctx, sizeof(*v));
    IAM_ENSURE(v != NULL, IAM_NOMEM);

    v->view = (struct iam_view){
        .kind = facts->kind,
        .account = facts->account,
        .id = facts->id,
        .name = facts->name,
        .arn = facts->arn,
        .tags = facts->tags,
        .tag_count = facts->tag_count,
        .trust = facts->trust != NULL ? iam_policy_set_ref(facts->trust) : NULL,
    };
    atomic_init(&v->ref_count, 1);
    v->facts = iam_facts_ref(facts);
    *ret = v;
    return IAM_OK;
}

enum iam_status iam_dir_view_build(struct iam_dir_pass *pass, const struct iam_dir_subject *subject,
                                   struct iam_dir_view **ret)
{
    struct iam_dir_view *v;
    enum iam_status st = IAM_OK;

    iam_arena_clear(&pass->entity);
    IAM_TRY(view_new(pass->state->alloc, subject->facts, &v));
    if (v->view.kind != IAM_KIND_ACCOUNT) {
        st = fill_sets(pass, subject->facts, &v->view);
    }
    if (st != IAM_OK) {
        iam_view_unref(&v->view);
        return st;
    }
    *ret = v;
    return IAM_OK;
}

void iam_view_unref(const struct iam_view *view)
{
    if (view == NULL) {
        return;
    }
    /* Views are made writable; only what is handed out is const. */
    struct iam_dir_view *v = (struct iam_dir_view *)(uintptr_t)view;
    if (atomic_fetch_sub_explicit(&v->ref_count, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct iam_alloc *alloc = v->facts->alloc;
    iam_policy_set_unref(v->view.identity);
    iam_policy_set_unref(v->view.boundary);
    iam_policy_set_unref(v->view.trust);
    iam_facts_unref(v->facts);
    alloc->free(alloc->ctx, v);
}
