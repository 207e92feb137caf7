/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From facts to views. Sets whose policies are all shared (managed, or a group's) are compiled once
 * for all who have the same: their key is the marks of what is in them. Memory is all that building
 * needs, so a view whose policies changed is built again also when the store is away.
 */
#include "directory/load.h"

/* The entries and the dependencies of one view, being collected. */
struct collector {
    struct iam_set_entry *entries;
    const struct iam_dir_source **managed; /* what each entry is the document of; NULL: inline */
    size_t count;
    struct iam_dir_dependency *dependencies; /* without references */
    size_t dependency_count;
    uint64_t *marks; /* of all that entries come from, in order */
    size_t mark_count;
    bool is_broken;
};

static void add_entry(struct collector *c, const struct iam_shared *document, struct iam_str name,
                      const struct iam_dir_source *managed)
{
    if (document == NULL) {
        c->is_broken = true;
        return;
    }
    c->managed[c->count] = managed;
    c->entries[c->count++] = (struct iam_set_entry){ .policy = document->policy, .name = name };
}

static void depend(struct collector *c, struct iam_dir_source *source)
{
    for (size_t i = 0; i < c->dependency_count; i++) {
        if (c->dependencies[i].source == source) {
            return;
        }
    }
    c->dependencies[c->dependency_count++] = (struct iam_dir_dependency){ source, source->mark };
}

/* Adds a managed policy, once however many ways it comes. */
static void add_managed(struct collector *c, struct iam_dir_source *managed)
{
    depend(c, managed);
    c->marks[c->mark_count++] = managed->mark;
    for (size_t i = 0; i < c->count; i++) {
        if (c->managed[i] == managed) {
            return;
        }
    }
    add_entry(c, managed->document, managed->arn, managed);
}

static void add_grants(struct collector *c, const struct iam_facts *facts)
{
    c->is_broken = c->is_broken || facts->is_broken;
    for (size_t i = 0; i < facts->inline_count; i++) {
        add_entry(c, facts->inlines[i].document, facts->inlines[i].name, NULL);
    }
    for (size_t i = 0; i < facts->attached_count; i++) {
        add_managed(c, facts->attached[i]);
    }
}

static void add_group(struct collector *c, struct iam_dir_source *group)
{
    depend(c, group);
    c->marks[c->mark_count++] = group->mark;
    if (group->facts == NULL) {
        c->is_broken = true;
    } else {
        add_grants(c, group->facts);
    }
}

/* Returns a number that neither the entries nor the dependencies nor the marks exceed. */
static size_t max_parts(const struct iam_facts *facts)
{
    size_t max = facts->inline_count + facts->attached_count + facts->group_count + 1;

    for (size_t i = 0; i < facts->group_count; i++) {
        const struct iam_facts *group = facts->groups[i]->facts;
        max += group != NULL ? group->inline_count + group->attached_count : 0;
    }
    return max;
}

static enum iam_status collect(struct iam_dir_pass *pass, const struct iam_facts *facts,
                               struct collector *ret)
{
    size_t max = max_parts(facts);
    struct collector c = {
        .entries = iam_arena_zalloc(&pass->arena, max, sizeof(*c.entries)),
        .managed = iam_arena_zalloc(&pass->arena, max, sizeof(struct iam_dir_source *)),
        .dependencies = iam_arena_zalloc(&pass->arena, max, sizeof(*c.dependencies)),
        .marks = iam_arena_zalloc(&pass->arena, max, sizeof(*c.marks)),
    };

    IAM_ENSURE(c.entries != NULL && c.managed != NULL && c.dependencies != NULL && c.marks != NULL,
               IAM_NOMEM);
    add_grants(&c, facts);
    for (size_t i = 0; i < facts->group_count; i++) {
        add_group(&c, facts->groups[i]);
    }
    if (facts->boundary != NULL) {
        depend(&c, facts->boundary);
    }
    *ret = c;
    return IAM_OK;
}

/* ---- sets ------------------------------------------------------------------------------ */

/* Fills a layer of a view with a set, which is shared with all views that need the same one. */
static enum iam_status share_set(struct iam_dir_pass *pass, const uint64_t *marks,
                                 size_t mark_count, const struct iam_set_entry *entries,
                                 size_t count, struct iam_shared **slot,
                                 struct iam_policy_set **set)
{
    struct iam_str key = { (const char *)marks, mark_count * sizeof(*marks) };
    struct iam_shared *shared;

    IAM_TRY(iam_shared_set(pass->pool, key, entries, count, &shared));
    iam_policy_set_unref(*set);
    iam_shared_unref(*slot);
    *slot = shared;
    *set = iam_policy_set_ref(shared->set);
    return IAM_OK;
}

static enum iam_status empty_set(struct iam_dir_pass *pass, struct iam_shared **slot,
                                 struct iam_policy_set **set)
{
    return share_set(pass, NULL, 0, NULL, 0, slot, set);
}

/* Denies everything also to a caller that does not look at is_broken. */
static enum iam_status fill_broken(struct iam_dir_pass *pass, struct iam_dir_view *v)
{
    v->view.is_broken = true;
    IAM_TRY(empty_set(pass, &v->shared[IAM_DIR_IDENTITY], &v->view.identity));
    IAM_TRY(empty_set(pass, &v->shared[IAM_DIR_BOUNDARY], &v->view.boundary));
    return v->view.kind == IAM_KIND_ROLE
               ? empty_set(pass, &v->shared[IAM_DIR_TRUST], &v->view.trust)
               : IAM_OK;
}

static enum iam_status fill_identity(struct iam_dir_pass *pass, const struct iam_facts *facts,
                                     const struct collector *c, struct iam_dir_view *v)
{
    if (facts->inline_count > 0) {
        return iam_policy_set_new(&pass->pool->alloc, c->entries, c->count, &v->view.identity);
    }
    return share_set(pass, c->marks, c->mark_count, c->entries, c->count,
                     &v->shared[IAM_DIR_IDENTITY], &v->view.identity);
}

static enum iam_status fill_boundary(struct iam_dir_pass *pass,
                                     const struct iam_dir_source *boundary, struct iam_dir_view *v)
{
    if (boundary == NULL) {
        return IAM_OK;
    }
    IAM_ENSURE(boundary->document != NULL, IAM_NOT_FOUND);
    const struct iam_set_entry entry = { .policy = boundary->document->policy,
                                         .name = boundary->arn };
    return share_set(pass, &boundary->mark, 1, &entry, 1, &v->shared[IAM_DIR_BOUNDARY],
                     &v->view.boundary);
}

/* Fills all layers. IAM_LIMIT and the like mean that this one view cannot be compiled. */
static enum iam_status fill_sets(struct iam_dir_pass *pass, const struct iam_facts *facts,
                                 const struct collector *c, struct iam_dir_view *v)
{
    enum iam_status st = c->is_broken ? IAM_SYNTAX : fill_identity(pass, facts, c, v);

    if (st == IAM_OK) {
        st = fill_boundary(pass, facts->boundary, v);
    }
    IAM_ENSURE(st != IAM_NOMEM, IAM_NOMEM);
    return st != IAM_OK ? fill_broken(pass, v) : IAM_OK;
}

/* ---- the view -------------------------------------------------------------------------- */

/* Makes a view without the sets of its grants. */
static enum iam_status view_new(struct iam_facts *facts, const struct collector *c,
                                struct iam_dir_view **ret)
{
    const struct iam_alloc *alloc = &facts->pool->alloc;
    size_t bytes = c->dependency_count * sizeof(*c->dependencies);
    struct iam_dir_view *v = alloc->alloc(alloc->ctx, sizeof(*v) + bytes);
    IAM_ENSURE(v != NULL, IAM_NOMEM);

    *v = (struct iam_dir_view){ .item.kind = IAM_DIR_VIEW };
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
    atomic_init(&v->refs, 1);
    v->facts = iam_facts_ref(facts);
    v->dependency_count = c->dependency_count;
    for (size_t i = 0; i < c->dependency_count; i++) {
        v->dependencies[i] = c->dependencies[i];
        (void)iam_dir_source_ref(v->dependencies[i].source);
    }
    *ret = v;
    return IAM_OK;
}

enum iam_status iam_dir_view_build(struct iam_dir_pass *pass, struct iam_facts *facts,
                                   struct iam_dir_view **ret)
{
    struct iam_dir_view *v;
    struct collector c;
    enum iam_status st = IAM_OK;

    IAM_TRY(collect(pass, facts, &c));
    IAM_TRY(view_new(facts, &c, &v));
    if (v->view.kind != IAM_KIND_ACCOUNT) {
        st = fill_sets(pass, facts, &c, v);
    }
    if (st != IAM_OK) {
        iam_dir_view_unref(v);
        return st;
    }
    atomic_fetch_add_explicit(&pass->counters->built_views, 1, memory_order_relaxed);
    *ret = v;
    return IAM_OK;
}
