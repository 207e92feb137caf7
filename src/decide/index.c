/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling the index. Every statement becomes postings: one for each pair of an action pattern and
 * a resource pattern, sorted by action and then by the resource's literal beginning.
 *
 * INVARIANT: the number of postings is linear in the size of the documents, and the postings of one
 * statement that one request can reach are bounded, so that no document makes a decision quadratic.
 */
#include "base/sort.h"
#include "decide/set.h"

/* LIMIT: wildcard patterns of one element before the element is looked at as a whole. */
#define MAX_WILD 16
/* LIMIT: postings for each pattern written. */
#define MAX_FANOUT 8
/* LIMIT: postings of one set and effect. */
#define MAX_POSTINGS IAM_TRIE_MAX_ITEMS

struct raw {
    struct iam_str action; /* the pattern; empty for IAM_GROUP_WHOLE */
    struct iam_str action_key;
    struct iam_str resource_key;
    struct iam_str resource; /* the pattern; empty for IAM_POSTING_WHOLE */
    struct iam_posting posting;
};

struct build {
    struct iam_policy_set *set;
    struct iam_arena *scratch;
    struct raw *raws;
    const void **sorted; /* of struct raw */
    size_t count;
};

static uint32_t wild_actions(const struct iam_statement *s)
{
    const char *at = iam_statement_actions(s);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->action_count; i++) {
        struct iam_str action = iam_action_next(&at);
        n += iam_literal_len(action) < action.len;
    }
    return n;
}

static uint32_t wild_resources(const struct iam_statement *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->resource_count; i++) {
        const struct iam_pattern *p = &iam_statement_resources(s)[i];
        n += p->tail != IAM_TAIL_LITERAL || !p->literal_head;
    }
    return n;
}

/* Counts the postings for the actions of s: 1 with *ret_whole, or one for each. */
static uint32_t action_postings(const struct iam_statement *s, bool *ret_whole)
{
    *ret_whole = s->not_action || wild_actions(s) > MAX_WILD;
    return *ret_whole ? 1 : s->action_count;
}

static uint32_t resource_postings(const struct iam_statement *s, uint32_t actions, bool *ret_whole)
{
    uint64_t all = (uint64_t)actions * s->resource_count;
    *ret_whole = s->not_resource || !s->has_resource || wild_resources(s) > MAX_WILD ||
                 all > MAX_FANOUT * ((uint64_t)actions + s->resource_count);
    return *ret_whole ? 1 : s->resource_count;
}

static size_t count_postings(const struct iam_policy_set *set, bool deny)
{
    size_t n = 0;
    bool whole;
    for (size_t i = 0; i < set->statement_count; i++) {
        const struct iam_statement *s = set->statements[i].statement;
        if (s->deny == deny) {
            uint32_t actions = action_postings(s, &whole);
            n += (size_t)actions * resource_postings(s, actions, &whole);
        }
    }
    return n;
}

/* Returns the literal beginning of the sixth part; nothing for a pattern without one. */
static struct iam_str resource_key(const struct iam_pattern *p)
{
    if (p->parts < IAM_ARN_PARTS) {
        return IAM_STR("");
    }
    return iam_str_sub(iam_pattern_text(p), (size_t)p->colon[IAM_ARN_PARTS - 2] + 1,
                       p->tail_literal);
}

static void add_postings(struct build *b, uint32_t statement)
{
    const struct iam_statement *s = b->set->statements[statement].statement;
    const char *at = iam_statement_actions(s);
    bool whole_action;
    bool whole_resource;
    uint32_t actions = action_postings(s, &whole_action);
    uint32_t resources = resource_postings(s, actions, &whole_resource);
    for (uint32_t a = 0; a < actions; a++) {
        struct iam_str action = whole_action ? IAM_STR("") : iam_action_next(&at);
        for (uint32_t r = 0; r < resources; r++) {
            struct raw *raw = &b->raws[b->count++];
            raw->action = action;
            raw->action_key = iam_str_sub(action, 0, iam_literal_len(action));
            raw->resource_key =
                whole_resource ? IAM_STR("") : resource_key(&iam_statement_resources(s)[r]);
            raw->resource =
                whole_resource ? IAM_STR("") : iam_pattern_text(&iam_statement_resources(s)[r]);
            raw->posting.statement = statement;
            raw->posting.resource = whole_resource ? IAM_POSTING_WHOLE : r;
        }
    }
}

static int order_u32(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static int order_raw(const void *left, const void *right)
{
    const struct raw *a = left;
    const struct raw *b = right;
    int order = iam_str_cmp(a->action_key, b->action_key);
    order = order != 0 ? order : iam_str_cmp(a->action, b->action);
    order = order != 0 ? order : iam_str_cmp(a->resource_key, b->resource_key);
    order = order != 0 ? order : order_u32(a->posting.statement, b->posting.statement);
    return order != 0 ? order : iam_str_cmp(a->resource, b->resource);
}

/*
 * Drops the second of equal postings: a statement that names one action or one resource twice has
 * only one.
 */
static void drop_twins(struct build *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (kept == 0 || order_raw(b->sorted[kept - 1], b->sorted[i]) != 0) {
            b->sorted[kept++] = b->sorted[i];
        }
    }
    b->count = kept;
}

static enum iam_status sort_postings(struct build *b, bool deny)
{
    size_t bound = count_postings(b->set, deny);
    IAM_ENSURE(bound < MAX_POSTINGS, IAM_LIMIT);
    b->raws = iam_arena_zalloc(b->scratch, bound, sizeof(*b->raws));
    b->sorted = iam_arena_zalloc(b->scratch, bound, sizeof(*b->sorted));
    IAM_ENSURE(b->raws != NULL && b->sorted != NULL, IAM_NOMEM);
    for (size_t i = 0; i < b->set->statement_count; i++) {
        if (b->set->statements[i].statement->deny == deny) {
            add_postings(b, (uint32_t)i);
        }
    }
    for (size_t i = 0; i < b->count; i++) {
        b->sorted[i] = &b->raws[i];
    }
    iam_sort(b->sorted, b->count, order_raw);
    drop_twins(b);
    return IAM_OK;
}

static enum iam_group_kind kind_of(const struct raw *raw)
{
    if (raw->action.len == 0) {
        return IAM_GROUP_WHOLE;
    }
    if (raw->action_key.len == raw->action.len) {
        return IAM_GROUP_EXACT;
    }
    return raw->action_key.len + 1 == raw->action.len && raw->action.p[raw->action.len - 1] == '*'
               ? IAM_GROUP_PREFIX
               : IAM_GROUP_GLOB;
}

/* Returns the index after the last posting of the action pattern that starts at first. */
static size_t group_end(const struct build *b, size_t first)
{
    const struct raw *head = b->sorted[first];
    size_t end = first + 1;
    while (end < b->count &&
           iam_str_eq(((const struct raw *)b->sorted[end])->action, head->action)) {
        end++;
    }
    return end;
}

static enum iam_status build_group(struct build *b, size_t first, size_t end,
                                   struct iam_action_group *g)
{
    const struct raw *head = b->sorted[first];
    size_t n = end - first;
    struct iam_posting *postings = iam_arena_alloc(&b->set->arena, n * sizeof(*postings));
    struct iam_str *keys = iam_arena_alloc(b->scratch, n * sizeof(*keys));
    IAM_ENSURE(postings != NULL && keys != NULL, IAM_NOMEM);
    for (size_t i = 0; i < n; i++) {
        const struct raw *raw = b->sorted[first + i];
        postings[i] = raw->posting;
        keys[i] = raw->resource_key;
    }
    g->pattern = head->action;
    g->kind = kind_of(head);
    g->postings = postings;
    return iam_trie_build(&b->set->arena, b->scratch, keys, n, &g->resources);
}

static enum iam_status build_groups(struct build *b, struct iam_index *ret)
{
    size_t groups = 0;
    for (size_t i = 0; i < b->count; i = group_end(b, i)) {
        groups++;
    }
    struct iam_action_group *g = iam_arena_zalloc(&b->set->arena, groups, sizeof(*g));
    struct iam_str *keys = iam_arena_zalloc(b->scratch, groups, sizeof(*keys));
    IAM_ENSURE(g != NULL && keys != NULL, IAM_NOMEM);
    groups = 0;
    for (size_t i = 0; i < b->count;) {
        size_t end = group_end(b, i);
        keys[groups] = ((const struct raw *)b->sorted[i])->action_key;
        IAM_TRY(build_group(b, i, end, &g[groups++]));
        i = end;
    }
    ret->groups = g;
    return iam_trie_build(&b->set->arena, b->scratch, keys, groups, &ret->actions);
}

enum iam_status iam_index_build(struct iam_policy_set *set, struct iam_arena *scratch)
{
    struct build deny = { set, scratch, NULL, NULL, 0 };
    struct build allow = { set, scratch, NULL, NULL, 0 };
    IAM_TRY(sort_postings(&deny, true));
    IAM_TRY(build_groups(&deny, &set->deny));
    IAM_TRY(sort_postings(&allow, false));
    return build_groups(&allow, &set->allow);
}
