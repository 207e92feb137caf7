/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SAML providers. Their metadata is read, and a private key sealed, before the transaction of the
 * write: both may take a while. SPEC: IAM API Reference, "CreateSAMLProvider" and the actions about
 * SAML providers; docs/conformance.md says what was seen on AWS.
 */
#include "services/iam/convert.h"

#include "authn/saml_metadata.h"
#include "base/time.h"
#include "store/saml_provider.h"

/* Recorded on AWS: of a provider. */
#define MAX_PRIVATE_KEYS 2

/* ---- which one ---- */

static struct iam_entity_ref ref_of(const struct iam_saml_provider *provider)
{
    return (struct iam_entity_ref){ IAM_KIND_SAML_PROVIDER, provider->account, provider->id };
}

static enum iam_status set_arn(struct iam_call *call, struct iam_str name, struct api_target *ret)
{
    return iam_arn_of(call->arena, IAM_KIND_SAML_PROVIDER, api_account(call), iam_str_absent(),
                      name, &ret->arn);
}

enum iam_status api_iam_resolve_saml_provider(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct iam_saml_provider *provider = iam_arena_alloc(call->arena, sizeof(*provider));
    struct iam_entity_arn arn;
    (void)in;
    IAM_ENSURE(provider != NULL, IAM_NOMEM);
    iam_set_sent_arn(ref->name, ret);
    if (iam_entity_arn_parse(ref->name, &arn) != IAM_OK || arn.kind != IAM_KIND_SAML_PROVIDER ||
        !iam_str_eq(arn.account, api_account(call))) {
        return IAM_OK;
    }
    enum iam_status st =
        iam_store_saml_provider_get(call->txn, call->arena, arn.account, arn.name, provider);
    if (st == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    IAM_TRY(st);
    ret->entity = provider;
    ret->ref = ref_of(provider);
    ret->arn = provider->arn;
    return IAM_OK;
}

enum iam_status api_iam_resolve_new_saml_provider(struct iam_call *call, const void *in,
                                                  const struct api_reference *ref,
                                                  struct api_target *ret)
{
    (void)in;
    return set_arn(call, ref->name, ret);
}

enum iam_status api_iam_resolve_saml_providers(struct iam_call *call, const void *in,
                                               const struct api_reference *ref,
                                               struct api_target *ret)
{
    (void)in;
    (void)ref;
    return set_arn(call, IAM_STR("*"), ret);
}

/* Returns in *ret the provider that the call is about; NoSuchEntity with the ARN that was given. */
static enum iam_status need(struct iam_call *call, struct iam_str arn,
                            const struct iam_saml_provider **ret)
{
    IAM_TRY(iam_check_arn(call, IAM_KIND_SAML_PROVIDER, arn));
    *ret = api_target_entity(call, IAM_KIND_SAML_PROVIDER);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Manifest not found for arn %.*s",
                    API_QUOTED(arn));
}

/* ---- before the transaction ---- */

/* A private key that was given, sealed. */
struct prepared {
    struct iam_str key_id; /* absent: none was given */
    struct iam_str sealed_key;
};

static enum iam_status check_metadata(struct iam_call *call, struct iam_str document)
{
    struct iam_saml_idps idps;
    enum iam_status st = iam_saml_metadata_read(call->arena, document, &idps);
    if (st == IAM_SYNTAX) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Could not parse metadata");
    }
    if (st == IAM_LIMIT) {
        return api_fail(call, API_ERR_LIMIT_EXCEEDED,
                        "SAML Providers must not reference more than %d SAML assertion issuers, "
                        "nor more than %d keys of one.",
                        IAM_SAML_IDPS_MAX, IAM_SAML_KEYS_MAX);
    }
    IAM_TRY(st);
    if (idps.count == 0) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        "SAML Providers must reference at least one SAML assertion issuer.");
    }
    return IAM_OK;
}

static enum iam_status seal_key(struct iam_call *call, struct iam_str pem, struct prepared *ret)
{
    IAM_TRY(iam_new_id(call, IAM_KIND_SAML_KEY, &ret->key_id));
    enum iam_status st = iam_keeper_seal_private_key(call->env->keeper, ret->key_id, pem,
                                                     call->arena, &ret->sealed_key);
    return st == IAM_SYNTAX ? api_fail(call, API_ERR_INVALID_INPUT, "Could not parse private key")
                            : st;
}

/* Does what is slow; both may be absent. Ends the call's transaction. */
static enum iam_status prepare(struct iam_call *call, struct iam_str document, struct iam_str pem)
{
    struct prepared *prepared = iam_arena_zalloc(call->arena, 1, sizeof(*prepared));
    IAM_ENSURE(prepared != NULL, IAM_NOMEM);
    api_end_reading(call);
    IAM_TRY(iam_str_is_set(document) ? check_metadata(call, document) : IAM_OK);
    IAM_TRY(iam_str_is_set(pem) ? seal_key(call, pem, prepared) : IAM_OK);
    call->prepared = prepared;
    return IAM_OK;
}

static bool is_required(struct iam_str mode)
{
    return iam_str_eq(mode, IAM_STR("Required"));
}

enum iam_status
api_iam_create_saml_provider_prepare(struct iam_call *call,
                                     const struct api_iam_create_saml_provider_in *in)
{
    if (is_required(in->assertion_encryption_mode) && !iam_str_is_set(in->add_private_key)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Unable to set assertion encryption mode to Required because no private "
                        "key is provided.");
    }
    return prepare(call, in->saml_metadata_document, in->add_private_key);
}

static enum iam_status check_update(struct iam_call *call,
                                    const struct api_iam_update_saml_provider_in *in)
{
    if (iam_str_is_set(in->add_private_key) && iam_str_is_set(in->remove_private_key)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Unable to add and remove private keys in the same request. Set a value "
                        "for only one of the two parameters.");
    }
    if (!iam_str_is_set(in->saml_metadata_document) && !iam_str_is_set(in->add_private_key) &&
        !iam_str_is_set(in->remove_private_key) && !iam_str_is_set(in->assertion_encryption_mode)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "Unable to update identity provider. No updates are defined for metadata "
                        "or encryption assertion.");
    }
    return IAM_OK;
}

enum iam_status
api_iam_update_saml_provider_prepare(struct iam_call *call,
                                     const struct api_iam_update_saml_provider_in *in)
{
    const struct iam_saml_provider *provider;
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    IAM_TRY(check_update(call, in));
    return prepare(call, in->saml_metadata_document, in->add_private_key);
}

/* ---- making ---- */

/* Returns the same moment 100 years later, for which AWS shows metadata as valid. */
static int64_t in_100_years(int64_t ms)
{
    char text[IAM_TIME_ISO_MS_LEN + 1];
    int64_t later;
    iam_time_to_iso_ms(ms, text);
    if (text[1] == '9') {
        text[0]++;
    }
    text[1] = text[1] == '9' ? '0' : (char)(text[1] + 1);
    if (iam_time_from_iso(iam_str_c(text), &later) != IAM_OK) {
        /* That year has no 29 February. */
        text[sizeof("YYYY-MM-D") - 1] = '8';
        IAM_ENSURE(iam_time_from_iso(iam_str_c(text), &later) == IAM_OK, ms);
    }
    return later;
}

static enum iam_status add_key(struct iam_call *call, const struct iam_entity_ref *provider)
{
    const struct prepared *prepared = call->prepared;
    struct iam_saml_key key = { .id = prepared->key_id,
                                .provider_id = provider->id,
                                .account = provider->account,
                                .created_ms = call->now_ms,
                                .sealed_key = prepared->sealed_key };
    int64_t count;
    if (!iam_str_is_set(key.id)) {
        return IAM_OK;
    }
    IAM_TRY(iam_table_count(call->txn, IAM_TABLE_SAML_KEY, provider->id, &count));
    if (count >= MAX_PRIVATE_KEYS) {
        return api_fail(call, API_ERR_LIMIT_EXCEEDED, "Private key limit of %d is reached.",
                        MAX_PRIVATE_KEYS);
    }
    return iam_store_saml_key_add(call->txn, &key);
}

static enum iam_status add(struct iam_call *call, const struct iam_saml_provider *provider,
                           const struct iam_saml_metadata *metadata)
{
    const struct iam_entity_ref ref = ref_of(provider);
    enum iam_status st = iam_store_saml_provider_add(call->txn, provider);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "Provider with name %.*s already exists.", API_QUOTED(provider->name));
    }
    IAM_TRY(st);
    IAM_TRY(iam_store_saml_metadata_add(call->txn, &ref, metadata));
    return add_key(call, &ref);
}

enum iam_status api_iam_create_saml_provider(struct iam_call *call,
                                             const struct api_iam_create_saml_provider_in *in,
                                             struct api_iam_create_saml_provider_out *out)
{
    struct iam_saml_provider provider = {
        .account = api_account(call),
        .name = in->name,
        .created_ms = call->now_ms,
        .valid_until_ms = in_100_years(call->now_ms),
        .needs_encryption = is_required(in->assertion_encryption_mode),
    };
    const struct iam_saml_metadata metadata = { .document = in->saml_metadata_document };
    IAM_TRY(iam_check_room(call, IAM_KIND_SAML_PROVIDER, IAM_TABLE_SAML_PROVIDER));
    IAM_TRY(iam_new_id(call, IAM_KIND_SAML_PROVIDER, &provider.id));
    IAM_TRY(add(call, &provider, &metadata));
    const struct iam_entity_ref ref = ref_of(&provider);
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    out->saml_provider_arn = call->target.arn;
    return iam_tags_out(call, &ref, &out->tags);
}

/* ---- changing and deleting ---- */

static enum iam_status set_metadata(struct iam_call *call, struct iam_str document,
                                    struct iam_saml_provider *row)
{
    const struct iam_saml_metadata metadata = { .document = document };
    if (!iam_str_is_set(document)) {
        return IAM_OK;
    }
    /* It only grows, so that it tells one document of the provider from another. */
    int64_t until_ms = in_100_years(call->now_ms);
    row->valid_until_ms = until_ms > row->valid_until_ms ? until_ms : row->valid_until_ms + 1;
    return iam_store_saml_metadata_update(call->txn, &call->target.ref, &metadata);
}

/* Removes a key; one that is not there, or that the provider needs, is told in the same words. */
static enum iam_status remove_key(struct iam_call *call, struct iam_str key_id, bool needs_one)
{
    int64_t left = 0;
    if (!iam_str_is_set(key_id)) {
        return IAM_OK;
    }
    enum iam_status st = iam_store_saml_key_delete(call->txn, &call->target.ref, key_id);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    if (st == IAM_OK) {
        IAM_TRY(iam_table_count(call->txn, IAM_TABLE_SAML_KEY, call->target.ref.id, &left));
        st = needs_one && left == 0 ? IAM_NOT_FOUND : IAM_OK;
    }
    /* The fault rolls the transaction back: the key stays. */
    return st == IAM_OK ? IAM_OK
                        : api_fail(call, API_ERR_INVALID_INPUT, "Failed to remove private key.");
}

static enum iam_status check_mode(struct iam_call *call, const struct iam_saml_provider *row)
{
    int64_t keys = 0;
    IAM_TRY(iam_table_count(call->txn, IAM_TABLE_SAML_KEY, row->id, &keys));
    if (!row->needs_encryption || keys > 0) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_INVALID_INPUT,
                    "Failed to set assertion encryption mode to Required because no private key is "
                    "present.");
}

enum iam_status api_iam_update_saml_provider(struct iam_call *call,
                                             const struct api_iam_update_saml_provider_in *in,
                                             struct api_iam_update_saml_provider_out *out)
{
    const struct iam_saml_provider *provider;
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    struct iam_saml_provider row = *provider;
    IAM_TRY(check_update(call, in));
    if (iam_str_is_set(in->assertion_encryption_mode)) {
        row.needs_encryption = is_required(in->assertion_encryption_mode);
    }
    IAM_TRY(set_metadata(call, in->saml_metadata_document, &row));
    IAM_TRY(add_key(call, &call->target.ref));
    IAM_TRY(remove_key(call, in->remove_private_key, row.needs_encryption));
    IAM_TRY(check_mode(call, &row));
    out->saml_provider_arn = provider->arn;
    return iam_store_saml_provider_update(call->txn, &row);
}

enum iam_status api_iam_delete_saml_provider(struct iam_call *call,
                                             const struct api_iam_delete_saml_provider_in *in)
{
    const struct iam_saml_provider *provider;
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    return iam_store_saml_provider_delete(call->txn, provider->account, provider->id);
}

/* ---- reading ---- */

/* Shows which keys there are; nobody is shown a key. */
static enum iam_status keys_out(struct iam_call *call, struct iam_str provider_id,
                                struct api_iam_saml_private_key_list *ret)
{
    struct iam_saml_key_list keys = { 0 };
    IAM_TRY(iam_store_saml_key_list(call->txn, call->arena, provider_id, &keys));
    struct api_iam_saml_private_key *items =
        iam_arena_zalloc(call->arena, keys.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < keys.count; i++) {
        items[i] = (struct api_iam_saml_private_key){
            .key_id = keys.items[i].id, .timestamp = api_time_exact(keys.items[i].created_ms)
        };
    }
    *ret = (struct api_iam_saml_private_key_list){ items, keys.count, true };
    return IAM_OK;
}

enum iam_status api_iam_get_saml_provider(struct iam_call *call,
                                          const struct api_iam_get_saml_provider_in *in,
                                          struct api_iam_get_saml_provider_out *out)
{
    const struct iam_saml_provider *provider;
    struct iam_saml_metadata metadata;
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    enum iam_status st =
        iam_store_saml_metadata_get(call->txn, call->arena, provider->id, &metadata);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOT_FOUND ? IAM_CORRUPT : st);
    out->saml_provider_uuid = provider->id;
    out->saml_metadata_document = metadata.document;
    out->create_date = api_time_exact(provider->created_ms);
    out->valid_until = api_time_exact(provider->valid_until_ms);
    out->assertion_encryption_mode =
        provider->needs_encryption ? IAM_STR("Required") : IAM_STR("Allowed");
    IAM_TRY(keys_out(call, provider->id, &out->private_key_list));
    return iam_tags_by_key(call, &call->target.ref, &out->tags);
}

/* Lists all of them: the operation has no pages. */
enum iam_status api_iam_list_saml_providers(struct iam_call *call,
                                            const struct api_iam_list_saml_providers_in *in,
                                            struct api_iam_list_saml_providers_out *out)
{
    struct iam_saml_provider_list list = { 0 };
    (void)in;
    IAM_TRY(iam_store_saml_provider_list(call->txn, call->arena, api_account(call),
                                         iam_str_absent(), NULL, &list));
    struct api_iam_saml_provider_list_entry *items =
        iam_arena_zalloc(call->arena, list.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        items[i] = (struct api_iam_saml_provider_list_entry){
            .arn = list.items[i].arn,
            .valid_until = api_time_exact(list.items[i].valid_until_ms),
            .create_date = api_time_exact(list.items[i].created_ms)
        };
    }
    out->saml_provider_list = (struct api_iam_saml_provider_list){ items, list.count, true };
    return IAM_OK;
}

/* ---- tags ---- */

enum iam_status api_iam_tag_saml_provider(struct iam_call *call,
                                          const struct api_iam_tag_saml_provider_in *in)
{
    const struct iam_saml_provider *provider;
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status api_iam_untag_saml_provider(struct iam_call *call,
                                            const struct api_iam_untag_saml_provider_in *in)
{
    const struct iam_saml_provider *provider;
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status api_iam_list_saml_provider_tags(struct iam_call *call,
                                                const struct api_iam_list_saml_provider_tags_in *in,
                                                struct api_iam_list_saml_provider_tags_out *out)
{
    const struct iam_saml_provider *provider;
    struct iam_tag_page page = { 0 };
    IAM_TRY(need(call, in->saml_provider_arn, &provider));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}
