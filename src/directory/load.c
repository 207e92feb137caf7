/* SPDX-License-Identifier: Apache-2.0 */
/* From a question to what answers it: found in the state, or read, built and put there. */
#include "directory/load.h"

#include "model/arn.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/oidc_provider.h"
#include "store/role.h"
#include "store/saml_provider.h"
#include "store/user.h"

/* LIMIT: everything that is read of one entity. */
#define PASS_MAX_BYTES ((size_t)64 << 20)

void iam_dir_pass_init(struct iam_dir_pass *pass, struct iam_pool *pool,
                       struct iam_dir_state *state, struct iam_txn *txn)
{
    *pass = (struct iam_dir_pass){ .pool = pool, .state = state, .txn = txn };
    iam_arena_init(&pass->arena, &pool->alloc, PASS_MAX_BYTES);
}

void iam_dir_pass_done(struct iam_dir_pass *pass)
{
    iam_arena_done(&pass->arena);
}

/* ---- what is warm ---------------------------------------------------------------------- */

static struct iam_dir_view *find_view(const struct iam_dir_state *state,
                                      const struct iam_dir_want *want)
{
    return iam_map_get(want->kind == IAM_DIR_WANT_ID ? &state->ids : &state->arns, want->name);
}

static bool take_view(const struct iam_dir_state *state, struct iam_dir_want *want,
                      enum iam_status *ret)
{
    struct iam_dir_view *view = find_view(state, want);

    if (view == NULL || !iam_dir_view_is_fresh(view)) {
        return false;
    }
    iam_dir_clock_mark(&view->item);
    atomic_fetch_add_explicit(&view->refs, 1, memory_order_relaxed);
    want->view = &view->view;
    *ret = IAM_OK;
    return true;
}

/* Takes a key without looking at its owner, who is not deleted without its keys. */
static bool take_key(const struct iam_dir_state *state, struct iam_dir_want *want,
                     enum iam_status *ret)
{
    struct iam_dir_key *key = iam_map_get(&state->keys, want->name);

    if (key == NULL) {
        return false;
    }
    iam_dir_clock_mark(&key->item);
    *ret = iam_dir_key_copy(key, want->arena, &want->key);
    return true;
}

static bool take_provider(const struct iam_dir_state *state, const struct iam_dir_want *want,
                          enum iam_status *ret)
{
    struct iam_dir_provider *provider = iam_map_get(&state->providers, want->name);

    if (provider == NULL) {
        return false;
    }
    iam_dir_clock_mark(&provider->item);
    *ret = iam_str_eq(provider->account, want->account) ? IAM_OK : IAM_NOT_FOUND;
    return true;
}

static bool take_policy(const struct iam_dir_state *state, struct iam_dir_want *want,
                        enum iam_status *ret)
{
    struct iam_dir_source *source = iam_map_get(&state->policy_arns, want->name);

    if (source == NULL || source->is_suspect) {
        return false;
    }
    iam_dir_clock_mark(&source->item);
    *ret = IAM_NOT_FOUND;
    if (source->document != NULL) {
        want->policy = iam_policy_ref(source->document->policy);
        want->policy_id = source->id;
        *ret = IAM_OK;
    }
    return true;
}

bool iam_dir_take(const struct iam_dir_state *state, struct iam_dir_want *want,
                  enum iam_status *ret)
{
    switch (want->kind) {
    case IAM_DIR_WANT_ID:
    case IAM_DIR_WANT_ARN:
        return take_view(state, want, ret);
    case IAM_DIR_WANT_ACCESS_KEY:
        return take_key(state, want, ret);
    case IAM_DIR_WANT_PROVIDER:
        return take_provider(state, want, ret);
    case IAM_DIR_WANT_POLICY:
        return take_policy(state, want, ret);
    }
    return false;
}

/* ---- principals ------------------------------------------------------------------------ */

/* Moves facts in. */
static enum iam_status add_view(struct iam_dir_pass *pass, struct iam_facts *facts)
{
    struct iam_dir_view *view;
    enum iam_status st = iam_dir_settle(pass, facts);

    if (st == IAM_OK) {
        st = iam_dir_view_build(pass, facts, &view);
    }
    iam_facts_unref(facts);
    IAM_TRY(st);
    iam_dir_pass_lock(pass);
    st = iam_dir_state_add_view(pass->state, view);
    iam_dir_pass_unlock(pass);
    return st;
}

/* Renews a view whose groups or policies may have changed; its own facts are still right. */
static enum iam_status renew_view(struct iam_dir_pass *pass, struct iam_dir_view *view)
{
    IAM_TRY(iam_dir_settle(pass, view->facts));
    return iam_dir_view_is_fresh(view) ? IAM_OK : add_view(pass, iam_facts_ref(view->facts));
}

/* What an ID or ARN says about where to look. */
enum principal_kind { NOBODY, ROOT, USER, ROLE };

static enum iam_status read_user(struct iam_dir_pass *pass, const struct iam_dir_want *want,
                                 const struct iam_entity_arn *arn, struct iam_facts **ret)
{
    struct iam_user user;

    if (want->kind == IAM_DIR_WANT_ID) {
        IAM_TRY(iam_store_user_get_by_id(pass->txn, &pass->arena, want->name, &user));
    } else {
        IAM_TRY(iam_store_user_get(pass->txn, &pass->arena, arn->account, arn->name, &user));
        IAM_ENSURE(iam_str_eq(user.arn, want->name), IAM_NOT_FOUND);
    }
    return iam_dir_read_user(pass, &user, ret);
}

static enum iam_status read_role(struct iam_dir_pass *pass, const struct iam_dir_want *want,
                                 const struct iam_entity_arn *arn, struct iam_facts **ret)
{
    struct iam_role role;

    if (want->kind == IAM_DIR_WANT_ID) {
        IAM_TRY(iam_store_role_get_by_id(pass->txn, &pass->arena, want->name, &role));
    } else {
        IAM_TRY(iam_store_role_get(pass->txn, &pass->arena, arn->account, arn->name, &role));
        IAM_ENSURE(iam_str_eq(role.arn, want->name), IAM_NOT_FOUND);
    }
    return iam_dir_read_role(pass, &role, ret);
}

static enum iam_status read_root(struct iam_dir_pass *pass, struct iam_str account_id,
                                 struct iam_facts **ret)
{
    struct iam_account account;

    IAM_TRY(iam_store_account_get(pass->txn, &pass->arena, account_id, &account));
    return iam_dir_read_account(pass, &account, ret);
}

/*
 * Tells what an ID is of by its form; nothing else is looked for. The owner of AWS's policies has
 * no root user.
 */
static enum principal_kind kind_of_id(struct iam_str id)
{
    if (iam_str_starts(id, IAM_STR("AIDA"))) {
        return USER;
    }
    if (iam_str_starts(id, IAM_STR("AROA"))) {
        return ROLE;
    }
    return iam_account_id_is_valid(id) ? ROOT : NOBODY;
}

static enum principal_kind kind_of_arn(struct iam_str text, struct iam_entity_arn *ret)
{
    if (iam_entity_arn_parse(text, ret) != IAM_OK) {
        return NOBODY;
    }
    if (ret->kind == IAM_KIND_ACCOUNT && iam_account_id_is_valid(ret->account)) {
        return ROOT;
    }
    if (ret->kind == IAM_KIND_USER) {
        return USER;
    }
    return ret->kind == IAM_KIND_ROLE ? ROLE : NOBODY;
}

/* Reads the facts of a principal. The store says IAM_LIMIT to a name that is too long to exist. */
static enum iam_status read_principal(struct iam_dir_pass *pass, const struct iam_dir_want *want,
                                      struct iam_facts **ret)
{
    bool is_by_id = want->kind == IAM_DIR_WANT_ID;
    struct iam_entity_arn arn = { .account = want->name };
    enum principal_kind kind = is_by_id ? kind_of_id(want->name) : kind_of_arn(want->name, &arn);
    enum iam_status st = IAM_NOT_FOUND;

    IAM_ENSURE(kind == NOBODY || pass->txn != NULL, IAM_CONFLICT);
    switch (kind) {
    case NOBODY:
        break;
    case ROOT:
        st = read_root(pass, arn.account, ret);
        break;
    case USER:
        st = read_user(pass, want, &arn, ret);
        break;
    case ROLE:
        st = read_role(pass, want, &arn, ret);
        break;
    }
    return st == IAM_LIMIT ? IAM_NOT_FOUND : st;
}

static enum iam_status load_principal(struct iam_dir_pass *pass, const struct iam_dir_want *want)
{
    struct iam_dir_view *view = find_view(pass->state, want);
    struct iam_facts *facts;

    if (view != NULL) {
        return renew_view(pass, view);
    }
    IAM_TRY(read_principal(pass, want, &facts));
    atomic_fetch_add_explicit(&pass->counters->read_principals, 1, memory_order_relaxed);
    return add_view(pass, facts);
}

/* ---- keys, providers and policies
 * ----------------------------------------------------------------- */

static enum iam_status add_key(struct iam_dir_pass *pass, const struct iam_access_key *key)
{
    struct iam_dir_key *copy;

    IAM_TRY(iam_dir_key_new(pass->pool, key, &copy));
    iam_dir_pass_lock(pass);
    enum iam_status st = iam_dir_state_add_key(pass->state, copy);
    iam_dir_pass_unlock(pass);
    return st;
}

/* Loads a key with its owner, who is asked for next, in the same transaction. */
static enum iam_status load_key(struct iam_dir_pass *pass, struct iam_str id)
{
    struct iam_access_key key;

    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    IAM_TRY(iam_store_access_key_get(pass->txn, &pass->arena, id, &key));
    const struct iam_dir_want owner = { .kind = IAM_DIR_WANT_ID, .name = key.owner_id };
    IAM_TRY(load_principal(pass, &owner));
    return add_key(pass, &key);
}

/* Reads the account that a provider is of. */
static enum iam_status read_provider(struct iam_dir_pass *pass, struct iam_str id,
                                     struct iam_str *ret_account)
{
    struct iam_oidc_provider oidc;
    struct iam_saml_provider saml;

    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    switch (iam_kind_of_id(id)) {
    case IAM_KIND_OIDC_PROVIDER:
        IAM_TRY(iam_store_oidc_provider_get_by_id(pass->txn, &pass->arena, id, &oidc));
        *ret_account = oidc.account;
        return IAM_OK;
    case IAM_KIND_SAML_PROVIDER:
        IAM_TRY(iam_store_saml_provider_get_by_id(pass->txn, &pass->arena, id, &saml));
        *ret_account = saml.account;
        return IAM_OK;
    default:
        return IAM_NOT_FOUND;
    }
}

static enum iam_status load_provider(struct iam_dir_pass *pass, struct iam_str id)
{
    struct iam_dir_provider *provider;
    struct iam_str account;

    IAM_TRY(read_provider(pass, id, &account));
    IAM_TRY(iam_dir_provider_new(pass->pool, id, account, &provider));
    iam_dir_pass_lock(pass);
    enum iam_status st = iam_dir_state_add_provider(pass->state, provider);
    iam_dir_pass_unlock(pass);
    return st;
}

static enum iam_status load_policy(struct iam_dir_pass *pass, struct iam_str arn)
{
    struct iam_dir_source *source = iam_map_get(&pass->state->policy_arns, arn);
    struct iam_effective_policy policy;

    if (source != NULL) {
        IAM_TRY(iam_dir_renew(pass, source));
        if (!source->is_gone) {
            return IAM_OK;
        }
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    if (iam_arn_is_aws_policy(arn)) {
        const struct iam_catalogue_policy *aws;
        IAM_TRY(iam_catalogue_find(pass->catalogue, arn, &aws));
        return iam_dir_need_policy(pass, iam_str_absent(), arn, &source);
    }
    IAM_TRY(iam_store_effective_by_arn(pass->txn, &pass->arena, arn, &policy));
    return iam_dir_need_policy(pass, policy.id, policy.arn, &source);
}

enum iam_status iam_dir_load(struct iam_dir_pass *pass, const struct iam_dir_want *want)
{
    switch (want->kind) {
    case IAM_DIR_WANT_ID:
    case IAM_DIR_WANT_ARN:
        return load_principal(pass, want);
    case IAM_DIR_WANT_ACCESS_KEY:
        return load_key(pass, want->name);
    case IAM_DIR_WANT_PROVIDER:
        return load_provider(pass, want->name);
    case IAM_DIR_WANT_POLICY:
        return load_policy(pass, want->name);
    }
    return IAM_NOT_FOUND;
}
