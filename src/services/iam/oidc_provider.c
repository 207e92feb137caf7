/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenID Connect providers. SPEC: IAM API Reference, "CreateOpenIDConnectProvider" and the actions
 * about OpenID Connect providers; docs/conformance.md says what was seen on AWS.
 */
#include "services/iam/convert.h"

#include "services/iam/oidc_url.h"
#include "store/oidc_provider.h"

/* SPEC: IAM API Reference, "CreateOpenIDConnectProvider". */
#define MAX_THUMBPRINTS 5

/* ---- which one ---- */

static struct iam_entity_ref ref_of(const struct iam_oidc_provider *provider)
{
    return (struct iam_entity_ref){ IAM_KIND_OIDC_PROVIDER, provider->account, provider->id };
}

static enum iam_status set_arn(struct iam_call *call, struct iam_str url, struct api_target *ret)
{
    return iam_arn_of(call->arena, IAM_KIND_OIDC_PROVIDER, api_account(call), iam_str_absent(), url,
                      &ret->arn);
}

enum iam_status api_iam_resolve_oidc_provider(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct iam_oidc_provider *provider = iam_arena_alloc(call->arena, sizeof(*provider));
    struct iam_entity_arn arn;
    (void)in;
    IAM_ENSURE(provider != NULL, IAM_NOMEM);
    iam_set_sent_arn(ref->name, ret);
    if (iam_entity_arn_parse(ref->name, &arn) != IAM_OK || arn.kind != IAM_KIND_OIDC_PROVIDER ||
        !iam_str_eq(arn.account, api_account(call))) {
        return IAM_OK;
    }
    enum iam_status st =
        iam_store_oidc_provider_get(call->txn, call->arena, arn.account, arn.name, provider);
    if (st == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    IAM_TRY(st);
    ret->entity = provider;
    ret->ref = ref_of(provider);
    ret->arn = provider->arn;
    return IAM_OK;
}

/* Resolves a URL that is none to "*": the handler says what is wrong with it. */
enum iam_status api_iam_resolve_new_oidc_provider(struct iam_call *call, const void *in,
                                                  const struct api_reference *ref,
                                                  struct api_target *ret)
{
    struct iam_str url;
    (void)in;
    enum iam_status st = iam_oidc_url_read(call->arena, ref->name, &url);
    if (st == IAM_OK) {
        return set_arn(call, url, ret);
    }
    return st == IAM_NOMEM ? st : IAM_OK;
}

enum iam_status api_iam_resolve_oidc_providers(struct iam_call *call, const void *in,
                                               const struct api_reference *ref,
                                               struct api_target *ret)
{
    (void)in;
    (void)ref;
    return set_arn(call, IAM_STR("*"), ret);
}

/*
 * Returns in *ret the provider that the call is about; words are those of NoSuchEntity, with the
 * ARN that was asked for.
 */
static enum iam_status need(struct iam_call *call, struct iam_str arn,
                            const struct iam_oidc_provider **ret)
{
    IAM_TRY(iam_check_arn(call, IAM_KIND_OIDC_PROVIDER, arn));
    *ret = api_target_entity(call, IAM_KIND_OIDC_PROVIDER);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "OpenIDConnect Provider not found for arn %.*s",
                    API_QUOTED(arn));
}

/* ---- what is given ---- */

static enum iam_status url_in(struct iam_call *call, struct iam_str given, struct iam_str *ret)
{
    switch (iam_oidc_url_read(call->arena, given, ret)) {
    case IAM_OK:
        return IAM_OK;
    case IAM_NOMEM:
        return IAM_NOMEM;
    case IAM_SYNTAX:
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid Open ID Connect Provider URL");
    case IAM_UNSUPPORTED:
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Invalid Open ID Connect Provider URL. The URL must begin with https://.");
    default:
        /* AWS says nothing here. */
        return api_fail(call, API_ERR_INVALID_INPUT, "%s", "");
    }
}

/* Writes a thumbprint in lower case, as AWS does; that it has digits alone is checked nowhere. */
static enum iam_status lower(struct iam_call *call, struct iam_str text, struct iam_str *ret)
{
    char *copy = iam_arena_alloc(call->arena, text.len);
    IAM_ENSURE(copy != NULL, IAM_NOMEM);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = iam_ascii_lower(text.p[i]);
    }
    *ret = (struct iam_str){ copy, text.len };
    return IAM_OK;
}

static enum iam_status thumbprints_in(struct iam_call *call,
                                      const struct api_iam_thumbprint_list *given,
                                      struct iam_str *ret)
{
    struct iam_str texts[MAX_THUMBPRINTS];
    if (given->count > MAX_THUMBPRINTS) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Thumbprint list must contain fewer than %d entries.", MAX_THUMBPRINTS);
    }
    for (size_t i = 0; i < given->count; i++) {
        IAM_TRY(lower(call, given->items[i], &texts[i]));
    }
    return iam_texts_join(call->arena, texts, given->count, ret);
}

static bool has(const struct iam_str *texts, size_t count, struct iam_str text)
{
    for (size_t i = 0; i < count; i++) {
        if (iam_str_eq(texts[i], text)) {
            return true;
        }
    }
    return false;
}

/* Takes each client ID once, in the order in which they are given. */
static enum iam_status client_ids_in(struct iam_call *call,
                                     const struct api_iam_client_id_list *given,
                                     struct iam_str *ret)
{
    size_t max = (size_t)api_quota(call, IAM_QUOTA_CLIENT_IDS);
    struct iam_str *texts = iam_arena_zalloc(call->arena, given->count + 1, sizeof(*texts));
    size_t count = 0;
    IAM_ENSURE(texts != NULL, IAM_NOMEM);
    for (size_t i = 0; i < given->count; i++) {
        if (has(texts, count, given->items[i])) {
            continue;
        }
        if (count == max) {
            return iam_check_quota(call, IAM_QUOTA_CLIENT_IDS, (int64_t)count);
        }
        texts[count++] = given->items[i];
    }
    return iam_texts_join(call->arena, texts, count, ret);
}

/* ---- making and deleting ---- */

static enum iam_status add(struct iam_call *call, const struct iam_oidc_provider *provider)
{
    enum iam_status st = iam_store_oidc_provider_add(call->txn, provider);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "Provider with url https://%.*s already exists.",
                        API_QUOTED(provider->url));
    }
    return st;
}

enum iam_status
api_iam_create_open_id_connect_provider(struct iam_call *call,
                                        const struct api_iam_create_open_id_connect_provider_in *in,
                                        struct api_iam_create_open_id_connect_provider_out *out)
{
    struct iam_oidc_provider provider = { .account = api_account(call),
                                          .created_ms = call->now_ms };
    IAM_TRY(url_in(call, in->url, &provider.url));
    IAM_TRY(thumbprints_in(call, &in->thumbprint_list, &provider.thumbprints));
    IAM_TRY(client_ids_in(call, &in->client_id_list, &provider.client_ids));
    IAM_TRY(iam_check_room(call, IAM_KIND_OIDC_PROVIDER, IAM_TABLE_OIDC_PROVIDER));
    IAM_TRY(iam_new_id(call, IAM_KIND_OIDC_PROVIDER, &provider.id));
    IAM_TRY(add(call, &provider));
    const struct iam_entity_ref ref = ref_of(&provider);
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    out->open_id_connect_provider_arn = call->target.arn;
    return iam_tags_out(call, &ref, &out->tags);
}

enum iam_status
api_iam_delete_open_id_connect_provider(struct iam_call *call,
                                        const struct api_iam_delete_open_id_connect_provider_in *in)
{
    IAM_TRY(iam_check_arn(call, IAM_KIND_OIDC_PROVIDER, in->open_id_connect_provider_arn));
    const struct iam_oidc_provider *provider = api_target_entity(call, IAM_KIND_OIDC_PROVIDER);
    if (provider == NULL) {
        /* AWS has other words here than elsewhere. */
        return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                        "OpenId connect Provider %.*s cannot be found.",
                        API_QUOTED(in->open_id_connect_provider_arn));
    }
    return iam_store_oidc_provider_delete(call->txn, provider->account, provider->id);
}

/* ---- reading ---- */

enum iam_status
api_iam_get_open_id_connect_provider(struct iam_call *call,
                                     const struct api_iam_get_open_id_connect_provider_in *in,
                                     struct api_iam_get_open_id_connect_provider_out *out)
{
    const struct iam_oidc_provider *provider;
    struct iam_str *items;
    size_t count;
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    out->url = provider->url;
    out->create_date = api_time_exact(provider->created_ms);
    IAM_TRY(iam_texts_split(call->arena, provider->client_ids, &items, &count));
    out->client_id_list = (struct api_iam_client_id_list){ items, count, true };
    IAM_TRY(iam_texts_split(call->arena, provider->thumbprints, &items, &count));
    out->thumbprint_list = (struct api_iam_thumbprint_list){ items, count, true };
    return iam_tags_by_key(call, &call->target.ref, &out->tags);
}

/* Lists all of them: the operation has no pages. */
enum iam_status
api_iam_list_open_id_connect_providers(struct iam_call *call,
                                       const struct api_iam_list_open_id_connect_providers_in *in,
                                       struct api_iam_list_open_id_connect_providers_out *out)
{
    struct iam_oidc_provider_list list = { 0 };
    (void)in;
    IAM_TRY(iam_store_oidc_provider_list(call->txn, call->arena, api_account(call),
                                         iam_str_absent(), NULL, &list));
    struct api_iam_open_id_connect_provider_list_entry *items =
        iam_arena_zalloc(call->arena, list.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        items[i].arn = list.items[i].arn;
    }
    out->open_id_connect_provider_list =
        (struct api_iam_open_id_connect_provider_list){ items, list.count, true };
    return IAM_OK;
}

/* ---- changing ---- */

enum iam_status api_iam_add_client_id_to_open_id_connect_provider(
    struct iam_call *call, const struct api_iam_add_client_id_to_open_id_connect_provider_in *in)
{
    const struct iam_oidc_provider *provider;
    struct iam_str *ids;
    size_t count;
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    IAM_TRY(iam_texts_split(call->arena, provider->client_ids, &ids, &count));
    if (has(ids, count, in->client_id)) {
        return IAM_OK;
    }
    IAM_TRY(iam_check_quota(call, IAM_QUOTA_CLIENT_IDS, (int64_t)count));
    /* There is room for one more after each list that was split. */
    ids[count] = in->client_id;
    struct iam_oidc_provider row = { .id = provider->id, .account = provider->account };
    IAM_TRY(iam_texts_join(call->arena, ids, count + 1, &row.client_ids));
    return iam_store_oidc_provider_update(call->txn, &row);
}

enum iam_status api_iam_remove_client_id_from_open_id_connect_provider(
    struct iam_call *call,
    const struct api_iam_remove_client_id_from_open_id_connect_provider_in *in)
{
    const struct iam_oidc_provider *provider;
    struct iam_str *ids;
    size_t count;
    size_t kept = 0;
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    IAM_TRY(iam_texts_split(call->arena, provider->client_ids, &ids, &count));
    for (size_t i = 0; i < count; i++) {
        if (!iam_str_eq(ids[i], in->client_id)) {
            ids[kept++] = ids[i];
        }
    }
    if (kept == count) {
        return IAM_OK;
    }
    struct iam_oidc_provider row = { .id = provider->id, .account = provider->account };
    IAM_TRY(iam_texts_join(call->arena, ids, kept, &row.client_ids));
    return iam_store_oidc_provider_update(call->txn, &row);
}

enum iam_status api_iam_update_open_id_connect_provider_thumbprint(
    struct iam_call *call, const struct api_iam_update_open_id_connect_provider_thumbprint_in *in)
{
    const struct iam_oidc_provider *provider;
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    struct iam_oidc_provider row = { .id = provider->id, .account = provider->account };
    if (in->thumbprint_list.count == 0) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "Thumbprint list must contain at least one entry.");
    }
    IAM_TRY(thumbprints_in(call, &in->thumbprint_list, &row.thumbprints));
    return iam_store_oidc_provider_update(call->txn, &row);
}

/* ---- tags ---- */

enum iam_status
api_iam_tag_open_id_connect_provider(struct iam_call *call,
                                     const struct api_iam_tag_open_id_connect_provider_in *in)
{
    const struct iam_oidc_provider *provider;
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status
api_iam_untag_open_id_connect_provider(struct iam_call *call,
                                       const struct api_iam_untag_open_id_connect_provider_in *in)
{
    const struct iam_oidc_provider *provider;
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status api_iam_list_open_id_connect_provider_tags(
    struct iam_call *call, const struct api_iam_list_open_id_connect_provider_tags_in *in,
    struct api_iam_list_open_id_connect_provider_tags_out *out)
{
    const struct iam_oidc_provider *provider;
    struct iam_tag_page page = { 0 };
    IAM_TRY(need(call, in->open_id_connect_provider_arn, &provider));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}
