/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies that are simulated: those that the client gives and those that a user, group or role
 * has, under the IDs by which AWS names them.
 * SPEC: IAM API Reference, "SimulatePrincipalPolicy"; recorded: docs/conformance.md, "Simulation".
 */
#include "services/iam/simulation.h"

#include "base/heap.h"
#include "decide/glob.h"
#include "decide/set.h"
#include "services/iam/convert.h"
#include "store/inline_policy.h"
#include "store/role.h"

/* Steps of reading or compiling one byte of a document, the densest ones included. */
#define STEPS_BYTE 16

/* ---- layers ---------------------------------------------------------------------------------- */

static enum iam_status charge(struct iam_call *call, size_t bytes)
{
    return api_work_spend(&call->work, (uint64_t)bytes * STEPS_BYTE) ? IAM_OK : IAM_LIMIT;
}

/* Makes room for one more policy. */
static bool grow(struct iam_call *call, struct sim_layer *layer)
{
    size_t cap = layer->cap == 0 ? 8 : 2 * layer->cap;
    if (layer->count < layer->cap) {
        return true;
    }
    struct sim_policy *policies = iam_arena_zalloc(call->arena, cap, sizeof(*policies));
    if (policies == NULL) {
        return false;
    }
    if (layer->count > 0) {
        memcpy(policies, layer->policies, layer->count * sizeof(*policies));
    }
    layer->policies = policies;
    layer->cap = cap;
    return true;
}

enum iam_status sim_add(struct iam_call *call, struct sim_layer *layer,
                        const struct sim_policy *policy)
{
    if (!grow(call, layer)) {
        iam_policy_unref(policy->policy);
        return IAM_NOMEM;
    }
    layer->policies[layer->count++] = *policy;
    return IAM_OK;
}

static enum iam_status refuse_document(struct iam_call *call, const char *what, size_t item)
{
    return item > 0 ? api_fail(call, API_ERR_INVALID_INPUT, "%s item %zu has invalid content", what,
                               item)
                    : api_fail(call, API_ERR_INVALID_INPUT, "%s has invalid content", what);
}

enum iam_status sim_add_document(struct iam_call *call, struct sim_layer *layer,
                                 enum iam_policy_kind kind, struct iam_str document,
                                 struct iam_str id, const char *what, size_t item)
{
    struct sim_policy p = { .id = id };
    struct iam_diag diag;
    IAM_TRY(charge(call, document.len));
    enum iam_status st = iam_policy_parse(iam_heap(), kind, document, &p.policy, &diag);
    if (st == IAM_SYNTAX || st == IAM_LIMIT) {
        IAM_TRY(iam_arena_dup(call->arena, iam_str_c(diag.message), &call->explanation));
        return refuse_document(call, what, item);
    }
    IAM_TRY(st);
    return sim_add(call, layer, &p);
}

enum iam_status sim_compile(struct iam_call *call, struct sim_layer *layer)
{
    struct iam_set_entry *entries =
        iam_arena_zalloc(call->arena, layer->count + 1, sizeof(*entries));
    IAM_ENSURE(entries != NULL, IAM_NOMEM);
    for (size_t i = 0; i < layer->count; i++) {
        IAM_TRY(charge(call, iam_policy_text(layer->policies[i].policy).len));
        entries[i].policy = layer->policies[i].policy;
    }
    IAM_ASSERT(layer->set == NULL);
    return iam_policy_set_new(iam_heap(), entries, layer->count, &layer->set);
}

void sim_layer_close(struct sim_layer *layer)
{
    for (size_t i = 0; i < layer->count; i++) {
        iam_policy_unref(layer->policies[i].policy);
    }
    iam_policy_set_unref(layer->set);
    *layer = (struct sim_layer){ 0 };
}

void sim_source_close(struct sim_source *source)
{
    sim_layer_close(&source->identity);
    sim_layer_close(&source->boundary);
    iam_view_unref(source->view);
    *source = (struct sim_source){ 0 };
}

/* ---- what a principal has -------------------------------------------------------------------- */

static const struct {
    struct iam_str word;
    enum iam_kind kind;
} owner_kinds[] = {
    {IAM_STR_INIT("user"),   IAM_KIND_USER },
    { IAM_STR_INIT("group"), IAM_KIND_GROUP},
    { IAM_STR_INIT("role"),  IAM_KIND_ROLE },
};

static struct iam_str word_of(enum iam_kind kind)
{
    for (size_t i = 0; i < IAM_COUNT(owner_kinds); i++) {
        if (owner_kinds[i].kind == kind) {
            return owner_kinds[i].word;
        }
    }
    return iam_str_absent();
}

static enum iam_status fail_unreadable(struct iam_call *call)
{
    return api_fail(call, API_ERR_POLICY_EVALUATION, "A policy of the entity cannot be evaluated.");
}

/* Adds an inline policy; all texts are copied. */
static enum iam_status add_inline(struct iam_call *call, struct sim_layer *layer,
                                  struct iam_policy *policy, enum iam_kind kind,
                                  struct iam_str owner, struct iam_str name)
{
    struct sim_policy p = { .policy = policy, .owner_kind = kind };
    struct iam_str word = word_of(kind);
    enum iam_status st = iam_arena_fmt(call->arena, &p.id, "%.*s_%.*s_%.*s", IAM_STR_ARG(word),
                                       IAM_STR_ARG(owner), IAM_STR_ARG(name));
    if (st != IAM_OK) {
        iam_policy_unref(policy);
        return st;
    }
    p.owner = iam_str_sub(p.id, word.len + 1, owner.len);
    p.name = iam_str_sub(p.id, p.id.len - name.len, name.len);
    return sim_add(call, layer, &p);
}

static enum iam_status add_managed(struct iam_call *call, struct sim_layer *layer,
                                   struct iam_policy *policy, struct iam_str arn)
{
    struct sim_policy p = { .policy = policy };
    struct iam_entity_arn parts;
    struct iam_str kept;
    enum iam_status st = iam_arena_dup(call->arena, arn, &kept);
    if (st == IAM_OK) {
        st = iam_entity_arn_parse(kept, &parts);
    }
    if (st != IAM_OK) {
        iam_policy_unref(policy);
        return st == IAM_SYNTAX ? IAM_CORRUPT : st;
    }
    p.id = parts.name;
    p.name = parts.name;
    p.account = parts.account;
    return sim_add(call, layer, &p);
}

/* Adds an entry of a view under the name that struct iam_view gives it. */
static enum iam_status add_entry(struct iam_call *call, const struct iam_view *view,
                                 struct sim_layer *layer, const struct iam_set_policy *entry)
{
    static const struct iam_str group = IAM_STR_INIT("group/");
    struct iam_str name = entry->name;
    struct iam_policy *policy = iam_policy_ref(entry->policy);
    if (iam_str_starts(name, IAM_STR("arn:"))) {
        return add_managed(call, layer, policy, name);
    }
    if (!iam_str_starts(name, group)) {
        return add_inline(call, layer, policy, view->kind, view->name, name);
    }
    size_t slash = iam_str_find(name, '/', group.len);
    return add_inline(call, layer, policy, IAM_KIND_GROUP,
                      iam_str_sub(name, group.len, slash - group.len),
                      iam_str_sub(name, slash + 1, name.len));
}

static enum iam_status add_set(struct iam_call *call, const struct iam_view *view,
                               const struct iam_policy_set *set, struct sim_layer *layer)
{
    for (size_t i = 0; set != NULL && i < set->entry_count; i++) {
        IAM_TRY(add_entry(call, view, layer, &set->entries[i]));
    }
    return IAM_OK;
}

/* Loads what a user or role has, as it is compiled for decisions. */
static enum iam_status load_view(struct iam_call *call, struct iam_str id, struct sim_source *ret)
{
    enum iam_status st = iam_directory_by_id(call->env->directory, call->txn, id, &ret->view);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOT_FOUND ? IAM_CORRUPT : api_fail_look_up(call, st));
    if (ret->view->is_broken) {
        return fail_unreadable(call);
    }
    IAM_TRY(add_set(call, ret->view, ret->view->identity, &ret->identity));
    IAM_TRY(add_set(call, ret->view, ret->view->boundary, &ret->boundary));
    ret->identity.set = iam_policy_set_ref(ret->view->identity);
    if (ret->view->boundary != NULL) {
        ret->boundary.set = iam_policy_set_ref(ret->view->boundary);
    }
    return IAM_OK;
}

static enum iam_status add_group_inline(struct iam_call *call, const struct iam_group *group,
                                        const struct iam_inline_policy *from,
                                        struct sim_layer *layer)
{
    struct iam_policy *policy;
    IAM_TRY(charge(call, from->document.len));
    enum iam_status st =
        iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, from->document, &policy, NULL);
    if (st == IAM_SYNTAX || st == IAM_LIMIT) {
        return fail_unreadable(call);
    }
    IAM_TRY(st);
    return add_inline(call, layer, policy, IAM_KIND_GROUP, group->name, from->name);
}

static enum iam_status add_group_managed(struct iam_call *call, struct iam_str arn,
                                         struct sim_layer *layer)
{
    struct iam_unique_id id;
    struct iam_policy *policy;
    enum iam_status st =
        iam_directory_managed_policy(call->env->directory, call->txn, arn, &id, &policy);
    if (st == IAM_NOT_FOUND) {
        return fail_unreadable(call);
    }
    IAM_ENSURE(st == IAM_OK, api_fail_look_up(call, st));
    return add_managed(call, layer, policy, arn);
}

/* Loads what a group has, which decides for nobody by itself and has no view. */
static enum iam_status load_group(struct iam_call *call, const struct iam_group *group,
                                  struct sim_source *ret)
{
    const struct iam_entity_ref ref = iam_ref_group(group);
    struct iam_inline_list inlines = { 0 };
    struct iam_attached_list attached = { 0 };
    IAM_TRY(iam_store_inline_load(call->txn, call->arena, &ref, &inlines));
    IAM_TRY(
        iam_store_attached_list(call->txn, call->arena, &ref, iam_str_absent(), NULL, &attached));
    for (size_t i = 0; i < inlines.count; i++) {
        IAM_TRY(add_group_inline(call, group, &inlines.items[i], &ret->identity));
    }
    for (size_t i = 0; i < attached.count; i++) {
        IAM_TRY(add_group_managed(call, attached.items[i].arn, &ret->identity));
    }
    return sim_compile(call, &ret->identity);
}

/* ---- the entity ------------------------------------------------------------------------------ */

/* Reads an ARN of a user, group or role of any account. */
static bool read_source(struct iam_str arn, struct iam_entity_arn *ret)
{
    return iam_entity_arn_parse(arn, ret) == IAM_OK &&
           (ret->kind == IAM_KIND_USER || ret->kind == IAM_KIND_GROUP ||
            ret->kind == IAM_KIND_ROLE);
}

/* Finds the entity by its name: the path in the ARN is not compared. */
static enum iam_status resolve_entity(struct iam_call *call, const struct iam_entity_arn *parts,
                                      struct api_target *ret)
{
    const struct api_reference ref = { .name = parts->name };
    switch (parts->kind) {
    case IAM_KIND_USER:
        return api_iam_resolve_user(call, NULL, &ref, ret);
    case IAM_KIND_GROUP:
        return api_iam_resolve_group(call, NULL, &ref, ret);
    default:
        return api_iam_resolve_role(call, NULL, &ref, ret);
    }
}

/*
 * Resolves to the entity, or to the ARN that was sent when there is none. For what is no such ARN,
 * or is one of another account, there is nothing to decide on: the handler refuses it.
 */
enum iam_status api_iam_resolve_policy_source(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct iam_entity_arn parts;
    (void)in;
    if (!read_source(ref->name, &parts) || !iam_str_eq(parts.account, api_account(call))) {
        return IAM_OK;
    }
    IAM_TRY(resolve_entity(call, &parts, ret));
    if (ret->entity == NULL) {
        ret->arn = ref->name;
    }
    return IAM_OK;
}

enum iam_status sim_source_open(struct iam_call *call, struct iam_str arn, struct sim_source *ret)
{
    struct iam_entity_arn parts;
    *ret = (struct sim_source){ 0 };
    if (!read_source(arn, &parts)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Invalid ARN provided in the request: %.*s",
                        API_QUOTED(arn));
    }
    if (!iam_str_eq(parts.account, api_account(call))) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Invalid Policy Source Arn: caller's account %.*s does not have access to "
                        "policies in account %.*s.",
                        IAM_STR_ARG(api_account(call)), IAM_STR_ARG(parts.account));
    }
    if (call->target.entity == NULL) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Unable to retrieve specified IAM entity.");
    }
    ret->arn = call->target.arn;
    return parts.kind == IAM_KIND_GROUP ? load_group(call, call->target.entity, ret)
                                        : load_view(call, call->target.ref.id, ret);
}

/* ---- what is left out ------------------------------------------------------------------------ */

static bool is_type(const struct sim_policy *p, struct iam_str type)
{
    bool is_managed = iam_str_is_set(p->account);
    bool is_aws = is_managed && iam_str_eq(p->account, IAM_ACCOUNT_AWS);
    return (iam_str_eq(type, IAM_STR("inline")) && !is_managed) ||
           (iam_str_eq(type, IAM_STR("aws-managed")) && is_aws) ||
           (iam_str_eq(type, IAM_STR("user-managed")) && is_managed && !is_aws);
}

static bool is_inline(const struct sim_policy *p,
                      const struct api_iam_inline_policy_identifier *inl)
{
    return p->owner_kind != IAM_KIND_NONE &&
           iam_str_eq(word_of(p->owner_kind), inl->attachment_type) &&
           iam_str_eq(p->name, inl->policy_name) &&
           iam_glob_match(iam_glob_of(inl->attachment_name), p->owner);
}

/* Compares with a managed policy as if it had no path. Recorded. */
static enum iam_status is_arn(struct iam_call *call, const struct sim_policy *p, struct iam_str arn,
                              bool *ret)
{
    struct iam_str own;
    *ret = false;
    if (iam_str_is_set(p->account)) {
        IAM_TRY(iam_arn_of(call->arena, IAM_KIND_POLICY, p->account, IAM_STR("/"), p->name, &own));
        *ret = iam_glob_match(iam_glob_of(arn), own);
    }
    return IAM_OK;
}

static enum iam_status is_excluded(struct iam_call *call, const struct sim_policy *p,
                                   const struct api_iam_policy_exclusion_list *list, bool *ret)
{
    *ret = false;
    for (size_t i = 0; i < list->count && !*ret; i++) {
        const struct api_iam_policy_exclusion *e = &list->items[i];
        IAM_ENSURE(api_work_spend(&call->work, IAM_ARN_MAX), IAM_LIMIT);
        if (iam_str_is_set(e->policy_arn)) {
            IAM_TRY(is_arn(call, p, e->policy_arn, ret));
        } else if (e->inline_policy_identifier != NULL) {
            *ret = is_inline(p, e->inline_policy_identifier);
        } else {
            *ret = is_type(p, e->policy_type);
        }
    }
    return IAM_OK;
}

static bool excludes_boundary(const struct api_iam_policy_exclusion_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (iam_str_eq(list->items[i].policy_type, IAM_STR("permission-boundary"))) {
            return true;
        }
    }
    return false;
}

static enum iam_status drop_excluded(struct iam_call *call,
                                     const struct api_iam_policy_exclusion_list *list,
                                     struct sim_layer *layer)
{
    size_t kept = 0;
    for (size_t i = 0; i < layer->count; i++) {
        bool excluded;
        IAM_TRY(is_excluded(call, &layer->policies[i], list, &excluded));
        struct sim_policy moved = layer->policies[i];
        layer->policies[i] = layer->policies[kept];
        layer->policies[kept] = moved;
        kept += excluded ? 0 : 1;
    }
    if (kept == layer->count) {
        return IAM_OK;
    }
    for (; layer->count > kept; layer->count--) {
        iam_policy_unref(layer->policies[layer->count - 1].policy);
    }
    iam_policy_set_unref(layer->set);
    layer->set = NULL;
    return IAM_OK;
}

enum iam_status sim_source_exclude(struct iam_call *call, struct sim_source *source,
                                   const struct api_iam_policy_exclusion_list *exclusions)
{
    if (excludes_boundary(exclusions)) {
        sim_layer_close(&source->boundary);
    }
    return exclusions->count > 0 ? drop_excluded(call, exclusions, &source->identity) : IAM_OK;
}
