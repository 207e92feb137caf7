/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The condition keys that documents mention, as a list of their own, or as those that a simulation
 * lacks. AWS answers them in no order: here they are sorted.
 */
#include "services/iam/simulation.h"

#include "base/heap.h"
#include "base/sort.h"

/* Steps of taking a key: of its bytes are copied, compared and written. */
#define STEPS_KEY 512
#define STEPS_KEY_BYTE 32

struct collector {
    struct iam_call *call;
    struct iam_str *keys;
    size_t count;
    size_t cap;
    enum iam_status st;
};

static bool grow(struct collector *c)
{
    size_t cap = c->cap == 0 ? 32 : 2 * c->cap;
    if (c->count < c->cap) {
        return true;
    }
    struct iam_str *keys = iam_arena_zalloc(c->call->arena, cap, sizeof(*keys));
    if (keys == NULL) {
        return false;
    }
    if (c->count > 0) {
        memcpy(keys, c->keys, c->count * sizeof(*keys));
    }
    c->keys = keys;
    c->cap = cap;
    return true;
}

/* Takes a copy of a key; implements iam_policy_key_fn. */
static bool take(void *ctx, struct iam_str key)
{
    struct collector *c = ctx;
    if (!api_work_spend(&c->call->work, STEPS_KEY + (uint64_t)key.len * STEPS_KEY_BYTE)) {
        c->st = IAM_LIMIT;
    } else if (!grow(c)) {
        c->st = IAM_NOMEM;
    } else {
        c->st = iam_arena_dup(c->call->arena, key, &c->keys[c->count]);
        c->count += c->st == IAM_OK ? 1 : 0;
    }
    return c->st == IAM_OK;
}

static int order(const void *a, const void *b)
{
    return iam_str_cmp(*(const struct iam_str *)a, *(const struct iam_str *)b);
}

/* Sorts the keys from the one at from on, and drops those that are there twice. */
static enum iam_status sort_from(struct collector *c, size_t from)
{
    size_t n = c->count - from;
    const void **sorted = iam_arena_zalloc(c->call->arena, n + 1, sizeof(*sorted));
    struct iam_str *kept = iam_arena_zalloc(c->call->arena, n + 1, sizeof(*kept));
    size_t count = 0;
    IAM_ENSURE(sorted != NULL && kept != NULL, IAM_NOMEM);
    for (size_t i = 0; i < n; i++) {
        sorted[i] = &c->keys[from + i];
    }
    iam_sort(sorted, n, order);
    for (size_t i = 0; i < n; i++) {
        const struct iam_str *key = sorted[i];
        if (count == 0 || !iam_str_eq(kept[count - 1], *key)) {
            kept[count++] = *key;
        }
    }
    if (count > 0) {
        memcpy(&c->keys[from], kept, count * sizeof(*kept));
    }
    c->count = from + count;
    return IAM_OK;
}

/* ---- those that are missing ------------------------------------------------------------------ */

enum iam_status sim_missing_keys(struct iam_call *call, const struct sim_layer *const *layers,
                                 size_t count, const struct iam_context_entry *context,
                                 size_t context_count, struct sim_keys *ret)
{
    struct collector c = { .call = call };
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < layers[i]->count && c.st == IAM_OK; p++) {
            (void)iam_policy_each_key(layers[i]->policies[p].policy, take, &c);
        }
    }
    IAM_TRY(c.st);
    IAM_TRY(sort_from(&c, 0));
    for (size_t i = 0; i < c.count; i++) {
        IAM_ENSURE(api_work_spend(&call->work, STEPS_KEY_BYTE * context_count), IAM_LIMIT);
        if (!sim_has_key(context, context_count, c.keys[i])) {
            c.keys[kept++] = c.keys[i];
        }
    }
    *ret = (struct sim_keys){ c.keys, kept };
    return IAM_OK;
}

/* ---- those that documents mention ------------------------------------------------------------ */

/* Adds the keys of a document, each once. */
static enum iam_status add_text(struct collector *c, struct iam_str text, struct iam_diag *diag)
{
    size_t from = c->count;
    IAM_ENSURE(api_work_spend(&c->call->work, (uint64_t)text.len * STEPS_KEY_BYTE), IAM_LIMIT);
    IAM_TRY(iam_policy_read_keys(iam_heap(), text, take, c, diag));
    IAM_TRY(c->st);
    return sort_from(c, from);
}

static enum iam_status add_documents(struct collector *c,
                                     const struct api_iam_simulation_policy_list *documents)
{
    for (size_t i = 0; i < documents->count; i++) {
        struct iam_diag diag = { .status = IAM_OK };
        enum iam_status st = add_text(c, documents->items[i], &diag);
        if (diag.status == IAM_SYNTAX || diag.status == IAM_LIMIT) {
            IAM_TRY(iam_arena_dup(c->call->arena, iam_str_c(diag.message), &c->call->explanation));
            return api_fail(c->call, API_ERR_INVALID_INPUT,
                            "Policy input list item %zu has invalid content", i + 1);
        }
        IAM_TRY(st);
    }
    return IAM_OK;
}

static enum iam_status add_layer(struct collector *c, const struct sim_layer *layer)
{
    for (size_t i = 0; i < layer->count; i++) {
        IAM_TRY(add_text(c, iam_policy_text(layer->policies[i].policy), NULL));
    }
    return IAM_OK;
}

/* Tells whether the policy of the boundary is among the others: it is counted once. */
static bool has_boundary(const struct sim_source *source)
{
    for (size_t i = 0; source->boundary.count > 0 && i < source->identity.count; i++) {
        if (source->identity.policies[i].policy == source->boundary.policies[0].policy) {
            return true;
        }
    }
    return false;
}

static void answer(const struct collector *c, struct api_iam_context_key_names_result_list *ret)
{
    *ret = (struct api_iam_context_key_names_result_list){ c->keys, c->count, true };
}

enum iam_status api_iam_get_context_keys_for_custom_policy(
    struct iam_call *call, const struct api_iam_get_context_keys_for_custom_policy_in *in,
    struct api_iam_get_context_keys_for_custom_policy_out *out)
{
    struct collector c = { .call = call };
    enum iam_status st = add_documents(&c, &in->policy_input_list);
    answer(&c, &out->context_key_names);
    return sim_worked(call, st);
}

static enum iam_status collect(struct collector *c, const struct sim_source *source,
                               const struct api_iam_simulation_policy_list *documents)
{
    IAM_TRY(add_documents(c, documents));
    IAM_TRY(add_layer(c, &source->identity));
    return has_boundary(source) ? IAM_OK : add_layer(c, &source->boundary);
}

enum iam_status api_iam_get_context_keys_for_principal_policy(
    struct iam_call *call, const struct api_iam_get_context_keys_for_principal_policy_in *in,
    struct api_iam_get_context_keys_for_principal_policy_out *out)
{
    struct collector c = { .call = call };
    struct sim_source source;
    enum iam_status st = sim_source_open(call, in->policy_source_arn, &source);
    if (st == IAM_OK) {
        st = collect(&c, &source, &in->policy_input_list);
    }
    answer(&c, &out->context_key_names);
    sim_source_close(&source);
    return sim_worked(call, st);
}
