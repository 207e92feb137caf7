/* SPDX-License-Identifier: Apache-2.0 */
/* Policy sets: made from policies, shared by reference. A set keeps its policies alive. */
#include "decide/set.h"

#include "base/sort.h"

/* LIMIT: memory of a set, and of the working memory while it is compiled. */
#define SET_MAX_BYTES ((size_t)1 << 32)

static int order_pins(const void *left, const void *right)
{
    const struct iam_principal_pin *a = left;
    const struct iam_principal_pin *b = right;
    int order = iam_str_cmp(a->arn, b->arn);
    /* Of two pins for one ARN the first counts. */
    return order != 0 ? order : (a > b) - (a < b);
}

/* Copies the pins, sorted by ARN, so that they can be searched. */
static enum iam_status copy_pins(struct iam_policy_set *set, const struct iam_set_entry *from,
                                 struct iam_set_policy *to)
{
    size_t count = from->pin_count;
    struct iam_principal_pin *pins = iam_arena_zalloc(&set->arena, count, sizeof(*pins));
    const void **sorted = iam_arena_zalloc(&set->arena, count, sizeof(*sorted));
    IAM_ENSURE(pins != NULL && sorted != NULL, IAM_NOMEM);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &from->pins[i];
    }
    iam_sort(sorted, count, order_pins);
    for (size_t i = 0; i < count; i++) {
        const struct iam_principal_pin *pin = sorted[i];
        IAM_TRY(iam_arena_dup(&set->arena, pin->arn, &pins[i].arn));
        IAM_TRY(iam_arena_dup(&set->arena, pin->id, &pins[i].id));
    }
    to->pins = pins;
    to->pin_count = count;
    return IAM_OK;
}

static enum iam_status copy_entries(struct iam_policy_set *set, const struct iam_set_entry *entries,
                                    size_t count)
{
    set->entries = iam_arena_zalloc(&set->arena, count, sizeof(*set->entries));
    IAM_ENSURE(set->entries != NULL, IAM_NOMEM);
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(iam_arena_dup(&set->arena, entries[i].name, &set->entries[i].name));
        IAM_TRY(copy_pins(set, &entries[i], &set->entries[i]));
        set->entries[i].policy = iam_policy_ref(entries[i].policy);
        /* Counted last, so that only references that were taken are dropped. */
        set->entry_count = i + 1;
        set->statement_count += entries[i].policy->statement_count;
    }
    return IAM_OK;
}

static enum iam_status number_statements(struct iam_policy_set *set)
{
    struct iam_set_statement *all =
        iam_arena_alloc(&set->arena, set->statement_count * sizeof(*all));
    size_t n = 0;
    IAM_ENSURE(all != NULL, IAM_NOMEM);
    for (size_t e = 0; e < set->entry_count; e++) {
        const struct iam_policy *p = set->entries[e].policy;
        for (uint32_t i = 0; i < p->statement_count; i++) {
            all[n++] = (struct iam_set_statement){ &iam_policy_statements(p)[i], (uint32_t)e, i };
        }
    }
    set->statements = all;
    return IAM_OK;
}

static enum iam_status compile(struct iam_policy_set *set, const struct iam_set_entry *entries,
                               size_t count)
{
    struct iam_arena scratch;
    IAM_ENSURE(count <= IAM_SET_MAX_ENTRIES, IAM_LIMIT);
    IAM_TRY(copy_entries(set, entries, count));
    IAM_ENSURE(set->statement_count < UINT32_MAX, IAM_LIMIT);
    IAM_TRY(number_statements(set));
    iam_arena_init(&scratch, &set->alloc, SET_MAX_BYTES);
    enum iam_status st = iam_index_build(set, &scratch);
    iam_arena_done(&scratch);
    return st;
}

static void destroy(struct iam_policy_set *set)
{
    struct iam_alloc alloc = set->alloc;
    for (size_t i = 0; i < set->entry_count; i++) {
        iam_policy_unref(set->entries[i].policy);
    }
    iam_arena_done(&set->arena);
    alloc.free(alloc.ctx, set);
}

enum iam_status iam_policy_set_new(const struct iam_alloc *alloc,
                                   const struct iam_set_entry *entries, size_t count,
                                   struct iam_policy_set **ret)
{
    struct iam_policy_set *set = alloc->alloc(alloc->ctx, sizeof(*set));
    IAM_ENSURE(set != NULL, IAM_NOMEM);
    memset(set, 0, sizeof(*set));
    atomic_init(&set->refs, 1);
    set->alloc = *alloc;
    iam_arena_init(&set->arena, &set->alloc, SET_MAX_BYTES);
    enum iam_status st = compile(set, entries, count);
    if (st != IAM_OK) {
        destroy(set);
        return st;
    }
    *ret = set;
    return IAM_OK;
}

struct iam_policy_set *iam_policy_set_ref(struct iam_policy_set *set)
{
    atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void iam_policy_set_unref(struct iam_policy_set *set)
{
    if (set != NULL && atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) == 1) {
        destroy(set);
    }
}

size_t iam_policy_set_count(const struct iam_policy_set *set)
{
    return set->entry_count;
}

struct iam_str iam_policy_set_name(const struct iam_policy_set *set, size_t entry)
{
    return entry < set->entry_count ? set->entries[entry].name : iam_str_absent();
}

const struct iam_policy *iam_policy_set_policy(const struct iam_policy_set *set, size_t entry)
{
    return entry < set->entry_count ? set->entries[entry].policy : NULL;
}
