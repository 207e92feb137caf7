/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an account has chosen for itself: whether services may make the roles that they need (role
 * manager), the tokens of the global endpoint of STS, and whether it issues tokens about its
 * principals to others (outbound federation). SPEC: IAM API Reference, "PutAccountProperties",
 * "SetSecurityTokenServicePreferences", "EnableOutboundWebIdentityFederation" and the actions
 * beside them; what was recorded on AWS is in docs/conformance.md.
 */
#include "keeper/random.h"
#include "keeper/token_signer.h"
#include "services/iam/convert.h"
#include "store/role.h"
#include "store/token_key.h"

enum iam_status iam_account_settings(struct iam_call *call, struct iam_account_settings *ret)
{
    enum iam_status st =
        iam_store_account_settings_get(call->txn, call->arena, api_account(call), ret);
    if (st == IAM_NOT_FOUND) {
        *ret = (struct iam_account_settings){ .token_version = 1 };
        return IAM_OK;
    }
    return st;
}

static enum iam_status save(struct iam_call *call, const struct iam_account_settings *settings)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    enum iam_status st = iam_store_account_settings_update(call->txn, &account, settings);
    return st == IAM_NOT_FOUND ? iam_store_account_settings_add(call->txn, &account, settings) : st;
}

enum iam_status api_iam_set_security_token_service_preferences(
    struct iam_call *call, const struct api_iam_set_security_token_service_preferences_in *in)
{
    struct iam_account_settings settings;
    IAM_TRY(iam_account_settings(call, &settings));
    settings.token_version =
        iam_str_eq(in->global_endpoint_token_version, IAM_STR("v2Token")) ? 2 : 1;
    return save(call, &settings);
}

/* ---- properties ---- */

#define ROLE_MANAGER "RoleManager"
#define ROLE_MANAGER_ENABLED ROLE_MANAGER "/Enabled"

/* Whose role a service needs to have others made. */
static const struct api_iam_create_service_linked_role_in MANAGER = {
    .aws_service_name = IAM_STR_INIT("role-manager.iam.amazonaws.com")
};

static struct iam_str truth(bool value)
{
    return value ? IAM_STR("true") : IAM_STR("false");
}

enum iam_status api_iam_get_account_properties(struct iam_call *call,
                                               const struct api_iam_get_account_properties_in *in,
                                               struct api_iam_get_account_properties_out *out)
{
    struct iam_account_settings settings;
    (void)in;
    out->properties.items = iam_arena_zalloc(call->arena, 1, sizeof(*out->properties.items));
    IAM_ENSURE(out->properties.items != NULL, IAM_NOMEM);
    IAM_TRY(iam_account_settings(call, &settings));
    out->properties.items[0].key = IAM_STR(ROLE_MANAGER_ENABLED);
    out->properties.items[0].value = truth(settings.has_role_manager);
    out->properties.count = 1;
    out->properties.is_set = true;
    return IAM_OK;
}

static struct iam_str namespace_of(struct iam_str key)
{
    return iam_str_sub(key, 0, iam_str_find(key, '/', 0));
}

/* Checks that there are keys, that all have a namespace, and the same one. */
static enum iam_status check_keys(struct iam_call *call,
                                  const struct api_iam_account_properties *properties)
{
    if (properties->count == 0) {
        /* "Properties=" is nothing, as an empty list is. */
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "1 validation error detected: Value at 'properties' failed to satisfy "
                        "constraint: Member must not be null");
    }
    struct iam_str first = properties->items[0].key;
    for (size_t i = 0; i < properties->count; i++) {
        struct iam_str key = properties->items[i].key;
        if (namespace_of(key).len == key.len) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "Property key must be in format Namespace/PropertyName: %.*s",
                            IAM_STR_ARG(key));
        }
        if (!iam_str_eq(namespace_of(key), namespace_of(first))) {
            return api_fail(call, API_ERR_INVALID_INPUT,
                            "All properties must belong to the same namespace");
        }
    }
    if (!iam_str_eq(namespace_of(first), IAM_STR(ROLE_MANAGER))) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Unsupported namespace: %.*s",
                        IAM_STR_ARG(namespace_of(first)));
    }
    return IAM_OK;
}

/* Reads the one property that there is; others of its namespace are ignored, as on AWS. */
static enum iam_status read_enabled(struct iam_call *call,
                                    const struct api_iam_account_properties *properties, bool *ret)
{
    struct iam_str value = iam_str_absent();
    IAM_TRY(check_keys(call, properties));
    for (size_t i = 0; i < properties->count; i++) {
        if (iam_str_eq(properties->items[i].key, IAM_STR(ROLE_MANAGER_ENABLED))) {
            value = properties->items[i].value;
        }
    }
    if (!iam_str_is_set(value)) {
        return api_fail(call, API_ERR_INVALID_INPUT,
                        ROLE_MANAGER " namespace requires Enabled property");
    }
    *ret = iam_str_eq(value, truth(true));
    if (!*ret && !iam_str_eq(value, truth(false))) {
        return api_fail(call, API_ERR_INVALID_INPUT, "Enabled must be 'true' or 'false'");
    }
    return IAM_OK;
}

/* Resolves to the role of the manager, whether or not it is there. */
enum iam_status api_iam_resolve_role_manager_role(struct iam_call *call, const void *in,
                                                  const struct api_reference *ref,
                                                  struct api_target *ret)
{
    (void)in;
    (void)ref;
    return iam_service_role_arn(call, &MANAGER, &ret->arn);
}

/* Creates the role of the manager unless it is there. */
static enum iam_status need_manager_role(struct iam_call *call)
{
    struct iam_entity_arn parts;
    struct iam_role role;
    struct iam_str arn;
    IAM_TRY(iam_service_role_arn(call, &MANAGER, &arn));
    IAM_TRY(iam_entity_arn_parse(arn, &parts));
    enum iam_status st =
        iam_store_role_get(call->txn, call->arena, api_account(call), parts.name, &role);
    if (st == IAM_OK && iam_str_eq(role.arn, arn)) {
        return IAM_OK;
    }
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    return iam_service_role_add(call, &MANAGER, &role);
}

enum iam_status api_iam_put_account_properties(struct iam_call *call,
                                               const struct api_iam_put_account_properties_in *in,
                                               struct api_iam_put_account_properties_out *out)
{
    struct iam_account_settings settings;
    (void)out;
    IAM_TRY(iam_account_settings(call, &settings));
    IAM_TRY(read_enabled(call, &in->properties, &settings.has_role_manager));
    if (settings.has_role_manager) {
        IAM_TRY(need_manager_role(call));
    }
    return save(call, &settings);
}

/* ---- outbound federation ---- */

/*
 * Makes the issuer that others know: a URL below that of the server, where they will look for the
 * account's public keys.
 */
static enum iam_status issuer_out(struct iam_call *call,
                                  const struct iam_account_settings *settings, struct iam_str *ret)
{
    return iam_arena_fmt(call->arena, ret, "%.*s/oidc/%.*s", IAM_STR_ARG(call->env->base_url),
                         IAM_STR_ARG(settings->issuer));
}

static enum iam_status new_issuer(struct iam_call *call, struct iam_str *ret)
{
    uint8_t bytes[IAM_UUID_BYTES];
    char text[IAM_UUID_CHARS + 1];
    IAM_TRY(iam_keeper_random(bytes, sizeof(bytes)));
    iam_uuid_set_version(bytes);
    iam_uuid_print(bytes, text);
    return iam_arena_dup(call->arena, iam_str_c(text), ret);
}

/* Reads the settings of an account that issues tokens; FeatureDisabled for another one. */
static enum iam_status need_issuing(struct iam_call *call, struct iam_account_settings *ret)
{
    IAM_TRY(iam_account_settings(call, ret));
    if (!ret->is_issuing) {
        return api_fail(call, API_ERR_FEATURE_DISABLED,
                        "Outbound identity federation is disabled for account %.*s",
                        IAM_STR_ARG(api_account(call)));
    }
    return IAM_OK;
}

/* Keys that were made for an account without any. */
struct first_keys {
    struct iam_token_key items[IAM_TOKEN_ALGORITHM_END];
    size_t count;
};

static enum iam_status make_key(struct iam_call *call, enum iam_token_algorithm algorithm,
                                struct first_keys *keys)
{
    char id[IAM_TOKEN_KEY_ID_MAX];
    struct iam_token_key *key = &keys->items[keys->count];
    iam_token_key_id(algorithm, 0, id);
    *key = (struct iam_token_key){ .account = api_account(call), .algorithm = algorithm };
    IAM_TRY(iam_arena_dup(call->arena, iam_str_c(id), &key->id));
    IAM_TRY(iam_keeper_make_token_key(call->env->keeper, call->arena, key));
    keys->count++;
    return IAM_OK;
}

/* Makes the keys with which the account will sign, unless it has some: that takes a while. */
enum iam_status api_iam_enable_outbound_web_identity_federation_prepare(
    struct iam_call *call, const struct api_iam_enable_outbound_web_identity_federation_in *in)
{
    struct iam_token_key_list kept = { 0 };
    struct first_keys *keys = iam_arena_zalloc(call->arena, 1, sizeof(*keys));
    (void)in;
    IAM_ENSURE(keys != NULL, IAM_NOMEM);
    IAM_TRY(iam_store_token_key_list(call->txn, call->arena, api_account(call), &kept));
    api_end_reading(call);
    call->prepared = keys;
    if (kept.count > 0) {
        return IAM_OK;
    }
    IAM_TRY(make_key(call, IAM_TOKEN_RS256, keys));
    return make_key(call, IAM_TOKEN_ES384, keys);
}

/* Keeps what was prepared, unless another request has added keys meanwhile. */
static enum iam_status keep_keys(struct iam_call *call, const struct first_keys *keys)
{
    struct iam_token_key_list kept = { 0 };
    IAM_TRY(iam_store_token_key_list(call->txn, call->arena, api_account(call), &kept));
    for (size_t i = 0; kept.count == 0 && i < keys->count; i++) {
        struct iam_token_key key = keys->items[i];
        key.created_ms = call->high_ms;
        IAM_TRY(iam_store_token_key_add(call->txn, &key));
    }
    return IAM_OK;
}

/* Turns it on. The issuer is the one that the account had before. */
enum iam_status api_iam_enable_outbound_web_identity_federation(
    struct iam_call *call, const struct api_iam_enable_outbound_web_identity_federation_in *in,
    struct api_iam_enable_outbound_web_identity_federation_out *out)
{
    struct iam_account_settings settings;
    (void)in;
    IAM_TRY(iam_account_settings(call, &settings));
    if (settings.is_issuing) {
        return api_fail(call, API_ERR_FEATURE_ENABLED,
                        "Outbound identity federation is already enabled for account %.*s",
                        IAM_STR_ARG(api_account(call)));
    }
    if (!iam_str_is_set(settings.issuer)) {
        IAM_TRY(new_issuer(call, &settings.issuer));
    }
    settings.is_issuing = true;
    IAM_TRY(keep_keys(call, call->prepared));
    IAM_TRY(save(call, &settings));
    return issuer_out(call, &settings, &out->issuer_identifier);
}

enum iam_status api_iam_disable_outbound_web_identity_federation(
    struct iam_call *call, const struct api_iam_disable_outbound_web_identity_federation_in *in)
{
    struct iam_account_settings settings;
    (void)in;
    IAM_TRY(need_issuing(call, &settings));
    settings.is_issuing = false;
    return save(call, &settings);
}

enum iam_status api_iam_get_outbound_web_identity_federation_info(
    struct iam_call *call, const struct api_iam_get_outbound_web_identity_federation_info_in *in,
    struct api_iam_get_outbound_web_identity_federation_info_out *out)
{
    struct iam_account_settings settings;
    (void)in;
    IAM_TRY(need_issuing(call, &settings));
    out->jwt_vending_enabled = api_bool(true);
    return issuer_out(call, &settings, &out->issuer_identifier);
}
